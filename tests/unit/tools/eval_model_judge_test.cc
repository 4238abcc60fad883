// What is said of a text that a model wrote into a pinned hole.
#include "eval_model_judge.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace sw::tool {
namespace {

PinnedHole hole_of(const std::string& kind, const std::string& middle, const std::string& suffix = "") {
  PinnedHole hole;
  hole.kind = kind;
  hole.middle = middle;
  hole.suffix = suffix;
  return hole;
}

std::string random_code(std::mt19937_64& random, size_t n_lines) {
  std::string text;
  for (size_t i = 0; i < n_lines; ++i) {
    if (i > 0) text += "\n";
    text += std::string(random() % 5, ' ') + "name_" + std::to_string(random() % 100000) + "(" + std::to_string(random() % 10) + ")";
  }
  return text;
}

// The hole's own text is right in every way, and what is one line less or more in none but the first line.
TEST(JudgeRaw, OwnTextIsRight) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    const bool block = round % 2 == 0;
    const std::string middle = random_code(random, block ? 2 + random() % 6 : 1);
    const PinnedHole hole = hole_of(block ? "block" : "line", middle, "\nfollowing_line()\n");
    const RawJudgement own = judge_raw(hole, middle, true);
    EXPECT_TRUE(own.exact && own.first_line && own.ended && !own.ran_past);
    const RawJudgement white = judge_raw(hole, middle + "\n\n", true);
    EXPECT_TRUE(white.exact && white.first_line);
    EXPECT_FALSE(judge_raw(hole, middle, false).exact);  // it was stopped
    const RawJudgement more = judge_raw(hole, middle + "\nfollowing_line()", true);
    EXPECT_TRUE(!more.exact && more.first_line && more.ran_past);
    EXPECT_FALSE(judge_raw(hole, middle + "x\nanother()", true).ran_past);
    EXPECT_EQ(judge_raw(hole, middle.substr(0, middle.find('\n')), true).exact, !block);
    EXPECT_FALSE(judge_raw(hole, "x" + middle, true).first_line);
  }
}

TEST(JudgeRaw, EmptyLinesBeforeABlockDoNotCount) {
  const PinnedHole block = hole_of("block", "\n    a = 1\n    b = 2"), line = hole_of("line", " a = 1");
  EXPECT_TRUE(judge_raw(block, "    a = 1\n", true).first_line);
  EXPECT_TRUE(judge_raw(line, "a = 1\nmore", true).first_line);
  EXPECT_FALSE(judge_raw(line, "\na = 1", true).first_line);
}

TEST(JudgeRaw, OnlyALongLineShowsThatItRanPast) {
  EXPECT_TRUE(judge_raw(hole_of("line", "a", "\n}\nlong_enough\n"), "a\n}\nlong_enough", true).ran_past);
  EXPECT_FALSE(judge_raw(hole_of("line", "a", "\n}\n"), "a\n}\n", true).ran_past);
  EXPECT_FALSE(judge_raw(hole_of("line", "a", "\nlong_enough\n"), "long_enough", true).ran_past);  // what stands there may be written first
  EXPECT_FALSE(judge_raw(hole_of("block", "long_enough\nb", "\nlong_enough\n"), "a\nlong_enough", true).ran_past);
}

TEST(JudgeShown, OwnTextIsRight) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 200; ++round) {
    const std::string middle = random_code(random, 1 + random() % 4);
    const PinnedHole hole = hole_of("block", middle);
    const ShownJudgement own = judge_shown(hole, middle, SW_FINISH_EOS), none = judge_shown(hole, "", SW_FINISH_EOS);
    EXPECT_TRUE(own.exact && own.fits && own.similarity == 1.0 && own.names == 1.0);
    EXPECT_TRUE(!none.exact && !none.fits && none.similarity == 0.0 && none.names == 0.0);
    const ShownJudgement part = judge_shown(hole, middle.substr(0, middle.size() / 2), SW_FINISH_EOS);
    EXPECT_TRUE(!part.exact && part.similarity < 1.0 && *part.names < 1.0);
  }
  EXPECT_FALSE(judge_shown(hole_of("line", "1 + 2"), "1", SW_FINISH_EOS).names);
}

// A limit takes as many of each group, and a larger one only adds.
TEST(KeepSome, IsNested) {
  std::vector<PinnedHole> all;
  for (size_t i = 1; i <= 300; ++i) {
    all.push_back(hole_of(i % 3 == 0 ? "line" : "block", "x"));
    all.back().language = i % 2 == 0 ? "c" : "go";
    all.back().line = i;
  }
  const auto kept = [&](size_t limit, uint64_t seed) {
    std::vector<PinnedHole> holes = all;
    keep_some(limit, seed, holes);
    std::set<size_t> lines;
    for (const PinnedHole& hole : holes) lines.insert(hole.line);
    return lines;
  };
  EXPECT_EQ(kept(0, 1).size(), 300u);
  EXPECT_EQ(kept(1000, 1).size(), 300u);
  EXPECT_NE(kept(5, 1), kept(5, 2));
  std::set<size_t> before;
  for (size_t limit = 1; limit < 50; ++limit) {
    const std::set<size_t> now = kept(limit, 1);
    EXPECT_EQ(now.size(), 4 * limit);
    EXPECT_TRUE(std::includes(now.begin(), now.end(), before.begin(), before.end()));
    before = now;
  }
}

}  // namespace
}  // namespace sw::tool
