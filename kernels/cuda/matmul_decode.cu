// y[t, r] = sum over k of w[r, k] u[t, k]   (+ y[t, r] before), for 1 to 16 tokens; u = x, or a norm of x
//
// Every sum runs over k upwards in matrix instructions of 16 columns with one float32 accumulator; where n_parts says so, for each
// part of k by itself. That is what cuBLASLt does without split-K (gemm.cc checks it), so a token's result is the same bytes
// here and in a prefill of thousands. The norm's weights wait in shared memory, where they fit beside the rings.
//
// Source: the projections W_in, W_out and W_head; oracle: kernels/cpu/ref/matmul.cc.
// Grid:   one block for a multiprocessor; one warp for a band of 8 or 16 rows and a part of k. The weights are the instruction's A
//         operand (16 rows), the tokens its B operand (8 columns): 8 tokens cost what one costs, and 16 the same expanded weights twice.
// Bytes:  the weights, once. Each warp streams through a ring of its own in shared memory, whose first copies start before
//         the previous kernel has ended; the norm is computed by every block while they fly.
#include <algorithm>

#include "cuda/gated_norm.cuh"
#include "cuda/matmul_units.cuh"
#include "cuda/ops.h"
#include "cuda/rms_norm.cuh"

namespace sw::cuda {
namespace {

// How a product is laid over a block's warps. Few: every band and part of k has a warp of its own. kEights: times eight tokens; with
// two, a lane has twice the operands and nothing else is to fit beside the block.
//
// One multiprocessor must never hold two blocks of one product, which leave another idle (tried: 195 tok/s instead of 230): Many
// claims more than half of the registers, Few more than half of the shared memory. A block of the SSD must fit beside either, so that
// it has read its state when the projection is done. A quarter of a multiprocessor has 512 registers a lane: three warps of
// 104 and two of the SSD's 96 fill it.
//
// Slots: what more of them read ahead is taken from the product that runs, and where they are few, a block of the next product
// fits beside it. docs/cuda.md has what each number gives.
template <Format kFormat, int kE>
struct Many {
  static constexpr int kSlots = kFormat == Format::int4 ? 3 : kFormat == Format::int8 ? 6 : 5;
  static constexpr int kEights = kE, kWarps = 10, kTiles = 2, kRegisters = kE == 1 ? 104 : 192, kSharedLeast = 0;
};
template <Format kFormat, int kE>
struct Few {
  static constexpr bool kDense = kFormat == Format::bf16;  // all of k for a warp: the shorter its rows, the more warps
  static constexpr int kSlots = kDense ? 24 : kFormat == Format::int8 ? 5 : 2;
  static constexpr int kEights = kE, kWarps = 8, kTiles = kDense ? 1 : 2;
  static constexpr int kRegisters = kE == 1 ? 96 : 192, kSharedLeast = 116 << 10;
};
static_assert(Few<Format::bf16, 1>::kWarps * 32 >= kNormThreads);

struct Layout {
  int n_warps;         // that multiply one part of k; those of the next part follow them
  int n_parts;         // of k
  int units_per_part;  // units of one tile's rows
  int x_stride;        // bytes of one token in shared memory
  int norm_bytes;      // of the norm's weights there; 0: they are read where they lie
};

// Where columns k to k + 3 (k a multiple of 4) of a token lie in shared memory: a lane's four words of two B operands side by
// side.
template <class Weight>
__device__ void store_operand(uint8_t* row, int k, uint2 v) {
  const int w = k % 16 / 2;
  uint8_t* at = row + k / 32 * 64 + w % 4 * 16 + k % 32 / 16 * 8 + w / 4 * 4;
  *reinterpret_cast<uint32_t*>(at) = Weight::token(v.x);
  *reinterpret_cast<uint32_t*>(at + 16) = Weight::token(v.y);
}

__device__ bf16* log_row(const MatmulDecodeArgs& a, int t) {
  if (a.log == nullptr || blockIdx.x != 0) return nullptr;
  const long long position = a.control != nullptr ? a.control->position : a.position;
  return a.log + size_t((position + t) % a.log_len) * a.w.n_cols;
}

template <class Weight>
__device__ void load_rows(const MatmulDecodeArgs& a, int x_stride, uint8_t* u) {
  for (int k = threadIdx.x * 8; k < a.w.cols_padded(); k += blockDim.x * 8) {
    const bf16* x = static_cast<const bf16*>(a.x) + k;
#pragma unroll 8
    for (int t = 0; t < a.n_tokens; ++t) {
      const uint4 v = k < a.w.n_cols ? *reinterpret_cast<const uint4*>(x + t * a.x_stride) : uint4{0, 0, 0, 0};
      store_operand<Weight>(u + t * x_stride, k, {v.x, v.y});
      store_operand<Weight>(u + t * x_stride, k + 4, {v.z, v.w});
    }
  }
}

template <class Weight>
__device__ void load_rms_norm(const MatmulDecodeArgs& a, const float* weight, int x_stride, uint8_t* u) {
  __shared__ float partial[kRowsMax][kNormThreads / 32];
  const bool norms = threadIdx.x < kNormThreads;
  for (int t = 0; t < a.n_tokens; ++t) {
    const float* x = static_cast<const float*>(a.x) + t * a.x_stride;
    const RmsRow row(x, norms ? a.w.n_cols : 0);
    const float squares = row.squares();
    if (norms && threadIdx.x % 32 == 0) partial[t][threadIdx.x / 32] = squares;
    __syncthreads();
    bf16* log = log_row(a, t);
    if (!norms) continue;
    row.apply(weight, rms_scale(partial[t], a.w.n_cols, a.eps), a.w.cols_padded(), [&](int k, uint2 v) {
      store_operand<Weight>(u + t * x_stride, k, v);
      if (log != nullptr && k < a.w.n_cols) *reinterpret_cast<uint2*>(log + k) = v;
    });
  }
}

template <class Weight>
__device__ void load_group_norm(const MatmulDecodeArgs& a, const float* weight, int x_stride, uint8_t* u) {
  const int n = a.w.n_cols / a.n_groups;
  for (int item = threadIdx.x / 32; item < a.n_tokens * a.n_groups; item += blockDim.x / 32) {
    const int t = item / a.n_groups, first = item % a.n_groups * n;
    const float* x = static_cast<const float*>(a.x) + t * a.x_stride + first;
    const auto load = [&](int i, float(&m)[8]) { load8(x + i, m); };
    gated_norm_group(weight + first, n, a.eps, load, [&](int i, uint4 v) {
      store_operand<Weight>(u + t * x_stride, first + i, {v.x, v.y});
      store_operand<Weight>(u + t * x_stride, first + i + 4, {v.z, v.w});
    });
  }
  for (int t = 0; t < a.n_tokens; ++t) {
    for (int k = a.w.n_cols + threadIdx.x * 4; k < a.w.cols_padded(); k += blockDim.x * 4) {
      store_operand<Weight>(u + t * x_stride, k, {0, 0});
    }
  }
}

template <class Weight>
__device__ void load_input(const MatmulDecodeArgs& a, const float* weight, int x_stride, uint8_t* u) {
  if (a.input == Input::rows) load_rows<Weight>(a, x_stride, u);
  if (a.input == Input::rms_norm) load_rms_norm<Weight>(a, weight, x_stride, u);
  if (a.input == Input::group_norm) load_group_norm<Weight>(a, weight, x_stride, u);
}

// Starts the copies of the norm's weights, as one group, or asks for them to be near.
__device__ void fetch_norm(const MatmulDecodeArgs& a, bool here, uint8_t* to) {
  if (here) {
    for (int k = threadIdx.x * 4; k < a.w.n_cols; k += blockDim.x * 4) copy_async16(shared_address(to) + k * 4, a.norm_weight + k);
  } else if (a.input != Input::rows) {
    for (int k = threadIdx.x * 32; k < a.w.n_cols; k += blockDim.x * 32) prefetch(a.norm_weight + k);
  }
  copy_commit();
}

// What a lane (g, q) holds of a band's results: row g of each tile for tokens 2 q and 2 q + 1 of every eight.
template <int kTiles, int kEights>
struct Results {
  int row, t;
  float before[kEights][kTiles * 2] = {};  // of y, asked for when the band begins

  __device__ Results(const MatmulDecodeArgs& a, int first_row)
      : row(first_row + threadIdx.x % 32 / 4), t(threadIdx.x % 4 * 2) {
    for (int e = 0; e < kEights; ++e) {
      for (int i = 0; i < kTiles * 2; ++i) {
        if (a.output == Output::add && valid(a, e, i)) before[e][i] = static_cast<const float*>(a.y)[place(a, e, i)];
      }
    }
  }
  __device__ bool valid(const MatmulDecodeArgs& a, int e, int i) const {
    return t + e * 8 + i % 2 < a.n_tokens && row + i / 2 * kTile < a.w.n_rows;
  }
  __device__ size_t place(const MatmulDecodeArgs& a, int e, int i) const {
    return (t + e * 8 + i % 2) * a.y_stride + row + i / 2 * kTile;
  }

  __device__ void add(int e, float4 sums) {
    const float part[4] = {sums.x, sums.y, sums.z, sums.w};
    for (int i = 0; i < kTiles * 2; ++i) before[e][i] += part[i];
  }
  __device__ void store(const MatmulDecodeArgs& a, int e, const float (&sums)[4]) const {
    for (int i = 0; i < kTiles * 2; ++i) {
      if (!valid(a, e, i)) continue;
      if (a.output == Output::bf16) static_cast<bf16*>(a.y)[place(a, e, i)] = __float2bfloat16_rn(sums[i]);
      if (a.output == Output::f32) static_cast<float*>(a.y)[place(a, e, i)] = sums[i];
      if (a.output == Output::add) static_cast<float*>(a.y)[place(a, e, i)] = before[e][i];
    }
  }
};

// Waits for all warps that multiply.
__device__ void multiply_barrier(const Layout& layout) {
  asm volatile("bar.sync 1, %0;" ::"r"(layout.n_parts * layout.n_warps * 32) : "memory");
}

// The first part's warp adds what the others leave for it, and stores.
template <int kTiles, int kEights>
__device__ void finish_band(const MatmulDecodeArgs& a, const Layout& layout, int part, float4* others,
                            Results<kTiles, kEights>& results, const float (&c)[kEights][4]) {
  const int step = layout.n_warps * 32;  // from one part's to the next's
  const auto mine = [&](int e) { return float4{c[e][0], c[e][1], c[e][2], c[e][3]}; };
  if (layout.n_parts > 1) {
    for (int e = 0; e < kEights && part > 0; ++e) others[((part - 1) * kEights + e) * step] = mine(e);
    multiply_barrier(layout);
  }
  for (int e = 0; e < kEights && part == 0; ++e) {
    results.add(e, mine(e));
    for (int i = 0; i + 1 < layout.n_parts; ++i) results.add(e, others[(i * kEights + e) * step]);
    results.store(a, e, c[e]);
  }
  if (layout.n_parts > 1) multiply_barrier(layout);  // before the next band's
}

// A warp's share of the weights: its bands one after the other, each slot by slot. A slot is a unit of each tile; a ring has kSlots.
template <Format kFormat, class Plan>
class Stream {
 public:
  static constexpr int kSlots = Plan::kSlots, kTiles = Plan::kTiles;
  using Weight = Unit<kFormat>;
  static constexpr int kSlotBytes = kTiles / Weight::kTiles * Weight::kBytes;
  static constexpr int kStep = kFormat == Format::bf16 ? 128 : Weight::kBytes;  // from a unit to the next one of its rows

  // Of n_bands bands of kTiles tiles.
  __device__ Stream(const MatmulDecodeArgs& a, const Layout& layout, uint32_t ring, int part, int first, int step,
                    int n_bands)
      : ring_(ring), slots_per_band_(layout.units_per_part), n_left_(n_bands * slots_per_band_) {
    const int lane = threadIdx.x % 32;
    const uint8_t* w = static_cast<const uint8_t*>(a.w.data);
    const size_t part_bytes = size_t(layout.units_per_part) * kStep;
    unit_row_bytes_ = a.w.cols_padded() / Weight::kColumns * Weight::kBytes;
    constexpr int kUnits = kTiles / Weight::kTiles;  // of a band, one below the other
    from_ = w + size_t(first) * kUnits * unit_row_bytes_ + part * part_bytes;
    if (kFormat == Format::bf16) {
      const uint32_t row_bytes = unit_row_bytes_ / kTile;
      from_ += lane / 8 * row_bytes + lane % 8 * 16;
      half_ = 4 * row_bytes;
    } else {
      from_ += lane * 16;
    }
    band_jump_ = size_t(step) * kUnits * unit_row_bytes_ - part_bytes;
  }

  // Starts the next slot's copies, into the place `to`, as one group, empty at the end, so that groups count slots.
  __device__ void fetch(uint32_t to) {
    if (n_left_ > 0) {
      copy_slot(to);
      from_ += kStep;
      --n_left_;
      if (++put_in_band_ == slots_per_band_) {
        put_in_band_ = 0;
        from_ += band_jump_;
      }
    }
    copy_commit();
  }

  // Waits for the slot behind `slot`, which leaves kSlots - 1 in flight, and gives its place.
  __device__ uint32_t next(uint32_t slot) const {
    copy_wait<kSlots - 1>();
    __syncwarp();  // every lane's copies have landed
    return slot == ring_ + (kSlots - 1) * kSlotBytes ? ring_ : slot + kSlotBytes;
  }

 private:
  __device__ void copy_slot(uint32_t to) const {
    const int lane = threadIdx.x % 32;
    if constexpr (kFormat == Format::bf16) {
#pragma unroll
      for (int j = 0; j < kTiles; ++j) {
        const uint8_t* tile = from_ + j * unit_row_bytes_;
        copy_async16(chunk_address(to + j * Weight::kBytes, lane / 8, lane % 8), tile);
        copy_async16(chunk_address(to + j * Weight::kBytes, lane / 8 + 4, lane % 8), tile + half_);
      }
    } else {
      constexpr int kWhole = kSlotBytes / 512;  // copies by all lanes
#pragma unroll
      for (int i = 0; i < kWhole; ++i) copy_async16(to + lane * 16 + i * 512, from_ + i * 512);
      if (lane < kSlotBytes % 512 / 16) copy_async16(to + lane * 16 + kWhole * 512, from_ + kWhole * 512);
    }
  }

  uint32_t ring_;
  int slots_per_band_;
  int n_left_;  // slots to fetch
  const uint8_t* from_;
  uint32_t half_ = 0;        // bytes of four rows of bf16
  uint32_t unit_row_bytes_;  // of a row of units
  size_t band_jump_;
  int put_in_band_ = 0;
};

// A band is the rows of one warp: kTiles tiles.
template <Format kFormat, class Plan>
__global__ void __maxnreg__(Plan::kRegisters) matmul_stream(MatmulDecodeArgs a, Layout layout) {
  extern __shared__ __align__(128) uint8_t shared[];
  using Ring = Stream<kFormat, Plan>;
  constexpr int kSlots = Ring::kSlots, kTiles = Plan::kTiles, kEights = Plan::kEights;
  using Half = HalfUnit<kFormat, kTiles, kEights>;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int band_warp = warp % layout.n_warps, part = warp / layout.n_warps;
  const int n_bands = a.w.rows_padded() / (kTile * kTiles);
  const int norm_at = (a.n_tokens * layout.x_stride + 127) / 128 * 128, u_bytes = norm_at + layout.norm_bytes;
  const int first = blockIdx.x + gridDim.x * band_warp, step = gridDim.x * layout.n_warps;
  const bool works = part < layout.n_parts && first < n_bands;
  const int my_bands = works ? (n_bands - first + step - 1) / step : 0;
  const uint32_t ring = shared_address(shared) + u_bytes + warp * kSlots * Ring::kSlotBytes;
  const int rings_bytes = layout.n_parts * layout.n_warps * kSlots * Ring::kSlotBytes;
  // What the other parts leave for the first.
  float4* others = reinterpret_cast<float4*>(shared + u_bytes + rings_bytes) + band_warp * 32 + lane;
  Ring stream(a, layout, ring, part, first, step, my_bands);

  // Weights never change: no need to wait for the previous kernel.
  const bool norm_here = layout.norm_bytes > 0;
  fetch_norm(a, norm_here, shared + norm_at);
  for (int i = 0; i < kSlots; ++i) stream.fetch(ring + i * Ring::kSlotBytes);
  previous_done();
  allow_next();
  copy_wait<kSlots>();
  __syncthreads();  // the norm's weights are there
  load_input<Unit<kFormat>>(a, norm_here ? reinterpret_cast<const float*>(shared + norm_at) : a.norm_weight, layout.x_stride, shared);
  __syncthreads();
  if (part >= layout.n_parts) return;

  // The lanes of tokens that are not there multiply the first one again: no other column of the result sees it.
  constexpr int kUnitBytes = Half::kColumns * 4;  // of a token
  uint32_t u0[kEights], u[kEights];
  for (int e = 0; e < kEights; ++e) {
    const int t = e * 8 + lane / 4;
    u0[e] = shared_address(shared) + (t < a.n_tokens ? t * layout.x_stride : 0) + lane % 4 * 16 +
            part * layout.units_per_part * kUnitBytes;
    u[e] = u0[e];
  }
  // One half is multiplied from registers while the next is loaded into others. With the second half loaded, the unit's place in
  // the ring is free.
  Half left, right;
  uint32_t slot = ring + (kSlots - 1) * Ring::kSlotBytes;  // the one before the first
  const auto multiply_band = [&](float(&c)[kEights][4], bool last) {
    for (int unit = 1; unit <= layout.units_per_part; ++unit) {
      right.load(slot, 1, u);
      __syncwarp();
      stream.fetch(slot);
      left.multiply(c);
      for (int e = 0; e < kEights; ++e) u[e] = unit < layout.units_per_part ? u[e] + kUnitBytes : u0[e];
      if (!last || unit < layout.units_per_part) {
        slot = stream.next(slot);
        left.load(slot, 0, u);
      }
      right.multiply(c);
    }
  };
  if (my_bands > 0) {
    slot = stream.next(slot);
    left.load(slot, 0, u0);
  }
  // As often in every warp, for the barriers.
  for (int band = first; band - first < n_bands - int(blockIdx.x); band += step) {
    float c[kEights][4] = {};
    Results<kTiles, kEights> results(a, band * kTile * kTiles);
    if (band < n_bands) multiply_band(c, band + step >= n_bands);
    finish_band(a, layout, part, others, results, c);
  }
}

int tokens_bytes(int n_tokens, const Layout& layout) {
  return round_up(n_tokens * layout.x_stride, 128);
}

// Of one warp: its ring, and its sums where k is cut.
template <Format kFormat, class Plan>
constexpr int warp_bytes(int n_parts) {
  const int sums = n_parts > 1 ? Plan::kEights * 32 * int(sizeof(float4)) : 0;
  return Stream<kFormat, Plan>::kSlots * Stream<kFormat, Plan>::kSlotBytes + sums;
}

template <Format kFormat, class Plan>
cudaError_t run_plan(const MatmulDecodeArgs& a, const MatmulPlan& plan, Layout layout, cudaStream_t stream) {
  const int each = warp_bytes<kFormat, Plan>(layout.n_parts);
  const int n_bands = a.w.rows_padded() / (kTile * Plan::kTiles), u_bytes = tokens_bytes(a.n_tokens, layout);
  const int n_blocks = std::min(plan.n_blocks, n_bands);
  const int warps_max = std::min(Plan::kWarps, (plan.shared_bytes - u_bytes) / each) / layout.n_parts;
  if (warps_max < 1) return cudaErrorInvalidConfiguration;
  const int rounds = (n_bands + n_blocks * warps_max - 1) / (n_blocks * warps_max);
  layout.n_warps = (n_bands + n_blocks * rounds - 1) / (n_blocks * rounds);
  const int n_warps = layout.n_parts * layout.n_warps, least = std::min(Plan::kSharedLeast, plan.shared_bytes);
  const int norm_bytes = a.input == Input::rows ? 0 : round_up(a.w.n_cols * int(sizeof(float)), 128);
  if (u_bytes + norm_bytes + n_warps * each <= plan.shared_bytes) layout.norm_bytes = norm_bytes;
  const size_t bytes = std::max(u_bytes + layout.norm_bytes + n_warps * each, least);
  const LaunchShape shape = {dim3(n_blocks), dim3(32 * Plan::kWarps), bytes, stream, plan.overlap};
  return launch(shape, matmul_stream<kFormat, Plan>, a, layout);
}

template <Format kFormat, int kEights>
cudaError_t run_pass(const MatmulDecodeArgs& a, const MatmulPlan& plan, const Layout& layout, bool few, cudaStream_t stream) {
  return few ? run_plan<kFormat, Few<kFormat, kEights>>(a, plan, layout, stream)
             : run_plan<kFormat, Many<kFormat, kEights>>(a, plan, layout, stream);
}

template <Format kFormat>
cudaError_t run(MatmulDecodeArgs a, const MatmulPlan& plan, cudaStream_t stream) {
  Layout layout = {};
  layout.n_parts = a.n_parts;
  layout.units_per_part = a.w.cols_padded() / Unit<kFormat>::kColumns / layout.n_parts;
  layout.x_stride = a.w.cols_padded() * 2 + 64;  // 64 more: two neighbouring tokens on different banks
  const int n_bands = a.w.rows_padded() / (kTile * Few<kFormat, 1>::kTiles);
  const bool few = n_bands * layout.n_parts <= plan.n_blocks * Few<kFormat, 1>::kWarps;
  // Of one pass: two thirds of the shared memory at most, and what leaves room for a warp of every part.
  const int each = few ? warp_bytes<kFormat, Few<kFormat, 2>>(a.n_parts) : warp_bytes<kFormat, Many<kFormat, 2>>(a.n_parts);
  const int u_bytes_max = std::min(plan.shared_bytes / 3 * 2, plan.shared_bytes - a.n_parts * each);
  int n_tokens = a.n_tokens;
  while (n_tokens > 1 && tokens_bytes(n_tokens, layout) > u_bytes_max) n_tokens = (n_tokens + 1) / 2;
  const int n_all = a.n_tokens, y_bytes = a.output == Output::bf16 ? 2 : 4, x_bytes = a.input == Input::rows ? 2 : 4;
  for (int t = 0; t < n_all; t += n_tokens) {
    a.n_tokens = std::min(n_tokens, n_all - t);
    const cudaError_t error = a.n_tokens > 8 ? run_pass<kFormat, 2>(a, plan, layout, few, stream)
                                             : run_pass<kFormat, 1>(a, plan, layout, few, stream);
    if (error != cudaSuccess) return error;
    a.x = static_cast<const uint8_t*>(a.x) + n_tokens * a.x_stride * x_bytes;
    a.y = static_cast<uint8_t*>(a.y) + n_tokens * a.y_stride * y_bytes;
    a.position += n_tokens;
  }
  return cudaSuccess;
}

template <class Kernel>
cudaError_t allow_shared(Kernel* kernel, int n_bytes) {
  return cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, n_bytes);
}

template <Format kFormat>
cudaError_t prepare(int n_bytes) {
  for (const cudaError_t error : {allow_shared(matmul_stream<kFormat, Few<kFormat, 1>>, n_bytes),
                                  allow_shared(matmul_stream<kFormat, Many<kFormat, 1>>, n_bytes),
                                  allow_shared(matmul_stream<kFormat, Few<kFormat, 2>>, n_bytes),
                                  allow_shared(matmul_stream<kFormat, Many<kFormat, 2>>, n_bytes)}) {
    if (error != cudaSuccess) return error;
  }
  return cudaSuccess;
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
