// Texts, edits, places in three units, and what the model gets to see of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "complete/text.h"
#include "complete/windows.h"

namespace sw {
namespace {

using Random = std::mt19937_64;

// Characters of each length, and every line end.
std::string random_text(Random& random, size_t n) {
  static const char* const kPieces[] = {"a", "b", " ", "\t", "\n", "\r\n", "\r", "\xc3\xa9", "\xe4\xbd\xa0", "\xf0\x9f\x98\x80", "long line of text "};
  std::string out;
  while (out.size() < n) out += kPieces[random() % std::size(kPieces)];
  return out;
}

size_t random_boundary(Random& random, const std::string& text) {
  size_t at = random() % (text.size() + 1);
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  return at;
}

TEST(Text, EditsAreThoseOfAString) {
  Random random(1);
  Text text = Text::create("").value();
  std::string oracle;
  for (int i = 0; i < 2000; ++i) {
    size_t begin = random_boundary(random, oracle), end = random_boundary(random, oracle);
    if (begin > end) std::swap(begin, end);
    if (oracle.size() > 400) begin = 0;
    const std::string insert = random_text(random, random() % 20);
    ASSERT_TRUE(text.edit(begin, end, insert).ok());
    oracle.replace(begin, end - begin, insert);
    ASSERT_EQ(text.str(), oracle);
  }
}

TEST(Text, RefusedEditsChangeNothing) {
  Random random(2);
  for (int i = 0; i < 500; ++i) {
    const std::string before = random_text(random, 30);
    Text text = Text::create(before).value();
    const size_t begin = random() % 40, end = random() % 40;
    const bool good = begin <= end && text.is_boundary(begin) && text.is_boundary(end);
    const std::string insert = random() % 2 == 0 ? "ok" : "\xc3";
    const bool whole = insert == "ok";
    ASSERT_EQ(text.edit(begin, end, insert).ok(), good && whole);
    if (!(good && whole)) {
      ASSERT_EQ(text.str(), before);
    }
  }
  const auto bad = Text::create("ab\xff""cd");
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.status().message().find("offset 2"), std::string::npos) << bad.status().message();
}

// Lines and columns by walking over the text once, character by character.
std::optional<size_t> slow_offset(const std::string& text, size_t line, size_t column, ColumnUnit unit) {
  size_t l = 0, c = 0;
  for (size_t at = 0;;) {
    if (l == line && c == column) return at;
    if (at >= text.size()) return std::nullopt;
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead == '\n' || lead == '\r') {
      at += text.compare(at, 2, "\r\n") == 0 ? 2 : 1;
      ++l;
      c = 0;
      continue;
    }
    const size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    c += unit == ColumnUnit::bytes ? n : unit == ColumnUnit::utf16 && n == 4 ? 2 : 1;
    at += n;
  }
}

TEST(Text, PlacesInThreeUnits) {
  Random random(3);
  for (int i = 0; i < 300; ++i) {
    const std::string s = random_text(random, random() % 60);
    const Text text = Text::create(s).value();
    for (const ColumnUnit unit : {ColumnUnit::bytes, ColumnUnit::utf16, ColumnUnit::characters}) {
      for (size_t line = 0; line < 8; ++line) {
        for (size_t column = 0; column < 24; ++column) {
          const auto found = text.offset_of({line, column}, unit);
          const auto expected = slow_offset(s, line, column, unit);
          ASSERT_EQ(found.ok(), expected.has_value()) << line << ":" << column;
          if (expected) {
            ASSERT_EQ(found.value(), *expected);
          }
          if (!found.ok()) {
            ASSERT_EQ(found.status().code(), Code::argument);
          }
        }
      }
    }
  }
}

TEST(Text, PositionsAreTheWayBackFromOffsets) {
  Random random(31);
  for (int i = 0; i < 300; ++i) {
    const std::string s = random_text(random, random() % 60);
    const Text text = Text::create(s).value();
    for (const ColumnUnit unit : {ColumnUnit::bytes, ColumnUnit::utf16, ColumnUnit::characters}) {
      for (size_t offset = 0; offset <= s.size() + 1; ++offset) {
        const auto position = text.position_of(offset, unit);
        ASSERT_EQ(position.ok(), text.is_boundary(offset)) << offset;
        if (!position.ok()) continue;
        const bool inside_end = offset > 0 && s.compare(offset - 1, 2, "\r\n") == 0;
        ASSERT_EQ(text.offset_of(position.value(), unit).value(), offset - inside_end);
      }
    }
  }
}

// Line starts by walking over the text once.
std::vector<size_t> slow_line_begins(const std::string& text) {
  std::vector<size_t> begins{0};
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n' || (text[at] == '\r' && text.compare(at, 2, "\r\n") != 0)) begins.push_back(at + 1);
  }
  return begins;
}

// Pieces as large as blocks of the index, cut and joined, with ends of lines at every seam.
TEST(Text, LinesAreFoundAfterAnyEdits) {
  Random random(32);
  std::string oracle;
  Text text = Text::create("").value();
  for (int i = 0; i < 400; ++i) {
    const size_t sizes[] = {0, 1, 2, 30, 900, 5000, 40000};
    size_t begin = random_boundary(random, oracle);
    size_t end = random() % 4 == 0 ? random_boundary(random, oracle) : begin;
    if (begin > end) std::swap(begin, end);
    if (oracle.size() < 200000 && end - begin > 20000) end = begin;
    const std::string insert = random_text(random, sizes[random() % (oracle.size() < 200000 ? 7 : 4)]);
    ASSERT_TRUE(text.edit(begin, end, insert).ok());
    oracle.replace(begin, end - begin, insert);
    const std::vector<size_t> begins = slow_line_begins(oracle);
    for (int k = 0; k < 20; ++k) {
      const size_t line = random() % begins.size();
      ASSERT_EQ(text.offset_of({line, 0}, ColumnUnit::utf16).value(), begins[line]);
      const size_t offset = random_boundary(random, oracle);
      const auto after = std::upper_bound(begins.begin(), begins.end(), offset);
      ASSERT_EQ(text.position_of(offset, ColumnUnit::bytes).value().line, static_cast<size_t>(after - begins.begin()) - 1);
    }
    ASSERT_FALSE(text.offset_of({begins.size(), 0}, ColumnUnit::bytes).ok());
  }
}

bool on_character(std::string_view text, size_t at) {
  return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
}

TEST(Windows, LieInTheTextOnCharactersAndHaveTheirSize) {
  Random random(4);
  for (int i = 0; i < 3000; ++i) {
    const std::string text = random_text(random, random() % 600);
    const size_t cursor = random_boundary(random, text);
    const size_t sizes[] = {0, 1, 7, 40, 100, 1000, SIZE_MAX / 2, SIZE_MAX};
    const size_t prefix = sizes[random() % 8], suffix = sizes[random() % 8];
    const Windows w = place_windows(text, cursor, {prefix, suffix});
    ASSERT_LE(w.prefix_begin, w.cursor);
    ASSERT_EQ(w.cursor, cursor);
    ASSERT_LE(w.cursor, w.suffix_end);
    ASSERT_LE(w.suffix_end, text.size());
    ASSERT_TRUE(on_character(text, w.prefix_begin) && on_character(text, w.suffix_end));
    ASSERT_LE(w.suffix_end - w.cursor, suffix);
    const size_t shown = w.cursor - w.prefix_begin;
    if (prefix < 1000) {
      ASSERT_LE(shown, prefix + prefix / 4 + 1);
      ASSERT_GE(shown + prefix / 4 + 4, std::min(cursor, prefix)) << "no line end makes the window small";
    } else {
      ASSERT_EQ(w.prefix_begin, 0u);
    }
    if (text.size() - cursor <= suffix) {
      ASSERT_EQ(w.suffix_end, text.size());
    }
  }
}

TEST(Windows, FarEndsLieOnLinesWhenLinesAreShort) {
  Random random(5);
  std::string text;
  while (text.size() < 20000) text += std::string(random() % 40, 'x') + "\n";
  for (int i = 0; i < 500; ++i) {
    const size_t cursor = random() % text.size();
    const Windows w = place_windows(text, cursor, {1000, 400});
    ASSERT_TRUE(w.prefix_begin == 0 || text[w.prefix_begin - 1] == '\n');
    ASSERT_TRUE(w.suffix_end == text.size() || text[w.suffix_end - 1] == '\n');
  }
}

TEST(Windows, StayWhileOneTypes) {
  Random random(6);
  for (int round = 0; round < 30; ++round) {
    std::string text = random_text(random, 3000 + random() % 3000);
    if (round % 3 == 0) std::replace(text.begin(), text.end(), '\n', ' ');
    if (round % 3 == 0) std::replace(text.begin(), text.end(), '\r', ' ');
    size_t cursor = random_boundary(random, text);
    const size_t window = 400;
    const Windows first = place_windows(text, cursor, {window, 300});
    const std::string suffix = text.substr(first.cursor, first.suffix_end - first.cursor);
    size_t last = first.prefix_begin, n_typed = 0, n_moves = 0;
    while (n_typed < 1000) {
      const std::string typed = random_text(random, 1);
      text.insert(cursor, typed);
      cursor += typed.size();
      n_typed += typed.size();
      const Windows w = place_windows(text, cursor, {window, 300});
      ASSERT_EQ(text.substr(w.cursor, w.suffix_end - w.cursor), suffix);
      ASSERT_GE(w.prefix_begin, last);
      n_moves += w.prefix_begin != last ? 1 : 0;
      last = w.prefix_begin;
      ASSERT_LE(n_moves, n_typed / (window / 4) + 1) << "one move for each quarter of the window";
    }
  }
}

}  // namespace
}  // namespace sw
