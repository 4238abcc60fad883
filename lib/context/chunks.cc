#include "context/chunks.h"

#include <algorithm>

#include "context/line_depths.h"
#include "context/lines.h"

namespace sw {
namespace {

// A line that only closes what stands above it is a bad place to begin.
bool closes(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t");
  return first != std::string_view::npos && std::string_view(")]}").find(line[first]) != std::string_view::npos;
}

std::vector<size_t> running_non_blank(const Lines& lines) {
  std::vector<size_t> sums(lines.size() + 1, 0);
  for (size_t i = 0; i < lines.size(); ++i) sums[i + 1] = sums[i] + count_non_blank(lines.line(i));
  return sums;
}

}  // namespace

std::vector<uint32_t> indent_depths(const Lines& lines) {
  std::vector<uint32_t> depths(lines.size(), 0);
  uint32_t below = 0;
  for (size_t i = lines.size(); i-- > 0;) {
    if (!is_blank(lines.line(i))) below = static_cast<uint32_t>(std::min<size_t>(indent_columns(lines.line(i)), 1u << 20));
    // Between blank lines and what follows them the cut goes before the text.
    depths[i] = 2 * below + (is_blank(lines.line(i)) ? 1 : 0);
  }
  return depths;
}

// From the left, as much as fits, up to the line that lies least deep (the last of several): what fits whole is not
// cut, and what does not is cut between its largest parts. The first eighth of what fits holds no cut: what is so small
// goes with what follows.
std::vector<Chunk> chunks_of(std::string_view text, const SyntaxTree* tree, size_t non_blank_max) {
  const Lines lines(text);
  const std::vector<size_t> non_blank = running_non_blank(lines);
  std::vector<uint32_t> depth = tree == nullptr ? indent_depths(lines) : tree_depths(*tree, lines, non_blank, non_blank_max);
  for (size_t i = 0; i < lines.size(); ++i) depth[i] = 2 * depth[i] + (closes(lines.line(i)) ? 1 : 0);
  std::vector<Chunk> chunks;
  for (size_t first = 0; first < lines.size();) {
    size_t end = first + 1, best = first + 1;
    while (end < lines.size() && non_blank[end + 1] - non_blank[first] <= non_blank_max) {
      ++end;
      const bool small = non_blank[best] - non_blank[first] < non_blank_max / 8;
      if (end == lines.size() || small || depth[end] <= depth[best]) best = end;
    }
    chunks.push_back({lines.begin(first), lines.end(best - 1), first});
    first = best;
  }
  return chunks;
}

}  // namespace sw
