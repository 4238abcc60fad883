// Laws that hold for every vocabulary: two real ones and a few hundred made at random.
#include <gtest/gtest.h>
#include <sentencepiece_processor.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tokenizer/utf8.h"
#include "vocabulary.h"

namespace sw {
namespace {

using Ids = std::vector<TokenId>;
using test::below;
using test::Random;

struct Subject {
  std::string name;
  std::string file;
  std::shared_ptr<const Tokenizer> tokenizer;
};

Subject subject(std::string name, std::string file) {
  auto opened = Tokenizer::from_bytes(file, name);
  EXPECT_TRUE(opened.ok()) << opened.status().message();
  if (!opened.ok()) return {};
  return {std::move(name), std::move(file), std::move(opened).value()};
}

// Runs `law` for every vocabulary; `n_texts` is how many texts it should try.
void for_each_vocabulary(const std::function<void(const Subject&, Random&, int n_texts)>& law) {
  Random random(20240716);
  for (int i = 0; i < 120; ++i) {
    const Subject s = subject("random " + std::to_string(i), test::random_vocabulary(random).file());
    SCOPED_TRACE(s.name);
    if (s.tokenizer != nullptr) law(s, random, 10);
    if (testing::Test::HasFailure()) return;
  }
  for (const std::string& path : {test::mistral_path(), test::nano_path()}) {
    if (path.empty()) {
      std::fprintf(stderr, "NOT TESTED: a real vocabulary is missing beside the project\n");
      continue;
    }
    const Subject s = subject(path, test::read_file(path));
    SCOPED_TRACE(s.name);
    if (s.tokenizer != nullptr) law(s, random, 300);
  }
}

Ids joined(Ids a, const Ids& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// A byte offset between two characters.
size_t random_cut(Random& random, const std::string& text) {
  size_t at = below(random, text.size() + 1);
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  return at;
}

TEST(TokenizerLaws, DecodingGivesTheTextBack) {
  for_each_vocabulary([](const Subject& s, Random& random, int n_texts) {
    for (int i = 0; i < n_texts; ++i) {
      const std::string text = test::random_text(random, 1 + below(random, 40), false);
      EXPECT_EQ(s.tokenizer->decode(s.tokenizer->encode(text).value()).value(), text);
    }
  });
}

TEST(TokenizerLaws, ASpaceMarkInTheTextComesBackAsASpace) {
  for_each_vocabulary([](const Subject& s, Random&, int) {
    EXPECT_EQ(s.tokenizer->encode("a\u2581b").value(), s.tokenizer->encode("a b").value());
    EXPECT_EQ(s.tokenizer->decode(s.tokenizer->encode("a\u2581b").value()).value(), "a b");
  });
}

TEST(TokenizerLaws, BytesOfTheTokensAreTheText) {
  for_each_vocabulary([](const Subject& s, Random& random, int n_texts) {
    for (int i = 0; i < n_texts; ++i) {
      const std::string text = test::random_text(random, 1 + below(random, 40), false);
      std::string bytes;
      const Ids ids = s.tokenizer->encode_continuation(text).value();
      for (const TokenId id : ids) bytes += s.tokenizer->bytes_of(id);
      EXPECT_EQ(bytes, text);
    }
  });
}

TEST(TokenizerLaws, TheLibraryGivesTheSameIdsInOneCall) {
  for_each_vocabulary([](const Subject& s, Random& random, int n_texts) {
    sentencepiece::SentencePieceProcessor library;
    ASSERT_TRUE(library.LoadFromSerializedProto(s.file).ok());
    for (int i = 0; i < n_texts; ++i) {
      const std::string text = test::random_text(random, 1 + below(random, 60), true);
      Ids expected;
      ASSERT_TRUE(library.Encode(text, &expected).ok());
      EXPECT_EQ(s.tokenizer->encode(text).value(), expected) << testing::PrintToString(text);
    }
  });
}

TEST(TokenizerLaws, TheDefinitionOfBpeGivesTheSameIds) {
  for_each_vocabulary([](const Subject& s, Random& random, int n_texts) {
    const PieceModel model = PieceModel::parse(s.file).value();
    for (int i = 0; i < std::min(n_texts, 40); ++i) {
      const std::string text = test::random_text(random, 1 + below(random, 12), true);
      const Ids expected = test::reference_bpe(model, model.add_dummy_prefix ? " " + text : text);
      EXPECT_EQ(s.tokenizer->encode(text).value(), expected) << testing::PrintToString(text);
      EXPECT_EQ(s.tokenizer->encode_continuation(text).value(), test::reference_bpe(model, text));
    }
  });
}

TEST(TokenizerLaws, TextContinuesExactlyAfterANewline) {
  for_each_vocabulary([](const Subject& s, Random& random, int n_texts) {
    for (int i = 0; i < n_texts; ++i) {
      const std::string a = test::random_text(random, below(random, 20), true) + "\n";
      const std::string b = test::random_text(random, below(random, 20), true);
      EXPECT_TRUE(s.tokenizer->can_cut(a + b, a.size()));
      EXPECT_EQ(joined(s.tokenizer->encode(a).value(), s.tokenizer->encode_continuation(b).value()),
                s.tokenizer->encode(a + b).value())
          << testing::PrintToString(a) << testing::PrintToString(b);
    }
  });
}

TEST(TokenizerLaws, TextContinuesExactlyWhereItMayBeCut) {
  int n_cuts = 0;
  for_each_vocabulary([&n_cuts](const Subject& s, Random& random, int n_texts) {
    for (int i = 0; i < 5 * n_texts; ++i) {
      const std::string text = test::random_text(random, 2 + below(random, 20), true);
      const size_t at = random_cut(random, text);
      if (at == 0 || !s.tokenizer->can_cut(text, at)) continue;
      ++n_cuts;
      EXPECT_EQ(joined(s.tokenizer->encode(text.substr(0, at)).value(),
                       s.tokenizer->encode_continuation(text.substr(at)).value()),
                s.tokenizer->encode(text).value())
          << testing::PrintToString(text) << " cut at " << at;
    }
  });
  EXPECT_GT(n_cuts, 1000);
}

TEST(TokenizerLaws, NoCutIsInsideACharacter) {
  for_each_vocabulary([](const Subject& s, Random&, int) {
    const std::string text = "é日😀";
    for (const size_t inside : {1, 3, 4, 6, 7, 8}) EXPECT_FALSE(s.tokenizer->can_cut(text, inside)) << inside;
  });
}

TEST(TokenizerLaws, ControlTokensNeverComeFromText) {
  for_each_vocabulary([](const Subject& s, Random& random, int) {
    std::string text;
    for (TokenId id = 0; id < s.tokenizer->vocab_size(); ++id) {
      if (!s.tokenizer->is_control(id)) continue;
      EXPECT_EQ(s.tokenizer->bytes_of(id), "");
      EXPECT_EQ(s.tokenizer->control_id(s.tokenizer->piece(id)), id);
      text += s.tokenizer->piece(id);
      if (below(random, 2) == 0) text += ' ';
    }
    ASSERT_FALSE(text.empty());
    const Ids ids = s.tokenizer->encode(text).value();
    for (const TokenId id : ids) EXPECT_FALSE(s.tokenizer->is_control(id));
  });
}

TEST(TokenizerLaws, TextThatIsNotUtf8IsRefusedWithItsOffset) {
  for_each_vocabulary([](const Subject& s, Random& random, int) {
    for (const std::string bad : {"\x80", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE6\x97", "\xFF"}) {
      const std::string good = test::random_text(random, below(random, 10), true);
      for (const auto& result : {s.tokenizer->encode(good + bad + "x"), s.tokenizer->encode_continuation(good + bad)}) {
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(result.status().code(), Code::argument);
        EXPECT_NE(result.status().message().find("byte " + std::to_string(good.size())), std::string::npos)
            << result.status().message();
      }
    }
  });
}

// Ids of every kind: words, bytes (often cut off or never UTF-8), control tokens.
Ids random_ids(const Tokenizer& tokenizer, Random& random, bool with_unknown) {
  std::vector<TokenId> bytes, controls;
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    if (byte_of(tokenizer.piece(id)) >= 0) bytes.push_back(id);
    if (tokenizer.is_control(id) && (with_unknown || id != tokenizer.unk_id())) controls.push_back(id);
  }
  Ids ids;
  for (size_t n = below(random, 40); n > 0; --n) {
    const size_t kind = below(random, 8);
    if (kind == 0) {
      ids.push_back(controls[below(random, controls.size())]);
    } else if (kind < 4) {
      ids.push_back(bytes[below(random, bytes.size())]);
    } else if (kind < 6) {
      const Ids text = tokenizer.encode_continuation(test::random_text(random, 1, false)).value();
      // Perhaps not all of it: the rest of a character may be missing.
      ids.insert(ids.end(), text.begin(), text.end() - static_cast<std::ptrdiff_t>(below(random, text.size() + 1)));
    } else {
      const auto id = static_cast<TokenId>(below(random, static_cast<size_t>(tokenizer.vocab_size())));
      if (with_unknown || id != tokenizer.unk_id()) ids.push_back(id);
    }
  }
  return ids;
}

TEST(TokenizerLaws, IdsDecodeAsTheLibraryDecodesThem) {
  for_each_vocabulary([](const Subject& s, Random& random, int n_texts) {
    sentencepiece::SentencePieceProcessor library;
    ASSERT_TRUE(library.LoadFromSerializedProto(s.file).ok());
    EXPECT_EQ(s.tokenizer->bos_id(), library.bos_id());
    EXPECT_EQ(s.tokenizer->eos_id(), library.eos_id());
    EXPECT_EQ(s.tokenizer->unk_id(), library.unk_id());
    for (int i = 0; i < n_texts; ++i) {
      const Ids ids = random_ids(*s.tokenizer, random, true);
      std::string expected;
      ASSERT_TRUE(library.Decode(ids, &expected).ok());
      EXPECT_EQ(s.tokenizer->decode(ids).value(), expected) << testing::PrintToString(ids);
    }
  });
}

std::string streamed(const Subject& s, const Ids& ids, bool at_text_start) {
  Detokenizer detokenizer(s.tokenizer, at_text_start);
  std::string text;
  for (const TokenId id : ids) {
    std::string more;
    EXPECT_TRUE(detokenizer.push(id, more).ok());
    EXPECT_EQ(first_invalid_utf8(more), std::nullopt) << "each step gives whole characters";
    text += more;
  }
  std::string rest;
  detokenizer.finish(rest);
  EXPECT_TRUE(detokenizer.whole());
  EXPECT_EQ(first_invalid_utf8(rest), std::nullopt);
  return text + rest;
}

TEST(TokenizerLaws, AStreamGivesWhatWholeDecodingGives) {
  for_each_vocabulary([](const Subject& s, Random& random, int n_texts) {
    const Ids before = s.tokenizer->encode_continuation("=").value();
    for (int i = 0; i < n_texts; ++i) {
      const Ids ids = random_ids(*s.tokenizer, random, false);
      EXPECT_EQ(streamed(s, ids, true), s.tokenizer->decode(ids).value()) << testing::PrintToString(ids);
      // In the middle of a text the leading space stays.
      EXPECT_EQ("=" + streamed(s, ids, false), s.tokenizer->decode(joined(before, ids)).value());
    }
  });
}

TEST(TokenizerLaws, HeldBytesAreToldApart) {
  for_each_vocabulary([](const Subject& s, Random&, int) {
    TokenId lead = -1;
    for (TokenId id = 0; id < s.tokenizer->vocab_size(); ++id) {
      if (s.tokenizer->piece(id) == "<0xF0>") lead = id;
    }
    Detokenizer detokenizer(s.tokenizer);
    std::string out;
    EXPECT_TRUE(detokenizer.whole());
    ASSERT_TRUE(detokenizer.push(lead, out).ok());
    EXPECT_FALSE(detokenizer.whole());
    EXPECT_EQ(out, "");
    detokenizer.finish(out);
    EXPECT_TRUE(detokenizer.whole());
    EXPECT_EQ(out, "\uFFFD");
  });
}

TEST(TokenizerLaws, IdsOutsideTheVocabularyAreRefusedAndChangeNothing) {
  for_each_vocabulary([](const Subject& s, Random& random, int) {
    for (const TokenId bad : {-1, s.tokenizer->vocab_size(), INT32_MIN, INT32_MAX}) {
      Ids ids = random_ids(*s.tokenizer, random, true);
      ids.push_back(bad);
      const auto decoded = s.tokenizer->decode(ids);
      ASSERT_FALSE(decoded.ok());
      EXPECT_EQ(decoded.status().code(), Code::argument);
      EXPECT_NE(decoded.status().message().find("index " + std::to_string(ids.size() - 1)), std::string::npos);
      Detokenizer detokenizer(s.tokenizer);
      std::string out = "kept";
      EXPECT_EQ(detokenizer.push(bad, out).code(), Code::argument);
      EXPECT_EQ(out, "kept");
    }
  });
}

TEST(TokenizerLaws, ManyThreadsGetWhatOneGets) {
  Random random(3);
  const std::string path = test::nano_path();
  const Subject s = subject("shared", path.empty() ? test::random_vocabulary(random).file() : test::read_file(path));
  ASSERT_NE(s.tokenizer, nullptr);
  std::vector<std::string> texts;
  std::vector<Ids> expected;
  for (int i = 0; i < 30; ++i) {
    texts.push_back(test::random_text(random, 1 + below(random, 200), false));
    expected.push_back(s.tokenizer->encode(texts.back()).value());
  }
  std::vector<int> n_wrong(8, 0);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < n_wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < texts.size(); ++i) {
        const size_t k = (i + t * 7) % texts.size();
        const auto ids = s.tokenizer->encode(texts[k]);
        const bool right =
            ids.ok() && ids.value() == expected[k] && s.tokenizer->decode(expected[k]).value() == texts[k];
        if (!right) ++n_wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(n_wrong, std::vector<int>(8, 0));
}

}  // namespace
}  // namespace sw
