// Places where a file needs another: a line that uses a name which its file holds nowhere else and another file of the workspace defines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "outcome.h"
#include "sidewinder/sidewinder.h"

namespace sw::tool {

struct Hole {
  std::string path, language, name;
  size_t begin = 0, end = 0;  // of the line, bytes, without its newline
};

struct HoleOptions {
  uint64_t seed = 1;
  size_t n_max = 40;  // of one workspace
  size_t n_max_of_file = 3;
  std::string language;  // of the files that are looked at; "": any
  std::function<bool(const std::string& path)> skip;  // files that have no holes; may be empty
};

// In a random order that depends on the seed alone. Imports, comments and long strings are no holes.
Outcome find_holes(const sw_workspace* workspace, const std::string& folder, const HoleOptions& options, std::vector<Hole>& out);

}  // namespace sw::tool
