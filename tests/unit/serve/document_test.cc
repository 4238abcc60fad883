// Places of a document, against counting characters one by one.
#include "serve/document.h"

#include <gtest/gtest.h>

#include <random>

namespace sw::tool {
namespace {

const char* const kPieces[] = {"a", "é", "漢", "😀", "\n", "\r\n", "\r", "  "};

std::string random_text(std::mt19937& random) {
  std::string out;
  for (unsigned n = random() % 30; n > 0; --n) out += kPieces[random() % std::size(kPieces)];
  return out;
}

// Goes through the text character by character and keeps account of line and columns.
size_t slow_offset(const std::string& text, Position position, Encoding encoding) {
  uint64_t line = 0, column = 0;
  for (size_t at = 0; at < text.size();) {
    const bool ends_line = text[at] == '\n' || text[at] == '\r';
    const size_t n = ends_line ? (text.compare(at, 2, "\r\n") == 0 ? 2 : 1) : static_cast<unsigned char>(text[at]) < 0x80 ? 1 : text[at] == '\xc3' ? 2 : text[at] == '\xe6' ? 3 : 4;
    const uint64_t width = encoding == Encoding::utf8 ? n : encoding == Encoding::utf16 && n == 4 ? 2 : 1;
    if (line == position.line && (ends_line || column + width > position.character)) return at;
    line += ends_line ? 1 : 0;
    column = ends_line ? 0 : column + width;
    at += n;
  }
  return text.size();
}

TEST(Document, FindsPlacesAsCountingDoes) {
  std::mt19937 random(2);
  for (int i = 0; i < 3000; ++i) {
    Document document(random_text(random));
    for (const Encoding encoding : {Encoding::utf8, Encoding::utf16, Encoding::utf32}) {
      const Position position{random() % 8, random() % 12};
      EXPECT_EQ(document.offset(position, encoding), slow_offset(document.text(), position, encoding)) << document.text();
    }
  }
}

TEST(Document, FindsThemAfterEditsToo) {
  std::mt19937 random(3);
  Document document("");
  for (int i = 0; i < 2000; ++i) {
    size_t begin = document.offset({random() % 6, random() % 9}, Encoding::utf16), end = document.offset({random() % 6, random() % 9}, Encoding::utf16);
    if (begin > end) std::swap(begin, end);
    document.apply({begin, end, random() % 3 == 0 ? "" : kPieces[random() % std::size(kPieces)]});
    const Position position{random() % 8, random() % 12};
    EXPECT_EQ(document.offset(position, Encoding::utf16), slow_offset(document.text(), position, Encoding::utf16)) << document.text();
  }
}

}  // namespace
}  // namespace sw::tool
