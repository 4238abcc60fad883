// Several sequences in one step: the bytes of each alone, whatever runs beside it.
#include <algorithm>
#include <functional>
#include <numeric>

#include "support/session.h"

namespace sw::test {
namespace {

using Ids = std::vector<int32_t>;

ModelHandle open_as(sw_engine* engine, const std::string& folder, sw_weights weights) {
  sw_model_options options = SW_MODEL_OPTIONS_INIT;
  options.without_tokenizer = 1;
  options.weights = weights;
  sw_model* model = nullptr;
  EXPECT_STATUS(SW_OK, sw_model_open(engine, folder.c_str(), &options, &model));
  return ModelHandle(model);
}

std::vector<float> last_logits(sw_model* model, const Ids& ids) {
  const SequenceHandle sequence = make_sequence(model);
  EXPECT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids.data(), ids.size(), nullptr, nullptr));
  std::vector<float> logits(static_cast<size_t>(info_of(model).vocab_size));
  EXPECT_STATUS(SW_OK, sw_sequence_logits(sequence.get(), logits.data(), logits.size()));
  return logits;
}

// Sequences of one model that are stepped together, run alone, rewound and forked at random.
class Batch {
 public:
  Batch(sw_model* model, uint64_t seed, size_t n) : model_(model), info_(info_of(model)), random_(seed), tokens_(n) {
    for (size_t i = 0; i < n; ++i) sequences_.push_back(make_sequence(model));
  }

  void run(int n_operations) {
    for (int i = 0; i < n_operations && !testing::Test::HasFailure(); ++i) {
      switch (random_() % 6) {
        case 0: append(random_() % sequences_.size()); break;
        case 1: rewind(random_() % sequences_.size()); break;
        default: step(); break;
      }
    }
    for (size_t i = 0; i < sequences_.size(); ++i) {
      ASSERT_EQ(sw_sequence_length(sequences_[i].get()), tokens_[i].size());
      ASSERT_EQ(bytes_of(sequences_[i].get(), info_), cold_bytes(model_, tokens_[i])) << "sequence " << i;
    }
  }

 private:
  void step() {
    std::vector<size_t> chosen(sequences_.size());
    std::iota(chosen.begin(), chosen.end(), size_t{0});
    std::shuffle(chosen.begin(), chosen.end(), random_);
    chosen.resize(1 + random_() % chosen.size());
    const Ids ids = random_ids(random_, chosen.size(), info_.vocab_size);
    std::vector<sw_sequence*> together;
    for (size_t i = 0; i < chosen.size(); ++i) {
      together.push_back(sequences_[chosen[i]].get());
      tokens_[chosen[i]].push_back(ids[i]);
    }
    const auto vocab = static_cast<size_t>(info_.vocab_size);
    std::vector<float> logits(random_() % 2 == 0 ? ids.size() * vocab : 0);
    ASSERT_STATUS(SW_OK, sw_sequences_step(together.data(), ids.size(), ids.data(), nullptr, logits.empty() ? nullptr : logits.data()));
    if (logits.empty()) return;
    const size_t i = random_() % chosen.size();  // one of them: a cold run is long
    const std::vector<float> expected = last_logits(model_, tokens_[chosen[i]]);
    ASSERT_EQ(std::memcmp(logits.data() + i * vocab, expected.data(), vocab * sizeof(float)), 0)
        << "number " << i << " of " << chosen.size() << " after " << tokens_[chosen[i]].size() << " tokens";
  }

  void append(size_t at) {
    const Ids ids = random_ids(random_, random_() % 40, info_.vocab_size);
    ASSERT_STATUS(SW_OK, sw_sequence_append(sequences_[at].get(), ids.data(), ids.size(), nullptr, nullptr));
    tokens_[at].insert(tokens_[at].end(), ids.begin(), ids.end());
  }

  void rewind(size_t at) {
    const size_t length = random_() % (tokens_[at].size() + 1);
    ASSERT_STATUS(SW_OK, sw_sequence_rewind(sequences_[at].get(), length, nullptr));
    tokens_[at].resize(length);
  }

  sw_model* model_;
  sw_model_info info_;
  std::mt19937_64 random_;
  std::vector<SequenceHandle> sequences_;
  std::vector<Ids> tokens_;
};

TEST(Step, AnyMixOfStepsEqualsEachAlone) {
  uint64_t seed = 0;
  for (const TinySpec& spec : shapes()) {
    TempDir folder;
    write_hf(folder.path(), spec);
    for (const uint32_t mask : cpu_masks()) {
      for (const sw_weights weights : {SW_WEIGHTS_STORED, SW_WEIGHTS_Q8, SW_WEIGHTS_Q4}) {
        ++seed;
        const EngineHandle engine = make_engine(1 + int(seed % 3), mask);
        const ModelHandle model = open_as(engine.get(), folder.path(), weights);
        Batch(model.get(), seed, 2 + seed % 19).run(24);
        if (testing::Test::HasFailure()) FAIL() << "mask " << mask << ", weights " << weights << ", seed " << seed;
      }
    }
  }
}

// The inputs of a step are logged like those of any token: going back runs nothing.
TEST(Step, TheWayBackIsLogged) {
  TempDir folder;
  write_hf(folder.path(), shapes()[0]);
  const EngineHandle engine = make_engine();
  const ModelHandle model = open_weights(engine.get(), folder.path());
  const sw_model_info info = info_of(model.get());
  std::mt19937_64 random(1);
  const Ids ids = random_ids(random, 60, info.vocab_size);
  const SequenceHandle a = make_sequence(model.get()), b = make_sequence(model.get());
  sw_sequence* both[] = {a.get(), b.get()};
  for (const int32_t id : ids) {
    const int32_t two[] = {id, id};
    ASSERT_STATUS(SW_OK, sw_sequences_step(both, 2, two, nullptr, nullptr));
  }
  sw_sequence_stats before = SW_SEQUENCE_STATS_INIT, after = SW_SEQUENCE_STATS_INIT;
  ASSERT_STATUS(SW_OK, sw_sequence_get_stats(a.get(), &before));
  ASSERT_STATUS(SW_OK, sw_sequence_rewind(a.get(), 50, nullptr));
  ASSERT_STATUS(SW_OK, sw_sequence_get_stats(a.get(), &after));
  EXPECT_EQ(after.tokens_run, before.tokens_run);
  EXPECT_GT(after.tokens_replayed, before.tokens_replayed);
  EXPECT_EQ(bytes_of(a.get(), info), cold_bytes(model.get(), Ids(ids.begin(), ids.begin() + 50)));
}

TEST(Step, WhatIsWrongChangesNothing) {
  TempDir folder;
  write_hf(folder.path(), shapes()[0]);
  const EngineHandle engine = make_engine();
  const ModelHandle model = open_weights(engine.get(), folder.path()), other = open_weights(engine.get(), folder.path());
  const SequenceHandle a = make_sequence(model.get()), b = make_sequence(model.get()), c = make_sequence(other.get());
  const int32_t ids[] = {1, 2}, bad[] = {1, info_of(model.get()).vocab_size}, negative[] = {-1, 2};
  sw_sequence* two[] = {a.get(), b.get()};
  sw_sequence* twice[] = {a.get(), a.get()};
  sw_sequence* mixed[] = {a.get(), c.get()};
  sw_sequence* with_null[] = {a.get(), nullptr};
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequences_step(nullptr, 2, ids, nullptr, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequences_step(two, 2, nullptr, nullptr, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequences_step(two, 2, bad, nullptr, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequences_step(two, 2, negative, nullptr, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequences_step(twice, 2, ids, nullptr, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequences_step(mixed, 2, ids, nullptr, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequences_step(with_null, 2, ids, nullptr, nullptr));
  EXPECT_STATUS(SW_OK, sw_sequences_step(nullptr, 0, nullptr, nullptr, nullptr));
  sw_cancel* raw = nullptr;
  ASSERT_STATUS(SW_OK, sw_cancel_create(&raw));
  const CancelHandle cancel(raw);
  sw_cancel_set(raw);
  sw_run_options options = SW_RUN_OPTIONS_INIT;
  options.cancel = raw;
  EXPECT_STATUS(SW_E_CANCELLED, sw_sequences_step(two, 2, ids, &options, nullptr));
  EXPECT_EQ(sw_sequence_length(a.get()), 0u);
  EXPECT_EQ(sw_sequence_length(b.get()), 0u);
}

}  // namespace
}  // namespace sw::test
