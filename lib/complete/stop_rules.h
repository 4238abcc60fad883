// When a completion is over, and where it is cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sw {

// Same numbers as SW_FINISH_*.
enum class Finish : int32_t {
  none = 0,
  eos = 1,
  stop = 2,
  suffix = 3,
  line = 4,
  max_tokens = 5,
  time = 6,
  repeat = 7,
  callback = 8,
  block = 9,
  syntax = 10,
  unlikely = 11,
  place = 12,
};

// The place of the cursor, as far as the rules look.
struct Place {
  std::string line_before;  // the cursor's line up to the cursor
  std::string line_after;   // and from the cursor to the line's end
  std::string following;    // the lines after it

  friend bool operator==(const Place&, const Place&) = default;
};

struct Cut {
  size_t end = 0;  // bytes of the completion that stay
  Finish finish = Finish::none;
  std::string why;
};

class StopRules {
 public:
  StopRules(Place place, bool one_line, std::vector<std::string> stop_strings);

  // Looks at all of the completion so far: the cut, once a rule has struck. What was not cut stays uncut when text is added.
  std::optional<Cut> check(std::string_view text) const;

  // The last look, when generation ended for another reason: what of `text` to show.
  Cut finish(std::string_view text, Finish reason) const;

 private:
  std::optional<Cut> stop_string(std::string_view text) const;
  std::optional<Cut> line_end(std::string_view text) const;
  std::optional<Cut> suffix_line(std::string_view text) const;
  std::optional<Cut> block_end(std::string_view text) const;
  std::optional<Cut> repetition(std::string_view text) const;
  void drop_overlap(std::string_view text, Cut& cut) const;

  Place place_;
  std::vector<std::string> stop_strings_;
  bool one_line_;
  std::string next_line_;  // the first line of `following` with something on it
  size_t indent_;          // columns of white space before the cursor's line
  bool opens_block_;       // the cursor's line has text before the cursor
};

}  // namespace sw
