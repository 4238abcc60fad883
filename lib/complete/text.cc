#include "complete/text.h"

#include <algorithm>

#include "tokenizer/tokenizer.h"

namespace sw {
namespace {

Status check_utf8(std::string_view text) {
  if (const auto bad = first_invalid_utf8(text)) {
    return error(Code::argument, "the text is not UTF-8: byte 0x%02x at offset %zu; convert the file first",
                 static_cast<unsigned char>(text[*bad]), *bad);
  }
  return {};
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes of the character that starts with `lead`, in valid UTF-8.
size_t character_bytes(char lead) {
  const auto c = static_cast<unsigned char>(lead);
  return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

size_t columns(size_t n_bytes, ColumnUnit unit) {
  switch (unit) {
    case ColumnUnit::bytes: return n_bytes;
    case ColumnUnit::utf16: return n_bytes == 4 ? 2 : 1;
    case ColumnUnit::characters: break;
  }
  return 1;
}

}  // namespace

Result<Text> Text::create(std::string_view text) {
  SW_TRY(check_utf8(text));
  return Text(std::string(text));
}

bool Text::is_boundary(size_t offset) const {
  return offset == text_.size() || (offset < text_.size() && !is_continuation(text_[offset]));
}

Status Text::check_offset(size_t offset) const {
  if (offset > text_.size()) {
    return error(Code::argument, "offset %zu is off the text, which has %zu bytes", offset, text_.size());
  }
  if (!is_boundary(offset)) return error(Code::argument, "offset %zu is inside a character", offset);
  return {};
}

Status Text::edit(size_t begin, size_t end, std::string_view text) {
  if (begin > end) return error(Code::argument, "the edit begins at %zu, after its end %zu", begin, end);
  SW_TRY(check_offset(end));
  SW_TRY(check_offset(begin));
  SW_TRY(check_utf8(text));
  lines_.reserve(text.size());  // what may throw comes first
  text_.replace(begin, end - begin, text);
  lines_.edit(text_, begin, end, text.size());
  return {};
}

Result<size_t> Text::offset_of(const TextPosition& position, ColumnUnit unit) const {
  const auto [line, column] = position;
  const auto begin = lines_.line_begin(text_, line);
  if (!begin) return error(Code::argument, "line %zu is off the text, which has %zu lines", line + 1, lines_.n_lines());
  const size_t end = line_at(text_, *begin).end;
  size_t at = *begin, seen = 0;
  while (seen < column && at < end) {
    const size_t n = character_bytes(text_[at]);
    seen += columns(n, unit);
    if (seen > column) return error(Code::argument, "column %zu of line %zu is inside a character", column + 1, line + 1);
    at += n;
  }
  if (seen < column) {
    return error(Code::argument, "column %zu is off line %zu, which has %zu columns", column + 1, line + 1, seen + 1);
  }
  return at;
}

Result<TextPosition> Text::position_of(size_t offset, ColumnUnit unit) const {
  SW_TRY(check_offset(offset));
  TextPosition position{lines_.line_of(text_, offset), 0};
  const size_t begin = *lines_.line_begin(text_, position.line);
  const size_t end = std::min(offset, line_at(text_, begin).end);
  for (size_t at = begin; at < end;) {
    const size_t n = character_bytes(text_[at]);
    position.column += columns(n, unit);
    at += n;
  }
  return position;
}

LineRange line_at(std::string_view text, size_t offset) {
  size_t begin = offset;
  while (begin > 0 && text[begin - 1] != '\n' && text[begin - 1] != '\r') --begin;
  const size_t end = text.find_first_of("\r\n", offset);
  return {begin, end == std::string_view::npos ? text.size() : end};
}

}  // namespace sw
