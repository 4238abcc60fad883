#include "serve/document.h"

#include <utility>

namespace sw::tool {
namespace {

size_t character_bytes(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

uint64_t width(size_t n_bytes, Encoding encoding) {
  if (encoding == Encoding::utf8) return n_bytes;
  return encoding == Encoding::utf16 && n_bytes == 4 ? 2 : 1;
}

}  // namespace

void Document::set_text(std::string text) {
  text_ = std::move(text);
  has_cr_ = text_.find('\r') != std::string::npos;
}

void Document::apply(const Edit& edit) {
  text_.replace(edit.begin, edit.end - edit.begin, edit.text);
  has_cr_ = has_cr_ || edit.text.find('\r') != std::string::npos;
}

size_t Document::line_begin(uint64_t line) const {
  size_t at = 0;
  for (; line > 0 && at < text_.size(); --line) {
    const size_t end = has_cr_ ? text_.find_first_of("\r\n", at) : text_.find('\n', at);
    if (end == std::string::npos) return text_.size();
    const bool crlf = text_[end] == '\r' && end + 1 < text_.size() && text_[end + 1] == '\n';
    at = end + (crlf ? 2 : 1);
  }
  return at;
}

size_t Document::offset(Position position, Encoding encoding) const {
  size_t at = line_begin(position.line);
  for (uint64_t column = 0; at < text_.size() && text_[at] != '\n' && text_[at] != '\r';) {
    const size_t n_bytes = character_bytes(static_cast<unsigned char>(text_[at]));
    column += width(n_bytes, encoding);
    if (column > position.character) break;
    at += n_bytes;
  }
  return at;
}

}  // namespace sw::tool
