// When a completion is over: each rule on its case, and laws over random texts.
#include "complete/stop_rules.h"

#include <gtest/gtest.h>

#include <random>

#include "tokenizer/tokenizer.h"

namespace sw {
namespace {

using Random = std::mt19937_64;

struct Case {
  const char* name;
  Place place;
  bool one_line;
  std::vector<std::string> stop;
  const char* text;
  Finish reason;  // why generation ended if no rule struck
  const char* kept;
  Finish finish;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Rules : public testing::TestWithParam<Case> {};

TEST_P(Rules, Cut) {
  const Case& c = GetParam();
  const StopRules rules(c.place, c.one_line, c.stop);
  auto cut = rules.check(c.text);
  if (!cut) cut = rules.finish(c.text, c.reason);
  EXPECT_EQ(std::string(c.text).substr(0, cut->end), c.kept) << cut->why;
  EXPECT_EQ(static_cast<int>(cut->finish), static_cast<int>(c.finish)) << cut->why;
}

constexpr bool kMany = false, kOneLine = true;

INSTANTIATE_TEST_SUITE_P(
    Table, Rules,
    testing::Values(
        Case{"nothing_strikes", {"", "", ""}, kMany, {}, "a + b", Finish::eos, "a + b", Finish::eos},
        Case{"space_before_eos_stays", {"", "", ""}, kMany, {}, "a + ", Finish::eos, "a + ", Finish::eos},
        Case{"space_at_the_limit_goes", {"", "", ""}, kMany, {}, "a + \n ", Finish::max_tokens, "a +", Finish::max_tokens},
        Case{"stop_string", {"", "", ""}, kMany, {"END", "N"}, "a END b", Finish::eos, "a ", Finish::stop},
        Case{"first_stop_string", {"", "", ""}, kMany, {"z", "b"}, "abz", Finish::eos, "a", Finish::stop},
        Case{"one_line_asked", {"if (x) {", "", ""}, kOneLine, {}, " a;\n b;\n", Finish::eos, " a;", Finish::line},
        Case{"next_line_reached", {"  ", "", "\n\n  c();\n"}, kMany, {}, "b();\n  c();\n", Finish::eos, "b();", Finish::suffix},
        Case{"same_level_is_the_next_statement", {"  a();", "", ""}, kMany, {}, "\n  b();\n", Finish::eos, "", Finish::block},
        Case{"next_line_at_eos", {"    a(", "", "\n}\n"}, kMany, {}, "1);\n}", Finish::eos, "1);", Finish::suffix},
        Case{"block_left", {"    a = 1", "", ""}, kMany, {}, "\n    b = 2\ndef g():\n    pass\n", Finish::eos, "", Finish::block},
        Case{"deeper_lines_stay", {"    if a:", "", ""}, kMany, {}, "\n        b = 2\n    c\n", Finish::eos, "\n        b = 2", Finish::block},
        Case{"own_closer_stays", {"if (a) {", "", ""}, kMany, {}, "\n  b();\n}\nc();\n", Finish::eos, "\n  b();\n}", Finish::block},
        Case{"same_line_thrice", {"", "", ""}, kMany, {}, "a\nsame\nsame\nsame\n", Finish::eos, "a\nsame", Finish::repeat},
        Case{"closer_that_follows", {"f(", ")", ""}, kMany, {}, "a)", Finish::eos, "a", Finish::eos},
        Case{"closer_that_is_its_own", {"f(", ")", ""}, kMany, {}, "g(a)", Finish::eos, "g(a)", Finish::eos},
        Case{"closer_that_the_line_needs", {"f(g(", ")", ""}, kMany, {}, "a)", Finish::eos, "a)", Finish::eos},
        Case{"closer_of_an_earlier_line", {"    a", ");", ""}, kMany, {}, ", b);", Finish::eos, ", b", Finish::eos},
        Case{"rest_of_the_line", {"x = ", "; // why", ""}, kMany, {}, "1; // why", Finish::max_tokens, "1", Finish::suffix}),
    [](const auto& instance) { return std::string(instance.param.name); });

std::string random_text(Random& random, size_t n) {
  static const char* const kPieces[] = {"a", "b = 1", " ", "    ", "\n", "\n", "\n    ", "\n}", "{", "}", "(", ")", ";", "\xc3\xa9", "\xc2\xa9",
                                        "\xe4\xbd\xa0", "\xf0\x9f\x98\x80", "END", "next line\n", "\t", "\r\n"};
  std::string out;
  while (out.size() < n) {
    const std::string piece = kPieces[random() % std::size(kPieces)];
    const size_t times = random() % 12 == 0 ? 20 : 1;
    for (size_t i = 0; i < times; ++i) out += piece;
  }
  return out;
}

StopRules random_rules(Random& random) {
  Place place{random_text(random, random() % 10), random_text(random, random() % 10), random_text(random, random() % 40)};
  for (std::string* line : {&place.line_before, &place.line_after}) {
    std::erase(*line, '\n');
    std::erase(*line, '\r');
  }
  std::vector<std::string> stop;
  if (random() % 2 == 0) stop.push_back("END");
  if (random() % 4 == 0) stop.push_back("\xc3\xa9");
  return StopRules(std::move(place), random() % 3 == 0, std::move(stop));
}

TEST(StopRules, CutsLieInTheTextOnCharacters) {
  Random random(1);
  int n_struck = 0;
  for (int i = 0; i < 20000; ++i) {
    const StopRules rules = random_rules(random);
    const std::string text = random_text(random, random() % 120);
    const auto cut = rules.check(text);
    n_struck += cut ? 1 : 0;
    for (const Cut& c : {cut.value_or(Cut{}), rules.finish(text, Finish::eos), rules.finish(text, Finish::max_tokens),
                         rules.finish(text, Finish::none)}) {
      ASSERT_LE(c.end, text.size());
      ASSERT_FALSE(first_invalid_utf8(std::string_view(text).substr(0, c.end))) << "a cut inside a character: " << c.why;
    }
    if (cut) {
      ASSERT_NE(static_cast<int>(cut->finish), static_cast<int>(Finish::none));
    }
  }
  EXPECT_GT(n_struck, 2000);
}

TEST(StopRules, WhatHasStruckStaysStruck) {
  Random random(2);
  int n_struck = 0;
  for (int i = 0; i < 5000; ++i) {
    const StopRules rules = random_rules(random);
    const std::string text = random_text(random, random() % 100);
    const auto cut = rules.check(text);
    // What repeats at the end of the text repeats there only while it is the end.
    if (!cut || cut->finish == Finish::repeat) continue;
    ++n_struck;
    const auto longer = rules.check(text + random_text(random, random() % 30));
    ASSERT_TRUE(longer.has_value()) << cut->why;
    ASSERT_LE(longer->end, text.size()) << "what was cut comes back";
  }
  EXPECT_GT(n_struck, 500);
}

TEST(StopRules, NoStopStringSurvives) {
  Random random(3);
  for (int i = 0; i < 3000; ++i) {
    const StopRules rules({"", "", ""}, kMany, {"END", "b ="});
    const std::string text = random_text(random, random() % 100);
    const auto cut = rules.check(text);
    const std::string kept = text.substr(0, cut ? cut->end : rules.finish(text, Finish::eos).end);
    ASSERT_EQ(kept.find("END"), std::string::npos);
    ASSERT_EQ(kept.find("b ="), std::string::npos);
  }
}

}  // namespace
}  // namespace sw
