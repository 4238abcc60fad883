#include "cuda/model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sw::cuda {
namespace {

static_assert(kStepMax <= kRowsMax && kStepMax <= kLogitRows);

constexpr int kChunkDefault = 4096;
constexpr int kInputMax = 16384;  // one token of it leaves room for the weights in shared memory
constexpr int kFewTokens = 2 * kRowsMax;  // of a pass whose kernels are short enough for their starts to matter
constexpr int kStateGrain = 16;   // floats: every part of a state starts on a cache line

size_t state_part(size_t n) {
  return (n + kStateGrain - 1) / kStateGrain * kStateGrain;
}

void require(bool holds, const char* what) {
  if (!holds) throw DeviceFailure(DeviceStatus::unsupported, std::string("the CUDA kernels need ") + what);
}

void check_shape(const DeviceModelArgs& a) {
  require(a.head_dim == kHeadDim, "head_dim 64");
  require(a.d_state == kState, "d_state 128");
  require(a.d_conv >= 1 && a.d_conv <= kTaps, "d_conv of at most 4");
  require(a.n_layers > 0 && a.n_heads > 0 && a.n_heads % 8 == 0, "n_heads in eights");
  require(a.n_groups > 0 && a.n_heads % a.n_groups == 0, "n_groups that divides n_heads");
  require(a.d_model > 0 && a.d_model % 8 == 0, "d_model in eights");
  require(a.vocab_size > 0, "a vocabulary");
  require(a.d_model <= kInputMax && a.n_heads * kHeadDim <= kInputMax, "d_model and d_inner of at most 16,384");
}

// (d_conv_in, d_conv) to (kTaps, d_conv_in), missing taps zero in front.
std::vector<float> transpose_taps(const float* w, int n, int d_conv) {
  std::vector<float> out(size_t(kTaps) * n, 0.0f);
  for (int j = 0; j < n; ++j) {
    for (int k = 0; k < d_conv; ++k) out[size_t(kTaps - d_conv + k) * n + j] = w[size_t(j) * d_conv + k];
  }
  return out;
}

}  // namespace

DeviceModel::DeviceModel(const DeviceModelArgs& args) : device(args.device) {
  check_shape(args);
  check(cudaSetDevice(device), "device");
  check(cudaStreamCreateWithFlags(&own_stream_.stream, cudaStreamNonBlocking), "stream");
  check(cudaStreamCreateWithFlags(&copy_stream_.stream, cudaStreamNonBlocking), "stream");
  stream = own_stream_.stream;
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, device), "device properties");
  check(matmul_decode_prepare(plan), "matmul_decode");
  check(ssd_prepare(), "ssd");
  check(ssd_replay_prepare(), "ssd_replay");
  take_shape(args);
  make_layers(args);
  make_workspace();
  admit_products(args.own_products != 0);
  numerics = std::string("cuda 3 sm") + std::to_string(properties.major) + std::to_string(properties.minor) +
             (format == Format::bf16   ? " bf16"
              : format == Format::int8 ? " int8"
                                       : " int4") +
             (in_shape_.buckets.empty() ? " gemm=own" : " gemm=cublaslt");
}

void DeviceModel::take_shape(const DeviceModelArgs& a) {
  format = a.weights == DeviceWeights::int8 ? Format::int8 : a.weights == DeviceWeights::int4 ? Format::int4 : Format::bf16;
  chunk_len = a.chunk_len > 0 ? round_up(a.chunk_len, kCell) : kChunkDefault;
  vocab_size = a.vocab_size;
  d_model = a.d_model;
  n_heads = a.n_heads;
  n_layers = a.n_layers;
  d_conv = a.d_conv;
  eps = a.norm_eps;
  const Mamba m = {a.n_heads, a.n_groups, a.dt_min, a.dt_max, nullptr, nullptr, nullptr, nullptr, nullptr};
  d_in_proj = m.d_inner() + m.width();
}

template <class T>
T* DeviceModel::allocate(size_t n) {
  void* p = nullptr;
  check(cudaMalloc(&p, n * sizeof(T)), "weights");
  allocations_.all.push_back(p);
  n_bytes += n * sizeof(T);
  return static_cast<T*>(p);
}

const float* DeviceModel::upload(const float* from, size_t n) {
  float* to = allocate<float>(n);
  check(cudaMemcpyAsync(to, from, n * sizeof(float), cudaMemcpyHostToDevice, stream), "weights");
  synchronize("weights");
  return to;
}

Weights DeviceModel::upload(const ops::Matrix& from, Format to, uint64_t random_seed) {
  Weights w = {Format::bf16, from.n_rows, from.n_cols, nullptr};
  const size_t n = size_t(w.rows_padded()) * w.cols_padded();
  DeviceBuffer<__nv_bfloat16> dense;
  if (to == Format::bf16) {
    w.data = allocate<__nv_bfloat16>(n);
  } else {
    dense = DeviceBuffer<__nv_bfloat16>(n);
    w.data = dense.data();
  }
  __nv_bfloat16* values = static_cast<__nv_bfloat16*>(w.data);
  if (from.data == nullptr) {
    check(fill_random(values, n, 1.0f / std::sqrt(float(from.n_cols)), random_seed, stream), "random weights");
  } else {
    const size_t bytes = size_t(from.n_rows) * from.n_cols * ops::weight_bytes(from.type);
    DeviceBuffer<uint8_t> staged(bytes);
    check(cudaMemcpyAsync(staged.data(), from.data, bytes, cudaMemcpyHostToDevice, stream), "weights");
    check(convert_rows(staged.data(), static_cast<int>(from.type), w, values, stream), "weights");
    synchronize("weights");
  }
  if (to != Format::bf16) {
    w.format = to;
    w.data = allocate<uint8_t>(w.n_bytes());
    check(quantize(dense.data(), w, stream), "quantize");
  }
  synchronize("weights");
  return w;
}

void DeviceModel::make_layers(const DeviceModelArgs& args) {
  embedding = upload(args.embedding, Format::bf16, 1);
  const bool tied = args.head.data == args.embedding.data && args.head.data != nullptr;
  head_weights = tied && format == Format::bf16 ? embedding : upload(args.head, format, 2);
  final_norm = upload(args.final_norm, d_model);
  for (int i = 0; i < n_layers; ++i) {
    const DeviceLayer& from = args.layers[i];
    Layer layer;
    layer.in_proj = upload(from.in_proj, format, 10 + 2 * i);
    layer.out_proj = upload(from.out_proj, format, 11 + 2 * i);
    layer.norm = upload(from.norm, d_model);
    Mamba& m = layer.mamba;
    m = {args.n_heads, args.n_groups, args.dt_min, args.dt_max, nullptr, nullptr, nullptr, nullptr, nullptr};
    layer.gated_norm = upload(from.gated_norm, m.d_inner());
    m.conv_weight = upload(transpose_taps(from.conv_weight, m.d_conv_in(), d_conv).data(), size_t(kTaps) * m.d_conv_in());
    m.conv_bias = upload(from.conv_bias, m.d_conv_in());
    m.dt_bias = upload(from.dt_bias, n_heads);
    std::vector<float> A(from.A, from.A + n_heads);
    for (float& a : A) a *= 1.4426950408889634f;
    m.A = upload(A.data(), n_heads);
    m.D = upload(from.D, n_heads);
    layers.push_back(layer);
  }
}

void DeviceModel::make_workspace() {
  const Mamba& m = layers[0].mamba;
  const size_t n = chunk_len;
  const int widest = std::max(round_up(d_model, kPad), round_up(m.d_inner(), kPad));
  residual_ = DeviceBuffer<float>(n * d_model);
  u_ = DeviceBuffer<__nv_bfloat16>(n * widest);
  proj_ = DeviceBuffer<__nv_bfloat16>(n * d_in_proj);
  xbc_ = DeviceBuffer<__nv_bfloat16>(n * m.width());
  y_ = DeviceBuffer<__nv_bfloat16>(n * m.d_inner());
  gated_ = DeviceBuffer<float>(m.d_inner());
  ids_ = DeviceBuffer<int32_t>(n);
  logits = DeviceBuffer<float>(size_t(kLogitRows) * head_weights.rows_padded());
  laws = DeviceBuffer<DrawLaw>(kStepMax);
  draw_parts = DeviceBuffer<DrawPart>(kStepMax * kDrawBlocks);
  n_draw_blocks_done = DeviceBuffer<unsigned>(kStepMax);
  step_controls = DeviceBuffer<StepControl>(kStepMax);
  step_drawn = DeviceBuffer<DeviceDraw>(kStepMax);
  check(cudaMemsetAsync(n_draw_blocks_done.data(), 0, n_draw_blocks_done.n_bytes(), stream), "memset");
  check(cudaMemsetAsync(step_drawn.data(), 0, step_drawn.n_bytes(), stream), "memset");  // gaps between members come to the host, too
  if (format != Format::bf16) {
    size_t largest = 0;
    for (const Weights& w : {layers[0].in_proj, layers[0].out_proj, head_weights}) {
      largest = std::max(largest, size_t(w.rows_padded()) * w.cols_padded());
    }
    dense_ = DeviceBuffer<__nv_bfloat16>(largest);
  }
  n_bytes += residual_.n_bytes() + u_.n_bytes() + proj_.n_bytes() + xbc_.n_bytes() + y_.n_bytes() + logits.n_bytes() +
             dense_.n_bytes();
}

void DeviceModel::admit_products(bool own) {
  if (own) return;
  gemm_ = std::make_unique<Gemm>();
  const auto admit = [&](const Weights& w, Output output, int n_parts, size_t y_stride, int n_max) {
    Weights dense = w;
    if (w.format != Format::bf16) {
      check(dequantize(w, dense_.data(), stream), "dequantize");
      dense.format = Format::bf16;
      dense.data = dense_.data();
    }
    return gemm_->admit(dense, output, n_parts, y_stride, n_max, plan, stream);
  };
  in_shape_ = admit(layers[0].in_proj, Output::bf16, 1, d_in_proj, chunk_len);
  out_shape_ = admit(layers[0].out_proj, Output::add, out_parts(), d_model, chunk_len);
  head_shape_ = admit(head_weights, Output::f32, 1, head_weights.rows_padded(), kLogitRows);
}

std::string DeviceModel::products() const {
  std::string text;
  for (const Gemm::Shape* shape : {&in_shape_, &out_shape_, &head_shape_}) {
    for (const Gemm::Shape::Bucket& b : shape->buckets) {
      char line[160];
      const double flop = 2.0 * shape->n_rows * shape->n_cols * b.n_tokens_max;
      std::snprintf(line, sizeof(line), "  (%d, %d) %5d tokens: %2d of %2d algorithms equal, best %8.3f ms, %4.0f TFLOP/s\n",
                    shape->n_rows, shape->n_cols, b.n_tokens_max, b.n_equal, b.n_tried, b.best_ms, flop / b.best_ms * 1e-9);
      text += line;
    }
  }
  return text;
}

void DeviceModel::project(const Weights& w, const Gemm::Shape& shape, const __nv_bfloat16* u, int n, void* y, size_t y_stride,
                          Output output, bool overlap) {
  // Up to this, streaming the weights once for every pass is cheaper than expanding them for cuBLASLt.
  const int n_own = w.format == Format::bf16 ? 8 : 2 * kRowsMax;
  if (n > n_own && !shape.buckets.empty()) {
    const void* dense = w.data;
    if (w.format != Format::bf16) {
      check(dequantize(w, dense_.data(), stream), "dequantize");
      dense = dense_.data();
    }
    if (gemm_->run(shape, static_cast<const __nv_bfloat16*>(dense), u, n, y, y_stride, stream)) return;
  }
  for (int t = 0; t < n; t += kRowsMax) {
    MatmulDecodeArgs a = {};
    a.w = w;
    a.n_tokens = std::min(kRowsMax, n - t);
    a.x_stride = w.cols_padded();
    a.x = u + t * a.x_stride;
    a.output = output;
    a.n_parts = output == Output::add ? out_parts() : 1;
    a.y = static_cast<uint8_t*>(y) + t * y_stride * (output == Output::bf16 ? 2 : 4);
    a.y_stride = y_stride;
    check(matmul_decode(a, {plan.n_blocks, plan.shared_bytes, overlap}, stream), "matmul_decode");
  }
}

void DeviceModel::prefill(const Tracks& tracks, long long position, const int32_t* ids, int n) {
  check(cudaMemcpyAsync(ids_.data(), ids, n * sizeof(int32_t), cudaMemcpyHostToDevice, stream), "ids");
  check(embed({n, static_cast<const __nv_bfloat16*>(embedding.data), size_t(embedding.cols_padded()), d_model, ids_.data(),
               nullptr, residual_.data()},
              false, stream),
        "embed");
  const bool overlap = plan.overlap && n <= kFewTokens;
  for (int i = 0; i < n_layers; ++i) {
    const Layer& layer = layers[i];
    const Mamba& m = layer.mamba;
    const int d_inner = m.d_inner();
    const size_t in_stride = layer.in_proj.cols_padded(), out_stride = layer.out_proj.cols_padded(), proj_stride = d_in_proj;
    const __nv_bfloat16* raw = proj_.data() + d_inner;
    __nv_bfloat16* cache = tracks.cache + size_t(i) * kCell * m.width();
    check(rms_norm({n, d_model, eps, residual_.data(), layer.norm, u_.data(), in_stride, 0, 0}, overlap, stream), "rms_norm");
    project(layer.in_proj, in_shape_, u_.data(), n, proj_.data(), proj_stride, Output::bf16, overlap);
    check(conv({m, position, n, raw, proj_stride, log_of(tracks, i), xbc_.data()}, overlap, stream), "conv");
    check(ssd({m, position, n, xbc_.data(), cache, tracks.ssm + i * ssm_floats_per_layer(), y_.data()}, overlap, stream),
          "ssd");
    check(keep({m.width(), position, n, raw, proj_stride, log_of(tracks, i), xbc_.data(), cache}, overlap, stream), "keep");
    check(
        gated_norm({n, d_inner, m.n_groups, eps, y_.data(), proj_.data(), proj_stride, layer.gated_norm, u_.data(), out_stride},
                   overlap, stream),
        "gated_norm");
    project(layer.out_proj, out_shape_, u_.data(), n, residual_.data(), d_model, Output::add, overlap);
  }
}

void DeviceModel::step(const Tracks* const* tracks, const long long* positions, const StepControl* controls, int n) {
  const bool overlap = plan.overlap;
  check(embed({n, static_cast<const __nv_bfloat16*>(embedding.data), size_t(embedding.cols_padded()), d_model, nullptr, controls,
               residual_.data()},
              overlap, stream),
        "embed");
  for (int i = 0; i < n_layers; ++i) {
    const Layer& layer = layers[i];
    const Mamba& m = layer.mamba;
    const size_t d_inner = m.d_inner(), proj_stride = d_in_proj;
    check(rms_norm({n, d_model, eps, residual_.data(), layer.norm, u_.data(), size_t(layer.in_proj.cols_padded()), 0, 0}, overlap,
                   stream),
          "rms_norm");
    project(layer.in_proj, in_shape_, u_.data(), n, proj_.data(), proj_stride, Output::bf16, overlap);
    SsdDecodeArgs each[kStepMax];
    for (int j = 0; j < n; ++j) {
      const Tracks& t = *tracks[j];
      const __nv_bfloat16* z = proj_.data() + j * proj_stride;
      each[j] = {m, controls + j, z, z + d_inner, log_of(t, i), t.cache + size_t(i) * kCell * m.width(),
                 t.ssm + i * ssm_floats_per_layer(), nullptr, y_.data() + j * d_inner};
    }
    check(ssd_decode_each(each, n, overlap, stream), "ssd_decode");
    check(gated_norm({n, static_cast<int>(d_inner), m.n_groups, eps, y_.data(), proj_.data(), proj_stride, layer.gated_norm,
                      u_.data(), size_t(layer.out_proj.cols_padded())},
                     overlap, stream),
          "gated_norm");
    project(layer.out_proj, out_shape_, u_.data(), n, residual_.data(), d_model, Output::add, overlap);
  }
  const size_t d = round_up(d_model, kPad);
  check(rms_norm({n, d_model, eps, residual_.data(), final_norm, u_.data(), d, 0, 0}, overlap, stream), "rms_norm");
  for (int j = 0; j < n; ++j) {
    __nv_bfloat16* row = tracks[j]->hidden + size_t(positions[j] % tracks[j]->log_len) * d_model;
    check(cudaMemcpyAsync(row, u_.data() + j * d, size_t(d_model) * 2, cudaMemcpyDeviceToDevice, stream), "hidden");
  }
}

void DeviceModel::step_head(int n) {
  project(head_weights, head_shape_, u_.data(), n, logits.data(), head_weights.rows_padded(), Output::f32, false);
}

void DeviceModel::keep_hidden(const Tracks& tracks, long long position, int first, int n) {
  first = std::max(first, n - tracks.log_len);
  check(rms_norm({n - first, d_model, eps, residual_.data() + size_t(first) * d_model, final_norm, tracks.hidden,
                  size_t(d_model), tracks.log_len, position + first},
                 false, stream),
        "rms_norm");
}

void DeviceModel::decode(const Tracks& tracks, const StepControl* control, bool with_head) {
  const MatmulPlan& p = plan;
  check(embed({1, static_cast<const __nv_bfloat16*>(embedding.data), size_t(embedding.cols_padded()), d_model, nullptr, control,
               residual_.data()},
              p.overlap, stream),
        "embed");
  MatmulDecodeArgs a = {};
  a.n_tokens = 1;
  a.eps = eps;
  for (int i = 0; i < n_layers; ++i) {
    const Layer& layer = layers[i];
    const Mamba& m = layer.mamba;
    a.w = layer.in_proj;
    a.input = Input::rms_norm;
    a.x = residual_.data();
    a.norm_weight = layer.norm;
    a.output = Output::bf16;
    a.n_parts = 1;
    a.y = proj_.data();
    check(matmul_decode(a, p, stream), "in_proj");
    check(ssd_decode(
              {m, control, proj_.data(), proj_.data() + m.d_inner(), log_of(tracks, i),
               tracks.cache + size_t(i) * kCell * m.width(), tracks.ssm + i * ssm_floats_per_layer(), gated_.data(), nullptr},
              p.overlap, stream),
          "ssd_decode");
    a.w = layer.out_proj;
    a.input = Input::group_norm;
    a.x = gated_.data();
    a.n_groups = m.n_groups;
    a.norm_weight = layer.gated_norm;
    a.output = Output::add;
    a.n_parts = out_parts();
    a.y = residual_.data();
    check(matmul_decode(a, p, stream), "out_proj");
  }
  a.w = head_weights;
  a.input = Input::rms_norm;
  a.x = residual_.data();
  a.norm_weight = final_norm;
  a.output = Output::f32;
  a.n_parts = 1;
  a.y = logits.data();
  a.log = tracks.hidden;
  a.log_len = tracks.log_len;
  a.control = control;
  if (!with_head) a.w.n_rows = kTile;  // one tile: for the norm's sake, which the first block keeps
  check(matmul_decode(a, p, stream), "head");
}

void DeviceModel::head(const Tracks& tracks, long long position, int n, float* out) {
  const int stride = head_weights.rows_padded(), d = round_up(d_model, kPad);
  for (int t = 0; t < n; t += kLogitRows) {
    const int rows = std::min(kLogitRows, n - t);
    check(cudaMemsetAsync(u_.data(), 0, size_t(rows) * d * 2, stream), "head");
    for (int r = 0; r < rows; ++r) {
      const size_t slot = size_t((position + t + r) % tracks.log_len);
      check(cudaMemcpyAsync(u_.data() + size_t(r) * d, tracks.hidden + slot * d_model, size_t(d_model) * 2,
                            cudaMemcpyDeviceToDevice, stream),
            "head");
    }
    project(head_weights, head_shape_, u_.data(), rows, logits.data(), stride, Output::f32, false);
    check(cudaMemcpy2DAsync(out + size_t(t) * vocab_size, size_t(vocab_size) * 4, logits.data(), size_t(stride) * 4,
                            size_t(vocab_size) * 4, rows, cudaMemcpyDeviceToHost, stream),
          "logits");
  }
  synchronize("head");
}

void DeviceModel::head_one(const Tracks& tracks, long long position) {
  MatmulDecodeArgs a = {};
  a.w = head_weights;
  a.n_tokens = 1;
  a.x = tracks.hidden + size_t(position % tracks.log_len) * d_model;
  a.x_stride = d_model;
  a.output = Output::f32;
  a.n_parts = 1;
  a.y = logits.data();
  a.y_stride = head_weights.rows_padded();
  check(matmul_decode(a, {plan.n_blocks, plan.shared_bytes, false}, stream), "head");
}

void DeviceModel::set_laws(const DeviceSampling* from, int n) {
  DrawLaw to[kStepMax];
  for (int i = 0; i < n; ++i) {
    const int n_ids = from[i].n_ids > 0 ? std::min(from[i].n_ids, vocab_size) : vocab_size;
    to[i] = {from[i].temperature, draw::below_min(from[i]), from[i].seed, n_ids};
  }
  check(cudaMemcpyAsync(laws.data(), to, n * sizeof(DrawLaw), cudaMemcpyHostToDevice, stream), "laws");
}

void DeviceModel::draw(int n, StepControl* controls, DeviceDraw* drawn, bool overlap) {
  check(sample({n, logits.data(), size_t(head_weights.rows_padded()), laws.data(), controls, drawn, draw_parts.data(),
                n_draw_blocks_done.data()},
               overlap, stream),
        "sample");
}

float* DeviceModel::take_exchange() {
  if (exchange == nullptr) exchange = std::make_unique<Exchange>(state_floats());
  exchange->copied.hold(stream);
  return exchange->state.data();
}

void DeviceModel::copy_exchange(float* to, Event& done) {
  const cudaStream_t copying = copy_stream_.stream;
  const DeviceBuffer<float>& state = exchange->state;
  exchange->filled.record(stream);
  exchange->filled.hold(copying);
  check(cudaMemcpyAsync(to, state.data(), state.n_bytes(), cudaMemcpyDeviceToHost, copying), "a state to the host");
  exchange->copied.record(copying);
  done.record(copying);
}

size_t DeviceModel::layer_stride() const {
  return state_part(conv_floats_per_layer()) + state_part(ssm_floats_per_layer());
}

size_t DeviceModel::state_floats() const {
  return n_layers * layer_stride() + state_part(d_model);
}

}  // namespace sw::cuda
