// y[t, j] = silu(bias[j] + sum over k < d_conv of weight[j, k] c[t - (d_conv - 1) + k, j]), rounded to bf16; dt passes through
// Source: the causal depthwise convolution of Mamba-2 (Dao & Gu 2024); oracle: kernels/cpu/ref/conv.cc.
// Grid:   one thread for 8 channels of a strip of tokens, of which three rows are read twice; short strips fill the device when
//         there are few tokens.
// Bytes:  2 * 2 * width for a token.
#include "cuda/conv.cuh"

namespace sw::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kStripLong = 16;
constexpr int kStripShort = 4;
constexpr int kTokensMany = 512;

__device__ const bf16* raw_row(const ConvArgs& a, int width, int t) {
  if (t >= 0 && a.raw != nullptr) return a.raw + size_t(t) * a.raw_stride;
  return log_row(a.log, width, a.position + t);
}

template <int kStrip>
__device__ void conv_strip(const ConvArgs& a) {
  const int width = a.mamba.width(), channel = (blockIdx.x * kThreads + threadIdx.x) * 8;
  if (channel >= width) return;
  const int begin = blockIdx.y * kStrip, end = min(begin + kStrip, a.n_tokens);
  bf16* y = a.y + channel;
  if (channel >= a.mamba.d_conv_in()) {
    for (int t = begin; t < end; ++t) *reinterpret_cast<uint4*>(y + size_t(t) * width) = load8(raw_row(a, width, t), channel);
    return;
  }
  ConvStrip strip(a.mamba, channel);
  for (int t = begin - (kTaps - 1); t < begin; ++t) strip.push(load8(raw_row(a, width, t), channel));
#pragma unroll 4
  for (int t = begin; t < end; ++t) {
    strip.push(load8(raw_row(a, width, t), channel));
    *reinterpret_cast<uint4*>(y + size_t(t) * width) = strip.output();
  }
}

template <int kStrip>
__global__ void __launch_bounds__(kThreads) conv_rows(ConvArgs a) {
  previous_done();
  allow_next();
  conv_strip<kStrip>(a);
}

// One thread for 8 channels of a short strip of one layer's cell.
__global__ void __launch_bounds__(kThreads) conv_cell_rows(ConvCellArgs a) {
  const ReplayLayer& layer = a.layers[blockIdx.z];
  ConvArgs args = {
      layer.mamba, a.position, a.n_tokens, nullptr, 0, layer.log, a.cache + size_t(blockIdx.z) * kChunkRows * a.width};
  conv_strip<kStripShort>(args);
}

// Row t of a call: into the log when it is among the last log_len, into the cache when it is of the last token's unfinished
// cell.
__global__ void __launch_bounds__(kThreads) keep_rows(KeepArgs a, int first) {
  previous_done();
  allow_next();
  const int t = first + blockIdx.y, i = (blockIdx.x * kThreads + threadIdx.x) * 8;
  if (i >= a.width) return;
  const long long p = a.position + t, end = a.position + a.n_tokens;
  bf16* log = a.log.rows + size_t(p % a.log.log_len) * a.width;
  *reinterpret_cast<uint4*>(log + i) = *reinterpret_cast<const uint4*>(a.raw + size_t(t) * a.raw_stride + i);
  if (p >= end / kChunkRows * kChunkRows) {
    bf16* cache = a.cache + size_t(p % kChunkRows) * a.width;
    *reinterpret_cast<uint4*>(cache + i) = *reinterpret_cast<const uint4*>(a.y + size_t(t) * a.width + i);
  }
}

int blocks_of(int width) {
  return (width / 8 + kThreads - 1) / kThreads;
}

}  // namespace

cudaError_t conv(const ConvArgs& args, bool overlap, cudaStream_t stream) {
  const bool many = args.n_tokens > kTokensMany;
  const int strip = many ? kStripLong : kStripShort;
  const LaunchShape shape = {dim3(blocks_of(args.mamba.width()), (args.n_tokens + strip - 1) / strip), dim3(kThreads), 0,
                             stream, overlap};
  return many ? launch(shape, conv_rows<kStripLong>, args) : launch(shape, conv_rows<kStripShort>, args);
}

cudaError_t conv_cell(const ConvCellArgs& args, cudaStream_t stream) {
  if (args.n_tokens == 0) return cudaSuccess;
  const dim3 grid(blocks_of(args.width), (args.n_tokens + kStripShort - 1) / kStripShort, args.n_layers);
  return launch({grid, dim3(kThreads), 0, stream}, conv_cell_rows, args);
}

cudaError_t keep(const KeepArgs& args, bool overlap, cudaStream_t stream) {
  const int n = args.n_tokens < args.log.log_len ? args.n_tokens : args.log.log_len;
  return launch({dim3(blocks_of(args.width), n), dim3(kThreads), 0, stream, overlap}, keep_rows, args, args.n_tokens - n);
}

}  // namespace sw::cuda
