// Which files of a workspace are near to one: by its imports, and by the way between their paths.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "context/repo_index.h"

namespace sw {

// Steps up and down between the folders of two paths: 0 in the same folder.
size_t path_distance(std::string_view a, std::string_view b);

// From what is written in an import to files. Names alone decide, as many as match from the right: "os.path" is path.py or path/__init__.py
// in a folder os. Refers to the snapshot, which must live as long.
class ImportMap {
 public:
  explicit ImportMap(const IndexSnapshot& index);

  // Files that `target`, written in `from`, may mean: the best matches, nearest first; at most kFilesPerImport.
  std::vector<uint32_t> resolve(std::string_view target, std::string_view from) const;

  static constexpr size_t kFilesPerImport = 8;

 private:
  size_t matching_names(const std::vector<std::string_view>& wanted, uint32_t file) const;

  const IndexSnapshot& index_;
  std::unordered_multimap<Term, uint32_t> by_name_;  // the last name of a path that means something, and the folder's
};

struct NearFile {
  uint32_t file;
  int hops;  // 1: imported, 2: imported by those, 3: by the path alone
};

// All files but `path` itself, the nearest first. Depends on nothing but the snapshot and the path.
std::vector<NearFile> files_by_nearness(const IndexSnapshot& index, const ImportMap& imports, std::string_view path);

}  // namespace sw
