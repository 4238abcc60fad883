#include "cuda/gemm.h"

#include <cublasLt.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "cuda/errors.h"

namespace sw::cuda {
namespace {

constexpr size_t kWorkspaceBytes = 32 << 20;
constexpr int kProposals = 12;          // of cuBLASLt for one shape
constexpr int kCompared = 8;            // tokens at each end whose bytes are compared

static_assert(sizeof(cublasLtMatmulAlgo_t) <= sizeof(Gemm::Shape::Bucket::algo));

template <class Function>
bool find(void* library, const char* name, Function*& to) {
  to = reinterpret_cast<Function*>(dlsym(library, name));
  return to != nullptr;
}

}  // namespace

// The functions of cuBLASLt that are used, by name: the plugin loads where the library is missing.
struct LtLibrary {
  void* library = nullptr;
  cublasLtHandle_t handle = nullptr;
  decltype(cublasLtCreate)* create = nullptr;
  decltype(cublasLtDestroy)* destroy = nullptr;
  decltype(cublasLtMatmul)* matmul = nullptr;
  decltype(cublasLtMatmulDescCreate)* desc_create = nullptr;
  decltype(cublasLtMatmulDescDestroy)* desc_destroy = nullptr;
  decltype(cublasLtMatmulDescSetAttribute)* desc_set = nullptr;
  decltype(cublasLtMatrixLayoutCreate)* layout_create = nullptr;
  decltype(cublasLtMatrixLayoutDestroy)* layout_destroy = nullptr;
  decltype(cublasLtMatmulPreferenceCreate)* preference_create = nullptr;
  decltype(cublasLtMatmulPreferenceDestroy)* preference_destroy = nullptr;
  decltype(cublasLtMatmulPreferenceSetAttribute)* preference_set = nullptr;
  decltype(cublasLtMatmulAlgoGetHeuristic)* heuristic = nullptr;
  decltype(cublasLtMatmulAlgoConfigGetAttribute)* config_get = nullptr;

  ~LtLibrary() {
    if (handle != nullptr) destroy(handle);
    if (library != nullptr) dlclose(library);
  }
  bool open(std::string& why) {
    const std::string name = "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR);
    for (const std::string& path : {name, "/usr/local/cuda/lib64/" + name}) {
      if (library == nullptr) library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    }
    if (library == nullptr) {
      why = name + " not found";
      return false;
    }
    const bool found = find(library, "cublasLtCreate", create) && find(library, "cublasLtDestroy", destroy) &&
                       find(library, "cublasLtMatmul", matmul) && find(library, "cublasLtMatmulDescCreate", desc_create) &&
                       find(library, "cublasLtMatmulDescDestroy", desc_destroy) &&
                       find(library, "cublasLtMatmulDescSetAttribute", desc_set) &&
                       find(library, "cublasLtMatrixLayoutCreate", layout_create) &&
                       find(library, "cublasLtMatrixLayoutDestroy", layout_destroy) &&
                       find(library, "cublasLtMatmulPreferenceCreate", preference_create) &&
                       find(library, "cublasLtMatmulPreferenceDestroy", preference_destroy) &&
                       find(library, "cublasLtMatmulPreferenceSetAttribute", preference_set) &&
                       find(library, "cublasLtMatmulAlgoGetHeuristic", heuristic) &&
                       find(library, "cublasLtMatmulAlgoConfigGetAttribute", config_get);
    if (!found || create(&handle) != CUBLAS_STATUS_SUCCESS) {
      why = name + " does not start";
      return false;
    }
    return true;
  }
};

namespace {

// The operands of one part of a product: column-major, y^T (n_rows, n_tokens) = w (n_rows, n_cols / n_parts) u^T.
class Operands {
 public:
  Operands(const LtLibrary& lt, const Gemm::Shape& shape, int n_tokens, size_t y_stride) : lt_(lt) {
    const int n_rows = shape.n_rows, n_cols = shape.n_cols, n_part = n_cols / shape.n_parts;
    const cublasOperation_t transpose = CUBLAS_OP_T;
    const cudaDataType_t y_type = shape.output == Output::bf16 ? CUDA_R_16BF : CUDA_R_32F;
    ok_ = lt.desc_create(&desc, CUBLAS_COMPUTE_32F, CUDA_R_32F) == CUBLAS_STATUS_SUCCESS &&
          lt.desc_set(desc, CUBLASLT_MATMUL_DESC_TRANSA, &transpose, sizeof(transpose)) == CUBLAS_STATUS_SUCCESS &&
          lt.layout_create(&w, CUDA_R_16BF, n_part, n_rows, n_cols) == CUBLAS_STATUS_SUCCESS &&
          lt.layout_create(&u, CUDA_R_16BF, n_part, n_tokens, n_cols) == CUBLAS_STATUS_SUCCESS &&
          lt.layout_create(&y, y_type, n_rows, n_tokens, static_cast<int64_t>(y_stride)) == CUBLAS_STATUS_SUCCESS;
  }
  ~Operands() {
    if (desc != nullptr) lt_.desc_destroy(desc);
    for (const cublasLtMatrixLayout_t layout : {w, u, y}) {
      if (layout != nullptr) lt_.layout_destroy(layout);
    }
  }
  Operands(const Operands&) = delete;
  Operands& operator=(const Operands&) = delete;
  bool ok() const { return ok_; }

  cublasLtMatmulDesc_t desc = nullptr;
  cublasLtMatrixLayout_t w = nullptr, u = nullptr, y = nullptr;

 private:
  const LtLibrary& lt_;
  bool ok_ = false;
};

std::vector<cublasLtMatmulAlgo_t> propose(const LtLibrary& lt, const Operands& operands) {
  cublasLtMatmulPreference_t preference = nullptr;
  cublasLtMatmulHeuristicResult_t results[kProposals];
  int n = 0;
  if (lt.preference_create(&preference) != CUBLAS_STATUS_SUCCESS) return {};
  lt.preference_set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &kWorkspaceBytes, sizeof(kWorkspaceBytes));
  lt.heuristic(lt.handle, operands.desc, operands.w, operands.u, operands.y, operands.y, preference, kProposals, results, &n);
  lt.preference_destroy(preference);
  std::vector<cublasLtMatmulAlgo_t> algos;
  for (int i = 0; i < n; ++i) {
    int32_t split = 0;
    size_t written = 0;
    lt.config_get(&results[i].algo, CUBLASLT_ALGO_CONFIG_SPLITK_NUM, &split, sizeof(split), &written);
    if (results[i].state == CUBLAS_STATUS_SUCCESS && split <= 1) algos.push_back(results[i].algo);
  }
  return algos;
}

// Random tokens, what matmul_decode makes of the first and the last of them, and room for what an algorithm makes of them.
// Products are run twice, the second on the result of the first, which tests `add` on values that are not zero.
struct Trial {
  int n_tokens, value_bytes;
  size_t row_bytes;
  DeviceBuffer<__nv_bfloat16> u;
  DeviceBuffer<uint8_t> expected, y;
  DeviceBuffer<unsigned> n_different;

  Trial(const Weights& w, const Gemm::Shape& shape, size_t y_stride, int n, const MatmulPlan& plan, cudaStream_t stream)
      : n_tokens(n),
        value_bytes(shape.output == Output::bf16 ? 2 : 4),
        row_bytes(y_stride * value_bytes),
        u(size_t(n) * w.cols_padded()),
        expected(2 * kCompared * row_bytes),
        y(n * row_bytes),
        n_different(1) {
    check(fill_random(u.data(), size_t(n) * w.cols_padded(), 1.0f, 12345 + n, stream), "random tokens");
    check(cudaMemsetAsync(expected.data(), 0, expected.n_bytes(), stream), "memset");
    for (int run = 0; run < 2; ++run) {
      for (int first : {0, n - kCompared}) {
        MatmulDecodeArgs args = {};
        args.w = w;
        args.n_tokens = kCompared;
        args.x = u.data() + size_t(first) * w.cols_padded();
        args.x_stride = w.cols_padded();
        args.output = shape.output;
        args.n_parts = shape.n_parts;
        args.y = expected.data() + (first == 0 ? 0 : kCompared * row_bytes);
        args.y_stride = y_stride;
        check(matmul_decode(args, plan, stream), "matmul_decode");
      }
    }
  }
  bool equal(cudaStream_t stream) {
    check(cudaMemsetAsync(n_different.data(), 0, 4, stream), "memset");
    const size_t n = kCompared * row_bytes / value_bytes;
    const uint8_t* last = y.data() + size_t(n_tokens - kCompared) * row_bytes;
    check(count_different(y.data(), expected.data(), value_bytes, n, n_different.data(), stream), "compare");
    check(count_different(last, expected.data() + kCompared * row_bytes, value_bytes, n, n_different.data(), stream), "compare");
    unsigned different = 0;
    check(cudaMemcpyAsync(&different, n_different.data(), 4, cudaMemcpyDeviceToHost, stream), "compare");
    check(cudaStreamSynchronize(stream), "compare");
    return different == 0;
  }
};

// Milliseconds of three runs, the least.
template <class Run>
float time_ms(Run run, cudaStream_t stream) {
  cudaEvent_t begin, end;
  check(cudaEventCreate(&begin), "event");
  check(cudaEventCreate(&end), "event");
  float best = 1e30f;
  for (int i = 0; i < 3; ++i) {
    cudaEventRecord(begin, stream);
    run();
    cudaEventRecord(end, stream);
    check(cudaEventSynchronize(end), "event");
    float ms = 0;
    cudaEventElapsedTime(&ms, begin, end);
    best = std::min(best, ms);
  }
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  return best;
}

}  // namespace

Gemm::Gemm() {
  auto library = std::make_unique<LtLibrary>();
  if (!library->open(why_)) return;
  check(cudaMalloc(&workspace_, kWorkspaceBytes), "workspace of cuBLASLt");
  library_ = std::move(library);
}

Gemm::~Gemm() {
  cudaFree(workspace_);
}

Gemm::Shape Gemm::admit(const Weights& w, Output output, int n_parts, size_t y_stride, int n_tokens_max,
                        const MatmulPlan& plan, cudaStream_t stream) {
  Shape shape;
  shape.n_rows = round_up(w.n_rows, kTile);
  shape.n_cols = w.cols_padded();
  shape.output = output;
  shape.n_parts = n_parts;
  if (!available() || y_stride < size_t(shape.n_rows)) return shape;
  for (int n = 16; n < 2 * n_tokens_max; n *= 2) {
    const int n_tokens = std::min(n, std::max(16, n_tokens_max));
    Trial trial(w, shape, y_stride, n_tokens, plan, stream);
    const Operands operands(*library_, shape, n_tokens, y_stride);
    if (!operands.ok()) continue;
    Shape::Bucket best;
    best.n_tokens_max = n_tokens;
    for (const cublasLtMatmulAlgo_t& algo : propose(*library_, operands)) {
      Shape one = {shape.n_rows, shape.n_cols, output, n_parts, {{n_tokens, 0, 0, 0, {}}}};
      std::memcpy(one.buckets[0].algo, &algo, sizeof(algo));
      const auto go = [&] {
        return run(one, static_cast<const __nv_bfloat16*>(w.data), trial.u.data(), n_tokens, trial.y.data(), y_stride, stream);
      };
      check(cudaMemsetAsync(trial.y.data(), 0, trial.y.n_bytes(), stream), "memset");
      ++best.n_tried;
      if (!go() || !go() || !trial.equal(stream)) continue;
      const float ms = time_ms(go, stream);
      if (best.n_equal++ == 0 || ms < best.best_ms) {
        best.best_ms = ms;
        std::memcpy(best.algo, &algo, sizeof(algo));
      }
    }
    if (best.n_equal > 0) shape.buckets.push_back(best);
  }
  return shape;
}

bool Gemm::run(const Shape& shape, const __nv_bfloat16* w, const __nv_bfloat16* u, int n_tokens, void* y, size_t y_stride,
               cudaStream_t stream) const {
  for (const Shape::Bucket& bucket : shape.buckets) {
    if (bucket.n_tokens_max < n_tokens) continue;
    const Operands operands(*library_, shape, n_tokens, y_stride);
    if (!operands.ok()) return false;
    cublasLtMatmulAlgo_t algo;
    std::memcpy(&algo, bucket.algo, sizeof(algo));
    const float one = 1, beta = shape.output == Output::add ? 1.0f : 0.0f;
    for (int part = 0; part < shape.n_parts; ++part) {
      const size_t k = size_t(part) * (shape.n_cols / shape.n_parts);
      if (library_->matmul(library_->handle, operands.desc, &one, w + k, operands.w, u + k, operands.u, &beta, y,
                           operands.y, y, operands.y, &algo, workspace_, kWorkspaceBytes,
                           stream) != CUBLAS_STATUS_SUCCESS) {
        return false;
      }
    }
    return true;
  }
  return false;
}

}  // namespace sw::cuda
