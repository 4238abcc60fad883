// Weights on their way into the device's formats, and back to bf16 for the prefill product.
//   int8: scale = bf16(max |w| / 127);   int4: scale = bf16(the w of largest |w| / -8);
//   q = round(w / scale), weight = bf16(q scale), for 64 columns of a row under one scale. Layout: matmul_units.cuh.
// Grid:   one warp for 64 columns of a row.
// Bytes:  dequantize: 1.03 or 0.53 read and 2 written for a weight.
#include "cuda/matmul_units.cuh"
#include "cuda/ops.h"

namespace sw::cuda {
namespace {

constexpr int kThreads = 256;

// Where the groups of a packed matrix lie.
template <Format kFormat>
struct Place {
  using Weight = Unit<kFormat>;
  static constexpr int kWords = kFormat == Format::int8 ? 16 : 8;  // of one group
  static constexpr int kGroups = Weight::kColumns / kGroup;  // of a row in a unit

  __device__ static size_t unit(int row, int group, int units_per_row) {
    return (size_t(row / Weight::kRows) * units_per_row + group / kGroups) * Weight::kBytes;
  }
  __device__ static size_t scale(int row, int group) { return Weight::scale_at(row % Weight::kRows, group % kGroups); }
  // Word i of the group: a chunk is 4 words.
  __device__ static size_t word(int row, int group, int i) {
    const int w = group % kGroups * kWords + i, r = row % kTile;
    return row % Weight::kRows / kTile * 1024 + r * 128 + (((w / 4) ^ r) << 4) + w % 4 * 4;
  }
};

// Column (of 64) of the value that stands at `slot` of word i.
template <Format kFormat>
__device__ int column_of(int i, int slot) {
  const int lane = i % 4;
  if (kFormat == Format::int8) return i / 4 * 16 + slot % 2 * 8 + 2 * lane + slot / 2;
  return i / 4 * 32 + slot % 2 * 16 + slot / 2 % 2 * 8 + 2 * lane + slot / 4;
}

// By magnitude; of equal ones the positive.
__device__ float larger(float a, float b) {
  if (fabsf(a) != fabsf(b)) return fabsf(a) > fabsf(b) ? a : b;
  return fmaxf(a, b);
}

// What the stored form of a scale reaches: scales from 2^-94 to 2^25 keep their bits, smaller ones are 0.
__device__ float within_reach(float scale) {
  const float size = fabsf(scale);
  return size < 0x1p-94f ? 0.0f : copysignf(fminf(size, 0x1p25f), scale);
}

// Above 0, as Unit<kFormat>::expand() wants it.
template <Format kFormat>
__device__ uint32_t encode(int value) {
  return value + (kFormat == Format::int8 ? 128 : 8);
}

template <Format kFormat>
__global__ void __launch_bounds__(kThreads) quantize_groups(const bf16* from, Weights to) {
  __shared__ int values[kThreads / 32][kGroup];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, n_groups = to.cols_padded() / kGroup;
  const long long item = (long long)blockIdx.x * (kThreads / 32) + warp;
  if (item >= (long long)to.rows_padded() * n_groups) return;
  const int row = item / n_groups, group = item % n_groups;
  const bf16* w = from + size_t(row) * to.cols_padded() + group * kGroup;
  const float w0 = float(w[lane]), w1 = float(w[lane + 32]);
  float peak = larger(w0, w1);
  for (int i = 16; i > 0; i /= 2) peak = larger(peak, __shfl_xor_sync(~0u, peak, i));
  const float exact = kFormat == Format::int8 ? fabsf(peak) / 127.0f : peak / -8.0f;
  const float s = within_reach(float(__float2bfloat16_rn(exact)));
  const float low = kFormat == Format::int8 ? -127.0f : -8.0f, high = kFormat == Format::int8 ? 127.0f : 7.0f;
  values[warp][lane] = s == 0 ? 0 : int(fminf(fmaxf(rintf(w0 / s), low), high));
  values[warp][lane + 32] = s == 0 ? 0 : int(fminf(fmaxf(rintf(w1 / s), low), high));
  __syncwarp();
  using At = Place<kFormat>;
  uint8_t* unit = static_cast<uint8_t*>(to.data) + At::unit(row, group, to.cols_padded() / Unit<kFormat>::kColumns);
  if (lane < At::kWords) {
    uint32_t word = 0;
    constexpr int kBits = kFormat == Format::int8 ? 8 : 4;
    for (int slot = 0; slot < 32 / kBits; ++slot) {
      word |= encode<kFormat>(values[warp][column_of<kFormat>(lane, slot)]) << (slot * kBits);
    }
    *reinterpret_cast<uint32_t*>(unit + At::word(row, group, lane)) = word;
  }
  if (lane == 0) *reinterpret_cast<bf16*>(unit + At::scale(row, group)) = __float2bfloat16_rn(s * 0x1p101f);
}

template <Format kFormat>
__global__ void __launch_bounds__(kThreads) dequantize_words(Weights from, bf16* to) {
  using At = Place<kFormat>;
  const int n_groups = from.cols_padded() / kGroup, words_per_row = n_groups * At::kWords;
  const long long item = (long long)blockIdx.x * kThreads + threadIdx.x;
  if (item >= (long long)from.rows_padded() * words_per_row) return;
  const int row = item / words_per_row, group = item % words_per_row / At::kWords, i = item % At::kWords;
  const uint8_t* unit =
      static_cast<const uint8_t*>(from.data) + At::unit(row, group, from.cols_padded() / Unit<kFormat>::kColumns);
  const uint32_t q = *reinterpret_cast<const uint32_t*>(unit + At::word(row, group, i));
  const bf16 scale = *reinterpret_cast<const bf16*>(unit + At::scale(row, group));
  bf16* out = to + size_t(row) * from.cols_padded() + group * kGroup;
  const auto store = [&](int slot, uint32_t weights) {
    *reinterpret_cast<uint32_t*>(out + column_of<kFormat>(i, slot)) = PackedUnit::plain(weights);
  };
  using Weight = Unit<kFormat>;
  const __nv_bfloat162 both = __bfloat162bfloat162(scale), offset = Weight::offsets(both);
  if constexpr (kFormat == Format::int8) {
    for (int slot = 0; slot < 2; ++slot) store(slot, Weight::expand(q, slot, both, offset));
  } else {
    for (int slot = 0; slot < 4; ++slot) {
      const bool upper = slot % 2 == 1;
      store(slot, Weight::expand(q, slot / 2, upper, upper ? Weight::upper_scales(both) : both, offset));
    }
  }
}

// type: 0 float32, 1 float16, 2 bf16, as in ops::WeightType.
__global__ void convert(const void* from, int type, int n_rows, int n_cols, int cols_padded, long long n, bf16* to) {
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  const int row = i / cols_padded, col = i % cols_padded;
  const size_t at = size_t(row) * n_cols + col;
  bf16 v = bf16(0.0f);
  if (row < n_rows && col < n_cols) {
    if (type == 0) v = __float2bfloat16_rn(static_cast<const float*>(from)[at]);
    if (type == 1) v = __float2bfloat16_rn(__half2float(static_cast<const __half*>(from)[at]));
    if (type == 2) v = static_cast<const bf16*>(from)[at];
  }
  to[i] = v;
}

// Triangular about 0, of standard deviation `scale`.
__global__ void random_values(bf16* to, size_t n, float scale, uint64_t seed) {
  for (size_t i = size_t(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += size_t(gridDim.x) * blockDim.x) {
    uint64_t h = (i + seed * 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;
    h ^= h >> 31;
    h *= 0x94d049bb133111ebull;
    h ^= h >> 29;
    const float sum = float(h >> 40) + float((h >> 8) & 0xffffff) - 16777215.0f;
    to[i] = __float2bfloat16_rn(sum * (scale * 2.4494897f / 16777216.0f));
  }
}

dim3 blocks_for(long long n, int per_block) {
  return dim3(static_cast<unsigned>((n + per_block - 1) / per_block));
}

}  // namespace

cudaError_t quantize(const bf16* from, const Weights& to, cudaStream_t stream) {
  const long long n_groups = (long long)to.rows_padded() * (to.cols_padded() / kGroup);
  const LaunchShape shape = {blocks_for(n_groups, kThreads / 32), dim3(kThreads), 0, stream};
  if (to.format == Format::int8) return launch(shape, quantize_groups<Format::int8>, from, to);
  if (to.format == Format::int4) return launch(shape, quantize_groups<Format::int4>, from, to);
  return cudaErrorInvalidValue;
}

cudaError_t dequantize(const Weights& from, bf16* to, cudaStream_t stream) {
  const long long n = (long long)from.rows_padded() * from.cols_padded();
  if (from.format == Format::int8) {
    return launch({blocks_for(n / 4, kThreads), dim3(kThreads), 0, stream}, dequantize_words<Format::int8>, from, to);
  }
  if (from.format == Format::int4) {
    return launch({blocks_for(n / 8, kThreads), dim3(kThreads), 0, stream}, dequantize_words<Format::int4>, from, to);
  }
  return cudaErrorInvalidValue;
}

cudaError_t convert_rows(const void* from, int type, const Weights& like, bf16* to, cudaStream_t stream) {
  const long long n = (long long)like.rows_padded() * like.cols_padded();
  return launch({blocks_for(n, 256), dim3(256), 0, stream}, convert, from, type, like.n_rows, like.n_cols, like.cols_padded(),
                n, to);
}

cudaError_t fill_random(bf16* to, size_t n, float scale, uint64_t seed, cudaStream_t stream) {
  return launch({dim3(4096), dim3(256), 0, stream}, random_values, to, n, scale, seed);
}

}  // namespace sw::cuda
