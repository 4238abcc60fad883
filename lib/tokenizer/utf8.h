// Reading UTF-8 strictly: no surrogates, no overlong forms, nothing above U+10FFFF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sw {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
  enum Kind : uint8_t {
    whole,
    cut_off,    // every byte so far is the start of some character, but the text ends
    ill_formed  // no character starts like this; the first byte alone is wrong
  };
  Kind kind;
  uint8_t n_bytes;  // of a whole character; otherwise 1
  char32_t code;    // of a whole character
};

// The character at the front of `text`, which is not empty.
Character read_character(std::string_view text);

// The code point at the front of well-formed, non-empty text, and its length.
inline char32_t next_code_point(std::string_view text, size_t& n_bytes) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) {
    n_bytes = 1;
    return lead;
  }
  const Character c = read_character(text);
  n_bytes = c.n_bytes;
  return c.code;
}

// Appends the whole characters of held + bytes to `out` and keeps a cut-off rest (at most 3 bytes) in `held`. Each byte
// that cannot be part of a character becomes U+FFFD, one for one, as SentencePiece decodes byte tokens.
void append_characters(std::string_view bytes, std::string& held, std::string& out);
// Nothing more will come: each byte that is held becomes U+FFFD.
void flush_characters(std::string& held, std::string& out);

}  // namespace sw
