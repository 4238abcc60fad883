// Two trees of one text, node by node.
#pragma once

#include <tree_sitter/api.h>

#include <memory>
#include <string>

#include "context/syntax_tree.h"

namespace sw::test {

// "" when they are the same: kinds, fields, ranges, points, errors and missing nodes. Else the first difference.
inline std::string tree_difference(const SyntaxTree& a, const SyntaxTree& b) {
  TSTreeCursor x = ts_tree_cursor_new(ts_tree_root_node(a.raw())), y = ts_tree_cursor_new(ts_tree_root_node(b.raw()));
  std::string difference;
  const auto describe = [](TSNode n) {
    return std::string(ts_node_type(n)) + (ts_node_is_missing(n) ? " missing" : "") + " [" + std::to_string(ts_node_start_byte(n)) + ", " +
           std::to_string(ts_node_end_byte(n)) + ") " + std::to_string(ts_node_start_point(n).row) + ":" +
           std::to_string(ts_node_start_point(n).column) + "-" + std::to_string(ts_node_end_point(n).row) + ":" +
           std::to_string(ts_node_end_point(n).column);
  };
  while (true) {
    const std::string in_a = describe(ts_tree_cursor_current_node(&x)), in_b = describe(ts_tree_cursor_current_node(&y));
    if (in_a != in_b || ts_tree_cursor_current_field_id(&x) != ts_tree_cursor_current_field_id(&y)) {
      difference = in_a + " against " + in_b;
      break;
    }
    bool down = ts_tree_cursor_goto_first_child(&x);
    if (down != ts_tree_cursor_goto_first_child(&y)) {
      difference = in_a + ": children in one alone";
      break;
    }
    bool end = false;
    while (!down && !end) {
      const bool next = ts_tree_cursor_goto_next_sibling(&x);
      if (next != ts_tree_cursor_goto_next_sibling(&y)) difference = "another number of children after " + in_a;
      if (next || !difference.empty()) break;
      end = !ts_tree_cursor_goto_parent(&x);
      ts_tree_cursor_goto_parent(&y);
    }
    if (end || !difference.empty()) break;
  }
  ts_tree_cursor_delete(&x);
  ts_tree_cursor_delete(&y);
  return difference;
}

}  // namespace sw::test
