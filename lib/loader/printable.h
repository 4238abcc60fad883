// Text of a file inside an error message: short, one line, ASCII, whatever the file put into it.
#pragma once

#include <string>
#include <string_view>

namespace sw {

// `text` with control and non-ASCII bytes as \xNN, cut after `n_max` bytes.
std::string printable(std::string_view text, size_t n_max = 160);

}  // namespace sw
