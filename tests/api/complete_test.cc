// Completions end to end: what was resumed equals what was not, whatever was edited, stopped, superseded or freed meanwhile.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <thread>

#include "support/session.h"
#include "support/shown.h"

namespace sw::test {
namespace {

// A slow observer that a test can hold at a token: on_text waits until it is let go.
struct Gate {
  std::atomic<int> n_pieces{0};
  std::atomic<bool> open{false};
  static int32_t on_text(void* user, int32_t, const char*, size_t) {
    auto* self = static_cast<Gate*>(user);
    ++self->n_pieces;
    self->n_pieces.notify_all();
    self->open.wait(false);
    return 0;
  }
  void wait_for_first() { n_pieces.wait(0); }
  void let_go() {
    open = true;
    open.notify_all();
  }
};

// The tiny model and, where its weights are, the embedded one.
class Completions : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    std::string folder = folder_.path();
    if (std::string(GetParam()) == "nano") {
      folder = nano_folder();
      if (folder.empty()) GTEST_SKIP();
    } else {
      write_tiny_completer(folder, nano_vocabulary());
    }
    engine_ = make_engine(2);
    sw_model* model = nullptr;
    ASSERT_STATUS(SW_OK, sw_model_open(engine_.get(), folder.c_str(), nullptr, &model));
    model_.reset(model);
  }

  BufferHandle buffer(const std::string& text) {
    sw_buffer* out = nullptr;
    EXPECT_STATUS(SW_OK, sw_buffer_create(model_.get(), nullptr, text.data(), text.size(), &out));
    return BufferHandle(out);
  }

  RequestHandle ask(sw_buffer* buffer, size_t offset, const sw_complete_options& options) {
    sw_request* out = nullptr;
    EXPECT_STATUS(SW_OK, sw_complete(buffer, offset, &options, &out));
    return RequestHandle(out);
  }

  RequestHandle finished(sw_buffer* buffer, size_t offset, const sw_complete_options& options) {
    RequestHandle request = ask(buffer, offset, options);
    EXPECT_STATUS(SW_OK, sw_request_wait(request.get(), -1));
    EXPECT_EQ(sw_request_poll(request.get()), 1);
    EXPECT_EQ(sw_request_status(request.get()), SW_OK) << sw_request_error(request.get());
    return request;
  }

  static sw_complete_options with_tokens(int32_t n) {
    sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
    options.max_tokens = n;
    options.multiline = 2;
    return options;
  }

  const std::string kText =
      "import os\n\n\ndef read_lines(path):\n    with open(path) as file:\n        return file.readlines()\n\n\ndef main():\n    "
      "for line in read_lines('a.txt'):\n        print(line)\n\n\nif __name__ == '__main__':\n    main()\n";
  TempDir folder_;
  EngineHandle engine_;
  ModelHandle model_;
};

// With room for no second state candidates are drawn one after the other; else up to eight at once.
TEST_P(Completions, HowManyAreDrawnTogetherChangesNothing) {
  std::mt19937_64 random(9);
  const EngineHandle narrow_engine = make_engine(3, 0, 1);
  sw_model* raw = nullptr;
  ASSERT_STATUS(SW_OK, sw_model_open(narrow_engine.get(), info_of(model_.get()).path, nullptr, &raw));
  const ModelHandle narrow_model(raw);
  sw_buffer* raw_buffer = nullptr;
  ASSERT_STATUS(SW_OK, sw_buffer_create(raw, nullptr, kText.data(), kText.size(), &raw_buffer));
  const BufferHandle one_by_one(raw_buffer), together = buffer(kText);
  for (const int n : {1, 2, 3, 8, 9, 16}) {
    sw_complete_options options = with_tokens(3 + static_cast<int32_t>(random() % 12));
    options.n_candidates = n;
    options.mode = random() % 2 == 0 ? SW_FILL_PREFIX : SW_FILL_DEFAULT;
    options.sampling.temperature = random() % 2 == 0 ? 0.0f : 1.0f;
    options.sampling.seed = random();
    const size_t offset = random() % kText.size();
    const auto expected = candidates_of(finished(one_by_one.get(), offset, options).get());
    EXPECT_EQ(candidates_of(finished(together.get(), offset, options).get()), expected) << n << " at " << offset;
  }
}

TEST_P(Completions, ResumedEqualsColdAfterRandomEdits) {
  std::mt19937_64 random(1);
  const BufferHandle warm = buffer(kText), cold = buffer(kText);
  std::string text = kText;
  uint64_t n_reused = 0;
  const int n_rounds = std::string(GetParam()) == "nano" ? 8 : 24;
  sw_fill_mode mode = SW_FILL_SPM;
  size_t place = 0;
  for (int round = 0; round < n_rounds; ++round) {
    // Four rounds at each place: one jumps there and changes something, the others type on.
    const bool jump = round % 4 == 0;
    const size_t begin = jump ? random() % (text.size() + 1) : place, end = std::min(text.size(), begin + (jump ? random() % 12 : 0));
    const std::string insert = std::string("    x = f(y)\n").substr(0, 1 + random() % 13);
    for (sw_buffer* b : {warm.get(), cold.get()}) {
      ASSERT_STATUS(SW_OK, sw_buffer_edit(b, begin, end, insert.data(), insert.size()));
    }
    text.replace(begin, end - begin, insert);
    const size_t cursor = place = begin + insert.size();
    sw_complete_options options = with_tokens(6);
    const sw_fill_mode modes[] = {SW_FILL_SPM, SW_FILL_PSM, SW_FILL_PREFIX};
    if (round % 8 == 0) mode = modes[random() % 3];
    options.mode = mode;
    options.n_candidates = 1 + static_cast<int32_t>(random() % 3);
    options.sampling.temperature = random() % 2 == 0 ? 0.0f : 0.8f;
    options.sampling.seed = random();
    const RequestHandle a = finished(warm.get(), cursor, options);
    options.cold = 1;
    const RequestHandle b = finished(cold.get(), cursor, options);
    ASSERT_EQ(candidates_of(a.get()), candidates_of(b.get())) << "round " << round;
    ASSERT_EQ(stats_of(b.get()).reused_tokens, 0u);
    n_reused += stats_of(a.get()).reused_tokens;
    const sw_request_stats stats = stats_of(a.get());
    ASSERT_EQ(stats.prefix_end, cursor);
    ASSERT_EQ(stats.mode, options.mode);
    ASSERT_LE(stats.reused_tokens, stats.prompt_tokens);
  }
  EXPECT_GT(n_reused, 0u) << "nothing was resumed: the test tested nothing";
}

// Idle work and what generation left behind change what a completion costs, never what it says; nor do small budgets and trims.
TEST_P(Completions, RefillsChangeNothingButTheCost) {
  const bool is_nano = std::string(GetParam()) == "nano";
  const uint64_t kept_bytes = info_of(model_.get()).kept_bytes;
  for (const uint64_t budget : {uint64_t{0}, 3 * kept_bytes, 40 * kept_bytes}) {
    if (is_nano && budget == 3 * kept_bytes) continue;
    const EngineHandle engine = make_engine(1, 0, budget);
    sw_model* opened = nullptr;
    ASSERT_STATUS(SW_OK, sw_model_open(engine.get(), info_of(model_.get()).path, nullptr, &opened));
    const ModelHandle model(opened);
    std::mt19937_64 random(budget);
    std::string text;
    for (int i = 0; i < (is_nano ? 1 : 4); ++i) text += kText;
    const BufferHandle cold = buffer(text);
    sw_buffer* made = nullptr;
    ASSERT_STATUS(SW_OK, sw_buffer_create(opened, nullptr, text.data(), text.size(), &made));
    const BufferHandle warm(made);
    size_t cursor = text.size() / 2, n_refilled = 0;
    for (int round = 0; round < (is_nano ? 6 : 30); ++round) {
      const auto between = [&](size_t at) {
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
        return at;
      };
      const char* const inserts[] = {"", " ", "x", "  y = f(z)\n", "\n", "\t\xe4\xbd\xa0", "return "};
      const std::string insert = inserts[random() % std::size(inserts)];
      if (random() % 4 == 0) cursor = between(random() % (text.size() + 1));
      const size_t end = between(std::min(text.size(), cursor + random() % 4));
      for (sw_buffer* other : {warm.get(), cold.get()}) {
        ASSERT_STATUS(SW_OK, sw_buffer_edit(other, cursor, end, insert.data(), insert.size()));
      }
      text.replace(cursor, end - cursor, insert);
      cursor += insert.size();
      sw_complete_options options = with_tokens(round % 5 == 0 ? -1 : 4);
      options.mode = round % 10 < 5 ? SW_FILL_PREFIX : SW_FILL_SPM;
      const RequestHandle a = finished(warm.get(), cursor, options);
      options.cold = 1;
      const RequestHandle b = finished(cold.get(), cursor, options);
      ASSERT_EQ(candidates_of(a.get()), candidates_of(b.get())) << "round " << round;
      const sw_request_stats stats = stats_of(a.get());
      ASSERT_LE(stats.replayed_tokens, stats.reused_tokens);
      if (stats.reused_tokens > 0) {
        ASSERT_NE(stats.source, SW_SOURCE_NOTHING);
      }
      size_t n_run = 0;
      const size_t most = random() % 200;
      ASSERT_STATUS(SW_OK, sw_buffer_refill(warm.get(), most, nullptr, &n_run));
      ASSERT_LE(n_run, most);
      n_refilled += n_run;
      if (random() % 6 == 0) {
        ASSERT_STATUS(SW_OK, sw_engine_trim(engine.get(), random() % (1 + info_of(engine.get()).snapshot_bytes)));
      }
      const sw_engine_info info = info_of(engine.get());
      ASSERT_LE(info.snapshot_bytes, info.snapshot_bytes_max);
    }
    sw_store_stats store = SW_STORE_STATS_INIT;
    ASSERT_STATUS(SW_OK, sw_engine_get_store_stats(engine.get(), &store));
    EXPECT_EQ(store.tokens_idle, n_refilled);
  }
}

TEST_P(Completions, AForkStandsWhereTheCompletionLeftOff) {
  const BufferHandle b = buffer(kText);
  for (const size_t cursor : {60, 100, 61}) {
    for (const int32_t n : {-1, 5}) {
      const RequestHandle request = finished(b.get(), cursor, with_tokens(n));
      const sw_request_stats stats = stats_of(request.get());
      sw_sequence* out = nullptr;
      ASSERT_STATUS(SW_OK, sw_buffer_fork(b.get(), &out));
      const SequenceHandle fork(out);
      const size_t length = sw_sequence_length(out);
      ASSERT_GE(length, stats.prompt_tokens);
      ASSERT_LE(length, stats.prompt_tokens + stats.generated_tokens);
      ASSERT_TRUE(std::equal(stats.prompt, stats.prompt + stats.prompt_tokens, sw_sequence_tokens(out)));
      const std::vector<int32_t> ids(sw_sequence_tokens(out), sw_sequence_tokens(out) + length);
      ASSERT_EQ(bytes_of(out, info_of(model_.get())), cold_bytes(model_.get(), ids));
      ASSERT_STATUS(SW_OK, sw_sequence_rewind(out, length / 2, nullptr));
      ASSERT_EQ(bytes_of(out, info_of(model_.get())), cold_bytes(model_.get(), {ids.begin(), ids.begin() + std::ptrdiff_t(length / 2)}));
    }
  }
}

TEST_P(Completions, TheStoreCountsWhatRequestsSay) {
  const BufferHandle b = buffer(kText), c = buffer(kText + kText);
  std::mt19937_64 random(5);
  std::map<sw_source, uint64_t> sources;
  uint64_t n_reused = 0, n_replayed = 0, n_run = 0, n_idle = 0;
  for (int round = 0; round < 12; ++round) {
    sw_buffer* one = round % 3 == 2 ? c.get() : b.get();
    const size_t cursor = 40 + random() % 60;
    ASSERT_STATUS(SW_OK, sw_buffer_edit(one, cursor, cursor, "y", 1));
    const RequestHandle request = finished(one, cursor + 1, with_tokens(-1));
    EXPECT_EQ(sw_request_n_candidates(request.get()), 0u) << "nothing is generated";
    const sw_request_stats stats = stats_of(request.get());
    EXPECT_EQ(stats.generated_tokens, 0u);
    ++sources[stats.source];
    n_reused += stats.reused_tokens;
    n_replayed += stats.replayed_tokens;
    n_run += stats.prompt_tokens - stats.reused_tokens;
    size_t n = 0;
    ASSERT_STATUS(SW_OK, sw_buffer_refill(one, 50, nullptr, &n));
    n_idle += n;
  }
  sw_store_stats store = SW_STORE_STATS_INIT;
  ASSERT_STATUS(SW_OK, sw_engine_get_store_stats(engine_.get(), &store));
  for (int source = SW_SOURCE_NOTHING; source <= SW_SOURCE_DISK; ++source) EXPECT_EQ(store.prompts[source], sources[source]) << source;
  EXPECT_EQ(store.tokens_reused, n_reused);
  EXPECT_EQ(store.tokens_replayed, n_replayed);
  EXPECT_EQ(store.tokens_idle, n_idle);
  EXPECT_EQ(store.tokens_run, n_run + n_idle);
  const sw_engine_info info = info_of(engine_.get());
  EXPECT_EQ(store.tokens_run, info.tokens_run);
  EXPECT_EQ(store.tokens_reused, info.tokens_reused);
  EXPECT_EQ(store.state_bytes + store.log_bytes, info.snapshot_bytes);
  EXPECT_EQ(store.bytes_max, info.snapshot_bytes_max);
  EXPECT_EQ(store.state_bytes, store.states_kept * info_of(model_.get()).kept_bytes) << "no snapshots here";
  EXPECT_LE(store.states_kept + store.states_evicted, store.states_made);
  EXPECT_GE(store.bytes_peak, info.snapshot_bytes);
  EXPECT_LE(store.bytes_peak, store.bytes_max);
  EXPECT_EQ(store.missed_policy, 0u);
  EXPECT_LE(store.missed_unknown + store.missed_evicted, 12u);
  EXPECT_GE(store.seconds_saved, 0);
  ASSERT_STATUS(SW_OK, sw_engine_trim(engine_.get(), 0));
  ASSERT_STATUS(SW_OK, sw_engine_get_store_stats(engine_.get(), &store));
  EXPECT_EQ(store.states_kept, 0u);
  EXPECT_EQ(store.state_bytes + store.log_bytes, 0u);
}

TEST_P(Completions, CandidatesSayWhatTheyAre) {
  struct Pieces {
    std::map<int32_t, std::string> text;
    static int32_t on_text(void* user, int32_t index, const char* text, size_t length) {
      static_cast<Pieces*>(user)->text[index] += std::string(text, length);
      return 0;
    }
  };
  const uint64_t n_seeds = std::string(GetParam()) == "nano" ? 1 : 4;
  for (const sw_fill_mode mode : {SW_FILL_SPM, SW_FILL_PSM, SW_FILL_PREFIX}) {
    for (uint64_t seed = 0; seed < n_seeds; ++seed) {
      const BufferHandle b = buffer(kText);
      Pieces pieces;
      sw_complete_options options = with_tokens(10);
      options.mode = mode;
      options.heal = SW_HEAL_OFF;  // so that every token is one of the whole vocabulary
      options.n_candidates = 4;
      options.sampling.temperature = 1.3f;
      options.sampling.seed = seed * 100;
      options.on_text = Pieces::on_text;
      options.user = &pieces;
      const RequestHandle request = finished(b.get(), 60, options);
      const auto shown = candidates_of(request.get());
      ASSERT_FALSE(shown.empty());
      ASSERT_LE(shown.size(), 4u);
      std::vector<std::string> raws;
      for (const auto& [index, text] : pieces.text) raws.push_back(text);
      for (const Shown& s : shown) {
        EXPECT_TRUE(s.raw.starts_with(s.text));
        EXPECT_TRUE(s.raw.empty() || std::count(raws.begin(), raws.end(), s.raw) > 0) << "the pieces joined are raw";
        EXPECT_EQ(s.cut.empty(), s.text == s.raw) << s.cut;
        EXPECT_GE(s.finish, SW_FINISH_EOS);
        EXPECT_LE(s.finish, SW_FINISH_BLOCK);
        EXPECT_LE(s.ids.size(), 10u);
        EXPECT_LE(s.logprob, 0);
        EXPECT_TRUE(std::isfinite(s.logprob) && std::isfinite(s.suffix_logprob));
        EXPECT_EQ(std::count_if(shown.begin(), shown.end(), [&](const Shown& o) { return o.text == s.text; }), 1) << "shown once";
      }
      // logprob is the sum over ids, computed anew by the low level.
      const sw_request_stats stats = stats_of(request.get());
      const SequenceHandle sequence = make_sequence(model_.get());
      ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), stats.prompt, stats.prompt_tokens, nullptr, nullptr));
      const auto vocab = static_cast<size_t>(info_of(model_.get()).vocab_size);
      const auto pieces_in_vocabulary = static_cast<size_t>(sw_tokenizer_vocab_size(sw_model_tokenizer(model_.get())));
      std::vector<float> logits(vocab);
      double sum = 0;
      for (const int32_t id : shown[0].ids) {
        ASSERT_STATUS(SW_OK, sw_sequence_logits(sequence.get(), logits.data(), vocab));
        double total = 0;
        const double top = *std::max_element(logits.begin(), logits.begin() + std::ptrdiff_t(pieces_in_vocabulary));
        for (size_t i = 0; i < pieces_in_vocabulary; ++i) total += std::exp(logits[i] - top);
        sum += logits[static_cast<size_t>(id)] - top - std::log(total);
        ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), &id, 1, nullptr, nullptr));
      }
      EXPECT_NEAR(sum, shown[0].logprob, 1e-6 * (1 + std::abs(sum)));
      // The same seed gives the same again.
      options.on_text = nullptr;
      EXPECT_EQ(candidates_of(finished(b.get(), 60, options).get()), shown);
    }
  }
}

TEST_P(Completions, ANewerRequestSupersedesAnOlderOne) {
  const BufferHandle b = buffer(kText);
  Gate gate;
  sw_complete_options held = with_tokens(1000);
  held.sampling.temperature = 1;
  held.on_text = Gate::on_text;
  held.user = &gate;
  const RequestHandle older = ask(b.get(), 60, held);
  gate.wait_for_first();
  EXPECT_EQ(sw_request_status(older.get()), SW_E_STATE);
  EXPECT_EQ(sw_request_n_candidates(older.get()), 0u);
  sw_candidate candidate = SW_CANDIDATE_INIT;
  EXPECT_STATUS(SW_E_STATE, sw_request_candidate(older.get(), 0, &candidate));
  EXPECT_STATUS(SW_E_DEADLINE, sw_request_wait(older.get(), 0));
  // A refused one supersedes nothing; the buffer may be edited while it runs.
  sw_complete_options bad = with_tokens(65537);
  sw_request* none = nullptr;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_complete(b.get(), 0, &bad, &none));
  ASSERT_STATUS(SW_OK, sw_buffer_edit(b.get(), 0, 9, "import sys", 10));
  const RequestHandle newer = ask(b.get(), 61, with_tokens(3));
  gate.let_go();
  ASSERT_STATUS(SW_OK, sw_request_wait(older.get(), -1));
  EXPECT_EQ(sw_request_status(older.get()), SW_E_CANCELLED);
  EXPECT_NE(std::string(sw_request_error(older.get())), "");
  EXPECT_EQ(candidates_of(older.get()).size(), 1u) << "it keeps what it had";
  ASSERT_STATUS(SW_OK, sw_request_wait(newer.get(), -1));
  EXPECT_EQ(sw_request_status(newer.get()), SW_OK);
  EXPECT_STREQ(sw_request_error(newer.get()), "");
}

TEST_P(Completions, CancelStopsAndKeepsWhatThereIs) {
  const BufferHandle b = buffer(kText);
  Gate gate;
  sw_complete_options held = with_tokens(1000);
  held.n_candidates = 3;
  held.sampling.temperature = 1;
  held.on_text = Gate::on_text;
  held.user = &gate;
  const RequestHandle request = ask(b.get(), 60, held);
  gate.wait_for_first();
  sw_request_cancel(request.get());
  gate.let_go();
  ASSERT_STATUS(SW_OK, sw_request_wait(request.get(), -1));
  EXPECT_EQ(sw_request_status(request.get()), SW_E_CANCELLED);
  for (const Shown& s : candidates_of(request.get())) EXPECT_FALSE(s.ids.empty());
  // The cache it leaves is as good as any.
  sw_complete_options options = with_tokens(5);
  const auto resumed = candidates_of(finished(b.get(), 60, options).get());
  options.cold = 1;
  EXPECT_EQ(resumed, candidates_of(finished(b.get(), 60, options).get()));
}

TEST_P(Completions, TheTimeBudgetEndsIt) {
  const BufferHandle b = buffer(kText);
  sw_complete_options options = with_tokens(60000);
  options.sampling.temperature = 2;
  options.time_budget_ms = 300;
  options.n_candidates = 2;
  const RequestHandle request = ask(b.get(), 60, options);
  ASSERT_STATUS(SW_OK, sw_request_wait(request.get(), -1));
  const sw_status status = sw_request_status(request.get());
  ASSERT_TRUE(status == SW_OK || status == SW_E_DEADLINE) << sw_status_name(status);
  const auto shown = candidates_of(request.get());
  for (const Shown& s : shown) EXPECT_TRUE(!s.ids.empty() || shown.size() == 1) << "an empty late candidate is none";
  // One millisecond is over before the prompt: late, whatever else.
  options.time_budget_ms = 1;
  options.cold = 1;
  const RequestHandle late = ask(b.get(), 60, options);
  ASSERT_STATUS(SW_OK, sw_request_wait(late.get(), -1));
  EXPECT_TRUE(sw_request_status(late.get()) == SW_E_DEADLINE || sw_request_status(late.get()) == SW_OK);
}

// Sleeps at the n-th piece of the first candidate until the time budget is over.
struct Sleeper {
  int n;
  static int32_t on_text(void* user, int32_t index, const char*, size_t) {
    if (index == 0 && --static_cast<Sleeper*>(user)->n == 0) std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return 0;
  }
};

// What is late has as many tokens as the others that are, and what was over by then is as if there had been time.
TEST_P(Completions, TimeEndsAllCandidatesAfterTheSameTokenButThoseThatAreOver) {
  sw_buffer_options python = SW_BUFFER_OPTIONS_INIT;
  python.path = "a.py";
  sw_buffer* raw = nullptr;
  ASSERT_STATUS(SW_OK, sw_buffer_create(model_.get(), &python, kText.data(), kText.size(), &raw));
  const BufferHandle b(raw);
  size_t n_late = 0, n_over = 0;
  const char* stop[] = {"a", "e"};
  for (int round = 0; round < 12; ++round) {
    sw_complete_options options = with_tokens(24);
    options.n_candidates = 6;
    options.cut_at_syntax = 1;
    options.stop = stop;
    options.n_stop = static_cast<size_t>(round % 3);
    options.sampling.temperature = 1.5f;
    options.sampling.seed = static_cast<uint64_t>(round);
    const auto whole = candidates_of(finished(b.get(), 120, options).get());
    Sleeper sleeper{1 + 2 * (round % 6)};
    options.on_text = Sleeper::on_text;
    options.user = &sleeper;
    options.time_budget_ms = 150;
    const auto late = candidates_of(finished(b.get(), 120, options).get());
    size_t n_ids = 0;
    for (const Shown& s : late) n_ids = std::max(n_ids, s.ids.size());
    for (const Shown& s : late) {
      const auto own = std::find_if(whole.begin(), whole.end(), [&](const Shown& w) {
        return w.ids == s.ids && (w.finish != SW_FINISH_EOS || s.finish == SW_FINISH_EOS);
      });
      if (own != whole.end()) {
        EXPECT_EQ(s, *own);
        ++n_over;
      } else {
        EXPECT_EQ(s.ids.size(), n_ids) << "'" << s.raw << "'";
        ++n_late;
      }
    }
  }
  EXPECT_GT(n_late, 0u);
  EXPECT_GT(n_over, 0u);
}

TEST_P(Completions, TheCallbackEndsIt) {
  const BufferHandle b = buffer(kText);
  std::string seen;
  struct User {
    std::string* seen;
    int left;
  } user{&seen, 3};
  sw_complete_options options = with_tokens(100);
  options.sampling.temperature = 1;
  options.user = &user;
  options.on_text = [](void* p, int32_t, const char* text, size_t length) -> int32_t {
    auto* u = static_cast<User*>(p);
    u->seen->append(text, length);
    return --u->left > 0 ? 0 : 1;
  };
  const RequestHandle request = finished(b.get(), 60, options);
  const auto shown = candidates_of(request.get());
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_TRUE(shown[0].raw.starts_with(seen));
  EXPECT_TRUE(shown[0].finish == SW_FINISH_CALLBACK || user.left > 0 || shown[0].finish == SW_FINISH_SUFFIX ||
              shown[0].finish == SW_FINISH_BLOCK || shown[0].finish == SW_FINISH_REPEAT);
}

TEST_P(Completions, DoneIsCalledOnceWithTheRequest) {
  struct User {
    std::atomic<int> n{0};
    std::atomic<sw_request*> request{nullptr};
    std::atomic<int> polled{0};
    static void on_done(void* p, sw_request* request) {
      auto* u = static_cast<User*>(p);
      u->request = request;
      u->polled = sw_request_poll(request);
      ++u->n;
    }
  };
  User user;
  const BufferHandle b = buffer(kText);
  sw_complete_options options = with_tokens(2);
  options.on_done = User::on_done;
  options.user = &user;
  sw_request* request = nullptr;
  ASSERT_STATUS(SW_OK, sw_complete(b.get(), 60, &options, &request));
  sw_request_free(request);  // waits for the callback too
  EXPECT_EQ(user.n, 1);
  EXPECT_EQ(user.request, request);
  EXPECT_EQ(user.polled, 1);
}

TEST_P(Completions, EverythingMayBeFreedWhileItRuns) {
  for (int which = 0; which < 6; ++which) {
    Gate gate;
    BufferHandle b = buffer(kText);
    sw_complete_options options = with_tokens(200);
    options.sampling.temperature = 1;
    options.on_text = Gate::on_text;
    options.user = &gate;
    RequestHandle request = ask(b.get(), 60, options);
    gate.wait_for_first();
    if (which == 0) b.reset();
    if (which == 1) engine_.reset();
    if (which == 2) model_.reset();
    std::thread other;
    if (which == 3) other = std::thread([&] { request.reset(); });  // waits until it is let go
    gate.let_go();
    if (which == 4) request.reset();
    if (other.joinable()) other.join();
    if (request) {
      sw_request_cancel(request.get());
      ASSERT_STATUS(SW_OK, sw_request_wait(request.get(), -1));
    }
    request.reset();
    b.reset();
    if (!model_ || !engine_) SetUp();
  }
}

TEST_P(Completions, EmptyTextsAndEnds) {
  const BufferHandle empty = buffer("");
  for (const sw_fill_mode mode : {SW_FILL_SPM, SW_FILL_PSM, SW_FILL_PREFIX}) {
    sw_complete_options options = with_tokens(3);
    options.mode = mode;
    EXPECT_EQ(candidates_of(finished(empty.get(), 0, options).get()).size(), 1u);
  }
  const BufferHandle b = buffer(kText);
  EXPECT_EQ(candidates_of(finished(b.get(), 0, with_tokens(3)).get()).size(), 1u);
  EXPECT_EQ(candidates_of(finished(b.get(), kText.size(), with_tokens(3)).get()).size(), 1u);
  const BufferHandle wide = buffer("x = '\xe4\xbd\xa0'");
  sw_request* none = nullptr;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_complete(wide.get(), 6, nullptr, &none));
}

INSTANTIATE_TEST_SUITE_P(All, Completions, testing::Values("tiny", "nano"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace sw::test
