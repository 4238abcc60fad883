// A build without Tree-sitter: no text has a tree, and what would ask one is not asked.
#include "context/joined_tree.h"
#include "context/leaf.h"
#include "context/line_depths.h"
#include "context/outline_parts.h"
#include "context/syntax_tree.h"

namespace sw {

Result<std::shared_ptr<const SyntaxTree>> SyntaxTree::parse(const Language&, std::string_view, const Control& control, const SyntaxTree*) {
  SW_TRY(control.check());
  return std::shared_ptr<const SyntaxTree>();
}

std::shared_ptr<const SyntaxTree> SyntaxTree::moved(std::string_view, std::span<const TextEdit>, std::string_view) const { return nullptr; }

SyntaxTree::~SyntaxTree() = default;

bool SyntaxTree::has_errors() const { return false; }

size_t SyntaxTree::n_errors() const { return 0; }

bool has_grammar(const Language&) { return false; }

std::vector<uint32_t> tree_depths(const SyntaxTree&, const Lines& lines, std::span<const size_t>, size_t) { return indent_depths(lines); }

LeafKind leaf_kind(const SyntaxTree*, std::string_view, size_t) { return LeafKind::unknown; }

bool is_inner_colon(const SyntaxTree*, size_t) { return false; }

std::vector<Bracket> bracket_tokens(const SyntaxTree&, std::string_view, size_t, size_t) { return {}; }

Faults faults(const SyntaxTree&, size_t, size_t) { return {}; }

std::optional<size_t> statement_end(const SyntaxTree&, size_t, size_t) { return std::nullopt; }

std::optional<size_t> block_end(const SyntaxTree&, size_t, size_t) { return std::nullopt; }

FoundParts find_in_tree(std::string_view text, const SyntaxTree&) { return find_in_lines(text, Lines(text)); }

}  // namespace sw
