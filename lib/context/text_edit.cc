#include "context/text_edit.h"

#include <algorithm>

namespace sw {
namespace {

// Adds one edit, in coordinates of the text after `ranges`, to them. The ranges that it touches become one with it.
void add(std::vector<ChangedRange>& ranges, const TextEdit& edit) {
  const auto first = std::find_if(ranges.begin(), ranges.end(), [&](const ChangedRange& r) { return r.new_end >= edit.begin; });
  auto last = first;
  while (last != ranges.end() && last->new_begin <= edit.old_end) ++last;
  // How far new coordinates are ahead of old ones, before `first` and after the last touched range.
  const size_t before_new = first == ranges.begin() ? 0 : std::prev(first)->new_end;
  const size_t before_old = first == ranges.begin() ? 0 : std::prev(first)->old_end;
  ChangedRange merged;
  merged.new_begin = edit.begin;
  merged.old_begin = before_old + (edit.begin - before_new);
  size_t after_new = edit.old_end;  // in the text before this edit
  merged.old_end = before_old + (edit.old_end - before_new);
  if (first != last) {
    if (first->new_begin <= edit.begin) {
      merged.new_begin = first->new_begin;
      merged.old_begin = first->old_begin;
    }
    const ChangedRange& end = *std::prev(last);
    after_new = std::max(edit.old_end, end.new_end);
    merged.old_end = end.old_end + (after_new - end.new_end);
  }
  const size_t removed = edit.old_end - edit.begin;
  merged.new_end = after_new - removed + edit.new_size;
  for (auto later = last; later != ranges.end(); ++later) {
    later->new_begin = later->new_begin - removed + edit.new_size;
    later->new_end = later->new_end - removed + edit.new_size;
  }
  const auto at = ranges.erase(first, last);
  ranges.insert(at, merged);
}

}  // namespace

std::optional<std::vector<ChangedRange>> changed_ranges(std::span<const TextEdit> edits, size_t old_size, size_t new_size) {
  std::vector<ChangedRange> ranges;
  size_t size = old_size;
  for (const TextEdit& edit : edits) {
    if (edit.begin > edit.old_end || edit.old_end > size) return std::nullopt;
    add(ranges, edit);
    size = size - (edit.old_end - edit.begin) + edit.new_size;
  }
  if (size != new_size) return std::nullopt;
  return ranges;
}

}  // namespace sw
