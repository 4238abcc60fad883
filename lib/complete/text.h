// The text of a buffer and places in it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"
#include "complete/line_index.h"

namespace sw {

enum class ColumnUnit { bytes, utf16, characters };

// From 0; lines end at LF, CR LF or CR.
struct TextPosition {
  size_t line = 0;
  size_t column = 0;
};

class Text {
 public:
  // argument when `text` is not UTF-8; the message says at which byte.
  static Result<Text> create(std::string_view text);

  const std::string& str() const { return text_; }
  size_t size() const { return text_.size(); }
  // True between two characters, at the start and at the end.
  bool is_boundary(size_t offset) const;
  // argument, naming what is wrong, unless `offset` is a boundary.
  Status check_offset(size_t offset) const;

  // Replaces [begin, end). Nothing changes on error.
  Status edit(size_t begin, size_t end, std::string_view text);

  // Both cost a line, and not the text before it.
  Result<size_t> offset_of(const TextPosition& position, ColumnUnit unit) const;
  // argument unless `offset` is a boundary. Between CR and LF: the place before both.
  Result<TextPosition> position_of(size_t offset, ColumnUnit unit) const;

 private:
  explicit Text(std::string text) : text_(std::move(text)), lines_(text_) {}
  std::string text_;
  LineIndex lines_;
};

// The line of `text` that holds `offset`, without its end: [begin, end).
struct LineRange {
  size_t begin;
  size_t end;
};
LineRange line_at(std::string_view text, size_t offset);

}  // namespace sw
