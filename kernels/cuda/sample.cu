// id = argmax over v of logits[v] / temperature + gumbel(seed, position, v), which draws from softmax(logits / temperature);
// the largest logit at temperature 0. The lowest id among equals.
// Source: the Gumbel-max trick. The noise is a counter-based hash, so a draw depends on seed, position and logits alone.
// Grid:   one block: 128 KiB of logits at a vocabulary of 32,768, from L2.
#include <cmath>

#include "cuda/common.cuh"
#include "cuda/ops.h"

namespace sw::cuda {
namespace {

constexpr int kThreads = 1024;

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

__global__ void __launch_bounds__(kThreads) draw(SampleArgs a) {
  __shared__ Best bests[kThreads / 32];
  previous_done();
  allow_next();
  const float temperature = *a.temperature;
  const uint64_t seed = *a.seed;
  const long long position = a.control->position;
  Best best = {-INFINITY, 0x7fffffff};
#pragma unroll 8
  for (int v = threadIdx.x; v < a.vocab_size; v += kThreads) {
    float value = a.logits[v];
    if (temperature > 0) value = value / temperature - logf(-logf(uniform(seed, position, v)));
    best = better(best, {value, v});
  }
  best = warp_best(best);
  if (threadIdx.x % 32 == 0) bests[threadIdx.x / 32] = best;
  __syncthreads();
  if (threadIdx.x >= 32) return;
  best = warp_best(bests[threadIdx.x]);
  if (threadIdx.x == 0) {
    const int id = best.id < a.vocab_size ? best.id : 0;  // all NaN
    a.ids[a.control->n_drawn] = id;
    *a.control = {position + 1, id, a.control->n_drawn + 1};
  }
}

}  // namespace

cudaError_t sample(const SampleArgs& args, bool overlap, cudaStream_t stream) {
  return launch({dim3(1), dim3(kThreads), 0, stream, overlap}, draw, args);
}

}  // namespace sw::cuda
