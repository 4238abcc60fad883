// The smallest block of statements around a line, by indentation.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sw::tool {

// Bytes of a text.
struct Range {
  size_t begin = 0, end = 0;
};

inline constexpr size_t kBlockLinesMin = 2, kBlockLinesMax = 12;

// The lines around the one at `line_begin` that stand at least as far right as it does, or else as its block's own opening line: the first
// such run with 2 to 12 lines with text on them whose line above opens a block, by a colon in Python, by a brace elsewhere. It begins at its
// first character that is no blank and ends with its last. Nothing when there is none.
std::optional<Range> block_around(std::string_view text, size_t line_begin, bool python);

}  // namespace sw::tool
