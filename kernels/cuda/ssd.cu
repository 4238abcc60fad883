// The SSD recurrence over many tokens, cell by cell: the equations are in ssd_cell.cuh.
//
// Source: Dao & Gu 2024, "Transformers are SSMs"; oracle: kernels/cpu/ref/ssd.cc.
// Grid:   one block for a head, which goes through the cells in order: the state stays in registers as float32, and what the
// cells
//         hand on never leaves the multiprocessor. 16 warps; the tiles of the next cell are copied while this one is computed.
// Bytes:  2 * (2 head_dim) a token and head from memory, 2 * (2 d_state) a token and head from L2 (B and C of a group).
// Operations: 2 * 64 * (128 + 64 + 128 + 128) * 64 a cell and head, a quarter less for what lies above the diagonal.
#include "cuda/ssd_cell.cuh"

namespace sw::cuda {
namespace {

constexpr int kThreads = kCellThreads;
constexpr int kColumns = 16;                      // of scores and outputs that a warp makes
constexpr int kStepsWarp = 12;                    // has the upper right corner of the scores, where nothing is to be done
constexpr int kStageBytes = kTileX + 2 * kTileN;  // x, B, C of a cell
constexpr int kScoreBytes = kChunkRows * kChunkRows * 2;
constexpr int kSharedBytes = 2 * kStageBytes + 2 * kTileN + kScoreBytes;

struct Tiles {  // addresses in shared memory
  uint32_t x, b, c;
  __device__ explicit Tiles(uint32_t stage) : x(stage), b(stage + kTileX), c(stage + kTileX + kTileN) {}
};

struct Head {
  int h;
  int x, b, c, dt;  // columns of a row
  int first;        // rows of the first cell that came before this call
  int n_rows;       // from the start of the first cell

  __device__ explicit Head(const SsdArgs& a) : h(blockIdx.x) {
    const int g = h / (a.mamba.n_heads / a.mamba.n_groups);
    x = h * kHeadDim;
    b = a.mamba.d_inner() + g * kState;
    c = b + a.mamba.n_groups * kState;
    dt = a.mamba.d_conv_in() + h;
    first = a.position % kChunkRows;
    n_rows = first + a.n_tokens;
  }
};

__device__ const bf16* row_of(const SsdArgs& a, const Head& head, int row) {
  const int width = a.mamba.width();
  return row < head.first ? a.cache + size_t(row) * width : a.xbc + size_t(row - head.first) * width;
}

// Starts the copies of a cell's x, B and C; rows that do not exist are zeros. A thread has one chunk of x and two of B and C.
__device__ void fetch(const SsdArgs& a, const Head& head, int cell, uint32_t stage) {
  static_assert(kThreads == kChunkRows * kChunksX && 2 * kThreads == kChunkRows * kChunksN);
  const Tiles to(stage);
  const auto copy = [&](int s, auto each) {
    const int row = cell * kChunkRows + s;
    const bool valid = row < head.n_rows;
    each(row_of(a, head, valid ? row : head.n_rows - 1), valid);
  };
  copy(threadIdx.x / kChunksX, [&](const bf16* row, bool valid) {
    const int chunk = threadIdx.x % kChunksX;
    copy_async16(tile_address<kChunksX>(to.x, threadIdx.x / kChunksX, chunk), row + head.x + chunk * 8, valid);
  });
  for (int s = threadIdx.x / kChunksN; s < kChunkRows; s += kThreads / kChunksN) {
    copy(s, [&](const bf16* row, bool valid) {
      const int chunk = threadIdx.x % kChunksN;
      copy_async16(tile_address<kChunksN>(to.b, s, chunk), row + head.b + chunk * 8, valid);
      copy_async16(tile_address<kChunksN>(to.c, s, chunk), row + head.c + chunk * 8, valid);
    });
  }
  copy_commit();
}

// The steps of the cells one after the other, by one warp; dt is read a cell ahead of its use.
class Steps {
 public:
  __device__ Steps(const SsdArgs& a, const Head& head) : dt_bias_(a.mamba.dt_bias[head.h]), A_(a.mamba.A[head.h]) {
    read(a, head);
  }

  __device__ void make(const SsdArgs& a, const Head& head, Decays& out) {
    float dt[2];
    for (int i = 0; i < 2; ++i) {
      const bool exists = (cell_ - 1) * kChunkRows + int(threadIdx.x % 32) * 2 + i < head.n_rows;
      dt[i] = exists ? step_size(float(raw_[i]), dt_bias_, a.mamba.dt_min, a.mamba.dt_max) : 0.0f;
    }
    read(a, head);
    scan_decays(dt[0], dt[1], A_, out);
  }

 private:
  __device__ void read(const SsdArgs& a, const Head& head) {
    for (int i = 0; i < 2; ++i) {
      const int row = cell_ * kChunkRows + threadIdx.x % 32 * 2 + i;
      if (row < head.n_rows) raw_[i] = row_of(a, head, row)[head.dt];
    }
    ++cell_;
  }
  float dt_bias_, A_;
  int cell_ = 0;  // the next to read
  bf16 raw_[2];
};

// G of 16 rows and 16 columns by each warp, where not all above the diagonal.
__device__ void make_scores(const Tiles& in, const Decays& decays, uint32_t scores) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, row = warp % 4 * 16, column = warp / 4 * kColumns;
  if (column > row + 15) return;
  float g[2][4] = {};
#pragma unroll
  for (int k = 0; k < kChunksN; k += 2) {
    uint32_t c[4], b[4];
    load_matrices(tile_address<kChunksN>(in.c, row + lane % 16, k + lane / 16), c);
    load_matrices(tile_address<kChunksN>(in.b, column + lane % 8 + lane / 16 * 8, k + lane / 8 % 2), b);
    mma(g[0], c[0], c[1], c[2], c[3], b[0], b[1]);
    mma(g[1], c[0], c[1], c[2], c[3], b[2], b[3]);
  }
  for (int j = 0; j < 2; ++j) {
    for (int half = 0; half < 2; ++half) {
      const int t = row + lane / 4 + half * 8, s = column + j * 8 + lane % 4 * 2;
      const float cum = decays.cum[t];
      const float low = s <= t ? score(g[j][half * 2], cum, decays.cum[s], decays.dt[s]) : 0.0f;
      const float high = s + 1 <= t ? score(g[j][half * 2 + 1], cum, decays.cum[s + 1], decays.dt[s + 1]) : 0.0f;
      store_shared(tile_address<kChunkRows / 8>(scores, t, s / 8) + s % 8 * 2, pack(low, high));
    }
  }
}

// y of 16 rows and 16 columns by each warp.
__device__ void make_outputs(const SsdArgs& a, const Head& head, int cell, const Tiles& in, uint32_t state, uint32_t scores,
                             const Decays& decays) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, row = warp % 4 * 16, column = warp / 4 * kColumns;
  float y[2][4] = {};
#pragma unroll
  for (int k = 0; k < kChunksN; k += 2) {
    uint32_t c[4], s[4];
    load_matrices(tile_address<kChunksN>(in.c, row + lane % 16, k + lane / 16), c);
    load_matrices(tile_address<kChunksN>(state, column + lane % 8 + lane / 16 * 8, k + lane / 8 % 2), s);
    mma(y[0], c[0], c[1], c[2], c[3], s[0], s[1]);
    mma(y[1], c[0], c[1], c[2], c[3], s[2], s[3]);
  }
  const float decay[2] = {exp2_fast(decays.cum[row + lane / 4]), exp2_fast(decays.cum[row + lane / 4 + 8])};
  for (int j = 0; j < 2; ++j) {
    for (int i = 0; i < 4; ++i) y[j][i] *= decay[i / 2];
  }
  for (int k = 0; k <= row; k += 16) {
    uint32_t g[4], x[4];
    load_matrices(tile_address<kChunkRows / 8>(scores, row + lane % 16, k / 8 + lane / 16), g);
    load_matrices_transposed(tile_address<kChunksX>(in.x, k + lane % 8 + lane / 8 % 2 * 8, column / 8 + lane / 16), x);
    mma(y[0], g[0], g[1], g[2], g[3], x[0], x[1]);
    mma(y[1], g[0], g[1], g[2], g[3], x[2], x[3]);
  }
  const float D = a.mamba.D[head.h];
  for (int half = 0; half < 2; ++half) {
    const int t = row + lane / 4 + half * 8, token = cell * kChunkRows + t - head.first;
    if (token < 0 || token >= a.n_tokens) continue;
    for (int j = 0; j < 2; ++j) {
      const int p = column + j * 8 + lane % 4 * 2;
      const float2 x = unpack(load_shared(tile_address<kChunksX>(in.x, t, p / 8) + p % 8 * 2));
      bf16* out = a.y + size_t(token) * a.mamba.d_inner() + head.x + p;
      *reinterpret_cast<uint32_t*>(out) = pack(y[j][half * 2] + D * x.x, y[j][half * 2 + 1] + D * x.y);
    }
  }
}

__global__ void __launch_bounds__(kThreads) ssd_cells(SsdArgs a) {
  extern __shared__ __align__(128) uint8_t shared[];
  __shared__ Decays decays[2];
  const uint32_t stages = shared_address(shared), states = stages + 2 * kStageBytes, scores = states + 2 * kTileN;
  const Head head(a);
  previous_done();
  allow_next();
  const int warp = threadIdx.x / 32, n_cells = (head.n_rows + kChunkRows - 1) / kChunkRows;
  float* ssm_state = a.ssm_state + size_t(head.h) * kHeadDim * kState;
  fetch(a, head, 0, stages);
  StateTile state;
  state.load(ssm_state);
  state.publish(states);
  Steps steps(a, head);
  if (warp == kStepsWarp) steps.make(a, head, decays[0]);

  for (int cell = 0; cell < n_cells; ++cell) {
    const int now = cell % 2, next = 1 - now;
    const Tiles in(stages + now * kStageBytes);
    copy_wait<0>();
    __syncthreads();  // this cell's tiles, decays and state are there, and the last cell's are no longer read
    if (cell + 1 < n_cells) fetch(a, head, cell + 1, stages + next * kStageBytes);
    make_scores(in, decays[now], scores);
    if (warp == kStepsWarp) steps.make(a, head, decays[next]);
    __syncthreads();
    make_outputs(a, head, cell, in, states + now * kTileN, scores, decays[now]);
    if ((cell + 1) * kChunkRows <= head.n_rows) {
      state.update(in.x, in.b, decays[now]);
      state.publish(states + next * kTileN);
    }
  }
  if (head.n_rows >= kChunkRows) state.store(ssm_state);
}

}  // namespace

cudaError_t ssd(const SsdArgs& args, bool overlap, cudaStream_t stream) {
  return launch({dim3(args.mamba.n_heads), dim3(kThreads), kSharedBytes, stream, overlap}, ssd_cells, args);
}

cudaError_t ssd_prepare() {
  return cudaFuncSetAttribute(ssd_cells, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
}

}  // namespace sw::cuda
