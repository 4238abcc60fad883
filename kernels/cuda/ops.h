// The launchers of the CUDA ops: one Args struct each, plain types, device pointers. bf16 is what travels between ops; the
// residual, the state and the logits are float32.
//
// Shapes are row-major, the last dimension contiguous. `stride` counts elements between rows. Widths that feed a product are
// padded with zeros to a multiple of kPad.
#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "draw.h"

namespace sw::cuda {

constexpr int kPad = 1024;      // columns of a weight matrix: whole pairs of slots of 128-byte units in every format
constexpr int kTile = 8;        // rows of a unit of weights
constexpr int kPadRows = 16;    // rows of a weight matrix: whole pairs of tiles
constexpr int kGroup = 64;      // columns under one scale
constexpr int kRowsMax = 16;    // tokens of one call of matmul_decode
constexpr int kHeadDim = 64;    // the one head_dim
constexpr int kState = 128;     // the one d_state
constexpr int kTaps = 4;        // convolution taps; fewer are padded with zero weights in front
constexpr int kChunkRows = 64;  // of one SSD cell; equals kCell of device.h

__host__ __device__ constexpr int round_up(int n, int grain) {
  return (n + grain - 1) / grain * grain;
}

// Where a step is: read and moved by the device, so that one graph serves every token.
struct StepControl {
  long long position;  // of the token that this step consumes
  int token;           // which it is
  int n_drawn;         // since generate began
};

enum class Format : int { bf16, int8, int4 };

// Weights on the device. bf16: (n_rows_padded, n_cols_padded) row-major, as cuBLASLt wants them. int8 and int4: quantize.cu.
struct Weights {
  Format format = Format::bf16;
  int n_rows = 0;
  int n_cols = 0;
  void* data = nullptr;
  __host__ __device__ int rows_padded() const { return round_up(n_rows, kPadRows); }
  __host__ __device__ int cols_padded() const { return round_up(n_cols, kPad); }
  size_t n_bytes() const;
};

// matmul_decode.cu: y[t, r] = sum over k of w[r, k] u[t, k] for at most kRowsMax tokens, u made on the way in.
enum class Input : int {
  rows,        // u = x, bf16
  rms_norm,    // u = rms_norm(x), x float32
  group_norm,  // u = rms_norm(x) by groups, x float32 and gated already
};
enum class Output : int {
  bf16,  // y = product
  f32,   // y = product
  add,   // y += product, float32: the residual connection
};
struct MatmulDecodeArgs {
  Weights w;
  // More than 1, only with Output::add: k is cut into so many, each summed by itself: y = ((y + first) + second) + ...
  int n_parts;
  int n_tokens;
  Input input;
  const void* x;  // (n_tokens, x_stride)
  size_t x_stride;
  const float* norm_weight;  // (n_cols,)
  int n_groups;              // group_norm
  float eps;
  Output output;
  void* y;  // (n_tokens, y_stride)
  size_t y_stride;
  // When not null, u of token t also goes to row (control->position + t) % log_len of log, or (position + t) % log_len
  // without control: the last hidden states.
  __nv_bfloat16* log;
  int log_len;
  const StepControl* control;
  long long position;
};
struct MatmulPlan {  // how a kernel is laid over the device
  int n_blocks;
  int shared_bytes;  // that a block can have
  bool overlap;
};
cudaError_t matmul_decode(const MatmulDecodeArgs& args, const MatmulPlan& plan, cudaStream_t stream);
cudaError_t matmul_decode_prepare(MatmulPlan& plan);  // once for a device

// quantize.cu
cudaError_t quantize(const __nv_bfloat16* from, const Weights& to, cudaStream_t stream);  // from: padded rows and columns
cudaError_t dequantize(const Weights& from, __nv_bfloat16* to, cudaStream_t stream);      // likewise
cudaError_t convert_rows(const void* from, int type, const Weights& like, __nv_bfloat16* to,
                         cudaStream_t stream);  // pads; type: ops::WeightType
cudaError_t fill_random(__nv_bfloat16* to, size_t n, float scale, uint64_t seed, cudaStream_t stream);

// embed.cu: r[t] = table[id of t] as float32. ids: on the device, or nullptr for control[t].token.
struct EmbedArgs {
  int n_tokens;
  const __nv_bfloat16* table;  // (vocab_size, stride)
  size_t table_stride;
  int d_model;
  const int32_t* ids;
  const StepControl* control;
  float* out;  // (n_tokens, d_model)
};
cudaError_t embed(const EmbedArgs& args, bool overlap, cudaStream_t stream);

// rms_norm.cu: y[t] = rms_norm(x[t]), bf16, padded.
struct RmsNormArgs {
  int n_tokens;
  int d_model;
  float eps;
  const float* x;
  const float* weight;
  __nv_bfloat16* y;  // (n_tokens, y_stride)
  size_t y_stride;
  int log_len;  // 0: row t of y is token t; else row (position + t) % log_len
  long long position;
};
cudaError_t rms_norm(const RmsNormArgs& args, bool overlap, cudaStream_t stream);

// gated_norm.cu: out[t] = gated_norm(y[t], z[t]), bf16, padded.
struct GatedNormArgs {
  int n_tokens;
  int d_inner;
  int n_groups;
  float eps;
  const __nv_bfloat16* y;  // (n_tokens, d_inner)
  const __nv_bfloat16* z;  // (n_tokens, z_stride)
  size_t z_stride;
  const float* weight;
  __nv_bfloat16* out;  // (n_tokens, out_stride)
  size_t out_stride;
};
cudaError_t gated_norm(const GatedNormArgs& args, bool overlap, cudaStream_t stream);

// The shape of one layer, and its small tensors as the kernels want them.
struct Mamba {
  int n_heads;
  int n_groups;
  float dt_min;
  float dt_max;
  const float* conv_weight;  // (kTaps, d_conv_in)
  const float* conv_bias;    // (d_conv_in,)
  const float* dt_bias;      // (n_heads,)
  const float* A;            // (n_heads,)  times log2(e): decays are powers of two
  const float* D;            // (n_heads,)

  __host__ __device__ int d_inner() const { return n_heads * kHeadDim; }
  __host__ __device__ int d_conv_in() const { return d_inner() + 2 * n_groups * kState; }
  // One row of the log: x, B, C, dt of one token; raw as projected, or after the convolution (dt stays raw).
  __host__ __device__ int width() const { return d_conv_in() + n_heads; }
};

// The log of one layer: raw rows of the last log_len positions. Row of position p: p % log_len. log_len is a multiple of 64.
struct Log {
  __nv_bfloat16* rows;  // (log_len, width)
  int log_len;
};

// conv.cu: y[t] = silu(conv(raw rows before and at t)) for x, B, C; dt passes through.
struct ConvArgs {
  Mamba mamba;
  long long position;  // of row 0
  int n_tokens;
  const __nv_bfloat16* raw;  // (n_tokens, raw_stride): x, B, C, dt; nullptr: the log has these rows too
  size_t raw_stride;
  Log log;           // the rows before position
  __nv_bfloat16* y;  // (n_tokens, width)
};
cudaError_t conv(const ConvArgs& args, bool overlap, cudaStream_t stream);

// The cell rows of one layer again from its log, for a cell that was rewound to or restored.
struct ReplayLayer;
struct ConvCellArgs {
  const ReplayLayer* layers;  // on the device
  int n_layers;
  int width;
  long long position;  // of the cell
  int n_tokens;
  __nv_bfloat16* cache;  // (n_layers, kChunkRows, width)
};
cudaError_t conv_cell(const ConvCellArgs& args, cudaStream_t stream);

// After the SSD: the last rows of a call into the log, and the rows of the unfinished cell into its cache.
struct KeepArgs {
  int width;
  long long position;
  int n_tokens;
  const __nv_bfloat16* raw;
  size_t raw_stride;
  Log log;
  const __nv_bfloat16* y;  // (n_tokens, width), after the convolution
  __nv_bfloat16* cache;    // (kChunkRows, width): rows of the cell of the last token
};
cudaError_t keep(const KeepArgs& args, bool overlap, cudaStream_t stream);

// ssd.cu: the recurrence cell by cell on matrix instructions, from the state at the cell of `position`.
struct SsdArgs {
  Mamba mamba;
  long long position;  // of the first token
  int n_tokens;
  const __nv_bfloat16* xbc;    // (n_tokens, width), after the convolution
  const __nv_bfloat16* cache;  // (kChunkRows, width): rows of the cell before position
  float* ssm_state;            // (n_heads, kHeadDim, kState) at position's cell, then at that of position + n_tokens
  __nv_bfloat16* y;            // (n_tokens, d_inner)
};
cudaError_t ssd(const SsdArgs& args, bool overlap, cudaStream_t stream);
cudaError_t ssd_prepare();

// ssd_replay.cu: the state at `end` from the state at `begin`, a cell's start, by the log; all layers at once.
struct ReplayLayer {
  Mamba mamba;
  Log log;
  const float* from;  // (n_heads, kHeadDim, kState)
  float* to;          // likewise; may be `from`
  float* conv_state;  // nullptr, or (d_conv - 1, d_conv_in) float32: written with the rows before end
};
struct ReplayArgs {
  const ReplayLayer* layers;  // on the device
  int n_layers;
  int n_heads;
  long long begin;
  long long end;
  int d_conv;
};
cudaError_t ssd_replay(const ReplayArgs& args, cudaStream_t stream);
cudaError_t ssd_replay_prepare();

// ssd_decode.cu: convolution, recurrence and gate of one token; keeps its rows in log and cache.
struct SsdDecodeArgs {
  Mamba mamba;
  const StepControl* control;
  const __nv_bfloat16* z;    // (d_inner,)
  const __nv_bfloat16* raw;  // (width,): x, B, C, dt as projected
  Log log;
  __nv_bfloat16* cache;    // (kChunkRows, width)
  const float* ssm_state;  // (n_heads, kHeadDim, kState) at the cell's start; not changed
  float* gated;            // (d_inner,): y silu(z), y rounded to bf16; or nullptr
  __nv_bfloat16* y;        // (d_inner,): without the gate, when gated is nullptr
};
cudaError_t ssd_decode(const SsdDecodeArgs& args, bool overlap, cudaStream_t stream);
// One token of each of n sequences, n at most kRowsMax.
cudaError_t ssd_decode_each(const SsdDecodeArgs* args, int n, bool overlap, cudaStream_t stream);

// state_rows.cu: rows of all layers between a log and other memory.
//   gather: rows (n_layers, n_rows_max, width) and hidden from the logs; scatter: back.
struct StateRowsArgs {
  __nv_bfloat16* log;  // (n_layers, log_len, width)
  int log_len;
  int width;
  int n_layers;
  long long begin;  // positions [begin, end); those below 0 are left out
  long long end;
  __nv_bfloat16* rows;  // (n_layers, n_rows_max, width)
  int n_rows_max;
};
cudaError_t gather_rows(const StateRowsArgs& args, cudaStream_t stream);
cudaError_t scatter_rows(const StateRowsArgs& args, cudaStream_t stream);
// The rows before position from conv_state, float32 (n_layers, d_conv - 1, d_conv_in) with layer_stride floats between layers.
struct ConvStateArgs {
  const float* conv_state;
  size_t layer_stride;
  int d_conv;
  int d_conv_in;
  __nv_bfloat16* log;
  int log_len;
  int width;
  int n_layers;
  long long position;
};
cudaError_t load_conv_state(const ConvStateArgs& args, cudaStream_t stream);
cudaError_t to_float(const __nv_bfloat16* from, float* to, int n, cudaStream_t stream);
cudaError_t to_bf16(const float* from, __nv_bfloat16* to, int n, cudaStream_t stream);
// *n_different += values whose bytes differ.
cudaError_t count_different(const void* a, const void* b, int value_bytes, size_t n, unsigned* n_different,
                            cudaStream_t stream);

// sample.cu: draws a token for each of n rows, then moves its control behind it: token, position + 1, n_drawn + 1; drawn[n_drawn] is
// what was drawn.
constexpr int kDrawBlocks = 32;  // one for a lane of the warp that takes the best of theirs
struct DrawLaw {                 // draw::Law, as the device reads it
  float temperature;
  float below_min;
  uint64_t seed;
  int n_ids;  // of the vocabulary, at least one
};
struct DrawPart {  // of one block
  uint64_t top;    // a value in the upper half, its id in the lower one
  uint64_t best;
  uint64_t mass;
};
struct SampleArgs {
  int n;
  const float* logits;  // (n, logits_stride)
  size_t logits_stride;
  const DrawLaw* laws;      // (n,) on the device: one graph for all
  StepControl* control;     // (n,)
  draw::Drawn* drawn;       // row i's at drawn + i
  DrawPart* parts;          // (n, kDrawBlocks)
  unsigned* n_blocks_done;  // (n,): 0 between draws
};
cudaError_t sample(const SampleArgs& args, bool overlap, cudaStream_t stream);

}  // namespace sw::cuda
