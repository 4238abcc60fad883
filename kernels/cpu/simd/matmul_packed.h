// y[t, r] = sum over groups of scale_w scale_x (sum over the group of q_w q_x)   (+ y[t, r] before, when accumulate).
// Oracle: cpu/ref/matmul_packed.cc. Layout of w and x: packed.h.
//
// The order of additions is ops.h's, so neither the number of tokens, nor the split, nor the instruction set changes a byte.
// One kernel serves both ends: R blocks of 16 rows against T tokens. Few tokens: the weights come from memory, from several
// blocks at a time, far apart, since on most processors one stream of reads does not fill the memory's bandwidth; where few_streams
// says so, from two, which the processor's own prefetchers follow. Many tokens: one block, or a pair that shares the loads of
// activations, stays in L2 while all tokens pass by, and no weight is ever unpacked into memory.
// Bytes:  those of the rows for few tokens.   Operations: 2 * n_tokens * rows * n_cols.
// Include after a vec.h and a dot.h, which has kDotTokens, kDotBlocks, DotQ8, DotQ4 and add_groups. Private to the including file.
#pragma once

#include <cstdint>
#include <utility>

#include "ops.h"

namespace sw::ops {
namespace {

constexpr int kHalves = kPackRows / kLanes;  // vectors of a block's 16 rows
constexpr int kAheadBytes = 2048;            // of prefetch, in each stream

constexpr int at_most(int a, int limit) {
  return a < limit ? a : limit;
}

// The unit's lines further on. The address may lie beyond the operand.
[[gnu::always_inline]] inline void prefetch_unit(const char* w, size_t n_bytes) {
  const uintptr_t at = reinterpret_cast<uintptr_t>(w) + kAheadBytes;
  for (size_t i = 0; i < n_bytes; i += 64) __builtin_prefetch(reinterpret_cast<const char*>(at + i), 0, 2);
}

// The sums of one block for one token.
[[gnu::always_inline]] inline void put_block(const MatmulPackedArgs& a, int block, int t, const Vec (&acc)[kHalves]) {
  const int r0 = block * kPackRows;
  float* y = a.y + static_cast<size_t>(t) * a.y_stride + r0;
  for (int half = 0; half < kHalves; ++half, y += kLanes) {
    const int n = a.w.n_rows - r0 - half * kLanes;
    if (n >= kLanes) {
      store(y, a.accumulate ? add(acc[half], load(y)) : acc[half]);
    } else if (n > 0) {
      store_n(y, a.accumulate ? add(acc[half], load_n(y, n)) : acc[half], n);
    }
  }
}

// acc += n_units units of R blocks, w[s] on, against T tokens. `x` is their first group; the next is `width` groups further. Without
// `ask` the processor's own prefetchers are left alone.
template <class Dot, int R, int T>
[[gnu::always_inline]] inline void add_units(const char* (&w)[R], int n_units, const QuantGroup* x, int width, bool ask,
                                              Vec (&acc)[R][T][kHalves]) {
  constexpr size_t kGroupBytes = (Dot::kUnitBytes - kPackScaleBytes) / 2;
  constexpr int S = R == 2 ? kDotBlocks : 1;  // more streams of reads do not gain from it
  for (int u = 0; u < n_units; ++u, x += 2 * width) {
    for (int s = 0; s < R; s += S) {
      const char *scales[S], *q[S];
      for (int i = 0; i < S; ++i) {
        if (ask) prefetch_unit(w[s + i], Dot::kUnitBytes);
        scales[i] = w[s + i];
        q[i] = w[s + i] + kPackScaleBytes;
        w[s + i] += Dot::kUnitBytes;
      }
      auto& sums = reinterpret_cast<Vec(&)[S][T][kHalves]>(acc[s]);
      add_groups<Dot, S, T>(scales, q, x, sums);
      for (int i = 0; i < S; ++i) {
        scales[i] += kPackScaleBytes / 2;
        q[i] += kGroupBytes;
      }
      add_groups<Dot, S, T>(scales, q, x + width, sums);
    }
  }
}

template <class Dot>
const char* block_at(const MatmulPackedArgs& a, int block) {
  return static_cast<const char*>(a.w.data) + static_cast<size_t>(block) * static_cast<size_t>(pack_units(a.w.n_cols)) * Dot::kUnitBytes;
}

// R blocks of rows against the T tokens from t on.
template <class Dot, int R, int T>
void tile(const MatmulPackedArgs& a, const int* blocks, const QuantGroup* x, int width, int t) {
  const char* w[R];
  Vec acc[R][T][kHalves];
  for (int s = 0; s < R; ++s) {
    w[s] = block_at<Dot>(a, blocks[s]);
    for (int j = 0; j < T; ++j) {
      for (int half = 0; half < kHalves; ++half) acc[s][j][half] = zero();
    }
  }
  const bool ask = R != 2 || !a.few_streams;
  add_units<Dot, R, T>(w, pack_units(a.w.n_cols), x, width, ask, acc);
  for (int s = 0; s < R; ++s) {
    for (int j = 0; j < T; ++j) put_block(a, blocks[s], t + j, acc[s][j]);
  }
}

using Tile = void (*)(const MatmulPackedArgs&, const int*, const QuantGroup*, int, int);

template <class Dot, int R, class>
struct Tiles;

template <class Dot, int R, int... I>
struct Tiles<Dot, R, std::integer_sequence<int, I...>> {
  static constexpr Tile of[] = {tile<Dot, R, I + 1>...};
};

// Tokens that so many blocks run beside one another: as many as the sums have registers for.
constexpr int most_tokens(int n_blocks) {
  if (n_blocks > 2) return n_blocks == 8 ? 2 : 4;
  return at_most(kDotTokens / n_blocks, kQuantTile);
}

// R blocks against the tokens [begin, end), which begin at a tile of x.
template <class Dot, int R>
void run_tokens(const MatmulPackedArgs& a, const int* blocks, int begin, int end) {
  constexpr int kMost = most_tokens(R);
  using Of = Tiles<Dot, R, std::make_integer_sequence<int, kMost>>;
  const int n_groups = pack_groups(a.w.n_cols);
  for (int t = begin; t < end;) {
    const int in_tile = at_most(end - t, quant_tile_width(a.n_tokens));
    const QuantGroup* x = a.x + static_cast<size_t>(t) * static_cast<size_t>(n_groups);
    const int n_turns = (in_tile + kMost - 1) / kMost;
    for (int j = 0; j < in_tile;) {
      const int n = at_most((in_tile + n_turns - 1) / n_turns, in_tile - j);
      Of::of[n - 1](a, blocks, x + j, in_tile, t + j);
      j += n;
    }
    t += in_tile;
  }
}

// The blocks [begin, end) are cut into R runs, walked side by side; what is left over by fewer.
template <class Dot, int R>
void run_blocks(const MatmulPackedArgs& a, int begin, int end, int t0, int t1) {
  const int run = (end - begin) / R;
  for (int i = 0; i < run; ++i) {
    int blocks[R];
    for (int s = 0; s < R; ++s) blocks[s] = begin + s * run + i;
    run_tokens<Dot, R>(a, blocks, t0, t1);
  }
  if constexpr (R > 1) run_blocks<Dot, R / 2>(a, begin + R * run, end, t0, t1);
}

template <class Dot>
void matmul_packed_of(const MatmulPackedArgs& a, Part part) {
  const Range rows = range_of(part, a.w.n_rows, kPackRows);
  const int begin = rows.begin / kPackRows, end = pack_blocks(rows.end);
  if (a.few_streams && a.n_tokens <= most_tokens(8)) return run_blocks<Dot, 2>(a, begin, end, 0, a.n_tokens);
  if (a.n_tokens <= most_tokens(8)) return run_blocks<Dot, 8>(a, begin, end, 0, a.n_tokens);
  if (a.n_tokens <= most_tokens(4) && !(a.few_streams && kDotBlocks == 2)) return run_blocks<Dot, 4>(a, begin, end, 0, a.n_tokens);
  const int step = 8 * quant_tile_width(a.n_tokens);  // tokens that stay in L2 beside a block
  for (int t = 0; t < a.n_tokens; t += step) run_blocks<Dot, kDotBlocks>(a, begin, end, t, at_most(a.n_tokens, t + step));
}

inline void matmul_packed(const MatmulPackedArgs& a, Part part) {
  if (a.w.type == WeightType::q8) return matmul_packed_of<DotQ8>(a, part);
  return matmul_packed_of<DotQ4>(a, part);
}

}  // namespace
}  // namespace sw::ops
