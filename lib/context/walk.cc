#include "context/walk.h"

#include <algorithm>
#include <memory>

#include "context/ignore_rules.h"

namespace sw {
namespace {

using Rules = std::shared_ptr<const IgnoreRules>;

constexpr uint64_t kIgnoreBytesMax = uint64_t{1} << 20;
constexpr uint64_t kEntriesPerStep = 256;

std::string joined(const std::string& folder, const std::string& name) { return folder.empty() ? name : folder + '/' + name; }

Rules rules_in(const WorkspaceFiles& files, const std::string& folder, const Rules& above) {
  auto rules = std::make_shared<IgnoreRules>(above, folder);
  for (const char* name : kIgnoreFiles) {
    const auto text = files.read(joined(folder, name), kIgnoreBytesMax);
    if (text.ok()) rules->add(text.value());
  }
  return rules->empty() ? above : rules;
}

// Why an entry is passed over, whatever its contents.
std::optional<SkipReason> why_skipped(const FolderEntry& entry, const std::string& path, const Rules& rules, const WalkOptions& options) {
  const bool is_folder = S_ISDIR(entry.mode);
  if (S_ISLNK(entry.mode)) return SkipReason::link;
  if (!is_folder && !S_ISREG(entry.mode)) return SkipReason::special;
  if (const auto reason = skipped_by_name(path, is_folder)) return reason;
  if (rules != nullptr && rules->ignored(path, is_folder)) return SkipReason::ignored;
  if (!is_folder && entry.size > options.file_bytes_max) return SkipReason::huge;
  return {};
}

class Walker {
 public:
  Walker(const WorkspaceFiles& files, const WalkOptions& options, const Control& control)
      : files_(files), options_(options), control_(control) {}

  Status visit(const std::string& folder, const Rules& above, size_t depth) {
    const auto entries = files_.list(folder);
    if (!entries.ok() || depth > options_.depth_max) {
      count(SkipReason::unreadable);
      return {};
    }
    const Rules rules = rules_in(files_, folder, above);
    for (const FolderEntry& entry : entries.value()) {
      if (n_seen_++ % kEntriesPerStep == 0) SW_TRY(control_.step(n_seen_, 0));
      const std::string path = joined(folder, entry.name);
      if (const auto reason = why_skipped(entry, path, rules, options_)) {
        count(*reason);
      } else if (S_ISDIR(entry.mode)) {
        SW_TRY(visit(path, rules, depth + 1));
      } else {
        found_.files.push_back({path, entry.size, entry.changed_ns});
      }
    }
    return {};
  }

  Found found() && { return std::move(found_); }

 private:
  void count(SkipReason reason) { ++found_.skipped[static_cast<size_t>(reason)]; }

  const WorkspaceFiles& files_;
  const WalkOptions& options_;
  const Control& control_;
  Found found_;
  uint64_t n_seen_ = 0;
};

}  // namespace

Result<Found> walk(const WorkspaceFiles& files, const WalkOptions& options, const Control& control) {
  Walker walker(files, options, control);
  SW_TRY(walker.visit("", nullptr, 0));
  return std::move(walker).found();
}

Result<Lookup> look_up(const WorkspaceFiles& files, std::string_view path, const WalkOptions& options) {
  Rules rules;
  size_t depth = 0;
  for (size_t end = 0;; ++depth) {
    const std::string folder(path.substr(0, end == 0 ? 0 : end - 1));
    rules = rules_in(files, folder, rules);
    end = path.find('/', end);
    end = end == path.npos ? path.size() : end;
    const std::string entry_path(path.substr(0, end));
    SW_ASSIGN(const FolderEntry entry, files.look(entry_path));
    if (const auto reason = why_skipped(entry, entry_path, rules, options)) return Lookup{{}, reason};
    if (end == path.size()) {
      if (S_ISDIR(entry.mode)) return error(Code::not_found, "%s: a folder, not a file", entry_path.c_str());
      return Lookup{FoundFile{entry_path, entry.size, entry.changed_ns}, {}};
    }
    if (depth >= options.depth_max) return Lookup{{}, SkipReason::unreadable};
    ++end;
  }
}

}  // namespace sw
