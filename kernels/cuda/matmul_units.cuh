// A unit of weights: 8 rows of 128 bytes in shared memory, chunk j (16 bytes) of row r at r * 128 + (j ^ r) * 16, so that
// ldmatrix meets every bank once. How many columns that is, and how they become the B operand, depends on the format.
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
  static constexpr int kScaleWords = 0;

  // Columns 16 k16 to 16 k16 + 15 from the words that two ldmatrix gave.
  __device__ static void operand(const uint32_t (&q)[8], const uint32_t*, int k16, uint32_t& b0, uint32_t& b1) {
    b0 = q[2 * k16];
    b1 = q[2 * k16 + 1];
  }
};

template <>
struct Unit<Format::int8> {
  static constexpr int kColumns = 128;
  static constexpr int kScales = kColumns / kGroup;
  static constexpr int kBytes = 1024 + kTile * kScales * 2;
  static constexpr int kScaleWords = 1;

  // Bytes 0 and 2 of a word, sign and magnitude, times scale. 128 + magnitude is exact in bf16, 128 scale too, so one fused
  // multiply-add rounds magnitude * scale once; the sign comes last.
  __device__ static uint32_t expand(uint32_t q, __nv_bfloat162 scale) {
    const uint32_t magic = and_or(q, 0x007f007fu, 0x43004300u);
    const __nv_bfloat162 offset = __hmul2_rn(scale, __float2bfloat162_rn(-128.0f));
    const __nv_bfloat162 product = __hfma2(*reinterpret_cast<const __nv_bfloat162*>(&magic), scale, offset);
    return *reinterpret_cast<const uint32_t*>(&product) ^ ((q << 8) & 0x80008000u);
  }
  __device__ static void operand(const uint32_t (&q)[8], const uint32_t* scales, int k16, uint32_t& b0, uint32_t& b1) {
    const __nv_bfloat162 both = *reinterpret_cast<const __nv_bfloat162*>(scales);
    const __nv_bfloat162 scale = k16 < 4 ? __low2bfloat162(both) : __high2bfloat162(both);
    b0 = expand(q[k16], scale);
    b1 = expand(q[k16] >> 8, scale);
  }
};

template <>
struct Unit<Format::int4> {
  static constexpr int kColumns = 256;
  static constexpr int kScales = kColumns / kGroup;
  static constexpr int kBytes = 1024 + kTile * kScales * 2;
  static constexpr int kScaleWords = 2;

  // Nibbles i and i + 4 of a word, stored as value + 8 and the word turned left by 3, times scale. 16 + nibble is exact in bf16, and
  // 24 scale is, since the scale has 6 significant bits: one fused multiply-add rounds value * scale once.
  __device__ static uint32_t expand(uint32_t q, int i, __nv_bfloat162 scale) {
    const uint32_t magic = and_or(i == 0 ? q : __funnelshift_r(q, q, 4 * i), 0x00780078u, 0x41804180u);
    const __nv_bfloat162 offset = __hmul2_rn(scale, __float2bfloat162_rn(-24.0f));
    const __nv_bfloat162 product = __hfma2(*reinterpret_cast<const __nv_bfloat162*>(&magic), scale, offset);
    return *reinterpret_cast<const uint32_t*>(&product);
  }
  __device__ static void operand(const uint32_t (&q)[8], const uint32_t* scales, int k16, uint32_t& b0, uint32_t& b1) {
    const __nv_bfloat162 both = *reinterpret_cast<const __nv_bfloat162*>(scales + k16 / 8);
    const __nv_bfloat162 scale = k16 / 4 % 2 == 0 ? __low2bfloat162(both) : __high2bfloat162(both);
    b0 = expand(q[k16 / 2], k16 % 2 * 2, scale);
    b1 = expand(q[k16 / 2], k16 % 2 * 2 + 1, scale);
  }
};

// What one lane needs of a unit, in registers: loaded one unit ahead of the instructions that use it.
template <Format kFormat>
struct Fragment {
  using Weight = Unit<kFormat>;
  static constexpr int kSteps = Weight::kColumns / 16;
  uint32_t q[8];
  uint32_t scales[Weight::kScaleWords + 1];

  __device__ void load(uint32_t unit) {
    const int lane = threadIdx.x % 32;
    for (int half = 0; half < 2; ++half) {
      uint32_t r[4];
      load_matrices(chunk_address(unit, lane % 8, half * 4 + lane / 8), r);
      for (int i = 0; i < 4; ++i) q[half * 4 + i] = r[i];
    }
    for (int i = 0; i < Weight::kScaleWords; ++i) {
      scales[i] = load_shared(unit + 1024 + (lane / 4 * Weight::kScaleWords + i) * 4);
    }
  }
  // u: the lane's words of the unit's first column. Rows 8 to 15 of A are of no token, and no other row of the result sees them: the
  // first instruction takes there what is at hand, which spares two moves (int4: 375 instead of 361 tok/s on an H200).
  __device__ void multiply(float (&c)[4], const uint8_t* u) const {
    for (int i = 0; i < kSteps; i += 2) {
      const uint4 a = *reinterpret_cast<const uint4*>(u + i * 32);
      uint32_t b0, b1;
      Weight::operand(q, scales, i, b0, b1);
      mma(c, a.x, a.y, a.z, a.w, b0, b1);
      Weight::operand(q, scales, i + 1, b0, b1);
      mma(c, a.y, 0, a.w, 0, b0, b1);
    }
  }
};

}  // namespace sw::cuda
