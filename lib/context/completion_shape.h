// Whether to ask for a completion at a cursor, and for how much.
#pragma once

#include <cstddef>
#include <string_view>

#include "context/language.h"
#include "context/syntax_tree.h"

namespace sw {

enum class Extent { one_line, block };

struct CompletionShape {
  bool ask = true;
  Extent extent = Extent::one_line;
  const char* why = "";  // which rule decided; lives as long as the program
};

// At most so many characters that are not closing punctuation may stand right of the cursor on its line.
inline constexpr size_t kRightOfCursorMax = 8;

// `tree` is of `text` or was moved to it; it may be stale, or null. `language` may be null. A block is asked for at an
// empty line, and where one has just opened at the end of the line; in a line comment, in a string and in the middle of
// a line it is one line.
CompletionShape completion_shape(std::string_view text, size_t cursor, const Language* language, const SyntaxTree* tree);

}  // namespace sw
