// Where the cursor is, as the command line says it.
#pragma once

#include <cstddef>
#include <string>

namespace sw::tool {

struct Place {
  std::string file;  // "-" for standard input
  size_t line = 0;   // both from 1; 0 when the text did not say
  size_t column = 0;
};

// "FILE:LINE:COL", read from the right since a path may hold colons. Without two numbers at the end the whole is the
// path.
Place parse_place(const std::string& text);

// "FILE:LINE:COL" for people.
std::string place_name(const Place& place);

}  // namespace sw::tool
