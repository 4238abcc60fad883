// The CUDA plugin against the CPU rows, and against itself: the bytes of a token must not depend on how it was reached.
// Usage: device_test PLUGIN [--shapes | --small | --smallest]      exit status 77 when there is no usable GPU; --shapes: without the
// Codestral shape; --small: for the sanitizers; --smallest: every kernel once, for racecheck
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <random>

#include "../support/drawn_from.h"
#include "oracle.h"

namespace sw::cuda {
namespace {

constexpr double kTolerance = 1e-2;  // relative L2 of logits and states: activations travel as bf16

const DeviceTable* table = nullptr;
int n_failed = 0;
int n_checks = 0;

void expect(bool holds, const std::string& what) {
  ++n_checks;
  if (holds) return;
  ++n_failed;
  std::printf("FAILED: %s\n", what.c_str());
}

void must(DeviceStatus status, const DeviceText& text, const char* what) {
  if (status == DeviceStatus::ok) return;
  std::printf("FAILED: %s: status %d: %s\n", what, int(status), text.text);
  std::exit(1);
}

using ModelHandle = std::unique_ptr<DeviceModel, void (*)(DeviceModel*)>;
using SequenceHandle = std::unique_ptr<DeviceSequence, void (*)(DeviceSequence*)>;
using SnapshotHandle = std::unique_ptr<DeviceSnapshot, void (*)(DeviceSnapshot*)>;

ModelHandle make_model(const HostModel& host, int chunk_len, bool own_products = false) {
  DeviceModel* model = nullptr;
  DeviceText text = {};
  DeviceModelArgs args = host.args(chunk_len);
  args.own_products = own_products;
  must(table->model_create(&args, &model, &text), text, "model_create");
  return {model, table->model_free};
}

SequenceHandle make_sequence(DeviceModel* model, int log_len) {
  DeviceSequence* sequence = nullptr;
  DeviceText text = {};
  must(table->sequence_create(model, log_len, &sequence, &text), text, "sequence_create");
  return {sequence, table->sequence_free};
}

SnapshotHandle make_snapshot(DeviceModel* model) {
  DeviceSnapshot* snapshot = nullptr;
  DeviceText text = {};
  must(table->snapshot_create(model, &snapshot, &text), text, "snapshot_create");
  return {snapshot, table->snapshot_free};
}

std::vector<float> run(DeviceSequence* sequence, const int32_t* ids, int n, int n_logits, int vocab_size) {
  std::vector<float> logits(size_t(n_logits) * vocab_size);
  DeviceText text = {};
  must(table->forward(sequence, ids, n, n_logits, logits.data(), &text), text, "forward");
  return logits;
}

std::vector<float> state_of(DeviceModel* model, DeviceSequence* sequence) {
  std::vector<float> state(table->state_floats(model));
  DeviceText text = {};
  must(table->download(sequence, table->sequence_positions(sequence).position, state.data(), &text), text, "download");
  return state;
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * 4) == 0;
}

// State and next logits, for comparison by bytes.
std::vector<float> look(DeviceModel* model, DeviceSequence* sequence, int vocab_size) {
  std::vector<float> all = state_of(model, sequence);
  std::vector<float> logits(vocab_size);
  DeviceText text = {};
  must(table->head(sequence, logits.data(), &text), text, "head");
  all.insert(all.end(), logits.begin(), logits.end());
  return all;
}

std::string describe(const HostModel& m, int n) {
  const char* weights[] = {"bf16", "int8", "int4"};
  char line[160];
  std::snprintf(line, sizeof(line), "%d layers, d_model %d, %d heads, %d groups, d_conv %d, vocab %d, %s of type %d, %d tokens",
                m.shape.n_layers, m.shape.d_model, m.shape.n_heads, m.shape.n_groups, m.shape.d_conv, m.shape.vocab_size,
                weights[int(m.weights)], int(m.shape.type), n);
  return line;
}

// Logits of the last tokens and the whole state against float32 on the CPU.
void compare_with_oracle(const HostModel& host, DeviceModel* model, int n, int n_logits) {
  const std::vector<int32_t> ids = random_ids(n, host.shape.vocab_size, 7);
  const OracleResult expected = run_oracle(host, ids, n_logits);
  SequenceHandle sequence = make_sequence(model, 256);
  const std::vector<float> logits = run(sequence.get(), ids.data(), n, n_logits, host.shape.vocab_size);
  const double of_logits = relative_l2(logits, expected.logits);
  const double of_state = relative_l2(state_of(model, sequence.get()), expected.state);
  std::printf("%s: logits %.2e, state %.2e to the CPU\n", describe(host, n).c_str(), of_logits, of_state);
  expect(of_logits <= kTolerance, "logits of " + describe(host, n));
  expect(of_state <= kTolerance, "state of " + describe(host, n));
}

// The same tokens in random cuts, one by one, and in one call.
void compare_cuts(const HostModel& host, DeviceModel* model, int n, int n_trials, int n_by_one) {
  const int vocab = host.shape.vocab_size;
  const std::vector<int32_t> ids = random_ids(n, vocab, 11);
  SequenceHandle whole = make_sequence(model, 256);
  const int n_logits = std::min(n, 5);
  const std::vector<float> logits = run(whole.get(), ids.data(), n, n_logits, vocab);
  const std::vector<float> expected = look(model, whole.get(), vocab);
  expect(same({logits.end() - vocab, logits.end()}, {expected.end() - vocab, expected.end()}),
         "head equals the last logits of forward");
  std::mt19937 random(5);
  for (int trial = 0; trial < n_trials; ++trial) {
    SequenceHandle sequence = make_sequence(model, 256);
    std::vector<float> last;
    for (int at = 0; at < n;) {
      const int longest = trial == 0 ? 1 : trial % 3 == 0 ? 12 : trial % 3 == 1 ? 100 : n;
      int now = std::min<int>(n - at, 1 + random() % longest);
      if (trial == 0 && at + 1 < n - n_by_one) now = n - n_by_one - at;
      const int n_last = std::min(now, n_logits);
      const std::vector<float> some = run(sequence.get(), ids.data() + at, now, n_last, vocab);
      last.insert(last.end(), some.begin(), some.end());
      at += now;
    }
    last.erase(last.begin(), last.end() - vocab);
    expect(same(last, {logits.end() - vocab, logits.end()}), "logits by random cuts of " + describe(host, n));
    expect(same(look(model, sequence.get(), vocab), expected), "state by random cuts of " + describe(host, n));
  }
}

// Forwards, rewinds by the log, snapshots and restores in random order; each place is compared with a cold run.
void compare_edits(const HostModel& host, DeviceModel* model, int n_edits, int longest, int log_len, int every) {
  const int vocab = host.shape.vocab_size;
  std::mt19937 random(17);
  SequenceHandle sequence = make_sequence(model, log_len), cold = make_sequence(model, 128);
  SnapshotHandle base = make_snapshot(model);
  DeviceText text = {};
  std::vector<int32_t> ids;
  int64_t base_position = -1;  // ids up to here are those of the snapshot
  int n_rewound = 0, n_log = 0, n_restored = 0;
  for (int edit = 0; edit < n_edits; ++edit) {
    const int n = 1 + random() % (random() % 4 == 0 ? longest : 20);
    for (int32_t id : random_ids(n, vocab, random())) ids.push_back(id);
    run(sequence.get(), ids.data() + ids.size() - n, n, 0, vocab);
    if (random() % 3 == 0) {
      must(table->snapshot_save(base.get(), sequence.get(), &text), text, "snapshot_save");
      base_position = static_cast<int64_t>(ids.size());
    }
    if (random() % 2 == 0) {
      const int64_t back = 1 + random() % (random() % 3 == 0 ? log_len : 30);
      const int64_t to = std::max<int64_t>(0, int64_t(ids.size()) - back);
      const DevicePositions at = table->sequence_positions(sequence.get());
      const int64_t base_cell = base_position / kCell * kCell;
      const bool by_base = base_position >= 0 && base_cell <= to && std::max<int64_t>(0, base_cell - 3) >= at.log_begin;
      if (to >= at.cell || by_base || at.log_begin == 0) {
        must(table->rewind(sequence.get(), by_base ? base.get() : nullptr, to, &text), text, "rewind");
        ++n_rewound;
        n_log += to < at.cell;
      } else if (base_position >= 0 && base_position <= to) {
        must(table->snapshot_load(base.get(), sequence.get(), &text), text, "snapshot_load");
        run(sequence.get(), ids.data() + base_position, int(to - base_position), 0, vocab);
        ++n_restored;
      } else {
        must(table->sequence_reset(sequence.get(), &text), text, "sequence_reset");
        run(sequence.get(), ids.data(), int(to), 0, vocab);
      }
      ids.resize(to);
      if (base_position > to) base_position = -1;
    }
    expect(table->sequence_positions(sequence.get()).position == int64_t(ids.size()), "position");
    if (edit % every != every - 1 || ids.empty()) continue;
    must(table->sequence_reset(cold.get(), &text), text, "sequence_reset");
    run(cold.get(), ids.data(), static_cast<int>(ids.size()), 0, vocab);
    expect(same(look(model, sequence.get(), vocab), look(model, cold.get(), vocab)),
           "resumed equals cold: " + describe(host, int(ids.size())));
  }
  std::printf("%d edits: %d rewinds, %d of them by replay, %d restores; %zu tokens at the end\n", n_edits, n_rewound, n_log,
              n_restored, ids.size());
}

// Through the host at a cell, a fork, and a refused place.
void compare_transfers(const HostModel& host, DeviceModel* model) {
  const int vocab = host.shape.vocab_size;
  const std::vector<int32_t> ids = random_ids(300, vocab, 23);
  SequenceHandle a = make_sequence(model, 128), b = make_sequence(model, 128);
  DeviceText text = {};
  run(a.get(), ids.data(), 192, 0, vocab);
  const std::vector<float> at_cell = state_of(model, a.get());
  must(table->upload(b.get(), at_cell.data(), 192, &text), text, "upload");
  expect(same(look(model, b.get(), vocab), look(model, a.get(), vocab)), "uploaded equals downloaded");
  run(a.get(), ids.data() + 192, 64, 0, vocab);
  std::vector<float> at_next = state_of(model, a.get());
  run(a.get(), ids.data() + 256, 37, 0, vocab);
  const std::vector<float> here = look(model, a.get(), vocab);
  std::vector<float> cell(at_next.size());
  must(table->download(a.get(), 256, cell.data(), &text), text, "download");
  expect(same(cell, at_next), "the state at the cell, from within it");
  expect(same(look(model, a.get(), vocab), here), "a download changes nothing");
  expect(table->download(a.get(), 255, cell.data(), &text) == DeviceStatus::argument, "a state before the cell is refused");
  for (int i = 192; i < 293; ++i) run(b.get(), ids.data() + i, 1, 0, vocab);
  expect(same(look(model, b.get(), vocab), look(model, a.get(), vocab)), "resumed from the host equals cold");
  SnapshotHandle snapshot = make_snapshot(model);
  must(table->snapshot_save(snapshot.get(), a.get(), &text), text, "snapshot_save");
  run(a.get(), ids.data() + 293, 7, 0, vocab);
  must(table->snapshot_load(snapshot.get(), b.get(), &text), text, "snapshot_load");
  run(b.get(), ids.data() + 293, 7, 0, vocab);
  expect(same(look(model, b.get(), vocab), look(model, a.get(), vocab)), "a fork equals its parent");
  for (const int64_t to : {295, 291, 270, 256}) {  // the last three before the snapshot, in its cell
    must(table->rewind(a.get(), nullptr, to, &text), text, "rewind");
    must(table->rewind(b.get(), nullptr, to, &text), text, "rewind");
    expect(same(look(model, b.get(), vocab), look(model, a.get(), vocab)), "a fork goes back as its parent does");
  }
  expect(table->upload(b.get(), at_cell.data(), 100, &text) == DeviceStatus::argument, "a state inside a cell is refused");
  const int32_t outside = vocab;
  expect(table->forward(b.get(), &outside, 1, 0, nullptr, &text) == DeviceStatus::argument,
         "an id outside of the vocabulary is refused");
  expect(table->rewind(b.get(), nullptr, 100, &text) == DeviceStatus::argument, "a rewind beyond the log is refused");
}

// Bytes that come to the host while the sequence goes on, and another state behind them: each as it was.
void compare_transfers_under_way(const HostModel& host, DeviceModel* model) {
  const int vocab = host.shape.vocab_size;
  const std::vector<int32_t> ids = random_ids(400, vocab, 43);
  SequenceHandle a = make_sequence(model, 256);
  const size_t n = table->state_floats(model);
  DeviceText text = {};
  std::vector<float*> pinned;
  std::vector<std::vector<float>> expected;
  std::vector<DeviceTransfer*> transfers;
  for (int i = 0; i < 6; ++i) {
    run(a.get(), ids.data() + 60 * i, 60, 0, vocab);
    expected.push_back(state_of(model, a.get()));
    void* memory = nullptr;
    must(table->host_alloc(n * sizeof(float), &memory, &text), text, "host_alloc");
    pinned.push_back(static_cast<float*>(memory));
    transfers.push_back(nullptr);
    must(table->download_begin(a.get(), table->sequence_positions(a.get()).position, pinned[i], &transfers[i], &text), text,
         "download_begin");
  }
  must(table->sequence_reset(a.get(), &text), text, "sequence_reset");
  for (int i : {3, 0, 5, 1, 2, 4}) {
    for (int again = 0; again < 2; ++again) must(table->transfer_wait(transfers[i], &text), text, "transfer_wait");
    expect(same({pinned[i], pinned[i] + n}, expected[i]), "a state that came to the host while others ran");
    table->transfer_free(transfers[i]);
    table->host_free(pinned[i]);
  }
}

// What generate draws is what forward and the largest logit give, across cells.
void compare_generation(const HostModel& host, DeviceModel* model, int n) {
  const int vocab = host.shape.vocab_size;
  const std::vector<int32_t> ids = random_ids(50, vocab, 31);
  SequenceHandle a = make_sequence(model, 128), b = make_sequence(model, 128);
  DeviceText text = {};
  run(a.get(), ids.data(), 49, 0, vocab);
  std::vector<int32_t> drawn(n), expected;
  const DeviceSampling greedy = {0.0f, 0};
  must(table->generate(a.get(), ids[49], n, &greedy, drawn.data(), &text), text, "generate");
  run(b.get(), ids.data(), 49, 0, vocab);
  for (int32_t id = ids[49]; int(expected.size()) < n;) {
    const std::vector<float> logits = run(b.get(), &id, 1, 1, vocab);
    id = static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    expected.push_back(id);
  }
  expect(drawn == expected, "generate draws the largest logits");
  expect(same(look(model, a.get(), vocab), look(model, b.get(), vocab)), "generate leaves forward's state");
  DeviceDraw next = {};
  must(table->draw(a.get(), &greedy, &next, &text), text, "draw");
  expect(next.id == expected.back(), "draw gives what generate gave");
  std::vector<int32_t> again(n);
  const DeviceSampling warm = {1.0f, 42};
  for (std::vector<int32_t>* to : {&drawn, &again}) {
    must(table->sequence_reset(a.get(), &text), text, "sequence_reset");
    must(table->generate(a.get(), ids[0], n, &warm, to->data(), &text), text, "generate");
  }
  expect(drawn == again, "a seed repeats its draws");
  expect(drawn != expected, "draws differ from the largest");
}

bool same_draw(const DeviceDraw& a, const DeviceDraw& b) {
  return a.id == b.id && a.logit == b.logit && a.top == b.top && a.mass == b.mass;
}

// Sequences side by side, at places of their own.
struct Together {
  std::vector<SequenceHandle> stepped, alone;
  std::mt19937 random{29};

  Together(DeviceModel* model, int n, int longest, int vocab) {
    for (int i = 0; i < n; ++i) {
      const std::vector<int32_t> ids = random_ids(1 + int(random() % longest), vocab, random());
      for (std::vector<SequenceHandle>* all : {&stepped, &alone}) {
        all->push_back(make_sequence(model, 128));
        run(all->back().get(), ids.data(), static_cast<int>(ids.size()), 0, vocab);
      }
    }
  }
};

// One token of each of those in `which`, by one pass for one half and one by one for the other: logits and draws.
void compare_step(Together& t, const std::vector<int>& which, int vocab) {
  const int n = static_cast<int>(which.size());
  const std::vector<int32_t> ids = random_ids(n, vocab, t.random());
  std::vector<DeviceSequence*> sequences;
  std::vector<DeviceSampling> sampling;
  for (int i : which) {
    sequences.push_back(t.stepped[i].get());
    const float min_p = t.random() % 2 == 0 ? 0.0f : 0.02f;
    sampling.push_back({i % 3 == 0 ? 0.0f : 0.7f + 0.1f * i, t.random(), min_p, 1 + int(t.random() % (vocab + 50))});
  }
  std::vector<float> logits(size_t(n) * vocab);
  std::vector<DeviceDraw> drawn(n);
  DeviceText text = {};
  must(table->step(sequences.data(), n, ids.data(), logits.data(), sampling.data(), drawn.data(), &text), text, "step");
  for (int i = 0; i < n; ++i) {
    DeviceSequence* alone = t.alone[which[i]].get();
    const std::vector<float> row(logits.begin() + i * vocab, logits.begin() + (i + 1) * vocab);
    expect(same(row, run(alone, &ids[i], 1, 1, vocab)), "logits of a step of " + std::to_string(n));
    DeviceDraw one = {};
    must(table->draw(alone, &sampling[i], &one, &text), text, "draw");
    expect(same_draw(one, drawn[i]), "draws of a step of " + std::to_string(n));
    const auto position = static_cast<uint64_t>(table->sequence_positions(alone).position);
    expect(same_draw(one, sw::test::drawn_from(row, sampling[i], position)), "draws by the law, on the host from the same logits");
  }
}

// Any mix of steps together and tokens alone leaves each sequence as it is alone.
void compare_steps(const HostModel& host, DeviceModel* model, int n_sequences, int longest, int n_rounds) {
  const int vocab = host.shape.vocab_size;
  Together t(model, n_sequences, longest, vocab);
  std::vector<int> order(n_sequences);
  for (int i = 0; i < n_sequences; ++i) order[i] = i;
  for (int round = 0; round < n_rounds; ++round) {
    std::shuffle(order.begin(), order.end(), t.random);
    const int n = round % 2 == 0 ? n_sequences : 1 + int(t.random() % n_sequences);
    compare_step(t, {order.begin(), order.begin() + n}, vocab);
    const std::vector<int32_t> ids = random_ids(1 + int(t.random() % 4), vocab, t.random());
    for (const std::vector<SequenceHandle>* all : {&t.stepped, &t.alone}) {
      run((*all)[order[0]].get(), ids.data(), static_cast<int>(ids.size()), 0, vocab);
    }
  }
  for (int i = 0; i < n_sequences; ++i) {
    expect(same(look(model, t.stepped[i].get(), vocab), look(model, t.alone[i].get(), vocab)),
           "a sequence that stepped with others: " + describe(host, n_sequences));
  }
  DeviceSequence* twice[] = {t.stepped[0].get(), t.stepped[0].get()};
  const int32_t ids[] = {0, 0};
  DeviceText text = {};
  expect(table->step(twice, 2, ids, nullptr, nullptr, nullptr, &text) == DeviceStatus::argument, "a sequence twice is refused");
  expect(table->step(twice, kStepMax + 1, ids, nullptr, nullptr, nullptr, &text) == DeviceStatus::argument, "too many are refused");
}

// cuBLASLt and this project's own products leave the same bytes.
void compare_products(const HostModel& host, DeviceModel* model, int chunk_len, int n) {
  const int vocab = host.shape.vocab_size;
  const ModelHandle own = make_model(host, chunk_len, true);
  const std::vector<int32_t> ids = random_ids(n, vocab, 41);
  SequenceHandle a = make_sequence(model, 128), b = make_sequence(own.get(), 128);
  const std::vector<float> logits = run(a.get(), ids.data(), n, std::min(n, 100), vocab);
  expect(same(logits, run(b.get(), ids.data(), n, std::min(n, 100), vocab)), "logits by own products: " + describe(host, n));
  expect(same(look(model, a.get(), vocab), look(own.get(), b.get(), vocab)), "state by own products: " + describe(host, n));
}

void test_small(bool sanitized) {
  std::vector<Shape> shapes = {{1000, 256, 2, 8, 1, 4}, {1001, 264, 2, 16, 4, 4}, {555, 512, 3, 16, 2, 3}};
  shapes[1].type = ops::WeightType::f16;
  shapes[2].type = ops::WeightType::f32;
  shapes[2].tied = true;
  shapes[2].dt_max = 0.1f;
  if (sanitized) shapes.resize(2);
  for (const Shape& shape : shapes) {
    for (DeviceWeights weights : {DeviceWeights::bf16, DeviceWeights::int8, DeviceWeights::int4}) {
      if (sanitized && (weights == DeviceWeights::bf16) != (&shape == &shapes[0])) continue;
      const HostModel host(shape, weights, 3);
      ModelHandle model = make_model(host, 256, sanitized);  // the sanitizers are for our kernels
      std::printf("%s\n", table->model_numerics(model.get()));
      for (int n : {1, 2, 7, 64, 65, 200, 700}) {
        if (sanitized && n != 7 && n != 65) continue;
        compare_with_oracle(host, model.get(), n, std::min(n, 70));
      }
      compare_cuts(host, model.get(), sanitized ? 70 : 400, sanitized ? 1 : 10, sanitized ? 8 : 150);
      compare_edits(host, model.get(), sanitized ? 3 : 60, 150, 256, 1);
      compare_generation(host, model.get(), sanitized ? 16 : 100);
      compare_steps(host, model.get(), sanitized ? 9 : kStepMax, sanitized ? 3 : 150, sanitized ? 2 : 80);
      if (sanitized) continue;
      compare_transfers(host, model.get());
      compare_transfers_under_way(host, model.get());
      compare_products(host, model.get(), 256, 300);
    }
  }
}

// Weights far from 1 keep their bits: a packed matrix and its tokens are multiplied in other powers of two.
void test_far_scales() {
  for (int exponent : {-80, 24}) {
    Shape shape = {1000, 256, 1, 8, 1, 4};
    shape.head_exponent = exponent;
    for (DeviceWeights weights : {DeviceWeights::bf16, DeviceWeights::int8, DeviceWeights::int4}) {
      const HostModel host(shape, weights, 3);
      ModelHandle model = make_model(host, 256);
      compare_with_oracle(host, model.get(), 7, 7);
      compare_products(host, model.get(), 256, 100);
    }
  }
}

// No reference: what is looked for is in the accesses, not in the numbers.
void run_every_kernel() {
  const Shape shape = {200, 128, 1, 8, 2, 4};
  for (DeviceWeights weights : {DeviceWeights::bf16, DeviceWeights::int8, DeviceWeights::int4}) {
    const HostModel host(shape, weights, 3);
    ModelHandle model = make_model(host, 64, true);
    SequenceHandle sequence = make_sequence(model.get(), 128);
    SnapshotHandle snapshot = make_snapshot(model.get());
    const std::vector<int32_t> ids = random_ids(80, shape.vocab_size, 7);
    DeviceText text = {};
    run(sequence.get(), ids.data(), 1, 1, shape.vocab_size);
    must(table->snapshot_save(snapshot.get(), sequence.get(), &text), text, "snapshot_save");
    run(sequence.get(), ids.data() + 1, weights == DeviceWeights::bf16 ? 66 : 5, 2, shape.vocab_size);
    std::vector<SequenceHandle> some;
    std::vector<DeviceSequence*> together;
    for (int i = 0; i < 9; ++i) together.push_back(some.emplace_back(make_sequence(model.get(), 128)).get());
    const std::vector<DeviceSampling> sampling(9, DeviceSampling{1.0f, 42});
    DeviceDraw after[9];
    must(table->step(together.data(), 9, ids.data(), nullptr, sampling.data(), after, &text), text, "step");
    if (weights != DeviceWeights::bf16) continue;  // the other formats differ in the products alone
    int32_t drawn[2];
    const DeviceSampling warm = {1.0f, 42};
    must(table->generate(sequence.get(), ids[0], 2, &warm, drawn, &text), text, "generate");
    must(table->rewind(sequence.get(), snapshot.get(), 40, &text), text, "rewind");
    look(model.get(), sequence.get(), shape.vocab_size);
    must(table->snapshot_load(snapshot.get(), sequence.get(), &text), text, "snapshot_load");
    expect(table->sequence_positions(sequence.get()).position == 1, "the snapshot's place");
  }
}

void test_codestral_shape() {
  for (DeviceWeights weights : {DeviceWeights::bf16, DeviceWeights::int8, DeviceWeights::int4}) {
    const HostModel host(codestral(4), weights, 9);
    ModelHandle model = make_model(host, 2048);
    std::printf("%s\n", table->model_numerics(model.get()));
    compare_with_oracle(host, model.get(), 512, 64);
    compare_products(host, model.get(), 2048, 600);
    for (int n : {2, 5, kStepMax}) compare_steps(host, model.get(), n, 150, 8);
    if (weights != DeviceWeights::bf16) {
      compare_cuts(host, model.get(), 700, 3, 70);
      continue;
    }
    compare_with_oracle(host, model.get(), 4096, 64);
    compare_cuts(host, model.get(), 2500, 8, 200);
    compare_edits(host, model.get(), 200, 700, 640, 1);
    compare_transfers(host, model.get());
    compare_transfers_under_way(host, model.get());
  }
}

int main_checked(int argc, char** argv) {
  void* library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : nullptr;
  if (library == nullptr) {
    std::printf("no plugin: %s\n", argc > 1 ? dlerror() : "usage: device_test PLUGIN [--shapes | --small | --smallest]");
    return 1;
  }
  const auto function = reinterpret_cast<DeviceTableFunction>(dlsym(library, kDeviceTableSymbol));
  if (function == nullptr || function(kDeviceVersion) == nullptr || function(kDeviceVersion + 1) != nullptr) {
    std::printf("FAILED: the plugin's one export\n");
    return 1;
  }
  table = function(kDeviceVersion);
  DeviceInfo info = {};
  DeviceText text = {};
  const DeviceStatus status = table->probe(0, &info, &text);
  if (status != DeviceStatus::ok) {
    std::printf("no GPU: status %d: %s\n", int(status), text.text);
    const bool clear = text.text[0] != '\0' && (status == DeviceStatus::no_driver || status == DeviceStatus::old_driver ||
                                                status == DeviceStatus::no_device || status == DeviceStatus::unsupported);
    return clear ? 77 : 1;
  }
  const std::string mode = argc > 2 ? argv[2] : "";
  const bool sanitized = mode == "--small";
  std::printf("%s, compute capability %d.%d, driver %d\n", info.name, info.compute_capability / 10,
              info.compute_capability % 10, info.driver_version);
  const auto timed = [](const char* name, const std::function<void()>& body) {
    const auto begin = std::chrono::steady_clock::now();
    body();
    std::printf("%s: %.1f s\n", name, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    std::fflush(stdout);
  };
  if (mode == "--smallest") {
    timed("every kernel", run_every_kernel);
  } else {
    timed("small shapes", [&] { test_small(sanitized); });
    if (!sanitized) timed("far scales", test_far_scales);
  }
  if (mode.empty()) timed("Codestral shape", test_codestral_shape);
  std::printf("%d checks, %d failed\n", n_checks, n_failed);
  return n_failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sw::cuda

int main(int argc, char** argv) {
  return sw::cuda::main_checked(argc, argv);
}
