// What stands at a place of a text, as far as a tree knows. Within lib/context.
#pragma once

#include <cstddef>
#include <string_view>

#include "context/syntax_tree.h"

namespace sw {

enum class LeafKind {
  unknown,       // no tree, or it says nothing of the place
  code,
  line_comment,
  long_text,     // a comment or string over several lines
  text,          // a string, or a comment that ends on its line
};

// The innermost thing that holds the character at `offset`.
LeafKind leaf_kind(const SyntaxTree* tree, std::string_view text, size_t offset);

// Of the ':' at `offset`: it opens no block where it stands between a key and its value, in a slice, a type or a ?: expression.
bool is_inner_colon(const SyntaxTree* tree, size_t offset);

}  // namespace sw
