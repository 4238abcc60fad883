// The SSD recurrence. Oracle: cpu/ref/ssd.cc; its equations are there.
// Lanes lie along n. A few state rows (h, p) stay in registers while a block of tokens passes over them. What the
// tokens bring is copied next to each other first, B and C once for all heads of a group, and y is gathered before it
// is written: at the strides of the operands, powers of two often, 16 tokens do not fit the ways of L1 (+20 %).
// Order of the sum over n, for every output: n is cut into spans of kSpan; in a span, lane l sums n = l, l + kLanes,
// ... by fused multiply-add; the tree of sum4; the spans in increasing n; then D x. One token or many: the same.
// Bytes:  2 * 4 * n_heads * head_dim * d_state a call.   Flops: 5 * n_tokens * n_heads * head_dim * d_state, in three
//         instructions of which one cannot be fused: five sixths of the multiply-add peak is the most there is.
// Stack:  about 75 KB.
// Include after a vec.h. Private to the including file.
#pragma once

#include <utility>

#include "cpu/simd/math.h"
#include "ops.h"

namespace sw::ops {
namespace {

constexpr int kScanTokens = 16;    // tokens that pass over a state row while it is in registers
constexpr int kSpan = 256;         // of n
constexpr int kCopyFloats = 8192;  // of B, and of C, copied at once: 64 tokens with d_state 128
constexpr int kScanHeadDim = 64;   // rows of a head handled with one copy of dt x
constexpr int kSumRows = 4;        // rows whose lanes sum4 adds

static_assert(kCopyFloats / kSpan >= kScanTokens && kSpan % (kScanVecs * kLanes) == 0);

// One span of B and C of one group, (token, n): the stride is the span's length in whole vectors, padded with zeros.
struct GroupCopy {
  alignas(64) float B[kCopyFloats];
  alignas(64) float C[kCopyFloats];
};

// What a block of tokens does to one head.
struct HeadBlock {
  int n_tokens;
  const float* B;  // (n_tokens, stride)
  const float* C;
  size_t stride;
  alignas(64) float dt[kScanTokens];
  alignas(64) float decay[kScanTokens];
  alignas(64) float dt_x[kScanTokens][kScanHeadDim];
  alignas(64) float y[kScanTokens][kScanHeadDim];
  alignas(64) float sums[kScanTokens][kSumRows][kLanes];
};

inline void copy_padded(const float* from, int n, float* to) {
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) store(to + i, load(from + i));
  if (n > i) store(to + i, load_n(from + i, n - i));
}

inline void discretise(const SsdArgs& a, int h, int t0, HeadBlock& block) {
  for (int t = 0; t < kScanTokens; ++t) {
    block.dt[t] = t < block.n_tokens ? a.dt_raw[static_cast<size_t>(t0 + t) * a.dt_stride + static_cast<size_t>(h)] : 0;
  }
  for (int t = 0; t < block.n_tokens; t += kLanes) {
    const Vec raw = add(load(block.dt + t), set1(a.dt_bias[h]));
    const Vec dt = min(set1(a.dt_max), max(set1(a.dt_min), softplus(raw)));
    store(block.dt + t, dt);
    store(block.decay + t, exp(mul(dt, set1(a.A[h]))));
  }
}

// R rows of the head from p on, the ones from `first` on of the four that are summed together. `state` is the first
// row at n = v0 vectors into the span; V vectors, of which the last has `last` lanes; kWhole says that those are all.
// Without kOutput the state moves on in the same arithmetic and nothing is summed.
template <int R, int V, bool kWhole, bool kOutput>
inline void scan_rows(HeadBlock& block, int p, int first, int v0, float* state, size_t state_stride, int last) {
  Vec s[R][V];
  for (int r = 0; r < R; ++r) {
    const float* row = state + static_cast<size_t>(r) * state_stride;
    for (int v = 0; v < V; ++v) s[r][v] = v < V - 1 || kWhole ? load(row + v * kLanes) : load_n(row + v * kLanes, last);
  }
  const float* B = block.B + v0 * kLanes;
  [[maybe_unused]] const float* C = block.C + v0 * kLanes;
  for (int t = 0; t < block.n_tokens; ++t, B += block.stride, C += block.stride) {
    const Vec decay = set1(block.decay[t]);
    Vec dt_x[R];
    [[maybe_unused]] Vec y[R];
    for (int r = 0; r < R; ++r) {
      dt_x[r] = set1(block.dt_x[t][p + r]);
      if constexpr (kOutput) y[r] = v0 == 0 ? zero() : load(block.sums[t][first + r]);
    }
    for (int v = 0; v < V; ++v) {
      const Vec Bv = load(B + v * kLanes);
      for (int r = 0; r < R; ++r) s[r][v] = fma(decay, s[r][v], mul(dt_x[r], Bv));
      if constexpr (kOutput) {
        const Vec Cv = load(C + v * kLanes);
        for (int r = 0; r < R; ++r) y[r] = fma(s[r][v], Cv, y[r]);
      }
    }
    if constexpr (kOutput) {
      for (int r = 0; r < R; ++r) store(block.sums[t][first + r], y[r]);
    }
  }
  for (int r = 0; r < R; ++r) {
    float* row = state + static_cast<size_t>(r) * state_stride;
    for (int v = 0; v < V; ++v) {
      if (v < V - 1 || kWhole) {
        store(row + v * kLanes, s[r][v]);
      } else {
        store_n(row + v * kLanes, s[r][v], last);
      }
    }
  }
}

// Up to four rows of the head.
template <int V, bool kWhole, bool kOutput>
void scan_four(HeadBlock& block, int p, int n_rows, int v0, float* state, size_t state_stride, int last) {
  int r = 0;
  for (; r + kScanRows <= n_rows; r += kScanRows) {
    scan_rows<kScanRows, V, kWhole, kOutput>(block, p + r, r, v0, state + static_cast<size_t>(r) * state_stride,
                                             state_stride, last);
  }
  for (; r < n_rows; ++r) {
    scan_rows<1, V, kWhole, kOutput>(block, p + r, r, v0, state + static_cast<size_t>(r) * state_stride, state_stride,
                                     last);
  }
}

using ScanFour = void (*)(HeadBlock& block, int p, int n_rows, int v0, float* state, size_t state_stride, int last);
template <class>
struct ScanFours;

template <int... I>
struct ScanFours<std::integer_sequence<int, I...>> {
  template <bool kWhole, bool kOutput>
  static constexpr ScanFour of[] = {scan_four<I + 1, kWhole, kOutput>...};
};

// A span of n <= kSpan of up to four rows of the head: the state moves on, block.y[.][p ...] gets the span's sums.
template <bool kOutput>
inline void scan_span(HeadBlock& block, int p, int n_rows, float* state, size_t state_stride, int n) {
  using Scan = ScanFours<std::make_integer_sequence<int, kScanVecs>>;
  for (int i = 0; i < n; i += kScanVecs * kLanes) {
    const int rest = n - i < kScanVecs * kLanes ? n - i : kScanVecs * kLanes;
    const int n_vecs = (rest + kLanes - 1) / kLanes;
    const ScanFour scan = rest % kLanes == 0 ? Scan::of<true, kOutput>[n_vecs - 1] : Scan::of<false, kOutput>[n_vecs - 1];
    scan(block, p, n_rows, i / kLanes, state + i, state_stride, rest - (n_vecs - 1) * kLanes);
  }
  if constexpr (!kOutput) return;
  for (int t = 0; t < block.n_tokens; ++t) {
    const float(*sums)[kLanes] = block.sums[t];
    store4(block.y[t] + p, sum4(load(sums[0]), load(sums[1]), load(sums[2]), load(sums[3])));
  }
}

// dt x of n_rows rows; `x` is the first token's.
inline void scale_x(HeadBlock& block, const float* x, size_t x_stride, int n_rows) {
  for (int t = 0; t < block.n_tokens; ++t, x += x_stride) {
    const Vec dt = set1(block.dt[t]);
    copy_padded(x, n_rows, block.dt_x[t]);
    for (int p = 0; p < n_rows; p += kLanes) store(block.dt_x[t] + p, mul(dt, load(block.dt_x[t] + p)));
  }
}

// One vector of y: what earlier spans left there plus this one, and D x after the last.
inline Vec total(Vec before, Vec sum, bool is_first, bool is_last, Vec D, Vec x) {
  if (!is_first) sum = add(before, sum);
  return is_last ? fma(D, x, sum) : sum;
}

inline void put_y(const HeadBlock& block, float D_h, const float* x, size_t x_stride, int n_rows, bool is_first,
                  bool is_last, float* y, size_t y_stride) {
  const Vec D = set1(D_h);
  for (int t = 0; t < block.n_tokens; ++t, x += x_stride, y += y_stride) {
    int p = 0;
    for (; p + kLanes <= n_rows; p += kLanes) {
      store(y + p, total(load(y + p), load(block.y[t] + p), is_first, is_last, D, load(x + p)));
    }
    if (const int rest = n_rows - p; rest > 0) {
      const Vec sum = load(block.y[t] + p);
      store_n(y + p, total(load_n(y + p, rest), sum, is_first, is_last, D, load_n(x + p, rest)), rest);
    }
  }
}

// One head, one block of tokens from t0, n values of n from n0. B, C and n_tokens are in `block` already.
inline void scan_head(const SsdArgs& a, int h, int t0, int n0, int n, HeadBlock& block) {
  discretise(a, h, t0, block);
  const size_t d_state = static_cast<size_t>(a.d_state);
  const size_t d_inner = static_cast<size_t>(a.n_heads) * static_cast<size_t>(a.head_dim);
  for (int p0 = 0; p0 < a.head_dim; p0 += kScanHeadDim) {
    const int n_rows = a.head_dim - p0 < kScanHeadDim ? a.head_dim - p0 : kScanHeadDim;
    const size_t row = static_cast<size_t>(h) * static_cast<size_t>(a.head_dim) + static_cast<size_t>(p0);
    const float* x = a.x + static_cast<size_t>(t0) * a.xbc_stride + row;
    scale_x(block, x, a.xbc_stride, n_rows);
    for (int p = 0; p < n_rows; p += kSumRows) {
      float* state = a.ssm_state + (row + static_cast<size_t>(p)) * d_state + static_cast<size_t>(n0);
      const int n_four = n_rows - p < kSumRows ? n_rows - p : kSumRows;
      if (a.y != nullptr) {
        scan_span<true>(block, p, n_four, state, d_state, n);
      } else {
        scan_span<false>(block, p, n_four, state, d_state, n);
      }
    }
    if (a.y == nullptr) continue;
    put_y(block, a.D[h], x, a.xbc_stride, n_rows, n0 == 0, n0 + n == a.d_state,
          a.y + static_cast<size_t>(t0) * d_inner + row, d_inner);
  }
}

// Heads [begin, end) of group g, all tokens. The copies of one span of n serve all those heads.
inline void scan_group(const SsdArgs& a, int g, int begin, int end, GroupCopy& copy, HeadBlock& block) {
  const int padded = (a.d_state < kSpan ? a.d_state + kLanes - 1 : kSpan) / kLanes * kLanes;
  const int copy_tokens = padded * 64 <= kCopyFloats ? 64 : kCopyFloats / padded / kScanTokens * kScanTokens;
  block.stride = static_cast<size_t>(padded);
  for (int t0 = 0; t0 < a.n_tokens; t0 += copy_tokens) {
    const int n_tokens = a.n_tokens - t0 < copy_tokens ? a.n_tokens - t0 : copy_tokens;
    for (int n0 = 0; n0 < a.d_state; n0 += kSpan) {
      const int n = a.d_state - n0 < kSpan ? a.d_state - n0 : kSpan;
      const size_t at = static_cast<size_t>(g) * static_cast<size_t>(a.d_state) + static_cast<size_t>(n0);
      for (int t = 0; t < n_tokens; ++t) {
        const size_t from = static_cast<size_t>(t0 + t) * a.xbc_stride + at;
        copy_padded(a.B + from, n, copy.B + t * padded);
        if (a.y != nullptr) copy_padded(a.C + from, n, copy.C + t * padded);
      }
      for (int h = begin; h < end; ++h) {
        for (int t = 0; t < n_tokens; t += kScanTokens) {
          block.n_tokens = n_tokens - t < kScanTokens ? n_tokens - t : kScanTokens;
          block.B = copy.B + t * padded;
          block.C = copy.C + t * padded;
          scan_head(a, h, t0 + t, n0, n, block);
        }
      }
    }
  }
}

inline void ssd(const SsdArgs& a, Part part) {
  const Range heads = range_of(part, a.n_heads, 1);
  const int group_heads = a.n_heads / a.n_groups;
  GroupCopy copy;
  HeadBlock block;
  for (int t = 0; t < kScanTokens; ++t) {
    for (int r = 0; r < kSumRows; ++r) store(block.sums[t][r], zero());  // those of missing rows are added up, too
  }
  for (int begin = heads.begin, end; begin < heads.end; begin = end) {
    const int g = begin / group_heads;
    end = (g + 1) * group_heads < heads.end ? (g + 1) * group_heads : heads.end;
    scan_group(a, g, begin, end, copy, block);
  }
}

}  // namespace
}  // namespace sw::ops
