#include "context/ignore_rules.h"

#include <algorithm>

namespace sw {
namespace {

constexpr size_t kLineBytesMax = 4096;

// Spaces at the end do not count unless a backslash stands before them.
std::string_view without_trailing_spaces(std::string_view line) {
  size_t end = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ' ') continue;
    if (line[i] == '\\') {
      if (i + 1 == line.size()) return line;
      ++i;
    }
    end = i + 1;
  }
  return line.substr(0, end);
}

std::string_view name_of_path(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace

void IgnoreRules::add(std::string_view file) {
  if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);
  while (!file.empty()) {
    const size_t end = std::min(file.find('\n'), file.size());
    std::string_view line = file.substr(0, end);
    file.remove_prefix(std::min(end + 1, file.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    add_line(line.substr(0, line.find('\0')));
  }
}

void IgnoreRules::add_line(std::string_view line) {
  if (line.starts_with('#') || line.size() > kLineBytesMax) return;
  line = without_trailing_spaces(line);
  const bool negated = line.starts_with('!');
  if (negated) line.remove_prefix(1);
  const bool folders_only = line.ends_with('/');
  if (folders_only) line.remove_suffix(1);
  const bool name_only = line.find('/') == line.npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  if (line.empty()) return;
  // Where special characters begin counts as the start of the rest: so "a/b**" goes through slashes, as it does in git.
  const size_t special = std::min(line.find_first_of("*?[\\"), line.size());
  rules_.push_back({negated, folders_only, name_only, std::string(line.substr(0, special)), Glob(line.substr(special), !name_only),
                    special < line.size()});
}

bool IgnoreRules::Rule::matches(std::string_view path) const {
  const std::string_view text = name_only ? name_of_path(path) : path;
  if (!text.starts_with(literal)) return false;
  return has_rest ? rest.matches(text.substr(literal.size())) : text.size() == literal.size();
}

bool IgnoreRules::ignored(std::string_view path, bool is_folder) const {
  const std::string_view inside = folder_.empty() ? path : path.substr(folder_.size() + 1);
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->folders_only && !is_folder) continue;
    if (rule->matches(inside)) return !rule->negated;
  }
  return above_ != nullptr && above_->ignored(path, is_folder);
}

}  // namespace sw
