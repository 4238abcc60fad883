// How deep each line of a text lies in its syntax: where it may be cut best. Within lib/context.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "context/lines.h"
#include "context/syntax_tree.h"

namespace sw {

// Per line the number of nodes that began on an earlier line and go on at its first character, plus one where a comment
// or an attribute right above belongs to the line. `non_blank` (n_lines + 1) are running sums: nodes of at most
// `non_blank_max` are not looked into.
std::vector<uint32_t> tree_depths(const SyntaxTree& tree, const Lines& lines, std::span<const size_t> non_blank, size_t non_blank_max);

// The same from indentation alone: a column is a level, a blank line is as deep as what follows it.
std::vector<uint32_t> indent_depths(const Lines& lines);

}  // namespace sw
