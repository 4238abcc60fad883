// A model on the device: weights, small tensors, the activations of one chunk, and the passes over the layers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cuda/errors.h"
#include "cuda/gemm.h"
#include "cuda/ops.h"
#include "device.h"

namespace sw::cuda {

struct Layer {
  Weights in_proj, out_proj;
  const float* norm = nullptr;
  const float* gated_norm = nullptr;
  Mamba mamba = {};
};

// The buffers of one sequence that a pass reads and writes; host memory of device pointers.
struct Tracks {
  float* ssm = nullptr;             // (n_layers, n_heads, head_dim, d_state) at the sequence's cell
  __nv_bfloat16* log = nullptr;     // (n_layers, log_len, width)
  __nv_bfloat16* cache = nullptr;   // (n_layers, kCell, width)
  __nv_bfloat16* hidden = nullptr;  // (log_len, d_model): after the final norm
  int log_len = 0;
};

struct DeviceModel {
  explicit DeviceModel(const DeviceModelArgs& args);
  DeviceModel(const DeviceModel&) = delete;
  DeviceModel& operator=(const DeviceModel&) = delete;

  // n <= chunk_len tokens from `position` on, ids on the host. Leaves tracks behind them.
  void prefill(const Tracks& tracks, long long position, const int32_t* ids, int n);
  // The final norm of tokens `first` to n - 1 of the last prefill, into the hidden log.
  void keep_hidden(const Tracks& tracks, long long position, int first, int n);
  // Enqueues one token of each of n sequences, n at most kStepMax, by one pass over the weights: controls, (n,) on the device, say which
  // and where; positions on the host. Leaves tracks behind them, but for the states at cells that end there.
  void step(const Tracks* const* tracks, const long long* positions, const StepControl* controls, int n);
  // Their logits, (n, rows padded) in `logits`.
  void step_head(int n);
  // Enqueues one token: control says which and where. Then hidden goes to the log by the head (with_head) or by itself.
  void decode(const Tracks& tracks, const StepControl* control, bool with_head);
  // Logits of n rows of the hidden log from `position` on, to the host. n <= log_len.
  void head(const Tracks& tracks, long long position, int n, float* logits);
  // Of one row, left in `logits` on the device.
  void head_one(const Tracks& tracks, long long position);

  // How the next tokens of n rows are drawn; until other laws are set.
  void set_laws(const DeviceSampling* laws, int n);
  // The next token from each of n rows of `logits`; then control i is behind it and what was drawn is in drawn[i].
  void draw(int n, StepControl* controls, DeviceDraw* drawn, bool overlap);

  // Its state, for what is enqueued from now on: behind the copies from it.
  float* take_exchange();
  // Copies that to the host, beside what is enqueued from now on; `done` is behind the copy.
  void copy_exchange(float* to, Event& done);

  // Into how many parts k is cut in the product whose result is added. A dependent matrix instruction takes 25 cycles,
  // so a row of 8,192 columns takes 7 us for its 512: half of what its weights take in bf16, more than they take in
  // int4.
  int out_parts() const { return format == Format::bf16 ? 1 : 4; }
  size_t ssm_floats_per_layer() const { return size_t(n_heads) * kHeadDim * kState; }
  size_t conv_floats_per_layer() const { return size_t(d_conv - 1) * layers[0].mamba.d_conv_in(); }
  // Of the layout of lib/model/state.h.
  size_t layer_stride() const;
  size_t state_floats() const;
  int width() const { return layers[0].mamba.width(); }
  Log log_of(const Tracks& t, int layer) const { return {t.log + size_t(layer) * t.log_len * width(), t.log_len}; }
  // A line for each shape and number of tokens: algorithms tried, equal to matmul_decode, and the time of the best.
  std::string products() const;
  void synchronize(const char* what) { check(cudaStreamSynchronize(stream), what); }

  int device = 0;
  cudaStream_t stream = nullptr;
  MatmulPlan plan = {};
  Format format = Format::bf16;
  int chunk_len = 0;
  int vocab_size = 0, d_model = 0, d_in_proj = 0, n_heads = 0, n_layers = 0, d_conv = 0;
  float eps = 0;
  Weights embedding, head_weights;
  const float* final_norm = nullptr;
  std::vector<Layer> layers;
  std::string numerics;
  uint64_t n_bytes = 0;

  DeviceBuffer<float> logits;       // (kLogitRows, vocab padded)
  DeviceBuffer<DrawLaw> laws;       // (kStepMax,) of sample, as the next two
  DeviceBuffer<DrawPart> draw_parts;
  DeviceBuffer<unsigned> n_draw_blocks_done;
  DeviceBuffer<StepControl> step_controls;  // of step, as the next
  DeviceBuffer<DeviceDraw> step_drawn;
  struct Exchange {
    explicit Exchange(size_t n) : state(n) {}
    DeviceBuffer<float> state;  // one, in the host's layout
    Event filled, copied;
  };
  std::unique_ptr<Exchange> exchange;  // made when first needed

 private:
  void take_shape(const DeviceModelArgs& args);
  void make_layers(const DeviceModelArgs& args);
  void make_workspace();
  void admit_products(bool own);
  template <class T>
  T* allocate(size_t n);
  const float* upload(const float* from, size_t n);
  Weights upload(const ops::Matrix& from, Format to, uint64_t seed);
  void project(const Weights& w, const Gemm::Shape& shape, const __nv_bfloat16* u, int n, void* y, size_t y_stride,
               Output output, bool overlap);

  // Freed also when the constructor throws, which it does when the device is too small.
  struct Allocations {
    std::vector<void*> all;
    ~Allocations() {
      for (void* p : all) cudaFree(p);
    }
  };
  struct Stream {
    cudaStream_t stream = nullptr;
    ~Stream() {
      if (stream == nullptr) return;
      cudaStreamSynchronize(stream);
      cudaStreamDestroy(stream);
    }
  };

  Allocations allocations_;
  Stream own_stream_, copy_stream_;  // the second to the host alone
  std::unique_ptr<Gemm> gemm_;
  Gemm::Shape in_shape_, out_shape_, head_shape_;
  DeviceBuffer<float> residual_;       // (chunk_len, d_model)
  DeviceBuffer<__nv_bfloat16> u_;      // (chunk_len, widest padded input)
  DeviceBuffer<__nv_bfloat16> proj_;   // (chunk_len, d_in_proj): z, x, B, C, dt
  DeviceBuffer<__nv_bfloat16> xbc_;    // (chunk_len, width)
  DeviceBuffer<__nv_bfloat16> y_;      // (chunk_len, d_inner)
  DeviceBuffer<float> gated_;          // (d_inner,): of decode
  DeviceBuffer<__nv_bfloat16> dense_;  // one dequantised matrix
  DeviceBuffer<int32_t> ids_;          // (chunk_len,)
};

constexpr int kLogitRows = 64;

}  // namespace sw::cuda
