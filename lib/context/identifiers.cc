#include "context/identifiers.h"

#include <xxhash.h>

#include <algorithm>
#include <array>

namespace sw {
namespace {

constexpr size_t kWordBytesMax = 64;  // longer ones count by their start

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

// The end of the part that begins at `begin`, which is no underscore: "HTTP" of "HTTPServer", "Server" of "Server_2".
size_t part_end(std::string_view word, size_t begin) {
  size_t end = begin + 1;
  if (is_upper(word[begin])) {
    while (end < word.size() && is_upper(word[end])) ++end;
    const bool into_next = end - begin > 1 && end < word.size() && is_lower(word[end]);
    if (into_next) return end - 1;
  }
  while (end < word.size() && word[end] != '_' && !is_upper(word[end])) ++end;
  return end;
}

Term lower_term(std::string_view part) {
  std::array<char, kWordBytesMax> lower;
  for (size_t i = 0; i < part.size(); ++i) lower[i] = is_upper(part[i]) ? static_cast<char>(part[i] - 'A' + 'a') : part[i];
  return term_of({lower.data(), part.size()});
}

}  // namespace

Term term_of(std::string_view word) { return static_cast<Term>(XXH3_64bits(word.data(), word.size())); }

void append_terms(std::string_view identifier, std::vector<Term>& terms) {
  identifier = identifier.substr(0, kWordBytesMax);
  const Term whole = term_of(identifier);
  terms.push_back(whole);
  for (size_t at = 0; at < identifier.size();) {
    if (identifier[at] == '_') {
      ++at;
      continue;
    }
    const size_t end = part_end(identifier, at);
    const Term part = end - at >= 2 ? lower_term(identifier.substr(at, end - at)) : whole;
    if (part != whole) terms.push_back(part);
    at = end;
  }
}

}  // namespace sw
