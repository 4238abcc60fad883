// Laws of contexts, over the sources of this project: budgets, windows, order, hysteresis, tokens.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "context/alike.h"
#include "context/repo_context.h"
#include "unit/context/folders.h"

namespace sw {
namespace {

using Random = std::mt19937;

size_t below(Random& random, size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); }

std::shared_ptr<const Tokenizer> embedded_tokenizer() { return Tokenizer::open(SW_SOURCE_DIR "/models/nano/tokenizer.model").value(); }

const RepoIndex& sources() {
  static const std::shared_ptr<RepoIndex> index = [] {
    auto opened = RepoIndex::open(SW_SOURCE_DIR, {}).value();
    EXPECT_TRUE(opened->update({}).ok());
    return opened;
  }();
  return *index;
}

struct Cursor {
  std::string path, text;
  size_t at;
};

Cursor random_cursor(Random& random) {
  const auto index = sources().snapshot();
  const std::string& path = index->files[below(random, index->files.size())]->path;
  std::string text = index->workspace->read(path, 1 << 24).value();
  const size_t line = text.find('\n', below(random, text.size()));
  return {path, text, line == text.npos ? text.size() : line};
}

ContextQuery query_at(const Cursor& cursor, size_t budget) {
  ContextQuery query;
  query.path = cursor.path;
  query.window_begin = cursor.at - std::min<size_t>(cursor.at, 3000);
  if (query.window_begin > 0) query.window_begin = cursor.text.find('\n', query.window_begin) + 1;
  query.window_end = std::max(cursor.at, cursor.text.rfind('\n', cursor.at + 1000) + 1);
  query.before = cursor.text.substr(query.window_begin, cursor.at - query.window_begin);
  query.after = cursor.text.substr(cursor.at, query.window_end - cursor.at);
  query.budget_tokens = budget;
  return query;
}

std::shared_ptr<const RepoContext> built(ContextBuilder& builder, const ContextQuery& query) {
  auto context = builder.build(*sources().snapshot(), query, {});
  EXPECT_TRUE(context.ok()) << context.status().message();
  return std::move(context).value();
}

std::string joined_text(const RepoContext& context) {
  std::string text;
  for (const ContextPart& part : context.parts) text += part.text;
  return text;
}

TEST(Context, NeverOverBudgetAndTheSameAgain) {
  ContextBuilder builder(embedded_tokenizer()), other(embedded_tokenizer());
  Random random(1);
  for (int i = 0; i < 60; ++i) {
    ContextQuery query = query_at(random_cursor(random), below(random, 4) == 0 ? below(random, 200) : below(random, 40'000));
    query.strategy = static_cast<Strategy>(below(random, 5));
    query.recent_edits = {{"a.cc", "-x\n+y\n"}, {"b.cc", std::string(below(random, 3000), 'z')}};
    size_t budget = query.budget_tokens;
    if (below(random, 3) == 0) {
      query.budget_ms = static_cast<double>(below(random, 2000));
      query.tokens_per_s = 1000;
      if (query.budget_ms > 0) budget = std::min(budget, static_cast<size_t>(query.budget_ms));
    }
    const auto context = built(builder, query);
    size_t n_tokens = 0;
    for (const ContextPart& part : context->parts) n_tokens += part.ids->size();
    ASSERT_EQ(n_tokens, context->n_tokens);
    ASSERT_LE(n_tokens, budget);
    ASSERT_EQ(joined_text(*built(other, query)), joined_text(*context));
  }
}

TEST(Context, ShowsNothingOfTheWindowAndNothingAlike) {
  ContextBuilder builder(embedded_tokenizer());
  Random random(2);
  size_t n_chunks = 0;
  for (int i = 0; i < 40; ++i) {
    const Cursor cursor = random_cursor(random);
    const ContextQuery query = query_at(cursor, 20'000);
    const auto at_cursor =
        shingles_of(query.before.substr(query.before.size() - std::min<size_t>(query.before.size(), 2048)) + query.after.substr(0, 512));
    const auto context = built(builder, query);
    for (const ContextPart& part : context->parts) {
      if (part.kind != PartKind::chunk) continue;
      ++n_chunks;
      const std::string piece = part.text.substr(part.text.find('\n') + 1);
      ASSERT_LE(jaccard(shingles_of(piece), at_cursor), 0.5);
      if (part.path != query.path) continue;
      size_t begin = 0;
      for (size_t line = 0; line < part.first_line; ++line) begin = cursor.text.find('\n', begin) + 1;
      ASSERT_TRUE(begin >= query.window_end || begin + piece.size() <= query.window_begin + 1) << query.path << ":" << part.first_line;
    }
  }
  EXPECT_GT(n_chunks, 200u);
}

// The ids of the parts, joined, are those of the text.
TEST(Context, PartsTokeniseOnTheirOwn) {
  std::vector<std::string> paths{SW_SOURCE_DIR "/models/nano/tokenizer.model"};
  if (std::filesystem::exists(SW_SHARED_DIR "/data/tokenizer.model.v3")) {
    paths.push_back(SW_SHARED_DIR "/data/tokenizer.model.v3");
  } else {
    GTEST_LOG_(WARNING) << "NOT TESTED: " SW_SHARED_DIR "/data/tokenizer.model.v3 is not there";
  }
  for (const std::string& path : paths) {
    const auto tokenizer = Tokenizer::open(path).value();
    ContextBuilder builder(tokenizer);
    Random random(3);
    for (int i = 0; i < 10; ++i) {
      const auto context = built(builder, query_at(random_cursor(random), 8000));
      std::vector<TokenId> joined;
      for (const ContextPart& part : context->parts) {
        ASSERT_TRUE(part.text.starts_with("+++++ " + part.path + "\n") && part.text.ends_with('\n'));
        joined.insert(joined.end(), part.ids->begin(), part.ids->end());
      }
      ASSERT_EQ(joined, tokenizer->encode_continuation(joined_text(*context)).value());
    }
  }
}

TEST(Context, TypingChangesNothing) {
  ContextBuilder builder(embedded_tokenizer());
  Random random(4);
  for (int i = 0; i < 20; ++i) {
    Cursor cursor = random_cursor(random);
    ContextQuery query = query_at(cursor, 16'000);
    if (query.before.size() < 1500) continue;
    auto context = built(builder, query);
    const std::string before = joined_text(*context);
    for (const char c : std::string("  const auto value = name(")) {
      query.before += c;
      ++query.window_end;
      query.previous = context;
      context = built(builder, query);
      ASSERT_TRUE(context->kept);
      ASSERT_EQ(joined_text(*context), before);
    }
    query.path = "elsewhere.cc";
    EXPECT_FALSE(built(builder, query)->kept);
  }
}

// What comes first depends on the file and not on where in it the cursor is.
TEST(Context, TheStablePartStays) {
  ContextBuilder builder(embedded_tokenizer());
  Random random(5);
  for (int i = 0; i < 20; ++i) {
    Cursor cursor = random_cursor(random);
    const size_t budget = 2000 + below(random, 30'000);
    const auto stable = [&] {
      const auto context = built(builder, query_at(cursor, budget));
      std::string text;
      for (size_t p = 0; p < context->n_stable; ++p) text += context->parts[p].text;
      return text;
    };
    const std::string first = stable();
    cursor.at = std::min(cursor.text.find('\n', below(random, cursor.text.size())), cursor.text.size());
    ASSERT_EQ(stable(), first);
  }
}

TEST(Context, WhatNobodyShouldAskIsRefused) {
  ContextBuilder builder(embedded_tokenizer());
  const auto index = sources().snapshot();
  const auto code = [&](auto&& change) {
    ContextQuery query;
    query.path = "a.cc";
    change(query);
    return builder.build(*index, query, {}).status().code();
  };
  EXPECT_EQ(code([](ContextQuery& q) { q.before = "\xff"; }), Code::argument);
  EXPECT_EQ(code([](ContextQuery& q) { q.header = "{path}"; }), Code::argument);
  EXPECT_EQ(code([](ContextQuery& q) { q.budget_tokens = kContextTokensMax + 1; }), Code::argument);
  EXPECT_EQ(code([](ContextQuery& q) { q.budget_ms = -1; }), Code::argument);
  EXPECT_EQ(code([](ContextQuery& q) { q.budget_tokens = 0; }), Code::ok);
}

// A file that is no longer what was indexed is not shown.
TEST(Context, ChangedFilesAreLeftOut) {
  test::Folder root;
  root.write("a.py", "from b import shared_name\n\nshared_name(1)\n");
  root.write("b.py", "def shared_name(x):\n    return old_body\n");
  const auto index = RepoIndex::open(root.path(), {}).value();
  ASSERT_TRUE(index->update({}).ok());
  ContextBuilder builder(embedded_tokenizer());
  ContextQuery query;
  query.path = "a.py";
  query.before = "from b import shared_name\n\nshared_name(";
  const auto before = builder.build(*index->snapshot(), query, {}).value();
  EXPECT_NE(joined_text(*before).find("old_body"), std::string::npos);
  root.write("b.py", "def shared_name(x):\n    return other\n");
  const auto after = builder.build(*index->snapshot(), query, {}).value();
  EXPECT_EQ(joined_text(*after).find("return"), std::string::npos);
  ASSERT_TRUE(index->update({"b.py"}, {}).ok());
  query.previous = before;
  const auto again = builder.build(*index->snapshot(), query, {}).value();
  EXPECT_FALSE(again->kept);
  EXPECT_NE(joined_text(*again).find("other"), std::string::npos);
}

TEST(Rank, ImportsFindTheirFiles) {
  test::Folder root;
  for (const char* path : {"app/main.py", "app/util/__init__.py", "app/util/text.py", "other/text.py", "src/state/mod.rs", "src/lib.rs",
                           "inc/deep/one.h", "web/part.ts", "go/pkg/store/file.go"}) {
    root.write(path, "x\n");
  }
  const auto index = RepoIndex::open(root.path(), {}).value();
  ASSERT_TRUE(index->update({}).ok());
  const auto snapshot = index->snapshot();
  const ImportMap imports(*snapshot);
  const auto first = [&](std::string_view target, std::string_view from) {
    const auto files = imports.resolve(target, from);
    return files.empty() ? std::string() : snapshot->files[files[0]]->path;
  };
  EXPECT_EQ(first("app.util.text", "app/main.py"), "app/util/text.py");
  EXPECT_EQ(first("text", "other/x.py"), "other/text.py");
  EXPECT_EQ(first("app.util", "app/main.py"), "app/util/__init__.py");
  EXPECT_EQ(first("app.util.text.Thing", "app/main.py"), "app/util/text.py");
  EXPECT_EQ(first("crate::state::State", "src/lib.rs"), "src/state/mod.rs");
  EXPECT_EQ(first("deep/one.h", "inc/two.cc"), "inc/deep/one.h");
  EXPECT_EQ(first("./part", "web/index.ts"), "web/part.ts");
  EXPECT_EQ(first("example.org/x/pkg/store", "go/main.go"), "go/pkg/store/file.go");
  EXPECT_EQ(first("nothing.like.it", "app/main.py"), "");
  EXPECT_EQ(path_distance("a/b/c.py", "a/b/d.py"), 0u);
  EXPECT_EQ(path_distance("a/b/c.py", "a/d.py"), 1u);
  EXPECT_EQ(path_distance("a/b/c.py", "ab/d.py"), 3u);
  EXPECT_EQ(path_distance("c.py", "a/b/d.py"), 2u);
}

TEST(Identifiers, PartsByCaseAndUnderscore) {
  const auto terms = [](std::string_view word) {
    std::vector<Term> out;
    append_terms(word, out);
    return out;
  };
  const auto all = [](std::initializer_list<std::string_view> words) {
    std::vector<Term> out;
    for (const auto word : words) out.push_back(term_of(word));
    return out;
  };
  EXPECT_EQ(terms("parse"), all({"parse"}));
  EXPECT_EQ(terms("HTTPServer_v2"), all({"HTTPServer_v2", "http", "server", "v2"}));
  EXPECT_EQ(terms("read_all"), all({"read_all", "read", "all"}));
  EXPECT_EQ(terms("camelCaseName"), all({"camelCaseName", "camel", "case", "name"}));
  EXPECT_EQ(terms("__x__"), all({"__x__"}));
  EXPECT_EQ(terms("MAX"), all({"MAX", "max"}));
}

}  // namespace
}  // namespace sw
