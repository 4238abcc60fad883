// The operands of each kind of case. Allocations end exactly where the operand ends, so that a sanitizer sees one
// element too far; gaps between strided rows hold NaN where they must not be read into a result.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "cases.h"

namespace sw::ops {
namespace {

constexpr float kMark = -12345.5f;  // in output gaps and outputs not yet written

// splitmix64: small, and good enough to fill 150 MB quickly.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t bits() {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  float uniform(float low, float high) { return low + (high - low) * static_cast<float>(bits() >> 40) * 0x1p-24f; }

 private:
  uint64_t state_;
};

// Bytes that start `offset` after a 64-byte boundary and end where the allocation ends.
class Buffer {
 public:
  Buffer(size_t n_bytes, size_t offset) : n_bytes_(n_bytes) {
    void* start = nullptr;
    if (posix_memalign(&start, 64, offset + n_bytes + (offset + n_bytes == 0 ? 1 : 0)) != 0) throw std::bad_alloc();
    start_.reset(static_cast<char*>(start));
    data_ = start_.get() + offset;
  }
  char* data() { return data_; }
  const char* data() const { return data_; }
  size_t size() const { return n_bytes_; }

 private:
  struct Free {
    void operator()(char* p) const { std::free(p); }
  };
  std::unique_ptr<char, Free> start_;
  char* data_;
  size_t n_bytes_;
};

// Rows of floats, `stride` apart; the last row has no gap after it.
class Floats {
 public:
  Floats(int n_rows, size_t width, size_t pad, size_t offset)
      : n_rows_(static_cast<size_t>(n_rows)),
        width_(width),
        stride_(width + pad),
        buffer_((n_rows == 0 ? 0 : (n_rows_ - 1) * stride_ + width) * sizeof(float), 4 * offset) {}

  float* data() { return reinterpret_cast<float*>(buffer_.data()); }
  const float* data() const { return reinterpret_cast<const float*>(buffer_.data()); }
  float* row(int t) { return data() + static_cast<size_t>(t) * stride_; }
  size_t stride() const { return stride_; }
  size_t size() const { return buffer_.size() / sizeof(float); }
  std::vector<float> values() const { return {data(), data() + size()}; }

  void fill(float value) {
    for (size_t i = 0; i < size(); ++i) data()[i] = value;
  }
  void fill(Random& random, float low, float high) {
    fill(std::numeric_limits<float>::quiet_NaN());
    for (size_t t = 0; t < n_rows_; ++t) {
      for (size_t i = 0; i < width_; ++i) data()[t * stride_ + i] = random.uniform(low, high);
    }
  }
  void assign(const std::vector<float>& values) {
    if (!values.empty()) std::memcpy(data(), values.data(), values.size() * sizeof(float));
  }

 private:
  size_t n_rows_, width_, stride_;
  Buffer buffer_;
};

float magnitude(Values values) {
  return values == Values::large ? 1e4f : values == Values::tiny ? 1e-20f : 1.0f;
}

uint16_t f16_of(float value) {  // truncates; only for normal values and zero
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const int exponent = static_cast<int>(bits >> 23 & 0xff) - 127 + 15;
  const uint32_t sign = bits >> 16 & 0x8000;
  if (exponent <= 0) return static_cast<uint16_t>(sign);
  return static_cast<uint16_t>(sign | static_cast<uint32_t>(exponent) << 10 | (bits >> 13 & 0x3ff));
}

Buffer make_weights(const Case& c, Random& random) {
  const size_t n = static_cast<size_t>(c.n_rows) * static_cast<size_t>(c.n_cols);
  const size_t size = weight_bytes(c.type);
  Buffer buffer(n * size, c.offset);
  for (size_t i = 0; i < n; ++i) {
    const float value = random.uniform(-1, 1);
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    const uint16_t half = c.type == WeightType::f16 ? f16_of(value) : static_cast<uint16_t>(bits >> 16);
    std::memcpy(buffer.data() + i * size, size == 4 ? static_cast<const void*>(&bits) : &half, size);
  }
  return buffer;
}

double weight_share(const Case& c) {
  return static_cast<double>(c.n_rows) * c.n_cols * static_cast<double>(weight_bytes(c.type));
}

class Embed final : public Problem {
 public:
  Embed(const Case& c, Random random)
      : c_(c), weights_(make_weights(c, random)), out_(c.n_tokens, static_cast<size_t>(c.n_cols), 0, c.offset) {
    for (int t = 0; t < c.n_tokens; ++t) {
      ids_.push_back(static_cast<int32_t>(random.bits() % static_cast<uint64_t>(c.n_rows)));
    }
    reset();
  }
  void reset() override { out_.fill(kMark); }
  void run(const OpTable& table, int begin, int end, Part part) override {
    table.embed({end - begin, {c_.type, c_.n_rows, c_.n_cols, weights_.data()}, ids_.data() + begin, out_.row(begin)},
                part);
  }
  std::vector<Output> outputs() const override { return {{"out", out_.values()}}; }
  double bytes() const override {
    return static_cast<double>(c_.n_tokens) * c_.n_cols * static_cast<double>(weight_bytes(c_.type) + 4);
  }
  double flops() const override { return 0; }

 private:
  Case c_;
  Buffer weights_;
  std::vector<int32_t> ids_;
  Floats out_;
};

class RmsNorm final : public Problem {
 public:
  RmsNorm(const Case& c, Random random)
      : c_(c),
        x_(c.n_tokens, static_cast<size_t>(c.width), 0, c.offset),
        weight_(1, static_cast<size_t>(c.width), 0, c.offset),
        y_(c.n_tokens, static_cast<size_t>(c.width), 0, c.offset) {
    x_.fill(random, -magnitude(c.values), magnitude(c.values));
    weight_.fill(random, 0.5, 2);
    reset();
  }
  void reset() override { y_.fill(kMark); }
  void run(const OpTable& table, int begin, int end, Part part) override {
    table.rms_norm({end - begin, c_.width, 1e-5f, x_.row(begin), weight_.data(), y_.row(begin)}, part);
  }
  std::vector<Output> outputs() const override { return {{"y", y_.values()}}; }
  double bytes() const override { return 4.0 * c_.width * (2 * c_.n_tokens + 1); }
  double flops() const override { return 4.0 * c_.n_tokens * c_.width; }

 private:
  Case c_;
  Floats x_, weight_, y_;
};

class Matmul final : public Problem {
 public:
  Matmul(const Case& c, Random random)
      : c_(c),
        weights_(make_weights(c, random)),
        x_(c.n_tokens, static_cast<size_t>(c.n_cols), c.pad, c.offset),
        y_(c.n_tokens, static_cast<size_t>(c.n_rows), c.pad, c.offset) {
    x_.fill(random, -magnitude(c.values), magnitude(c.values));
    y_.fill(random, -magnitude(c.values), magnitude(c.values));
    for (float& value : y_first_ = y_.values()) {
      if (std::isnan(value)) value = kMark;
    }
    reset();
  }
  void reset() override { y_.assign(y_first_); }
  void run(const OpTable& table, int begin, int end, Part part) override {
    const Matrix w{c_.type, c_.n_rows, c_.n_cols, weights_.data()};
    table.matmul({end - begin, w, x_.row(begin), x_.stride(), y_.row(begin), y_.stride(), c_.accumulate}, part);
  }
  std::vector<Output> outputs() const override { return {{"y", y_.values()}}; }
  double bytes() const override { return weight_share(c_); }
  double flops() const override { return 2.0 * c_.n_tokens * c_.n_rows * c_.n_cols; }

 private:
  Case c_;
  Buffer weights_;
  Floats x_, y_;
  std::vector<float> y_first_;
};

class Conv final : public Problem {
 public:
  Conv(const Case& c, Random random)
      : c_(c),
        x_(c.n_tokens, width(), c.pad, c.offset),
        weight_(c.width, static_cast<size_t>(c.d_conv), 0, c.offset),
        bias_(1, width(), 0, c.offset),
        state_(c.d_conv - 1, width(), 0, c.offset),
        y_(c.n_tokens, width(), 0, c.offset) {
    x_.fill(random, -magnitude(c.values), magnitude(c.values));
    weight_.fill(random, -1, 1);
    bias_.fill(random, -1, 1);
    state_.fill(random, -magnitude(c.values), magnitude(c.values));
    state_first_ = state_.values();
    reset();
  }
  void reset() override {
    state_.assign(state_first_);
    y_.fill(kMark);
  }
  void run(const OpTable& table, int begin, int end, Part part) override {
    table.conv({end - begin, c_.width, c_.d_conv, x_.row(begin), x_.stride(), weight_.data(), bias_.data(),
                state_.data(), y_.row(begin)},
               part);
  }
  std::vector<Output> outputs() const override { return {{"y", y_.values()}, {"conv_state", state_.values()}}; }
  double bytes() const override { return 4.0 * c_.width * (2 * c_.n_tokens + 3 * c_.d_conv - 1); }
  double flops() const override { return 2.0 * c_.n_tokens * c_.width * (c_.d_conv + 8); }

 private:
  size_t width() const { return static_cast<size_t>(c_.width); }

  Case c_;
  Floats x_, weight_, bias_, state_, y_;
  std::vector<float> state_first_;
};

class Ssd final : public Problem {
 public:
  Ssd(const Case& c, Random random)
      : c_(c),
        xbc_(c.n_tokens, static_cast<size_t>(c.n_heads * c.head_dim + 2 * c.n_groups * c.d_state), c.pad, c.offset),
        dt_raw_(c.n_tokens, static_cast<size_t>(c.n_heads), c.pad, c.offset),
        heads_(3, static_cast<size_t>(c.n_heads), 0, c.offset),
        state_(c.n_heads * c.head_dim, static_cast<size_t>(c.d_state), 0, c.offset),
        y_(c.n_tokens, static_cast<size_t>(c.n_heads * c.head_dim), 0, c.offset) {
    const float scale = magnitude(c.values);
    xbc_.fill(random, -1, 1);
    // Large: softplus and decay at both ends: dt from exp(-150) to 150, decay from 0 to 1.
    const float dt_scale = c.values == Values::large ? 150 : 2;
    dt_raw_.fill(random, -dt_scale, dt_scale);
    heads_.fill(random, -2, 0.5f);  // A, dt_bias, D
    for (int h = 0; h < c.n_heads; ++h) heads_.row(0)[h] = -std::exp(random.uniform(-3, 2.5f));
    state_.fill(random, -scale, scale);
    state_first_ = state_.values();
    if (c.state_only) {
      const int n_bc = c.n_groups * c.d_state;
      for (int t = 0; t < c.n_tokens; ++t) {
        std::fill_n(xbc_.row(t) + c.n_heads * c.head_dim + n_bc, n_bc, std::numeric_limits<float>::quiet_NaN());
      }
    }
    reset();
  }
  void reset() override {
    state_.assign(state_first_);
    y_.fill(kMark);
  }
  void run(const OpTable& table, int begin, int end, Part part) override {
    const float* x = xbc_.row(begin);
    const float* B = x + c_.n_heads * c_.head_dim;
    const float* C = B + c_.n_groups * c_.d_state;
    table.ssd({end - begin, c_.n_heads, c_.head_dim, c_.n_groups, c_.d_state, c_.dt_min, c_.dt_max, x, B, C,
               xbc_.stride(), dt_raw_.row(begin), dt_raw_.stride(), heads_.row(1), heads_.row(0), heads_.row(2),
               state_.data(), c_.state_only ? nullptr : y_.row(begin)},
              part);
  }
  std::vector<Output> outputs() const override { return {{"y", y_.values()}, {"ssm_state", state_.values()}}; }
  double bytes() const override { return 8.0 * c_.n_heads * c_.head_dim * c_.d_state; }
  double flops() const override { return 5.0 * c_.n_tokens * c_.n_heads * c_.head_dim * c_.d_state; }

 private:
  Case c_;
  Floats xbc_, dt_raw_, heads_, state_, y_;
  std::vector<float> state_first_;
};

class GatedNorm final : public Problem {
 public:
  GatedNorm(const Case& c, Random random)
      : c_(c),
        y_(c.n_tokens, static_cast<size_t>(c.width), 0, c.offset),
        z_(c.n_tokens, static_cast<size_t>(c.width), c.pad, c.offset),
        weight_(1, static_cast<size_t>(c.width), 0, c.offset),
        out_(c.n_tokens, static_cast<size_t>(c.width), 0, c.offset) {
    const float scale = magnitude(c.values);
    y_.fill(random, -scale, scale);
    const float z_scale = c.values == Values::large ? 200 : 4;
    z_.fill(random, -z_scale, z_scale);
    weight_.fill(random, 0.5, 2);
    y_first_ = y_.values();
    reset();
  }
  void reset() override {
    y_.assign(y_first_);
    out_.fill(kMark);
  }
  void run(const OpTable& table, int begin, int end, Part part) override {
    float* out = c_.alias ? y_.row(begin) : out_.row(begin);
    table.gated_norm(
        {end - begin, c_.width, c_.n_groups, 1e-5f, y_.row(begin), z_.row(begin), z_.stride(), weight_.data(), out},
        part);
  }
  std::vector<Output> outputs() const override { return {{"y", y_.values()}, {"out", out_.values()}}; }
  double bytes() const override { return 4.0 * c_.width * (3 * c_.n_tokens + 1); }
  double flops() const override { return 2.0 * c_.n_tokens * c_.width * 12; }

 private:
  Case c_;
  Floats y_, z_, weight_, out_;
  std::vector<float> y_first_;
};

}  // namespace

std::unique_ptr<Problem> make_problem(const Case& c, uint64_t seed) {
  const Random random(seed);
  switch (c.op) {
    case Op::embed:
      return std::make_unique<Embed>(c, random);
    case Op::rms_norm:
      return std::make_unique<RmsNorm>(c, random);
    case Op::matmul:
      return std::make_unique<Matmul>(c, random);
    case Op::conv:
      return std::make_unique<Conv>(c, random);
    case Op::ssd:
      return std::make_unique<Ssd>(c, random);
    case Op::gated_norm:
      return std::make_unique<GatedNorm>(c, random);
  }
  return nullptr;
}

}  // namespace sw::ops
