// What the model gets to see of a file around the cursor.
#pragma once

#include <cstddef>
#include <limits>
#include <string_view>

namespace sw {

struct WindowSizes {
  size_t prefix_bytes = 0;
  size_t suffix_bytes = 0;
};

// Bytes of the text, ascending. The prompt shows [prefix_begin, cursor) as the prefix and [cursor, suffix_end) as the suffix. In a
// split prompt what is far from the cursor, the head [prefix_begin, head_end) and the tail [tail_begin, suffix_end), stands before
// both as documents of its own.
struct Windows {
  size_t prefix_begin = 0;
  size_t head_end = 0;
  size_t cursor = 0;
  size_t tail_begin = 0;
  size_t suffix_end = 0;

  // The same windows with nothing set apart.
  Windows whole() const { return {prefix_begin, prefix_begin, cursor, suffix_end, suffix_end}; }
};

// A line longer than this ends the windows: what lies beyond it is data, and would be dear to tokenise.
inline constexpr size_t kLineBytesMax = 16384;

// Whole windows that depend on the text and the cursor alone. They begin and end at line ends and jump rather than slide: while one
// types, their far ends stay where they are, so that the prompt stays a pure append. The prefix has 0.75 to 1.25 times
// `prefix_bytes`, if there is that much; a line longer than the difference is cut between characters.
Windows place_windows(std::string_view text, size_t cursor, const WindowSizes& sizes);

// The windows of one buffer, which depend on where they were: each edge stays on its line, moved along by edits, until the cursor has
// drifted too far from it. Belongs to one thread at a time.
class AnchoredWindows {
 public:
  // The text's bytes [begin, old_end) are now new_size others.
  void edit(size_t begin, size_t old_end, size_t new_size);
  // Split windows. head_end and tail_begin leave a few lines on either side of the cursor.
  const Windows& place(std::string_view text, size_t cursor, const WindowSizes& sizes);

 private:
  static constexpr size_t kNowhere = std::numeric_limits<size_t>::max();  // to be placed anew

  Windows windows_{kNowhere, kNowhere, kNowhere, kNowhere, kNowhere};
};

}  // namespace sw
