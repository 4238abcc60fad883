// The seam between the model and the hardware: one Args struct per op, one table of ops.
//
// Shapes are row-major, the last dimension contiguous; all activations and states are float32.
// n_tokens tokens are handled in one call, and what is computed for a token never depends on how many others run
// beside it, nor on how the op is split into parts: every output has one fixed order of additions per table row.
// That is what makes a resumed state equal a cold one byte for byte.
//
// Ops do not allocate, throw or fail; the caller has checked every shape. Pointers do not alias unless said.
#pragma once

#include <cstddef>
#include <cstdint>

#include "packed.h"

namespace sw::ops {

// How a stored matrix is encoded. Weights may sit at any byte address of a mapped file: load them unaligned.
// f32, f16 and bf16 lie row by row; q8 and q4 are packed (packed.h).
enum class WeightType : uint8_t { f32, f16, bf16, q8, q4 };

constexpr bool is_packed(WeightType type) { return type == WeightType::q8 || type == WeightType::q4; }

// Of one weight that is not packed.
constexpr size_t weight_bytes(WeightType type) { return type == WeightType::f32 ? 4 : 2; }

constexpr size_t matrix_bytes(WeightType type, int n_rows, int n_cols) {
  const size_t rows = static_cast<size_t>(n_rows), cols = static_cast<size_t>(n_cols);
  if (!is_packed(type)) return rows * cols * weight_bytes(type);
  const size_t n_units = static_cast<size_t>(pack_blocks(n_rows)) * static_cast<size_t>(pack_units(n_cols));
  return n_units * (type == WeightType::q8 ? kPackUnitBytesQ8 : kPackUnitBytesQ4);
}

struct Matrix {
  WeightType type = WeightType::f32;
  int n_rows = 0;
  int n_cols = 0;
  const void* data = nullptr;  // (n_rows, n_cols), or packed
};

// Part `index` of `count` equal shares of an op. Which axis is split is said at each op.
struct Part {
  int index = 0;
  int count = 1;
};

// out[t] = table[ids[t]] as float32. Split over tokens. Ids are in range.
struct EmbedArgs {
  int n_tokens;
  Matrix table;        // (vocab_size, d_model)
  const int32_t* ids;  // (n_tokens,)
  float* out;          // (n_tokens, d_model)
};

// y[t] = x[t] * weight / sqrt(mean(x[t]^2) + eps). Split over tokens.
struct RmsNormArgs {
  int n_tokens;
  int d_model;
  float eps;
  const float* x;       // (n_tokens, d_model)
  const float* weight;  // (d_model,)
  float* y;             // (n_tokens, d_model)
};

// y[t, r] = sum over k of w[r, k] x[t, k]   (+ y[t, r] before, when accumulate). Split over rows r.
struct MatmulArgs {
  int n_tokens;
  Matrix w;         // (n_rows, n_cols), not packed
  const float* x;   // (n_tokens, x_stride), the first n_cols used
  size_t x_stride;  // floats
  float* y;         // (n_tokens, y_stride), the first n_rows written
  size_t y_stride;  // floats
  bool accumulate;  // add to y: the residual connection
  bool few_streams = false;  // see OpTable; no byte of y depends on it
};

// Activations to int8, for matmul_packed: for each group of 32 values of a token
//   scale = max |x| / 127;  q = x * (127 / max |x|), rounded to the nearest, ties to even;  below 1e-36 all are zero.
// Every operation is rounded as float32, so all rows give the same bytes. Split over tokens.
struct QuantizeArgs {
  int n_tokens;
  int n_cols;
  const float* x;    // (n_tokens, x_stride), the first n_cols used
  size_t x_stride;   // floats
  QuantGroup* out;   // quant_size(n_tokens, n_cols)
};

// y[t, r] = sum over groups g of scale_w[r, g] scale_x[t, g] (sum over k in g of q_w[r, k] q_x[t, k])
// (+ y[t, r] before, when accumulate). The inner sum is of integers and exact; the outer one is a chain of fused multiply-adds
// in increasing g, so all rows but ref, which sums in double, give the same bytes. Split over rows r.
struct MatmulPackedArgs {
  int n_tokens;
  Matrix w;             // (n_rows, n_cols), packed
  const QuantGroup* x;  // of n_tokens tokens
  float* y;             // (n_tokens, y_stride), the first n_rows written
  size_t y_stride;      // floats
  bool accumulate;      // add to y: the residual connection
  bool few_streams = false;  // see OpTable; no byte of y depends on it
};

// Activations to bf16 for matmul_bf16, rounded to the nearest, ties to even; NaN stays NaN. All rows give the same bytes. Split over tokens.
struct RoundBf16Args {
  int n_tokens;
  int n_cols;
  const float* x;   // (n_tokens, x_stride), the first n_cols used
  size_t x_stride;  // floats
  uint32_t* out;    // pair_size(n_tokens, n_cols): packed.h
};

// y[t, r] = sum over k of w[r, k] bf16(x[t, k])   (+ y[t, r] before, when accumulate), as other runtimes compute with bf16 weights. Not
// what matmul gives, which takes x as it is: a row uses this in its place when it says so (OpTable::rounds_bf16). Factors below the normal range
// of float32 count as zero. Split over rows r.
struct MatmulBf16Args {
  int n_tokens;
  Matrix w;           // (n_rows, n_cols), bf16
  const uint32_t* x;  // pair_size(n_tokens, n_cols), by round_bf16
  float* y;           // (n_tokens, y_stride), the first n_rows written
  size_t y_stride;    // floats
  bool accumulate;    // add to y: the residual connection
};

// Causal depthwise convolution and SiLU (Mamba-2 §4.3 of the model's equations):
//   y[t, j] = silu(bias[j] + sum over k < d_conv of weight[j, k] c[t - (d_conv - 1) + k, j])
// where c at negative t is conv_state. Afterwards conv_state holds the last d_conv - 1 rows of c. Split over channels.
struct ConvArgs {
  int n_tokens;
  int d_conv_in;
  int d_conv;           // 1 to 8
  const float* x;       // (n_tokens, x_stride), the first d_conv_in used: c
  size_t x_stride;      // floats
  const float* weight;  // (d_conv_in, d_conv); weight[., d_conv - 1] multiplies the current token
  const float* bias;    // (d_conv_in,); zeros when the model has none
  float* conv_state;    // (d_conv - 1, d_conv_in), oldest row first, in place
  float* y;             // (n_tokens, d_conv_in): x, B and C after the activation
};

// The SSD recurrence (Dao & Gu 2024), n_tokens steps. Split over heads.
//   dt[t, h]         = clamp(softplus(dt_raw[t, h] + dt_bias[h]), dt_min, dt_max)
//   ssm_state[h,p,n] = exp(dt[t,h] A[h]) ssm_state[h,p,n] + dt[t,h] x[t,h,p] B[t,g,n]
//   y[t,h,p]         = sum over n of ssm_state[h,p,n] C[t,g,n]  +  D[h] x[t,h,p]        g = h / (n_heads / n_groups)
struct SsdArgs {
  int n_tokens;
  int n_heads;
  int head_dim;
  int n_groups;
  int d_state;
  float dt_min;          // 0 when the model does not clamp
  float dt_max;          // infinity when the model does not clamp
  const float* x;        // (n_tokens, xbc_stride): n_heads * head_dim values, after the convolution
  const float* B;        // (n_tokens, xbc_stride): n_groups * d_state values
  const float* C;        // (n_tokens, xbc_stride): n_groups * d_state values
  size_t xbc_stride;     // floats
  const float* dt_raw;   // (n_tokens, dt_stride): n_heads values, as projected
  size_t dt_stride;      // floats
  const float* dt_bias;  // (n_heads,)
  const float* A;        // (n_heads,)  -exp(A_log), < 0
  const float* D;        // (n_heads,)
  float* ssm_state;      // (n_heads, head_dim, d_state), in place
  float* y;              // (n_tokens, n_heads * head_dim); nullptr: the state alone, in the same bytes, C unread
};

// Gate, then grouped RMSNorm (never the other way round; the groups are normalised independently). Split over tokens.
//   m[i] = y[i] silu(z[i]);  out[i] = weight[i] m[i] / sqrt(mean over i's group of m^2 + eps)
struct GatedNormArgs {
  int n_tokens;
  int d_inner;
  int n_groups;         // divides d_inner
  float eps;
  const float* y;       // (n_tokens, d_inner)
  const float* z;       // (n_tokens, z_stride), the first d_inner used
  size_t z_stride;      // floats
  const float* weight;  // (d_inner,)
  float* out;           // (n_tokens, d_inner); may alias y
};

// In the order of the table.
enum class Op { embed, rms_norm, matmul, conv, ssd, gated_norm, quantize, matmul_packed, round_bf16, matmul_bf16 };
constexpr int kOps = 10;

struct OpTable {
  void (*embed)(const EmbedArgs&, Part);
  void (*rms_norm)(const RmsNormArgs&, Part);
  void (*matmul)(const MatmulArgs&, Part);
  void (*conv)(const ConvArgs&, Part);
  void (*ssd)(const SsdArgs&, Part);
  void (*gated_norm)(const GatedNormArgs&, Part);
  void (*quantize)(const QuantizeArgs&, Part);
  void (*matmul_packed)(const MatmulPackedArgs&, Part);
  void (*round_bf16)(const RoundBf16Args&, Part);
  void (*matmul_bf16)(const MatmulBf16Args&, Part);
  // Which row filled each op: "ref", "avx2", "avx512", ...
  const char* row[kOps];
  const char*& row_of(Op op) { return row[static_cast<int>(op)]; }
  // Whether this processor reads memory fastest from few places at once; else from eight, far apart. For products of few tokens.
  bool few_streams;
  // Whether products of bf16 weights are matmul_bf16's, of rounded activations, and not matmul's.
  bool rounds_bf16;
};

// The half-open range of `n` items that a part covers, cut at multiples of `grain`.
struct Range {
  int begin;
  int end;
};

constexpr Range range_of(Part part, int n, int grain) {
  const int64_t n_grains = (int64_t{n} + grain - 1) / grain;
  const int64_t begin = n_grains * part.index / part.count * grain;
  const int64_t end = n_grains * (part.index + 1) / part.count * grain;
  return {static_cast<int>(begin < n ? begin : n), static_cast<int>(end < n ? end : n)};
}

}  // namespace sw::ops
