// Series of edits of a text, as one step from the first text to the last.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace sw {

// One replacement, in bytes: text[begin, old_end) became new_size bytes.
struct TextEdit {
  size_t begin, old_end, new_size;
};

// old_text[old_begin, old_end) became new_text[new_begin, new_end).
struct ChangedRange {
  size_t old_begin, old_end;
  size_t new_begin, new_end;
};

// What `edits`, applied in order to a text of `old_size` bytes, changed in all: ascending, with unchanged bytes between them. Nothing when
// an edit is off the text, or the last text has not `new_size` bytes. Edits that touch become one range.
std::optional<std::vector<ChangedRange>> changed_ranges(std::span<const TextEdit> edits, size_t old_size, size_t new_size);

}  // namespace sw
