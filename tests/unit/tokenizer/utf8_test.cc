// Reading UTF-8 against a list of all characters that was made the other way round.
#include "tokenizer/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "vocabulary.h"

namespace sw {
namespace {

std::string encoded(char32_t code) {
  const auto tail = [code](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0 | code >> 6), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0 | code >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | code >> 18), tail(12), tail(6), tail(0)};
}

struct AllCharacters {
  std::unordered_map<std::string, char32_t> whole;
  std::unordered_set<std::string> starts;

  AllCharacters() {
    for (char32_t code = 0; code <= 0x10FFFF; ++code) {
      if (code >= 0xD800 && code < 0xE000) continue;
      const std::string bytes = encoded(code);
      whole[bytes] = code;
      for (size_t n = 1; n < bytes.size(); ++n) starts.insert(bytes.substr(0, n));
    }
  }
};

const AllCharacters& all() {
  static const AllCharacters characters;
  return characters;
}

TEST(Utf8, EveryCharacterReadsAsItself) {
  for (const auto& [bytes, code] : all().whole) {
    const Character c = read_character(bytes);
    ASSERT_EQ(c.kind, Character::whole) << uint32_t{code};
    ASSERT_EQ(c.n_bytes, bytes.size());
    ASSERT_TRUE(c.code == code);
    ASSERT_EQ(first_invalid_utf8(bytes), std::nullopt);
  }
}

void check(const std::string& bytes) {
  const Character c = read_character(bytes);
  for (size_t n = 1; n <= bytes.size(); ++n) {
    const auto it = all().whole.find(bytes.substr(0, n));
    if (it == all().whole.end()) continue;
    ASSERT_EQ(c.kind, Character::whole) << testing::PrintToString(bytes);
    ASSERT_EQ(c.n_bytes, n);
    ASSERT_TRUE(c.code == it->second);
    return;
  }
  ASSERT_EQ(c.kind, all().starts.contains(bytes) ? Character::cut_off : Character::ill_formed)
      << testing::PrintToString(bytes);
  ASSERT_EQ(first_invalid_utf8("abc" + bytes), 3u);
}

// All strings of up to four bytes whose bytes lie on both sides of every boundary in the definition.
TEST(Utf8, EveryBoundaryIsWhereTheDefinitionPutsIt) {
  const std::string edges =
      std::string(1, '\0') +
      "A\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xE1\xEC\xED\xEE\xEF\xF0\xF1\xF3\xF4\xF5\xFF";
  for (const char a : edges) {
    check({a});
    for (const char b : edges) {
      check({a, b});
      for (const char c : edges) {
        check({a, b, c});
        for (const char d : edges) check({a, b, c, d});
      }
    }
  }
}

TEST(Utf8, TheFirstBadByteIsFoundAtEveryOffset) {
  test::Random random(5);
  for (int i = 0; i < 2000; ++i) {
    const std::string good = test::random_text(random, test::below(random, 12), true);
    EXPECT_EQ(first_invalid_utf8(good), std::nullopt);
    const std::string after = test::random_text(random, test::below(random, 4), true);
    EXPECT_EQ(first_invalid_utf8(good + "\xFF" + after), good.size());
    EXPECT_EQ(first_invalid_utf8(good + "\xE6\x97"), good.size());
  }
}

// However bytes are split, the characters that come out are the same, and whole at every step.
TEST(Utf8, SplittingAStreamDoesNotChangeIt) {
  test::Random random(6);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes = test::random_text(random, 1 + test::below(random, 6), true);
    for (size_t n = test::below(random, 4); n > 0; --n) {
      bytes[test::below(random, bytes.size())] = static_cast<char>(test::below(random, 256));
    }
    std::string held, at_once;
    append_characters(bytes, held, at_once);
    flush_characters(held, at_once);

    std::string split;
    for (size_t at = 0; at < bytes.size();) {
      const size_t n = 1 + test::below(random, 5);
      std::string more;
      append_characters(std::string_view(bytes).substr(at, n), held, more);
      ASSERT_EQ(first_invalid_utf8(more), std::nullopt);
      ASSERT_LE(held.size(), 3u);
      split += more;
      at += n;
    }
    flush_characters(held, split);
    ASSERT_EQ(split, at_once) << testing::PrintToString(bytes);
    if (!first_invalid_utf8(bytes)) {
      ASSERT_EQ(split, bytes);
    }
  }
}

}  // namespace
}  // namespace sw
