#include "context/line_depths.h"

#include <tree_sitter/api.h>

#include <cstring>

namespace sw {
namespace {

bool speaks_of_next(TSNode node) {
  const std::string_view type = ts_node_type(node);
  return type.find("comment") != std::string_view::npos || type.find("attribute") != std::string_view::npos;
}

// Counts nodes by the lines on which they begin and end to be open; depths are the running sums.
class DepthCount {
 public:
  explicit DepthCount(const Lines& lines) : lines_(lines), change_(lines.size() + 1, 0), above_(lines.size(), false) {}

  // Lines first + 1 to last lie in it; `last` only when the node has something more there than its end.
  void add(TSNode node) {
    const size_t first = ts_node_start_point(node).row, last = last_line(node);
    if (last > first) {
      ++change_[first + 1];
      --change_[last + 1];
    }
    if (speaks_of_next(node) && last + 1 < lines_.size() && !is_blank(lines_.line(last + 1))) above_[last + 1] = true;
  }

  size_t last_line(TSNode node) const {
    const size_t row = ts_node_end_point(node).row;
    if (row >= lines_.size()) return lines_.size() - 1;
    const std::string_view before = lines_.line(row).substr(0, ts_node_end_point(node).column);
    return row > 0 && is_blank(before) ? row - 1 : row;
  }

  std::vector<uint32_t> depths() const {
    std::vector<uint32_t> depth(lines_.size());
    int64_t open = 0;
    for (size_t i = 0; i < depth.size(); ++i) {
      open += change_[i];
      depth[i] = static_cast<uint32_t>(open) + (above_[i] ? 1 : 0);
    }
    return depth;
  }

 private:
  const Lines& lines_;
  std::vector<int64_t> change_;
  std::vector<bool> above_;
};

// The next node in the order of the text that is not inside the cursor's; false at the end.
bool go_past(TSTreeCursor* cursor) {
  while (!ts_tree_cursor_goto_next_sibling(cursor)) {
    if (!ts_tree_cursor_goto_parent(cursor)) return false;
  }
  return true;
}

}  // namespace

std::vector<uint32_t> tree_depths(const SyntaxTree& tree, const Lines& lines, std::span<const size_t> non_blank, size_t non_blank_max) {
  DepthCount count(lines);
  if (lines.size() == 0) return {};
  TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree.raw()));
  for (bool more = true; more;) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    const size_t first = ts_node_start_point(node).row;
    // A stale tree may know lines that are no more.
    if (first >= lines.size()) break;
    const size_t last = count.last_line(node);
    count.add(node);
    const bool fits = last <= first || non_blank[last + 1] - non_blank[first] <= non_blank_max;
    more = (!fits && ts_tree_cursor_goto_first_child(&cursor)) || go_past(&cursor);
  }
  ts_tree_cursor_delete(&cursor);
  return count.depths();
}

}  // namespace sw
