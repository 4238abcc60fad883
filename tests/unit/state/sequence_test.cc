// Whatever a sequence has done - moved, drafted, refilled, gone back, forked, been stopped - it has the bytes of a run of its tokens
// from nothing, and the store keeps within its bytes.
#include "state/sequence.h"

#include <gtest/gtest.h>

#include <thread>

#include "unit/state/random_session.h"

namespace sw::test {
namespace {

class Sequences : public testing::Test {
 protected:
  void SetUp() override {
    write_hf(folder_.path(), tiny_spec());
    model_ = open_model(folder_.path());
  }
  uint64_t states(double n) const { return static_cast<uint64_t>(n * static_cast<double>(model_->state_bytes())); }

  TempDir folder_;
  std::shared_ptr<const Model> model_;
};

TEST_F(Sequences, RandomOperationsEqualARunFromNothing) {
  for (const double budget : {0.0, 1.0, 2.5, 6.0, 20.0, 60.0, 400.0}) {
    for (uint64_t seed = 0; seed < 3; ++seed) {
      SCOPED_TRACE("budget of " + std::to_string(budget) + " states, seed " + std::to_string(seed));
      const auto store = make_store(states(budget));
      ASSERT_NO_FATAL_FAILURE(Session({model_}, store, seed).run(120));
      store->trim(0);
      ASSERT_EQ(store->budget().used(), 0u) << "every state gives its bytes back";
    }
  }
}

TEST_F(Sequences, RandomOperationsByEveryPolicy) {
  for (const char* policy : {"none", "running", "grid:40", "grid:1", "geometric:1", "geometric:4"}) {
    for (const double budget : {3.0, 400.0}) {
      SCOPED_TRACE(std::string(policy) + ", budget of " + std::to_string(budget) + " states");
      const auto store = make_store(states(budget), policy);
      ASSERT_NO_FATAL_FAILURE(Session({model_}, store, 5).run(100));
      ASSERT_EQ(store->stats().log_bytes, 0u);
      store->trim(0);
      ASSERT_EQ(store->budget().used(), 0u);
    }
  }
}

TEST_F(Sequences, SeveralModelsInOneStore) {
  TempDir other_folder;
  write_hf(other_folder.path(), tiny_spec(2));
  auto other = open_model(other_folder.path()), twin = open_model(other_folder.path());
  for (const double budget : {8.0, 100.0}) {
    for (uint64_t seed = 0; seed < 2; ++seed) {
      const auto store = make_store(states(budget));
      SCOPED_TRACE("budget of " + std::to_string(budget) + " states, seed " + std::to_string(seed));
      // A state belongs to its model alone, but for snapshots, which the same weights share: here they differ.
      ASSERT_NO_FATAL_FAILURE(Session({model_, seed == 0 ? other : twin}, store, seed).run(60));
    }
  }
}

// -------------------------------------------------------------------------------------------------------------- models

TEST_F(Sequences, AFreedModelLeavesNothing) {
  const auto store = make_store(states(100));
  Random random(1);
  {
    const auto model = open_model(folder_.path());
    const auto sequence = make_sequence(model, store);
    ASSERT_TRUE(sequence->append(random_ids(random, 700), {}).ok());
    ASSERT_GT(store->stats().states_kept, 0u);
    ASSERT_GT(store->stats().log_bytes, 0u);
  }
  EXPECT_EQ(store->stats().log_bytes, 0u) << "the log goes with the sequence";
  store->forget_closed_models();
  EXPECT_EQ(store->stats().states_kept, 0u);
  EXPECT_EQ(store->budget().used(), 0u);
}

TEST_F(Sequences, StatesOfAFreedModelServeNoOther) {
  TempDir other_folder;
  write_hf(other_folder.path(), tiny_spec(2));
  const auto store = make_store(states(100));
  Random random(2);
  const Ids ids = random_ids(random, 400);
  std::vector<const Model*> freed;
  int n_same_address = 0;
  for (int round = 0; round < 20; ++round) {
    const auto model = open_model((round % 2 == 0 ? folder_ : other_folder).path());
    n_same_address += std::count(freed.begin(), freed.end(), model.get()) > 0 ? 1 : 0;
    const auto sequence = make_sequence(model, store);
    const auto moved = sequence->move_to({ids, ids, {}}, {});
    ASSERT_TRUE(moved.ok());
    ASSERT_EQ(moved.value().reused, 0u) << "a state of another model was used";
    ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
    // Going back uses what is kept, which must be its own.
    ASSERT_TRUE(sequence->rewind(random() % 400, {}).ok());
    ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
    freed.push_back(model.get());
  }
  if (n_same_address == 0) std::fprintf(stderr, "NOT TESTED: no model got the address of a freed one\n");
}

TEST_F(Sequences, ASecondSequenceFindsWhatTheFirstKept) {
  const auto store = make_store(states(100));
  Random random(3);
  const Ids ids = random_ids(random, 500);
  {
    const auto first = make_sequence(model_, store);
    ASSERT_TRUE(first->move_to({ids, ids, std::vector<size_t>{400}}, {}).ok());
  }
  const auto second = make_sequence(model_, store);
  const auto moved = second->move_to({ids, ids, {}}, {});
  ASSERT_TRUE(moved.ok());
  EXPECT_GE(moved.value().reused, 400u);
  EXPECT_EQ(moved.value().source, Source::kept);
  ASSERT_NO_FATAL_FAILURE(expect_cold(*second));
}

// ---------------------------------------------------------------------------------------------------------- what is spared

TEST_F(Sequences, ARewindWithinTheLogRunsNothing) {
  const auto store = make_store(states(400));
  Random random(4);
  const auto sequence = make_sequence(model_, store);
  ASSERT_TRUE(sequence->append(random_ids(random, 350), {}).ok());
  for (const size_t length : {349, 340, 333, 256, 200, 101, 100, 17, 1}) {
    const uint64_t before = sequence->stats().tokens_run;
    ASSERT_TRUE(sequence->rewind(length, {}).ok());
    ASSERT_EQ(sequence->stats().tokens_run, before) << "rewind to " << length;
    ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
    const Ids more = random_ids(random, 2);
    ASSERT_TRUE(sequence->append(more, {}).ok());
    ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
  }
  EXPECT_EQ(sequence->stats().tokens_rerun, 0u);
}

TEST_F(Sequences, TypingAndDeletingAtTheEndRunsOnlyWhatIsNew) {
  const auto store = make_store(states(400));
  Random random(5);
  const auto sequence = make_sequence(model_, store);
  Document document{random_ids(random, 900), 900};
  ASSERT_TRUE(sequence->move_to({document.text, document.text, {}}, {}).ok());
  for (int i = 0; i < 100; ++i) {
    const size_t n_gone = random() % 6 == 0 ? random() % 40 : 0, n_new = random() % 8;
    document.text.resize(document.text.size() - n_gone);
    const Ids more = random_ids(random, n_new);
    document.text.insert(document.text.end(), more.begin(), more.end());
    const uint64_t before = sequence->stats().tokens_run;
    ASSERT_TRUE(sequence->move_to({document.text, document.text, {}}, {}).ok());
    ASSERT_LE(sequence->stats().tokens_run - before, n_new) << "edit " << i << ": " << n_gone << " gone";
    if (i % 10 == 0) {
      ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
    }
  }
}

// What a cancelled move has run is there for the next one.
TEST_F(Sequences, ACancelledMoveKeepsWhatItCrossed) {
  Random random(6);
  const Ids ids = random_ids(random, 1200);
  for (int stop = 1; stop < 8; ++stop) {
    const auto store = make_store(states(40));
    const auto sequence = make_sequence(model_, store);
    ASSERT_EQ(sequence->move_to({ids, ids, {}}, stopping_at(stop)).status().code(), Code::cancelled);
    const size_t crossed = sequence->tokens().size();
    ASSERT_GT(crossed, 0u);
    ASSERT_LT(crossed, ids.size());
    ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
    const uint64_t before = sequence->stats().tokens_run;
    ASSERT_TRUE(sequence->move_to({ids, ids, {}}, {}).ok());
    ASSERT_EQ(sequence->stats().tokens_run - before, ids.size() - crossed);
    ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
  }
}

TEST_F(Sequences, ACancelledRewindChangesNothing) {
  Random random(7);
  const auto sequence = make_sequence(model_, make_store(0));
  const Ids ids = random_ids(random, 600);
  ASSERT_TRUE(sequence->append(ids, {}).ok());
  for (int stop = 0; stop < 3; ++stop) {
    ASSERT_EQ(sequence->rewind(590, stopping_at(stop)).code(), Code::cancelled);
    ASSERT_EQ(sequence->tokens().size(), 600u);
    ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
  }
}

TEST_F(Sequences, BadIdsChangeNothing) {
  const auto sequence = make_sequence(model_, make_store(states(10)));
  Random random(8);
  const Ids ids = random_ids(random, 50), bad = {3, 30, 4}, negative = {-1};
  ASSERT_TRUE(sequence->append(ids, {}).ok());
  EXPECT_EQ(sequence->append(bad, {}).code(), Code::argument);
  EXPECT_EQ(sequence->draft(negative, {}).code(), Code::argument);
  EXPECT_EQ(sequence->move_to({bad, ids, {}}, {}).status().code(), Code::argument);
  EXPECT_EQ(sequence->move_to({ids, bad, {}}, {}).status().code(), Code::argument);
  EXPECT_EQ(Ids(sequence->tokens().begin(), sequence->tokens().end()), ids);
  ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
}

// Counting places states as running does: the same edits give the same moves.
TEST_F(Sequences, CountingCountsWhatRunningRuns) {
  const auto counter = open_model(folder_.path(), true);
  ASSERT_EQ(counter->state_bytes(), model_->state_bytes());
  for (const char* policy : {"default", "none", "running", "grid:64", "geometric:4"}) {
    for (const double budget : {3.0, 16.0, 200.0}) {
      SCOPED_TRACE(std::string(policy) + ", budget of " + std::to_string(budget) + " states");
      Random random(9);
      const auto real_store = make_store(states(budget), policy), count_store = make_store(states(budget), policy);
      const auto real = make_sequence(model_, real_store), counted = make_sequence(counter, count_store);
      Document document{random_ids(random, 500), 500};
      for (int i = 0; i < 40; ++i) {
        document.edit(random);
        const Ids prompt = document.prompt(random);
        const auto marks = random_marks(random, prompt.size());
        const auto a = real->move_to({document.text, prompt, marks}, {}), b = counted->move_to({document.text, prompt, marks}, {});
        ASSERT_TRUE(a.ok() && b.ok());
        ASSERT_EQ(a.value().source, b.value().source);
        ASSERT_EQ(a.value().reused, b.value().reused);
        ASSERT_EQ(a.value().replayed, b.value().replayed);
        const size_t idle = random() % 100;
        ASSERT_EQ(real->refill(idle, {}).value(), counted->refill(idle, {}).value());
      }
      ASSERT_EQ(real_store->budget().used(), count_store->budget().used());
      EXPECT_FALSE(counted->logits().ok());
    }
  }
}

// Idle work comes to an end, in slices as in one go.
TEST_F(Sequences, RefillComesToAnEnd) {
  for (const size_t slice : {32, 256, 100000}) {
    SCOPED_TRACE("slices of " + std::to_string(slice));
    Random random(10);
    const auto store = make_store(states(24));
    const auto sequence = make_sequence(model_, store);
    const Ids text = random_ids(random, 6000);
    ASSERT_TRUE(sequence->move_to({text, std::span(text).first(3000), {}}, {}).ok());
    size_t total = 0;
    for (;;) {
      const size_t n = sequence->refill(slice, {}).value();
      if (n == 0) break;
      total += n;
      ASSERT_LE(total, 20 * text.size()) << "the same tokens are run again and again";
    }
    EXPECT_GT(total, 0u);
    EXPECT_EQ(sequence->refill(slice, {}).value(), 0u);
  }
}

// The same when states before the cursor are missing, which the log is no help for: they are far from anything that is kept.
TEST_F(Sequences, RefillBehindTheCursorComesToAnEnd) {
  for (const size_t slice : {32, 256, 100000}) {
    SCOPED_TRACE("slices of " + std::to_string(slice));
    Random random(11);
    const auto store = make_store(states(100));
    const auto sequence = make_sequence(model_, store);
    const Ids text = random_ids(random, 3000);
    ASSERT_TRUE(sequence->move_to({text, std::span(text).first(2900), {}}, {}).ok());
    sequence->forget();
    ASSERT_TRUE(sequence->move_to({text, std::span(text).first(2960), std::vector<size_t>{2950}}, {}).ok());
    size_t total = 0;
    while (const size_t n = sequence->refill(slice, {}).value()) {
      total += n;
      ASSERT_LE(total, 20 * text.size()) << "the same tokens are run again and again";
    }
    EXPECT_GT(total, 1000u);
    // Now an edit in the middle is cheap.
    Ids edited = text;
    edited[2000] = (edited[2000] + 1) % 30;
    const auto moved = sequence->move_to({edited, std::span(edited).first(2001), {}}, {});
    ASSERT_TRUE(moved.ok());
    EXPECT_GT(moved.value().reused, 1000u);
    ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
  }
}

// --------------------------------------------------------------------------------------------------------------- threads

TEST_F(Sequences, ThreadsShareAStore) {
  for (const double budget : {4.0, 60.0, 300.0}) {
    const auto store = make_store(states(budget));
    std::atomic<bool> done{false};
    std::atomic<uint64_t> most{0};
    std::thread watcher([&] {
      while (!done) {
        most = std::max(most.load(), store->budget().used());
        (void)store->stats();
        store->trim(store->budget().used() / 2 + 1);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    });
    std::vector<std::thread> threads;
    for (uint64_t t = 0; t < 3; ++t) {
      threads.emplace_back([&, t] {
        const auto sequence = make_sequence(model_, store);
        Random random(t / 2);  // two of them have the same text: they use each other's states
        Document document{random_ids(random, 300), 300};
        for (int i = 0; i < 40; ++i) {
          document.edit(random);
          const Ids prompt = document.prompt(random);
          EXPECT_TRUE(sequence->move_to({document.text, prompt, random_marks(random, prompt.size())}, {}).ok());
          expect_cold(*sequence);
          EXPECT_TRUE(sequence->refill(random() % 60, {}).ok());
          if (i % 5 == 0) {
            EXPECT_TRUE(sequence->rewind(sequence->tokens().size() / 2, {}).ok());
          }
          if (i % 7 == 0) (void)sequence->snapshot();
          expect_cold(*sequence);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    done = true;
    watcher.join();
    EXPECT_LE(most.load(), store->budget().max());
    EXPECT_LE(store->stats().bytes_peak, store->budget().max());
  }
}

}  // namespace
}  // namespace sw::test
