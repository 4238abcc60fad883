// The tokenizer in a GGUF file's metadata against the SentencePiece file that the metadata was made of: same ids, same text.
#include "complete/model_tokenizer.h"

#include <gtest/gtest.h>

#include <iostream>

#include "complete/fill_settings.h"
#include "loader/gguf_model.h"
#include "loader/vocabulary.h"
#include "tokenizer/piece_model.h"
#include "unit/loader/gguf_writer.h"
#include "unit/tokenizer/vocabulary.h"

namespace sw::test {
namespace {

// As llama.cpp's converter writes a SentencePiece model.
void set_vocabulary(GgufWriter& file, const PieceModel& model) {
  std::vector<std::string> texts;
  std::vector<float> scores;
  std::vector<int32_t> types;
  for (size_t i = 0; i < model.pieces.size(); ++i) {
    const Piece& piece = model.pieces[i];
    texts.push_back(piece.text);
    scores.push_back(piece.type == PieceType::control ? -1000.0f : piece.score);
    types.push_back(static_cast<int32_t>(piece.type));
    if (piece.text == "<s>") file.set("tokenizer.ggml.bos_token_id", static_cast<int>(i));
    if (piece.text == "</s>") file.set("tokenizer.ggml.eos_token_id", static_cast<int>(i));
    if (piece.type == PieceType::unknown) file.set("tokenizer.ggml.unknown_token_id", static_cast<int>(i));
    if (piece.type != PieceType::user_defined) continue;
    for (size_t at; (at = texts.back().find(kSpaceMark)) != std::string::npos;) texts.back().replace(at, kSpaceMark.size(), " ");
  }
  for (int i = 0; i < 3; ++i) {  // to the rows of the embedding
    texts.push_back("[PAD" + std::to_string(i) + "]");
    scores.push_back(-1000);
    types.push_back(5);
  }
  file.set("tokenizer.ggml.model", "llama").set("tokenizer.ggml.pre", "default").set("tokenizer.ggml.tokens", texts);
  file.set_numbers("tokenizer.ggml.scores", kF32, scores).set_numbers("tokenizer.ggml.token_type", kI32, types);
  file.set("tokenizer.ggml.add_space_prefix", model.add_dummy_prefix);
}

PieceModel parsed(const std::string& file) {
  auto model = PieceModel::parse(file);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return std::move(model).value();
}

PieceModel small_model() { return parsed(Vocabulary::with_bytes().add(std::string(kSpaceMark)).add("a").add("[MIDDLE]", 0, PieceType::control).add("[SUFFIX]", 0, PieceType::control).file()); }

struct Opened {
  TempDir folder;
  Checkpoint checkpoint;
  Result<std::shared_ptr<const Tokenizer>> tokenizer = Status(Code::internal, "not opened");
};

std::unique_ptr<Opened> open(const GgufWriter& file) {
  auto out = std::make_unique<Opened>();
  write_file(out->folder.path("m.gguf"), file.file());
  auto checkpoint = open_checkpoint(out->folder.path());
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  if (!checkpoint.ok()) return out;
  out->checkpoint = std::move(checkpoint).value();
  out->tokenizer = open_tokenizer(out->checkpoint);
  return out;
}

GgufWriter with_vocabulary(const PieceModel& model) {
  GgufWriter file = gguf_model(smallest_spec());
  set_vocabulary(file, model);
  return file;
}

void expect_same(const std::string& model_file, Random& random, int n_texts) {
  const PieceModel model = parsed(model_file);
  const auto expected = Tokenizer::from_bytes(model_file, "a SentencePiece file").value();
  const auto opened = open(with_vocabulary(model));
  ASSERT_TRUE(opened->tokenizer.ok()) << opened->tokenizer.status().message();
  const Tokenizer& found = *opened->tokenizer.value();
  ASSERT_EQ(found.vocab_size(), expected->vocab_size());
  EXPECT_EQ(found.bos_id(), expected->bos_id());
  EXPECT_EQ(found.eos_id(), expected->eos_id());
  EXPECT_EQ(found.unk_id(), expected->unk_id());
  EXPECT_EQ(found.add_dummy_prefix(), expected->add_dummy_prefix());
  for (const char* name : {"[PREFIX]", "[SUFFIX]", "[MIDDLE]", "</s>", "a"}) EXPECT_EQ(found.control_id(name), expected->control_id(name));
  for (TokenId id = 0; id < found.vocab_size(); ++id) {
    ASSERT_EQ(found.piece(id), expected->piece(id));
    ASSERT_EQ(found.bytes_of(id), expected->bytes_of(id));
    ASSERT_EQ(found.is_control(id), expected->is_control(id));
  }
  for (int i = 0; i < n_texts; ++i) {
    const std::string text = random_text(random, 1 + below(random, 30), true);
    ASSERT_EQ(found.encode(text).value(), expected->encode(text).value());
    ASSERT_EQ(found.encode_continuation(text).value(), expected->encode_continuation(text).value());
    std::vector<TokenId> ids;
    for (size_t n = below(random, 40); n > 0; --n) ids.push_back(static_cast<TokenId>(below(random, static_cast<size_t>(found.vocab_size()))));
    ASSERT_EQ(found.decode(ids).value(), expected->decode(ids).value());
  }
}

TEST(GgufTokenizer, IsThatOfTheFileOnRandomVocabularies) {
  Random random(31);
  for (int i = 0; i < 60; ++i) expect_same(random_vocabulary(random).file(), random, 30);
}

TEST(GgufTokenizer, IsThatOfTheFileOnRealVocabularies) {
  Random random(32);
  for (const std::string& path : {mistral_path(), nano_path()}) {
    if (path.empty()) {
      std::cerr << "*** SKIPPED, NOT TESTED: a real vocabulary is not there\n";
      continue;
    }
    expect_same(read_file(path), random, 400);
  }
}

// Hugging Face calls <unk> special, and converters then mark it as a control token.
TEST(GgufTokenizer, AnUnknownTokenThatIsMarkedAsControlIsFoundByItsId) {
  PieceModel model = small_model();
  GgufWriter file = with_vocabulary(model);
  std::vector<int32_t> types;
  for (const Piece& piece : model.pieces) types.push_back(static_cast<int32_t>(piece.type == PieceType::unknown ? PieceType::control : piece.type));
  types.insert(types.end(), {5, 5, 5});
  file.set_numbers("tokenizer.ggml.token_type", kI32, types);
  const auto opened = open(file);
  ASSERT_TRUE(opened->tokenizer.ok()) << opened->tokenizer.status().message();
  EXPECT_EQ(opened->tokenizer.value()->unk_id(), 0);
}

TEST(GgufTokenizer, FillInIsInferredAndAddBosIsObeyed) {
  for (const bool add_bos : {true, false}) {
    GgufWriter file = with_vocabulary(small_model());
    file.set("tokenizer.ggml.add_bos_token", add_bos);
    const auto opened = open(file);
    ASSERT_TRUE(opened->tokenizer.ok());
    const auto settings = fill_settings(opened->checkpoint, *opened->tokenizer.value());
    ASSERT_TRUE(settings.ok()) << settings.status().message();
    EXPECT_EQ(settings.value().mode, FillMode::spm);
    EXPECT_EQ(settings.value().modes.count(FillMode::psm), 1u);
    const TemplateItem& first = settings.value().modes.at(FillMode::psm).front();
    EXPECT_EQ(first.text == "<s>", add_bos) << first.text;
  }
}

TEST(GgufTokenizer, MarkersThatAreNotSaidAreThoseOfLlama) {
  GgufWriter file = with_vocabulary(small_model());
  for (const char* key : {"bos", "eos", "unknown"}) file.erase(std::string("tokenizer.ggml.") + key + "_token_id");
  const auto opened = open(file);
  ASSERT_TRUE(opened->tokenizer.ok());
  EXPECT_EQ(opened->tokenizer.value()->bos_id(), 1);
  EXPECT_EQ(opened->tokenizer.value()->eos_id(), 2);
}

struct Wrong {
  const char* what;
  std::function<void(GgufWriter&)> lie;
  Code code;
  std::vector<std::string> says;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.what; }

class Refused : public testing::TestWithParam<Wrong> {};

// The weights open all the same, and a tokenizer beside the file serves when the file has none that can be read.
TEST_P(Refused, SaysWhyAndTakesTheOneBeside) {
  GgufWriter file = with_vocabulary(small_model());
  GetParam().lie(file);
  const auto opened = open(file);
  ASSERT_FALSE(opened->tokenizer.ok());
  EXPECT_EQ(opened->tokenizer.status().code(), GetParam().code) << opened->tokenizer.status().message();
  for (const std::string& part : GetParam().says) {
    EXPECT_NE(opened->tokenizer.status().message().find(part), std::string::npos) << opened->tokenizer.status().message();
  }
  if (opened->checkpoint.vocabulary != nullptr) return;  // it is there and wrong: nothing else is taken for it
  write_file(opened->folder.path("tokenizer.model"), small_model().file());
  const auto again = open_checkpoint(opened->folder.path());
  const auto tokenizer = open_tokenizer(again.value());
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ(tokenizer.value()->path(), opened->folder.path("tokenizer.model"));
}

auto set(const char* key, auto value) {
  return [=](GgufWriter& file) { file.set(key, value); };
}
auto without(const char* key) {
  return [=](GgufWriter& file) { file.erase(key); };
}

const Wrong kWrong[] = {
    {"Gpt2", set("tokenizer.ggml.model", "gpt2"), Code::unsupported, {"m.gguf", "'gpt2' is not read", "tokenizer.model", "beside"}},
    {"None", without("tokenizer.ggml.model"), Code::not_found, {"no tokenizer in the file", "beside"}},
    {"NotText", set("tokenizer.ggml.model", 1), Code::format, {"tokenizer.ggml.model", "text"}},
    {"RemovesSpaces", set("tokenizer.ggml.remove_extra_whitespaces", true), Code::unsupported, {"repeated spaces"}},
    {"Normalises", [](GgufWriter& f) { f.set_array("tokenizer.ggml.precompiled_charsmap", kU8, 2, "ab"); }, Code::unsupported, {"normalises"}},
    {"NoTokens", without("tokenizer.ggml.tokens"), Code::format, {"tokenizer.ggml.tokens", "missing"}},
    {"NoScores", without("tokenizer.ggml.scores"), Code::format, {"tokenizer.ggml.scores", "missing"}},
    {"FewScores", [](GgufWriter& f) { f.set_numbers<float>("tokenizer.ggml.scores", kF32, {1, 2}); }, Code::mismatch, {"tokens, 2 scores"}},
    {"ScoresOfText", [](GgufWriter& f) { f.set("tokenizer.ggml.scores", std::vector<std::string>{"1"}); }, Code::format, {"float32"}},
    {"TypeOfToken", [](GgufWriter& f) { f.set_numbers<int32_t>("tokenizer.ggml.token_type", kI32, std::vector<int32_t>(267, 7)); }, Code::format, {"type 7"}},
    {"BosIsText", set("tokenizer.ggml.bos_token_id", 260), Code::mismatch, {"bos_token_id", "260", "control"}},
    {"BosBeyond", set("tokenizer.ggml.bos_token_id", 1000), Code::format, {"bos_token_id"}},
    {"OtherUnknown", set("tokenizer.ggml.unknown_token_id", 5), Code::mismatch, {"unknown_token_id", "5", "token 0"}},
    {"ScoreNaN", [](GgufWriter& f) { f.set_numbers<float>("tokenizer.ggml.scores", kF32, std::vector<float>(267, NAN)); }, Code::format, {"m.gguf", "score"}},
    {"TextNotUtf8", [](GgufWriter& f) {
       std::vector<std::string> texts(267, "\xff");
       f.set("tokenizer.ggml.tokens", texts);
     }, Code::format, {"m.gguf", "UTF-8"}},
};
INSTANTIATE_TEST_SUITE_P(All, Refused, testing::ValuesIn(kWrong), [](const auto& wrong) { return std::string(wrong.param.what); });

}  // namespace
}  // namespace sw::test
