#include "block_hole.h"

#include <algorithm>
#include <vector>

namespace sw::tool {
namespace {

struct Line {
  size_t begin = 0, end = 0;  // without white space at its end
  size_t indent = 0;          // columns of white space, a tab counted as 8
  bool blank = true;
};

Line read_line(std::string_view text, size_t begin, size_t end) {
  Line line{begin, end};
  while (line.end > begin && (text[line.end - 1] == ' ' || text[line.end - 1] == '\t' || text[line.end - 1] == '\r')) --line.end;
  for (size_t i = begin; i < line.end && line.blank; ++i) {
    if (text[i] == '\t') line.indent += 8 - line.indent % 8;
    else if (text[i] == ' ') ++line.indent;
    else line.blank = false;
  }
  return line;
}

std::vector<Line> read_lines(std::string_view text) {
  std::vector<Line> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(read_line(text, begin, end));
    begin = end + 1;
  }
  return lines;
}

bool is_inside(const Line& line, size_t indent) { return line.blank || line.indent >= indent; }

}  // namespace

std::optional<Range> block_around(std::string_view text, size_t line_begin, bool python) {
  const std::vector<Line> lines = read_lines(text);
  size_t at = 0;
  while (at < lines.size() && lines[at].begin != line_begin) ++at;
  if (at == lines.size() || lines[at].blank) return std::nullopt;
  for (size_t indent = lines[at].indent; indent > 0;) {
    size_t first = at, last = at;
    while (first > 0 && is_inside(lines[first - 1], indent)) --first;
    while (last + 1 < lines.size() && is_inside(lines[last + 1], indent)) ++last;
    if (first == 0) return std::nullopt;  // nothing stands above it
    const Line& above = lines[first - 1];
    while (lines[first].blank) ++first;
    while (lines[last].blank) --last;
    const auto n = static_cast<size_t>(std::count_if(&lines[first], &lines[last] + 1, [](const Line& line) { return !line.blank; }));
    if (n > kBlockLinesMax) return std::nullopt;
    if (n >= kBlockLinesMin && text[above.end - 1] == (python ? ':' : '{')) {
      const size_t begin = text.find_first_not_of(" \t", lines[first].begin);
      return Range{begin, lines[last].end};
    }
    indent = above.indent;
  }
  return std::nullopt;
}

}  // namespace sw::tool
