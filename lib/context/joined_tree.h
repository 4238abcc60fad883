// The tree of a window with a completion in its hole, and what it shows. Within lib/context.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "context/syntax_tree.h"

namespace sw {

struct Bracket {
  size_t at;  // byte of the text
  char sign;
};

// Brackets that are tokens of [begin, end): not those in strings and comments. In order.
std::vector<Bracket> bracket_tokens(const SyntaxTree& tree, std::string_view text, size_t begin, size_t end);

// ERROR and MISSING nodes of a tree, as seen from a part [begin, end) of its text.
struct Faults {
  size_t n = 0;
  std::optional<size_t> inside;            // where the first one begins in the part
  std::vector<std::string> missing_after;  // kinds of MISSING nodes at `end` and behind, sorted
};
Faults faults(const SyntaxTree& tree, size_t begin, size_t end);

// Where the statement ends that begins at `statement` and goes on at `inserted`; none when that is all of the text.
std::optional<size_t> statement_end(const SyntaxTree& tree, size_t statement, size_t inserted);
// Where the smallest thing ends that holds `inserted` and began before `line`, the begin of a line; none when that is all of the text.
std::optional<size_t> block_end(const SyntaxTree& tree, size_t line, size_t inserted);

}  // namespace sw
