// An experiment, no part of the plugin: prefill by FP8 products (e4m3 weights and activations, cuBLASLt, no fast accumulation) on the
// Codestral shape. What it would gain, what it costs in logits, and whether its sums can be those of any other kernel.
// Usage: fp8      exit status 77 without a GPU of compute capability 8.9 or more. docs/cuda.md has what it printed.
#include <cublasLt.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "cuda/sequence.h"
#include "e4m3.h"
#include "oracle.h"

namespace sw::cuda {
namespace {

constexpr size_t kWorkspaceBytes = 32 << 20;

struct Matrix8 {
  int n_rows, n_cols;
  DeviceBuffer<uint8_t> q;
  DeviceBuffer<float> scales;
  Matrix8(int rows, int cols) : n_rows(rows), n_cols(cols), q(size_t(rows) * cols), scales(rows) {}
  void fill(const __nv_bfloat16* from, int rows, cudaStream_t stream) {
    check(quantise_e4m3(from, rows, n_cols, q.data(), scales.data(), stream), "e4m3");
  }
};

void need(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) throw DeviceFailure(DeviceStatus::failed, std::string(what) + ": " + std::to_string(status));
}

// y (n_tokens, y_stride) = u w^T or += u w^T by e4m3 products, one scale a row of each.
class Gemm8 {
 public:
  Gemm8() {
    need(cublasLtCreate(&lt_), "cublasLtCreate");
    check(cudaMalloc(&workspace_, kWorkspaceBytes), "workspace");
  }
  ~Gemm8() {
    cudaFree(workspace_);
    cublasLtDestroy(lt_);
  }
  struct Problem {
    cublasLtMatmulDesc_t desc;
    cublasLtMatrixLayout_t w, u, y;
    std::vector<cublasLtMatmulAlgo_t> algos;
  };
  Problem problem(const Matrix8& w, const Matrix8& u, int n_tokens, cudaDataType_t y_type, size_t y_stride) const {
    Problem p = {};
    const cublasOperation_t transpose = CUBLAS_OP_T;
    const int8_t fast = 0;
    const int32_t by_row = CUBLASLT_MATMUL_MATRIX_SCALE_OUTER_VEC_32F;
    const float *w_scale = w.scales.data(), *u_scale = u.scales.data();
    need(cublasLtMatmulDescCreate(&p.desc, CUBLAS_COMPUTE_32F, CUDA_R_32F), "desc");
    const auto set = [&](cublasLtMatmulDescAttributes_t key, const auto& value) {
      need(cublasLtMatmulDescSetAttribute(p.desc, key, &value, sizeof(value)), "attribute");
    };
    set(CUBLASLT_MATMUL_DESC_TRANSA, transpose);
    set(CUBLASLT_MATMUL_DESC_FAST_ACCUM, fast);
    set(CUBLASLT_MATMUL_DESC_A_SCALE_MODE, by_row);
    set(CUBLASLT_MATMUL_DESC_B_SCALE_MODE, by_row);
    set(CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, w_scale);
    set(CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, u_scale);
    need(cublasLtMatrixLayoutCreate(&p.w, CUDA_R_8F_E4M3, w.n_cols, w.n_rows, w.n_cols), "layout");
    need(cublasLtMatrixLayoutCreate(&p.u, CUDA_R_8F_E4M3, w.n_cols, n_tokens, w.n_cols), "layout");
    need(cublasLtMatrixLayoutCreate(&p.y, y_type, w.n_rows, n_tokens, int64_t(y_stride)), "layout");
    cublasLtMatmulPreference_t preference;
    cublasLtMatmulHeuristicResult_t results[12];
    int n = 0;
    need(cublasLtMatmulPreferenceCreate(&preference), "preference");
    cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &kWorkspaceBytes, sizeof(kWorkspaceBytes));
    const cublasStatus_t found = cublasLtMatmulAlgoGetHeuristic(lt_, p.desc, p.w, p.u, p.y, p.y, preference, 12, results, &n);
    cublasLtMatmulPreferenceDestroy(preference);
    need(found, "no algorithm");
    for (int i = 0; i < n; ++i) {
      if (results[i].state == CUBLAS_STATUS_SUCCESS) p.algos.push_back(results[i].algo);
    }
    return p;
  }
  void run(const Problem& p, size_t algo, const Matrix8& w, const Matrix8& u, float beta, void* y, cudaStream_t stream) const {
    const float one = 1;
    need(cublasLtMatmul(lt_, p.desc, &one, w.q.data(), p.w, u.q.data(), p.u, &beta, y, p.y, y, p.y, &p.algos[algo], workspace_,
                        kWorkspaceBytes, stream),
         "matmul");
  }

 private:
  cublasLtHandle_t lt_ = nullptr;
  void* workspace_ = nullptr;
};

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double best_s(int n, cudaStream_t stream, const std::function<void()>& body) {
  double best = 1e30;
  for (int i = 0; i < n; ++i) {
    check(cudaStreamSynchronize(stream), "before");
    const double begin = now_s();
    body();
    check(cudaStreamSynchronize(stream), "run");
    best = std::min(best, now_s() - begin);
  }
  return best;
}

template <class T>
std::vector<T> to_host(const T* from, size_t n) {
  std::vector<T> to(n);
  check(cudaMemcpy(to.data(), from, n * sizeof(T), cudaMemcpyDeviceToHost), "to the host");
  return to;
}

// One product in all proposed algorithms: how fast, how far from the exact sum, how many answers there are, and which of them are
// sums in the order of k in float32. All scales are one.
void examine_product(const Gemm8& gemm, const char* name, int n_rows, int n_cols, int n_tokens, cudaStream_t stream) {
  Matrix8 w(n_rows, n_cols), u(n_tokens, n_cols);
  DeviceBuffer<__nv_bfloat16> random(size_t(std::max(n_rows, n_tokens)) * n_cols);
  check(fill_random(random.data(), size_t(n_rows) * n_cols, 1.0f, 5, stream), "random");
  w.fill(random.data(), n_rows, stream);
  check(fill_random(random.data(), size_t(n_tokens) * n_cols, 1.0f, 6, stream), "random");
  u.fill(random.data(), n_tokens, stream);
  const std::vector<float> ones(std::max(n_rows, n_tokens), 1.0f);
  check(cudaMemcpy(w.scales.data(), ones.data(), n_rows * 4, cudaMemcpyHostToDevice), "scales");
  check(cudaMemcpy(u.scales.data(), ones.data(), n_tokens * 4, cudaMemcpyHostToDevice), "scales");
  constexpr int kCompared = 4;
  const size_t n = size_t(kCompared) * n_rows;
  DeviceBuffer<float> ordered(n), y(size_t(n_tokens) * n_rows);
  DeviceBuffer<double> exact(n);
  check(sum_e4m3(w.q.data(), u.q.data(), n_rows, n_cols, kCompared, ordered.data(), exact.data(), stream), "exact");
  check(cudaStreamSynchronize(stream), "exact");
  const std::vector<float> by_order = to_host(ordered.data(), n);
  const std::vector<double> truth = to_host(exact.data(), n);
  const auto error_of = [&](const std::vector<float>& values) {
    double difference = 0, norm = 0;
    for (size_t i = 0; i < n; ++i) {
      difference += (values[i] - truth[i]) * (values[i] - truth[i]);
      norm += truth[i] * truth[i];
    }
    return std::sqrt(difference / norm);
  };
  const Gemm8::Problem p = gemm.problem(w, u, n_tokens, CUDA_R_32F, n_rows);
  std::set<std::vector<float>> answers;
  int n_ordered = 0;
  double best = 1e30, worst_error = 0;
  for (size_t i = 0; i < p.algos.size(); ++i) {
    const auto go = [&] { gemm.run(p, i, w, u, 0, y.data(), stream); };
    best = std::min(best, best_s(3, stream, go));
    const std::vector<float> values = to_host(y.data(), n);
    n_ordered += std::memcmp(values.data(), by_order.data(), n * 4) == 0;
    worst_error = std::max(worst_error, error_of(values));
    answers.insert(values);
  }
  std::printf("%s, %d tokens: %zu algorithms, %zu different answers, %d of them equal to sums in the order of k; error of a sum %.1e "
              "(in the order of k %.1e); %.0f TFLOP/s\n",
              name, n_tokens, p.algos.size(), answers.size(), n_ordered, worst_error, error_of(by_order),
              2.0 * n_rows * n_cols * n_tokens / best * 1e-12);
  std::fflush(stdout);
}

// DeviceModel::prefill with its projections in e4m3: weights with a scale a row, activations with a scale a token.
class Prefill8 {
 public:
  Prefill8(DeviceModel& model, int n) : m_(model), n_(n), residual_(size_t(n) * m_.d_model), y_(size_t(n) * m_.layers[0].mamba.d_inner()),
        u_(size_t(n) * 16384), proj_(size_t(n) * m_.d_in_proj), xbc_(size_t(n) * m_.width()), ids_(n),
        in_(n, m_.layers[0].in_proj.cols_padded()), out_(n, m_.layers[0].out_proj.cols_padded()) {
    for (const Layer& layer : m_.layers) {
      for (const Weights* w : {&layer.in_proj, &layer.out_proj}) {
        weights_.push_back(std::make_unique<Matrix8>(w->rows_padded(), w->cols_padded()));
        weights_.back()->fill(static_cast<const __nv_bfloat16*>(w->data), w->rows_padded(), m_.stream);
      }
    }
    in_problem_ = gemm_.problem(*weights_[0], in_, n, CUDA_R_16BF, m_.d_in_proj);
    out_problem_ = gemm_.problem(*weights_[1], out_, n, CUDA_R_32F, m_.d_model);
  }
  // n tokens from `position` on.
  void run(const Tracks& tracks, long long position, const int32_t* ids) {
    check(cudaMemcpyAsync(ids_.data(), ids, n_ * 4, cudaMemcpyHostToDevice, m_.stream), "ids");
    check(embed({n_, static_cast<const __nv_bfloat16*>(m_.embedding.data), size_t(m_.embedding.cols_padded()), m_.d_model, ids_.data(), nullptr,
                 residual_.data()}, false, m_.stream), "embed");
    for (int i = 0; i < m_.n_layers; ++i) run_layer(tracks, position, i);
    const int first = std::max(0, n_ - tracks.log_len);
    check(rms_norm({n_ - first, m_.d_model, m_.eps, residual_.data() + size_t(first) * m_.d_model, m_.final_norm, tracks.hidden,
                    size_t(m_.d_model), tracks.log_len, position + first}, false, m_.stream), "rms_norm");
  }

 private:
  void run_layer(const Tracks& tracks, long long position, int i) {
    const Layer& layer = m_.layers[i];
    const Mamba& m = layer.mamba;
    const size_t proj_stride = m_.d_in_proj;
    const __nv_bfloat16* raw = proj_.data() + m.d_inner();
    __nv_bfloat16* cache = tracks.cache + size_t(i) * kCell * m.width();
    const Log log = m_.log_of(tracks, i);
    check(rms_norm({n_, m_.d_model, m_.eps, residual_.data(), layer.norm, u_.data(), size_t(in_.n_cols), 0, 0}, false, m_.stream), "rms_norm");
    in_.fill(u_.data(), n_, m_.stream);
    gemm_.run(in_problem_, 0, *weights_[2 * i], in_, 0, proj_.data(), m_.stream);
    check(conv({m, position, n_, raw, proj_stride, log, xbc_.data()}, false, m_.stream), "conv");
    check(ssd({m, position, n_, xbc_.data(), cache, tracks.ssm + i * m_.ssm_floats_per_layer(), y_.data()}, false, m_.stream), "ssd");
    check(keep({m.width(), position, n_, raw, proj_stride, log, xbc_.data(), cache}, false, m_.stream), "keep");
    check(gated_norm({n_, m.d_inner(), m.n_groups, m_.eps, y_.data(), proj_.data(), proj_stride, layer.gated_norm, u_.data(),
                      size_t(out_.n_cols)}, false, m_.stream), "gated_norm");
    out_.fill(u_.data(), n_, m_.stream);
    gemm_.run(out_problem_, 0, *weights_[2 * i + 1], out_, 1, residual_.data(), m_.stream);
  }

  DeviceModel& m_;
  int n_;
  Gemm8 gemm_;
  DeviceBuffer<float> residual_;
  DeviceBuffer<__nv_bfloat16> y_, u_, proj_, xbc_;
  DeviceBuffer<int32_t> ids_;
  Matrix8 in_, out_;
  std::vector<std::unique_ptr<Matrix8>> weights_;
  Gemm8::Problem in_problem_ = {}, out_problem_ = {};
};

DeviceModelArgs chunked(const RandomModel& random) {
  DeviceModelArgs args = random.args(DeviceWeights::bf16);
  args.chunk_len = 4096;
  return args;
}

// Logits of the last 64 places against the same model in bf16.
void compare_logits() {
  RandomModel random(4);
  std::ranges::fill(random.A, -4.0f);
  DeviceModel model(chunked(random));
  constexpr int kTokens = 4096, kPlaces = 64;
  const std::vector<int32_t> ids = random_ids(kTokens, model.vocab_size, 7);
  DeviceSequence a(model, 256), b(model, 256);
  const size_t n = size_t(kPlaces) * model.vocab_size;
  std::vector<float> bf16(n), fp8(n);
  a.forward(ids.data(), kTokens, kPlaces, bf16.data());
  Prefill8(model, kTokens).run(b.tracks, 0, ids.data());
  model.head(b.tracks, kTokens - kPlaces, kPlaces, fp8.data());
  int n_same = 0;
  for (int i = 0; i < kPlaces; ++i) {
    const auto best = [&](const std::vector<float>& l) {
      const auto row = l.begin() + ptrdiff_t(i) * model.vocab_size;
      return std::max_element(row, row + model.vocab_size) - row;
    };
    n_same += best(bf16) == best(fp8);
  }
  std::printf("4 layers, %d tokens: logits by e4m3 %.2e from those by bf16 (relative L2); the likeliest token is the same at %d of %d places\n",
              kTokens, relative_l2(fp8, bf16), n_same, kPlaces);
}

void time_prefill(DeviceModel& model, int chunk, int n) {
  Prefill8 prefill(model, chunk);
  DeviceSequence sequence(model, 256);
  const std::vector<int32_t> ids = random_ids(n, model.vocab_size, 3);
  const double fp8 = best_s(4, model.stream, [&] {
    for (int at = 0; at < n; at += chunk) prefill.run(sequence.tracks, at, ids.data() + at);
  });
  const double bf16 = best_s(4, model.stream, [&] {
    sequence.reset();
    sequence.forward(ids.data(), n, 0, nullptr);
  });
  std::printf("64 layers, prefill of %d: %.0f tok/s by e4m3, %.0f by bf16\n", n, n / fp8, n / bf16);
  std::fflush(stdout);
}

int measure() {
  int n_devices = 0;
  cudaDeviceProp properties;
  if (cudaGetDeviceCount(&n_devices) != cudaSuccess || n_devices == 0) return std::printf("no GPU\n"), 77;
  check(cudaGetDeviceProperties(&properties, 0), "properties");
  if (properties.major * 10 + properties.minor < 89) return std::printf("no FP8 on %s\n", properties.name), 77;
  std::printf("%s\n", properties.name);
  {
    Gemm8 gemm;
    cudaStream_t stream;
    check(cudaStreamCreate(&stream), "stream");
    for (int n : {16, 512, 2048}) {
      examine_product(gemm, "in_proj", 18560, 4096, n, stream);
      examine_product(gemm, "out_proj", 4096, 8192, n, stream);
    }
  }
  compare_logits();
  RandomModel random(64);
  std::ranges::fill(random.A, -4.0f);
  DeviceModel model(chunked(random));
  time_prefill(model, 512, 512);
  time_prefill(model, 2048, 8192);
  return 0;
}

}  // namespace
}  // namespace sw::cuda

int main() {
  try {
    return sw::cuda::measure();
  } catch (const std::exception& error) {
    std::printf("FAILED: %s\n", error.what());
    return 1;
  }
}
