#include "complete/line_index.h"

#include <algorithm>

namespace sw {
namespace {

constexpr size_t kBlockBytes = 4096;          // of a new block
constexpr size_t kBlockBytesMax = 8192;       // a block that grew larger is cut
constexpr size_t kBlockBytesMin = 1024;       // one that shrank below joins the next

// CR ends a line by itself unless LF follows, and then that does.
bool ends_line(std::string_view text, size_t at) {
  return text[at] == '\n' || (text[at] == '\r' && (at + 1 == text.size() || text[at + 1] != '\n'));
}

size_t count_ends(std::string_view text, size_t begin, size_t end) {
  const std::string_view part = text.substr(begin, end - begin);
  auto n = static_cast<size_t>(std::count(part.begin(), part.end(), '\n'));
  for (size_t at = part.find('\r'); at != std::string_view::npos; at = part.find('\r', at + 1)) n += ends_line(text, begin + at);
  return n;
}

// How many blocks a stretch makes.
size_t n_blocks_of(size_t n_bytes) { return n_bytes <= kBlockBytesMax ? 1 : (n_bytes + kBlockBytes - 1) / kBlockBytes; }

}  // namespace

LineIndex::LineIndex(std::string_view text) : blocks_{{0, 0}} {
  reserve(text.size());
  edit(text, 0, 0, text.size());
}

void LineIndex::reserve(size_t n_bytes) {
  const size_t needed = blocks_.size() + n_blocks_of(n_bytes + 2 * kBlockBytesMax);
  if (blocks_.capacity() < needed) blocks_.reserve(std::max(needed, 2 * blocks_.capacity()));
}

void LineIndex::edit(std::string_view text, size_t begin, size_t old_end, size_t new_size) {
  // From the block of the byte before, which may be a CR that ended its line or now does.
  size_t first = 0, start = 0;
  while (first + 1 < blocks_.size() && start + blocks_[first].n_bytes < begin) start += blocks_[first++].n_bytes;
  size_t last = first, end = start + blocks_[first].n_bytes;
  const auto take_next = [&] { end += blocks_[++last].n_bytes; };
  while (end < old_end && last + 1 < blocks_.size()) take_next();
  if (end - old_end + begin + new_size - start < kBlockBytesMin && last + 1 < blocks_.size()) take_next();

  const size_t n_bytes = end - old_end + begin + new_size - start;
  const size_t n_new = n_blocks_of(n_bytes), n_old = last - first + 1;
  const auto at = blocks_.begin() + static_cast<ptrdiff_t>(first);
  if (n_new > n_old) {
    blocks_.insert(at, n_new - n_old, Block{});
  } else {
    blocks_.erase(at, at + static_cast<ptrdiff_t>(n_old - n_new));
  }
  for (size_t i = 0; i < n_new; ++i) {
    const size_t from = start + n_bytes * i / n_new, to = start + n_bytes * (i + 1) / n_new;
    blocks_[first + i] = {to - from, count_ends(text, from, to)};
  }
}

size_t LineIndex::n_lines() const {
  size_t n = 1;
  for (const Block& block : blocks_) n += block.n_ends;
  return n;
}

std::optional<size_t> LineIndex::line_begin(std::string_view text, size_t line) const {
  if (line == 0) return 0;
  size_t start = 0, left = line;  // line ends still to pass
  for (const Block& block : blocks_) {
    if (block.n_ends < left) {
      left -= block.n_ends;
      start += block.n_bytes;
      continue;
    }
    for (size_t at = start;; ++at) {
      if (ends_line(text, at) && --left == 0) return at + 1;
    }
  }
  return std::nullopt;
}

size_t LineIndex::line_of(std::string_view text, size_t offset) const {
  size_t start = 0, line = 0;
  for (const Block& block : blocks_) {
    if (start + block.n_bytes > offset) break;
    start += block.n_bytes;
    line += block.n_ends;
  }
  return line + count_ends(text, start, offset);
}

}  // namespace sw
