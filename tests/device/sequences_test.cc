// Sequences on a device: the laws of those on the CPU, and what is left when the device is full or fails.
#include <gtest/gtest.h>

#include <thread>

#include "device/fake_handle.h"
#include "model/plugin_model.h"
#include "state/snapshot.h"
#include "unit/state/random_session.h"

namespace sw::test {
namespace {

std::shared_ptr<const Model> open_on_device(const std::string& folder, cuda::DeviceWeights weights = cuda::DeviceWeights::bf16,
                                            uint64_t bytes_max = 0) {
  auto checkpoint = open_checkpoint(folder);
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  auto plugin = DevicePlugin::open(SW_FAKE_PLUGIN, 0);
  EXPECT_TRUE(plugin.ok()) << plugin.status().message();
  auto model = PluginModel::create(std::move(checkpoint).value(), std::make_shared<Backend>(Backend::kDefaultRows, 1, system_allocator()),
                                   std::move(plugin).value(), weights, bytes_max);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return std::move(model).value();
}

class OnDevice : public WithFakeDevice {
 protected:
  void SetUp() override {
    write_hf(folder_.path(), tiny_spec());
    model_ = open_on_device(folder_.path());
  }
  void TearDown() override {
    model_.reset();
    WithFakeDevice::TearDown();
  }
  uint64_t states(double n) const { return static_cast<uint64_t>(n * static_cast<double>(model_->state_bytes())); }

  TempDir folder_;
  std::shared_ptr<const Model> model_;
};

TEST_F(OnDevice, RandomOperationsEqualARunFromNothing) {
  for (const double budget : {0.0, 2.5, 20.0, 400.0}) {
    for (uint64_t seed = 0; seed < 3; ++seed) {
      SCOPED_TRACE("budget of " + std::to_string(budget) + " states, seed " + std::to_string(seed));
      const auto store = make_store(states(budget));
      ASSERT_NO_FATAL_FAILURE(Session({model_}, store, seed).run(120));
      store->trim(0);
      ASSERT_EQ(store->budget().used(), 0u);
      ASSERT_EQ(store->stats().log_bytes, 0u) << "its logs are on the device";
    }
  }
  EXPECT_GT(device_.n_replays, 20) << "the device's log was hardly used";
}

TEST_F(OnDevice, RandomOperationsByEveryPolicy) {
  for (const char* policy : {"none", "running", "grid:64", "geometric:4"}) {
    SCOPED_TRACE(policy);
    const auto store = make_store(states(100), policy);
    ASSERT_NO_FATAL_FAILURE(Session({model_}, store, 5).run(100));
  }
}

// The CPU's states and the device's differ in the last bits: one store holds both, and none is taken for the other.
TEST_F(OnDevice, ModelsOnBothShareAStore) {
  const auto on_cpu = open_model(folder_.path());
  ASSERT_NE(on_cpu->numerics(), model_->numerics());
  for (uint64_t seed = 0; seed < 3; ++seed) {
    const auto store = make_store(states(60));
    ASSERT_NO_FATAL_FAILURE(Session({model_, on_cpu}, store, seed).run(100));
  }
}

TEST_F(OnDevice, FormatsOfWeightsDoNotMix) {
  const auto rounder = open_on_device(folder_.path(), cuda::DeviceWeights::int8);
  const auto store = make_store(states(60));
  Random random(1);
  const auto a = make_sequence(model_, store), b = make_sequence(rounder, store);
  ASSERT_TRUE(a->append(random_ids(random, 200), {}).ok());
  EXPECT_EQ(b->restore(a->snapshot().value()).code(), Code::mismatch);
}

// By the device's log: as far as its bases reach, which lie up to 256 tokens behind.
TEST_F(OnDevice, GoingBackALittleRunsNothing) {
  const auto store = make_store(0);  // nothing is kept on the host
  Random random(4);
  for (const size_t at_once : {1, 7, 64}) {
    const auto sequence = make_sequence(model_, store);
    for (const size_t back : {1, 30, 64, 120, 2, 63}) {
      while (sequence->tokens().size() < 700) {
        ASSERT_TRUE(sequence->append(random_ids(random, std::min(at_once, 700 - sequence->tokens().size())), {}).ok());
      }
      const uint64_t before = sequence->stats().tokens_run;
      ASSERT_TRUE(sequence->rewind(700 - back, {}).ok());
      EXPECT_EQ(sequence->stats().tokens_run, before) << back << " back after " << at_once << " tokens at once";
      ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
    }
    EXPECT_EQ(sequence->stats().tokens_rerun, 0u);
    ASSERT_TRUE(sequence->rewind(10, {}).ok()) << "beyond the log";
    EXPECT_EQ(sequence->stats().tokens_rerun, 10u);
    ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
  }
}

// Idle work comes to an end, in slices as in one go, though the places of a plan are no lengths that a device keeps.
TEST_F(OnDevice, RefillComesToAnEnd) {
  for (const size_t slice : {32, 256, 100000}) {
    SCOPED_TRACE("slices of " + std::to_string(slice));
    Random random(10);
    const auto store = make_store(states(24));
    const auto sequence = make_sequence(model_, store);
    const Ids text = random_ids(random, 3000);
    ASSERT_TRUE(sequence->move_to({text, std::span(text).first(1500), {}}, {}).ok());
    size_t total = 0;
    while (const size_t n = sequence->refill(slice, {}).value()) {
      total += n;
      ASSERT_LE(total, 20 * text.size()) << "the same tokens are run again and again";
    }
    EXPECT_GT(total, 0u);
    ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
  }
}

TEST_F(OnDevice, SnapshotsGoThroughFiles) {
  TempDir files;
  Random random(5);
  const auto store = make_store(states(60));
  for (const size_t n : {0, 1, 63, 64, 65, 200}) {
    const auto sequence = make_sequence(model_, store), other = make_sequence(model_, store);
    ASSERT_TRUE(sequence->append(random_ids(random, n), {}).ok());
    const std::string path = files.path() + "/" + std::to_string(n);
    ASSERT_TRUE(save_snapshot(sequence->snapshot().value(), path, {}).ok());
    const auto loaded = load_snapshot(model_, *store, path, {});
    ASSERT_TRUE(loaded.ok()) << loaded.status().message();
    ASSERT_TRUE(other->restore(loaded.value()).ok());
    ASSERT_EQ(other->tokens().size(), n);
    ASSERT_NO_FATAL_FAILURE(expect_cold(*other));
    EXPECT_EQ(load_snapshot(open_model(folder_.path()), *store, path, {}).status().code(), Code::mismatch) << "the CPU has other bytes";
  }
}

// Runners in steps of any size and alone: the bytes of each alone.
TEST_F(OnDevice, StepsTogetherEqualTokensAlone) {
  constexpr size_t kRunners = 19;  // more than one call takes
  const auto vocab = static_cast<size_t>(model_->vocab_size());
  Random random(8);
  std::vector<std::unique_ptr<Runner>> stepped, alone;
  std::vector<size_t> positions(kRunners, 0), order(kRunners);
  for (size_t i = 0; i < kRunners; ++i) {
    stepped.push_back(model_->new_runner().value());
    alone.push_back(model_->new_runner().value());
    order[i] = i;
  }
  std::vector<float> rows(kRunners * vocab), row(vocab);
  for (int round = 0; round < 80; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    const size_t n = round % 3 == 0 ? kRunners : 1 + random() % kRunners;
    const Ids ids = random_ids(random, n);
    std::vector<Runner*> runners;
    for (size_t i = 0; i < n; ++i) runners.push_back(stepped[order[i]].get());
    const bool looks = random() % 4 != 0;
    ASSERT_TRUE(model_->step(runners, ids, looks ? rows.data() : nullptr).ok());
    for (size_t i = 0; i < n; ++i) {
      ASSERT_TRUE(alone[order[i]]->forward(std::span(ids).subspan(i, 1), positions[order[i]]++, row.data(), nullptr).ok());
      const std::span<const float> stepped_row = std::span(rows).subspan(i * vocab, looks ? vocab : 0);
      ASSERT_TRUE(!looks || std::ranges::equal(row, stepped_row)) << "of " << n << " in round " << round;
    }
    const size_t one = order[0];
    const Ids few = random_ids(random, 1 + random() % 5);
    for (auto* all : {&stepped, &alone}) ASSERT_TRUE((*all)[one]->forward(few, positions[one], nullptr, nullptr).ok());
    positions[one] += few.size();
  }
  EXPECT_GE(device_.n_steps, 80);
  for (size_t i = 0; i < kRunners; ++i) {
    const auto a = stepped[i]->floats(), b = alone[i]->floats();
    ASSERT_TRUE(a.ok() && b.ok());
    EXPECT_TRUE(std::ranges::equal(a.value(), b.value()));
    ASSERT_TRUE(stepped[i]->head(rows.data()).ok() && alone[i]->head(row.data()).ok());
    EXPECT_TRUE(std::equal(row.begin(), row.end(), rows.begin()));
  }
}

// A kept state comes to the host while its runner does anything else: what comes is the state as it was.
TEST_F(OnDevice, AStateOnItsWayStaysWhatItWas) {
  Random random(11);
  const auto runner = model_->new_runner().value();
  size_t position = 0;
  State state;
  for (int i = 0; i < 60; ++i) {
    const Ids ids = random_ids(random, 1 + random() % 150);
    ASSERT_TRUE(runner->forward(ids, position, nullptr, nullptr).ok());
    position += ids.size();
    State expected;
    ASSERT_TRUE(runner->save(expected).ok() && expected.arrived().ok());
    if (random() % 4 == 0) state = State();  // the one before has not been waited for, or its memory is used again
    ASSERT_TRUE(runner->save(state).ok());
    switch (random() % 3) {
      case 0:
        ASSERT_TRUE(runner->reset().ok());
        position = 0;
        break;
      case 1:
        if (!runner->reaches(position / 2)) break;
        ASSERT_TRUE(runner->go_back(position / 2).ok());
        position /= 2;
        break;
      default: {
        const Ids more = random_ids(random, 100);
        ASSERT_TRUE(runner->forward(more, position, nullptr, nullptr).ok());
        position += more.size();
      }
    }
    if (random() % 3 == 0) continue;
    ASSERT_TRUE(state.arrived().ok());
    ASSERT_TRUE(same(state.floats(), expected.floats()));
  }
}

// The device fails after a snapshot was begun: its status wherever it is read, for good; a kept state that was lost so is as if never kept.
TEST_F(OnDevice, AStateThatDoesNotArriveIsAStatus) {
  TempDir files;
  Random random(12);
  const auto store = make_store(states(60));
  const auto sequence = make_sequence(model_, store);
  const Ids text = random_ids(random, 1024);
  const std::vector<size_t> marks = {512, 1024};
  ASSERT_TRUE(sequence->move_to({text, text, marks}, {}).ok());
  ASSERT_GT(sequence->kept().first, 0u);
  const Snapshot lost = sequence->snapshot().value(), found = sequence->snapshot().value();
  ASSERT_TRUE(found.kept->state.arrived().ok());
  device_.calls_left = 0;
  EXPECT_EQ(lost.kept->state.arrived().code(), Code::io);
  const Ids other = random_ids(random, 50);
  Ids near(text.begin(), text.begin() + 600);
  near.insert(near.end(), other.begin(), other.end());
  EXPECT_EQ(sequence->move_to({near, near, {}}, {}).status().code(), Code::io);
  device_.calls_left = int64_t{1} << 40;
  EXPECT_EQ(save_snapshot(lost, files.path() + "/lost", {}).code(), Code::io);
  EXPECT_EQ(sequence->restore(lost).code(), Code::io);
  EXPECT_TRUE(sequence->tokens().empty());
  const auto moved = sequence->move_to({near, near, {}}, {});
  ASSERT_TRUE(moved.ok()) << moved.status().message();
  ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
  ASSERT_TRUE(sequence->restore(found).ok());
  ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
}

// Whoever comes first: all find the same bytes.
TEST_F(OnDevice, SeveralMayWaitForOneState) {
  TempDir files;
  Random random(13);
  const auto store = make_store(states(60));
  const auto sequence = make_sequence(model_, store);
  ASSERT_TRUE(sequence->append(random_ids(random, 200), {}).ok());
  const Snapshot snapshot = sequence->snapshot().value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] { EXPECT_TRUE(save_snapshot(snapshot, files.path() + "/" + std::to_string(t), {}).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 0; t < 4; ++t) {
    const auto other = make_sequence(model_, store);
    ASSERT_TRUE(other->restore(load_snapshot(model_, *store, files.path() + "/" + std::to_string(t), {}).value()).ok());
    ASSERT_EQ(other->tokens().size(), 200u);
    ASSERT_NO_FATAL_FAILURE(expect_cold(*other));
  }
}

// Snapshots come and go, many before their bytes have come: memory is pinned for as many as there ever were at a time, and the budget counts
// what waits for the next.
TEST_F(OnDevice, FreedSnapshotsLendTheirMemory) {
  Random random(14);
  const auto store = make_store(states(8), "none");
  const auto sequence = make_sequence(model_, store);
  std::vector<Snapshot> alive;
  int n_pinned = 0;  // by snapshots
  size_t most = 0;
  for (int i = 0; i < 80; ++i) {
    ASSERT_TRUE(sequence->append(random_ids(random, 1 + random() % 100), {}).ok());
    if (alive.size() == SpareStates::kMax || (!alive.empty() && random() % 3 == 0)) {
      const size_t at = random() % alive.size();
      if (random() % 2 == 0) {
        ASSERT_TRUE(sequence->restore(alive[at]).ok());
        ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
      }
      alive.erase(alive.begin() + static_cast<ptrdiff_t>(at));
    } else {
      const int before = device_.n_pinned;
      auto taken = sequence->snapshot();
      ASSERT_TRUE(taken.ok()) << taken.status().message();
      n_pinned += device_.n_pinned - before;
      alive.push_back(std::move(taken).value());
    }
    most = std::max(most, alive.size());
    ASSERT_EQ(store->budget().used(), states(static_cast<double>(most))) << "those alive, and those that wait";
  }
  EXPECT_EQ(n_pinned, static_cast<int>(most));
  alive.clear();
  EXPECT_EQ(store->budget().used(), states(static_cast<double>(SpareStates::kMax)));
  store->trim(0);
  EXPECT_EQ(store->budget().used(), 0u);
}

// More that were freed than may wait: the rest is given back at once.
TEST_F(OnDevice, FewFreedSnapshotsWait) {
  Random random(15);
  const auto store = make_store(states(8), "none");
  const auto sequence = make_sequence(model_, store);
  ASSERT_TRUE(sequence->append(random_ids(random, 200), {}).ok());
  const int before = device_.n_alive;
  std::vector<Snapshot> alive;
  for (int i = 0; i < 6; ++i) alive.push_back(sequence->snapshot().value());
  const Snapshot shared = alive[0];
  alive.clear();
  EXPECT_EQ(device_.n_alive, before + 3 * 2) << "buffers and their transfers: one is still held, two wait";
  EXPECT_EQ(store->budget().used(), states(3));
}

// Who is short of the budget gets what waits: kept states, other models' snapshots.
TEST_F(OnDevice, MemoryThatWaitsGivesWay) {
  Random random(16);
  const auto store = make_store(states(2));
  const auto on_cpu = open_model(folder_.path());
  const auto sequence = make_sequence(model_, store), other = make_sequence(on_cpu, store);
  const Ids ids = random_ids(random, 64);
  ASSERT_TRUE(sequence->append(ids, {}).ok() && other->append(ids, {}).ok());
  store->trim(0);
  {
    const Snapshot a = sequence->snapshot().value(), b = sequence->snapshot().value();
    EXPECT_EQ(sequence->snapshot().status().code(), Code::no_memory) << "two fill the budget";
  }
  EXPECT_EQ(store->budget().used(), states(2));
  const auto theirs = other->snapshot();
  ASSERT_TRUE(theirs.ok()) << theirs.status().message();
  const auto ours = sequence->snapshot();
  ASSERT_TRUE(ours.ok()) << ours.status().message();
  EXPECT_EQ(store->budget().used(), states(2));
}

// Without memory to pin, what waits is enough for its own model's snapshots; another model's get it once it is given back.
TEST_F(OnDevice, MemoryThatWaitsIsThereWhenNoneCanBePinned) {
  Random random(17);
  const auto store = make_store(states(60), "none");
  const auto second = open_on_device(folder_.path(), cuda::DeviceWeights::int8);
  const auto sequence = make_sequence(model_, store), other = make_sequence(second, store);
  const Ids ids = random_ids(random, 200);
  ASSERT_TRUE(sequence->append(ids, {}).ok() && other->append(ids, {}).ok());
  (void)sequence->snapshot();
  device_.bytes_left = 0;
  {
    const auto taken = sequence->snapshot();
    ASSERT_TRUE(taken.ok()) << taken.status().message();
    EXPECT_EQ(sequence->snapshot().status().code(), Code::no_memory);
    EXPECT_EQ(other->snapshot().status().code(), Code::no_memory);
    ASSERT_TRUE(sequence->restore(taken.value()).ok());
  }
  EXPECT_EQ(store->budget().used(), states(1)) << "what failed holds nothing";
  const auto taken = other->snapshot();
  EXPECT_TRUE(taken.ok()) << taken.status().message();
  device_.bytes_left = int64_t{1} << 40;
  ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
}

// Whatever goes first: the snapshot, its model, the store.
TEST_F(OnDevice, NothingWaitsForAModelThatIsGone) {
  Random random(18);
  for (int order = 0; order < 4; ++order) {
    SCOPED_TRACE(order);
    auto store = make_store(states(60), "none");
    auto model = open_on_device(folder_.path());
    auto sequence = make_sequence(model, store);
    ASSERT_TRUE(sequence->append(random_ids(random, 200), {}).ok());
    std::optional<Snapshot> a = sequence->snapshot().value(), b = sequence->snapshot().value();
    if (order % 2 == 0) a.reset();
    sequence.reset();
    if (order < 2) store.reset();
    model.reset();
    if (store != nullptr) store->forget_closed_models();
    a.reset();
    b.reset();
    if (store != nullptr) {
      store->forget_closed_models();
      EXPECT_EQ(store->budget().used(), 0u);
    }
  }
}

TEST_F(OnDevice, AStepThatFailsIsAStatus) {
  const auto a = model_->new_runner().value(), b = model_->new_runner().value();
  Runner* const both[] = {a.get(), b.get()};
  const Ids ids = {1, 2};
  device_.calls_left = 0;
  EXPECT_EQ(model_->step(both, ids, nullptr).code(), Code::io);
  device_.calls_left = int64_t{1} << 40;
  EXPECT_TRUE(model_->step(both, ids, nullptr).ok());
}

TEST_F(OnDevice, AFullDeviceIsAStatus) {
  const auto store = make_store(states(60));
  Random random(6);
  const auto sequence = make_sequence(model_, store);
  const Ids ids = random_ids(random, 150);
  device_.bytes_left = 0;
  EXPECT_EQ(Sequence::create(model_, store).status().code(), Code::no_memory);
  EXPECT_EQ(sequence->fork().status().code(), Code::no_memory);
  EXPECT_EQ(sequence->snapshot().status().code(), Code::no_memory);
  ASSERT_TRUE(sequence->append(ids, {}).ok()) << "what runs needs no more";
  EXPECT_EQ(sequence->kept().first, 0u) << "there is no memory for a state";
  device_.bytes_left = int64_t{1} << 40;
  ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
  EXPECT_TRUE(sequence->fork().ok());
}

// The state of a sequence and of a cold run on another model of the same weights.
void expect_equal_to_cold(Sequence& sequence, const Model& model) {
  const auto cold = model.new_runner().value();
  ASSERT_TRUE(cold->forward(sequence.tokens(), 0, nullptr, nullptr).ok());
  const auto state = sequence.state(), expected = cold->floats();
  ASSERT_TRUE(state.ok() && expected.ok());
  ASSERT_TRUE(same(state.value(), expected.value())) << "after " << sequence.tokens().size() << " tokens";
}

// Sequences come, run, go back and go in little device memory: the bound holds, the bytes are right, and one is refused only when sequences
// alone fill it.
TEST_F(OnDevice, SequencesKeepToTheirDeviceMemory) {
  for (const int64_t room : {1, 2, 5}) {
    SCOPED_TRACE(room);
    const auto bounded = open_on_device(folder_.path(), cuda::DeviceWeights::bf16, static_cast<uint64_t>(room * kFakeStateBytes + 50));
    const auto store = make_store(0);
    Random random(static_cast<uint64_t>(room));
    std::vector<std::unique_ptr<Sequence>> sequences;
    int n_refused = 0;
    for (int i = 0; i < 60; ++i) {
      auto made = Sequence::create(bounded, store);
      if (made.ok()) {
        sequences.push_back(std::move(made).value());
      } else {
        ++n_refused;
        ASSERT_EQ(made.status().code(), Code::no_memory);
        ASSERT_NE(made.status().message().find("device_bytes_max"), std::string::npos) << made.status().message();
        ASSERT_EQ(static_cast<int64_t>(sequences.size()), room);
        sequences.erase(sequences.begin() + static_cast<std::ptrdiff_t>(random() % sequences.size()));
        if (sequences.empty()) continue;
      }
      Sequence& one = *sequences[random() % sequences.size()];
      ASSERT_TRUE(one.append(random_ids(random, 1 + random() % 200), {}).ok());
      const size_t length = one.tokens().size(), back = random() % std::min<size_t>(length, 150);
      const Status went = one.rewind(length - back, {});  // beyond the log it takes another runner for a while
      ASSERT_TRUE(went.ok() || went.code() == Code::no_memory) << went.message();
      ASSERT_LE(device_.state_bytes, room * kFakeStateBytes);
      ASSERT_NO_FATAL_FAILURE(expect_equal_to_cold(one, *model_));
      if (random() % 3 == 0) sequences.erase(sequences.begin() + static_cast<std::ptrdiff_t>(random() % sequences.size()));
    }
    EXPECT_GT(n_refused, 0);
  }
}

// On a device that is full, ways back make room for another sequence.
TEST_F(OnDevice, AWayBackMakesRoomForASequence) {
  const auto store = make_store(0);
  Random random(9);
  const auto sequence = make_sequence(model_, store);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(sequence->append(random_ids(random, 64), {}).ok());
  ASSERT_EQ(device_.state_bytes, 3 * kFakeStateBytes) << "itself and two bases";
  device_.state_bytes_left = 0;
  const auto other = Sequence::create(model_, store), third = Sequence::create(model_, store), none = Sequence::create(model_, store);
  EXPECT_TRUE(other.ok() && third.ok());
  EXPECT_EQ(none.status().code(), Code::no_memory);
  device_.state_bytes_left = int64_t{1} << 40;
  const Status back = sequence->rewind(450, {});
  ASSERT_TRUE(back.ok()) << back.message();
  ASSERT_NO_FATAL_FAILURE(expect_equal_to_cold(*sequence, *open_on_device(folder_.path())));
}

// The device fails at the n-th call and works again later: the sequence is right or empty, and goes on from there.
TEST_F(OnDevice, AfterAFailureTheSequenceIsEmptyAndGoesOn) {
  Random random(7);
  int n_failed = 0;
  for (int n = 0; n < 30; ++n) {
    const auto store = make_store(states(60));
    const auto sequence = make_sequence(model_, store);
    Document document{random_ids(random, 300), 300};
    device_.calls_left = n;
    Status status;
    for (int i = 0; i < 20 && status.ok(); ++i) {
      document.edit(random);
      const Ids prompt = document.prompt(random);
      const auto moved = sequence->move_to({document.text, prompt, random_marks(random, prompt.size())}, {});
      if (!moved.ok()) status = moved.status();
      if (status.ok() && i % 3 == 0) status = sequence->rewind(sequence->tokens().size() / 2, {});
    }
    device_.calls_left = int64_t{1} << 40;
    if (!status.ok()) {
      ++n_failed;
      EXPECT_EQ(status.code(), Code::io);
      EXPECT_NE(status.message().find("the fake device has failed"), std::string::npos) << status.message();
    }
    // What could not be reset is not taken for something else; going to the start makes it right again.
    const Ids prompt = document.prompt(random);
    if (!sequence->move_to({document.text, prompt, {}}, {}, true).ok()) FAIL() << "a cold start failed on a device that works";
    ASSERT_NO_FATAL_FAILURE(expect_cold(*sequence));
  }
  EXPECT_GT(n_failed, 10);
}

TEST_F(OnDevice, AModelThatDoesNotFitIsAStatus) {
  auto plugin = DevicePlugin::open(SW_FAKE_PLUGIN, 0).value();
  const auto backend = std::make_shared<Backend>(Backend::kDefaultRows, 1, system_allocator());
  const auto create = [&] {
    return PluginModel::create(open_checkpoint(folder_.path()).value(), backend, plugin, cuda::DeviceWeights::bf16).status();
  };
  device_.bytes_left = 10;
  EXPECT_EQ(create().code(), Code::no_memory);
  EXPECT_NE(create().message().find("GB free"), std::string::npos) << create().message();
  device_.create = cuda::DeviceStatus::unsupported;
  EXPECT_EQ(create().code(), Code::unsupported);
}

TEST_F(OnDevice, ThreadsTakeTurns) {
  const auto store = make_store(states(60));
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      const auto sequence = make_sequence(model_, store);
      Random random(t / 2);
      Document document{random_ids(random, 300), 300};
      for (int i = 0; i < 20; ++i) {
        document.edit(random);
        const Ids prompt = document.prompt(random);
        EXPECT_TRUE(sequence->move_to({document.text, prompt, random_marks(random, prompt.size())}, {}).ok());
        expect_cold(*sequence);
        EXPECT_TRUE(sequence->refill(random() % 60, {}).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sw::test
