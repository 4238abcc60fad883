// From an earlier state and the log of inputs a later state is rebuilt in the very bytes of the forward pass.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "model/host_model.h"
#include "unit/model/shapes.h"

namespace sw::test {
namespace {

bool same(const State& a, const State& b) {
  return a.n_bytes() == b.n_bytes() && std::memcmp(a.floats().data(), b.floats().data(), a.n_bytes()) == 0;
}

class Replay : public testing::TestWithParam<Shape> {
 protected:
  void open(int n_threads) {
    auto checkpoint = open_checkpoint(folder_.path());
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    auto made = HostModel::create(std::move(checkpoint).value(), std::make_shared<Backend>(Backend::kDefaultRows, n_threads, system_allocator()));
    ASSERT_TRUE(made.ok()) << made.status().message();
    model_ = std::move(made).value();
  }
  void SetUp() override {
    write_hf(folder_.path(), GetParam().spec);
    open(2);
  }

  State zero() { return model_->new_state().value(); }
  InputRing ring(size_t capacity) { return InputRing::create(model_->input_layout(), capacity, system_allocator()).value(); }
  std::vector<int32_t> random_ids(size_t n) {
    std::vector<int32_t> ids(n);
    for (int32_t& id : ids) id = static_cast<int32_t>(random_() % static_cast<uint64_t>(model_->vocab_size()));
    return ids;
  }
  // The states after every token, by one token at a time.
  std::vector<State> states_of(std::span<const int32_t> ids) {
    std::vector<State> states;
    states.push_back(zero());
    for (size_t i = 0; i < ids.size(); ++i) {
      states.push_back(states.back().copy(system_allocator()).value());
      model_->forward(states.back(), ids.subspan(i, 1), nullptr);
    }
    return states;
  }
  // Runs `ids` from the start, cut at random into chunks, all logged.
  void run_logged(State& state, std::span<const int32_t> ids, InputRing& log, size_t most) {
    for (size_t at = 0; at < ids.size();) {
      const size_t n = std::min({ids.size() - at, 1 + random_() % most, static_cast<size_t>(model_->chunk_len())});
      model_->forward(state, ids.subspan(at, n), nullptr, &log, at);
      at += n;
    }
  }

  TempDir folder_;
  std::shared_ptr<const HostModel> model_;
  std::mt19937_64 random_{11};
};

TEST_P(Replay, GivesTheBytesOfTheForwardPass) {
  const size_t n = 150;
  const std::vector<int32_t> ids = random_ids(n);
  const std::vector<State> states = states_of(ids);
  for (const float f : states.back().floats()) ASSERT_TRUE(std::isfinite(f));
  // Capacities below, at and above a chunk and the text: the ring wraps many times, once, never.
  for (const size_t capacity : {1, 2, 7, 32, 100, 150, 400}) {
    for (const size_t most : {1, 5, 64, 200}) {
      State state = zero();
      InputRing log = ring(capacity);
      run_logged(state, ids, log, most);
      ASSERT_TRUE(same(state, states[n])) << "a log changes what is computed";
      const size_t first = n > capacity ? n - capacity : 0;
      for (int round = 0; round < 12; ++round) {
        const size_t begin = first + random_() % (n - first + 1), end = begin + random_() % (n - begin + 1);
        State replayed = states[begin].copy(system_allocator()).value();
        model_->replay(replayed, log, begin, end - begin);
        ASSERT_TRUE(same(replayed, states[end])) << begin << " to " << end << ", capacity " << capacity << ", chunks to " << most;
      }
      State whole = states[first].copy(system_allocator()).value();
      model_->replay(whole, log, first, n - first);
      ASSERT_TRUE(same(whole, states[n])) << "capacity " << capacity << ", chunks to " << most;
    }
  }
}

// More tokens than a chunk, and a chunk that is larger than the ring.
TEST_P(Replay, LongerThanAChunk) {
  const auto chunk = static_cast<size_t>(model_->chunk_len());
  const std::vector<int32_t> ids = random_ids(2 * chunk + 50);
  const std::vector<State> states = states_of(ids);
  for (const size_t capacity : {chunk / 2, chunk + 3, 3 * chunk}) {
    State state = zero();
    InputRing log = ring(capacity);
    run_logged(state, ids, log, chunk);
    const size_t first = ids.size() - std::min(capacity, ids.size());
    for (const size_t end : {first, first + 1, first + capacity / 3, ids.size() - 1, ids.size()}) {
      if (end > ids.size()) continue;
      State replayed = states[first].copy(system_allocator()).value();
      model_->replay(replayed, log, first, end - first);
      ASSERT_TRUE(same(replayed, states[end])) << first << " to " << end << ", capacity " << capacity;
    }
  }
}

// After going back, what is run anew takes the place of what was there.
TEST_P(Replay, RowsAreOverwrittenAfterARewind) {
  const size_t capacity = 40;
  InputRing log = ring(capacity);
  std::vector<int32_t> ids = random_ids(60);
  std::vector<State> states = states_of(ids);
  State state = zero();
  run_logged(state, ids, log, 9);
  size_t begin = ids.size() - capacity;  // rows [begin, ids.size()) are there
  for (int round = 0; round < 10; ++round) {
    // Some of them stay, other tokens are run behind.
    const size_t keep = begin + random_() % (ids.size() - begin);
    const size_t end = keep + 1 + random_() % 10;
    ids.resize(keep);
    const std::vector<int32_t> more = random_ids(end - keep);
    ids.insert(ids.end(), more.begin(), more.end());
    states = states_of(ids);
    state = states[keep].copy(system_allocator()).value();
    model_->forward(state, more, nullptr, &log, keep);
    begin = std::max(begin, end > capacity ? end - capacity : 0);
    State replayed = states[begin].copy(system_allocator()).value();
    model_->replay(replayed, log, begin, end - begin);
    ASSERT_TRUE(same(replayed, states[end])) << "round " << round;
    while (ids.size() < begin + capacity) ids.push_back(random_ids(1)[0]);  // fill the ring again
    states = states_of(ids);
    state = states[end].copy(system_allocator()).value();
    if (end < ids.size()) model_->forward(state, std::span(ids).subspan(end), nullptr, &log, end);
  }
}

TEST_P(Replay, ThreadsAndLogitsChangeNothing) {
  const std::vector<int32_t> ids = random_ids(90);
  const std::vector<State> states = states_of(ids);
  open(1);
  State state = zero();
  InputRing log = ring(64);
  std::vector<float> logits(ids.size() * static_cast<size_t>(model_->vocab_size())), without = logits, last(without);
  model_->forward(state, ids, logits.data(), &log, 0);
  ASSERT_TRUE(same(state, states[90]));
  State other = zero();
  model_->forward(other, ids, without.data());
  EXPECT_EQ(std::memcmp(logits.data(), without.data(), logits.size() * sizeof(float)), 0);
  State replayed = states[30].copy(system_allocator()).value();
  model_->replay(replayed, log, 30, 50);
  ASSERT_TRUE(same(replayed, states[80]));
  std::vector<float> scratch(model_->head_scratch());
  model_->head(replayed, last.data(), scratch.data());
  const auto vocab = static_cast<size_t>(model_->vocab_size());
  EXPECT_EQ(std::memcmp(last.data(), logits.data() + 79 * vocab, vocab * sizeof(float)), 0) << "the head reads what was logged";
}

INSTANTIATE_TEST_SUITE_P(All, Replay, testing::ValuesIn(shapes()), [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace sw::test
