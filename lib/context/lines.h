// The lines of a text. Within lib/context.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sw {

// Lines end at LF, which belongs to them; the last may have none.
class Lines {
 public:
  explicit Lines(std::string_view text);

  size_t size() const { return begins_.size() - 1; }
  size_t begin(size_t line) const { return begins_[line]; }
  size_t end(size_t line) const { return begins_[line + 1]; }
  std::string_view line(size_t i) const { return text_.substr(begin(i), end(i) - begin(i)); }
  // The line that holds byte `offset`; the last one for the text's end.
  size_t of(size_t offset) const;

 private:
  std::string_view text_;
  std::vector<size_t> begins_;  // and the text's end
};

bool is_blank(std::string_view text);
std::string_view trim_right(std::string_view text);
// Characters that are not blanks: bytes, except that those inside a UTF-8 character do not count.
size_t count_non_blank(std::string_view text);
// Columns of white space in front; a tab goes to the next multiple of `tab`.
size_t indent_columns(std::string_view line, size_t tab = 4);

}  // namespace sw
