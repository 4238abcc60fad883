// Ids of Mistral's v3 vocabulary that were written down from the reference implementation.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "vocabulary.h"

namespace sw {
namespace {

using Ids = std::vector<TokenId>;

class Mistral : public testing::Test {
 protected:
  void SetUp() override {
    const std::string path = test::mistral_path();
    if (path.empty()) GTEST_SKIP() << "NOT TESTED: no " SW_SHARED_DIR "/data/tokenizer.model.v3";
    auto opened = Tokenizer::open(path);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    tokenizer_ = std::move(opened).value();
  }
  Ids encode(std::string_view text) const { return tokenizer_->encode(text).value(); }
  Ids infill(std::string_view text) const { return tokenizer_->encode_continuation(text).value(); }

  std::shared_ptr<const Tokenizer> tokenizer_;
};

struct Vector {
  std::string text;
  Ids ids;
};

const std::vector<Vector>& vectors() {
  static const std::vector<Vector> list = {
      {"", {}},
      {"a", {1032}},
      {" a", {29473, 1032}},
      {"def f(", {1569, 1053, 29500}},
      {"return a + b", {1372, 1032, 1416, 1055}},
      {"\n", {29473, 781}},
      {"a\r\nb", {1032, 29569, 781, 29494}},
      {"    ", {1123}},
      {"    def f():", {1028, 1569, 1053, 6656}},
      {"def foo(x):\n    return x", {1569, 19990, 29500, 29512, 2097, 781, 3055, 1372, 2086}},
      {"class A:\n    def f(self):\n        return 1\n",
       {1643, 1098, 29515, 781, 3055, 1569, 1053, 29500, 1712, 2097, 781, 6158, 1372, 29473, 29508, 781}},
      {"\tfor i in range(10):\n\t\tprint(i)",
       {29473, 780, 2160, 1381, 1065, 3587, 29500, 29508, 29502, 2097, 781, 780, 780, 2799, 29500, 29478, 29499}},
      {"if (x) {\r\n\treturn;\r\n}", {1281, 1093, 29512, 29499, 2737, 781, 780, 1575, 2039, 781, 29520}},
      {"x = 12345", {2086, 1095, 29473, 29508, 29518, 29538, 29549, 29550}},
      {"café 你好 😀", {29113, 29473, 30151, 30298, 29473, 31343}},
      {std::string("a\0b", 3), {1032, 771, 29494}},
      {"[INST]", {1501, 17057, 29561}},
      {"[REFERENCE_DOC_3]", {29473, 767}},
      {"☺", {29473, 31369}},
      {std::string(13, ' '), {2185}},
      {std::string(14, ' '), {2185, 29473}},
      {std::string(15, ' '), {1127}},
      {std::string(16, ' '), {1127, 29473}},
      {std::string(29, ' '), {1127, 2185}},
      {std::string(30, ' '), {1127, 2185, 29473}},
      {std::string(31, ' '), {1127, 1127}},
      {std::string(20, 'a'), {1032, 26100, 26100, 5242, 29476}},
      {"    return x", {1028, 1372, 2086}},
  };
  return list;
}

TEST_F(Mistral, EncodesTheWrittenTextsToTheWrittenIds) {
  for (const Vector& v : vectors()) EXPECT_EQ(encode(v.text), v.ids) << testing::PrintToString(v.text);
}

TEST_F(Mistral, DecodesTheWrittenIdsToTheWrittenTexts) {
  for (const Vector& v : vectors()) EXPECT_EQ(tokenizer_->decode(v.ids).value(), v.text);
}

TEST_F(Mistral, LeadingControlTokensDoNotKeepTheLeadingSpace) {
  EXPECT_EQ(tokenizer_->decode({1, 3, 1032, 4, 1055}).value(), "a b");
}

TEST_F(Mistral, KnowsItsSpecialTokens) {
  EXPECT_EQ(tokenizer_->vocab_size(), 32768);
  EXPECT_EQ(tokenizer_->unk_id(), 0);
  EXPECT_EQ(tokenizer_->bos_id(), 1);
  EXPECT_EQ(tokenizer_->eos_id(), 2);
  EXPECT_EQ(tokenizer_->control_id("</s>"), 2);
  EXPECT_EQ(tokenizer_->control_id("[INST]"), 3);
  EXPECT_EQ(tokenizer_->control_id("[PREFIX]"), 11);
  EXPECT_EQ(tokenizer_->control_id("[MIDDLE]"), 12);
  EXPECT_EQ(tokenizer_->control_id("[SUFFIX]"), 13);
  EXPECT_EQ(tokenizer_->control_id("[REFERENCE_DOC_3]"), std::nullopt) << "user-defined: it is text";
  EXPECT_EQ(tokenizer_->control_id("<0x0A>"), std::nullopt);
  EXPECT_TRUE(tokenizer_->add_dummy_prefix());
  EXPECT_EQ(tokenizer_->bytes_of(781), "\n");
  EXPECT_EQ(tokenizer_->bytes_of(1569), " def");
  EXPECT_EQ(tokenizer_->hash(), "f244b9f877ab3f84152ce305977baa7f");
}

Ids fim(const Ids& suffix, const Ids& prefix) {
  Ids ids = {1, 13};
  ids.insert(ids.end(), suffix.begin(), suffix.end());
  ids.push_back(11);
  ids.insert(ids.end(), prefix.begin(), prefix.end());
  return ids;
}

TEST_F(Mistral, FillInTheMiddlePromptsAreTheWrittenOnes) {
  EXPECT_EQ(fim(infill("return a + b"), encode("def f(")), (Ids{1, 13, 1575, 1032, 1416, 1055, 11, 1569, 1053, 29500}));
  EXPECT_EQ(fim(infill("    return sum"), encode("def add(")), (Ids{1, 13, 3055, 1372, 3416, 11, 1569, 1735, 29500}));
  EXPECT_EQ(fim(infill(""), encode("def f(")), (Ids{1, 13, 11, 1569, 1053, 29500}));
}

TEST_F(Mistral, InstructPromptsAreTheWrittenOnes) {
  Ids ids = {1, 3};
  const Ids user = encode("Write a hello world program in C++.");
  ids.insert(ids.end(), user.begin(), user.end());
  ids.push_back(4);
  EXPECT_EQ(ids, (Ids{1, 3, 12786, 1032, 7080, 29477, 2294, 2775, 1065, 1102, 2448, 29491, 4}));
  EXPECT_EQ(encode("SYSTEM\n\nc"), (Ids{17889, 23294, 781, 781, 29485}));
}

// mistral-common gets the same ids by putting a sign in front that merges with nothing.
TEST_F(Mistral, ContinuationIsTheTextAfterASignThatMergesWithNothing) {
  test::Random random(1);
  for (int i = 0; i < 500; ++i) {
    const std::string text = test::random_text(random, 1 + test::below(random, 12), true);
    Ids ids = encode("☺" + text);
    ASSERT_EQ((Ids{ids[0], ids[1]}), (Ids{29473, 31369}));
    ids.erase(ids.begin(), ids.begin() + 2);
    EXPECT_EQ(infill(text), ids) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace sw
