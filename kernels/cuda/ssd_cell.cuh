// The SSD inside one cell of 64 positions, for one head: the arithmetic that prefill, decode and replay share.
//
// With S the state at the cell's start, cum[t] = sum over s <= t of dt[s] A (in powers of two):
//   y[t, p]  = 2^cum[t] (C[t] . S[p])  +  sum over s <= t of G[t, s] x[s, p]  +  D x[t, p]
//   G[t, s]  = (C[t] . B[s]) 2^(cum[t] - cum[s]) dt[s], rounded to bf16
//   S'[p, n] = 2^cum[63] S[p, n]  +  sum over s of bf16(x[s, p] dt[s] 2^(cum[63] - cum[s])) B[s, n]
// Row t depends on rows s <= t alone, and rows that do not exist yet count as zeros, so a token's y is the same bytes whether
// the cell is computed at once or token by token. The state stays in float32; it is rounded to bf16 where C reads it. Source:
// the chunked form of SSD, Dao & Gu 2024, "Transformers are SSMs".
#pragma once

#include "cuda/common.cuh"
#include "cuda/ops.h"

namespace sw::cuda {

// Rows of kChunks 16-byte chunks in shared memory, swizzled so that eight rows of a chunk lie on different banks.
template <int kChunks>
__device__ inline uint32_t tile_address(uint32_t tile, int row, int chunk) {
  return tile + row * (kChunks * 16) + ((chunk ^ (row & 7)) << 4);
}
constexpr int kChunksX = kHeadDim / 8;  // (64, head_dim)
constexpr int kChunksN = kState / 8;    // (64, d_state) and (head_dim, d_state)
constexpr int kTileX = kChunkRows * kHeadDim * 2;
constexpr int kTileN = kChunkRows * kState * 2;

struct Decays {
  float dt[kChunkRows];
  float cum[kChunkRows];
  float weight[kChunkRows];  // dt[s] 2^(cum[63] - cum[s])
};

__device__ inline float step_size(float raw, float bias, float low, float high) {
  return fminf(fmaxf(softplus(raw + bias), low), high);
}

// By one warp; lane i has dt of rows 2 i and 2 i + 1, 0 for rows that do not exist. The scan is one fixed tree, in which
// a row's sum has the rows up to it and no others.
__device__ inline void scan_decays(float dt0, float dt1, float A, Decays& out) {
  const int lane = threadIdx.x % 32;
  const float d0 = dt0 * A, d1 = dt1 * A;
  float sum = d0 + d1;
  for (int i = 1; i < 32; i *= 2) {
    const float before = __shfl_up_sync(~0u, sum, i);
    if (lane >= i) sum = sum + before;
  }
  const float left = __shfl_up_sync(~0u, sum, 1);
  const float cum0 = lane == 0 ? d0 : left + d0;
  const float last = __shfl_sync(~0u, sum, 31);
  out.dt[2 * lane] = dt0;
  out.dt[2 * lane + 1] = dt1;
  out.cum[2 * lane] = cum0;
  out.cum[2 * lane + 1] = sum;
  out.weight[2 * lane] = dt0 * exp2_fast(last - cum0);
  out.weight[2 * lane + 1] = dt1 * exp2_fast(last - sum);
}

// G[t, s] before rounding, from C[t] . B[s].
__device__ inline float score(float product, float cum_t, float cum_s, float dt_s) {
  return product * exp2_fast(cum_t - cum_s) * dt_s;
}

// The state of a head in the registers of 16 warps: warp w has rows p of w % 4 * 16 .. and columns n of w / 4 * 32 .., in four
// accumulators.
constexpr int kCellThreads = 512;

struct StateTile {
  static constexpr int kTiles = 4;
  float s[kTiles][4];

  __device__ static int row() { return threadIdx.x / 32 % 4 * 16 + threadIdx.x % 32 / 4; }
  __device__ static int column() { return threadIdx.x / 128 * 32 + threadIdx.x % 4 * 2; }

  __device__ void load(const float* state) {
    for (int j = 0; j < kTiles; ++j) {
      for (int half = 0; half < 2; ++half) {
        const float2 v = *reinterpret_cast<const float2*>(state + (row() + half * 8) * kState + column() + j * 8);
        s[j][half * 2] = v.x;
        s[j][half * 2 + 1] = v.y;
      }
    }
  }
  __device__ void store(float* state) const {
    for (int j = 0; j < kTiles; ++j) {
      for (int half = 0; half < 2; ++half) {
        *reinterpret_cast<float2*>(state + (row() + half * 8) * kState + column() + j * 8) =
            float2{s[j][half * 2], s[j][half * 2 + 1]};
      }
    }
  }
  // As bf16 into a (head_dim, d_state) tile.
  __device__ void publish(uint32_t tile) const {
    const int chunk = column() / 8, byte = column() % 8 * 2;
    for (int j = 0; j < kTiles; ++j) {
      for (int half = 0; half < 2; ++half) {
        store_shared(tile_address<kChunksN>(tile, row() + half * 8, chunk + j) + byte,
                     pack(s[j][half * 2], s[j][half * 2 + 1]));
      }
    }
  }
  // S' from S and the tiles x (64, head_dim) and B (64, d_state).
  __device__ void update(uint32_t x, uint32_t b, const Decays& decays) {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const float decay = exp2_fast(decays.cum[kChunkRows - 1]);
    for (int j = 0; j < kTiles; ++j) {
      for (int i = 0; i < 4; ++i) s[j][i] *= decay;
    }
#pragma unroll
    for (int k = 0; k < kChunkRows; k += 16) {
      uint32_t a[4];
      load_matrices_transposed(tile_address<kChunksX>(x, k + lane % 8 + lane / 16 * 8, warp % 4 * 2 + lane / 8 % 2), a);
      const float* w = decays.weight + k + lane % 4 * 2;
      for (int i = 0; i < 4; ++i) {
        const float2 v = unpack(a[i]);
        a[i] = pack(v.x * w[i / 2 * 8], v.y * w[i / 2 * 8 + 1]);
      }
#pragma unroll
      for (int j = 0; j < kTiles; j += 2) {
        uint32_t v[4];
        load_matrices_transposed(tile_address<kChunksN>(b, k + lane % 8 + lane / 8 % 2 * 8, warp / 4 * kTiles + j + lane / 16),
                                 v);
        mma(s[j], a[0], a[1], a[2], a[3], v[0], v[1]);
        mma(s[j + 1], a[0], a[1], a[2], a[3], v[2], v[3]);
      }
    }
  }
};

}  // namespace sw::cuda
