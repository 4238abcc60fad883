// A sequence: where it is, the state at its cell, the log of its inputs; and snapshots of it.
#pragma once

#include <vector>

#include "cuda/model.h"

namespace sw::cuda {

struct DeviceSnapshot {
  explicit DeviceSnapshot(DeviceModel& model);

  DeviceModel& model;
  bool filled = false;
  DevicePositions at = {};
  DeviceBuffer<float> ssm;             // at at.cell
  DeviceBuffer<__nv_bfloat16> rows;    // (n_layers, kSnapshotRows, width): positions [at.cell - (kTaps - 1), at.position)
  DeviceBuffer<__nv_bfloat16> hidden;  // (kCell, d_model): after positions at.cell - 1 to at.position - 1
  static uint64_t bytes_of(const DeviceModel& model);
};

// A copy to the host, until `done`.
struct DeviceTransfer {
  void wait() const { done.wait("a state to the host"); }
  Event done;
};

struct DeviceSequence {
  DeviceSequence(DeviceModel& model, int log_len);
  ~DeviceSequence();
  DeviceSequence(const DeviceSequence&) = delete;
  DeviceSequence& operator=(const DeviceSequence&) = delete;

  void reset();
  void forward(const int32_t* ids, int n, int n_logits, float* out);
  void head(float* out) { model.head(tracks, at.position - 1 + tracks.log_len, 1, out); }
  DeviceDraw draw(const DeviceSampling& sampling);
  void generate(int32_t first, int n, const DeviceSampling& sampling, int32_t* ids);
  // One token of each of n sequences of one model, no two the same, n at most kStepMax. logits: nullptr, or (n, vocab_size);
  // drawn: nullptr, or the n tokens after them. One alone runs the graph of decode, which is faster and leaves the same bytes.
  static void step(DeviceSequence* const* sequences, int n, const int32_t* ids, float* logits, const DeviceSampling* sampling,
                   DeviceDraw* drawn);
  void save(DeviceSnapshot& to) const;
  void load(const DeviceSnapshot& from);
  void rewind(const DeviceSnapshot* base, int64_t position);
  void download(int64_t position, float* to);
  // Returns before the copy to the host has ended.
  void download_begin(int64_t position, float* to, DeviceTransfer& transfer);
  void upload(const float* from, int64_t position);
  static uint64_t bytes_of(const DeviceModel& model, int log_len);

  DeviceModel& model;
  DevicePositions at = {};
  Tracks tracks;

 private:
  enum class Step { plain, logits, draw };  // the token alone; and its logits; and the next token drawn from them
  cudaGraphExec_t graph(Step kind);
  void step_alone(int32_t id, float* logits, const DeviceSampling* sampling, DeviceDraw* drawn);
  void set_step(int64_t position, int32_t token);
  void step(Step kind);
  void consumed();
  void advance(int64_t position);
  void replay(DeviceBuffer<uint8_t>& layers, int64_t begin, int64_t end);
  void describe(DeviceBuffer<uint8_t>& to, const float* from, float* state);
  void restore_cell();
  // Rows of the hidden log of positions [begin, end) to or from rows that lie together.
  enum class Way { out, in };
  void copy_hidden(Way way, int64_t begin, int64_t end, __nv_bfloat16* rows) const;
  StateRowsArgs rows_of(DeviceSnapshot& snapshot, const DevicePositions& positions) const;

  DeviceBuffer<float> ssm_;
  DeviceBuffer<__nv_bfloat16> log_, cache_, hidden_;
  DeviceBuffer<uint8_t> control_;  // StepControl
  DeviceBuffer<DeviceDraw> drawn_;  // of one round of generate
  // (n_layers) ReplayLayer each: from this sequence's state to itself, and from or to elsewhere.
  DeviceBuffer<uint8_t> own_layers_, other_layers_;
  cudaGraphExec_t graphs_[3] = {};  // by Step
};

}  // namespace sw::cuda
