#include "context/leaf.h"

#include <algorithm>

#include "context/node.h"

namespace sw {
namespace {

constexpr std::string_view kInnerColon[] = {"pair",
                                            "dictionary",
                                            "slice",
                                            "typed_parameter",
                                            "typed_default_parameter",
                                            "type_annotation",
                                            "assignment",
                                            "annotated_assignment",
                                            "conditional_expression",
                                            "ternary_expression",
                                            "format_specifier",
                                            "object",
                                            "flow_pair",
                                            "block_mapping_pair",
                                            "parameter",
                                            "property_signature"};

bool has(std::string_view type, std::string_view part) { return type.find(part) != std::string_view::npos; }

TSNode leaf_at(const SyntaxTree& tree, size_t offset) {
  const auto at = static_cast<uint32_t>(offset);
  return ts_node_descendant_for_byte_range(ts_tree_root_node(tree.raw()), at, at + 1);
}

}  // namespace

LeafKind leaf_kind(const SyntaxTree* tree, std::string_view text, size_t offset) {
  if (tree == nullptr || offset >= text.size()) return LeafKind::unknown;
  TSNode node = leaf_at(*tree, offset);
  // A string's content, an escape in it: the string is a few nodes above. What is interpolated into it is code again.
  for (int depth = 0; depth < 4 && !ts_node_is_null(node); ++depth, node = ts_node_parent(node)) {
    const std::string_view type = ts_node_type(node);
    if (type == "interpolation" || type == "template_substitution" || is_error(node)) return LeafKind::code;
    if (!ts_node_is_named(node) && depth > 0) return LeafKind::code;
    const bool comment = has(type, "comment");
    if (!comment && !has(type, "string") && !has(type, "char_literal") && !has(type, "heredoc")) continue;
    const size_t begin = ts_node_start_byte(node), end = std::min<size_t>(ts_node_end_byte(node), text.size());
    if (begin > offset || end <= begin) return LeafKind::unknown;
    const std::string_view said = text.substr(begin, end - begin);
    if (said.substr(0, said.size() - 1).find('\n') != std::string_view::npos) return LeafKind::long_text;
    const bool closed = said.ends_with("*/") || said.ends_with("-->") || said.ends_with("]]");
    return comment && !closed ? LeafKind::line_comment : LeafKind::text;
  }
  return LeafKind::code;
}

bool is_inner_colon(const SyntaxTree* tree, size_t offset) {
  if (tree == nullptr) return false;
  const TSNode parent = ts_node_parent(leaf_at(*tree, offset));
  return !ts_node_is_null(parent) &&
         std::find(std::begin(kInnerColon), std::end(kInnerColon), ts_node_type(parent)) != std::end(kInnerColon);
}

}  // namespace sw
