// A text that is edited has the ids of encoding it anew, and so has each of its slices; for random vocabularies and real ones.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tokenizer/tokenized_text.h"
#include "vocabulary.h"

namespace sw {
namespace {

using Ids = std::vector<TokenId>;
using test::below;
using test::Random;

bool is_boundary(const std::string& text, size_t at) {
  return at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

// A byte offset between two characters; the ends of the text now and then.
size_t random_cut(Random& random, const std::string& text) {
  const size_t kind = below(random, 8);
  if (kind == 0) return 0;
  if (kind == 1) return text.size();
  size_t at = below(random, text.size() + 1);
  while (!is_boundary(text, at)) ++at;
  return at;
}

// What is typed, pasted or put in place of something else.
std::string random_insert(Random& random) {
  switch (below(random, 8)) {
    case 0: return "";
    case 1: return "\n";
    case 2: return std::string(below(random, 300), "= a\n"[below(random, 4)]);  // a long run
    case 3: return std::string(1, '\0');
    case 4: return test::random_text(random, 1 + below(random, 30), below(random, 3) == 0);
    default: return test::random_text(random, 1, below(random, 8) == 0);
  }
}

// One edit of `text`; small ones mostly, as a user makes them.
void edit(Random& random, std::string& text) {
  const size_t begin = random_cut(random, text);
  size_t end = begin;
  switch (below(random, 4)) {
    case 0: break;
    case 1: end = std::min(text.size(), begin + below(random, 6)); break;
    case 2: end = std::min(text.size(), begin + below(random, 60)); break;
    default: end = below(random, 10) == 0 ? random_cut(random, text) : std::min(text.size(), begin + 1);
  }
  end = std::max(begin, end);
  while (!is_boundary(text, end)) ++end;
  text.replace(begin, end - begin, below(random, 3) == 0 ? "" : random_insert(random));
}

Ids encoded(const Tokenizer& tokenizer, const std::string& text, bool from_start) {
  return (from_start ? tokenizer.encode(text) : tokenizer.encode_continuation(text)).value();
}

void expect_as_encoded(const Tokenizer& tokenizer, const TokenizedText& held, const std::string& text) {
  ASSERT_EQ(held.text(), text);
  ASSERT_EQ(held.ids(), encoded(tokenizer, text, held.at_start())) << testing::PrintToString(text);
}

void expect_slice(const Tokenizer& tokenizer, const TokenizedText& held, size_t begin, size_t end) {
  const auto slice = held.range(begin, end);
  ASSERT_TRUE(slice.ok()) << slice.status().message();
  ASSERT_EQ(slice.value(), encoded(tokenizer, held.text().substr(begin, end - begin), held.at_start() && begin == 0))
      << testing::PrintToString(held.text()) << " from " << begin << " to " << end;
  for (const bool from_start : {true, false}) {
    const auto as_asked = held.range_as(from_start, begin, end);
    ASSERT_TRUE(as_asked.ok()) << as_asked.status().message();
    ASSERT_EQ(as_asked.value(), encoded(tokenizer, held.text().substr(begin, end - begin), from_start))
        << testing::PrintToString(held.text()) << " from " << begin << " to " << end << ", from_start " << from_start;
  }
}

// Edits and slices of one text, which begins as `text`.
void check_series(const std::shared_ptr<const Tokenizer>& tokenizer, Random& random, std::string text, int n_edits, bool at_start) {
  TokenizedText held(tokenizer, at_start);
  ASSERT_NO_FATAL_FAILURE(expect_as_encoded(*tokenizer, held, ""));
  ASSERT_TRUE(held.assign(text).ok());
  for (int i = 0; i < n_edits; ++i) {
    ASSERT_NO_FATAL_FAILURE(expect_as_encoded(*tokenizer, held, text)) << "after " << i << " edits";
    for (int k = 0; k < 3; ++k) {
      size_t begin = random_cut(random, text), end = random_cut(random, text);
      if (begin > end) std::swap(begin, end);
      ASSERT_NO_FATAL_FAILURE(expect_slice(*tokenizer, held, begin, end));
    }
    for (size_t n = 1 + below(random, 3); n > 0; --n) edit(random, text);  // several may come before one is asked for
    if (text.size() > 3000) text.resize(text.find('\n', 1500) == std::string::npos ? 0 : text.find('\n', 1500));
    ASSERT_TRUE(held.assign(text).ok());
  }
}

void for_each_vocabulary(const std::function<void(const std::shared_ptr<const Tokenizer>&, Random&, bool is_real)>& law) {
  Random random(20240921);
  for (int i = 0; i < 60; ++i) {
    SCOPED_TRACE("random " + std::to_string(i));
    auto opened = Tokenizer::from_bytes(test::random_vocabulary(random).file(), "random");
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    law(std::move(opened).value(), random, false);
    if (testing::Test::HasFailure()) return;
  }
  for (const std::string& path : {test::mistral_path(), test::nano_path()}) {
    if (path.empty()) {
      std::fprintf(stderr, "NOT TESTED: a real vocabulary is missing beside the project\n");
      continue;
    }
    SCOPED_TRACE(path);
    auto opened = Tokenizer::open(path);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    law(std::move(opened).value(), random, true);
  }
}

TEST(TokenizedText, EditedIsEncodedAnew) {
  for_each_vocabulary([](const auto& tokenizer, Random& random, bool is_real) {
    for (const bool at_start : {true, false}) {
      for (int series = 0; series < (is_real ? 12 : 2); ++series) {
        const std::string text = test::random_text(random, below(random, 40), series % 6 == 5);
        ASSERT_NO_FATAL_FAILURE(check_series(tokenizer, random, text, is_real ? 40 : 15, at_start)) << "at_start " << at_start;
      }
    }
  });
}

// The first bytes carry the dummy prefix, the last ones end at no cut: every small edit of both ends of short texts.
TEST(TokenizedText, EveryEditOfAShortText) {
  Random random(5);
  for_each_vocabulary([&](const auto& tokenizer, Random&, bool is_real) {
    const std::vector<std::string> texts = {"", "a", " a", "a ", "\n", "é", "ab\n", " \n ", "日=", "\u2581", "a\u2581"};
    for (const bool at_start : {true, false}) {
      for (const std::string& from : texts) {
        for (const std::string& to : texts) {
          if (!is_real && below(random, 4) != 0) continue;
          TokenizedText held(tokenizer, at_start);
          ASSERT_TRUE(held.assign(from).ok());
          ASSERT_TRUE(held.assign(to).ok());
          ASSERT_NO_FATAL_FAILURE(expect_as_encoded(*tokenizer, held, to)) << testing::PrintToString(from);
          ASSERT_TRUE(held.assign(from + to).ok());
          ASSERT_NO_FATAL_FAILURE(expect_as_encoded(*tokenizer, held, from + to));
          for (size_t begin = 0; begin <= held.text().size(); ++begin) {
            for (size_t end = begin; end <= held.text().size(); ++end) {
              if (!is_boundary(held.text(), begin) || !is_boundary(held.text(), end)) continue;
              ASSERT_NO_FATAL_FAILURE(expect_slice(*tokenizer, held, begin, end));
            }
          }
        }
      }
    }
  });
}

// A stretch without a place to cut is cut by counting from its start; an edit in it counts anew.
TEST(TokenizedText, AStretchThatIsTooLongToHold) {
  if (test::nano_path().empty()) GTEST_SKIP() << "NOT TESTED: the embedded vocabulary is missing";
  const auto tokenizer = Tokenizer::open(test::nano_path()).value();
  TokenizedText held(tokenizer, true);
  std::string text = "a = b\n" + std::string(kStretchBytesMax + 5'000, '=') + "\nc = d\n";
  for (const size_t at : {size_t{0}, kStretchBytesMax / 2}) {
    text.insert(at, at % 2 == 0 ? "=" : "x ");
    ASSERT_TRUE(held.assign(text).ok());
    ASSERT_EQ(held.ids(), tokenizer->encode(text).value()) << "an edit at " << at;
    ASSERT_EQ(held.range(3, text.size() - 1).value(), tokenizer->encode_continuation(text.substr(3, text.size() - 4)).value());
  }
}

TEST(TokenizedText, TextThatIsNotUtf8LeavesItEmpty) {
  for_each_vocabulary([](const auto& tokenizer, Random& random, bool) {
    TokenizedText held(tokenizer, true);
    const std::string good = test::random_text(random, 20, false);
    for (const std::string bad : {"\x80", "\xC0\x80", "\xE6\x97", "\xFF"}) {
      ASSERT_TRUE(held.assign(good).ok());
      const size_t at = random_cut(random, good);
      ASSERT_EQ(held.assign(good.substr(0, at) + bad + good.substr(at)).code(), Code::argument);
      ASSERT_NO_FATAL_FAILURE(expect_as_encoded(*tokenizer, held, ""));
      ASSERT_TRUE(held.assign(good).ok());
      ASSERT_NO_FATAL_FAILURE(expect_as_encoded(*tokenizer, held, good));
    }
  });
}

}  // namespace
}  // namespace sw
