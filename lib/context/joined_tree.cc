#include "context/joined_tree.h"

#include <algorithm>
#include <cctype>

#include "context/node.h"

namespace sw {
namespace {

// Holds statements and begins where the first of them does.
bool is_sequence(TSNode node) {
  static constexpr std::string_view kSequences[] = {"block",          "block_body",     "body_statement", "statements",
                                                    "indented_block", "statement_list", "section"};
  return std::find(std::begin(kSequences), std::end(kSequences), ts_node_type(node)) != std::end(kSequences);
}

std::optional<size_t> end_of(TSNode node) {
  if (ts_node_is_null(node) || ts_node_is_null(ts_node_parent(node)) || is_error(node)) return std::nullopt;
  return ts_node_end_byte(node);
}

}  // namespace

std::vector<Bracket> bracket_tokens(const SyntaxTree& tree, std::string_view text, size_t begin, size_t end) {
  std::vector<Bracket> found;
  walk(ts_tree_root_node(tree.raw()), [&](TSNode node) {
    const size_t from = ts_node_start_byte(node), to = ts_node_end_byte(node);
    if (to <= begin || from >= end) return false;
    if (ts_node_is_named(node) || ts_node_child_count(node) > 0 || to > text.size()) return true;
    // "${" and "((" are tokens too.
    const std::string_view token = text.substr(from, to - from);
    if (std::any_of(token.begin(), token.end(), [](unsigned char c) { return std::isalnum(c); })) return true;
    for (size_t i = 0; i < token.size(); ++i) {
      if (from + i >= begin && from + i < end && std::string_view("()[]{}").find(token[i]) != std::string_view::npos) {
        found.push_back({from + i, token[i]});
      }
    }
    return true;
  });
  return found;
}

Faults faults(const SyntaxTree& tree, size_t begin, size_t end) {
  Faults found;
  walk(ts_tree_root_node(tree.raw()), [&](TSNode node) {
    if (is_error(node) || ts_node_is_missing(node)) {
      const size_t at = ts_node_start_byte(node);
      ++found.n;
      if (at >= begin && at < end && !found.inside) found.inside = at;
      if (at >= end && ts_node_is_missing(node)) found.missing_after.emplace_back(ts_node_type(node));
    }
    return ts_node_has_error(node);
  });
  std::sort(found.missing_after.begin(), found.missing_after.end());
  return found;
}

std::optional<size_t> statement_end(const SyntaxTree& tree, size_t statement, size_t inserted) {
  const TSNode root = ts_tree_root_node(tree.raw());
  TSNode node = ts_node_descendant_for_byte_range(root, static_cast<uint32_t>(statement), static_cast<uint32_t>(inserted + 1));
  while (!ts_node_is_null(node)) {
    const TSNode parent = ts_node_parent(node);
    if (ts_node_is_null(parent) || ts_node_start_byte(parent) != ts_node_start_byte(node) || is_sequence(parent)) break;
    if (ts_node_is_null(ts_node_parent(parent))) break;  // all of the text
    node = parent;
  }
  return end_of(node);
}

std::optional<size_t> block_end(const SyntaxTree& tree, size_t line, size_t inserted) {
  const auto at = static_cast<uint32_t>(inserted);
  TSNode node = ts_node_descendant_for_byte_range(ts_tree_root_node(tree.raw()), at, at + 1);
  while (!ts_node_is_null(node) && ts_node_start_byte(node) >= line) node = ts_node_parent(node);
  return end_of(node);
}

}  // namespace sw
