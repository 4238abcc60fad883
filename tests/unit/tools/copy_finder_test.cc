// Runs that stand in a corpus, against the definition.
#include "copy_finder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace sw::tool {
namespace {

std::string random_text(std::mt19937_64& random, size_t n, int n_letters) {
  std::string text;
  for (size_t i = 0; i < n; ++i) text += static_cast<char>('a' + random() % static_cast<uint64_t>(n_letters));
  return text;
}

size_t brute_longest(const std::string& text, const std::vector<std::string>& files) {
  size_t longest = 0;
  for (const std::string& file : files) longest = std::max(longest, longest_common_run(text, squeezed(file)));
  return longest >= kCopyBytesMin ? longest : 0;
}

TEST(Squeezed, IsTheSameForAnyWhiteSpace) {
  EXPECT_EQ(squeezed("  a \t\n b\r\n"), "a b");
  EXPECT_EQ(squeezed(" \n "), "");
  EXPECT_EQ(squeezed(squeezed("x  y\n\nz")), "x y z");
}

TEST(LongestCommonRun, IsFound) {
  EXPECT_EQ(longest_common_run("", "abc"), 0u);
  EXPECT_EQ(longest_common_run("xabcy", "zabcd"), 3u);
  EXPECT_EQ(longest_common_run("abc", "abc"), 3u);
}

// Parts of some texts are planted in files, with other white space; the longest run is what comparing everything with everything finds.
TEST(CopyFinder, FindsWhatStandsThere) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 40; ++round) {
    const int n_letters = round % 2 == 0 ? 26 : 2;  // with two letters texts repeat themselves
    std::vector<WrittenText> texts;
    for (int i = 0; i < 4; ++i) texts.push_back({random_text(random, 40 + random() % 300, n_letters), ""});
    std::vector<std::string> files;
    for (int f = 0; f < 5; ++f) {
      std::string file = random_text(random, random() % 100, n_letters);
      const std::string& source = texts[random() % texts.size()].text;
      const size_t begin = random() % source.size();
      file += source.substr(begin, random() % 250) + " \n" + random_text(random, random() % 100, n_letters);
      files.push_back(file);
    }
    CopyFinder finder(texts);
    for (size_t f = 0; f < files.size(); ++f) finder.look_in(files[f], std::to_string(f));
    for (size_t i = 0; i < texts.size(); ++i) {
      const Copy& copy = finder.found()[i].longest;
      ASSERT_EQ(copy.length, brute_longest(texts[i].text, files)) << round;
      ASSERT_EQ(copy.fresh, copy.length);  // no prompt
      if (copy.length == 0) continue;
      const std::string run = texts[i].text.substr(copy.begin, copy.length);
      EXPECT_NE(squeezed(files[std::stoul(copy.place)]).find(run), std::string::npos);
    }
  }
}

TEST(CopyFinder, WhatThePromptHoldsIsNotFresh) {
  std::mt19937_64 random(3);
  const std::string a = random_text(random, 80, 26), b = random_text(random, 60, 26);
  CopyFinder finder({{a + "-" + b, a}, {a, "before " + a.substr(0, 50) + " behind"}});
  finder.look_in(a, "A");
  finder.look_in(b, "B");
  const Copies &both = finder.found()[0], &part = finder.found()[1];
  EXPECT_EQ(both.longest.length, a.size());
  EXPECT_EQ(both.longest.fresh, 0u);
  EXPECT_EQ(both.freshest.length, b.size());
  EXPECT_GT(both.freshest.fresh, b.size() - 10);  // a few letters in a row may stand anywhere
  EXPECT_EQ(both.freshest.place, "B");
  EXPECT_EQ(part.longest.fresh, 30u);
}

TEST(CopyFinder, ShortOnesAreNone) {
  std::mt19937_64 random(5);
  const std::string text = random_text(random, 49, 26);
  CopyFinder finder({{text, ""}, {text + "x", ""}});
  finder.look_in(text + "x", "here");
  EXPECT_EQ(finder.found()[0].longest.length, 0u);
  EXPECT_EQ(finder.found()[1].longest.length, 50u);
}

}  // namespace
}  // namespace sw::tool
