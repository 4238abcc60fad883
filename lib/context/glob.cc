#include "context/glob.h"

#include <algorithm>

namespace sw {
namespace {

using Bytes = std::bitset<256>;

constexpr char kSlash = '/';

Bytes only(char c) {
  Bytes bytes;
  bytes.set(static_cast<unsigned char>(c));
  return bytes;
}

Bytes all_but_slash(bool slashes) {
  Bytes bytes;
  bytes.set();
  if (slashes) bytes.reset(static_cast<unsigned char>(kSlash));
  return bytes;
}

// ASCII, whatever the locale.
bool in_named_class(std::string_view name, unsigned char c, bool& known) {
  const bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
  const bool graph = c > 0x20 && c < 0x7f;
  known = true;
  if (name == "alnum") return lower || upper || digit;
  if (name == "alpha") return lower || upper;
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return c < 0x20 || c == 0x7f;
  if (name == "digit") return digit;
  if (name == "graph") return graph;
  if (name == "lower") return lower;
  if (name == "print") return graph || c == ' ';
  if (name == "punct") return graph && !lower && !upper && !digit;
  if (name == "space") return c == ' ' || (c >= '\t' && c <= '\r');
  if (name == "upper") return upper;
  if (name == "xdigit") return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  known = false;
  return false;
}

bool add_named_class(std::string_view name, Bytes& bytes) {
  bool known = false;
  for (int c = 0; c < 256; ++c) {
    if (in_named_class(name, static_cast<unsigned char>(c), known)) bytes.set(static_cast<size_t>(c));
  }
  return known;
}

}  // namespace

Glob::Glob(std::string_view pattern, bool slashes) {
  const Bytes free = all_but_slash(slashes);
  for (size_t at = 0; at < pattern.size() && sound_;) {
    const char c = pattern[at];
    if (c == '*') {
      at = read_stars(pattern, at, slashes);
    } else if (c == '?') {
      add(Step::one_of, free);
      ++at;
    } else if (c == '[') {
      Bytes bytes;
      sound_ = read_class(pattern, at, bytes);
      add(Step::one_of, bytes & free);
    } else {
      if (c == '\\') ++at;
      sound_ = at < pattern.size();
      if (sound_) add(Step::one_of, only(pattern[at]));
      ++at;
    }
  }
}

void Glob::add(Step step, const Bytes& bytes) {
  states_.push_back({step, static_cast<uint32_t>(sets_.size())});
  sets_.push_back(bytes);
}

// Gives where the pattern goes on.
size_t Glob::read_stars(std::string_view pattern, size_t at, bool slashes) {
  const size_t begin = at;
  while (at < pattern.size() && pattern[at] == '*') ++at;
  const std::string_view rest = pattern.substr(at);
  const bool bounded = (begin == 0 || pattern[begin - 1] == kSlash) && (rest.empty() || rest[0] == kSlash || rest.starts_with("\\/"));
  if (!slashes || at - begin == 1 || !bounded) {
    add(Step::any_number_of, all_but_slash(slashes));
    return at;
  }
  if (rest.empty() || rest[0] != kSlash) {
    add(Step::any_number_of, all_but_slash(false));
    return at;
  }
  add(Step::folders);  // "**/" may also be nothing
  add(Step::through);
  return at + 1;
}

// `at` is at the bracket, and then behind the class. The quirks are those of git's wildmatch.
bool Glob::read_class(std::string_view pattern, size_t& at, Bytes& bytes) const {
  const auto peek = [&](size_t i) { return i < pattern.size() ? pattern[i] : '\0'; };
  ++at;
  const bool negated = peek(at) == '!' || peek(at) == '^';
  if (negated) ++at;
  unsigned char before = 0;  // the start of a range that may follow
  do {
    auto c = static_cast<unsigned char>(peek(at));
    if (at >= pattern.size()) return false;
    if (c == '-' && before != 0 && at + 1 < pattern.size() && peek(at + 1) != ']') {
      if (peek(++at) == '\\') ++at;
      if (at >= pattern.size()) return false;
      for (int i = before; i <= static_cast<unsigned char>(pattern[at]); ++i) bytes.set(static_cast<size_t>(i));
      before = 0;
      continue;
    }
    if (c == '[' && peek(at + 1) == ':') {
      const size_t end = pattern.find(']', at + 2);
      if (end == pattern.npos) return false;
      if (end > at + 2 && pattern[end - 1] == ':') {
        if (!add_named_class(pattern.substr(at + 2, end - 1 - (at + 2)), bytes)) return false;
        at = end;
        before = 0;
        continue;
      }
    } else if (c == '\\') {
      if (++at >= pattern.size()) return false;
      c = static_cast<unsigned char>(pattern[at]);
    }
    bytes.set(c);
    before = c;
  } while (peek(++at) != ']');
  ++at;
  if (negated) bytes.flip();
  return true;
}

// Marks state `i` and all that it reaches without a byte.
void Glob::enter(std::vector<uint8_t>& states, size_t i) const {
  for (; i < states_.size() && states[i] == 0; ++i) {
    states[i] = 1;
    if (states_[i].step == Step::folders) {
      states[i + 1] = 1;
      ++i;
    } else if (states_[i].step != Step::any_number_of) {
      return;
    }
  }
  if (i == states_.size()) states[i] = 1;
}

// Most patterns are like "*.o": a look at the last byte spares most texts the rest.
bool Glob::may_end(std::string_view text) const {
  if (states_.empty() || states_.back().step != Step::one_of) return true;
  return !text.empty() && sets_.back().test(static_cast<unsigned char>(text.back()));
}

bool Glob::matches(std::string_view text) const {
  if (!sound_ || !may_end(text)) return false;
  std::vector<uint8_t> now(states_.size() + 1), next(states_.size() + 1);
  enter(now, 0);
  for (const char c : text) {
    std::fill(next.begin(), next.end(), uint8_t{0});
    for (size_t i = 0; i < states_.size(); ++i) {
      if (now[i] == 0) continue;
      const State& state = states_[i];
      const bool taken = sets_[state.set].test(static_cast<unsigned char>(c));
      if (state.step == Step::one_of && taken) enter(next, i + 1);
      if (state.step == Step::any_number_of && taken) enter(next, i);
      if (state.step == Step::through) {
        next[i] = 1;
        if (c == kSlash) enter(next, i + 1);
      }
    }
    now.swap(next);
  }
  return now[states_.size()] != 0;
}

}  // namespace sw
