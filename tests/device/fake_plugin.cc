#include "device/fake_plugin.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

#include "cpu/rows.h"
#include "support/drawn_from.h"

using sw::test::FakeDevice;

namespace {

FakeDevice device;

}  // namespace

namespace sw::cuda {
namespace {

class Failure : public std::runtime_error {
 public:
  Failure(DeviceStatus s, const char* text) : std::runtime_error(text), status(s) {}
  DeviceStatus status;
};

// Bytes of the device, while it lives.
class Bytes {
 public:
  explicit Bytes(uint64_t n) : n_(static_cast<int64_t>(n)) {
    if (device.bytes_left.fetch_sub(n_) < n_) {
      device.bytes_left += n_;
      throw Failure(DeviceStatus::no_memory, "the fake device is full");
    }
    ++device.n_alive;
  }
  ~Bytes() {
    device.bytes_left += n_;
    --device.n_alive;
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  uint64_t n() const { return static_cast<uint64_t>(n_); }

 private:
  int64_t n_;
};

// Of a sequence or a snapshot.
class StateBytes {
 public:
  StateBytes() : bytes_(take()) { device.state_bytes += sw::test::kFakeStateBytes; }
  ~StateBytes() {
    device.state_bytes -= sw::test::kFakeStateBytes;
    device.state_bytes_left += sw::test::kFakeStateBytes;
  }

 private:
  static uint64_t take() {
    if (device.state_bytes_left.fetch_sub(sw::test::kFakeStateBytes) < sw::test::kFakeStateBytes) {
      device.state_bytes_left += sw::test::kFakeStateBytes;
      throw Failure(DeviceStatus::no_memory, "the fake device is full of states");
    }
    return sw::test::kFakeStateBytes;
  }
  Bytes bytes_;
};

size_t padded(size_t n) { return (n + 15) / 16 * 16; }

std::vector<uint8_t> bytes_of(const ops::Matrix& m) {
  const auto* data = static_cast<const uint8_t*>(m.data);
  return {data, data + size_t(m.n_rows) * size_t(m.n_cols) * ops::weight_bytes(m.type)};
}

}  // namespace

struct Layer {
  std::vector<float> norm, conv_weight, conv_bias, dt_bias, A, D, gated_norm;
  std::vector<uint8_t> in_proj, out_proj;
};

struct DeviceModel {
  explicit DeviceModel(const DeviceModelArgs& a) : bytes(1000), args(a), embedding(bytes_of(a.embedding)), head(bytes_of(a.head)) {
    final_norm.assign(a.final_norm, a.final_norm + a.d_model);
    for (int i = 0; i < a.n_layers; ++i) {
      const DeviceLayer& l = a.layers[i];
      const auto copy = [](const float* from, size_t n) { return std::vector<float>(from, from + n); };
      const size_t heads = size_t(a.n_heads);
      layers.push_back({copy(l.norm, size_t(a.d_model)), copy(l.conv_weight, d_conv_in() * size_t(a.d_conv)),
                        copy(l.conv_bias, d_conv_in()), copy(l.dt_bias, heads), copy(l.A, heads), copy(l.D, heads),
                        copy(l.gated_norm, d_inner()), bytes_of(l.in_proj), bytes_of(l.out_proj)});
    }
    in_proj = a.layers[0].in_proj;
    out_proj = a.layers[0].out_proj;
  }
  size_t d_inner() const { return size_t(args.n_heads) * size_t(args.head_dim); }
  size_t d_conv_in() const { return d_inner() + 2 * size_t(args.n_groups) * size_t(args.d_state); }
  size_t conv_floats() const { return padded(size_t(args.d_conv - 1) * d_conv_in()); }
  size_t ssm_floats() const { return padded(d_inner() * size_t(args.d_state)); }
  size_t state_floats() const { return layers.size() * (conv_floats() + ssm_floats()) + padded(size_t(args.d_model)); }

  Bytes bytes;
  DeviceModelArgs args;
  std::vector<uint8_t> embedding, head;
  std::vector<float> final_norm;
  std::vector<Layer> layers;
  ops::Matrix in_proj, out_proj;  // shapes; the data are the layers'
  std::atomic<int> n_inside{0};
};

namespace {

const ops::OpTable& rows() {
  static const ops::OpTable table = ops::bind_cpu(ops::kCpuRef);
  return table;
}

ops::Matrix with(ops::Matrix shape, const std::vector<uint8_t>& data) {
  shape.data = data.data();
  return shape;
}

// One layer of one token: r += out_proj(gated_norm(ssd(conv(in_proj(rms_norm(r))))))
void run_layer(const DeviceModel& m, const Layer& l, float* conv_state, float* ssm_state, std::vector<float>& r) {
  const DeviceModelArgs& a = m.args;
  const size_t d_inner = m.d_inner(), d_conv_in = m.d_conv_in(), d_in_proj = size_t(m.in_proj.n_rows);
  std::vector<float> u(r.size()), z(d_in_proj), xbc(d_conv_in), y(d_inner);
  rows().rms_norm({1, a.d_model, a.norm_eps, r.data(), l.norm.data(), u.data()}, {});
  rows().matmul({1, with(m.in_proj, l.in_proj), u.data(), u.size(), z.data(), d_in_proj, false}, {});
  rows().conv({1, int(d_conv_in), a.d_conv, z.data() + d_inner, d_in_proj, l.conv_weight.data(), l.conv_bias.data(), conv_state,
               xbc.data()},
              {});
  rows().ssd({1, a.n_heads, a.head_dim, a.n_groups, a.d_state, a.dt_min, a.dt_max, xbc.data(), xbc.data() + d_inner,
              xbc.data() + d_inner + size_t(a.n_groups) * size_t(a.d_state), d_conv_in, z.data() + d_inner + d_conv_in, d_in_proj,
              l.dt_bias.data(), l.A.data(), l.D.data(), ssm_state, y.data()},
             {});
  rows().gated_norm({1, int(d_inner), a.n_groups, a.norm_eps, y.data(), z.data(), d_in_proj, l.gated_norm.data(), y.data()}, {});
  rows().matmul({1, with(m.out_proj, l.out_proj), y.data(), d_inner, r.data(), r.size(), true}, {});
}

void run_token(const DeviceModel& m, std::vector<float>& state, int32_t id) {
  std::vector<float> r(size_t(m.args.d_model));
  rows().embed({1, with(m.args.embedding, m.embedding), &id, r.data()}, {});
  float* at = state.data();
  for (const Layer& l : m.layers) {
    run_layer(m, l, at, at + m.conv_floats(), r);
    at += m.conv_floats() + m.ssm_floats();
  }
  rows().rms_norm({1, m.args.d_model, m.args.norm_eps, r.data(), m.final_norm.data(), at}, {});
}

void run_head(const DeviceModel& m, const std::vector<float>& state, float* logits) {
  const float* hidden = state.data() + state.size() - padded(size_t(m.args.d_model));
  const auto vocab = size_t(m.args.vocab_size);
  rows().matmul({1, with(m.args.head, m.head), hidden, size_t(m.args.d_model), logits, vocab, false}, {});
}

// Runs the body of one call on a model: alone, and while the device still works.
template <class Body>
DeviceStatus call(DeviceModel& model, DeviceText* text, Body&& body) {
  if (model.n_inside.fetch_add(1) != 0) ++device.n_overlaps;
  DeviceStatus status = DeviceStatus::ok;
  try {
    if (device.calls_left.fetch_sub(1) <= 0) throw Failure(DeviceStatus::failed, "the fake device has failed");
    body();
  } catch (const Failure& failure) {
    status = failure.status;
    std::snprintf(text->text, sizeof text->text, "%s", failure.what());
  }
  --model.n_inside;
  return status;
}

void require(bool holds, const char* what) {
  if (!holds) throw Failure(DeviceStatus::argument, what);
}

}  // namespace

struct DeviceSequence {
  DeviceSequence(DeviceModel& m, int log)
      : model(m), log_len(std::max(2 * kCell, (log + kCell - 1) / kCell * kCell)), cell(m.state_floats()), now(cell) {}

  void forward(std::span<const int32_t> ids, size_t n_logits, float* logits) {
    for (size_t i = 0; i < ids.size(); ++i) {
      run_token(model, now, ids[i]);
      tokens.resize(size_t(at.position), -1);
      tokens.push_back(ids[i]);
      ++at.position;
      if (at.position % kCell == 0) cell = now;
      at.cell = at.position / kCell * kCell;
      if (i + n_logits < ids.size()) continue;
      run_head(model, now, logits);
      logits += model.args.vocab_size;
    }
    forget_before(std::max(at.log_begin, at.position - log_len));
  }
  DeviceDraw draw(const DeviceSampling& sampling) const {
    std::vector<float> logits(size_t(model.args.vocab_size));
    run_head(model, now, logits.data());
    ++device.n_draws;
    return sw::test::drawn_from(logits, sampling, uint64_t(at.position));
  }
  // What the real log has lost must not be found here.
  void forget_before(int64_t position) {
    at.log_begin = position;
    std::fill_n(tokens.begin(), std::min<int64_t>(position, int64_t(tokens.size())), -1);
  }
  // From `state`, which is at `from`: the state at `to`, by the log.
  std::vector<float> replayed(std::vector<float> state, int64_t from, int64_t to) const {
    for (int64_t p = from; p < to; ++p) {
      require(size_t(p) < tokens.size() && tokens[size_t(p)] >= 0, "the log does not have that token");
      run_token(model, state, tokens[size_t(p)]);
    }
    return state;
  }

  StateBytes bytes;
  DeviceModel& model;
  int64_t log_len;
  DevicePositions at = {};
  std::vector<int32_t> tokens;   // by position; -1 where the log does not reach
  std::vector<float> cell, now;  // states
};

struct DeviceSnapshot {
  explicit DeviceSnapshot(DeviceModel& m) : model(m) {}
  StateBytes bytes;
  DeviceModel& model;
  bool filled = false;
  DevicePositions at = {};
  std::vector<int32_t> tokens;
  std::vector<float> cell, now;
};

// Memory of the host that is still being written.
class Pending {
 public:
  void add(const void* memory) {
    const std::lock_guard lock(mutex_);
    if (!memory_.insert(memory).second) ++device.n_early;
  }
  void remove(const void* memory) {
    const std::lock_guard lock(mutex_);
    memory_.erase(memory);
  }
  bool contains(const void* memory) {
    const std::lock_guard lock(mutex_);
    return memory_.contains(memory);
  }

 private:
  std::mutex mutex_;
  std::set<const void*> memory_;
};

Pending& pending() {
  static Pending all;
  return all;
}

// As late as can be: nothing but garbage is there until somebody waits.
struct DeviceTransfer {
  DeviceTransfer(std::vector<float> from, float* host) : bytes(0), state(std::move(from)), to(host) {
    pending().add(to);
    std::memset(to, 0xa5, state.size() * sizeof(float));
  }
  ~DeviceTransfer() {
    if (is_over) return;
    ++device.n_early;
    pending().remove(to);
  }
  DeviceStatus finish(bool works) {
    const std::lock_guard lock(mutex);
    if (!is_over) {
      if (works) std::copy(state.begin(), state.end(), to);
      status = works ? DeviceStatus::ok : DeviceStatus::failed;
      is_over = true;
      pending().remove(to);
    }
    return status;
  }

  Bytes bytes;  // none: it is counted among what is alive
  std::mutex mutex;
  std::vector<float> state;
  float* to;
  bool is_over = false;
  DeviceStatus status = DeviceStatus::ok;
};

namespace {

DeviceStatus fail(DeviceStatus status, const char* what, DeviceText* text) {
  if (status != DeviceStatus::ok) std::snprintf(text->text, sizeof text->text, "%s", what);
  return status;
}

DeviceStatus probe(int index, DeviceInfo* out, DeviceText* text) {
  *out = {};
  if (index != 0) return fail(DeviceStatus::no_device, "no fake device of that index", text);
  std::snprintf(out->name, sizeof out->name, "Fake");
  out->compute_capability = 90;
  out->driver_version = 13000;
  out->bytes_free = static_cast<uint64_t>(device.bytes_left);
  return fail(device.probe, "the fake probe says no", text);
}

template <class T, class Make>
DeviceStatus make(T** out, DeviceText* text, Make&& made) {
  *out = nullptr;
  try {
    *out = made().release();
    return DeviceStatus::ok;
  } catch (const Failure& failure) {
    return fail(failure.status, failure.what(), text);
  }
}

DeviceStatus model_create(const DeviceModelArgs* args, DeviceModel** out, DeviceText* text) {
  *out = nullptr;
  if (device.create != DeviceStatus::ok) return fail(device.create, "the fake device does not take the model", text);
  return make(out, text, [&] { return std::make_unique<DeviceModel>(*args); });
}
void model_free(DeviceModel* model) { delete model; }
uint64_t model_bytes(const DeviceModel* model) { return model->bytes.n(); }
const char* model_numerics(const DeviceModel* model) {
  constexpr const char* kNames[] = {"fake 1 bf16", "fake 1 int8", "fake 1 int4"};
  return kNames[int(model->args.weights)];
}

DeviceStatus sequence_create(DeviceModel* model, int log_len, DeviceSequence** out, DeviceText* text) {
  return make(out, text, [&] { return std::make_unique<DeviceSequence>(*model, log_len); });
}
void sequence_free(DeviceSequence* sequence) { delete sequence; }
uint64_t sequence_bytes(const DeviceModel*, int) { return sw::test::kFakeStateBytes; }
DeviceStatus sequence_reset(DeviceSequence* s, DeviceText* text) {
  return call(s->model, text, [&] {
    s->at = {};
    s->tokens.clear();
    std::fill(s->cell.begin(), s->cell.end(), 0.0f);
    s->now = s->cell;
  });
}
DevicePositions sequence_positions(const DeviceSequence* sequence) { return sequence->at; }

DeviceStatus forward(DeviceSequence* s, const int32_t* ids, int n, int n_logits, float* logits, DeviceText* text) {
  return call(s->model, text, [&] {
    require(n_logits == 0 || n_logits <= n, "as many logits as tokens at most");
    s->forward({ids, size_t(n)}, size_t(n_logits), logits);
  });
}
DeviceStatus head(DeviceSequence* s, float* logits, DeviceText* text) {
  return call(s->model, text, [&] { run_head(s->model, s->now, logits); });
}
DeviceStatus draw(DeviceSequence* s, const DeviceSampling* sampling, DeviceDraw* drawn, DeviceText* text) {
  return call(s->model, text, [&] { *drawn = s->draw(*sampling); });
}
DeviceStatus generate(DeviceSequence* s, int32_t first, int n, const DeviceSampling* sampling, int32_t* ids, DeviceText* text) {
  return call(s->model, text, [&] {
    for (int i = 0; i < n; ++i) {
      s->forward({&first, 1}, 0, nullptr);
      first = ids[i] = s->draw(*sampling).id;
    }
  });
}

DeviceStatus step(DeviceSequence* const* sequences, int n, const int32_t* ids, float* logits, const DeviceSampling* sampling,
                  DeviceDraw* drawn, DeviceText* text) {
  return call(sequences[0]->model, text, [&] {
    require(n >= 1 && n <= kStepMax, "1 to 16 sequences");
    require(drawn == nullptr || sampling != nullptr, "how to draw");
    for (int i = 0; i < n; ++i) {
      require(&sequences[i]->model == &sequences[0]->model, "sequences of one model");
      require(std::find(sequences, sequences + i, sequences[i]) == sequences + i, "sequences that differ");
    }
    const size_t n_logits = logits != nullptr ? 1 : 0;
    for (int i = 0; i < n; ++i) {
      sequences[i]->forward({ids + i, 1}, n_logits, logits + n_logits * size_t(i) * size_t(sequences[0]->model.args.vocab_size));
      if (drawn != nullptr) drawn[i] = sequences[i]->draw(sampling[i]);
    }
    ++device.n_steps;
  });
}

DeviceStatus snapshot_create(DeviceModel* model, DeviceSnapshot** out, DeviceText* text) {
  return make(out, text, [&] { return std::make_unique<DeviceSnapshot>(*model); });
}
void snapshot_free(DeviceSnapshot* snapshot) { delete snapshot; }
uint64_t snapshot_bytes(const DeviceModel*) { return sw::test::kFakeStateBytes; }
DeviceStatus snapshot_save(DeviceSnapshot* to, const DeviceSequence* s, DeviceText* text) {
  return call(to->model, text, [&] {
    to->at = s->at;
    to->tokens = s->tokens;
    to->cell = s->cell;
    to->now = s->now;
    to->filled = true;
  });
}
DeviceStatus snapshot_load(const DeviceSnapshot* from, DeviceSequence* s, DeviceText* text) {
  return call(s->model, text, [&] {
    require(from->filled, "the snapshot is empty");
    s->at = from->at;
    s->tokens = from->tokens;
    s->cell = from->cell;
    s->now = from->now;
    s->forget_before(std::max<int64_t>(0, s->at.cell - kHalo));
  });
}

DeviceStatus rewind(DeviceSequence* s, const DeviceSnapshot* base, int64_t position, DeviceText* text) {
  return call(s->model, text, [&] {
    require(position >= 0 && position <= s->at.position, "rewind goes back only");
    if (position < s->at.cell) {
      const int64_t from = base != nullptr ? base->at.cell : 0, cell = position / kCell * kCell;
      require(base == nullptr || base->filled, "an empty base");
      require(from <= position && std::max<int64_t>(0, from - kHalo) >= s->at.log_begin, "the log does not reach from the base");
      s->cell = s->replayed(base != nullptr ? base->cell : std::vector<float>(s->cell.size()), from, cell);
      s->at.cell = cell;
      ++device.n_replays;
    }
    s->now = s->replayed(s->cell, s->at.cell, position);
    s->at.position = position;
    s->tokens.resize(size_t(position));
  });
}

uint64_t state_floats(const DeviceModel* model) { return model->state_floats(); }
DeviceStatus download(DeviceSequence* s, int64_t position, float* state, DeviceText* text) {
  return call(s->model, text, [&] {
    require(position >= s->at.cell && position <= s->at.position, "a state is of the cell's start or after it");
    const std::vector<float> there = s->replayed(s->cell, s->at.cell, position);
    std::copy(there.begin(), there.end(), state);
  });
}
DeviceStatus download_begin(DeviceSequence* s, int64_t position, float* state, DeviceTransfer** out, DeviceText* text) {
  *out = nullptr;
  return call(s->model, text, [&] {
    require(position >= s->at.cell && position <= s->at.position, "a state is of the cell's start or after it");
    *out = new DeviceTransfer(s->replayed(s->cell, s->at.cell, position), state);
  });
}
DeviceStatus transfer_wait(DeviceTransfer* transfer, DeviceText* text) {
  const bool works = device.calls_left.fetch_sub(1) > 0;
  return fail(transfer->finish(works), "the fake device has failed on the way", text);
}
void transfer_free(DeviceTransfer* transfer) { delete transfer; }
DeviceStatus upload(DeviceSequence* s, const float* state, int64_t position, DeviceText* text) {
  return call(s->model, text, [&] {
    require(position >= 0 && position % kCell == 0, "a state is resumed at a cell's start");
    if (pending().contains(state)) ++device.n_early;
    std::copy_n(state, s->cell.size(), s->cell.begin());
    s->now = s->cell;
    s->tokens.assign(size_t(position), -1);
    s->at = {position, position, std::max<int64_t>(0, position - kHalo)};
  });
}

DeviceStatus host_alloc(uint64_t n_bytes, void** out, DeviceText* text) {
  // In front of the memory lies what gives its bytes back; a whole cache line, so that what follows is aligned.
  *out = nullptr;
  try {
    auto bytes = std::make_unique<Bytes>(n_bytes);
    auto* memory = static_cast<uint8_t*>(std::aligned_alloc(64, 64 + (n_bytes + 63) / 64 * 64));
    if (memory == nullptr) return fail(DeviceStatus::no_memory, "no memory", text);
    Bytes* owned = bytes.release();
    std::memcpy(memory, &owned, sizeof owned);
    ++device.n_pinned;
    *out = memory + 64;
    return DeviceStatus::ok;
  } catch (const Failure& failure) {
    return fail(failure.status, failure.what(), text);
  }
}
void host_free(void* memory) {
  if (memory == nullptr) return;
  if (pending().contains(memory)) ++device.n_early;
  auto* begin = static_cast<uint8_t*>(memory) - 64;
  Bytes* bytes = nullptr;
  std::memcpy(&bytes, begin, sizeof bytes);
  delete bytes;
  std::free(begin);
}

DeviceTable table = {kDeviceVersion, sizeof(DeviceTable), probe,          model_create,    model_free,      model_bytes,
                     model_numerics, sequence_create,     sequence_free,  sequence_bytes,  sequence_reset,  sequence_positions,
                     forward,        head,                draw,           generate,        step,            snapshot_create,
                     snapshot_free,  snapshot_bytes,      snapshot_save,  snapshot_load,   rewind,          state_floats,
                     download,       download_begin,      transfer_wait,  transfer_free,   upload,          host_alloc,
                     host_free};

}  // namespace
}  // namespace sw::cuda

extern "C" {

__attribute__((visibility("default"))) const sw::cuda::DeviceTable* sw_device_table(uint32_t) {
  const uint32_t version = device.version;
  sw::cuda::table.version = version;
  return version == 0 ? nullptr : &sw::cuda::table;
}

__attribute__((visibility("default"))) FakeDevice* sw_fake_device() { return &device; }

}  // extern "C"
