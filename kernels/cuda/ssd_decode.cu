// One token: convolution, then row t of the SSD inside its cell (ssd_cell.cuh), from the state at the cell's start, which is
// only read: it changes once in 64 tokens (ssd_replay.cu), so a token costs half the state's traffic; then the gate, which every
// block of the next product would have to do again for all channels.
//
// Source: Dao & Gu 2024; oracles: kernels/cpu/ref/conv.cc, ssd.cc.
// Grid:   one block for a head of a sequence; warp w has state rows p of 8 w .. and cell rows s of 8 w ... The token is row 0 of the matrix
//         instruction's 16. State and earlier rows are loaded before the previous kernel has ended.
// Bytes:  4 n_heads head_dim d_state, and the cell's rows from L2.
#include <algorithm>

#include "cuda/conv.cuh"
#include "cuda/gated_norm.cuh"
#include "cuda/ssd_cell.cuh"

namespace sw::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kSteps = kState / 16;                  // of k in C . B and C . S
constexpr int kPairs = (kHeadDim + 2 * kState) / 2;  // channels that a head convolves, two by two

// Two neighbouring channels of this head's x, B or C.
struct Pair {
  int local;    // in x, B, C of this block
  int channel;  // of a row
  bool keeps;   // this block writes it to log and cache

  __device__ Pair(const Mamba& m, int i) : local(i * 2) {
    const int h = blockIdx.x, heads_per_group = m.n_heads / m.n_groups, g = h / heads_per_group;
    const bool is_x = local < kHeadDim;
    channel = h * kHeadDim + local;
    if (!is_x) channel = m.d_inner() + g * kState + (local - kHeadDim);
    if (local >= kHeadDim + kState) channel += (m.n_groups - 1) * kState;
    keeps = is_x || h % heads_per_group == 0;
  }
};

__device__ uint32_t load_pair(const bf16* row, int column) {
  return row == nullptr ? 0 : *reinterpret_cast<const uint32_t*>(row + column);
}

// What one lane reads of state and cell before the token is known: everything of rows s < t.
struct Before {
  uint32_t s[kSteps][2];           // B operand of C . S, rounded to bf16
  uint32_t b[kSteps][2];           // B operand of C . B
  uint32_t x[kChunkRows / 16][2];  // B operand of G x

  __device__ void load(const SsdDecodeArgs& a, int t, int b_column) {
    const Mamba& m = a.mamba;
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, k = lane % 4 * 2, h = blockIdx.x;
    const float* state = a.ssm_state + (size_t(h) * kHeadDim + warp * 8 + g) * kState;
    float2 v[kSteps][2];
#pragma unroll
    for (int i = 0; i < kSteps; ++i) {
      for (int half = 0; half < 2; ++half) v[i][half] = *reinterpret_cast<const float2*>(state + i * 16 + half * 8 + k);
    }
    const int row = warp * 8 + g;
    const bf16* cached = row < t ? a.cache + size_t(row) * m.width() + b_column : nullptr;
#pragma unroll
    for (int i = 0; i < kSteps; ++i) {
      for (int half = 0; half < 2; ++half) b[i][half] = load_pair(cached, i * 16 + half * 8 + k);
    }
    const unsigned short* xs = reinterpret_cast<const unsigned short*>(a.cache) + h * kHeadDim + warp * 8 + g;
#pragma unroll
    for (int i = 0; i < kChunkRows / 16; ++i) {
      for (int half = 0; half < 2; ++half) {
        const int s = i * 16 + half * 8 + k;
        const uint32_t low = s < t ? xs[size_t(s) * m.width()] : 0, high = s + 1 < t ? xs[size_t(s + 1) * m.width()] : 0;
        x[i][half] = low | high << 16;
      }
    }
#pragma unroll
    for (int i = 0; i < kSteps; ++i) {
      for (int half = 0; half < 2; ++half) s[i][half] = pack(v[i][half].x, v[i][half].y);
    }
  }
};

// What the convolution of a pair needs but for the token.
struct Filter {
  float w[2][kTaps];
  float2 bias;
  uint32_t taps[kTaps - 1];

  __device__ Filter(const SsdDecodeArgs& a, const Pair& pair, long long position) {
    const Mamba& m = a.mamba;
    for (int k = 0; k < kTaps; ++k) {
      const float2 v = *reinterpret_cast<const float2*>(m.conv_weight + k * m.d_conv_in() + pair.channel);
      w[0][k] = v.x;
      w[1][k] = v.y;
    }
    bias = *reinterpret_cast<const float2*>(m.conv_bias + pair.channel);
    for (int k = 0; k < kTaps - 1; ++k)
      taps[k] = load_pair(log_row(a.log, m.width(), position - (kTaps - 1) + k), pair.channel);
  }
};

// Where the token's rows are kept. Found before the token is known: it takes a division of 64 bits.
struct Kept {
  bf16* log;
  bf16* cache;

  __device__ Kept(const SsdDecodeArgs& a, long long position)
      : log(a.log.rows + size_t(position % a.log.log_len) * a.mamba.width()),
        cache(a.cache + size_t(position % kChunkRows) * a.mamba.width()) {}
};

// Convolves one pair of channels, keeps the rows, and leaves the result in `row` (x, B, C of this token).
__device__ void convolve_pair(const SsdDecodeArgs& a, const Pair& pair, const Kept& kept, const Filter& filter, uint32_t* row) {
  const uint32_t raw = load_pair(a.raw, pair.channel);
  const float(&w)[2][kTaps] = filter.w;
  const uint32_t(&taps)[kTaps - 1] = filter.taps;
  const float2 bias = filter.bias;
  const float2 c0 = unpack(taps[0]), c1 = unpack(taps[1]), c2 = unpack(taps[2]), c3 = unpack(raw);
  const uint32_t y = pack(conv_tap(w[0], bias.x, c0.x, c1.x, c2.x, c3.x), conv_tap(w[1], bias.y, c0.y, c1.y, c2.y, c3.y));
  row[pair.local / 2] = y;
  if (pair.keeps) {
    *reinterpret_cast<uint32_t*>(kept.log + pair.channel) = raw;
    *reinterpret_cast<uint32_t*>(kept.cache + pair.channel) = y;
  }
}

// dt of rows 2 lane and 2 lane + 1, those before t.
__device__ void load_steps(const SsdDecodeArgs& a, int t, float dt_bias, float (&dt)[2]) {
  const Mamba& m = a.mamba;
  for (int i = 0; i < 2; ++i) {
    const int s = threadIdx.x % 32 * 2 + i;
    if (s >= t) continue;
    dt[i] = step_size(float(a.cache[size_t(s) * m.width() + m.d_conv_in() + blockIdx.x]), dt_bias, m.dt_min, m.dt_max);
  }
}

// dt of rows 2 lane and 2 lane + 1 by one warp; row t is new. Keeps dt's column.
// Steps before t come as they were computed before the token was known.
__device__ void make_decays(const SsdDecodeArgs& a, int t, const Kept& kept, const float (&before)[2], float dt_bias, float A,
                            Decays& out) {
  const Mamba& m = a.mamba;
  const int h = blockIdx.x, lane = threadIdx.x % 32;
  const int column = m.d_conv_in() + h;
  const float now = step_size(float(a.raw[column]), dt_bias, m.dt_min, m.dt_max);
  float dt[2];
  for (int i = 0; i < 2; ++i) dt[i] = lane * 2 + i == t ? now : before[i];
  scan_decays(dt[0], dt[1], A, out);
  if (lane == 0) {
    kept.log[column] = a.raw[column];
    kept.cache[column] = a.raw[column];
  }
}

// Two channels, with or without their gate.
template <bool kGated>
__device__ void store_output(const SsdDecodeArgs& a, int channel, uint32_t y, uint32_t z) {
  if (kGated) {
    *reinterpret_cast<float2*>(a.gated + channel) = gated(y, z);
  } else {
    *reinterpret_cast<uint32_t*>(a.y + channel) = y;
  }
}

template <bool kGated>
__device__ void run_token(const SsdDecodeArgs& a) {
  __shared__ Decays decays;
  __shared__ uint32_t row[kPairs];             // x, B, C of the token
  __shared__ uint32_t scores[kChunkRows / 2];  // G[t, .]
  const Mamba& m = a.mamba;
  const int h = blockIdx.x, lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, q = lane % 4;
  const int b_column = m.d_inner() + h / (m.n_heads / m.n_groups) * kState;
  const long long position = a.control->position;
  const int t = position % kChunkRows;

  Before before;
  before.load(a, t, b_column);
  const Pair pair(m, threadIdx.x < kPairs ? threadIdx.x : 0);
  const Filter filter(a, pair, position);
  const Kept kept(a, position);
  const float dt_bias = m.dt_bias[h], A = m.A[h], D = m.D[h];
  float dt[2] = {};
  if (warp == kThreads / 32 - 1) load_steps(a, t, dt_bias, dt);
  allow_next();  // the next kernel reads nothing but weights before it waits for this one
  previous_done();
  const bool live = g == 0;
  const int channel = h * kHeadDim + warp * 8 + q * 2;  // of the two that a live lane finishes
  const uint32_t z = live ? load_pair(a.z, channel) : 0;
  if (threadIdx.x < kPairs) convolve_pair(a, pair, kept, filter, row);
  if (warp == kThreads / 32 - 1) make_decays(a, t, kept, dt, dt_bias, A, decays);
  __syncthreads();

  const uint32_t* x = row;
  const uint32_t* b = row + kHeadDim / 2;
  const uint32_t* c = b + kState / 2;
  float products[4] = {}, y[4] = {};
#pragma unroll
  for (int i = 0; i < kSteps; ++i) {
    const uint32_t c0 = live ? c[i * 8 + q] : 0, c1 = live ? c[i * 8 + 4 + q] : 0;
    if (warp * 8 + g == t) {
      before.b[i][0] = b[i * 8 + q];
      before.b[i][1] = b[i * 8 + 4 + q];
    }
    mma(products, c0, 0, c1, 0, before.b[i][0], before.b[i][1]);
    mma(y, c0, 0, c1, 0, before.s[i][0], before.s[i][1]);
  }
  if (live) {
    const int s = warp * 8 + q * 2;
    const float low = s <= t ? score(products[0], decays.cum[t], decays.cum[s], decays.dt[s]) : 0.0f;
    const float high = s + 1 <= t ? score(products[1], decays.cum[t], decays.cum[s + 1], decays.dt[s + 1]) : 0.0f;
    scores[s / 2] = pack(low, high);
  }
  __syncthreads();

  const float decay = exp2_fast(decays.cum[t]);
  for (float& v : y) v *= decay;
  const int p = warp * 8 + g;
  const uint32_t own = p % 2 == 0 ? x[p / 2] & 0xffff : x[p / 2] >> 16;
#pragma unroll
  for (int i = 0; i < kChunkRows / 16; ++i) {
    if (i * 16 > t) break;
    for (int half = 0; half < 2; ++half) {
      const int s = i * 16 + half * 8 + q * 2;
      if (s == t) before.x[i][half] |= own;
      if (s + 1 == t) before.x[i][half] |= own << 16;
    }
    mma(y, live ? scores[i * 8 + q] : 0, 0, live ? scores[i * 8 + 4 + q] : 0, 0, before.x[i][0], before.x[i][1]);
  }
  if (live) {
    const float2 xs = unpack(x[warp * 4 + q]);
    store_output<kGated>(a, channel, pack(y[0] + D * xs.x, y[1] + D * xs.y), z);
  }
}

// Registers: see Many in matmul_decode.cu.
__global__ void __maxnreg__(96) ssd_token(SsdDecodeArgs a) { run_token<true>(a); }

struct Each {
  SsdDecodeArgs of[kRowsMax];
};

__global__ void __maxnreg__(96) ssd_tokens(Each each) { run_token<false>(each.of[blockIdx.y]); }

}  // namespace

cudaError_t ssd_decode(const SsdDecodeArgs& args, bool overlap, cudaStream_t stream) {
  return launch({dim3(args.mamba.n_heads), dim3(kThreads), 0, stream, overlap}, ssd_token, args);
}

cudaError_t ssd_decode_each(const SsdDecodeArgs* args, int n, bool overlap, cudaStream_t stream) {
  if (n < 1 || n > kRowsMax) return cudaErrorInvalidValue;
  Each each = {};
  std::copy_n(args, n, each.of);
  return launch({dim3(args[0].mamba.n_heads, n), dim3(kThreads), 0, stream, overlap}, ssd_tokens, each);
}

}  // namespace sw::cuda
