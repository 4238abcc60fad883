#include "oracle.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <thread>

#include "cpu/rows.h"

namespace sw::cuda {
namespace {

constexpr int kGroup = 64;  // columns under one scale
constexpr int kOracleChunk = 256;

uint16_t to_bf16(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, 4);
  bits += 0x7fff + (bits >> 16 & 1);
  return static_cast<uint16_t>(bits >> 16);
}

float from_bf16(uint16_t v) {
  const uint32_t bits = uint32_t{v} << 16;
  float out;
  std::memcpy(&out, &bits, 4);
  return out;
}

float rounded(float v) {
  return from_bf16(to_bf16(v));
}

// One group of a row, quantised and back, as kernels/cuda/quantize.cu says.
void quantize_group(uint16_t* w, int n, DeviceWeights weights) {
  float peak = 0;
  for (int i = 0; i < n; ++i) {
    const float v = from_bf16(w[i]);
    if (std::fabs(v) > std::fabs(peak) || (std::fabs(v) == std::fabs(peak) && v > peak)) peak = v;
  }
  const bool int8 = weights == DeviceWeights::int8;
  const float scale = rounded(int8 ? std::fabs(peak) / 127.0f : peak / -8.0f);
  for (int i = 0; i < n; ++i) {
    const float q =
        scale == 0 ? 0.0f : std::clamp(std::nearbyint(from_bf16(w[i]) / scale), int8 ? -127.0f : -8.0f, int8 ? 127.0f : 7.0f);
    w[i] = to_bf16(q * scale);
  }
}

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  float normal() { return normal_(engine_); }
  float uniform(float low, float high) { return low + (high - low) * float(engine_() >> 11) / float(1ull << 53); }

 private:
  std::mt19937_64 engine_;
  std::normal_distribution<float> normal_;
};

// Fast and rough: a sum of four bytes of a hash. Millions of weights are drawn.
HostMatrix random_matrix(int n_rows, int n_cols, ops::WeightType type, DeviceWeights weights, bool quantised, float scale,
                         uint64_t seed) {
  HostMatrix m;
  m.type = type;
  m.n_rows = n_rows;
  m.n_cols = n_cols;
  const size_t n = size_t(n_rows) * n_cols;
  m.rounded.resize(n);
  if (type == ops::WeightType::f32) m.f32.resize(n);
  if (type == ops::WeightType::f16) m.u16.resize(n);
  for (size_t i = 0; i < n; ++i) {
    uint64_t h = (i + 1) * 0x9e3779b97f4a7c15ull ^ seed * 0xd1342543de82ef95ull;
    h ^= h >> 32;
    h *= 0xbf58476d1ce4e5b9ull;
    h ^= h >> 29;
    const float sum = float(h & 0xffff) + float(h >> 16 & 0xffff) + float(h >> 32 & 0xffff) + float(h >> 48) - 131070.0f;
    const float v = sum * scale / 37837.0f;
    m.rounded[i] = to_bf16(v);
    if (type == ops::WeightType::f32) m.f32[i] = v;
    if (type == ops::WeightType::f16) {
      const _Float16 half = static_cast<_Float16>(v);
      std::memcpy(&m.u16[i], &half, 2);
      m.rounded[i] = to_bf16(static_cast<float>(half));
    }
  }
  if (type == ops::WeightType::bf16) m.u16 = m.rounded;
  if (!quantised || weights == DeviceWeights::bf16) return m;
  for (int r = 0; r < n_rows; ++r) {
    for (int c = 0; c < n_cols; c += kGroup)
      quantize_group(&m.rounded[size_t(r) * n_cols + c], std::min(kGroup, n_cols - c), weights);
  }
  return m;
}

std::vector<float> random_vector(Random& random, int n, float mean, float spread) {
  std::vector<float> v(n);
  for (float& x : v) x = mean + spread * random.normal();
  return v;
}

// Runs every part of an op on a thread of its own.
template <class Args>
void parallel(void (*op)(const Args&, ops::Part), const Args& args) {
  const int n = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) threads.emplace_back([&, i] { op(args, ops::Part{i, n}); });
  for (std::thread& thread : threads) thread.join();
}

size_t padded(size_t n) {
  return (n + 15) / 16 * 16;
}

}  // namespace

Shape codestral(int n_layers) {
  return {32768, 4096, n_layers, 128, 8, 4, std::numeric_limits<float>::infinity(), false};
}

ops::Matrix HostMatrix::stored() const {
  const void* data = type == ops::WeightType::f32 ? static_cast<const void*>(f32.data()) : u16.data();
  return {type, n_rows, n_cols, data};
}

ops::Matrix HostMatrix::seen() const {
  return {ops::WeightType::bf16, n_rows, n_cols, rounded.data()};
}

HostModel::HostModel(const Shape& s, DeviceWeights w, uint64_t seed) : shape(s), weights(w) {
  Random random(seed);
  embedding = random_matrix(s.vocab_size, s.d_model, s.type, w, false, 1.0f, seed + 1);
  if (s.tied) {
    head = random_matrix(s.vocab_size, s.d_model, s.type, w, true, 1.0f, seed + 1);
  } else {
    head = random_matrix(s.vocab_size, s.d_model, s.type, w, true, std::ldexp(1.0f / std::sqrt(float(s.d_model)), s.head_exponent), seed + 2);
  }
  final_norm = random_vector(random, s.d_model, 1.0f, 0.1f);
  for (int i = 0; i < s.n_layers; ++i) {
    Layer layer;
    layer.in_proj =
        random_matrix(s.d_in_proj(), s.d_model, s.type, w, true, 1.0f / std::sqrt(float(s.d_model)), seed + 10 + 2 * i);
    layer.out_proj =
        random_matrix(s.d_model, s.d_inner(), s.type, w, true, 1.0f / std::sqrt(float(s.d_inner())), seed + 11 + 2 * i);
    layer.norm = random_vector(random, s.d_model, 1.0f, 0.1f);
    layer.conv_weight = random_vector(random, s.d_conv_in() * s.d_conv, 0.0f, 0.5f);
    layer.conv_bias = random_vector(random, s.d_conv_in(), 0.0f, 0.1f);
    layer.dt_bias = random_vector(random, s.n_heads, -3.0f, 1.0f);  // steps of about 0.05, as in trained models
    layer.A.resize(s.n_heads);
    for (float& a : layer.A) a = -random.uniform(1.0f, 16.0f);
    layer.D = random_vector(random, s.n_heads, 1.0f, 0.2f);
    layer.gated_norm = random_vector(random, s.d_inner(), 1.0f, 0.1f);
    layers.push_back(std::move(layer));
  }
  for (const Layer& l : layers) {
    views.push_back({l.norm.data(), l.in_proj.stored(), l.conv_weight.data(), l.conv_bias.data(), l.dt_bias.data(), l.A.data(),
                     l.D.data(), l.gated_norm.data(), l.out_proj.stored()});
  }
}

DeviceModelArgs args_of(const Shape& shape) {
  DeviceModelArgs a = {};
  a.vocab_size = shape.vocab_size;
  a.d_model = shape.d_model;
  a.norm_eps = 1e-5f;
  a.n_layers = shape.n_layers;
  a.n_heads = shape.n_heads;
  a.head_dim = 64;
  a.n_groups = shape.n_groups;
  a.d_state = 128;
  a.d_conv = shape.d_conv;
  a.dt_min = 0;
  a.dt_max = shape.dt_max;
  return a;
}

DeviceModelArgs HostModel::args(int chunk_len) const {
  DeviceModelArgs a = args_of(shape);
  a.weights = weights;
  a.chunk_len = chunk_len;
  a.embedding = embedding.stored();
  a.head = shape.tied ? embedding.stored() : head.stored();
  a.final_norm = final_norm.data();
  a.layers = views.data();
  return a;
}

RandomModel::RandomModel(int n_layers)
    : shape(codestral(n_layers)),
      ones(shape.d_inner(), 1.0f),
      taps(size_t(shape.d_conv_in()) * 4, 0.4f),
      zeros(shape.d_conv_in(), 0.0f),
      dt_bias(shape.n_heads, -3.0f),
      A(shape.n_heads) {
  for (int h = 0; h < shape.n_heads; ++h) A[h] = -1.0f - 15.0f * h / shape.n_heads;
  const ops::Matrix in = {ops::WeightType::bf16, shape.d_in_proj(), shape.d_model, nullptr};
  const ops::Matrix out = {ops::WeightType::bf16, shape.d_model, shape.d_inner(), nullptr};
  layers.assign(shape.n_layers,
                {ones.data(), in, taps.data(), zeros.data(), dt_bias.data(), A.data(), ones.data(), ones.data(), out});
}

DeviceModelArgs RandomModel::args(DeviceWeights weights) const {
  DeviceModelArgs a = args_of(shape);
  a.weights = weights;
  a.embedding = {ops::WeightType::bf16, shape.vocab_size, shape.d_model, nullptr};
  a.head = a.embedding;
  a.final_norm = ones.data();
  a.layers = layers.data();
  return a;
}

OracleResult run_oracle(const HostModel& model, const std::vector<int32_t>& ids, int n_logits) {
  const Shape& s = model.shape;
  const ops::OpTable table = ops::bind_cpu(ops::kCpuUnrounded);
  const size_t d_model = s.d_model, d_inner = s.d_inner(), d_conv_in = s.d_conv_in(), d_in_proj = s.d_in_proj();
  const size_t conv_size = padded((s.d_conv - 1) * d_conv_in), ssm_size = padded(d_inner * 128);
  OracleResult result;
  result.state.assign(s.n_layers * (conv_size + ssm_size) + padded(d_model), 0.0f);
  std::vector<float> r(kOracleChunk * d_model), u(kOracleChunk * d_model), z(kOracleChunk * d_in_proj),
      xbc(kOracleChunk * d_conv_in), y(kOracleChunk * d_inner);
  const int n_ids = static_cast<int>(ids.size());
  for (int begin = 0; begin < n_ids; begin += kOracleChunk) {
    const int n = std::min(kOracleChunk, n_ids - begin);
    parallel(table.embed, {n, model.embedding.seen(), ids.data() + begin, r.data()});
    for (int i = 0; i < s.n_layers; ++i) {
      const HostModel::Layer& l = model.layers[i];
      float* conv_state = result.state.data() + i * (conv_size + ssm_size);
      parallel(table.rms_norm, {n, s.d_model, 1e-5f, r.data(), l.norm.data(), u.data()});
      parallel(table.matmul, {n, l.in_proj.seen(), u.data(), d_model, z.data(), d_in_proj, false});
      parallel(table.conv, {n, int(d_conv_in), s.d_conv, z.data() + d_inner, d_in_proj, l.conv_weight.data(),
                            l.conv_bias.data(), conv_state, xbc.data()});
      parallel(table.ssd, {n, s.n_heads, 64, s.n_groups, 128, 0.0f, s.dt_max, xbc.data(), xbc.data() + d_inner,
                           xbc.data() + d_inner + s.n_groups * 128, d_conv_in, z.data() + d_inner + d_conv_in, d_in_proj,
                           l.dt_bias.data(), l.A.data(), l.D.data(), conv_state + conv_size, y.data()});
      parallel(table.gated_norm,
               {n, int(d_inner), s.n_groups, 1e-5f, y.data(), z.data(), d_in_proj, l.gated_norm.data(), y.data()});
      parallel(table.matmul, {n, l.out_proj.seen(), y.data(), d_inner, r.data(), d_model, true});
    }
    parallel(table.rms_norm, {n, s.d_model, 1e-5f, r.data(), model.final_norm.data(), u.data()});
    std::copy_n(&u[(n - 1) * d_model], d_model, result.state.end() - padded(d_model));
    const int first = std::max(0, n_ids - n_logits - begin);
    if (first < n) {
      const size_t at = result.logits.size();
      result.logits.resize(at + size_t(n - first) * s.vocab_size);
      parallel(table.matmul,
               {n - first, model.head.seen(), &u[first * d_model], d_model, &result.logits[at], size_t(s.vocab_size), false});
    }
  }
  return result;
}

std::vector<int32_t> random_ids(int n, int vocab_size, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<int32_t> ids(n);
  for (int32_t& id : ids) id = static_cast<int32_t>(engine() % vocab_size);
  return ids;
}

double relative_l2(const std::vector<float>& a, const std::vector<float>& reference) {
  if (a.size() != reference.size()) return std::numeric_limits<double>::infinity();
  double difference = 0, norm = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference += (double{a[i]} - reference[i]) * (double{a[i]} - reference[i]);
    norm += double{reference[i]} * reference[i];
  }
  const double result = std::sqrt(difference / norm);
  return std::isfinite(result) ? result : std::numeric_limits<double>::infinity();
}

}  // namespace sw::cuda
