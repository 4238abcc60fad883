// How a completion compares with what stood in its hole.
#pragma once

#include <string_view>

#include "sidewinder/sidewinder.h"

namespace sw::tool {

struct Judgement {
  bool exact = false;      // the same text, white space at the end aside
  double similarity = 0;   // 1 - edit distance / the longer length, in bytes, of the same texts
  bool has_name = false;   // the name that the hole needs appears
  bool ended = false;      // what follows the hole would fit: as many lines and brackets, and not cut off for its length
};

Judgement judge(std::string_view hole, std::string_view shown, std::string_view name, sw_finish finish);

// Single bytes inserted, deleted or replaced.
size_t edit_distance(std::string_view a, std::string_view b);
double edit_similarity(std::string_view a, std::string_view b);  // 1 for two empty texts

}  // namespace sw::tool
