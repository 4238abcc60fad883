// Words of code: letters, digits and underscores, not beginning with a digit.
#pragma once

#include <cctype>
#include <string_view>

namespace sw::tool {

inline bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

template <class Visit>
void for_each_word(std::string_view text, Visit&& visit) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (!in_word(text[i])) continue;
    const size_t begin = i;
    while (i < text.size() && in_word(text[i])) ++i;
    if (std::isdigit(static_cast<unsigned char>(text[begin])) == 0) visit(text.substr(begin, i - begin));
  }
}

// Where the text holds the word as a whole one; npos when it does not.
inline size_t find_word(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !in_word(text[at - 1]), ends = at + word.size() == text.size() || !in_word(text[at + word.size()]);
    if (begins && ends) return at;
  }
  return text.npos;
}

}  // namespace sw::tool
