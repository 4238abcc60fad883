// Blocks around lines.
#include "block_hole.h"

#include <gtest/gtest.h>

#include <string>

namespace sw::tool {
namespace {

// The block around the line that holds `mark`, or "" when there is none.
std::string block(const std::string& text, const std::string& mark, bool python) {
  const size_t newline = text.rfind('\n', text.find(mark));
  const auto range = block_around(text, newline == text.npos ? 0 : newline + 1, python);
  return range ? text.substr(range->begin, range->end - range->begin) : "";
}

TEST(Block, IsTheSmallestOfTwoLines) {
  const std::string text = "def f(a):\n    first()\n    if a:\n        alone()\n    last()\n\n\ndef g():\n    pass\n";
  EXPECT_EQ(block(text, "last", true), "first()\n    if a:\n        alone()\n    last()");
  EXPECT_EQ(block(text, "alone", true), "first()\n    if a:\n        alone()\n    last()");
  EXPECT_EQ(block(text, "pass", true), "");
  EXPECT_EQ(block(text, "def f", true), "");
}

TEST(Block, IsOpenedByABraceOrAColon) {
  const std::string braces = "int f(int a) {\n\tif (a) {\n\t\tone(a,\n\t\t    two);\n\t\tthree();\n\t}\n\treturn 4;\n}\n";
  EXPECT_EQ(block(braces, "one", false), "one(a,\n\t\t    two);\n\t\tthree();");
  EXPECT_EQ(block(braces, "two", false), "one(a,\n\t\t    two);\n\t\tthree();");
  EXPECT_EQ(block(braces, "one", true), "");
  EXPECT_EQ(block("x = [\n    one,\n    two,\n]\n", "one", true), "");
  EXPECT_EQ(block("int f()\n{\n    one();\n    two();\n}\n", "two", false), "one();\n    two();");
}

TEST(Block, LongOnesAreNone) {
  std::string body;
  for (int i = 0; i < 12; ++i) body += "    line" + std::to_string(i) + "()\n\n";
  EXPECT_EQ(block("def f():\n" + body, "line11", true) + "\n\n", body.substr(4));
  EXPECT_EQ(block("def f():\n" + body + "    more()\n", "line11", true), "");
}

TEST(Block, OddTexts) {
  EXPECT_FALSE(block_around("", 0, true));
  EXPECT_FALSE(block_around("  a\n  b\n", 0, true));
  EXPECT_FALSE(block_around("a:\n\n", 3, true));
  EXPECT_EQ(block("a:\r\n  b\r\n  c\r\n", "c", true), "b\r\n  c");
  EXPECT_EQ(block("a:\n  b\n  c", "c", true), "b\n  c");
}

}  // namespace
}  // namespace sw::tool
