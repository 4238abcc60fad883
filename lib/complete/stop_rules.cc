#include "complete/stop_rules.h"

#include <algorithm>

namespace sw {
namespace {

constexpr std::string_view kClosers = ")]}";

std::string_view trim_right(std::string_view s) {
  const size_t last = s.find_last_not_of(" \t\r\n");
  return last == std::string_view::npos ? s.substr(0, 0) : s.substr(0, last + 1);
}

std::string_view trim(std::string_view s) {
  s = trim_right(s);
  const size_t first = s.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? s.substr(0, 0) : s.substr(first);
}

bool blank(std::string_view s) { return s.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// White space in front, a tab counted as 4.
size_t indent_of(std::string_view line) {
  size_t columns = 0;
  for (const char c : line) {
    if (c != ' ' && c != '\t') break;
    columns += c == '\t' ? 4 : 1;
  }
  return columns;
}

std::string first_full_line(std::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = trim_right(text.substr(0, end));
    if (!line.empty()) return std::string(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return "";
}

bool is_closing(std::string_view line) {
  line = trim(line);
  return !line.empty() && (kClosers.find(line.front()) != std::string_view::npos || line == "end" || line == "fi" ||
                           line == "done" || line == "esac");
}

// Closing minus opening brackets of one kind.
int surplus(std::string_view text, char close) {
  const char open = close == ')' ? '(' : close == ']' ? '[' : '{';
  return static_cast<int>(std::count(text.begin(), text.end(), close) - std::count(text.begin(), text.end(), open));
}

// Calls visit(begin, line) for each whole line after the first, newline-terminated; stops when it returns true.
template <class Visit>
void later_lines(std::string_view text, const Visit& visit) {
  size_t begin = text.find('\n');
  while (begin != std::string_view::npos) {
    const size_t end = text.find('\n', begin + 1);
    if (end == std::string_view::npos) return;
    if (visit(begin, text.substr(begin + 1, end - begin - 1))) return;
    begin = end;
  }
}

}  // namespace

StopRules::StopRules(Place place, bool one_line, std::vector<std::string> stop_strings)
    : place_(std::move(place)), stop_strings_(std::move(stop_strings)), one_line_(one_line) {
  next_line_ = first_full_line(place_.following);
  indent_ = indent_of(place_.line_before);
  opens_block_ = !blank(place_.line_before);
}

std::optional<Cut> StopRules::check(std::string_view text) const {
  std::optional<Cut> first;
  for (const auto& cut : {stop_string(text), line_end(text), suffix_line(text), block_end(text), repetition(text)}) {
    if (cut && (!first || cut->end < first->end)) first = cut;
  }
  if (first) drop_overlap(text, *first);
  return first;
}

Cut StopRules::finish(std::string_view text, Finish reason) const {
  // A last line without its newline counts as whole now.
  if (auto cut = check(std::string(text) + "\n"); cut && cut->end < text.size()) return *cut;
  Cut cut{text.size(), reason, ""};
  if (reason != Finish::eos) cut.end = trim_right(text).size();
  drop_overlap(text, cut);
  return cut;
}

std::optional<Cut> StopRules::stop_string(std::string_view text) const {
  std::optional<Cut> first;
  for (const std::string& stop : stop_strings_) {
    const size_t at = text.find(stop);
    if (at != std::string_view::npos && (!first || at < first->end)) {
      first = Cut{at, Finish::stop, "the stop string '" + stop + "'"};
    }
  }
  return first;
}

std::optional<Cut> StopRules::line_end(std::string_view text) const {
  const size_t newline = text.find('\n');
  if (!one_line_ || newline == std::string_view::npos) return std::nullopt;
  return Cut{trim_right(text.substr(0, newline)).size(), Finish::line, "one line was asked for"};
}

std::optional<Cut> StopRules::suffix_line(std::string_view text) const {
  if (next_line_.empty()) return std::nullopt;
  std::optional<Cut> cut;
  later_lines(text, [&](size_t begin, std::string_view line) {
    if (trim_right(line) != next_line_) return false;
    cut = Cut{trim_right(text.substr(0, begin)).size(), Finish::suffix, "it reached the next line of the file: " + next_line_};
    return true;
  });
  return cut;
}

// A line that stands further left than the cursor's belongs to what surrounds the block. On the cursor's own level a closer ends
// the block that its line opened, and anything else is the statement after it.
std::optional<Cut> StopRules::block_end(std::string_view text) const {
  std::optional<Cut> cut;
  size_t n_blank = 0;
  later_lines(text, [&](size_t begin, std::string_view line) {
    if (blank(line)) {
      if (++n_blank < 2) return false;
      cut = Cut{trim_right(text.substr(0, begin)).size(), Finish::block, "two blank lines"};
      return true;
    }
    n_blank = 0;
    const size_t indent = indent_of(line);
    if (indent > indent_ || (indent == indent_ && !opens_block_)) return false;
    if (indent == indent_ && is_closing(line)) {
      const size_t end = begin + 1 + trim_right(line).size();
      if (text.substr(end).find_first_not_of(" \t\r\n") == std::string_view::npos) return false;
      cut = Cut{end, Finish::block, "the block is closed"};
      return true;
    }
    cut = Cut{trim_right(text.substr(0, begin)).size(), Finish::block, "it left the cursor's block"};
    return true;
  });
  return cut;
}

std::optional<Cut> StopRules::repetition(std::string_view text) const {
  // The same line three times running.
  std::string_view previous;
  size_t previous_begin = 0, run = 1;
  std::optional<Cut> cut;
  later_lines(text, [&](size_t begin, std::string_view line) {
    run = !blank(line) && line == previous ? run + 1 : 1;
    if (run == 2) previous_begin = begin;
    previous = line;
    if (run < 3) return false;
    cut = Cut{previous_begin, Finish::repeat, "the same line three times"};
    return true;
  });
  if (cut) return cut;
  // The same few bytes over and over at the end.
  for (size_t period = 1; period <= 48; ++period) {
    const size_t need = std::max<size_t>(4 * period, 32);
    if (text.size() < need) break;
    const std::string_view tail = text.substr(text.size() - need);
    if (blank(tail.substr(0, period))) continue;
    if (tail.substr(period) == tail.substr(0, need - period)) {
      size_t begin = text.size() - need;
      while (begin > 0 && text[begin - 1] == text[begin - 1 + period]) --begin;
      size_t end = begin + period;
      while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // a last byte may repeat without its character
      return Cut{end, Finish::repeat, "it repeats itself"};
    }
  }
  return std::nullopt;
}

// What is written again of the text right after the cursor goes: a closing bracket only when nothing inside opened it.
void StopRules::drop_overlap(std::string_view text, Cut& cut) const {
  const std::string_view after = trim(place_.line_after);
  if (after.empty()) return;
  std::string_view kept = trim_right(text.substr(0, cut.end));
  const size_t n_max = std::min(after.size(), kept.size());
  for (size_t n = n_max; n > 0; --n) {
    const std::string_view overlap = after.substr(0, n);
    if (!kept.ends_with(overlap)) continue;
    const bool closers = overlap.find_first_not_of(")]};, \t") == std::string_view::npos;
    if (n < after.size() && !closers) continue;
    const std::string_view rest = kept.substr(0, kept.size() - n);
    // The completion closes more than it opens, and with what follows the line closes more than it opened: foo(|) but not foo(bar(|).
    const bool surplus_closed = std::all_of(kClosers.begin(), kClosers.end(), [&](char close) {
      return overlap.find(close) == std::string_view::npos ||
             (surplus(kept, close) > 0 && surplus(place_.line_before, close) + surplus(kept, close) + surplus(after, close) > 0);
    });
    if (!surplus_closed) continue;
    cut.end = rest.size();
    if (cut.finish == Finish::max_tokens || cut.finish == Finish::none) cut.finish = Finish::suffix;
    cut.why += (cut.why.empty() ? "" : "; ") + std::string("the line goes on with ") + std::string(overlap);
    return;
  }
}

}  // namespace sw
