// A unit of weights: 8 rows of 128 bytes in shared memory, chunk j (16 bytes) of row r at r * 128 + (j ^ r) * 16, so that
// ldmatrix meets every bank once. How many columns that is, and how they become half of an A operand, depends on the format.
//
// int8 and int4 are stored unit by unit (tile-major, then along k), each unit followed by its scales. Weight = bf16(q * scale),
// the very number that dequantize() hands to cuBLASLt. Inside 16 columns values stand in the order the lanes of an operand want
// them.
#pragma once

#include "cuda/common.cuh"
#include "cuda/ops.h"

namespace sw::cuda {

__device__ inline uint32_t chunk_address(uint32_t unit, int row, int chunk) {
  return unit + row * 128 + ((chunk ^ row) << 4);
}

template <Format kFormat>
struct Unit;

template <>
struct Unit<Format::bf16> {
  static constexpr int kColumns = 64;
  static constexpr int kBytes = 1024;
  static constexpr int kScales = 0;

  __device__ static uint32_t scales(uint32_t, int) { return 0; }
  // Columns 16 k16 to 16 k16 + 15 of half a unit, from the words that ldmatrix gave: the low and the high half.
  __device__ static uint2 operand(const uint32_t (&q)[4], uint32_t, int k16) { return {q[2 * k16], q[2 * k16 + 1]}; }
};

template <>
struct Unit<Format::int8> {
  static constexpr int kColumns = 128;
  static constexpr int kScales = kColumns / kGroup;
  static constexpr int kBytes = 1024 + kTile * kScales * 2;

  // Bytes 0 and 2 of a word, sign and magnitude, times scale. 128 + magnitude is exact in bf16, 128 scale too, so one fused
  // multiply-add rounds magnitude * scale once; the sign comes last.
  __device__ static uint32_t expand(uint32_t q, __nv_bfloat162 scale) {
    const uint32_t magic = and_or(q, 0x007f007fu, 0x43004300u);
    const __nv_bfloat162 offset = __hmul2_rn(scale, __float2bfloat162_rn(-128.0f));
    const __nv_bfloat162 product = __hfma2(*reinterpret_cast<const __nv_bfloat162*>(&magic), scale, offset);
    return *reinterpret_cast<const uint32_t*>(&product) ^ ((q << 8) & 0x80008000u);
  }
  // Of half a unit, 64 columns, in both halves of the word.
  __device__ static uint32_t scales(uint32_t row, int half) {
    const uint32_t both = load_shared(row);
    return __byte_perm(both, both, half == 0 ? 0x1010 : 0x3232);
  }
  __device__ static uint2 operand(const uint32_t (&q)[4], uint32_t scales, int k16) {
    const __nv_bfloat162 scale = *reinterpret_cast<const __nv_bfloat162*>(&scales);
    return {expand(q[k16], scale), expand(q[k16] >> 8, scale)};
  }
};

template <>
struct Unit<Format::int4> {
  static constexpr int kColumns = 256;
  static constexpr int kScales = kColumns / kGroup;
  static constexpr int kBytes = 1024 + kTile * kScales * 2;

  // Nibbles i and i + 4 of a word, stored as value + 8 and the word turned left by 3, times scale. 16 + nibble is exact in bf16, and
  // 24 scale is, since the scale has 6 significant bits: one fused multiply-add rounds value * scale once.
  __device__ static uint32_t expand(uint32_t q, int i, __nv_bfloat162 scale) {
    const uint32_t magic = and_or(i == 0 ? q : __funnelshift_r(q, q, 4 * i), 0x00780078u, 0x41804180u);
    const __nv_bfloat162 offset = __hmul2_rn(scale, __float2bfloat162_rn(-24.0f));
    const __nv_bfloat162 product = __hfma2(*reinterpret_cast<const __nv_bfloat162*>(&magic), scale, offset);
    return *reinterpret_cast<const uint32_t*>(&product);
  }
  // Of half a unit, two times 64 columns.
  __device__ static uint32_t scales(uint32_t row, int half) { return load_shared(row + half * 4); }
  __device__ static uint2 operand(const uint32_t (&q)[4], uint32_t scales, int k16) {
    const __nv_bfloat162 both = *reinterpret_cast<const __nv_bfloat162*>(&scales);
    const __nv_bfloat162 scale = k16 < 4 ? __low2bfloat162(both) : __high2bfloat162(both);
    return {expand(q[k16 / 2], k16 % 2 * 2, scale), expand(q[k16 / 2], k16 % 2 * 2 + 1, scale)};
  }
};

// What one lane needs of half a unit of each of kTiles tiles and of kEights times eight tokens, in registers: loaded half a
// unit ahead of the instructions that use it.
template <Format kFormat, int kTiles, int kEights>
struct HalfUnit {
  using Weight = Unit<kFormat>;
  static constexpr int kColumns = Weight::kColumns / 2;
  static constexpr int kSteps = kColumns / 16;
  uint32_t q[kTiles][4];
  uint32_t scales[kTiles];
  uint4 b[kEights][kSteps / 2];

  // The units lie one behind the other. tokens: the lane's words of the unit's first column, 64 bytes for 32 columns.
  __device__ void load(uint32_t units, int half, const uint32_t (&tokens)[kEights]) {
    const int lane = threadIdx.x % 32;
#pragma unroll
    for (int j = 0; j < kTiles; ++j) {
      const uint32_t unit = units + j * Weight::kBytes;
      load_matrices(chunk_address(unit, lane % 8, half * 4 + lane / 8), q[j]);
      if (Weight::kScales > 0) scales[j] = Weight::scales(unit + 1024 + lane / 4 * Weight::kScales * 2, half);
    }
#pragma unroll
    for (int e = 0; e < kEights; ++e) {
#pragma unroll
      for (int i = 0; i < kSteps / 2; ++i) b[e][i] = load_shared16(tokens[e] + half * (kColumns * 2) + i * 64);
    }
  }
  __device__ void multiply(float (&c)[kEights][4]) const {
#pragma unroll
    for (int i = 0; i < kSteps; ++i) step(c, i);
  }

 private:
  // With one tile, rows 8 to 15 of A are of no weight.
  __device__ void step(float (&c)[kEights][4], int k16) const {
    const uint2 top = Weight::operand(q[0], scales[0], k16);
    const uint2 bottom = kTiles == 2 ? Weight::operand(q[kTiles - 1], scales[kTiles - 1], k16) : uint2{0, 0};
#pragma unroll
    for (int e = 0; e < kEights; ++e) {
      const uint4 words = b[e][k16 / 2];
      mma(c[e], top.x, bottom.x, top.y, bottom.y, k16 % 2 == 0 ? words.x : words.z, k16 % 2 == 0 ? words.y : words.w);
    }
  }
};

}  // namespace sw::cuda
