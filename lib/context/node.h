// What Tree-sitter lacks, at least in Debian. Within lib/context, and only in a build with grammars.
#pragma once

#include <tree_sitter/api.h>

namespace sw {

// ERROR nodes have the last symbol in every grammar.
inline bool is_error(TSNode node) { return ts_node_symbol(node) == static_cast<TSSymbol>(-1); }

// Visits nodes in the order of the text; visit() says whether to look inside.
template <class Visit>
void walk(TSNode root, const Visit& visit) {
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  while (true) {
    const bool inside = visit(ts_tree_cursor_current_node(&cursor));
    if (inside && ts_tree_cursor_goto_first_child(&cursor)) continue;
    bool more = true;
    while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) more = ts_tree_cursor_goto_parent(&cursor);
    if (!more) break;
  }
  ts_tree_cursor_delete(&cursor);
}

}  // namespace sw
