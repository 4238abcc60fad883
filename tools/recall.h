// Needed-name recall: how often a context holds the name that a line needs from another file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "outcome.h"
#include "sidewinder/sidewinder.h"

namespace sw::tool {

// A line that uses a name which its file holds nowhere else and another file of the workspace defines.
struct Hole {
  std::string path, language, name;
  size_t begin = 0, end = 0;  // of the line, bytes, without its newline
};

struct HoleOptions {
  uint64_t seed = 1;
  size_t n_max = 40;  // of one workspace
  size_t n_max_of_file = 3;
};

// In a random order that depends on the seed alone. Imports, comments and long strings are no holes.
Outcome find_holes(const sw_workspace* workspace, const std::string& folder, const HoleOptions& options, std::vector<Hole>& out);

// The context for the hole, its line removed, holds the name.
Outcome holds_name(sw_workspace* workspace, const std::string& text, const Hole& hole, const std::string& strategy, uint32_t budget,
                   uint64_t seed, bool& out);

}  // namespace sw::tool
