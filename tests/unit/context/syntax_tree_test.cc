#include "context/syntax_tree.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

#include "context/grammar.h"
#include "context/syntax_worker.h"
#include "tests/unit/context/random_edits.h"
#include "tests/unit/context/samples.h"
#include "tests/unit/context/tree_equality.h"

namespace sw {
namespace {

using namespace std::chrono_literals;
using test::parse;
using test::tree_difference;

constexpr bool kLongTexts = TREE_SITTER_LANGUAGE_VERSION >= 15;  // not with Debian's

TEST(Queries, FitTheirGrammars) {
  for (const Language& language : all_languages()) {
    if (!has_grammar(language)) continue;
    EXPECT_EQ(outline_query_error(language), "");
    EXPECT_NE(outline_query(language), nullptr) << language.name;
  }
}

// Compares with a fresh parse where there are no errors; true when it could.
bool equals_fresh(const test::Sample& sample, const SyntaxTree* tree, std::string_view text) {
  if (tree == nullptr || tree->has_errors()) return false;
  const auto fresh = parse(*sample.language, text);
  if (fresh == nullptr) return false;
  EXPECT_EQ(tree_difference(*tree, *fresh), "") << sample.name;
  return true;
}

std::vector<TextEdit> inverse(const std::vector<ChangedRange>& ranges) {
  std::vector<TextEdit> undo;
  for (const ChangedRange& r : ranges) undo.push_back({r.old_begin, r.old_begin + (r.new_end - r.new_begin), r.old_end - r.old_begin});
  return undo;
}

// A tree that was parsed again after edits is that of a fresh parse, if it has no errors. (With errors Tree-sitter's
// recovery depends on what it reused; the worker parses those afresh, see SyntaxWorker.) Wild edits are undone, and the
// tree is that of the text before.
TEST(SyntaxTree, AfterEditsEqualsAFreshParse) {
  std::mt19937 random(1);
  size_t n_compared = 0;
  for (const test::Sample& sample : test::samples()) {
    if (!has_grammar(*sample.language)) continue;
    std::string text = sample.text;
    auto tree = parse(*sample.language, text);
    for (int round = 0; round < test::more(40); ++round) {
      const std::string old_text = text;
      const bool wild = round % 3 == 2;
      std::vector<TextEdit> edits;
      for (size_t n = 1 + random() % 3; n > 0; --n) {
        edits.push_back(wild ? test::random_edit(random, text) : test::mild_edit(random, text));
      }
      auto again = parse(*sample.language, text, tree->moved(old_text, edits, text).get());
      n_compared += equals_fresh(sample, again.get(), text);
      if (wild && again != nullptr) {
        const auto undo = inverse(*changed_ranges(edits, old_text.size(), text.size()));
        again = parse(*sample.language, old_text, again->moved(text, undo, old_text).get());
        n_compared += equals_fresh(sample, again.get(), old_text);
      }
      if (wild || again == nullptr) text = old_text;
      if (again != nullptr) tree = again;
    }
  }
  EXPECT_GT(n_compared, 200u);
}

TEST(SyntaxTree, MovesByUnknownEdits) {
  const Language& c = *language_named("c");
  const std::string old_text = "int a;\nint b;\nint c;\n", text = "int a;\nlong long b;\nint c;\n";
  const auto moved = parse(c, old_text)->moved(old_text, {}, text);
  EXPECT_EQ(ts_node_end_byte(ts_tree_root_node(moved->raw())), text.size());
  EXPECT_EQ(tree_difference(*parse(c, text, moved.get()), *parse(c, text)), "");
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

std::shared_ptr<const std::string> shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

class Worker : public testing::Test {
 protected:
  void wait() { ASSERT_TRUE(worker_.wait_idle(Clock::now() + 60s)); }
  const Language& c_ = *language_named("c");
  SyntaxWorker worker_{{20000ms, 0ms}};  // a slow machine under a sanitizer included
};

TEST_F(Worker, HasNothingBeforeTheFirstParse) {
  EXPECT_EQ(worker_.last_good(7).tree, nullptr);
  worker_.close(7);
}

TEST_F(Worker, TheTreeAtRestIsThatOfAFreshParse) {
  std::mt19937 random(2);
  for (const test::Sample& sample : test::samples()) {
    if (!has_grammar(*sample.language)) continue;
    std::string text = sample.text;
    worker_.update(1, *sample.language, 1, shared(text), {});
    uint64_t version = 1;
    for (int round = 0; round < test::more(8); ++round) {
      for (size_t n = 1 + random() % 6; n > 0; --n) {
        std::vector<TextEdit> edits;
        for (size_t k = 1 + random() % 2; k > 0; --k) edits.push_back(test::random_edit(random, text));
        if (random() % 8 == 0) edits.clear();
        worker_.update(1, *sample.language, ++version, shared(text), edits);
        const auto view = worker_.last_good(1);
        ASSERT_EQ(*view.text, text);
        ASSERT_EQ(view.version, version);
        ASSERT_LE(view.parsed_version, version);
        if (view.tree != nullptr) {
          ASSERT_LE(ts_node_end_byte(ts_tree_root_node(view.tree->raw())), text.size());
        }
      }
      wait();
      const auto view = worker_.last_good(1);
      const auto fresh = parse(*sample.language, text);
      if (fresh == nullptr) break;  // and the worker had no time for it either
      ASSERT_EQ(view.parsed_version, version);
      ASSERT_EQ(tree_difference(*view.tree, *fresh), "") << sample.name;
    }
    worker_.close(1);
    ASSERT_EQ(worker_.last_good(1).tree, nullptr);
  }
}

std::string long_text(size_t n_bytes) {
  std::string text;
  while (text.size() < n_bytes) text += "static int f(int x) { return g(x, 1 + 2) * h(x); }\n";
  return text;
}

TEST_F(Worker, TheNewestTextSupersedesThoseThatWait) {
  if (!kLongTexts) GTEST_SKIP() << "this runtime is given no long texts";
  const std::string text = long_text(400000);
  const auto begin = Clock::now();
  worker_.update(1, c_, 1, shared(text), {});
  wait();
  const auto one_parse = Clock::now() - begin;
  // 100 texts that each need a full parse take no 100 parses.
  for (uint64_t version = 2; version < 102; ++version)
    worker_.update(1, c_, version, shared("/*" + std::to_string(version) + "*/" + text + "("), {});
  const auto typed = Clock::now();
  wait();
  EXPECT_LT(Clock::now() - typed, 10 * one_parse + 100ms);
  EXPECT_EQ(worker_.last_good(1).parsed_version, 101u);
  worker_.update(1, c_, 50, shared("old"), {});
  EXPECT_EQ(worker_.last_good(1).version, 101u);
}

TEST_F(Worker, WhoAsksNeverWaitsForAParse) {
  const std::string text = long_text(8000000);
  worker_.update(1, c_, 1, shared(text), {});
  const auto begin = Clock::now();
  for (int i = 0; i < 100; ++i) worker_.last_good(1);
  EXPECT_LT(Clock::now() - begin, 200ms);
}

TEST_F(Worker, ParsesTheLastTouchedFirst) {
  SyntaxWorker::Options patient;
  patient.parse_time_max = 60s;
  SyntaxWorker worker(patient);
  worker.update(1, c_, 1, shared(long_text(1000000)), {});
  worker.update(2, c_, 1, shared(long_text(8000000)), {});
  worker.update(3, c_, 1, shared("int x;\n"), {});
  while (worker.last_good(3).tree == nullptr) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(worker.last_good(2).tree, nullptr);
}

TEST(WorkerEnd, ShutdownDoesNotWaitForAParse) {
  auto worker = std::make_unique<SyntaxWorker>(SyntaxWorker::Options{60s, 1s});
  worker->update(1, *language_named("c"), 1, shared(long_text(30000000)), {});
  std::this_thread::sleep_for(50ms);
  const auto begin = Clock::now();
  worker.reset();
  EXPECT_LT(Clock::now() - begin, 500ms);
}

TEST(WorkerEnd, WhatTakesTooLongIsNotTriedAtEveryKey) {
  if (!kLongTexts) GTEST_SKIP() << "this runtime is given no long texts";
  SyntaxWorker worker(SyntaxWorker::Options{1ms, 60s});
  const Language& c = *language_named("c");
  worker.update(1, c, 1, shared(long_text(2000000)), {});
  ASSERT_TRUE(worker.wait_idle(Clock::now() + 10s));
  EXPECT_EQ(worker.last_good(1).tree, nullptr);
  worker.update(1, c, 2, shared("int x;\n"), {});
  EXPECT_FALSE(worker.wait_idle(Clock::now() + 50ms));  // it waits for its time
  EXPECT_EQ(worker.last_good(1).tree, nullptr);
}

TEST(WorkerEnd, ManyThreadsMayUseIt) {
  SyntaxWorker worker;
  const Language& python = *language_named("python");
  std::vector<std::thread> threads;
  for (uint64_t id = 0; id < 4; ++id) {
    threads.emplace_back([&, id] {
      for (uint64_t version = 1; version < 100; ++version) {
        worker.update(id % 3, python, version * 10 + id, shared("def f" + std::to_string(version) + "(): pass\n"), {});
        if (const auto view = worker.last_good((id + 1) % 3); view.tree != nullptr) {
          EXPECT_FALSE(view.tree->has_errors());
        }
        if (version % 40 == 0) worker.close(id % 3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(worker.wait_idle(Clock::now() + 60s));
}

}  // namespace
}  // namespace sw
