#include "complete/windows.h"

#include <algorithm>

namespace sw {
namespace {

// What stands beside the cursor in a split prompt, in bytes: placed anew when it has become smaller or larger than this, at its usual
// size. Each jump re-runs about the usual sizes of both; each keystroke's room before the next placing is the difference. Chosen on an editing
// trace: docs/prompt.md.
struct Drift {
  size_t least, usual, most;
};
constexpr Drift kNearPrefix{300, 700, 2000};
constexpr Drift kNearSuffix{100, 400, 1000};

Drift drift_of(size_t window_bytes) { return {window_bytes / 4 * 3, window_bytes, window_bytes + window_bytes / 4}; }

bool is_inside_character(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

size_t line_start(std::string_view text, size_t at) {
  const size_t newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return newline == std::string_view::npos ? 0 : newline + 1;
}

// The start of the first line that begins in [at, limit]; the first whole character from `at` on when there is none.
size_t next_line_start(std::string_view text, size_t at, size_t limit) {
  if (at == 0 || text[at - 1] == '\n') return at;
  const size_t newline = text.substr(0, limit).find('\n', at);
  if (newline != std::string_view::npos) return newline + 1;
  while (is_inside_character(text, at)) ++at;
  return at;
}

// The end of the last line that ends in [low, at]; the last whole character up to `at` when there is none.
size_t last_line_end(std::string_view text, size_t low, size_t at) {
  if (at >= text.size()) return text.size();
  const size_t newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  if (newline != std::string_view::npos && newline >= low) return newline + 1;
  while (at > low && is_inside_character(text, at)) --at;
  return at;
}

// The end of the last line before the cursor's that is too long, at or after `begin`; else `begin`.
size_t after_long_line(std::string_view text, size_t begin, size_t cursor) {
  for (size_t end = cursor; end > begin;) {
    const size_t start = std::max(line_start(text, end), begin);
    if (end < cursor && end - start > kLineBytesMax) return end + 1;
    end = start == begin ? begin : start - 1;
  }
  return begin;
}

// The start of the first line from the cursor on that is too long, or `end`.
size_t before_long_line(std::string_view text, size_t cursor, size_t end) {
  for (size_t at = cursor; at < end;) {
    const size_t newline = text.substr(0, end).find('\n', at);
    const size_t stop = newline == std::string_view::npos ? end : newline;
    if (stop - at > kLineBytesMax) {
      if (at > cursor) return at;
      size_t cut = cursor + kLineBytesMax;
      while (cut > cursor && is_inside_character(text, cut)) --cut;
      return cut;
    }
    at = stop + 1;
  }
  return end;
}

size_t suffix_end_at(std::string_view text, size_t cursor, size_t bytes) {
  if (text.size() - cursor <= bytes) return text.size();
  return last_line_end(text, cursor, cursor + bytes);
}

// True when an edge at `distance` from the cursor may stay; at_limit: there is nothing beyond it.
bool stays(size_t distance, bool at_limit, const Drift& drift) {
  return distance <= drift.most && (at_limit || distance >= drift.least);
}

}  // namespace

Windows place_windows(std::string_view text, size_t cursor, const WindowSizes& sizes) {
  size_t begin = 0;
  const size_t prefix_bytes = std::min(sizes.prefix_bytes, text.size());  // so that no sum below overflows
  if (cursor > prefix_bytes + prefix_bytes / 4) {
    const size_t grid = std::max<size_t>(prefix_bytes / 4, 1);
    const size_t at = (cursor - prefix_bytes) / grid * grid;
    // A line start further on than the grid would make the window much too small, and one near the cursor would move with typing.
    begin = next_line_start(text, at, std::min(at + grid, cursor));
  }
  begin = after_long_line(text, begin, cursor);
  const size_t end = before_long_line(text, cursor, suffix_end_at(text, cursor, sizes.suffix_bytes));
  return {begin, begin, cursor, end, end};
}

void AnchoredWindows::edit(size_t begin, size_t old_end, size_t new_size) {
  for (size_t* edge : {&windows_.prefix_begin, &windows_.head_end, &windows_.tail_begin, &windows_.suffix_end}) {
    if (*edge == kNowhere || *edge <= begin) continue;
    // An edge that was replaced with the text around it is placed anew.
    *edge = *edge < old_end ? kNowhere : *edge - old_end + begin + new_size;
  }
}

const Windows& AnchoredWindows::place(std::string_view text, size_t cursor, const WindowSizes& sizes) {
  Windows& w = windows_;
  const Drift prefix = drift_of(std::min(sizes.prefix_bytes, text.size()));
  const Drift suffix = drift_of(std::min(sizes.suffix_bytes, text.size()));
  if (w.prefix_begin > cursor || !stays(cursor - w.prefix_begin, w.prefix_begin == 0, prefix)) {
    w.prefix_begin = cursor <= prefix.usual ? 0 : next_line_start(text, cursor - prefix.usual, cursor);
  }
  w.prefix_begin = after_long_line(text, w.prefix_begin, cursor);
  if (w.suffix_end < cursor || w.suffix_end > text.size() ||
      !stays(w.suffix_end - cursor, w.suffix_end == text.size(), suffix)) {
    w.suffix_end = suffix_end_at(text, cursor, suffix.usual);
  }
  w.suffix_end = before_long_line(text, cursor, w.suffix_end);

  const bool head_stays = w.head_end >= w.prefix_begin && w.head_end <= cursor &&
                          stays(cursor - w.head_end, w.head_end == w.prefix_begin, kNearPrefix);
  const bool tail_stays = w.tail_begin >= cursor && w.tail_begin <= w.suffix_end &&
                          stays(w.tail_begin - cursor, w.tail_begin == w.suffix_end, kNearSuffix);
  if (!head_stays) {
    const size_t from = cursor - std::min(cursor - w.prefix_begin, kNearPrefix.usual);
    w.head_end = std::max(w.prefix_begin, line_start(text, from));
  }
  // The tail follows the head in the prompt: when that is placed anew, this may be as well.
  if (!head_stays || !tail_stays) {
    const size_t to = std::min(w.suffix_end, cursor + kNearSuffix.usual);
    const size_t newline = text.substr(0, w.suffix_end).find('\n', to);
    w.tail_begin = newline == std::string_view::npos ? w.suffix_end : newline + 1;
  }
  w.cursor = cursor;
  return w;
}

}  // namespace sw
