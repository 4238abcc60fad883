// The text of an open document as the editor has it, and the places that it names by line and column.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sw::tool {

// What a column counts (LSP's positionEncoding).
enum class Encoding { utf8, utf16, utf32 };

struct Position {
  uint64_t line = 0;
  uint64_t character = 0;
};

// Replaces the bytes [begin, end).
struct Edit {
  size_t begin = 0;
  size_t end = 0;
  std::string text;
};

class Document {
 public:
  explicit Document(std::string text) { set_text(std::move(text)); }

  const std::string& text() const { return text_; }
  void set_text(std::string text);
  void apply(const Edit& edit);

  // Bytes before a position. As LSP says, what is off the end of a line is its end, and off the last line the end of the text; inside a
  // character is before it. Lines end at LF, CR LF or CR.
  size_t offset(Position position, Encoding encoding) const;

 private:
  size_t line_begin(uint64_t line) const;

  std::string text_;
  bool has_cr_ = false;
};

}  // namespace sw::tool
