// The seam between the runtime and a device plugin: one versioned table of plain functions.
//
// A device holds a whole model and whole sequences, because a step is one CUDA graph and not a list of ops. Nothing thrown
// crosses the seam: every call that can fail returns a status and fills a text for people. Shapes are row-major.
//
// Exactness: what is computed for a token is the same bytes however the tokens were cut into calls, and however the sequence
// came to where it is: run, rewound by the log, or restored from a snapshot (docs/cuda.md says how).
#pragma once

#include <cstddef>
#include <cstdint>

#include "draw.h"
#include "ops.h"

namespace sw::cuda {

constexpr uint32_t kDeviceVersion = 4;

// Positions at which a state can be stored outside of the device and resumed exactly: multiples of this.
constexpr int kCell = 64;
// Positions before a cell whose inputs its convolution reads.
constexpr int kHalo = 3;
// Sequences of one step.
constexpr int kStepMax = 16;

enum class DeviceStatus : int32_t {
  ok = 0,
  no_driver = 1,    // no driver, or none that answers
  old_driver = 2,   // the driver is older than the runtime the plugin was built with
  no_device = 3,    // a driver, but no usable GPU of that index
  no_memory = 4,    // on the device or pinned on the host
  unsupported = 5,  // shapes that the kernels do not cover: use the CPU
  argument = 6,
  failed = 7,  // the device reported an error; the model and its sequences are lost
};

struct DeviceText {
  char text[512];
};

struct DeviceInfo {
  char name[128];
  int compute_capability;  // 90 for 9.0
  int n_multiprocessors;
  int driver_version;   // as CUDA writes it: 13000 for 13.0
  int runtime_version;  // of the plugin
  uint64_t bytes_total;
  uint64_t bytes_free;
};

// Float32 tensors have the shapes of kernels/ops.h. Host pointers, at any alignment, read during model_create only.
struct DeviceLayer {
  const float* norm;         // (d_model,)
  ops::Matrix in_proj;       // (d_in_proj, d_model)
  const float* conv_weight;  // (d_conv_in, d_conv)
  const float* conv_bias;    // (d_conv_in,)
  const float* dt_bias;      // (n_heads,)
  const float* A;            // (n_heads,)  -exp(A_log)
  const float* D;            // (n_heads,)
  const float* gated_norm;   // (d_inner,)
  ops::Matrix out_proj;      // (d_model, d_inner)
};

// How the projections and the head lie in device memory. Whatever the format, products are of bf16 weights.
enum class DeviceWeights : int32_t {
  bf16 = 0,  // f16 and f32 weights are rounded to bf16 once
  int8 = 1,  // symmetric, one bf16 scale for 64 weights of a row
  int4 = 2,  // symmetric, one bf16 scale for 64 weights of a row
};

struct DeviceModelArgs {
  int device;
  DeviceWeights weights;
  int chunk_len;     // most tokens of one pass over the weights; 0: 4096
  int own_products;  // 1: no cuBLASLt: the same bytes, slowly
  int vocab_size;
  int d_model;
  float norm_eps;
  // The same in every layer; head_dim 64 and d_state 128, d_conv at most 4, n_heads a multiple of 8.
  int n_layers;
  int n_heads;
  int head_dim;
  int n_groups;
  int d_state;
  int d_conv;
  float dt_min;
  float dt_max;
  ops::Matrix embedding;    // (vocab_size, d_model)
  ops::Matrix head;         // (vocab_size, d_model); data equal to embedding's when tied
  const float* final_norm;  // (d_model,)
  const DeviceLayer* layers;
};

// How the next token is drawn, and what was drawn: the bits of the law in draw.h over the logits.
using DeviceSampling = draw::Law;
using DeviceDraw = draw::Drawn;

struct DevicePositions {
  int64_t position;   // tokens that the sequence has consumed
  int64_t cell;       // the last multiple of kCell not after position: the state held as a matrix is the one here
  int64_t log_begin;  // first position whose inputs are logged
};

struct DeviceModel;
struct DeviceSequence;
struct DeviceSnapshot;
struct DeviceTransfer;  // of a state to the host

// A model and what belongs to it are used by one thread at a time. Calls return when their results are on the host.
struct DeviceTable {
  uint32_t version;
  uint32_t struct_size;

  DeviceStatus (*probe)(int device, DeviceInfo* out, DeviceText* text);

  DeviceStatus (*model_create)(const DeviceModelArgs* args, DeviceModel** out, DeviceText* text);
  void (*model_free)(DeviceModel* model);  // after its sequences and snapshots
  uint64_t (*model_bytes)(const DeviceModel* model);
  // "gemm=cublaslt" or "gemm=own" and more: what results depend on, apart from the weights. Lives as long as the model.
  const char* (*model_numerics)(const DeviceModel* model);

  // At position 0. log_len: positions whose inputs are kept for rewind; rounded up to cells, at least two.
  DeviceStatus (*sequence_create)(DeviceModel* model, int log_len, DeviceSequence** out, DeviceText* text);
  void (*sequence_free)(DeviceSequence* sequence);
  // Of the device's memory, that one with such a log takes.
  uint64_t (*sequence_bytes)(const DeviceModel* model, int log_len);
  DeviceStatus (*sequence_reset)(DeviceSequence* sequence, DeviceText* text);
  DevicePositions (*sequence_positions)(const DeviceSequence* sequence);

  // Consumes n tokens. logits: those after each of the last n_logits tokens, (n_logits, vocab_size) on the host.
  DeviceStatus (*forward)(DeviceSequence* sequence, const int32_t* ids, int n, int n_logits, float* logits, DeviceText* text);
  // Logits after the last token, (vocab_size,).
  DeviceStatus (*head)(DeviceSequence* sequence, float* logits, DeviceText* text);
  // Draws the token after the last one, which is not consumed.
  DeviceStatus (*draw)(DeviceSequence* sequence, const DeviceSampling* sampling, DeviceDraw* drawn, DeviceText* text);
  // Consumes `first`, then n - 1 times the token it drew, and gives the n tokens drawn; the last is not consumed.
  // The host waits once.
  DeviceStatus (*generate)(DeviceSequence* sequence, int32_t first, int n, const DeviceSampling* sampling, int32_t* ids,
                           DeviceText* text);

  // Consumes one token of each of n sequences of one model, no two of them the same and n at most kStepMax, by one pass over the
  // weights: the bytes of each alone. logits: nullptr, or those after each token, (n, vocab_size) on the host. drawn: nullptr, or
  // the tokens after them, (n,), each as draw() gives it by sampling[i].
  DeviceStatus (*step)(DeviceSequence* const* sequences, int n, const int32_t* ids, float* logits, const DeviceSampling* sampling,
                       DeviceDraw* drawn, DeviceText* text);

  // Room for one state on the device, then copies into and out of it. Loading into another sequence is a fork.
  DeviceStatus (*snapshot_create)(DeviceModel* model, DeviceSnapshot** out, DeviceText* text);
  void (*snapshot_free)(DeviceSnapshot* snapshot);
  uint64_t (*snapshot_bytes)(const DeviceModel* model);  // that each takes
  DeviceStatus (*snapshot_save)(DeviceSnapshot* snapshot, const DeviceSequence* sequence, DeviceText* text);
  DeviceStatus (*snapshot_load)(const DeviceSnapshot* snapshot, DeviceSequence* sequence, DeviceText* text);

  // Back to `position` by the input log, without a matrix product. From the sequence's own cell on, no base is needed; before
  // it, base is a snapshot of the same tokens whose cell is not after position and at least kHalo after log_begin,
  // or nullptr when log_begin is 0.
  DeviceStatus (*rewind)(DeviceSequence* sequence, const DeviceSnapshot* base, int64_t position, DeviceText* text);

  // The state at `position`, from the sequence's cell to where it stands, in the layout of lib/model/state.h: per layer conv_state
  // (d_conv - 1, d_conv_in) and ssm_state (n_heads, head_dim, d_state), each padded to 16 floats, then hidden (d_model,).
  // state_floats() of them.
  uint64_t (*state_floats)(const DeviceModel* model);
  DeviceStatus (*download)(DeviceSequence* sequence, int64_t position, float* state, DeviceText* text);
  // The same, which returns once it is under way: `state` is written, and is nobody else's, until transfer_wait() returns. What the
  // sequence does meanwhile does not change what is written.
  DeviceStatus (*download_begin)(DeviceSequence* sequence, int64_t position, float* state, DeviceTransfer** out, DeviceText* text);
  // By any thread, also beside calls on the model or when that is gone; as often as wanted.
  DeviceStatus (*transfer_wait)(DeviceTransfer* transfer, DeviceText* text);
  void (*transfer_free)(DeviceTransfer* transfer);  // once it was waited for
  // position must be a multiple of kCell. The log begins there.
  DeviceStatus (*upload)(DeviceSequence* sequence, const float* state, int64_t position, DeviceText* text);

  // Memory that copies at full speed.
  DeviceStatus (*host_alloc)(uint64_t n_bytes, void** out, DeviceText* text);
  void (*host_free)(void* memory);
};

// The one export of a plugin. nullptr when it does not have that version.
using DeviceTableFunction = const DeviceTable* (*)(uint32_t version);
constexpr const char* kDeviceTableSymbol = "sw_device_table";

}  // namespace sw::cuda
