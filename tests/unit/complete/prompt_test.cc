// Prompts by each layout against ids from the reference tokenizer, and the settings that choose the layout.
#include "complete/prompt.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "complete/fill_settings.h"
#include "unit/loader/tiny_model.h"

namespace sw {
namespace {

using Ids = std::vector<TokenId>;

class Prompts : public testing::Test {
 protected:
  void SetUp() override {
    const std::string path = std::string(SW_SHARED_DIR) + "/data/tokenizer.model.v3";
    if (!std::filesystem::is_regular_file(path)) {
      std::cerr << "*** SKIPPED, NOT TESTED: " << path << " is not there\n";
      GTEST_SKIP();
    }
    tokenizer_ = Tokenizer::open(path).value();
  }

  // The settings of a folder with this sidewinder.json; none when the text is empty.
  Result<FillSettings> settings(const std::string& json) {
    Checkpoint checkpoint;
    checkpoint.directory = folder_.path();
    if (!json.empty()) {
      test::write_file(folder_.path("sidewinder.json"), json);
      checkpoint.settings_path = folder_.path("sidewinder.json");
    }
    return fill_settings(checkpoint, *tokenizer_);
  }

  Prompt prompt(FillMode mode, const std::string& prefix, const std::string& suffix, bool heal = false) {
    auto s = settings("");
    EXPECT_TRUE(s.ok()) << s.status().message();
    auto built = build_prompt(s.value(), mode, heal, tokenizer_, {"a.py", "python", prefix, suffix, 0, 0, nullptr}, Far::in_windows, window_);
    EXPECT_TRUE(built.ok()) << built.status().message();
    return built.value();
  }

  Ids encode(const std::string& text) { return tokenizer_->encode(text).value(); }

  test::TempDir folder_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<TokenizedText> window_;
};

TEST_F(Prompts, SuffixFirstIsTheReference) {
  EXPECT_EQ(prompt(FillMode::spm, "def f(", "return a + b").ids, (Ids{1, 13, 1575, 1032, 1416, 1055, 11, 1569, 1053, 29500}));
  EXPECT_EQ(prompt(FillMode::spm, "def add(", "    return sum").ids, (Ids{1, 13, 3055, 1372, 3416, 11, 1569, 1735, 29500}));
  EXPECT_EQ(prompt(FillMode::spm, "a", "").ids, (Ids{1, 13, 11, 1032}));
}

TEST_F(Prompts, OtherLayouts) {
  EXPECT_EQ(prompt(FillMode::psm, "def f(", "return a + b").ids, (Ids{1, 11, 1569, 1053, 29500, 13, 1575, 1032, 1416, 1055, 12}));
  EXPECT_EQ(prompt(FillMode::prefix, "def f(", "ignored").ids, (Ids{1, 1569, 1053, 29500}));
  const Ids instruct = prompt(FillMode::instruct, "{suffix}", "{prefix}").ids;
  ASSERT_GT(instruct.size(), 4u);
  EXPECT_EQ(instruct[0], 1);
  EXPECT_EQ(instruct[1], 3);
  EXPECT_EQ(instruct.back(), 4);
  const std::string text = tokenizer_->decode(Ids(instruct.begin() + 2, instruct.end() - 1)).value();
  EXPECT_NE(text.find("{suffix}<CURSOR>{prefix}"), std::string::npos) << "code that looks like a placeholder stays: " << text;
  EXPECT_EQ(Ids(instruct.begin() + 2, instruct.end() - 1), encode(text));
}

TEST_F(Prompts, MarksAscendAndEndAtThePrompt) {
  for (const FillMode mode : {FillMode::spm, FillMode::psm, FillMode::instruct, FillMode::prefix}) {
    for (const std::string prefix : {"", "a", "a\nb", "a\nb\n", "\n"}) {
      for (const std::string suffix : {"", "x\n", "x\ny"}) {
        const Prompt p = prompt(mode, prefix, suffix);
        ASSERT_FALSE(p.marks.empty());
        EXPECT_EQ(p.marks.back(), p.ids.size());
        for (size_t i = 1; i < p.marks.size(); ++i) EXPECT_LT(p.marks[i - 1], p.marks[i]);
      }
    }
  }
}

TEST_F(Prompts, HealedPrefixesEndWhereATextMayBeCut) {
  const std::string text = "def read_lines(path):\n    return [line.strip() for line in open(path)]  # f\xc3\xbcr alle\n";
  int n_healed = 0;
  for (size_t cursor = 0; cursor <= text.size(); ++cursor) {
    if (first_invalid_utf8(text.substr(0, cursor))) continue;
    const std::string prefix = text.substr(0, cursor), suffix = text.substr(cursor);
    for (const FillMode mode : {FillMode::spm, FillMode::psm, FillMode::prefix}) {
      const Prompt healed = prompt(mode, prefix, suffix, true);
      const std::string shown = prefix.substr(0, cursor - healed.typed.size());
      ASSERT_EQ(prefix, shown + healed.typed);
      ASSERT_EQ(healed.ids, prompt(mode, shown, suffix).ids) << cursor;
      if (healed.typed.empty()) continue;
      ++n_healed;
      ASSERT_TRUE(tokenizer_->can_cut(text, shown.size()));
    }
  }
  EXPECT_GT(n_healed, 100);
  EXPECT_EQ(prompt(FillMode::instruct, "def f", "", true).typed, "") << "the prefix is not a part of its own";
}

TEST_F(Prompts, SettingsSayWhatIsHealed) {
  const auto heals = [&](const std::string& key) {
    const auto s = settings(R"({"fill_in": {"default": "spm", )" + key + R"("modes": {"spm": [{"slot": "prefix"}], "prefix": [{"slot": "prefix"}]}}})");
    EXPECT_TRUE(s.ok()) << s.status().message();
    return std::pair(s.value().heals(FillMode::spm), s.value().heals(FillMode::prefix));
  };
  EXPECT_EQ(heals(""), std::pair(false, true));
  EXPECT_EQ(heals(R"("token_healing": [], )"), std::pair(false, false));
  EXPECT_EQ(heals(R"("token_healing": ["spm"], )"), std::pair(true, false));
}

TEST_F(Prompts, InferenceNeedsItsTokens) {
  const FillSettings s = settings("").value();
  EXPECT_EQ(s.mode, FillMode::instruct);
  EXPECT_EQ(s.mode_bits(), 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4);
  EXPECT_NE(s.note.find("Codestral"), std::string::npos);
  EXPECT_EQ(s.name, std::filesystem::path(folder_.path()).filename().string());
}

TEST_F(Prompts, ReadsSettings) {
  const auto s = settings(R"({"name": "n", "windows": {"prefix_bytes": 100, "suffix_bytes": 0}, "fill_in": {"default": "prefix", "note": "why",
    "modes": {"prefix": [{"control": "<s>"}, {"text": "x"}, {"slot": "prefix", "start_of_text": true}]}}})");
  ASSERT_TRUE(s.ok()) << s.status().message();
  EXPECT_EQ(s.value().name, "n");
  EXPECT_EQ(s.value().note, "why");
  EXPECT_EQ(s.value().prefix_window_bytes, 100u);
  EXPECT_EQ(s.value().suffix_window_bytes, 0u);
  EXPECT_EQ(s.value().mode_bits(), 1u << 4);
  const auto built = build_prompt(s.value(), FillMode::prefix, false, tokenizer_, {"", "", "a", "", 0, 0, nullptr}, Far::in_windows, window_);
  ASSERT_TRUE(built.ok());
  Ids expected{1};
  for (const TokenId id : tokenizer_->encode_continuation("x").value()) expected.push_back(id);
  for (const TokenId id : encode("a")) expected.push_back(id);
  EXPECT_EQ(built.value().ids, expected);
}

TEST_F(Prompts, EveryBadSettingIsNamedWithItsByte) {
  const std::string good = R"({"fill_in": {"default": "spm", "modes": {"spm": [{"slot": "prefix"}]}}})";
  ASSERT_TRUE(settings(good).ok());
  const std::pair<std::string, std::string> cases[] = {
      {"[]", "byte 0"},
      {"{", "byte"},
      {R"({"name": 1, "fill_in": {"default": "spm", "modes": {"spm": [{"slot": "prefix"}]}}})", "\"name\""},
      {R"({"fill_in": []})", "\"fill_in\""},
      {R"({"fill_in": {"default": "spm"}})", "\"modes\""},
      {R"({"fill_in": {"default": "spm", "modes": {}}})", "\"modes\""},
      {R"({"fill_in": {"default": "spm", "modes": []}})", "\"modes\""},
      {R"({"fill_in": {"modes": {"spm": [{"slot": "prefix"}]}}})", "\"default\""},
      {R"({"fill_in": {"default": 1, "modes": {"spm": [{"slot": "prefix"}]}}})", "\"default\""},
      {R"({"fill_in": {"default": "psm", "modes": {"spm": [{"slot": "prefix"}]}}})", "\"default\""},
      {R"({"fill_in": {"default": "x", "modes": {"x": [{"slot": "prefix"}]}}})", "\"x\""},
      {R"({"fill_in": {"default": "spm", "modes": {"spm": []}}})", "\"spm\""},
      {R"({"fill_in": {"default": "spm", "modes": {"spm": ["prefix"]}}})", "\"spm\""},
      {R"({"fill_in": {"default": "spm", "modes": {"spm": [{}]}}})", "\"spm\""},
      {R"({"fill_in": {"default": "spm", "modes": {"spm": [{"start_of_text": true}]}}})", "\"spm\""},
      {R"({"fill_in": {"default": "spm", "modes": {"spm": [{"slot": "middle"}]}}})", "\"slot\""},
      {R"({"fill_in": {"default": "spm", "modes": {"spm": [{"slot": 1}]}}})", "\"slot\""},
      {R"({"fill_in": {"default": "spm", "modes": {"spm": [{"other": "x"}]}}})", "\"other\""},
      {R"({"fill_in": {"default": "spm", "modes": {"spm": [{"control": "[NONE]"}]}}})", "\"control\""},
      {R"({"fill_in": {"default": "spm", "modes": {"spm": [{"control": "<s>", "slot": "prefix"}]}}})", "\"slot\""},
      {R"({"fill_in": {"default": "spm", "modes": {"spm": [{"slot": "prefix", "start_of_text": 1}]}}})", "\"start_of_text\""},
      {R"({"windows": 1, "fill_in": {"default": "spm", "modes": {"spm": [{"slot": "prefix"}]}}})", "\"windows\""},
      {R"({"windows": {"prefix_bytes": -1}, "fill_in": {"default": "spm", "modes": {"spm": [{"slot": "prefix"}]}}})", "\"prefix_bytes\""},
      {R"({"windows": {"suffix_bytes": 1e99}, "fill_in": {"default": "spm", "modes": {"spm": [{"slot": "prefix"}]}}})", "\"suffix_bytes\""},
  };
  for (const auto& [json, part] : cases) {
    const auto s = settings(json);
    ASSERT_FALSE(s.ok()) << json;
    EXPECT_EQ(s.status().code(), Code::format) << s.status().message();
    EXPECT_NE(s.status().message().find("sidewinder.json"), std::string::npos) << s.status().message();
    EXPECT_NE(s.status().message().find(part), std::string::npos) << s.status().message();
    EXPECT_NE(s.status().message().find("byte "), std::string::npos) << s.status().message();
  }
}

TEST(CodeOfReply, IsTheFirstCodeBlock) {
  const std::pair<const char*, const char*> cases[] = {
      {" x = 1", "x = 1"},
      {"x = 1", "x = 1"},
      {"Sure:\n```python\nx = 1\n```\nDone", "x = 1"},
      {"```\na\nb\n```", "a\nb"},
      {"```\n```", ""},
      {"```python", ""},
      {"```python\nunfinished", "unfinished"},
      {"", ""},
  };
  for (const auto& [reply, code] : cases) EXPECT_EQ(code_of_reply(reply), code) << reply;
}

}  // namespace
}  // namespace sw
