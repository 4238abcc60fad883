// Which paths of a workspace its ignore files leave out, by the rules of gitignore.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "context/glob.h"

namespace sw {

// Read in this order: rules of a later file win over those of an earlier one, and those of a deeper folder over both.
inline constexpr const char* kIgnoreFiles[] = {".gitignore", ".ignore", ".sidewinderignore"};

// The rules of one folder and, behind them, of the folders above it. Immutable once its files are added; may then be used from any thread.
class IgnoreRules {
 public:
  // `folder` is relative to the workspace, without slashes at its ends, "" for the workspace itself. `above` may be null.
  IgnoreRules(std::shared_ptr<const IgnoreRules> above, std::string folder) : above_(std::move(above)), folder_(std::move(folder)) {}

  // The text of one ignore file. Hostile ones cost time in proportion to their size: lines over 4 KiB are left out.
  void add(std::string_view file);
  bool empty() const { return rules_.empty(); }

  // `path` is below the folder, relative to the workspace. The folders that it lies in are not ignored themselves: who walks
  // does not enter those.
  bool ignored(std::string_view path, bool is_folder) const;

 private:
  struct Rule {
    bool negated, folders_only, name_only;
    std::string literal;  // before the first character that is special
    Glob rest;
    bool has_rest;

    bool matches(std::string_view path_in_folder) const;
  };
  void add_line(std::string_view line);

  std::shared_ptr<const IgnoreRules> above_;
  std::string folder_;
  std::vector<Rule> rules_;
};

}  // namespace sw
