// Encoding in parts: equal to encoding at once, for every size of part and memory.
#include "tokenizer/encoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "vocabulary.h"

namespace sw {
namespace {

using Ids = std::vector<TokenId>;

std::unique_ptr<const Encoder> encoder(const PieceModel& model, EncoderLimits limits) {
  auto created = Encoder::create(model, limits);
  EXPECT_TRUE(created.ok()) << created.status().message();
  return std::move(created).value();
}

Ids encode(const Encoder& e, std::string_view text) {
  Ids ids;
  EXPECT_TRUE(e.encode(text, ids).ok());
  return ids;
}

TEST(Encoder, WhatIsRememberedDoesNotChangeTheIds) {
  test::Random random(7);
  for (int i = 0; i < 100; ++i) {
    const PieceModel model = PieceModel::parse(test::random_vocabulary(random).file()).value();
    const EncoderLimits defaults;
    const auto plain = encoder(model, {.remembered_bytes = 0});
    const auto forgetful = encoder(model, {.n_remembered = 1 + test::below(random, 5)});
    const auto usual = encoder(model, defaults);
    for (int k = 0; k < 5; ++k) {
      const std::string text = test::random_text(random, 100, true);
      const Ids expected = encode(*plain, text);
      ASSERT_EQ(encode(*usual, text), expected);
      ASSERT_EQ(encode(*forgetful, text), expected);
    }
  }
}

TEST(Encoder, AppendsToWhatIsThere) {
  test::Random random(8);
  const PieceModel model = PieceModel::parse(test::random_vocabulary(random).file()).value();
  const auto e = encoder(model, {});
  const std::string text = test::random_text(random, 50, true);
  Ids ids = {7, 7, 7};
  ASSERT_TRUE(e->encode(text, ids).ok());
  const Ids alone = encode(*e, text);
  Ids expected = {7, 7, 7};
  expected.insert(expected.end(), alone.begin(), alone.end());
  EXPECT_EQ(ids, expected);
}

// A stretch without a safe cut is cut at its limit, counted from its own start: what stands before it does not matter,
// and neither does what comes after.
TEST(Encoder, ALongStretchIsCutAtItsLimitFromItsStart) {
  test::Vocabulary v = test::Vocabulary::with_bytes();
  v.add("\u2581", -9).add("=", -9).add("==", -1).add("====", -2).add("a", -9);
  const PieceModel model = PieceModel::parse(v.file()).value();
  const auto whole = encoder(model, {});
  for (const size_t limit : {1, 2, 3, 5, 6, 32}) {
    const auto parts = encoder(model, {.stretch_bytes = limit});
    for (const size_t before : {0, 1, 4}) {
      const std::string text = std::string(before, 'a') + std::string(97, '=') + "a";
      Ids expected = encode(*whole, std::string(before, 'a'));
      for (size_t at = 0; at < 97; at += limit) {
        const Ids part = encode(*whole, std::string(std::min(limit, 97 - at), '='));
        expected.insert(expected.end(), part.begin(), part.end());
      }
      const Ids last = encode(*whole, "a");
      expected.insert(expected.end(), last.begin(), last.end());
      EXPECT_EQ(encode(*parts, text), expected) << "limit " << limit << " before " << before;
    }
  }
}

TEST(Encoder, ForcedCutsKeepCharactersWholeAndSafeCutsInPlace) {
  test::Random random(9);
  for (int i = 0; i < 60; ++i) {
    const PieceModel model = PieceModel::parse(test::random_vocabulary(random).file()).value();
    const auto e = encoder(model, {.stretch_bytes = 1 + test::below(random, 6), .remembered_bytes = 4});
    const std::string a = test::random_text(random, 20, true) + "\n";
    const std::string b = test::random_text(random, 20, true);
    Ids expected = encode(*e, a);
    const Ids rest = encode(*e, b);
    expected.insert(expected.end(), rest.begin(), rest.end());
    EXPECT_EQ(encode(*e, a + b), expected);
    std::string bytes;
    for (const TokenId id : expected) {
      const Piece& piece = model.pieces[static_cast<size_t>(id)];
      bytes += piece.type == PieceType::byte ? std::string(1, static_cast<char>(byte_of(piece.text))) : piece.text;
    }
    std::string marked;
    for (const char c : a + b) c == ' ' ? marked += kSpaceMark : marked += c;
    EXPECT_EQ(bytes, marked);
  }
}

TEST(Encoder, LongTextsAreTheLibrarysIdsToo) {
  const std::string path = test::mistral_path();
  if (path.empty()) GTEST_SKIP() << "NOT TESTED: no " SW_SHARED_DIR "/data/tokenizer.model.v3";
  const std::string file = test::read_file(path);
  const auto opened = Tokenizer::from_bytes(file, path);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  sentencepiece::SentencePieceProcessor library;
  ASSERT_TRUE(library.LoadFromSerializedProto(file).ok());
  test::Random random(10);
  const std::string text = test::random_text(random, 20000, true) + std::string(20000, ' ') + std::string(20000, '=');
  Ids expected;
  ASSERT_TRUE(library.Encode(text, &expected).ok());
  EXPECT_TRUE(opened.value()->encode(text).value() == expected);
}

TEST(Encoder, TextFarBeyondTheStretchLimitComesBack) {
  test::Vocabulary v = test::Vocabulary::with_bytes();
  v.add("\u2581", -9).add("=", -9).add("==", -1).add("====", -2);
  const auto opened = Tokenizer::from_bytes(v.file(), "equal signs");
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const std::string text(3 * kStretchBytesMax + 5, '=');
  const auto ids = opened.value()->encode(text);
  ASSERT_TRUE(ids.ok());
  EXPECT_TRUE(opened.value()->decode(ids.value()).value() == text);
}

}  // namespace
}  // namespace sw
