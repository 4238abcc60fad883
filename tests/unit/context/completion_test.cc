// Where completions are asked for, how much, and where they end.
#include <gtest/gtest.h>

#include "context/completion_shape.h"
#include "context/outline.h"
#include "context/syntax_cut.h"
#include "tests/unit/context/random_edits.h"
#include "tests/unit/context/samples.h"

namespace sw {
namespace {

// Texts with "|" for the cursor.
CompletionShape shape_of(const char* language_name, std::string text, bool with_tree = true) {
  const size_t cursor = text.find('|');
  text.erase(cursor, 1);
  const Language* language = language_named(language_name);
  const auto tree = with_tree ? test::parse(*language, text) : nullptr;
  return completion_shape(text, cursor, language, tree.get());
}

TEST(CompletionShape, NotWhereTextFollows) {
  EXPECT_FALSE(shape_of("c", "int x = |something_else;\n").ask);
  EXPECT_TRUE(shape_of("c", "int x = f(g[|])}]);\n").ask);
  EXPECT_TRUE(shape_of("c", "int x = |short;\n").ask);
}

TEST(CompletionShape, BlocksAtEmptyLinesAndWhereOneOpened) {
  EXPECT_EQ(shape_of("python", "def f():\n    |\n").extent, Extent::block);
  EXPECT_EQ(shape_of("python", "def f():|\n").extent, Extent::block);
  EXPECT_EQ(shape_of("python", "if x:  |\n").extent, Extent::block);
  EXPECT_EQ(shape_of("c", "int main(void) {|\n").extent, Extent::block);
  EXPECT_EQ(shape_of("bash", "for x in y; do|\n").extent, Extent::block);
  EXPECT_EQ(shape_of("c", "int main(void) {|\n", false).extent, Extent::block);
  EXPECT_EQ(shape_of("javascript", "const f = (x) =>|\n").extent, Extent::block);
}

TEST(CompletionShape, OneLineElsewhere) {
  EXPECT_EQ(shape_of("python", "x = |\n").extent, Extent::one_line);
  EXPECT_EQ(shape_of("python", "x = f(|)\n").extent, Extent::one_line);
  EXPECT_EQ(shape_of("python", "# to do:|\n").extent, Extent::one_line);
  EXPECT_EQ(shape_of("python", "# to do:|\n", false).extent, Extent::one_line);
  EXPECT_EQ(shape_of("cpp", "std::|\n").extent, Extent::one_line);
}

TEST(CompletionShape, WhatLooksLikeABlockAndIsNone) {
  if (!has_grammar(*language_named("python"))) GTEST_SKIP() << "a build without grammars";
  EXPECT_EQ(shape_of("c", "int x;  // then {|\n").extent, Extent::one_line);
  EXPECT_EQ(shape_of("c", "puts(\"a {|\n").extent, Extent::one_line);
  EXPECT_EQ(shape_of("python", "x = {\n  'a':|\n  1}\n").extent, Extent::one_line);
  EXPECT_EQ(shape_of("typescript", "interface X {\n  a:|\n  string;\n}\n").extent, Extent::one_line);
}

TEST(CompletionShape, AnyPlaceOfAnyText) {
  std::mt19937 random(1);
  for (const test::Sample& sample : test::samples()) {
    const auto tree = test::parse(*sample.language, sample.text);
    std::string text = sample.text;
    test::random_edit(random, text);
    for (size_t cursor = 0; cursor <= text.size() + 1; ++cursor) {
      completion_shape(text, cursor, sample.language, tree.get());  // of another text
      completion_shape(sample.text, cursor, nullptr, nullptr);
    }
  }
}

struct Case {
  const char* name;
  const char* language;
  const char* prefix;
  const char* completion;
  const char* suffix;
  const char* kept;
  SyntaxCutRule rule;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Cuts : public testing::TestWithParam<Case> {};

TEST_P(Cuts, At) {
  const Case& c = GetParam();
  const Language* language = language_named(c.language);
  if (std::string_view(c.language) != "meson" && !has_grammar(*language)) GTEST_SKIP() << "a build without grammars";
  const SyntaxCut cut = cut_at_syntax(c.prefix, c.completion, c.suffix, language, {});
  EXPECT_EQ(std::string(c.completion).substr(0, cut.end), c.kept);
  EXPECT_EQ(static_cast<int>(cut.rule), static_cast<int>(c.rule)) << cut.why;
  EXPECT_EQ(cut.why.empty(), cut.rule == SyntaxCutRule::none);
}

INSTANTIATE_TEST_SUITE_P(
    SyntaxCut, Cuts,
    testing::Values(
        Case{"nothing to cut", "c", "int f(int x) {\n  ", "return x + 1;", "\n}\n", "return x + 1;",
             SyntaxCutRule::none},
        Case{"a brace it did not open", "c", "int f(int x) {\n  ", "return x;\n}\n\nint g(void);", "\n}\n", "return x;",
             SyntaxCutRule::bracket},
        Case{"a parenthesis it did not open", "python", "x = f(", "a, (b))\ny = 2", "\n", "a, (b))",
             SyntaxCutRule::block},
        Case{"a parenthesis of the line's end", "meson", "x = y ", "+ 1) + 2", "\n", "+ 1", SyntaxCutRule::bracket},
        Case{"brackets in strings do not count", "c", "int f(void) {\n  ", "puts(\"}\");\n  puts(\")\");", "\n}\n",
             "puts(\"}\");\n  puts(\")\");", SyntaxCutRule::none},
        Case{"brackets in strings, without a grammar", "meson", "", "x = ')' + \"]\"", "\n", "x = ')' + \"]\"",
             SyntaxCutRule::none},
        Case{"the block of an empty line", "python", "def f(x):\n    ", "y = x\n    return y\n\n\ndef g():\n    pass",
             "\n", "y = x\n    return y", SyntaxCutRule::block},
        Case{"the statement of the cursor's line", "python", "def f():\n    if x:", "\n        return 1\n    return 2",
             "\n", "\n        return 1", SyntaxCutRule::block},
        Case{"an else belongs to its if", "python",
             "def f():\n    if x:", "\n        return 1\n    else:\n        return 2", "\n",
             "\n        return 1\n    else:\n        return 2", SyntaxCutRule::none},
        Case{"half a statement at the end", "python", "def f(x):\n    ", "y = x\n    return g(y", "\n\n\nz = 1\n",
             "y = x", SyntaxCutRule::error},
        Case{"half a statement at the end, in C", "c", "int f(int x) {\n  ", "int y = x;\n  return g(y", "\n}\n",
             "int y = x;", SyntaxCutRule::error},
        Case{"errors before the cursor are not its fault", "c", "int broken( {\n}\nint f(int x) {\n  ",
             "int y = x;\n  return y;", "\n}\n", "int y = x;\n  return y;", SyntaxCutRule::none},
        Case{"a file that is being typed", "c", "int f(int x) {\n  ", "int y = x;\n  return y;", "",
             "int y = x;\n  return y;", SyntaxCutRule::none},
        Case{"one line always stays", "c", "int f(int x) {\n  return ", "g(x", ";\n}\n", "g(x", SyntaxCutRule::none}),
    [](const auto& case_info) {
      std::string name = case_info.param.name;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      return name;
    });

// Of any text at any place: what stays begins the completion, cutting again changes nothing but by what a shorter text shows, and nothing
// crashes when the time is over.
TEST(SyntaxCut, HoldsAtAnyPlace) {
  std::mt19937 random(3);
  for (const test::Sample& sample : test::samples()) {
    for (int round = 0; round < 30; ++round) {
      std::string text = sample.text;
      if (round % 2 == 1) test::random_edit(random, text);
      const size_t begin = random() % text.size(), end = begin + random() % std::min<size_t>(200, text.size() - begin);
      Control control;
      control.deadline = Clock::now() + (round % 5 == 0 ? std::chrono::milliseconds(0) : std::chrono::milliseconds(200));
      const std::string_view view = text;
      const std::string_view completion = view.substr(begin, end - begin);
      const SyntaxCut cut = cut_at_syntax(view.substr(0, begin), completion, view.substr(end), sample.language, control);
      ASSERT_LE(cut.end, completion.size());
      if (cut.rule == SyntaxCutRule::none) {
        ASSERT_EQ(cut.end, completion.size());
      }
    }
  }
}

// A whole declaration, where it stands, stays whole.
TEST(SyntaxCut, KeepsWhatWasThere) {
  size_t n = 0;
  for (const test::Sample& sample : test::samples()) {
    const auto tree = test::parse(*sample.language, sample.text);
    const std::string_view view = sample.text;
    for (const Declaration& d : outline_of(view, tree.get()).declarations) {
      if (d.kind != "function" && d.kind != "method" && d.kind != "class") continue;
      const auto completion = view.substr(d.signature.begin, d.whole.end - d.signature.begin);
      const SyntaxCut cut = cut_at_syntax(view.substr(0, d.signature.begin), completion, view.substr(d.whole.end), sample.language, {});
      EXPECT_EQ(completion.substr(0, cut.end), completion) << sample.name << ": " << cut.why;
      ++n;
    }
  }
  if (has_grammar(*language_named("c"))) {
    EXPECT_GT(n, 80u);
  }
}

}  // namespace
}  // namespace sw
