// y[t, r] = sum over k of w[r, k] u[t, k]   (+ y[t, r] before), for 1 to 8 tokens; u = x, rms_norm(x) or gated_norm(x, z)
//
// Every sum runs over k upwards in matrix instructions of 16 columns with one float32 accumulator. That is what cuBLASLt does
// without split-K (gemm.cc checks it), so a token's result is the same bytes here and in a prefill of thousands.
//
// Source: the projections W_in, W_out and W_head; oracle: kernels/cpu/ref/matmul.cc.
// Grid:   one block for a multiprocessor; one warp for 8 rows, all of k. The weights are the instruction's B operand (8
// columns), the
//         tokens its A operand (16 rows, 8 used): 8 tokens cost what one costs.
// Bytes:  the weights, once; memory-bound. Each warp streams through a ring of its own in shared memory, whose first copies
//         start before the previous kernel has ended; the norm is computed by every block while they fly.
#include <algorithm>

#include "cuda/gated_norm.cuh"
#include "cuda/matmul_units.cuh"
#include "cuda/ops.h"
#include "cuda/rms_norm.cuh"

namespace sw::cuda {
namespace {

constexpr int kWarpsMax = 18;

constexpr int kWarpsFew = kNormThreads / 32;  // up to here a warp has the registers and the ring for long slots

// One multiprocessor must hold a block of this product and one of the next kernel, whose copies then start early, but never two
// blocks of one product: two on one multiprocessor leave another idle (tried: 195 tok/s instead of 230). So one kind claims
// more than half of the registers, the other more than half of the shared memory.
constexpr int kRegistersMany = 64;  // 18 warps: 36 Ki of 64 Ki registers
constexpr int kRegistersFew = 112;  // 8 warps: 28 Ki
constexpr int kSharedFew = 116 << 10;

struct Layout {
  int n_warps;         // that multiply
  int units_per_tile;  // units of one tile's rows
  int x_stride;        // bytes of one token in shared memory
};

// Where columns k to k + 3 (k a multiple of 4) of a token lie in shared memory: a lane's four words of two A operands side by
// side, the low halves of both, then the high ones, so that they are the first operand as they come (Fragment::multiply).
__device__ void store_operand(uint8_t* row, int k, uint2 v) {
  const int w = k % 16 / 2;
  uint8_t* at = row + k / 32 * 64 + w % 4 * 16 + k % 32 / 16 * 4 + w / 4 * 8;
  *reinterpret_cast<uint32_t*>(at) = v.x;
  *reinterpret_cast<uint32_t*>(at + 16) = v.y;
}

__device__ bf16* log_row(const MatmulDecodeArgs& a, int t) {
  if (a.log == nullptr || blockIdx.x != 0) return nullptr;
  const long long position = a.control != nullptr ? a.control->position : a.position;
  return a.log + size_t((position + t) % a.log_len) * a.w.n_cols;
}

__device__ void load_rows(const MatmulDecodeArgs& a, int x_stride, uint8_t* u) {
  for (int t = 0; t < a.n_tokens; ++t) {
    const bf16* x = static_cast<const bf16*>(a.x) + t * a.x_stride;
    for (int k = threadIdx.x * 4; k < a.w.cols_padded(); k += blockDim.x * 4) {
      const uint2 v = k < a.w.n_cols ? *reinterpret_cast<const uint2*>(x + k) : uint2{0, 0};
      store_operand(u + t * x_stride, k, v);
    }
  }
}

__device__ void load_rms_norm(const MatmulDecodeArgs& a, int x_stride, uint8_t* u) {
  __shared__ float partial[kRowsMax][kNormThreads / 32];
  const float* x = static_cast<const float*>(a.x);
  if (threadIdx.x < kNormThreads) {
    for (int t = 0; t < a.n_tokens; ++t) rms_partial(x + t * a.x_stride, a.w.n_cols, partial[t]);
  }
  __syncthreads();
  for (int t = 0; t < a.n_tokens; ++t) {
    const float scale = rms_scale(partial[t], a.w.n_cols, a.eps);
    bf16* log = log_row(a, t);
    for (int k = threadIdx.x * 4; k < a.w.cols_padded(); k += blockDim.x * 4) {
      const uint2 v = rms_apply(x + t * a.x_stride, a.norm_weight, k, a.w.n_cols, scale);
      store_operand(u + t * x_stride, k, v);
      if (log != nullptr && k < a.w.n_cols) *reinterpret_cast<uint2*>(log + k) = v;
    }
  }
}

__device__ void load_gated_norm(const MatmulDecodeArgs& a, int x_stride, uint8_t* u) {
  const int n = a.w.n_cols / a.n_groups;
  for (int item = threadIdx.x / 32; item < a.n_tokens * a.n_groups; item += blockDim.x / 32) {
    const int t = item / a.n_groups, first = item % a.n_groups * n;
    const bf16* y = static_cast<const bf16*>(a.x) + t * a.x_stride;
    gated_norm_group(y + first, a.z + t * a.z_stride + first, a.norm_weight + first, n, a.eps, [&](int i, uint4 v) {
      store_operand(u + t * x_stride, first + i, {v.x, v.y});
      store_operand(u + t * x_stride, first + i + 4, {v.z, v.w});
    });
  }
  for (int t = 0; t < a.n_tokens; ++t) {
    for (int k = a.w.n_cols + threadIdx.x * 4; k < a.w.cols_padded(); k += blockDim.x * 4) {
      store_operand(u + t * x_stride, k, {0, 0});
    }
  }
}

// Lane (g, i) of a finished tile holds rows 2 i and 2 i + 1 for token g.
__device__ void store_tile(const MatmulDecodeArgs& a, int tile, const float (&c)[4]) {
  const int lane = threadIdx.x % 32, t = lane / 4, row = tile * kTile + lane % 4 * 2;
  if (t >= a.n_tokens) return;
  for (int i = 0; i < 2; ++i) {
    if (row + i >= a.w.n_rows) return;
    const size_t at = t * a.y_stride + row + i;
    if (a.output == Output::bf16) {
      static_cast<bf16*>(a.y)[at] = __float2bfloat16_rn(c[i]);
    } else {
      float* y = static_cast<float*>(a.y) + at;
      *y = a.output == Output::add ? *y + c[i] : c[i];
    }
  }
}

// A warp's share of the weights: its tiles one after the other, each slot by slot. A slot is kUnits units; a ring has kSlots.
template <Format kFormat, int kUnits, int kSlots>
class Stream {
 public:
  using Weight = Unit<kFormat>;
  static constexpr int kSlotBytes = kUnits * Weight::kBytes;

  __device__ Stream(const MatmulDecodeArgs& a, int units_per_tile, uint32_t ring, int first_tile, int tile_step, int n_tiles)
      : ring_(ring), slots_per_tile_(units_per_tile / kUnits), n_left_(n_tiles * slots_per_tile_) {
    const int lane = threadIdx.x % 32, row_bytes = a.w.cols_padded() * 2;
    const uint8_t* w = static_cast<const uint8_t*>(a.w.data);
    if (kFormat == Format::bf16) {
      from_ = w + (size_t(first_tile) * kTile + lane / 8) * row_bytes + lane % 8 * 16;
      half_ = size_t(4) * row_bytes;
      tile_jump_ = size_t(tile_step) * kTile * row_bytes - row_bytes;
    } else {
      from_ = w + size_t(first_tile) * units_per_tile * Weight::kBytes + lane * 16;
      half_ = 512;
      tile_jump_ = size_t(tile_step - 1) * units_per_tile * Weight::kBytes;
    }
  }

  // Starts the next slot's copies as one group, empty at the end, so that groups count slots.
  __device__ void fetch() {
    const int lane = threadIdx.x % 32;
    if (n_left_ > 0) {
      const uint32_t to = ring_ + put_ * kSlotBytes;
      const uint32_t low = kFormat == Format::bf16 ? chunk_address(to, lane / 8, lane % 8) : to + lane * 16;
      const uint32_t high = kFormat == Format::bf16 ? chunk_address(to, lane / 8 + 4, lane % 8) : to + lane * 16 + 512;
      constexpr int kStep = kFormat == Format::bf16 ? 128 : Weight::kBytes;
      const uint8_t* second = from_ + half_;
#pragma unroll
      for (int i = 0; i < kUnits; ++i) {
        copy_async16(low + i * Weight::kBytes, from_ + i * kStep);
        copy_async16(high + i * Weight::kBytes, second + i * kStep);
        if (kFormat != Format::bf16 && lane < (Weight::kBytes - 1024) / 16) {
          copy_async16(low + i * Weight::kBytes + 1024, from_ + i * kStep + 1024);
        }
      }
      from_ += kUnits * kStep;
      --n_left_;
      if (++put_in_tile_ == slots_per_tile_) {
        put_in_tile_ = 0;
        from_ += tile_jump_;
      }
    }
    copy_commit();
    if (++put_ == kSlots) put_ = 0;
  }

  // The next slot into registers, which leaves kSlots - 2 in flight.
  __device__ void load(Fragment<kFormat> (&fragments)[kUnits]) {
    copy_wait<kSlots - 2>();
    __syncwarp();  // every lane's copies have landed
    const uint32_t from = ring_ + get_ * kSlotBytes;
#pragma unroll
    for (int i = 0; i < kUnits; ++i) fragments[i].load(from + i * Weight::kBytes);
    if (++get_ == kSlots) get_ = 0;
  }

 private:
  uint32_t ring_;
  int slots_per_tile_;
  int n_left_;  // slots to fetch
  const uint8_t* from_;
  size_t half_, tile_jump_;
  int put_in_tile_ = 0, put_ = 0, get_ = 0;
};

template <Format kFormat, int kUnits, int kSlots>
__global__ void __maxnreg__(kUnits > 1 ? kRegistersFew : kRegistersMany) matmul_stream(MatmulDecodeArgs a, Layout layout) {
  extern __shared__ __align__(128) uint8_t shared[];
  using Ring = Stream<kFormat, kUnits, kSlots>;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int n_tiles = a.w.rows_padded() / kTile;
  const int u_bytes = (a.n_tokens * layout.x_stride + 127) / 128 * 128;
  const int first_tile = blockIdx.x + gridDim.x * warp, tile_step = gridDim.x * layout.n_warps;
  const bool works = warp < layout.n_warps && first_tile < n_tiles;
  const int my_tiles = works ? (n_tiles - first_tile + tile_step - 1) / tile_step : 0;
  const uint32_t ring = shared_address(shared) + u_bytes + warp * kSlots * Ring::kSlotBytes;
  Ring stream(a, layout.units_per_tile, ring, first_tile, tile_step, my_tiles);

  for (int i = 0; i < kSlots; ++i) stream.fetch();  // weights never change: no need to wait for the previous kernel
  if (a.input != Input::rows) {
    for (int k = threadIdx.x * 32; k < a.w.n_cols; k += blockDim.x * 32) prefetch(a.norm_weight + k);
  }
  previous_done();
  allow_next();
  if (a.input == Input::rows) load_rows(a, layout.x_stride, shared);
  if (a.input == Input::rms_norm) load_rms_norm(a, layout.x_stride, shared);
  if (a.input == Input::gated_norm) load_gated_norm(a, layout.x_stride, shared);
  __syncthreads();
  if (my_tiles == 0) return;

  // The lanes of tokens that are not there multiply the first one again: no other row of the result sees it.
  const uint8_t* u0 = shared + (lane / 4 < a.n_tokens ? lane / 4 * layout.x_stride : 0) + lane % 4 * 16;
  constexpr int kUnitBytes = Unit<kFormat>::kColumns * 2;  // of a token
  // One slot is multiplied from registers while the next is loaded into others; then its place in the ring is free.
  const auto multiply = [&](const Fragment<kFormat>(&fragments)[kUnits], float(&c)[4], const uint8_t* u) {
#pragma unroll
    for (int i = 0; i < kUnits; ++i) fragments[i].multiply(c, u + i * kUnitBytes);
    __syncwarp();
    stream.fetch();
  };
  Fragment<kFormat> even[kUnits], odd[kUnits];
  stream.load(even);
  for (int tile = first_tile; tile < n_tiles; tile += tile_step) {
    float c[4] = {};
    const uint8_t* u = u0;
    const bool last = tile + tile_step >= n_tiles;
    for (int unit = 0; unit < layout.units_per_tile; unit += 2 * kUnits, u += 2 * kUnits * kUnitBytes) {
      stream.load(odd);
      multiply(even, c, u);
      if (!last || unit + 2 * kUnits < layout.units_per_tile) stream.load(even);
      multiply(odd, c, u + kUnits * kUnitBytes);
    }
    store_tile(a, tile, c);
  }
}

int tokens_bytes(int n_tokens, const Layout& layout) {
  return round_up(n_tokens * layout.x_stride, 128);
}

template <Format kFormat, int kUnits, int kSlots>
cudaError_t run_slots(const MatmulDecodeArgs& a, const MatmulPlan& plan, Layout layout, cudaStream_t stream) {
  constexpr int kRingBytes = kSlots * kUnits * Unit<kFormat>::kBytes;  // of a warp
  const int n_tiles = a.w.rows_padded() / kTile, u_bytes = tokens_bytes(a.n_tokens, layout);
  const int n_blocks = std::min(plan.n_blocks, n_tiles);
  const int warps_max = std::min(kUnits > 1 ? kWarpsFew : kWarpsMax, (plan.shared_bytes - u_bytes) / kRingBytes);
  if (warps_max < 1) return cudaErrorInvalidConfiguration;
  const int rounds = (n_tiles + n_blocks * warps_max - 1) / (n_blocks * warps_max);
  layout.n_warps = (n_tiles + n_blocks * rounds - 1) / (n_blocks * rounds);
  const int least = kUnits > 1 ? std::min(kSharedFew, plan.shared_bytes) : 0;
  const size_t bytes = std::max(u_bytes + layout.n_warps * kRingBytes, least);
  const int n_threads = 32 * (kUnits > 1 ? kWarpsFew : kWarpsMax);
  return launch({dim3(n_blocks), dim3(n_threads), bytes, stream, plan.overlap}, matmul_stream<kFormat, kUnits, kSlots>, a,
                layout);
}

template <Format kFormat>
cudaError_t run(MatmulDecodeArgs a, const MatmulPlan& plan, cudaStream_t stream) {
  Layout layout = {};
  layout.units_per_tile = a.w.cols_padded() / Unit<kFormat>::kColumns;
  layout.x_stride = a.w.cols_padded() * 2 + 64;  // 64 more: two neighbouring tokens on different banks
  // Few warps need long slots to keep the memory busy, many warps have no room for them.
  const bool few = a.w.rows_padded() / kTile <= plan.n_blocks * kWarpsFew && layout.units_per_tile % 8 == 0;
  int n_tokens = a.n_tokens;  // of one pass: two thirds of the shared memory at most
  while (n_tokens > 1 && tokens_bytes(n_tokens, layout) > plan.shared_bytes / 3 * 2) n_tokens = (n_tokens + 1) / 2;
  const int n_all = a.n_tokens, y_bytes = a.output == Output::bf16 ? 2 : 4, x_bytes = a.input == Input::rms_norm ? 4 : 2;
  for (int t = 0; t < n_all; t += n_tokens) {
    a.n_tokens = std::min(n_tokens, n_all - t);
    const cudaError_t error =
        few ? run_slots<kFormat, 4, 4>(a, plan, layout, stream) : run_slots<kFormat, 1, 5>(a, plan, layout, stream);
    if (error != cudaSuccess) return error;
    a.x = static_cast<const uint8_t*>(a.x) + n_tokens * a.x_stride * x_bytes;
    a.y = static_cast<uint8_t*>(a.y) + n_tokens * a.y_stride * y_bytes;
    if (a.z != nullptr) a.z += n_tokens * a.z_stride;
    a.position += n_tokens;
  }
  return cudaSuccess;
}

template <Format kFormat>
cudaError_t prepare(int n_bytes) {
  const cudaError_t error =
      cudaFuncSetAttribute(matmul_stream<kFormat, 1, 5>, cudaFuncAttributeMaxDynamicSharedMemorySize, n_bytes);
  if (error != cudaSuccess) return error;
  return cudaFuncSetAttribute(matmul_stream<kFormat, 4, 4>, cudaFuncAttributeMaxDynamicSharedMemorySize, n_bytes);
}

}  // namespace

size_t Weights::n_bytes() const {
  const size_t n = size_t(rows_padded()) * cols_padded();
  if (format == Format::bf16) return n * 2;
  const size_t scales = n / kGroup * 2;
  return (format == Format::int8 ? n : n / 2) + scales;
}

cudaError_t matmul_decode(const MatmulDecodeArgs& args, const MatmulPlan& plan, cudaStream_t stream) {
  if (args.n_tokens < 1 || args.n_tokens > kRowsMax || args.w.n_cols % 8 != 0) return cudaErrorInvalidValue;
  switch (args.w.format) {
    case Format::bf16:
      return run<Format::bf16>(args, plan, stream);
    case Format::int8:
      return run<Format::int8>(args, plan, stream);
    case Format::int4:
      return run<Format::int4>(args, plan, stream);
  }
  return cudaErrorInvalidValue;
}

cudaError_t matmul_decode_prepare(MatmulPlan& plan) {
  int device = 0, limit = 0, major = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&limit, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  cudaDeviceGetAttribute(&plan.n_blocks, cudaDevAttrMultiProcessorCount, device);
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  limit -= 1024;  // the static part
  plan.shared_bytes = limit;
  plan.overlap = major >= 9;
  cudaError_t error = prepare<Format::bf16>(limit);
  if (error == cudaSuccess) error = prepare<Format::int8>(limit);
  if (error == cudaSuccess) error = prepare<Format::int4>(limit);
  return error;
}

}  // namespace sw::cuda
