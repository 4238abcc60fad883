#include <algorithm>

#include "cuda/common.cuh"
#include "cuda/sequence.h"

namespace sw::cuda {
namespace {

constexpr int kSnapshotRows = kHalo + kCell - 1;
constexpr int kDrawsMax = 4096;  // of one round of generate

static_assert(kCell == kChunkRows && kHalo == kTaps - 1);

// At least two cells.
int log_positions(int log_len) {
  return std::max(2 * kCell, round_up(log_len, kCell));
}

}  // namespace

uint64_t DeviceSnapshot::bytes_of(const DeviceModel& model) {
  const uint64_t rows = model.n_layers * uint64_t(kSnapshotRows) * model.width();
  return model.n_layers * model.ssm_floats_per_layer() * sizeof(float) +
         (rows + uint64_t(kCell) * model.d_model) * sizeof(__nv_bfloat16);
}

DeviceSnapshot::DeviceSnapshot(DeviceModel& m)
    : model(m),
      ssm(m.n_layers * m.ssm_floats_per_layer()),
      rows(size_t(m.n_layers) * kSnapshotRows * m.width()),
      hidden(size_t(kCell) * m.d_model) {}

DeviceSequence::DeviceSequence(DeviceModel& m, int log_len)
    : model(m),
      ssm_(m.n_layers * m.ssm_floats_per_layer()),
      log_(size_t(m.n_layers) * log_positions(log_len) * m.width()),
      cache_(size_t(m.n_layers) * kCell * m.width()),
      hidden_(size_t(log_positions(log_len)) * m.d_model),
      control_(sizeof(StepControl)),
      drawn_(kDrawsMax),
      own_layers_(m.n_layers * sizeof(ReplayLayer)),
      other_layers_(m.n_layers * sizeof(ReplayLayer)) {
  tracks = {ssm_.data(), log_.data(), cache_.data(), hidden_.data(), log_positions(log_len)};
  describe(own_layers_, ssm_.data(), nullptr);
  check(cudaMemsetAsync(drawn_.data(), 0, drawn_.n_bytes(), model.stream), "draws");  // gaps between members come to the host, too
  reset();
}

DeviceSequence::~DeviceSequence() {
  cudaStreamSynchronize(model.stream);
  for (const cudaGraphExec_t graph : graphs_) {
    if (graph != nullptr) cudaGraphExecDestroy(graph);
  }
}

uint64_t DeviceSequence::bytes_of(const DeviceModel& model, int log_len) {
  const uint64_t rows = model.n_layers * uint64_t(log_positions(log_len) + kCell) * model.width();
  const uint64_t hidden = uint64_t(log_positions(log_len)) * model.d_model;
  return model.n_layers * model.ssm_floats_per_layer() * sizeof(float) + (rows + hidden) * sizeof(__nv_bfloat16) +
         sizeof(StepControl) + kDrawsMax * sizeof(DeviceDraw) + 2 * model.n_layers * sizeof(ReplayLayer);
}

void DeviceSequence::reset() {
  at = {};
  check(cudaMemsetAsync(ssm_.data(), 0, ssm_.n_bytes(), model.stream), "reset");
  check(cudaMemsetAsync(log_.data(), 0, log_.n_bytes(), model.stream), "reset");
  check(cudaMemsetAsync(cache_.data(), 0, cache_.n_bytes(), model.stream), "reset");
  check(cudaMemsetAsync(hidden_.data(), 0, hidden_.n_bytes(), model.stream), "reset");
  model.synchronize("reset");
}

// After tokens were consumed up to `position` and the state is at its cell.
void DeviceSequence::advance(int64_t position) {
  at.position = position;
  at.cell = position / kCell * kCell;
  at.log_begin = std::max(at.log_begin, position - tracks.log_len);
}

void DeviceSequence::forward(const int32_t* ids, int n, int n_logits, float* out) {
  while (n > 0) {
    const int now = std::min(n, model.chunk_len);
    const int n_rows = std::max(0, n_logits - (n - now));  // logits of this chunk
    n_logits -= n_rows;
    if (now == 1) {
      set_step(at.position, ids[0]);
      step(n_rows > 0 ? Step::logits : Step::plain);
      if (n_rows > 0) {
        check(cudaMemcpyAsync(out, model.logits.data(), size_t(model.vocab_size) * 4, cudaMemcpyDeviceToHost, model.stream), "logits");
        out += model.vocab_size;
      }
    } else {
      const int64_t position = at.position;
      model.prefill(tracks, position, ids, now);
      for (int first = now - n_rows; first < now; first += tracks.log_len) {  // the hidden log may be shorter than the chunk
        const int rows = std::min(tracks.log_len, now - first);
        model.keep_hidden(tracks, position, first, first + rows);
        model.head(tracks, position + first, rows, out);
        out += size_t(rows) * model.vocab_size;
      }
      model.keep_hidden(tracks, position, 0, now);
      advance(position + now);
    }
    ids += now;
    n -= now;
  }
  model.synchronize("forward");
}

void DeviceSequence::set_step(int64_t position, int32_t token) {
  const StepControl control = {position, token, 0};
  check(cudaMemcpyAsync(control_.data(), &control, sizeof(control), cudaMemcpyHostToDevice, model.stream), "step");
}

// One token as one graph. Four in one are no faster: 400 and 522 tok/s beside 399 and 523, in int8 and int4 on an H200.
cudaGraphExec_t DeviceSequence::graph(Step kind) {
  cudaGraphExec_t& exec = graphs_[static_cast<int>(kind)];
  if (exec != nullptr) return exec;
  StepControl* control = reinterpret_cast<StepControl*>(control_.data());
  check(cudaStreamBeginCapture(model.stream, cudaStreamCaptureModeThreadLocal), "capture");
  model.decode(tracks, control, kind != Step::plain);
  if (kind == Step::draw) model.draw(1, control, drawn_.data(), model.plan.overlap);
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(model.stream, &graph), "capture");
  const cudaError_t error = cudaGraphInstantiate(&exec, graph, 0);
  cudaGraphDestroy(graph);
  check(error, "graph");
  return exec;
}

void DeviceSequence::step(Step kind) {
  check(cudaGraphLaunch(graph(kind), model.stream), "step");
  consumed();
}

// After the pass of one token: the state moves where a cell ends.
void DeviceSequence::consumed() {
  if ((at.position + 1) % kCell == 0) replay(own_layers_, at.cell, at.cell + kCell);
  advance(at.position + 1);
}

DeviceDraw DeviceSequence::draw(const DeviceSampling& sampling) {
  model.set_laws(&sampling, 1);
  set_step(at.position - 1, 0);  // as generate has it when it draws behind this token
  model.head_one(tracks, at.position - 1 + tracks.log_len);
  model.draw(1, reinterpret_cast<StepControl*>(control_.data()), drawn_.data(), false);
  DeviceDraw drawn;
  check(cudaMemcpyAsync(&drawn, drawn_.data(), sizeof(drawn), cudaMemcpyDeviceToHost, model.stream), "draw");
  model.synchronize("draw");
  return drawn;
}

void DeviceSequence::generate(int32_t first, int n, const DeviceSampling& sampling, int32_t* ids) {
  model.set_laws(&sampling, 1);
  while (n > 0) {
    const int now = std::min(n, kDrawsMax);
    set_step(at.position, first);
    for (int i = 0; i < now; ++i) step(Step::draw);
    check(cudaMemcpy2DAsync(ids, sizeof(int32_t), &drawn_.data()->id, sizeof(DeviceDraw), sizeof(int32_t), now,
                            cudaMemcpyDeviceToHost, model.stream),
          "ids");
    model.synchronize("generate");
    first = ids[now - 1];
    ids += now;
    n -= now;
  }
}

void DeviceSequence::step_alone(int32_t id, float* logits, const DeviceSampling* sampling, DeviceDraw* drawn) {
  if (drawn != nullptr) model.set_laws(sampling, 1);
  set_step(at.position, id);
  step(drawn != nullptr ? Step::draw : logits != nullptr ? Step::logits : Step::plain);
  if (logits != nullptr) {
    check(cudaMemcpyAsync(logits, model.logits.data(), size_t(model.vocab_size) * 4, cudaMemcpyDeviceToHost, model.stream), "logits");
  }
  if (drawn != nullptr) {
    check(cudaMemcpyAsync(drawn, drawn_.data(), sizeof(*drawn), cudaMemcpyDeviceToHost, model.stream), "draw");
  }
  model.synchronize("step");
}

void DeviceSequence::step(DeviceSequence* const* sequences, int n, const int32_t* ids, float* logits,
                          const DeviceSampling* sampling, DeviceDraw* drawn) {
  if (n == 1) return sequences[0]->step_alone(ids[0], logits, sampling, drawn);
  DeviceModel& model = sequences[0]->model;
  const Tracks* tracks[kStepMax];
  long long positions[kStepMax];
  StepControl controls[kStepMax] = {};
  for (int i = 0; i < n; ++i) {
    tracks[i] = &sequences[i]->tracks;
    positions[i] = sequences[i]->at.position;
    controls[i] = {positions[i], ids[i], 0};
  }
  StepControl* on_device = model.step_controls.data();
  check(cudaMemcpyAsync(on_device, controls, n * sizeof(StepControl), cudaMemcpyHostToDevice, model.stream), "step");
  model.step(tracks, positions, on_device, n);
  for (int i = 0; i < n; ++i) sequences[i]->consumed();
  if (logits != nullptr || drawn != nullptr) model.step_head(n);
  if (logits != nullptr) {
    const size_t row = size_t(model.vocab_size) * 4, stride = size_t(model.head_weights.rows_padded()) * 4;
    check(cudaMemcpy2DAsync(logits, row, model.logits.data(), stride, row, n, cudaMemcpyDeviceToHost, model.stream), "logits");
  }
  if (drawn != nullptr) {
    model.set_laws(sampling, n);
    model.draw(n, on_device, model.step_drawn.data(), false);
    check(cudaMemcpyAsync(drawn, model.step_drawn.data(), n * sizeof(DeviceDraw), cudaMemcpyDeviceToHost, model.stream), "draws");
  }
  model.synchronize("step");
}

// What replay reads and writes: from `from` into `state`, in the host's layout and with conv_state, or into this sequence.
void DeviceSequence::describe(DeviceBuffer<uint8_t>& to, const float* from, float* state) {
  const size_t n_ssm = model.ssm_floats_per_layer(), stride = model.layer_stride();
  std::vector<ReplayLayer> layers;
  for (int i = 0; i < model.n_layers; ++i) {
    ReplayLayer layer = {model.layers[i].mamba, model.log_of(tracks, i), from + i * n_ssm, ssm_.data() + i * n_ssm, nullptr};
    if (state != nullptr) {
      layer.conv_state = state + i * stride;
      layer.to = layer.conv_state + stride - n_ssm;
    }
    layers.push_back(layer);
  }
  check(cudaMemcpyAsync(to.data(), layers.data(), to.n_bytes(), cudaMemcpyHostToDevice, model.stream), "replay");
  model.synchronize("replay");
}

void DeviceSequence::replay(DeviceBuffer<uint8_t>& layers, int64_t begin, int64_t end) {
  check(
      ssd_replay({reinterpret_cast<const ReplayLayer*>(layers.data()), model.n_layers, model.n_heads, begin, end, model.d_conv},
                 model.stream),
      "replay");
}

// The cache of the cell from its raw rows in the log.
void DeviceSequence::restore_cell() {
  check(conv_cell({reinterpret_cast<const ReplayLayer*>(own_layers_.data()), model.n_layers, model.width(), at.cell,
                   static_cast<int>(at.position - at.cell), cache_.data()},
                  model.stream),
        "conv_cell");
}

StateRowsArgs DeviceSequence::rows_of(DeviceSnapshot& snapshot, const DevicePositions& positions) const {
  return {log_.data(),        tracks.log_len,       model.width(), model.n_layers, positions.cell - kHalo,
          positions.position, snapshot.rows.data(), kSnapshotRows};
}

void DeviceSequence::copy_hidden(Way way, int64_t begin, int64_t end, __nv_bfloat16* rows) const {
  while (begin < end) {  // at most twice: the log is a ring
    const int64_t slot = begin % tracks.log_len, n = std::min<int64_t>(end - begin, tracks.log_len - slot);
    __nv_bfloat16* in_log = hidden_.data() + slot * model.d_model;
    const size_t n_bytes = size_t(n) * model.d_model * sizeof(__nv_bfloat16);
    check(cudaMemcpyAsync(way == Way::out ? rows : in_log, way == Way::out ? in_log : rows, n_bytes, cudaMemcpyDeviceToDevice,
                          model.stream),
          "hidden");
    rows += n * model.d_model;
    begin += n;
  }
}

void DeviceSequence::save(DeviceSnapshot& to) const {
  to.filled = false;
  check(cudaMemcpyAsync(to.ssm.data(), ssm_.data(), ssm_.n_bytes(), cudaMemcpyDeviceToDevice, model.stream), "save");
  check(gather_rows(rows_of(to, at), model.stream), "save");
  copy_hidden(Way::out, std::max<int64_t>(0, at.cell - 1), at.position, to.hidden.data());
  model.synchronize("save");
  to.at = at;
  to.filled = true;
}

void DeviceSequence::load(const DeviceSnapshot& from) {
  if (!from.filled) throw DeviceFailure(DeviceStatus::argument, "the snapshot is empty");
  check(cudaMemcpyAsync(ssm_.data(), from.ssm.data(), ssm_.n_bytes(), cudaMemcpyDeviceToDevice, model.stream), "load");
  check(scatter_rows(rows_of(const_cast<DeviceSnapshot&>(from), from.at), model.stream), "load");
  copy_hidden(Way::in, std::max<int64_t>(0, from.at.cell - 1), from.at.position, from.hidden.data());
  at = from.at;
  at.log_begin = std::max<int64_t>(0, at.cell - kHalo);
  restore_cell();
  model.synchronize("load");
}

void DeviceSequence::rewind(const DeviceSnapshot* base, int64_t position) {
  if (position < 0 || position > at.position) throw DeviceFailure(DeviceStatus::argument, "rewind goes back only");
  if (position >= at.cell) {
    at.position = position;
    return;
  }
  const int64_t from = base != nullptr ? base->at.cell : 0;
  if ((base != nullptr && !base->filled) || from > position || std::max<int64_t>(0, from - kHalo) < at.log_begin) {
    throw DeviceFailure(DeviceStatus::argument, "the log does not reach from the base to the position");
  }
  const int64_t cell = position / kCell * kCell;
  if (base == nullptr) check(cudaMemsetAsync(ssm_.data(), 0, ssm_.n_bytes(), model.stream), "rewind");
  describe(other_layers_, base != nullptr ? base->ssm.data() : ssm_.data(), nullptr);
  replay(other_layers_, from, cell);
  at.position = position;
  at.cell = cell;
  restore_cell();
  model.synchronize("rewind");
}

void DeviceSequence::download(int64_t position, float* to) {
  DeviceTransfer transfer;
  download_begin(position, to, transfer);
  transfer.wait();
}

// The state is set aside in the exchange buffer, from where the copying stream takes it while others run.
void DeviceSequence::download_begin(int64_t position, float* to, DeviceTransfer& transfer) {
  if (position < at.cell || position > at.position)
    throw DeviceFailure(DeviceStatus::argument, "a state is of the cell's start or after it");
  float* state = model.take_exchange();
  check(cudaMemsetAsync(state, 0, model.exchange->state.n_bytes(), model.stream), "download");  // the padding
  describe(other_layers_, ssm_.data(), state);
  replay(other_layers_, at.cell, position);
  const size_t slot = size_t((position - 1 + tracks.log_len) % tracks.log_len);
  check(to_float(hidden_.data() + slot * model.d_model, state + model.n_layers * model.layer_stride(), model.d_model,
                 model.stream),
        "download");
  model.copy_exchange(to, transfer.done);
}

void DeviceSequence::upload(const float* from, int64_t position) {
  if (position < 0 || position % kCell != 0)
    throw DeviceFailure(DeviceStatus::argument, "a state is resumed at a cell's start");
  float* state = model.take_exchange();
  const size_t stride = model.layer_stride(), n_ssm = model.ssm_floats_per_layer();
  check(cudaMemcpyAsync(state, from, model.exchange->state.n_bytes(), cudaMemcpyHostToDevice, model.stream), "upload");
  check(cudaMemcpy2DAsync(ssm_.data(), n_ssm * 4, state + stride - n_ssm, stride * 4, n_ssm * 4, model.n_layers,
                          cudaMemcpyDeviceToDevice, model.stream),
        "upload");
  check(load_conv_state({state, stride, model.d_conv, model.layers[0].mamba.d_conv_in(), log_.data(), tracks.log_len,
                         model.width(), model.n_layers, position},
                        model.stream),
        "upload");
  const size_t slot = size_t((position - 1 + tracks.log_len) % tracks.log_len);
  check(to_bf16(state + model.n_layers * stride, hidden_.data() + slot * model.d_model, model.d_model, model.stream), "upload");
  at = {position, position, std::max<int64_t>(0, position - kHalo)};
  model.synchronize("upload");
}

}  // namespace sw::cuda
