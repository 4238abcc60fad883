#include "context/chunks.h"

#include <gtest/gtest.h>

#include <random>

#include "context/lines.h"
#include "tests/unit/context/samples.h"

namespace sw {
namespace {

using test::parse;

// Line starts, no gap, no overlap, all of the text, and too long only where one line is.
void check_cover(std::string_view text, const std::vector<Chunk>& chunks, size_t limit) {
  size_t at = 0, line = 0;
  for (const Chunk& chunk : chunks) {
    ASSERT_EQ(chunk.begin, at);
    ASSERT_LT(chunk.begin, chunk.end);
    ASSERT_EQ(chunk.first_line, line);
    const std::string_view part = text.substr(chunk.begin, chunk.end - chunk.begin);
    ASSERT_TRUE(chunk.end == text.size() || part.back() == '\n');
    const auto n_lines = static_cast<size_t>(std::count(part.begin(), part.end(), '\n'));
    if (count_non_blank(part) > limit) {
      ASSERT_EQ(trim_right(part).find('\n'), std::string_view::npos);
    }
    line += n_lines;
    at = chunk.end;
  }
  ASSERT_EQ(at, text.size());
}

TEST(Chunks, CoverEveryFileExactlyOnce) {
  auto files = test::samples();
  const auto real = test::real_files(10);
  files.insert(files.end(), real.begin(), real.end());
  for (const test::Sample& file : files) {
    const auto tree = parse(*file.language, file.text);
    for (const size_t limit : {0, 1, 50, 300, 1500, 100000}) {
      SCOPED_TRACE(file.name + " " + std::to_string(limit));
      check_cover(file.text, chunks_of(file.text, tree.get(), limit), limit);
      check_cover(file.text, chunks_of(file.text, nullptr, limit), limit);
    }
  }
}

TEST(Chunks, OfNothingAreNone) { EXPECT_TRUE(chunks_of("", nullptr).empty()); }

std::vector<std::string> texts(const std::string& text, const std::vector<Chunk>& chunks) {
  std::vector<std::string> parts;
  for (const Chunk& c : chunks) parts.push_back(text.substr(c.begin, c.end - c.begin));
  return parts;
}

TEST(Chunks, BeginWithWholeFunctions) {
  const Language& c = *language_named("c");
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += "/* Number " + std::to_string(i) + ". */\nint f" + std::to_string(i) +
            "(int x) {\n  if (x > 0) {\n    return x;\n  }\n  return -x;\n}\n\n";
  }
  const auto tree = parse(c, text);
  const auto chunks = chunks_of(text, tree.get(), 200);
  if (tree == nullptr) GTEST_SKIP() << "a build without grammars";
  EXPECT_GT(chunks.size(), 5u);
  for (const std::string& part : texts(text, chunks)) EXPECT_EQ(part.substr(0, 9), "/* Number") << part;
}

TEST(Chunks, ByIndentationBeginWithWholeBlocks) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "proc f" + std::to_string(i) + "\n  if x\n    return 1\n\n  return 2\n\n";
  const auto chunks = chunks_of(text, nullptr, 100);
  EXPECT_GT(chunks.size(), 3u);
  for (const std::string& part : texts(text, chunks)) EXPECT_EQ(part.substr(0, 6), "proc f") << part;
}

// A long class is cut between its methods, a long method between its statements.
TEST(Chunks, CutBetweenTheLargestParts) {
  const Language& python = *language_named("python");
  std::string text = "class Long:\n";
  for (int i = 0; i < 10; ++i) {
    text += "    def m" + std::to_string(i) + "(self):\n";
    for (int k = 0; k < 6; ++k) text += "        if self.x" + std::to_string(k) + ":\n            call(self)\n";
  }
  const auto tree = parse(python, text);
  if (tree == nullptr) GTEST_SKIP() << "a build without grammars";
  const auto methods = texts(text, chunks_of(text, tree.get(), 300));
  for (size_t i = 1; i < methods.size(); ++i) EXPECT_EQ(methods[i].substr(0, 9), "    def m") << methods[i];
  for (const std::string& part : texts(text, chunks_of(text, tree.get(), 60))) {
    EXPECT_NE(part.substr(0, 12), "            ") << part;
  }
}

TEST(Chunks, LongLeavesAreCutByLines) {
  const Language& python = *language_named("python");
  std::string text = "text = '''\n";
  for (int i = 0; i < 500; ++i) text += "a line of the string " + std::to_string(i) + "\n";
  text += "'''\n";
  const auto chunks = chunks_of(text, parse(python, text).get(), 300);
  check_cover(text, chunks, 300);
  EXPECT_GT(chunks.size(), 25u);
}

TEST(Chunks, SurviveHostileTexts) {
  const Language& c = *language_named("c");
  std::vector<std::string> hostile = {std::string(1, '\0'),
                                      "\xff\xfe\n\xff",
                                      "\r\n\r\n",
                                      std::string(100000, '\n'),
                                      std::string(3000000, 'x'),
                                      std::string(100000, '(') + "\n",
                                      "int main() {\r\n  return 0;\r\n}\r\n"};
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "{\n";
  hostile.push_back(nested);
  for (const std::string& text : hostile) {
    const auto tree = parse(c, text);
    check_cover(text, chunks_of(text, tree.get(), 100), 100);
    check_cover(text, chunks_of(text, nullptr, 100), 100);
  }
}

}  // namespace
}  // namespace sw
