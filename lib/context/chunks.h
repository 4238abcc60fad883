// Cuts a file into chunks that cover it exactly once.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "context/syntax_tree.h"

namespace sw {

struct Chunk {
  size_t begin, end;   // bytes of the file
  size_t first_line;   // from 0
};

inline constexpr size_t kChunkNonBlankMax = 1500;

// Split, then merge over the syntax tree (cAST, arXiv 2506.15655): neighbours are packed together up to `non_blank_max` characters that are
// not blanks. Without a tree the same over lines and their indentation. Chunks begin at line starts, follow each other without gap
// or overlap and cover `text`; one is longer than the limit only where a single line is.
std::vector<Chunk> chunks_of(std::string_view text, const SyntaxTree* tree, size_t non_blank_max = kChunkNonBlankMax);

}  // namespace sw
