#include "eval_model_judge.h"

#include <algorithm>
#include <set>
#include <vector>

#include "words.h"

namespace sw::tool {
namespace {

constexpr size_t kMarkCharacters = 6;  // a shorter line, "}" or "end", stands anywhere

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(kBlanks);
  return begin == text.npos ? std::string_view() : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

std::vector<std::string_view> trimmed_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(trim(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

std::string_view without_empty_lines(std::string_view text) { return text.substr(std::min(text.find_first_not_of('\n'), text.size())); }

std::string_view first_line(std::string_view text) { return trim(text.substr(0, text.find('\n'))); }

size_t n_characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool holds(const std::vector<std::string_view>& lines, size_t from, std::string_view line) {
  return std::find(lines.begin() + static_cast<ptrdiff_t>(std::min(from, lines.size())), lines.end(), line) != lines.end();
}

bool ran_past(const PinnedHole& hole, std::string_view text) {
  const auto following = trimmed_lines(hole.suffix);
  const auto mark = std::find_if(following.begin(), following.end(), [](std::string_view line) { return n_characters(line) >= kMarkCharacters; });
  return mark != following.end() && holds(trimmed_lines(text), 1, *mark) && !holds(trimmed_lines(hole.middle), 0, *mark);
}

std::optional<double> share_of_names(std::string_view middle, std::string_view shown) {
  std::set<std::string_view> names;
  for_each_word(middle, [&](std::string_view name) { names.insert(name); });
  if (names.empty()) return std::nullopt;
  const auto n = std::count_if(names.begin(), names.end(), [&](std::string_view name) { return find_word(shown, name) != shown.npos; });
  return static_cast<double>(n) / static_cast<double>(names.size());
}

}  // namespace

RawJudgement judge_raw(const PinnedHole& hole, std::string_view text, bool ended) {
  RawJudgement out;
  out.ended = ended;
  out.exact = ended && trim(text) == trim(hole.middle);
  out.first_line = hole.kind == "block" ? first_line(without_empty_lines(text)) == first_line(without_empty_lines(hole.middle))
                                        : first_line(text) == first_line(trim(hole.middle));
  out.ran_past = ran_past(hole, text);
  return out;
}

ShownJudgement judge_shown(const PinnedHole& hole, std::string_view shown, sw_finish finish) {
  const Judgement judgement = judge(trim(hole.middle), trim(shown), {}, finish);
  return {judgement.exact, judgement.similarity, judgement.ended, share_of_names(hole.middle, shown), std::nullopt};
}

}  // namespace sw::tool
