// The state at `end` from the state at `begin` by the input log: convolution and state update, without outputs and products.
//   S' as in ssd_cell.cuh, cell by cell; a last cell that is not complete counts its missing rows as zeros.
// Also writes conv_state, the last d_conv - 1 inputs, where it is asked for.
// Grid:   one block for a head of a layer. B of a group is convolved again by each of its heads: arithmetic instead of traffic.
// Bytes:  4 * 2 * n_heads * head_dim * d_state for a layer, and its log rows.
#include "cuda/conv.cuh"
#include "cuda/ssd_cell.cuh"

namespace sw::cuda {
namespace {

constexpr int kThreads = kCellThreads;
constexpr int kStrip = 4;  // rows that one thread convolves
constexpr int kStrips = kChunkRows / kStrip;
constexpr int kSharedBytes = kTileX + kTileN;

struct Place {
  long long begin;  // of the cell
  int n_rows;       // that exist
};

// x and B of a cell after the convolution, into tiles.
__device__ void convolve(const ReplayLayer& layer, Place cell, int h, int b_column, uint32_t x, uint32_t b) {
  const int width = layer.mamba.width();
  for (int item = threadIdx.x; item < (kChunksX + kChunksN) * kStrips; item += kThreads) {
    const int chunk = item % (kChunksX + kChunksN), first = item / (kChunksX + kChunksN) * kStrip;
    const bool is_x = chunk < kChunksX;
    const int channel = is_x ? h * kHeadDim + chunk * 8 : b_column + (chunk - kChunksX) * 8;
    ConvStrip strip(layer.mamba, channel);
    for (int s = first - (kTaps - 1); s < first; ++s) {
      strip.push(s < cell.n_rows ? load8(log_row(layer.log, width, cell.begin + s), channel) : uint4{0, 0, 0, 0});
    }
    for (int s = first; s < first + kStrip; ++s) {
      uint4 v = {0, 0, 0, 0};
      if (s < cell.n_rows) {
        strip.push(load8(log_row(layer.log, width, cell.begin + s), channel));
        v = strip.output();
      }
      store_shared16(is_x ? tile_address<kChunksX>(x, s, chunk) : tile_address<kChunksN>(b, s, chunk - kChunksX), v);
    }
  }
}

__device__ void make_decays(const ReplayLayer& layer, Place cell, int h, Decays& out) {
  const Mamba& m = layer.mamba;
  float dt[2];
  for (int i = 0; i < 2; ++i) {
    const int s = threadIdx.x % 32 * 2 + i;
    dt[i] = 0;
    if (s < cell.n_rows) {
      const bf16 raw = log_row(layer.log, m.width(), cell.begin + s)[m.d_conv_in() + h];
      dt[i] = step_size(float(raw), m.dt_bias[h], m.dt_min, m.dt_max);
    }
  }
  scan_decays(dt[0], dt[1], m.A[h], out);
}

// The channels of x by each head, those of B and C by the first head of their group.
__device__ void store_conv_state(const ReplayLayer& layer, long long end, int d_conv, int h, int b_column, bool leads) {
  const Mamba& m = layer.mamba;
  const int n = kHeadDim + (leads ? 2 * kState : 0);
  for (int i = threadIdx.x; i < n * (d_conv - 1); i += kThreads) {
    const int k = i / n, j = i % n, row = k - (d_conv - 1);
    int channel = h * kHeadDim + j;
    if (j >= kHeadDim) channel = b_column + j - kHeadDim;
    if (j >= kHeadDim + kState) channel += (m.n_groups - 1) * kState;
    const bf16* from = log_row(layer.log, m.width(), end + row);
    layer.conv_state[size_t(k) * m.d_conv_in() + channel] = from == nullptr ? 0.0f : float(from[channel]);
  }
}

__global__ void __launch_bounds__(kThreads) replay(ReplayArgs a) {
  extern __shared__ __align__(128) uint8_t shared[];
  __shared__ Decays decays;
  const uint32_t x = shared_address(shared), b = x + kTileX;
  const int h = blockIdx.x;
  const ReplayLayer layer = a.layers[blockIdx.y];
  const int heads_per_group = layer.mamba.n_heads / layer.mamba.n_groups;
  const int b_column = layer.mamba.d_inner() + h / heads_per_group * kState;
  const size_t offset = size_t(h) * kHeadDim * kState;
  StateTile state;
  state.load(layer.from + offset);
  for (long long begin = a.begin; begin < a.end; begin += kChunkRows) {
    const Place cell = {begin, int(min((long long)kChunkRows, a.end - begin))};
    convolve(layer, cell, h, b_column, x, b);
    if (threadIdx.x / 32 == kThreads / 32 - 1) make_decays(layer, cell, h, decays);
    __syncthreads();
    state.update(x, b, decays);
    __syncthreads();
  }
  state.store(layer.to + offset);
  if (layer.conv_state != nullptr) store_conv_state(layer, a.end, a.d_conv, h, b_column, h % heads_per_group == 0);
}

}  // namespace

cudaError_t ssd_replay(const ReplayArgs& args, cudaStream_t stream) {
  return launch({dim3(args.n_heads, args.n_layers), dim3(kThreads), kSharedBytes, stream}, replay, args);
}

cudaError_t ssd_replay_prepare() {
  return cudaFuncSetAttribute(replay, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
}

}  // namespace sw::cuda
