#include "context/completion_shape.h"

#include <algorithm>

#include "context/leaf.h"
#include "context/lines.h"

namespace sw {
namespace {

struct CursorLine {
  std::string_view before, after;
  size_t begin;  // of the line
};

CursorLine line_around(std::string_view text, size_t cursor) {
  const size_t newline = cursor == 0 ? std::string_view::npos : text.rfind('\n', cursor - 1);
  const size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  const size_t end = std::min(text.find('\n', cursor), text.size());
  return {text.substr(begin, cursor - begin), text.substr(cursor, end - cursor), begin};
}

bool much_follows(std::string_view after) {
  size_t n = 0;
  for (const char c : after) {
    n += std::string_view(" \t\r)]}>;,:\"'`").find(c) == std::string_view::npos && (c & 0xc0) != 0x80;
    if (n > kRightOfCursorMax) return true;
  }
  return false;
}

bool ends_with_word(std::string_view line, std::string_view word) {
  if (!line.ends_with(word)) return false;
  const char c = line.size() == word.size() ? ' ' : line[line.size() - word.size() - 1];
  return !std::isalnum(static_cast<unsigned char>(c)) && c != '_';
}

bool in_line_comment(const CursorLine& line, const Language* language, LeafKind kind) {
  if (kind == LeafKind::line_comment) return true;
  if (kind != LeafKind::unknown || language == nullptr || language->line_comment.empty()) return false;
  // No tree: a line that begins as a comment; one behind code may be a string's part.
  const size_t first = line.before.find_first_not_of(" \t");
  return first != std::string_view::npos && line.before.substr(first).starts_with(language->line_comment);
}

// The last thing before the cursor opens a block that stands on the lines below.
bool opens_block(std::string_view before, size_t last, const SyntaxTree* tree) {
  if (before.ends_with('{') || before.ends_with('[')) return true;
  if (before.ends_with("=>") || before.ends_with("->")) return true;
  if (before.ends_with(':')) return !before.ends_with("::") && !is_inner_colon(tree, last);
  for (const std::string_view word : {"then", "do", "else", "begin"}) {
    if (ends_with_word(before, word)) return true;
  }
  return false;
}

}  // namespace

CompletionShape completion_shape(std::string_view text, size_t cursor, const Language* language, const SyntaxTree* tree) {
  cursor = std::min(cursor, text.size());
  const CursorLine line = line_around(text, cursor);
  if (much_follows(line.after)) return {false, Extent::one_line, "text follows the cursor on its line"};
  const bool empty_before = is_blank(line.before), empty_after = is_blank(line.after);
  if (empty_before && empty_after) return {true, Extent::block, "an empty line"};
  if (!empty_after) return {true, Extent::one_line, "the middle of a line"};
  const std::string_view before = trim_right(line.before);
  const size_t last = line.begin + before.size() - 1;
  const LeafKind kind = leaf_kind(tree, text, last);
  if (in_line_comment(line, language, kind)) return {true, Extent::one_line, "a line comment"};
  if (kind == LeafKind::text || kind == LeafKind::long_text) return {true, Extent::one_line, "a comment or a string"};
  if (opens_block(before, last, tree)) return {true, Extent::block, "a block has just opened"};
  return {true, Extent::one_line, "the rest of a line"};
}

}  // namespace sw
