// Globs as ignore files write them, matched in time proportional to pattern times text, whatever the pattern.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sw {

// Immutable; may be used from any thread.
class Glob {
 public:
  // `*`, `?`, classes ("[a-z]", "[!x]", "[[:alpha:]]") and `\` escapes. With `slashes`, `*`, `?` and classes stop at slashes, and `**`
  // between slashes or ends goes through them; without, they do not. A malformed pattern matches nothing.
  Glob(std::string_view pattern, bool slashes);

  bool matches(std::string_view text) const;

 private:
  using Bytes = std::bitset<256>;
  // A state of the automaton: what it takes from the text, and where that leads.
  enum class Step : uint8_t {
    one_of,         // a byte of sets_[set]: on
    any_number_of,  // bytes of sets_[set]: stays; or on, without a byte
    folders,        // on to `through`, or past it, without a byte
    through,        // any byte: stays; a slash: also on
  };
  struct State {
    Step step;
    uint32_t set = 0;
  };

  void add(Step step, const Bytes& bytes = {});
  void enter(std::vector<uint8_t>& states, size_t i) const;
  bool may_end(std::string_view text) const;
  size_t read_stars(std::string_view pattern, size_t at, bool slashes);
  bool read_class(std::string_view pattern, size_t& at, Bytes& bytes) const;

  std::vector<State> states_;
  std::vector<Bytes> sets_;
  bool sound_ = true;
};

}  // namespace sw
