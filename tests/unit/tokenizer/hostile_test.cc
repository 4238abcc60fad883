// Files that are wrong on purpose, and files that are wrong by chance: an error or a working tokenizer, never a crash,
// never a word on standard error.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tokenizer/wire.h"
#include "vocabulary.h"

namespace sw {
namespace {

using test::below;
using test::Random;
using test::Vocabulary;

Vocabulary sound() {
  Vocabulary v = Vocabulary::with_bytes();
  for (const char* text : {"\u2581", "a", "b", "ab", "\u2581a", "=", "==", "é", ";\r", ";\r\n"}) {
    v.add(text, -static_cast<float>(v.pieces.size()));
  }
  v.add("[DOC]", 0, PieceType::user_defined);
  v.unk_surface = " ?? ";
  return v;
}

struct Wrong {
  const char* what;
  Code code;
  const char* message;  // must be in the error
  std::function<void(Vocabulary&)> make;
};

const std::vector<Wrong>& wrongs() {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float inf = std::numeric_limits<float>::infinity();
  static const std::vector<Wrong> list = {
      {"unigram", Code::unsupported, "model type", [](Vocabulary& v) { v.model_type = 1; }},
      {"word", Code::unsupported, "model type", [](Vocabulary& v) { v.model_type = 3; }},
      {"no such type", Code::unsupported, "model type", [](Vocabulary& v) { v.model_type = ~uint64_t{0}; }},
      {"no byte fallback", Code::format, "byte fallback", [](Vocabulary& v) { v.byte_fallback = false; }},
      {"normalises", Code::format, "normalises", [](Vocabulary& v) { v.charsmap = "x"; }},
      {"denormalises", Code::format, "normalises", [](Vocabulary& v) { v.denormalizer_charsmap = "x"; }},
      {"removes spaces", Code::format, "spaces", [](Vocabulary& v) { v.remove_spaces = true; }},
      {"raw spaces", Code::unsupported, "U+2581", [](Vocabulary& v) { v.escape_spaces = false; }},
      {"space as suffix", Code::unsupported, "end of a text", [](Vocabulary& v) { v.space_as_suffix = true; }},
      {"no pieces", Code::format, "no pieces", [](Vocabulary& v) { v.pieces.clear(); }},
      {"no unknown", Code::format, "unknown", [](Vocabulary& v) { v.pieces[0].type = PieceType::normal; }},
      {"two unknown", Code::format, "both unknown", [](Vocabulary& v) { v.add("<u>", 0, PieceType::unknown); }},
      {"missing byte", Code::format, "255 byte", [](Vocabulary& v) { v.pieces.erase(v.pieces.begin() + 100); }},
      {"byte twice", Code::format, "the same", [](Vocabulary& v) { v.add("<0x0A>", 0, PieceType::byte); }},
      {"lower case byte", Code::format, "byte piece", [](Vocabulary& v) { v.pieces[14].text = "<0x0a>"; }},
      {"not a byte", Code::format, "byte piece", [](Vocabulary& v) { v.add("zz", 0, PieceType::byte); }},
      {"same twice", Code::format, "the same", [](Vocabulary& v) { v.add("ab"); }},
      {"control like a word", Code::format, "the same", [](Vocabulary& v) { v.add("ab", 0, PieceType::control); }},
      {"control character", Code::format, "one character", [](Vocabulary& v) { v.add("日", 0, PieceType::control); }},
      {"no space mark", Code::format, "U+2581", [](Vocabulary& v) { v.pieces[260].text = "x"; }},
      {"unknown space mark", Code::format, "U+2581",
       [](Vocabulary& v) { v.pieces[260].type = PieceType::unknown, v.pieces[0].type = PieceType::normal; }},
      {"empty piece", Code::format, "empty", [](Vocabulary& v) { v.add(""); }},
      {"long piece", Code::format, "longer", [](Vocabulary& v) { v.add(std::string(5000, 'x')); }},
      {"NUL", Code::format, "NUL", [](Vocabulary& v) { v.add(std::string("a\0b", 3)); }},
      {"not UTF-8", Code::format, "UTF-8", [](Vocabulary& v) { v.add("a\xFF"); }},
      {"surrogate", Code::format, "UTF-8", [](Vocabulary& v) { v.add("\xED\xA0\x80"); }},
      {"NaN", Code::format, "finite", [](Vocabulary& v) { v.add("ba", nan); }},
      {"infinite", Code::format, "finite", [](Vocabulary& v) { v.add("ba", -inf); }},
      {"unused", Code::unsupported, "unused", [](Vocabulary& v) { v.add("ba", 0, PieceType::unused); }},
      {"type 0", Code::format, "type", [](Vocabulary& v) { v.add("ba", 0, static_cast<PieceType>(0)); }},
      {"type 9", Code::format, "type", [](Vocabulary& v) { v.add("ba", 0, static_cast<PieceType>(9)); }},
      {"joins lines", Code::unsupported, "newline", [](Vocabulary& v) { v.add("\n\u2581"); }},
      {"joins empty lines", Code::unsupported, "newline",
       [](Vocabulary& v) { v.add("\n\n", 0, PieceType::user_defined); }},
      {"nested user-defined", Code::format, "start with each other",
       [](Vocabulary& v) {
         for (size_t n = 1; n <= 65; ++n) v.add(std::string(n, '#'), 0, PieceType::user_defined);
       }},
      {"too much user-defined", Code::format, "user-defined",
       [](Vocabulary& v) {
         for (int i = 0; i < 300; ++i) v.add(std::to_string(i) + std::string(1000, '#'), 0, PieceType::user_defined);
       }},
      {"unknown surface", Code::format, "UTF-8", [](Vocabulary& v) { v.unk_surface = "\xFF"; }},
  };
  return list;
}

TEST(HostileTokenizer, TheSoundOneIsTaken) {
  const auto opened = Tokenizer::from_bytes(sound().file(), "sound");
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_EQ(opened.value()->path(), "sound");
  EXPECT_EQ(opened.value()->decode({0}).value(), " ?? ");
}

TEST(HostileTokenizer, EachWrongIsRefusedForItsOwnReason) {
  for (const Wrong& wrong : wrongs()) {
    Vocabulary v = sound();
    wrong.make(v);
    const auto opened = Tokenizer::from_bytes(v.file(), "some/file");
    ASSERT_FALSE(opened.ok()) << wrong.what;
    EXPECT_EQ(opened.status().code(), wrong.code) << wrong.what << ": " << opened.status().message();
    EXPECT_NE(opened.status().message().find(wrong.message), std::string::npos)
        << wrong.what << ": " << opened.status().message();
    EXPECT_TRUE(opened.status().message().starts_with("some/file: ")) << opened.status().message();
  }
}

TEST(HostileTokenizer, ManyUserDefinedPiecesThatNestToTheLimitWork) {
  Vocabulary v = sound();
  for (size_t n = 1; n <= 64; ++n) v.add(std::string(n, '#'), 0, PieceType::user_defined);
  const auto opened = Tokenizer::from_bytes(v.file(), "nested");
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const std::string text(64 * 3 + 5, '#');
  const auto ids = opened.value()->encode_continuation(text).value();
  EXPECT_EQ(ids.size(), 4u) << "the longest match is taken";
  EXPECT_EQ(opened.value()->decode(ids).value(), text);
}

TEST(HostileTokenizer, MessagesAreHarmlessWhateverThePieceHolds) {
  Vocabulary v = sound();
  v.add("\x1B[2Jred\n", 0).add("\x1B[2Jred\n", 0);
  const auto opened = Tokenizer::from_bytes(v.file(), "file");
  ASSERT_FALSE(opened.ok());
  for (const char c : opened.status().message()) EXPECT_TRUE(c >= 0x20 && c < 0x7F) << opened.status().message();
}

TEST(HostileTokenizer, ADifferentOrderOfFieldsIsTheSameModel) {
  const std::string file = sound().file();
  std::string specs, pieces;
  for (WireReader reader(file); !reader.done();) {
    const WireField field = reader.next().value();
    (field.number == 1 ? pieces : specs) += WireWriter().bytes(field.number, field.bytes).message();
  }
  WireWriter extension;
  extension.varint(200, 5).bytes(201, "unknown to us").float32(202, 1.5f);
  const auto opened = Tokenizer::from_bytes(extension.message() + specs + pieces, "reordered");
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const auto plain = Tokenizer::from_bytes(file, "plain");
  EXPECT_EQ(opened.value()->encode("ab = éa").value(), plain.value()->encode("ab = éa").value());
}

TEST(HostileTokenizer, FilesThatAreNoModelAreRefused) {
  const std::string ends_in_varint = "\x08\xFF";
  const std::string long_varint = "\x08" + std::string(11, '\xFF');
  const std::string tenth_byte = "\x08" + std::string(9, '\xFF') + "\x02";
  const std::string length_wraps = "\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01";
  for (const std::string& file :
       {std::string(), std::string("\0", 1), std::string("{\"version\": 1}"), std::string("GGUF\3\0\0\0", 8),
        std::string(4096, '\xFF'), std::string(4096, '\0'), ends_in_varint, long_varint, tenth_byte, length_wraps,
        std::string("\x0B\x0C"), std::string("\x0D\x01"), std::string("\x09\x01"), std::string("\x0A\x02\x0A\x05")}) {
    const auto opened = Tokenizer::from_bytes(file, "file");
    ASSERT_FALSE(opened.ok()) << testing::PrintToString(file);
    EXPECT_EQ(opened.status().code(), Code::format) << opened.status().message();
  }
}

TEST(HostileTokenizer, PathsThatAreNoFileAreRefused) {
  const auto missing = Tokenizer::open("/nonexistent/tokenizer.model");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().code(), Code::not_found);
  EXPECT_NE(missing.status().message().find("/nonexistent/tokenizer.model"), std::string::npos);
  const auto folder = Tokenizer::open(testing::TempDir());
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.status().code(), Code::io);
}

TEST(HostileTokenizer, OpenReadsWhatFromBytesReads) {
  const std::string path = testing::TempDir() + "/sw_tokenizer_" + std::to_string(::getpid()) + ".model";
  const std::string file = sound().file();
  std::ofstream(path, std::ios::binary) << file;
  const auto opened = Tokenizer::open(path);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const auto from_bytes = Tokenizer::from_bytes(file, path);
  EXPECT_EQ(opened.value()->hash(), from_bytes.value()->hash());
  EXPECT_EQ(opened.value()->path(), path);
  EXPECT_EQ(opened.value()->encode("ab a").value(), from_bytes.value()->encode("ab a").value());
  std::filesystem::remove(path);
}

// What a model that was taken must do, however odd it is.
void expect_works(const Tokenizer& tokenizer, Random& random) {
  const std::string text = test::random_text(random, 1 + below(random, 8), false);
  const auto ids = tokenizer.encode(text);
  ASSERT_TRUE(ids.ok()) << ids.status().message();
  for (const TokenId id : ids.value()) {
    ASSERT_GE(id, 0);
    ASSERT_LT(id, tokenizer.vocab_size());
    EXPECT_FALSE(tokenizer.is_control(id));
  }
  EXPECT_EQ(tokenizer.decode(ids.value()).value(), text);
}

std::string mutated(std::string file, Random& random) {
  switch (below(random, 8)) {
    case 0:
      file.resize(below(random, file.size()));
      break;
    case 1:
      file.erase(below(random, file.size()), 1 + below(random, 64));
      break;
    case 2: {
      const size_t from = below(random, file.size());
      file.insert(below(random, file.size()), file.substr(from, 1 + below(random, 64)));
      break;
    }
    default:
      for (size_t n = 1 + below(random, 4); n > 0; --n) {
        char& byte = file[below(random, file.size())];
        byte = below(random, 2) == 0 ? static_cast<char>(byte ^ (1 << below(random, 8)))
                                     : static_cast<char>(below(random, 256));
      }
  }
  return file;
}

void mutate_many(const std::string& file, int n_mutations, uint32_t seed) {
  Random random(seed);
  int n_taken = 0;
  testing::internal::CaptureStderr();
  for (int i = 0; i < n_mutations; ++i) {
    const auto opened = Tokenizer::from_bytes(mutated(file, random), "mutated");
    if (!opened.ok()) {
      EXPECT_TRUE(opened.status().code() == Code::format || opened.status().code() == Code::unsupported)
          << opened.status().message();
      continue;
    }
    ++n_taken;
    expect_works(*opened.value(), random);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_GT(n_taken, n_mutations / 50) << "the mutations are too rough to get behind the parser";
  EXPECT_LT(n_taken, n_mutations) << "the mutations are too weak to be noticed";
}

TEST(HostileTokenizer, ThousandsOfMutationsOfASmallModel) {
  mutate_many(sound().file(), 6000, 11);
}

TEST(HostileTokenizer, MutationsOfRandomModels) {
  Random random(12);
  for (uint32_t i = 0; i < 20; ++i) mutate_many(test::random_vocabulary(random).file(), 200, 100 + i);
}

TEST(HostileTokenizer, MutationsOfRealModels) {
  bool any = false;
  for (const std::string& path : {test::mistral_path(), test::nano_path()}) {
    if (path.empty()) continue;
    any = true;
    mutate_many(test::read_file(path), 100, 13);
  }
  if (!any) GTEST_SKIP() << "NOT TESTED: no real vocabulary beside the project";
}

// Every prefix of a small model, one byte at a time.
TEST(HostileTokenizer, EveryTruncationOfASmallModel) {
  const std::string file = sound().file();
  Random random(14);
  for (size_t n = 0; n < file.size(); ++n) {
    const auto opened = Tokenizer::from_bytes(std::string_view(file).substr(0, n), "cut");
    if (opened.ok()) expect_works(*opened.value(), random);
  }
}

}  // namespace
}  // namespace sw
