// Random operations on sequences, as an editor and its user make them, each checked against a run of the same tokens from nothing.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "state/sequence.h"
#include "unit/loader/tiny_model.h"

namespace sw::test {

using Ids = std::vector<int32_t>;
using Random = std::mt19937_64;

inline std::shared_ptr<const Model> open_model(const std::string& folder, bool count_only = false) {
  auto checkpoint = open_checkpoint(folder);
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  auto model = Model::create(std::move(checkpoint).value(), std::make_shared<Backend>(Backend::kDefaultRows, 1, system_allocator()), count_only);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return std::move(model).value();
}

inline TinySpec tiny_spec(uint64_t seed = 1) {
  TinySpec spec;
  spec.d_model = 16;
  spec.vocab_size = 30;
  spec.d_state = 32;
  spec.n_groups = 2;
  spec.head_dim = 8;
  spec.d_inner = 32;
  spec.seed = seed;
  return spec;
}

inline std::shared_ptr<StateStore> make_store(uint64_t n_bytes, const std::string& policy = "default") {
  return std::make_shared<StateStore>(std::make_shared<StateBudget>(n_bytes), Policy::parse(policy).value());
}

inline std::unique_ptr<Sequence> make_sequence(const std::shared_ptr<const Model>& model, const std::shared_ptr<StateStore>& store) {
  auto made = Sequence::create(model, store);
  EXPECT_TRUE(made.ok()) << made.status().message();
  return std::move(made).value();
}

inline Ids random_ids(Random& random, size_t n, int vocab_size = 30) {
  Ids ids(n);
  for (int32_t& id : ids) id = static_cast<int32_t>(random() % static_cast<uint64_t>(vocab_size));
  return ids;
}

inline bool same(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

inline void expect_cold(Sequence& sequence) {
  const Model& model = sequence.model();
  const Ids ids(sequence.tokens().begin(), sequence.tokens().end());
  const auto runner = model.new_runner().value();
  const auto chunk = static_cast<size_t>(model.chunk_len());
  for (size_t at = 0; at < ids.size(); at += chunk) {
    ASSERT_TRUE(runner->forward(std::span(ids).subspan(at, std::min(chunk, ids.size() - at)), at, nullptr, nullptr).ok());
  }
  const auto state = sequence.state(), expected = runner->floats();
  ASSERT_TRUE(state.ok() && expected.ok());
  ASSERT_TRUE(same(state.value(), expected.value())) << "the state after " << ids.size() << " tokens";
  const auto logits = sequence.logits();
  ASSERT_EQ(logits.ok(), !ids.empty());
  if (ids.empty()) return;
  std::vector<float> cold(static_cast<size_t>(model.vocab_size()));
  ASSERT_TRUE(runner->head(cold.data()).ok());
  for (const float l : cold) ASSERT_TRUE(std::isfinite(l));
  ASSERT_TRUE(same(logits.value(), cold)) << "the logits after " << ids.size() << " tokens";
}

// Stops work at the n-th look at it; never when n is negative.
inline Control stopping_at(int n) {
  Control control;
  if (n >= 0) control.progress = [left = n](uint64_t, uint64_t) mutable { return left-- > 0; };
  return control;
}

// A text, as a user edits it, and where the cursor is.
struct Document {
  Ids text;
  size_t cursor = 0;

  void edit(Random& random) {
    const bool jump = random() % 4 == 0;
    size_t at = jump ? random() % (text.size() + 1) : std::min(cursor, text.size());
    const size_t n_gone = std::min(text.size() - at, random() % 3 == 0 ? random() % 20 : random() % 2);
    const Ids more = random_ids(random, random() % 8 == 0 ? random() % 200 : random() % 4);
    text.erase(text.begin() + std::ptrdiff_t(at), text.begin() + std::ptrdiff_t(at + n_gone));
    text.insert(text.begin() + std::ptrdiff_t(at), more.begin(), more.end());
    cursor = at + more.size();
    if (text.size() > 900) text.resize(300 + random() % 300);
    cursor = std::min(cursor, text.size());
  }
  // What is run: the text before the cursor, whose last tokens may be cut otherwise, and perhaps more.
  Ids prompt(Random& random) const {
    const size_t n_kept = cursor - std::min<size_t>(cursor, random() % 3 == 0 ? random() % 4 : 0);
    Ids ids(text.begin(), text.begin() + std::ptrdiff_t(n_kept));
    if (random() % 3 == 0) {
      const Ids more = random_ids(random, random() % 5);
      ids.insert(ids.end(), more.begin(), more.end());
    }
    return ids;
  }
};

inline std::vector<size_t> random_marks(Random& random, size_t end) {
  std::vector<size_t> marks;
  for (size_t n = random() % 4; n > 0; --n) marks.push_back(random() % (end + 1));
  std::sort(marks.begin(), marks.end());
  return marks;
}

// Random operations on sequences of one store, each checked against a run from nothing.
class Session {
 public:
  Session(std::vector<std::shared_ptr<const Model>> models, std::shared_ptr<StateStore> store, uint64_t seed)
      : models_(std::move(models)), store_(std::move(store)), random_(seed) {}

  void run(int n_operations) {
    for (int i = 0; i < n_operations && !testing::Test::HasFailure(); ++i) {
      if (open_.empty() || (open_.size() < 4 && random_() % 12 == 0)) {
        open_.push_back({make_sequence(models_[random_() % models_.size()], store_), {}});
        open_.back().document.text = random_ids(random_, random_() % 600);
      }
      Open& one = open_[random_() % open_.size()];
      const std::string what = step(one);
      SCOPED_TRACE("operation " + std::to_string(i) + ": " + what);
      ASSERT_NO_FATAL_FAILURE(check(one));
      if (random_() % 5 == 0) {
        ASSERT_NO_FATAL_FAILURE(check(open_[random_() % open_.size()]));  // nobody else has moved
      }
      if (random_() % 40 == 0) open_.erase(open_.begin() + std::ptrdiff_t(random_() % open_.size()));
    }
    for (Open& one : open_) ASSERT_NO_FATAL_FAILURE(check(one));
  }

 private:
  struct Open {
    std::unique_ptr<Sequence> sequence;
    Document document;
  };

  void check(Open& one) {
    ASSERT_NO_FATAL_FAILURE(expect_cold(*one.sequence));
    const StoreStats stats = store_->stats();
    ASSERT_LE(store_->budget().used(), store_->budget().max());
    ASSERT_LE(stats.bytes_peak, store_->budget().max());
    ASSERT_EQ(stats.state_bytes + stats.log_bytes, store_->budget().used());
    ASSERT_LE(stats.states_kept + stats.states_evicted, stats.states_made);
    ASSERT_EQ(stats.prompts[0] + stats.prompts[1] + stats.prompts[2] + stats.prompts[3], n_prompts_);
    ASSERT_EQ(stats.tokens_reused, n_reused_);
    ASSERT_LE(one.sequence->kept().first, stats.states_kept);
  }

  std::string step(Open& one) {
    switch (random_() % 16) {
      case 0: one.sequence = one.sequence->fork().value(); return "fork";
      case 1: scout(*one.sequence); return "scout";
      case 2: snapshot(*one.sequence); return "snapshot";
      case 3: restore(*one.sequence); return "restore";
      case 4: store_->trim(random_() % (store_->budget().used() + 1)); return "trim";
      case 5: return random_() % 4 == 0 ? (one.sequence->forget(), "forget") : (append(one), "append");
      case 6: rewind(one); return "rewind";
      case 7:
      case 8: refill(*one.sequence); return "refill";
      case 9: draft(*one.sequence); return "draft";
      default: move(one); return "move";
    }
  }

  void move(Open& one) {
    for (size_t n = random_() % 3; n > 0; --n) one.document.edit(random_);
    const Ids prompt = one.document.prompt(random_);
    const bool cold = random_() % 20 == 0;
    const uint64_t before = one.sequence->stats().tokens_run;
    const Control control = random_() % 6 == 0 ? stopping_at(static_cast<int>(random_() % 6)) : Control();
    const auto moved = one.sequence->move_to({one.document.text, prompt, random_marks(random_, prompt.size())}, control, cold);
    ++n_prompts_;
    const size_t n_run = static_cast<size_t>(one.sequence->stats().tokens_run - before);
    const auto now = one.sequence->tokens();
    if (!moved.ok()) {
      ASSERT_EQ(moved.status().code(), Code::cancelled);
      ASSERT_TRUE(std::equal(now.begin(), now.end(), prompt.begin()) && now.size() <= prompt.size()) << "it is on the way";
      n_reused_ += now.size() - n_run;
      return;
    }
    n_reused_ += moved.value().reused;
    ASSERT_EQ(Ids(now.begin(), now.end()), prompt);
    ASSERT_EQ(moved.value().reused + n_run, prompt.size());
    ASSERT_LE(moved.value().replayed, moved.value().reused);
    ASSERT_TRUE(moved.value().replayed == 0 || moved.value().source == Source::log);
    if (!one.sequence->model().logs_itself()) {  // a device may find the state it goes back to as it is
      ASSERT_TRUE(moved.value().replayed > 0 || moved.value().source != Source::log);
    }
    if (cold || store_->policy().kind == Policy::Kind::none) {
      ASSERT_EQ(moved.value().reused, 0u);
    }
  }

  void append(Open& one) {
    const Ids ids = random_ids(random_, random_() % 4 == 0 ? random_() % 400 : random_() % 6);
    const Ids before(one.sequence->tokens().begin(), one.sequence->tokens().end());
    std::vector<float> logits(ids.size() * 30);
    const Status status = one.sequence->append(ids, stopping_at(random_() % 5 == 0 ? 1 : -1), logits.data());
    ASSERT_TRUE(status.ok() || status.code() == Code::cancelled);
    const Ids now(one.sequence->tokens().begin(), one.sequence->tokens().end());
    if (status.ok()) {
      ASSERT_EQ(now.size(), before.size() + ids.size());
    }
    ASSERT_TRUE(std::equal(before.begin(), before.end(), now.begin()));
    if (status.ok() && !ids.empty()) {
      ASSERT_TRUE(same(one.sequence->logits().value(), std::span(logits).last(30)));
    }
    one.document.text = now;
    one.document.cursor = now.size();
  }

  void rewind(Open& one) {
    const size_t n = one.sequence->tokens().size();
    const size_t length = random_() % 3 == 0 ? random_() % (n + 1) : n - std::min<size_t>(n, random_() % 60);
    const bool stops = random_() % 6 == 0;
    const Status status = one.sequence->rewind(length, stopping_at(stops ? 0 : -1));
    ASSERT_TRUE(status.ok() || (stops && status.code() == Code::cancelled));
    ASSERT_EQ(one.sequence->tokens().size(), status.ok() ? length : n);
    ASSERT_EQ(one.sequence->rewind(n + 1, {}).code(), Code::argument);
  }

  void refill(Sequence& sequence) {
    const size_t max = random_() % 3 == 0 ? random_() % 2000 : random_() % 100;
    const uint64_t before = sequence.stats().tokens_run;
    const auto run = sequence.refill(max, {});
    ASSERT_TRUE(run.ok()) << run.status().message();
    ASSERT_LE(run.value(), max);
    ASSERT_EQ(sequence.stats().tokens_run - before, run.value());
  }

  void draft(Sequence& sequence) {
    const Ids before(sequence.tokens().begin(), sequence.tokens().end()), ids = random_ids(random_, random_() % 30);
    ASSERT_TRUE(sequence.draft(ids, {}).ok());
    ASSERT_EQ(sequence.tokens().size(), before.size() + ids.size());
    ASSERT_EQ(sequence.draft(Ids{30}, {}).code(), Code::argument);
  }

  void scout(const Sequence& sequence) {
    const auto scout = sequence.scout().value();
    ASSERT_TRUE(scout->draft(random_ids(random_, random_() % 40), {}).ok());
    ASSERT_NO_FATAL_FAILURE(expect_cold(*scout));
    ASSERT_TRUE(scout->rewind(random_() % (scout->tokens().size() + 1), {}).ok());
    ASSERT_NO_FATAL_FAILURE(expect_cold(*scout));
    ASSERT_EQ(scout->refill(100, {}).value(), 0u);
    ASSERT_EQ(scout->kept().first, 0u);
  }

  void snapshot(const Sequence& sequence) {
    auto taken = sequence.snapshot();
    if (!taken.ok()) {
      ASSERT_EQ(taken.status().code(), Code::no_memory);
      snapshots_.clear();
      return;
    }
    snapshots_.push_back(std::move(taken).value());
    if (snapshots_.size() > 3) snapshots_.erase(snapshots_.begin());
  }

  void restore(Sequence& sequence) {
    if (snapshots_.empty()) return;
    const Snapshot& snapshot = snapshots_[random_() % snapshots_.size()];
    const Ids before(sequence.tokens().begin(), sequence.tokens().end());
    const Status status = sequence.restore(snapshot);
    ASSERT_EQ(status.code(), snapshot.model == sequence.shared_model() ? Code::ok : Code::mismatch);
    ASSERT_EQ(Ids(sequence.tokens().begin(), sequence.tokens().end()), status.ok() ? snapshot.tokens : before);
  }

  std::vector<std::shared_ptr<const Model>> models_;
  std::shared_ptr<StateStore> store_;
  Random random_;
  std::vector<Open> open_;
  std::vector<Snapshot> snapshots_;
  uint64_t n_prompts_ = 0;
  uint64_t n_reused_ = 0;
};

}  // namespace sw::test
