// Draws tokens by the law of draw.h.
//   top = max over v of logits[v];   mass = sum over v of mass_of(logits[v] - top), in whole numbers: in any order the same
//   id  = argmax over v of (logits[v] - top) / temperature + gumbel(seed, position, v); the largest logit at temperature 0
// Source: draw.h; oracle: lib/complete/sampler.cc.
// Grid:   kDrawBlocks blocks for a row, each with a stretch of the vocabulary, twice: for the largest, then for the rest. The last one
//         to finish takes the best of theirs.
#include <cmath>

#include "cuda/common.cuh"
#include "cuda/ops.h"

namespace sw::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kNoId = 0x7fffffff;

struct Best {
  float value;
  int id;
};

__device__ Best better(Best a, Best b) {
  if (b.value > a.value || (b.value == a.value && b.id < a.id)) return b;
  return a;
}

__device__ uint64_t packed(Best best) {
  return uint64_t(__float_as_uint(best.value)) << 32 | unsigned(best.id);
}
__device__ Best unpacked(uint64_t bits) {
  return {__uint_as_float(unsigned(bits >> 32)), int(unsigned(bits))};
}

// Past the first-level cache: other blocks wrote it.
__device__ uint64_t load(const uint64_t& from) {
  return __ldcg(reinterpret_cast<const unsigned long long*>(&from));
}

__device__ Best warp_best(Best best) {
  for (int i = 16; i > 0; i /= 2) {
    best = better(best, {__shfl_xor_sync(~0u, best.value, i), __shfl_xor_sync(~0u, best.id, i)});
  }
  return best;
}

__device__ uint64_t warp_total(uint64_t v) {
  for (int i = 16; i > 0; i /= 2) v += __shfl_xor_sync(~0u, static_cast<unsigned long long>(v), i);
  return v;
}

// The block's, in the lanes of warp 0.
__device__ Best block_best(Best best) {
  __shared__ Best bests[kWarps];
  best = warp_best(best);
  if (threadIdx.x % 32 == 0) bests[threadIdx.x / 32] = best;
  __syncthreads();
  return warp_best(bests[threadIdx.x % kWarps]);
}
__device__ uint64_t block_total(uint64_t v) {
  __shared__ uint64_t totals[kWarps];
  v = warp_total(v);
  if (threadIdx.x % 32 == 0) totals[threadIdx.x / 32] = v;
  __syncthreads();
  return warp_total(threadIdx.x < kWarps ? totals[threadIdx.x] : 0);
}

// The tokens of this block.
struct Stretch {
  int begin, end;
};
__device__ Stretch stretch(int n_ids) {
  const int n = (n_ids + kDrawBlocks - 1) / kDrawBlocks, begin = blockIdx.x * n;
  return {begin, min(begin + n, n_ids)};
}

__global__ void __launch_bounds__(kThreads) find_top(SampleArgs a) {
  previous_done();
  allow_next();
  const int row = blockIdx.y;
  const float* logits = a.logits + row * a.logits_stride;
  const auto [begin, end] = stretch(a.laws[row].n_ids);
  Best top = {-INFINITY, kNoId};
#pragma unroll 4
  for (int v = begin + threadIdx.x; v < end; v += kThreads) top = better(top, {logits[v], v});
  top = block_best(top);
  if (threadIdx.x == 0) a.parts[row * kDrawBlocks + blockIdx.x].top = packed(top);
}

__device__ float top_of(const DrawPart* parts) {
  __shared__ float top;
  if (threadIdx.x < 32) {
    const Best best = warp_best(unpacked(load(parts[threadIdx.x].top)));
    if (threadIdx.x == 0) top = best.value;
  }
  __syncthreads();
  return top;
}

// The last block's first warp: all parts together, and what follows from them.
__device__ void finish(const SampleArgs& a, int row, float top) {
  const DrawPart& part = a.parts[row * kDrawBlocks + threadIdx.x];
  const Best best = warp_best(unpacked(load(part.best)));
  const uint64_t mass = warp_total(load(part.mass));
  if (threadIdx.x != 0) return;
  const int id = best.id == kNoId ? 0 : best.id;  // all NaN
  StepControl& control = a.control[row];
  a.n_blocks_done[row] = 0;
  a.drawn[row + control.n_drawn] = {id, a.logits[row * a.logits_stride + id], top, mass};
  control = {control.position + 1, id, control.n_drawn + 1};
}

__global__ void __launch_bounds__(kThreads) draw_token(SampleArgs a) {
  previous_done();
  allow_next();
  const int row = blockIdx.y;
  const DrawLaw law = a.laws[row];
  const uint64_t key = draw::noise_key(law.seed, a.control[row].position + 1);
  const float* logits = a.logits + row * a.logits_stride;
  DrawPart* parts = a.parts + row * kDrawBlocks;
  const float top = top_of(parts);
  const auto [begin, end] = stretch(law.n_ids);
  Best best = {-INFINITY, kNoId};
  uint64_t mass = 0;
#pragma unroll 4
  for (int v = begin + threadIdx.x; v < end; v += kThreads) {
    const float below = draw::below_top(logits[v], top);
    mass += draw::mass_of(below);
    if (!(below >= law.below_min)) continue;
    best = better(best, {law.temperature > 0 ? draw::score_of(below, law.temperature, draw::noise_bits(key, v)) : below, v});
  }
  best = block_best(best);
  mass = block_total(mass);
  if (threadIdx.x >= 32) return;
  unsigned n_before = 0;
  if (threadIdx.x == 0) {
    parts[blockIdx.x].best = packed(best);
    parts[blockIdx.x].mass = mass;
    __threadfence();
    n_before = atomicAdd(a.n_blocks_done + row, 1);
    __threadfence();
  }
  if (__shfl_sync(~0u, n_before, 0) + 1 == kDrawBlocks) finish(a, row, top);
}

}  // namespace

cudaError_t sample(const SampleArgs& args, bool overlap, cudaStream_t stream) {
  const LaunchShape shape = {dim3(kDrawBlocks, args.n), dim3(kThreads), 0, stream, overlap};
  const cudaError_t error = launch(shape, find_top, args);
  return error != cudaSuccess ? error : launch(shape, draw_token, args);
}

}  // namespace sw::cuda
