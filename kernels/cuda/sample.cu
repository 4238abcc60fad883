// id = argmax over v of logits[v] / temperature + gumbel(seed, position, v), which draws from softmax(logits / temperature);
// the largest logit at temperature 0. The lowest id among equals.
// Source: the Gumbel-max trick. The noise is a counter-based hash, so a draw depends on seed, position and logits alone.
// Grid:   kDrawBlocks blocks for a row, each with a stretch of the vocabulary; the last one to finish takes the best of theirs.
#include <cmath>

#include "cuda/common.cuh"
#include "cuda/ops.h"

namespace sw::cuda {
namespace {

constexpr int kThreads = 256;

// Uniform in (0, 1): two rounds of a 64-bit finaliser over seed, position and id.
__device__ float uniform(uint64_t seed, uint64_t position, uint64_t id) {
  uint64_t h = seed ^ (position * 0x9e3779b97f4a7c15ull);
  for (int i = 0; i < 2; ++i) {
    h ^= h >> 30;
    h *= 0xbf58476d1ce4e5b9ull;
    h ^= h >> 27;
    h *= 0x94d049bb133111ebull;
    h ^= h >> 31;
    h += id * 0xd1342543de82ef95ull;
  }
  h ^= h >> 29;
  return (float(h >> 40) + 0.5f) * (1.0f / 16777216.0f);
}

struct Best {
  float value;
  int id;
};

__device__ Best better(Best a, Best b) {
  if (b.value > a.value || (b.value == a.value && b.id < a.id)) return b;
  return a;
}

__device__ Best warp_best(Best best) {
  for (int i = 16; i > 0; i /= 2) {
    best = better(best, {__shfl_xor_sync(~0u, best.value, i), __shfl_xor_sync(~0u, best.id, i)});
  }
  return best;
}

// The block's best, in the lanes of warp 0.
__device__ Best block_best(Best best) {
  __shared__ Best bests[kThreads / 32];
  best = warp_best(best);
  if (threadIdx.x % 32 == 0) bests[threadIdx.x / 32] = best;
  __syncthreads();
  return warp_best(bests[threadIdx.x % (kThreads / 32)]);
}

__device__ Best draw_from(const SampleArgs& a, int row, int begin, int end) {
  const float temperature = a.temperature[row];
  const uint64_t seed = a.seed[row];
  const long long position = a.control[row].position;
  const float* logits = a.logits + row * a.logits_stride;
  Best best = {-INFINITY, 0x7fffffff};
#pragma unroll 4
  for (int v = begin + threadIdx.x; v < end; v += kThreads) {
    float value = logits[v];
    if (temperature > 0) value = value / temperature - logf(-logf(uniform(seed, position, v)));
    best = better(best, {value, v});
  }
  return block_best(best);
}

__global__ void __launch_bounds__(kThreads) draw(SampleArgs a) {
  previous_done();
  allow_next();
  const int row = blockIdx.y, n = (a.vocab_size + kDrawBlocks - 1) / kDrawBlocks, begin = blockIdx.x * n;
  const Best best = draw_from(a, row, begin, min(begin + n, a.vocab_size));
  uint64_t* bests = a.bests + row * kDrawBlocks;
  if (threadIdx.x >= 32) return;
  unsigned n_before = 0;
  if (threadIdx.x == 0) {
    bests[blockIdx.x] = uint64_t(__float_as_uint(best.value)) << 32 | unsigned(best.id);
    __threadfence();
    n_before = atomicAdd(a.n_blocks_done + row, 1);
    __threadfence();
  }
  if (__shfl_sync(~0u, n_before, 0) + 1 < kDrawBlocks) return;
  const uint64_t other = __ldcg(reinterpret_cast<const unsigned long long*>(bests) + threadIdx.x);
  const Best last = warp_best({__uint_as_float(unsigned(other >> 32)), int(other)});
  if (threadIdx.x != 0) return;
  const int id = last.id < a.vocab_size ? last.id : 0;  // all NaN
  StepControl& control = a.control[row];
  a.n_blocks_done[row] = 0;
  a.ids[row + control.n_drawn] = id;
  control = {control.position + 1, id, control.n_drawn + 1};
}

}  // namespace

cudaError_t sample(const SampleArgs& args, bool overlap, cudaStream_t stream) {
  return launch({dim3(kDrawBlocks, args.n), dim3(kThreads), 0, stream, overlap}, draw, args);
}

}  // namespace sw::cuda
