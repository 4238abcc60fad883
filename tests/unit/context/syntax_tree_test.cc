#include "context/syntax_tree.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <tree_sitter/api.h>

#include "context/grammar.h"
#include "tests/unit/context/samples.h"

namespace sw {
namespace {

using namespace std::chrono_literals;
using test::parse;

constexpr bool kLongTexts = TREE_SITTER_LANGUAGE_VERSION >= 15;  // not with Debian's

TEST(Queries, FitTheirGrammars) {
  for (const Language& language : all_languages()) {
    if (!has_grammar(language)) continue;
    EXPECT_EQ(outline_query_error(language), "");
    EXPECT_NE(outline_query(language), nullptr) << language.name;
  }
}

TEST(SyntaxTree, StopsAtDeadlineAndCancel) {
  if (!kLongTexts) GTEST_SKIP() << "this runtime is given no long texts";
  const Language& c = *language_named("c");
  std::string text;
  while (text.size() < 4000000) text += "int f(int x) { return g(x, 1 + 2); }\n";
  Control control;
  const std::atomic<bool> cancel{true};
  control.cancel = &cancel;
  EXPECT_EQ(SyntaxTree::parse(c, text, control).status().code(), Code::cancelled);
  control.cancel = nullptr;
  const auto begin = Clock::now();
  control.deadline = begin + 20ms;
  EXPECT_EQ(SyntaxTree::parse(c, text, control).status().code(), Code::deadline);
  EXPECT_LT(Clock::now() - begin, 500ms);
}

TEST(SyntaxTree, OfALanguageWithoutGrammarIsNull) { EXPECT_EQ(parse(*language_named("meson"), "project('x')\n"), nullptr); }

// No recursion over the depth of a tree, no time that grows with its square.
TEST(SyntaxTree, SurvivesHostileTexts) {
  const std::string brackets(5000, '(');
  std::string pairs;
  for (int i = 0; i < 2500; ++i) pairs += "[{";
  for (int i = 0; i < 2500; ++i) pairs += "}]";
  for (const Language& language : all_languages()) {
    if (!has_grammar(language)) continue;
    for (const std::string& text : {std::string(), std::string(1000, '\0'), std::string("\xff\xfe\x80\xc0"),
                                    std::string(30000, '\r'), brackets, pairs}) {
      Control control;
      control.deadline = Clock::now() + 2s;
      const auto tree = SyntaxTree::parse(language, text, control);
      EXPECT_TRUE(tree.ok() || tree.status().code() == Code::deadline) << language.name;
    }
  }
}

#if !defined(__SANITIZE_ADDRESS__) && TREE_SITTER_LANGUAGE_VERSION >= 15  // Debian's runtime does end it
// Tree-sitter itself would print and end the process.
TEST(SyntaxTreeDeathTest, WithoutMemoryThrows) {
  const std::string text = [] {
    std::string long_text;
    while (long_text.size() < 8000000) long_text += "int f(int x) { return g(x, 1 + 2); }\n";
    return long_text;
  }();
  const auto run = [&] {
    const rlimit limit{uint64_t{200} << 20, uint64_t{200} << 20};
    setrlimit(RLIMIT_AS, &limit);
    try {
      const auto tree = SyntaxTree::parse(*language_named("c"), text, {});
      std::_Exit(1);
    } catch (const std::bad_alloc&) {
      std::_Exit(7);
    }
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(7), "");
}
#endif

}  // namespace
}  // namespace sw
