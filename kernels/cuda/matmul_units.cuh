// A tile of weights: 8 rows of 128 bytes in shared memory, chunk j (16 bytes) of row r at r * 128 + (j ^ r) * 16, so that
// ldmatrix meets every bank once. How many columns that is, and how they become half of an A operand, depends on the format.
//
// int8 and int4 are stored unit by unit (by 16 rows, then along k): the two tiles of 16 rows, then their scales. Weight =
// bf16(q * scale), the very number that dequantize() hands to cuBLASLt. Inside 16 columns values stand in the order the lanes of
// an operand want them.
//
// The bits of a bf16 below 256 are a number in proportion: u is u 2^-133, through the subnormals and the first normals. So a byte
// masked out of a word is a factor as it stands, without a shift to the mantissa's top and without an exponent to be put in, and
// so is a nibble in the upper half of a byte. The stored scale is 2^101 times the scale, the weight of an operand 2^-32 times the
// weight, and the tokens that it meets are 2^32 times the tokens: the products are the very same.
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
  static constexpr int kTiles = 1;
  static constexpr int kBytes = 1024;

  __device__ static uint32_t token(uint32_t pair) { return pair; }
  struct Scales {
    __device__ void load(uint32_t, int) {}
  };
  // Columns 16 k16 to 16 k16 + 15 of half a unit, from the words that ldmatrix gave: the low and the high half.
  __device__ static uint2 operand(const uint32_t (&q)[4], const Scales&, int, int k16) { return {q[2 * k16], q[2 * k16 + 1]}; }
};

// What the packed formats share.
struct PackedUnit {
  static constexpr int kTiles = 2;
  static constexpr int kRows = kTiles * kTile;
  static constexpr uint32_t kTimes2To32 = 0x4f804f80u;

  // u, two numbers below 256 in 16 bits each, less what `offset` takes off, times `scale`: exact but for one rounding.
  __device__ static uint32_t weights(uint32_t u, __nv_bfloat162 scale, __nv_bfloat162 offset) {
    return bits_of(__hfma2(pair_of(u), scale, offset));
  }
  // Two values of a token.
  __device__ static uint32_t token(uint32_t pair) { return bits_of(__hmul2_rn(pair_of(pair), pair_of(kTimes2To32))); }
  // Two weights of an operand as they are.
  __device__ static uint32_t plain(uint32_t weights) { return token(weights); }

  // One half of a pair, twice.
  __device__ static __nv_bfloat162 half_of(__nv_bfloat162 pair, int i) {
    return i == 0 ? __low2bfloat162(pair) : __high2bfloat162(pair);
  }
  __device__ static __nv_bfloat162 pair_of(uint32_t bits) { return *reinterpret_cast<const __nv_bfloat162*>(&bits); }
  __device__ static uint32_t bits_of(__nv_bfloat162 pair) { return *reinterpret_cast<const uint32_t*>(&pair); }
};

template <>
struct Unit<Format::int8> : PackedUnit {
  static constexpr int kColumns = 128;
  static constexpr int kBytes = 2048 + kRows * kColumns / kGroup * 2;

  // Where the scale of a row and a group of 64 columns lies.
  __host__ __device__ static int scale_at(int row, int group) { return 2048 + group * 32 + row % kTile * 4 + row / kTile * 2; }

  // Of half a unit, one group: the low half of the word for a row of the first tile, the high half for one of the second.
  struct Scales {
    uint32_t both;

    __device__ void load(uint32_t unit, int half) { both = load_shared(unit + scale_at(threadIdx.x % 32 / 4, half)); }
  };
  // Bytes i and i + 2 of a word, stored as value + 128.
  __device__ static uint32_t expand(uint32_t q, int i, __nv_bfloat162 scale, __nv_bfloat162 offset) {
    return weights(__byte_perm(q, 0, i == 0 ? 0x4240 : 0x4341), scale, offset);
  }
  // What expand() wants beside scales, one or two of them.
  __device__ static __nv_bfloat162 offsets(__nv_bfloat162 scales) { return __hmul2_rn(scales, pair_of(0x80808080u)); }  // -128
  __device__ static uint2 operand(const uint32_t (&q)[4], const Scales& scales, int tile, int k16) {
    const __nv_bfloat162 scale = half_of(pair_of(scales.both), tile), offset = half_of(offsets(pair_of(scales.both)), tile);
    return {expand(q[k16], 0, scale, offset), expand(q[k16], 1, scale, offset)};
  }
};

template <>
struct Unit<Format::int4> : PackedUnit {
  static constexpr int kColumns = 256;
  static constexpr int kBytes = 2048 + kRows * kColumns / kGroup * 2;

  __host__ __device__ static int scale_at(int row, int group) {
    return 2048 + group / 2 * 64 + row % kTile * 8 + row / kTile * 4 + group % 2 * 2;
  }

  // Of half a unit, two groups: a word for each tile, its low half for the first 64 columns.
  struct Scales {
    uint2 both;

    __device__ void load(uint32_t unit, int half) { both = load_shared8(unit + scale_at(threadIdx.x % 32 / 4, half * 2)); }
  };
  // Nibbles of bytes i and i + 2 of a word, the lower or the upper ones, stored as value + 8. Upper ones are 16 times as much, and
  // come with a 16th of the scale.
  __device__ static uint32_t expand(uint32_t q, int i, bool upper, __nv_bfloat162 scale, __nv_bfloat162 offset) {
    return weights((i == 0 ? q : q >> 8) & (upper ? 0x00f000f0u : 0x000f000fu), scale, offset);
  }
  __device__ static __nv_bfloat162 offsets(__nv_bfloat162 scales) { return __hmul2_rn(scales, pair_of(0x80088008u)); }  // -8
  __device__ static __nv_bfloat162 upper_scales(__nv_bfloat162 scales) { return __hmul2_rn(scales, pair_of(0x3d803d80u)); }
  __device__ static uint2 operand(const uint32_t (&q)[4], const Scales& scales, int tile, int k16) {
    const __nv_bfloat162 both = pair_of(tile == 0 ? scales.both.x : scales.both.y);
    const bool upper = k16 % 2 == 1;
    const __nv_bfloat162 scale = half_of(upper ? upper_scales(both) : both, k16 / 4), offset = half_of(offsets(both), k16 / 4);
    return {expand(q[k16 / 2], 0, upper, scale, offset), expand(q[k16 / 2], 1, upper, scale, offset)};
  }
};

// What one lane needs of half a unit of each of kTiles tiles and of kEights times eight tokens, in registers: loaded half a
// unit ahead of the instructions that use it.
template <Format kFormat, int kTiles, int kEights>
struct HalfUnit {
  using Weight = Unit<kFormat>;
  static_assert(kTiles % Weight::kTiles == 0);
  static constexpr int kColumns = Weight::kColumns / 2;
  static constexpr int kSteps = kColumns / 16;
  uint32_t q[kTiles][4];
  typename Weight::Scales scales;
  uint4 b[kEights][kSteps / 2];

  // The units lie one behind the other. tokens: the lane's words of the unit's first column, 64 bytes for 32 columns.
  __device__ void load(uint32_t units, int half, const uint32_t (&tokens)[kEights]) {
    const int lane = threadIdx.x % 32;
#pragma unroll
    for (int j = 0; j < kTiles; ++j) load_matrices(chunk_address(units + j * 1024, lane % 8, half * 4 + lane / 8), q[j]);
    scales.load(units, half);
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
    const uint2 top = Weight::operand(q[0], scales, 0, k16);
    const uint2 bottom = kTiles == 2 ? Weight::operand(q[kTiles - 1], scales, 1, k16) : uint2{0, 0};
#pragma unroll
    for (int e = 0; e < kEights; ++e) {
      const uint4 words = b[e][k16 / 2];
      mma(c[e], top.x, bottom.x, top.y, bottom.y, k16 % 2 == 0 ? words.x : words.z, k16 % 2 == 0 ? words.y : words.w);
    }
  }
};

}  // namespace sw::cuda
