// Where the lines of a text begin, kept up to date for the price of what was edited.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace sw {

// Lines end at LF, CR LF or CR. The text itself stays with its owner, who shows it to each call.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);

  // After this, edits that bring up to `n_bytes` new bytes need no memory.
  void reserve(size_t n_bytes);
  // The bytes [begin, old_end) of the text before are now the `new_size` ones at `begin` of `text`.
  void edit(std::string_view text, size_t begin, size_t old_end, size_t new_size);

  size_t n_lines() const;
  // The byte at which a line, counted from 0, begins; nothing when there are not so many.
  std::optional<size_t> line_begin(std::string_view text, size_t line) const;
  // The line that holds `offset`. Between CR and LF that is the line which they end.
  size_t line_of(std::string_view text, size_t offset) const;

 private:
  // A stretch of the text. Few enough of them to walk: 13,000 for 50 MB.
  struct Block {
    size_t n_bytes;
    size_t n_ends;  // line ends whose last byte it holds
  };
  std::vector<Block> blocks_;
};

}  // namespace sw
