#include "cross_holes.h"

#include <algorithm>
#include <map>
#include <random>
#include <unordered_map>

#include "input.h"
#include "terminal.h"
#include "words.h"

namespace sw::tool {
namespace {

constexpr size_t kNameBytesMin = 4;

struct File {
  std::string path, language;
};

int32_t on_file(void* user, const sw_workspace_file* file) {
  static_cast<std::vector<File>*>(user)->push_back({file->path, file->language});
  return 0;
}

// Whether lines are code: follows docstrings and block comments, and knows what starts a line that is none.
class CodeLines {
 public:
  explicit CodeLines(bool python) : python_(python) {}

  bool is_code(std::string_view line) {
    const bool was_inside = inside_;
    for (size_t i = 0; i + 1 < line.size(); ++i) {
      const std::string_view three = line.substr(i, 3), two = line.substr(i, 2);
      if (python_ ? three == "\"\"\"" || three == "'''" : inside_ ? two == "*/" : two == "/*") inside_ = !inside_;
    }
    const size_t first = line.find_first_not_of(" \t");
    if (was_inside || inside_ || first == line.npos) return false;
    line.remove_prefix(first);
    for (const char* start : {"#", "//", "/*", "*", "import ", "from ", "use ", "pub use ", "package ", "print", "extern crate", "mod ",
                              "pub mod ", "\"", "'", "export "}) {
      if (line.starts_with(start)) return false;
    }
    return true;
  }

 private:
  const bool python_;
  bool inside_ = false;
};

// Lines whose only use of some name is the only one in the file.
void candidates_in(const File& file, const std::string& text, std::vector<Hole>& out) {
  std::unordered_map<std::string_view, int> count;
  for_each_word(text, [&](std::string_view word) { ++count[word]; });
  CodeLines lines(file.language == "python");
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    if (lines.is_code(line)) {
      for_each_word(line, [&](std::string_view word) {
        if (word.size() >= kNameBytesMin && count[word] == 1) out.push_back({file.path, file.language, std::string(word), begin, end});
      });
    }
    begin = end + 1;
  }
}

struct Defined {
  const std::string* path;
  bool here = false, elsewhere = false;
};

int32_t on_place(void* user, const sw_workspace_file* place) {
  auto& defined = *static_cast<Defined*>(user);
  (*defined.path == place->path ? defined.here : defined.elsewhere) = true;
  return 0;
}

}  // namespace

Outcome find_holes(const sw_workspace* workspace, const std::string& folder, const HoleOptions& options, std::vector<Hole>& out) {
  std::vector<File> files;
  SW_TRY(from_status(sw_workspace_list(workspace, on_file, &files), kExitFailed));
  std::vector<Hole> candidates;
  for (const File& file : files) {
    if (file.language.empty() || (!options.language.empty() && file.language != options.language)) continue;
    if (options.skip && options.skip(file.path)) continue;
    std::string text;
    if (read_text(folder + "/" + file.path, text).ok()) candidates_in(file, text, candidates);
  }
  std::mt19937_64 random(options.seed);
  for (size_t i = candidates.size(); i > 1; --i) std::swap(candidates[i - 1], candidates[random() % i]);  // the same on every machine
  std::map<std::string, size_t> n_of_file;
  for (Hole& hole : candidates) {
    if (out.size() >= options.n_max) break;
    if (n_of_file[hole.path] >= options.n_max_of_file) continue;
    Defined defined{&hole.path};
    SW_TRY(from_status(sw_workspace_find(workspace, hole.name.data(), hole.name.size(), on_place, &defined), kExitFailed));
    if (defined.here || !defined.elsewhere) continue;
    ++n_of_file[hole.path];
    out.push_back(std::move(hole));
  }
  return success();
}

}  // namespace sw::tool
