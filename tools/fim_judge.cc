#include "fim_judge.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "words.h"

namespace sw::tool {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trim_right(std::string_view text) { return text.substr(0, text.find_last_not_of(kBlanks) + 1); }

struct Shape {
  size_t n_lines = 0;                // with text on them
  std::array<int, 3> left_open{};    // brackets of each kind that are opened, less those that are closed

  friend bool operator==(const Shape&, const Shape&) = default;
};

Shape shape_of(std::string_view text) {
  constexpr std::string_view kOpen = "([{", kClose = ")]}";
  Shape shape;
  bool line_has_text = false;
  for (const char c : text) {
    if (c == '\n') line_has_text = false;
    if (!line_has_text && kBlanks.find(c) == kBlanks.npos) {
      line_has_text = true;
      ++shape.n_lines;
    }
    if (const size_t kind = kOpen.find(c); kind != kOpen.npos) ++shape.left_open[kind];
    if (const size_t kind = kClose.find(c); kind != kClose.npos) --shape.left_open[kind];
  }
  return shape;
}

bool was_cut_off(sw_finish finish) { return finish == SW_FINISH_MAX_TOKENS || finish == SW_FINISH_TIME || finish == SW_FINISH_REPEAT; }

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

double edit_similarity(std::string_view a, std::string_view b) {
  const size_t longer = std::max(a.size(), b.size());
  return longer == 0 ? 1.0 : 1.0 - static_cast<double>(edit_distance(a, b)) / static_cast<double>(longer);
}

Judgement judge(std::string_view hole, std::string_view shown, std::string_view name, sw_finish finish) {
  hole = trim_right(hole);
  shown = trim_right(shown);
  Judgement out;
  out.exact = hole == shown;
  out.similarity = edit_similarity(hole, shown);
  out.has_name = find_word(shown, name) != shown.npos;
  out.ended = !was_cut_off(finish) && shape_of(hole) == shape_of(shown);
  return out;
}

}  // namespace sw::tool
