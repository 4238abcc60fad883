// The laws of sequences, through the public header: what was cut, kept, forked or stopped gives the bytes of a run that was not.
#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <optional>
#include <thread>

#include "support/session.h"

namespace sw::test {
namespace {

using Ids = std::vector<int32_t>;

// Runs `ids` in pieces of random size; the logits after every token.
std::vector<float> run_in_pieces(std::mt19937_64& random, sw_sequence* sequence, const Ids& ids, size_t vocab_size) {
  std::vector<float> logits(ids.size() * vocab_size);
  for (size_t at = 0; at < ids.size();) {
    const size_t most = random() % 3 == 0 ? 4 : 150;  // decode-like and prefill-like cuts
    const size_t n = std::min<size_t>(1 + random() % most, ids.size() - at);
    EXPECT_STATUS(SW_OK, sw_sequence_append(sequence, ids.data() + at, n, nullptr, logits.data() + at * vocab_size));
    at += n;
  }
  return logits;
}

class Shapes : public testing::TestWithParam<size_t> {
 protected:
  void SetUp() override { write_hf(folder_.path(), shapes()[GetParam()]); }
  TempDir folder_;
};

TEST_P(Shapes, CutsAndThreadsDoNotChangeAByte) {
  std::mt19937_64 random(GetParam());
  for (const uint32_t mask : cpu_masks()) {
    std::optional<std::pair<std::vector<float>, Bytes>> expected;
    Ids ids;
    for (const int n_threads : {1, 2, 3}) {
      const EngineHandle engine = make_engine(n_threads, mask);
      ASSERT_EQ(info_of(engine.get()).n_threads, n_threads);
      const ModelHandle model = open_weights(engine.get(), folder_.path());
      const sw_model_info info = info_of(model.get());
      const auto vocab = static_cast<size_t>(info.vocab_size);
      if (ids.empty()) ids = random_ids(random, 330, info.vocab_size);
      if (!expected) {
        const SequenceHandle whole = make_sequence(model.get());
        std::vector<float> logits(ids.size() * vocab);
        ASSERT_STATUS(SW_OK, sw_sequence_append(whole.get(), ids.data(), ids.size(), nullptr, logits.data()));
        expected.emplace(std::move(logits), bytes_of(whole.get(), info));
        for (const float l : expected->first) ASSERT_TRUE(std::isfinite(l));
      }
      for (int round = 0; round < 4; ++round) {
        const SequenceHandle pieces = make_sequence(model.get());
        const auto logits = run_in_pieces(random, pieces.get(), ids, vocab);
        ASSERT_EQ(std::memcmp(logits.data(), expected->first.data(), logits.size() * sizeof(float)), 0)
            << "mask " << mask << ", " << n_threads << " threads, round " << round;
        ASSERT_EQ(bytes_of(pieces.get(), info), expected->second) << "mask " << mask << ", " << n_threads << " threads";
      }
    }
  }
}

// Random operations on a handful of sequences and snapshots, each checked against a run from nothing.
class Operations {
 public:
  Operations(sw_model* model, const std::string& folder, uint64_t seed)
      : model_(model), info_(info_of(model)), folder_(folder), random_(seed) {
    sequences_.push_back(make_sequence(model));
    tokens_.emplace_back();
  }

  void run(int n_operations) {
    for (int i = 0; i < n_operations && !testing::Test::HasFailure(); ++i) {
      const size_t at = random_() % sequences_.size();
      step(at);
      check(at);
      if (random_() % 4 == 0) check(random_() % sequences_.size());  // nobody else has moved
    }
    for (size_t i = 0; i < sequences_.size(); ++i) check(i);
  }

 private:
  void step(size_t at) {
    switch (random_() % 8) {
      case 0:
      case 1:
      case 2: return append(at);
      case 3: return rewind(at);
      case 4: return fork(at);
      case 5: return snapshot(at);
      case 6: return restore(at);
      default: return save_and_load();
    }
  }

  void check(size_t at) {
    ASSERT_EQ(bytes_of(sequences_[at].get(), info_), cold_bytes(model_, tokens_[at])) << "sequence " << at;
  }

  void append(size_t at) {
    const Ids ids = random_ids(random_, random_() % (random_() % 4 == 0 ? 300 : 20), info_.vocab_size);
    ASSERT_STATUS(SW_OK, sw_sequence_append(sequences_[at].get(), ids.data(), ids.size(), nullptr, nullptr));
    tokens_[at].insert(tokens_[at].end(), ids.begin(), ids.end());
  }

  void rewind(size_t at) {
    const size_t length = random_() % (tokens_[at].size() + 1);
    ASSERT_STATUS(SW_OK, sw_sequence_rewind(sequences_[at].get(), length, nullptr));
    tokens_[at].resize(length);
  }

  void fork(size_t at) {
    sw_sequence* out = nullptr;
    ASSERT_STATUS(SW_OK, sw_sequence_fork(sequences_[at].get(), &out));
    SequenceHandle other(out);
    if (sequences_.size() < 4) {
      sequences_.push_back(std::move(other));
      tokens_.push_back(tokens_[at]);
    } else {
      const size_t to = random_() % sequences_.size();  // the one that goes may share states with those that stay
      tokens_[to] = Ids(tokens_[at]);
      sequences_[to] = std::move(other);
    }
  }

  void snapshot(size_t at) {
    sw_snapshot* out = nullptr;
    const sw_status status = sw_sequence_snapshot(sequences_[at].get(), &out);
    if (status == SW_E_NO_MEMORY) {
      ASSERT_EQ(out, nullptr);
      snapshots_.clear();
      return;
    }
    ASSERT_EQ(status, SW_OK) << sw_last_error();
    ASSERT_EQ(sw_snapshot_length(out), tokens_[at].size());
    snapshots_.emplace_back(SnapshotHandle(out), tokens_[at]);
    if (snapshots_.size() > 3) snapshots_.erase(snapshots_.begin());
  }

  void restore(size_t at) {
    if (snapshots_.empty()) return;
    const auto& [snapshot, tokens] = snapshots_[random_() % snapshots_.size()];
    ASSERT_STATUS(SW_OK, sw_sequence_restore(sequences_[at].get(), snapshot.get()));
    tokens_[at] = tokens;
  }

  void save_and_load() {
    if (snapshots_.empty()) return;
    const size_t i = random_() % snapshots_.size();
    const std::string path = folder_ + "/state";
    ASSERT_STATUS(SW_OK, sw_snapshot_save(snapshots_[i].first.get(), path.c_str(), nullptr));
    snapshots_[i].first.reset();
    sw_snapshot* out = nullptr;
    ASSERT_STATUS(SW_OK, sw_snapshot_load(model_, path.c_str(), nullptr, &out));
    ASSERT_EQ(sw_snapshot_length(out), snapshots_[i].second.size());
    snapshots_[i].first.reset(out);
  }

  sw_model* model_;
  sw_model_info info_;
  std::string folder_;
  std::mt19937_64 random_;
  std::vector<SequenceHandle> sequences_;
  std::vector<Ids> tokens_;
  std::vector<std::pair<SnapshotHandle, Ids>> snapshots_;
};

TEST_P(Shapes, RandomOperationsEqualARunFromNothing) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const EngineHandle engine = make_engine(1 + static_cast<int>(seed % 2));
    const ModelHandle model = open_weights(engine.get(), folder_.path());
    TempDir files;
    Operations(model.get(), files.path(), seed).run(60);
    ASSERT_STATUS(SW_OK, sw_engine_trim(engine.get(), 0));
    ASSERT_EQ(info_of(engine.get()).snapshot_bytes, 0u) << "every kept state gives its bytes back";
  }
}

TEST_P(Shapes, RandomOperationsWithinATinyBudget) {
  const EngineHandle probe = make_engine();
  const uint64_t state_bytes = info_of(open_weights(probe.get(), folder_.path()).get()).state_bytes;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const EngineHandle engine = make_engine(1, 0, seed == 0 ? 1 : state_bytes * (2 * seed + 1) / 2);
    const ModelHandle model = open_weights(engine.get(), folder_.path());
    TempDir files;
    // Loading may find the budget spent by others: that is a status, so only the ways that keep going are tried here.
    std::mt19937_64 random(seed);
    std::vector<SequenceHandle> sequences;
    std::vector<SnapshotHandle> snapshots;
    for (int i = 0; i < 40; ++i) {
      if (sequences.size() < 3) sequences.push_back(make_sequence(model.get()));
      sw_sequence* sequence = sequences[random() % sequences.size()].get();
      const Ids ids = random_ids(random, random() % 200, info_of(model.get()).vocab_size);
      ASSERT_STATUS(SW_OK, sw_sequence_append(sequence, ids.data(), ids.size(), nullptr, nullptr));
      const Ids now(sw_sequence_tokens(sequence), sw_sequence_tokens(sequence) + sw_sequence_length(sequence));
      const size_t length = random() % (now.size() + 1);
      ASSERT_STATUS(SW_OK, sw_sequence_rewind(sequence, length, nullptr));
      ASSERT_EQ(bytes_of(sequence, info_of(model.get())), cold_bytes(model.get(), Ids(now.begin(), now.begin() + std::ptrdiff_t(length))));
      sw_snapshot* snapshot = nullptr;
      const sw_status status = sw_sequence_snapshot(sequence, &snapshot);
      ASSERT_TRUE(status == SW_OK || status == SW_E_NO_MEMORY);
      ASSERT_EQ(snapshot != nullptr, status == SW_OK);
      snapshots.emplace_back(snapshot);
      const sw_engine_info info = info_of(engine.get());
      ASSERT_LE(info.snapshot_bytes, info.snapshot_bytes_max);
      if (snapshots.size() > 4) snapshots.clear();
      if (random() % 9 == 0) sequences.erase(sequences.begin());
    }
    sequences.clear();
    snapshots.clear();
    ASSERT_STATUS(SW_OK, sw_engine_trim(engine.get(), 0));
    ASSERT_EQ(info_of(engine.get()).snapshot_bytes, 0u);
  }
}

TEST_P(Shapes, SamplingDependsOnLogitsAndPlaceAlone) {
  const EngineHandle engine = make_engine();
  const ModelHandle model = open_weights(engine.get(), folder_.path());
  const SequenceHandle sequence = make_sequence(model.get());
  sw_sampling_options sampling = SW_SAMPLING_OPTIONS_INIT;
  sampling.temperature = 1.5f;
  sampling.seed = 11;
  const auto generate = [&](int n) {
    Ids out;
    for (int i = 0; i < n; ++i) {
      int32_t id = -1;
      EXPECT_STATUS(SW_OK, sw_sequence_sample(sequence.get(), &sampling, &id));
      EXPECT_STATUS(SW_OK, sw_sequence_append(sequence.get(), &id, 1, nullptr, nullptr));
      out.push_back(id);
    }
    return out;
  };
  const int32_t first = 1;
  ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), &first, 1, nullptr, nullptr));
  const Ids once = generate(90);
  ASSERT_STATUS(SW_OK, sw_sequence_rewind(sequence.get(), 1, nullptr));
  EXPECT_EQ(generate(90), once);
  ASSERT_STATUS(SW_OK, sw_sequence_rewind(sequence.get(), 41, nullptr));
  EXPECT_EQ(generate(50), Ids(once.begin() + 40, once.end()));
}

INSTANTIATE_TEST_SUITE_P(All, Shapes, testing::Range(size_t{0}, shapes().size()));

// ------------------------------------------------------------------------------------------------ stopping on the way

class Stopping : public testing::Test {
 protected:
  void SetUp() override {
    write_hf(folder_.path(), shapes()[1]);
    engine_ = make_engine(2);
    model_ = open_weights(engine_.get(), folder_.path());
    std::mt19937_64 random(3);
    ids_ = random_ids(random, 3000, info_of(model_.get()).vocab_size);
  }

  // The sequence stands at a chunk, with the bytes of a run that ended there, and can go on.
  void expect_whole_chunk(sw_sequence* sequence, size_t length) {
    ASSERT_EQ(sw_sequence_length(sequence), length);
    const Ids seen(ids_.begin(), ids_.begin() + std::ptrdiff_t(length));
    ASSERT_EQ(bytes_of(sequence, info_of(model_.get())), cold_bytes(model_.get(), seen));
    ASSERT_STATUS(SW_OK, sw_sequence_append(sequence, ids_.data() + length, ids_.size() - length, nullptr, nullptr));
    ASSERT_EQ(bytes_of(sequence, info_of(model_.get())), cold_bytes(model_.get(), ids_));
  }

  TempDir folder_;
  EngineHandle engine_;
  ModelHandle model_;
  Ids ids_;
};

// Progress as it came, and something to do at the call of a given number.
struct Progress {
  int at = -1;
  std::function<int32_t()> then;
  std::vector<uint64_t> seen;
  uint64_t total = 0;

  static int32_t call(void* user, uint64_t done, uint64_t total) {
    auto* self = static_cast<Progress*>(user);
    self->seen.push_back(done);
    self->total = total;
    return static_cast<int>(self->seen.size()) - 1 == self->at ? self->then() : 0;
  }
};

TEST_F(Stopping, CancelAtEveryChunk) {
  sw_cancel* cancel = nullptr;
  ASSERT_STATUS(SW_OK, sw_cancel_create(&cancel));
  const CancelHandle handle(cancel);
  for (int at = 0;; ++at) {
    for (const bool by_flag : {true, false}) {
      const SequenceHandle sequence = make_sequence(model_.get());
      Progress progress;
      progress.at = at;
      progress.then = [&]() -> int32_t {
        if (by_flag) sw_cancel_set(cancel);
        return by_flag ? 0 : 1;
      };
      sw_run_options options = SW_RUN_OPTIONS_INIT;
      options.cancel = cancel;
      options.progress = Progress::call;
      options.progress_user = &progress;
      const sw_status status = sw_sequence_append(sequence.get(), ids_.data(), ids_.size(), &options, nullptr);
      sw_cancel_clear(cancel);
      ASSERT_TRUE(std::is_sorted(progress.seen.begin(), progress.seen.end()));
      ASSERT_EQ(progress.total, ids_.size());
      if (status == SW_OK) {
        ASSERT_EQ(progress.seen.back(), ids_.size());
        ASSERT_GE(at, 5) << "so few chunks that nothing was tested";
        return;
      }
      ASSERT_EQ(status, SW_E_CANCELLED);
      ASSERT_NO_FATAL_FAILURE(expect_whole_chunk(sequence.get(), progress.seen.back()));
    }
  }
}

TEST_F(Stopping, CancelFromAnotherThread) {
  sw_cancel* cancel = nullptr;
  ASSERT_STATUS(SW_OK, sw_cancel_create(&cancel));
  const CancelHandle handle(cancel);
  for (int round = 0; round < 10; ++round) {
    const SequenceHandle sequence = make_sequence(model_.get());
    std::atomic<bool> started{false};
    Progress progress;
    progress.at = round % 4;
    progress.then = [&]() -> int32_t {
      started = true;
      started.notify_all();
      return 0;
    };
    std::thread other([&] {
      started.wait(false);
      sw_cancel_set(cancel);
    });
    sw_run_options options = SW_RUN_OPTIONS_INIT;
    options.cancel = cancel;
    options.progress = Progress::call;
    options.progress_user = &progress;
    const sw_status status = sw_sequence_append(sequence.get(), ids_.data(), ids_.size(), &options, nullptr);
    other.join();
    sw_cancel_clear(cancel);
    ASSERT_TRUE(status == SW_OK || status == SW_E_CANCELLED);
    const size_t length = sw_sequence_length(sequence.get());
    ASSERT_EQ(length == ids_.size(), status == SW_OK);
    ASSERT_NO_FATAL_FAILURE(expect_whole_chunk(sequence.get(), length));
  }
}

TEST_F(Stopping, DeadlinePassesOnTheWay) {
  const SequenceHandle sequence = make_sequence(model_.get());
  Progress progress;
  progress.at = 3;
  progress.then = []() -> int32_t {
    std::this_thread::sleep_for(std::chrono::milliseconds(1200));
    return 0;
  };
  sw_run_options options = SW_RUN_OPTIONS_INIT;
  options.deadline_ms = 1000;
  options.progress = Progress::call;
  options.progress_user = &progress;
  ASSERT_STATUS(SW_E_DEADLINE, sw_sequence_append(sequence.get(), ids_.data(), ids_.size(), &options, nullptr));
  ASSERT_NO_FATAL_FAILURE(expect_whole_chunk(sequence.get(), progress.seen.back()));
}

TEST_F(Stopping, ARefusedAppendChangesNothing) {
  const SequenceHandle sequence = make_sequence(model_.get());
  ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids_.data(), 100, nullptr, nullptr));
  const Bytes before = bytes_of(sequence.get(), info_of(model_.get()));
  for (const int32_t bad : {-1, info_of(model_.get()).vocab_size, INT32_MAX, INT32_MIN}) {
    Ids ids(ids_.begin(), ids_.begin() + 200);
    ids[199] = bad;
    ASSERT_STATUS(SW_E_ARGUMENT, sw_sequence_append(sequence.get(), ids.data(), ids.size(), nullptr, nullptr));
    ASSERT_NE(std::string(sw_last_error()).find("token 199"), std::string::npos) << sw_last_error();
    ASSERT_EQ(bytes_of(sequence.get(), info_of(model_.get())), before);
  }
}

TEST_F(Stopping, AFailedRewindChangesNothing) {
  const SequenceHandle sequence = make_sequence(model_.get());
  ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids_.data(), ids_.size(), nullptr, nullptr));
  const Bytes before = bytes_of(sequence.get(), info_of(model_.get()));
  const auto stats = [&] {
    sw_sequence_stats s = SW_SEQUENCE_STATS_INIT;
    EXPECT_STATUS(SW_OK, sw_sequence_get_stats(sequence.get(), &s));
    return s;
  };
  const uint64_t kept = stats().kept_states;
  ASSERT_GT(kept, 0u);
  ASSERT_STATUS(SW_E_ARGUMENT, sw_sequence_rewind(sequence.get(), ids_.size() + 1, nullptr));
  int n_cancelled = 0;
  for (const size_t length : {size_t{1}, size_t{63}, size_t{700}, ids_.size() - 1}) {
    Progress progress;
    progress.at = 0;
    progress.then = []() -> int32_t { return 1; };
    sw_run_options options = SW_RUN_OPTIONS_INIT;
    options.progress = Progress::call;
    options.progress_user = &progress;
    ASSERT_STATUS(SW_E_CANCELLED, sw_sequence_rewind(sequence.get(), length, &options));
    ++n_cancelled;
    ASSERT_EQ(bytes_of(sequence.get(), info_of(model_.get())), before);
    ASSERT_EQ(stats().kept_states, kept);
    ASSERT_EQ(stats().rewinds, 0u);
  }
  ASSERT_EQ(n_cancelled, 4);
  // And each goes through when it may.
  ASSERT_STATUS(SW_OK, sw_sequence_rewind(sequence.get(), 700, nullptr));
  ASSERT_EQ(bytes_of(sequence.get(), info_of(model_.get())), cold_bytes(model_.get(), Ids(ids_.begin(), ids_.begin() + 700)));
}

TEST_F(Stopping, KeptStatesMakeRewindsShort) {
  const SequenceHandle sequence = make_sequence(model_.get());
  ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids_.data(), ids_.size(), nullptr, nullptr));
  ASSERT_STATUS(SW_OK, sw_sequence_rewind(sequence.get(), ids_.size() - 2, nullptr));
  sw_sequence_stats stats = SW_SEQUENCE_STATS_INIT;
  ASSERT_STATUS(SW_OK, sw_sequence_get_stats(sequence.get(), &stats));
  EXPECT_LT(stats.tokens_rerun, 128u) << "a small step back re-runs little";
  EXPECT_EQ(stats.tokens_run, ids_.size() + stats.tokens_rerun);
  EXPECT_EQ(stats.rewinds, 1u);
}

// ------------------------------------------------------------------------------------------------------------- budget

TEST_F(Stopping, SpentBudgetIsAStatusAndSequencesGoOn) {
  const EngineHandle engine = make_engine(1, 0, info_of(model_.get()).state_bytes * 2);
  const ModelHandle model = open_weights(engine.get(), folder_.path());
  const SequenceHandle sequence = make_sequence(model.get());
  const Ids few(ids_.begin(), ids_.begin() + 10);
  ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), few.data(), few.size(), nullptr, nullptr));
  sw_snapshot* first = nullptr;
  ASSERT_STATUS(SW_OK, sw_sequence_snapshot(sequence.get(), &first));
  sw_snapshot* second = reinterpret_cast<sw_snapshot*>(&first);
  ASSERT_STATUS(SW_E_NO_MEMORY, sw_sequence_snapshot(sequence.get(), &second));
  EXPECT_EQ(second, nullptr);
  EXPECT_NE(std::string(sw_last_error()).find("budget"), std::string::npos) << sw_last_error();
  ASSERT_EQ(bytes_of(sequence.get(), info_of(model.get())), cold_bytes(model.get(), few));
  sw_snapshot_retain(first);
  sw_snapshot_free(first);
  ASSERT_STATUS(SW_E_NO_MEMORY, sw_sequence_snapshot(sequence.get(), &second));  // a retained snapshot keeps its bytes
  sw_snapshot_free(first);
  ASSERT_STATUS(SW_OK, sw_sequence_snapshot(sequence.get(), &second));
  sw_snapshot_free(second);
}

TEST_F(Stopping, ASnapshotGoesToAnotherModelOfTheSameWeightsOnly) {
  const SequenceHandle sequence = make_sequence(model_.get());
  const Ids few(ids_.begin(), ids_.begin() + 100);
  ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), few.data(), few.size(), nullptr, nullptr));
  sw_snapshot* out = nullptr;
  ASSERT_STATUS(SW_OK, sw_sequence_snapshot(sequence.get(), &out));
  const SnapshotHandle snapshot(out);

  const EngineHandle engine = make_engine(1);
  const ModelHandle again = open_weights(engine.get(), folder_.path());
  const SequenceHandle same = make_sequence(again.get());
  ASSERT_STATUS(SW_OK, sw_sequence_restore(same.get(), snapshot.get()));
  EXPECT_EQ(bytes_of(same.get(), info_of(again.get())), cold_bytes(again.get(), few));

  TinySpec spec = shapes()[1];
  spec.seed = 99;
  TempDir folder;
  write_hf(folder.path(), spec);
  const ModelHandle other = open_weights(engine.get(), folder.path());
  const SequenceHandle stranger = make_sequence(other.get());
  ASSERT_STATUS(SW_OK, sw_sequence_append(stranger.get(), few.data(), 7, nullptr, nullptr));
  const Bytes before = bytes_of(stranger.get(), info_of(other.get()));
  ASSERT_STATUS(SW_E_MISMATCH, sw_sequence_restore(stranger.get(), snapshot.get()));
  EXPECT_EQ(bytes_of(stranger.get(), info_of(other.get())), before);

  const EngineHandle ref = make_engine(1, SW_CPU_REF);
  if (std::string(info_of(ref.get()).kernels) == info_of(engine.get()).kernels) return;
  const ModelHandle other_row = open_weights(ref.get(), folder_.path());
  const SequenceHandle other_numbers = make_sequence(other_row.get());
  ASSERT_STATUS(SW_E_MISMATCH, sw_sequence_restore(other_numbers.get(), snapshot.get()));
}

}  // namespace
}  // namespace sw::test
