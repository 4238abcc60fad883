// The words of code: identifiers, and their parts by case, digits and underscores. What text search counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sw {

// A word, by its hash. Two words in a few hundred thousand share one; a search then finds a little too much.
using Term = uint32_t;

Term term_of(std::string_view word);

inline bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// Calls visit(identifier, offset) for each identifier: what starts with no digit.
template <class Visit>
void for_each_identifier(std::string_view text, Visit&& visit) {
  for (size_t i = 0; i < text.size();) {
    if (!is_word_byte(text[i])) {
      ++i;
      continue;
    }
    const size_t begin = i;
    while (i < text.size() && is_word_byte(text[i])) ++i;
    if (text[begin] < '0' || text[begin] > '9') visit(text.substr(begin, i - begin), begin);
  }
}

// Appends the term of the identifier as written, then those of its parts in lower case, of two letters at least: "HTTPServer_v2" gives
// HTTPServer_v2, http, server, v2. An identifier that is one lower-case word gives one term.
void append_terms(std::string_view identifier, std::vector<Term>& terms);

}  // namespace sw
