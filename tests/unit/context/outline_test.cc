#include "context/outline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "context/chunks.h"
#include "context/lines.h"
#include "tests/unit/context/samples.h"

namespace sw {
namespace {

using test::parse;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

struct Expected {
  const char* file;
  std::vector<std::string> declarations;  // "kind name" or "parent.kind name"
  std::vector<std::string> imports;
};

const std::vector<Expected> kExpected = {
    {"sample.c",
     {"function ring_create", "macro MIN", "class ring", "ring.field size", "type mode", "function ring_count",
      "type ring_t"},
     {"stdlib.h", "ring.h"}},
    {"sample.cc",
     {"demo.class Stack", "Stack.method push", "Stack.field items_", "demo.function sum", "demo.type Order"},
     {"vector"}},
    {"sample.cs",
     {"Shop.class Basket", "Basket.method Add", "Basket.field Name", "State.constant Open"},
     {"System.Collections.Generic"}},
    {"sample.css", {"type .card > h1:hover", "type fade"}, {"base.css"}},
    {"sample.cu", {"function saxpy", "Launcher.method launch", "constant kThreads"}, {"cuda_runtime.h"}},
    {"sample.go",
     {"class Item", "Item.field Name", "Reader.method Read", "function New", "method Write", "constant Limit"},
     {"fmt", "io"}},
    {"sample.html", {"field list"}, {"app.js", "style.css"}},
    {"sample.java",
     {"class Basket", "Basket.method size", "Basket.field items", "Visitor.method visit"},
     {"java.util.List"}},
    {"sample.js",
     {"function countWords", "Cache.method get", "function twice", "constant LIMIT", "function read"},
     {"node:fs", "path"}},
    {"sample.json", {"field scripts"}, {}},
    {"sample.kt", {"class Basket", "Basket.method add", "function helper", "State.constant OPEN"}, {"kotlin.math.max"}},
    {"sample.lua", {"function new", "method push", "function helper", "function pop"}, {"util"}},
    {"sample.md", {"module Demo", "Demo.module Use", "Demo.module Limits"}, {}},
    {"sample.php",
     {"class Basket", "Basket.method count", "Basket.field items", "function helper"},
     {"Demo\\Item", "util.php"}},
    {"sample.py",
     {"function read", "class Settings", "Settings.method save", "save.function inner", "constant DEFAULT"},
     {"os.path", ".util"}},
    {"sample.rb",
     {"module Shop", "Shop.class Basket", "Basket.method size", "Basket.field items", "function helper"},
     {"json", "util"}},
    {"sample.rs",
     {"class Queue", "Queue.method push", "Fill.constant Empty", "macro square", "Drain.method drain_all"},
     {"std::collections::VecDeque"}},
    {"sample.scala",
     {"class Basket", "Basket.method add", "Basket.type Names", "Visitor.method visit"},
     {"scala.collection.mutable.Buffer"}},
    {"sample.sh", {"function warn_below", "function main", "constant LIMIT"}, {"./common.sh"}},
    {"sample.sql", {"type items", "items.field price", "type cheap", "function twice"}, {}},
    {"sample.swift", {"class Basket", "Basket.method count", "State.constant open", "function helper"}, {"Foundation"}},
    {"sample.toml", {"module package", "package.field name", "module bin"}, {}},
    {"sample.ts",
     {"class Point", "Point.method distance", "type Name", "Shape.method load", "Util.function clamp"},
     {"./config"}},
    {"sample.tsx", {"function Card", "Panel.method render"}, {"react"}},
    {"sample.yaml", {"module jobs", "jobs.field test"}, {}},
    {"sample.zig", {"class Queue", "Queue.method push", "Queue.field len", "type State", "function helper"}, {"std"}},
};

std::vector<std::string> described(const Outline& outline) {
  std::vector<std::string> found;
  for (const Declaration& d : outline.declarations) {
    const std::string around = d.parent < 0 ? "" : outline.declarations[static_cast<size_t>(d.parent)].name + ".";
    found.push_back(around + d.kind + " " + d.name);
  }
  return found;
}

std::vector<std::string> imported(const Outline& outline) {
  std::vector<std::string> found;
  for (const Import& import : outline.imports) found.push_back(import.target);
  return found;
}

// What every outline of every text keeps.
void check_outline(std::string_view text, const Outline& outline) {
  size_t previous = 0;
  for (size_t i = 0; i < outline.declarations.size(); ++i) {
    const Declaration& d = outline.declarations[i];
    ASSERT_LE(previous, d.signature.begin) << d.name;
    previous = d.signature.begin;
    ASSERT_LE(d.whole.begin, d.signature.begin) << d.name;
    ASSERT_LE(d.signature.begin, d.signature.end) << d.name;
    ASSERT_LE(d.signature.end, d.whole.end) << d.name;
    ASSERT_LE(d.whole.end, text.size()) << d.name;
    ASSERT_LE(d.doc.begin, d.doc.end) << d.name;
    ASSERT_LE(d.doc.end, d.whole.end) << d.name;
    ASSERT_LT(d.parent, static_cast<int>(i));
    if (d.parent >= 0) {
      ASSERT_LE(d.whole.end, outline.declarations[static_cast<size_t>(d.parent)].whole.end) << d.name;
    }
    ASSERT_THAT(d.name, Not(IsEmpty()));
    ASSERT_NE(text.substr(d.whole.begin, d.whole.end - d.whole.begin).find(d.name), std::string_view::npos) << d.name;
  }
  for (const Import& import : outline.imports) ASSERT_LE(import.range.end, text.size());
  ASSERT_TRUE(std::is_sorted(outline.references.begin(), outline.references.end()));
  ASSERT_EQ(std::adjacent_find(outline.references.begin(), outline.references.end()), outline.references.end());
}

// Each line of a skeleton is a line of the file, in its order.
void check_skeleton(std::string_view text, std::string_view skeleton) {
  const Lines file(text), shown(skeleton);
  size_t at = 0;
  for (size_t i = 0; i < shown.size(); ++i) {
    const std::string_view line = trim_right(shown.line(i));
    while (at < file.size() && trim_right(file.line(at)) != line) ++at;
    ASSERT_LT(at, file.size()) << "not a line of the file: " << line;
    ++at;
  }
}

TEST(Outline, EveryLanguageHasASampleWithoutErrors) {
  std::map<std::string_view, size_t> n;
  for (const test::Sample& sample : test::samples()) {
    ASSERT_NE(sample.language, nullptr) << sample.name;
    ++n[sample.language->name];
    if (!has_grammar(*sample.language)) continue;
    const auto tree = parse(*sample.language, sample.text);
    ASSERT_NE(tree, nullptr) << sample.name;
    EXPECT_FALSE(tree->has_errors()) << sample.name;
  }
  for (const Language& language : all_languages()) EXPECT_TRUE(!has_grammar(language) || n[language.name] > 0) << language.name;
}

TEST(Outline, OfTheSamples) {
  std::map<std::string, const Expected*> expected;
  for (const Expected& e : kExpected) expected[e.file] = &e;
  for (const test::Sample& sample : test::samples()) {
    if (!has_grammar(*sample.language)) continue;
    ASSERT_TRUE(expected.count(sample.name)) << sample.name;
    const auto tree = parse(*sample.language, sample.text);
    const Outline outline = outline_of(sample.text, tree.get());
    for (const std::string& d : expected[sample.name]->declarations) EXPECT_THAT(described(outline), Contains(d)) << sample.name;
    for (const std::string& i : expected[sample.name]->imports) EXPECT_THAT(imported(outline), Contains(i)) << sample.name;
    check_outline(sample.text, outline);
    check_skeleton(sample.text, skeleton_of(sample.text, outline));
  }
}

TEST(Outline, TwoPatternsMakeOneDeclaration) {
  const std::string text = "export const twice = (x) => {\n  return 2 * x;\n};\n";
  const Language& javascript = *language_named("javascript");
  if (!has_grammar(javascript)) GTEST_SKIP() << "a build without grammars";
  const Outline outline = outline_of(text, parse(javascript, text).get());
  EXPECT_THAT(described(outline), ::testing::ElementsAre("function twice"));
}

TEST(Outline, DocumentationAboveAndInside) {
  const std::string text =
      "# Far.\n\n# Near,\n# two lines.\n@decorator\ndef f(a,\n      b):\n    \"\"\"Inside.\n\n    More.\"\"\"\n    x = "
      "1\n\n\ndef g(): pass\n";
  const Language& python = *language_named("python");
  if (!has_grammar(python)) GTEST_SKIP() << "a build without grammars";
  const Outline outline = outline_of(text, parse(python, text).get());
  ASSERT_EQ(outline.declarations.size(), 2u);
  EXPECT_EQ(outline.declarations[0].whole.begin, text.find("# Near"));
  EXPECT_EQ(skeleton_of(text, outline),
            "# Near,\n@decorator\ndef f(a,\n      b):\ndef g(): pass\n");
}

TEST(Outline, WithoutAGrammarByLines) {
  const std::string text =
      "import Data.List\n\n-- Doubles.\nfunction twice(x)\n  local y = x\n  return 2 * y\nend\n\nclass Basket\n  def "
      "add(item)\n    items << item\n  end\nend\n";
  const Outline outline = outline_of(text, nullptr);
  EXPECT_THAT(described(outline), ::testing::ElementsAre("function twice", "class Basket", "Basket.method add"));
  EXPECT_THAT(imported(outline), ::testing::ElementsAre("Data.List"));
  EXPECT_THAT(outline.references, Contains("items"));
  EXPECT_EQ(text.substr(outline.declarations[1].whole.begin, std::string::npos),
            "class Basket\n  def add(item)\n    items << item\n  end\nend\n");
  check_outline(text, outline);
  check_skeleton(text, skeleton_of(text, outline));
}

TEST(Outline, ProseDeclaresNothing) {
  const Outline outline = outline_of("class of 1990 was good\nfunction of the heart is to beat\n", nullptr);
  EXPECT_THAT(outline.declarations, IsEmpty());
}

// Half of a file at any place, and a file with a hole: what stands before the cut is found as before.
TEST(Outline, HalfTypedCodeLosesAtMostWhatIsBroken) {
  const Language& python = *language_named("python");
  if (!has_grammar(python)) GTEST_SKIP() << "a build without grammars";
  const std::string first = "def one(a):\n    return a\n\n\nclass Two:\n    def three(self):\n        return 3\n\n\n";
  const std::string last = "\n\ndef four():\n    return 4\n";
  for (const char* half : {"def f(", "x = [1, 2", "class", "if x:", "\"\"\"", "return (", "foo.", "@"}) {
    const std::string text = first + half + last;
    const auto found = described(outline_of(text, parse(python, text).get()));
    EXPECT_THAT(found, Contains("function one")) << half;
    EXPECT_THAT(found, Contains("class Two")) << half;
    EXPECT_THAT(found, Contains("Two.method three")) << half;
  }
}

TEST(Outline, HoldsTogetherOnDamagedFiles) {
  std::mt19937 random(1);
  for (const test::Sample& sample : test::samples()) {
    for (int round = 0; round < 20; ++round) {
      std::string text = sample.text;
      for (int i = 0; i < 10; ++i) {
        const size_t begin = random() % text.size();
        text.replace(begin, random() % 20, std::string_view("({[]})\"'\n\t\0\xff;:,x ", 18).substr(random() % 18, random() % 4));
      }
      const auto tree = parse(*sample.language, text);
      const Outline outline = outline_of(text, tree.get());
      check_outline(text, outline);
      check_skeleton(text, skeleton_of(text, outline));
      const Outline by_lines = outline_of(text, nullptr);
      check_outline(text, by_lines);
      check_skeleton(text, skeleton_of(text, by_lines));
    }
  }
}

// No recursion over the depth, no time that grows with its square: 100,000 brackets, a line of 20 MB, 20,000 functions.
TEST(Outline, SurvivesDeepAndLongTexts) {
  std::string nested, functions;
  for (int i = 0; i < 100000; ++i) nested += "{\n";
  for (int i = 0; i < 20000; ++i) functions += "int f" + std::to_string(i) + "(int x) { return x; }\n";
  const std::string closed = std::string(100000, '[') + std::string(100000, ']');
  const auto begin = Clock::now();
  for (const auto& [language, text] : {std::pair("c", nested), {"json", closed}, {"c", functions}, {"c", std::string(20000000, 'x')}}) {
    const auto tree = parse(*language_named(language), text);
    check_outline(text, outline_of(text, tree.get()));
    const Outline by_lines = outline_of(text, nullptr);
    check_outline(text, by_lines);
    check_skeleton(text, skeleton_of(text, by_lines));
  }
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(10));
}

TEST(Outline, OfATreeOfAnotherTextStaysInside) {
  for (const test::Sample& sample : test::samples()) {
    const auto tree = parse(*sample.language, sample.text);
    const std::string_view half = std::string_view(sample.text).substr(0, sample.text.size() / 2);
    check_outline(half, outline_of(half, tree.get()));
    const auto chunks = chunks_of(half, tree.get(), 100);
    ASSERT_FALSE(chunks.empty());
    EXPECT_EQ(chunks.back().end, half.size());
  }
}

}  // namespace
}  // namespace sw
