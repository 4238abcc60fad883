// Completions against what stood in their holes.
#include "fim_judge.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sw::tool {
namespace {

// By the definition: the cheapest of three ways, recursively.
size_t slow_distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.size() + b.size();
  const size_t replaced = slow_distance(a.substr(1), b.substr(1)) + (a[0] == b[0] ? 0 : 1);
  return std::min({replaced, slow_distance(a.substr(1), b) + 1, slow_distance(a, b.substr(1)) + 1});
}

std::string random_text(std::mt19937& random, size_t length_max) {
  std::string text(random() % (length_max + 1), ' ');
  for (char& c : text) c = static_cast<char>('a' + random() % 3);
  return text;
}

TEST(EditDistance, KnownPairs) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
}

TEST(EditDistance, IsItsDefinition) {
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    const std::string a = random_text(random, 6), b = random_text(random, 6);
    EXPECT_EQ(edit_distance(a, b), slow_distance(a, b)) << a << " " << b;
    EXPECT_EQ(edit_distance(a, b), edit_distance(b, a));
  }
}

TEST(EditSimilarity, IsAShareOfTheLongerText) {
  EXPECT_DOUBLE_EQ(edit_similarity("", ""), 1.0);
  EXPECT_DOUBLE_EQ(edit_similarity("ab", ""), 0.0);
  EXPECT_DOUBLE_EQ(edit_similarity("abcd", "abxd"), 0.75);
  EXPECT_DOUBLE_EQ(edit_similarity("abcd", "abcdefgh"), 0.5);
}

TEST(Judge, WhiteSpaceAtTheEndDoesNotCount) {
  EXPECT_TRUE(judge("run(1)", "run(1) \n", "run", SW_FINISH_EOS).exact);
  EXPECT_TRUE(judge("run(1)\n", "run(1)", "run", SW_FINISH_EOS).exact);
  EXPECT_FALSE(judge("run(1)", " run(1)", "run", SW_FINISH_EOS).exact);
  EXPECT_FALSE(judge("run(1)", "", "run", SW_FINISH_EOS).exact);
}

TEST(Judge, NamesAreWholeWords) {
  EXPECT_TRUE(judge("a.run()", "b = run", "run", SW_FINISH_EOS).has_name);
  EXPECT_FALSE(judge("a.run()", "b = rerun + run_all", "run", SW_FINISH_EOS).has_name);
}

TEST(Judge, EndedWhereWhatFollowsFits) {
  EXPECT_TRUE(judge("run(1)", "walk(2, 3)", "run", SW_FINISH_LINE).ended);
  EXPECT_FALSE(judge("run(1)", "run(1", "run", SW_FINISH_LINE).ended);
  EXPECT_FALSE(judge("run(1)", "run(1))", "run", SW_FINISH_LINE).ended);
  EXPECT_FALSE(judge("run(1)", "run[1)", "run", SW_FINISH_LINE).ended);
  EXPECT_FALSE(judge("run(1)", "run(1)\nrun(2)", "run", SW_FINISH_BLOCK).ended);
  EXPECT_TRUE(judge("a()\nb()", "c()\n\n  d()", "a", SW_FINISH_BLOCK).ended);
  for (const sw_finish cut_off : {SW_FINISH_MAX_TOKENS, SW_FINISH_TIME, SW_FINISH_REPEAT}) {
    EXPECT_FALSE(judge("run(1)", "run(1)", "run", cut_off).ended);
  }
}

}  // namespace
}  // namespace sw::tool
