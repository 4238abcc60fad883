// The code around a cursor with the completion in it, as an editor shows ghost text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sw::tool {

struct View {
  std::string title;
  std::string_view text;     // the whole file
  size_t offset = 0;         // of the cursor
  size_t line = 1;           // of the cursor, from 1
  std::string_view ghost;    // the completion
  size_t context_lines = 5;  // shown before and after
  bool colour = false;       // without colour the ghost text stands between {+ and +}
};

std::string render(const View& view);

// "2  -3.41  first line ..." for a candidate that is not shown in place.
std::string render_alternative(size_t number, double logprob, std::string_view text, bool colour);

}  // namespace sw::tool
