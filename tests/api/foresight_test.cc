// What the engine does before it is asked: completions that follow an accept, states for edits to come. And prompts that end before the
// cursor, with first tokens that are held to what was typed. None of it shows in a result.
#include <algorithm>
#include <chrono>
#include <thread>

#include "support/session.h"

namespace sw::test {
namespace {

class Foresight : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string(GetParam()) == "nano") {
      path_ = nano_folder();
      if (path_.empty()) GTEST_SKIP();
    } else {
      path_ = folder_.path();
      write_tiny_completer(path_, nano_vocabulary());
    }
    open(false);
  }

  void open(bool idle_refill) {
    sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
    options.n_threads = 2;
    options.idle_refill = idle_refill ? 1 : 0;
    sw_engine* engine = nullptr;
    ASSERT_STATUS(SW_OK, sw_engine_create(&options, &engine));
    engine_.reset(engine);
    sw_model* model = nullptr;
    ASSERT_STATUS(SW_OK, sw_model_open(engine, path_.c_str(), nullptr, &model));
    model_.reset(model);
  }

  BufferHandle buffer(const std::string& text) {
    sw_buffer* out = nullptr;
    EXPECT_STATUS(SW_OK, sw_buffer_create(model_.get(), nullptr, text.data(), text.size(), &out));
    return BufferHandle(out);
  }

  RequestHandle finished(sw_buffer* buffer, size_t offset, const sw_complete_options& options) {
    sw_request* out = nullptr;
    EXPECT_STATUS(SW_OK, sw_complete(buffer, offset, &options, &out));
    EXPECT_STATUS(SW_OK, sw_request_wait(out, -1));
    EXPECT_EQ(sw_request_status(out), SW_OK) << sw_request_error(out);
    return RequestHandle(out);
  }

  static std::string text_of(const sw_request* request) {
    sw_candidate c = SW_CANDIDATE_INIT;
    EXPECT_STATUS(SW_OK, sw_request_candidate(request, 0, &c));
    return {c.text, c.length};
  }

  std::string cold(const std::string& text, size_t cursor, sw_complete_options options) {
    options.cold = 1;
    options.ahead = 0;
    return text_of(finished(buffer(text).get(), cursor, options).get());
  }

  // Returns once what can wait and was posted before has been run.
  static void let_it_work(sw_buffer* buffer) { EXPECT_STATUS(SW_OK, sw_buffer_refill(buffer, 1, nullptr, nullptr)); }

  static void edit(sw_buffer* buffer, std::string& text, size_t begin, size_t end, const std::string& insert) {
    ASSERT_STATUS(SW_OK, sw_buffer_edit(buffer, begin, end, insert.data(), insert.size()));
    text.replace(begin, end - begin, insert);
  }

  static sw_complete_options options() {
    sw_complete_options o = SW_COMPLETE_OPTIONS_INIT;
    o.max_tokens = 8;
    o.multiline = 2;
    return o;
  }

  const std::string kText = "import os\n\n\ndef read_lines(path):\n    with open(path) as file:\n        return file.readlines()\n\n\ndef main():\n    "
                            "for line in read_lines('a.txt'):\n        print(line)\n\n\nif __name__ == '__main__':\n    main()\n";
  TempDir folder_;
  std::string path_;
  EngineHandle engine_;
  ModelHandle model_;
};

TEST_P(Foresight, WhatFollowsAnAcceptIsReadyAndIsWhatAColdRunSays) {
  std::mt19937_64 random(5);
  std::string text = kText;
  const BufferHandle b = buffer(text);
  sw_complete_options o = options();
  o.ahead = 1;
  size_t cursor = text.find("return");
  int n_ready = 0, n_accepted = 0;
  for (int round = 0; round < 40; ++round) {
    const RequestHandle request = finished(b.get(), cursor, o);
    const std::string shown = text_of(request.get());
    ASSERT_EQ(shown, cold(text, cursor, o)) << "round " << round;
    n_ready += stats_of(request.get()).source == SW_SOURCE_AHEAD;
    if (!shown.empty() && text.size() < 2000 && random() % 4 != 0) {
      if (random() % 4 != 0) let_it_work(b.get());  // else it comes too early, or just in time
      edit(b.get(), text, cursor, cursor, shown);
      cursor += shown.size();
      ++n_accepted;
      if (random() % 4 == 0) {  // far before the cursor: what the model sees moves as a whole, or changes
        edit(b.get(), text, 0, 0, "#\n");
        cursor += 2;
      }
    } else if (random() % 2 == 0) {
      const std::string typed = std::string("x = f(").substr(0, 1 + random() % 6);
      edit(b.get(), text, cursor, cursor, typed);
      cursor += typed.size();
    } else {
      text = kText;
      const char* old = nullptr;
      size_t length = 0;
      ASSERT_STATUS(SW_OK, sw_buffer_text(b.get(), &old, &length));
      ASSERT_STATUS(SW_OK, sw_buffer_edit(b.get(), 0, length, text.data(), text.size()));
      cursor = text.find_first_of(" \n", random() % (text.size() - 20));
    }
  }
  EXPECT_GT(n_ready, n_accepted / 4) << "of " << n_accepted;
}

TEST_P(Foresight, OtherOptionsAreAnotherQuestion) {
  std::string text = kText;
  const BufferHandle b = buffer(text);
  sw_complete_options o = options();
  o.ahead = 1;
  o.mode = SW_FILL_PREFIX;  // a model that sees what follows may have nothing to say
  const size_t at = text.find("return");
  const std::string shown = text_of(finished(b.get(), at, o).get());
  ASSERT_FALSE(shown.empty());
  let_it_work(b.get());
  edit(b.get(), text, at, at, shown);
  sw_complete_options other = o;
  other.max_tokens = 3;
  const RequestHandle request = finished(b.get(), at + shown.size(), other);
  EXPECT_NE(stats_of(request.get()).source, SW_SOURCE_AHEAD);
  EXPECT_EQ(text_of(request.get()), cold(text, at + shown.size(), other));
}

TEST_P(Foresight, BuffersMayBeFreedWhileTheyLookAhead) {
  for (int i = 0; i < 20; ++i) {
    BufferHandle b = buffer(kText);
    sw_complete_options o = options();
    o.ahead = 1;
    (void)finished(b.get(), kText.find("return") + static_cast<size_t>(i), o);
    std::this_thread::sleep_for(std::chrono::microseconds(300 * i));
    b.reset();
  }
}

TEST_P(Foresight, TheEngineRunsAheadOfEditsByItself) {
  open(true);
  std::string text = kText + kText + kText;
  const BufferHandle b = buffer(text);
  sw_complete_options o = options();
  o.mode = SW_FILL_PREFIX;
  for (size_t at = text.size(); at > 100; at -= 100) {
    edit(b.get(), text, at, at, "x");
    (void)finished(b.get(), at + 1, o);
  }
  const auto tokens_idle = [&] {
    sw_store_stats stats = SW_STORE_STATS_INIT;
    EXPECT_STATUS(SW_OK, sw_engine_get_store_stats(engine_.get(), &stats));
    return stats.tokens_idle;
  };
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (tokens_idle() == 0 && std::chrono::steady_clock::now() < limit) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_GT(tokens_idle(), 0u);
  const size_t cursor = text.find("return");
  EXPECT_EQ(text_of(finished(b.get(), cursor, o).get()), cold(text, cursor, o));
}

// The likeliest token of the prompt's end that goes on with `typed`, by trying them all.
int32_t likeliest(sw_model* model, const sw_request_stats& stats, const std::string& typed) {
  const SequenceHandle sequence = make_sequence(model);
  EXPECT_STATUS(SW_OK, sw_sequence_append(sequence.get(), stats.prompt, stats.prompt_tokens, nullptr, nullptr));
  std::vector<float> logits(static_cast<size_t>(info_of(model).vocab_size));
  EXPECT_STATUS(SW_OK, sw_sequence_logits(sequence.get(), logits.data(), logits.size()));
  const sw_tokenizer* tokenizer = sw_model_tokenizer(model);
  int32_t best = -1;
  for (int32_t id = 0; id < sw_tokenizer_vocab_size(tokenizer); ++id) {
    sw_detokenizer* made = nullptr;
    EXPECT_STATUS(SW_OK, sw_detokenizer_create(tokenizer, 0, &made));
    const std::unique_ptr<sw_detokenizer, Free> detokenizer(made);
    const char* piece = nullptr;
    size_t length = 0;
    EXPECT_STATUS(SW_OK, sw_detokenizer_push(made, id, &piece, &length));
    const size_t m = std::min(length, typed.size());
    if (m == 0 || std::string_view(piece, m) != std::string_view(typed).substr(0, m)) continue;
    if (best < 0 || logits[size_t(id)] > logits[size_t(best)]) best = id;
  }
  return best;
}

TEST_P(Foresight, HealedTokensGoOnWithWhatWasTyped) {
  std::mt19937_64 random(9);
  int n_healed = 0;
  for (int round = 0; round < 30; ++round) {
    const size_t cursor = 1 + random() % (kText.size() - 1);
    sw_complete_options o = options();
    const sw_fill_mode modes[] = {SW_FILL_SPM, SW_FILL_PSM, SW_FILL_PREFIX};
    o.mode = modes[round % 3];
    o.heal = SW_HEAL_ON;
    const BufferHandle b = buffer(kText);
    const RequestHandle request = finished(b.get(), cursor, o);
    const sw_request_stats stats = stats_of(request.get());
    const std::string typed = kText.substr(cursor - stats.healed_bytes, stats.healed_bytes);
    sw_candidate c = SW_CANDIDATE_INIT;
    ASSERT_STATUS(SW_OK, sw_request_candidate(request.get(), 0, &c));
    n_healed += stats.healed_bytes > 0;
    if (stats.healed_bytes == 0 || c.n_ids == 0) continue;
    ASSERT_EQ(c.ids[0], likeliest(model_.get(), stats, typed)) << "'" << typed << "'";
    // The tokens spell what was typed and then what is new.
    std::string spelled;
    sw_detokenizer* made = nullptr;
    ASSERT_STATUS(SW_OK, sw_detokenizer_create(sw_model_tokenizer(model_.get()), 0, &made));
    const std::unique_ptr<sw_detokenizer, Free> detokenizer(made);
    for (size_t i = 0; i < c.n_ids; ++i) {
      const char* piece = nullptr;
      size_t length = 0;
      ASSERT_STATUS(SW_OK, sw_detokenizer_push(made, c.ids[i], &piece, &length));
      spelled.append(piece, length);
    }
    const std::string raw(c.raw, c.raw_length);
    ASSERT_EQ(spelled.substr(0, typed.size()), typed.substr(0, spelled.size()));
    ASSERT_TRUE((typed + raw).starts_with(spelled)) << "'" << typed << "' + '" << raw << "' is not '" << spelled << "'";
    // Typing on from there, resumed equals cold.
    ASSERT_EQ(text_of(request.get()), cold(kText, cursor, o));
  }
  EXPECT_GT(n_healed, 15);
}

TEST_P(Foresight, WhereACompletionIsSeldomWantedNothingIsRun) {
  const std::string text = "x = f(a, b) + other_things\n";
  const BufferHandle b = buffer(text);
  sw_complete_options o = options();
  o.only_at_useful = 1;
  const RequestHandle middle = finished(b.get(), 4, o);
  EXPECT_EQ(text_of(middle.get()), "");
  EXPECT_EQ(stats_of(middle.get()).prompt_tokens, 0u);
  sw_candidate c = SW_CANDIDATE_INIT;
  ASSERT_STATUS(SW_OK, sw_request_candidate(middle.get(), 0, &c));
  EXPECT_EQ(c.finish, SW_FINISH_PLACE);
  EXPECT_NE(std::string(c.cut), "");
  EXPECT_GT(stats_of(finished(b.get(), text.size() - 1, o).get()).prompt_tokens, 0u);
}

INSTANTIATE_TEST_SUITE_P(All, Foresight, testing::Values("tiny", "nano"), [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace sw::test
