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

// Packed by the definition in packed.h: whole numbers of the full range, scales of ordinary size.
Buffer make_packed(const Case& c, Random& random) {
  const bool q8 = c.type == WeightType::q8;
  Buffer buffer(matrix_bytes(c.type, c.n_rows, c.n_cols), c.offset);
  std::memset(buffer.data(), 0, buffer.size());
  const size_t unit_bytes = q8 ? 64 + 1024 : 64 + 512;
  const int n_units = (c.n_cols + 63) / 64;
  for (int r = 0; r < c.n_rows; ++r) {
    for (int k = 0; k < c.n_cols; ++k) {
      char* unit = buffer.data() + (static_cast<size_t>(r / 16) * static_cast<size_t>(n_units) + static_cast<size_t>(k / 64)) * unit_bytes;
      const int group = k % 64 / 32, column = k % 32;
      if (column == 0) {
        const uint16_t scale = f16_of(random.uniform(0.002f, 0.02f));
        std::memcpy(unit + 2 * (16 * group + r % 16), &scale, sizeof scale);
      }
      if (q8) {
        unit[64 + 512 * group + 64 * (column / 4) + 4 * (r % 16) + column % 4] = static_cast<char>(random.bits() % 256);
      } else {
        char& both = unit[64 + 256 * group + 64 * (column % 16 / 4) + 4 * (r % 16) + column % 4];
        both = static_cast<char>(both | static_cast<int>(random.bits() % 16) << (column < 16 ? 0 : 4));
      }
    }
  }
  return buffer;
}

Buffer make_weights(const Case& c, Random& random) {
  if (is_packed(c.type)) return make_packed(c, random);
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
  return static_cast<double>(matrix_bytes(c.type, c.n_rows, c.n_cols));
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
    return static_cast<double>(c_.n_tokens) * (weight_share(c_) / c_.n_rows + 4.0 * c_.n_cols);
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
    table.matmul({end - begin, w, x_.row(begin), x_.stride(), y_.row(begin), y_.stride(), c_.accumulate, table.few_streams}, part);
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

class Quantize final : public Problem {
 public:
  Quantize(const Case& c, Random random)
      : c_(c), x_(c.n_tokens, static_cast<size_t>(c.n_cols), c.pad, c.offset), out_(quant_size(c.n_tokens, c.n_cols)) {
    x_.fill(random, -magnitude(c.values), magnitude(c.values));
  }
  void reset() override {
    for (QuantGroup& group : out_) group = {kMark, 1, 1, {}};
  }
  // What of these tokens alone was made goes where that of all tokens would lie.
  void run(const OpTable& table, int begin, int end, Part part) override {
    std::vector<QuantGroup> some(quant_size(end - begin, c_.n_cols), QuantGroup{kMark, 1, 1, {}});
    table.quantize({end - begin, c_.n_cols, x_.row(begin), x_.stride(), some.data()}, part);
    const int n_groups = pack_groups(c_.n_cols);
    for (int t = begin; t < end; ++t) {
      for (int g = 0; g < n_groups; ++g) {
        const QuantGroup& from = some[quant_index(end - begin, n_groups, t - begin, g)];
        if (from.scale != kMark) out_[quant_index(c_.n_tokens, n_groups, t, g)] = from;
      }
    }
  }
  std::vector<Output> outputs() const override {
    Output scales{"scale", {}}, offsets{"offset", {}}, values{"q", {}};
    for (const QuantGroup& group : out_) {
      scales.values.push_back(group.scale);
      offsets.values.push_back(static_cast<float>(group.offset_q4));
      offsets.values.push_back(static_cast<float>(group.offset_q8));
      for (const int8_t q : group.q) values.values.push_back(q);
    }
    return {scales, offsets, values};
  }
  double bytes() const override { return 4.0 * c_.n_cols * c_.n_tokens + static_cast<double>(out_.size() * sizeof(QuantGroup)); }
  double flops() const override { return 4.0 * c_.n_tokens * c_.n_cols; }

 private:
  Case c_;
  Floats x_;
  std::vector<QuantGroup> out_;
};

class RoundBf16 final : public Problem {
 public:
  RoundBf16(const Case& c, Random random)
      : c_(c), x_(c.n_tokens, static_cast<size_t>(c.n_cols), c.pad, c.offset), out_(pair_size(c.n_tokens, c.n_cols)) {
    x_.fill(random, -magnitude(c.values), magnitude(c.values));
  }
  void reset() override { std::fill(out_.begin(), out_.end(), kUnwritten); }
  // As Quantize does.
  void run(const OpTable& table, int begin, int end, Part part) override {
    std::vector<uint32_t> some(pair_size(end - begin, c_.n_cols), kUnwritten);
    table.round_bf16({end - begin, c_.n_cols, x_.row(begin), x_.stride(), some.data()}, part);
    const int n_steps = pair_steps(c_.n_cols);
    for (int t = begin; t < end; ++t) {
      for (int p = 0; p < n_steps * kStepPairs; ++p) {
        const uint32_t from = some[pair_index(end - begin, n_steps, t - begin, p)];
        if (from != kUnwritten) out_[pair_index(c_.n_tokens, n_steps, t, p)] = from;
      }
    }
  }
  std::vector<Output> outputs() const override {
    Output even{"even", {}}, odd{"odd", {}};
    for (const uint32_t pair : out_) {
      even.values.push_back(std::bit_cast<float>(pair << 16));
      odd.values.push_back(std::bit_cast<float>(pair & 0xffff0000u));
    }
    return {even, odd};
  }
  double bytes() const override { return 4.0 * c_.n_cols * c_.n_tokens + 4.0 * static_cast<double>(out_.size()); }
  double flops() const override { return static_cast<double>(c_.n_tokens) * c_.n_cols; }

 private:
  static constexpr uint32_t kUnwritten = 0xc640c640;  // two values of -12304: none that is rounded

  Case c_;
  Floats x_;
  std::vector<uint32_t> out_;
};

// A product whose activations are made ready first: by ref, for the product alone is of interest.
class PreparedProduct : public Problem {
 public:
  PreparedProduct(const Case& c, Random random)
      : c_(c), weights_(make_weights(c, random)), y_(c.n_tokens, static_cast<size_t>(c.n_rows), c.pad, c.offset) {
    for (size_t i = 0; i < static_cast<size_t>(c.n_tokens) * static_cast<size_t>(c.n_cols); ++i) {
      x_.push_back(random.uniform(-magnitude(c.values), magnitude(c.values)));
    }
    y_.fill(random, -magnitude(c.values), magnitude(c.values));
    for (float& value : y_first_ = y_.values()) {
      if (std::isnan(value)) value = kMark;
    }
    y_.assign(y_first_);
  }
  void reset() override { y_.assign(y_first_); }
  // What is made ready for these tokens is made again only for others: a benchmark times the product.
  void run(const OpTable& table, int begin, int end, Part part) override {
    if (begin != begin_ || end != end_) prepare(end - begin, x_.data() + static_cast<size_t>(begin) * static_cast<size_t>(c_.n_cols));
    begin_ = begin;
    end_ = end;
    multiply(table, end - begin, {c_.type, c_.n_rows, c_.n_cols, weights_.data()}, y_.row(begin), part);
  }
  std::vector<Output> outputs() const override { return {{"y", y_.values()}}; }
  double bytes() const override { return weight_share(c_); }
  double flops() const override { return 2.0 * c_.n_tokens * c_.n_rows * c_.n_cols; }

 protected:
  virtual void prepare(int n_tokens, const float* x) = 0;  // (n_tokens, n_cols)
  virtual void multiply(const OpTable& table, int n_tokens, const Matrix& w, float* y, Part part) = 0;
  size_t n_cols() const { return static_cast<size_t>(c_.n_cols); }
  size_t y_stride() const { return y_.stride(); }

  Case c_;

 private:
  Buffer weights_;
  std::vector<float> x_;
  int begin_ = -1, end_ = -1;
  Floats y_;
  std::vector<float> y_first_;
};

class MatmulPacked final : public PreparedProduct {
 public:
  using PreparedProduct::PreparedProduct;

 private:
  void prepare(int n_tokens, const float* x) override {
    quantized_.assign(quant_size(n_tokens, c_.n_cols), {});
    bind_cpu(kCpuRef).quantize({n_tokens, c_.n_cols, x, n_cols(), quantized_.data()}, {});
  }
  void multiply(const OpTable& table, int n_tokens, const Matrix& w, float* y, Part part) override {
    table.matmul_packed({n_tokens, w, quantized_.data(), y, y_stride(), c_.accumulate, table.few_streams}, part);
  }

  std::vector<QuantGroup> quantized_;
};

class MatmulBf16 final : public PreparedProduct {
 public:
  using PreparedProduct::PreparedProduct;

 private:
  void prepare(int n_tokens, const float* x) override {
    rounded_ = std::make_unique<Buffer>(pair_size(n_tokens, c_.n_cols) * sizeof(uint32_t), 0);
    bind_cpu(kCpuRef).round_bf16({n_tokens, c_.n_cols, x, n_cols(), data()}, {});
  }
  void multiply(const OpTable& table, int n_tokens, const Matrix& w, float* y, Part part) override {
    table.matmul_bf16({n_tokens, w, data(), y, y_stride(), c_.accumulate}, part);
  }
  uint32_t* data() { return reinterpret_cast<uint32_t*>(rounded_->data()); }

  std::unique_ptr<Buffer> rounded_;  // ends where its memory ends
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
    case Op::quantize:
      return std::make_unique<Quantize>(c, random);
    case Op::matmul_packed:
      return std::make_unique<MatmulPacked>(c, random);
    case Op::round_bf16:
      return std::make_unique<RoundBf16>(c, random);
    case Op::matmul_bf16:
      return std::make_unique<MatmulBf16>(c, random);
  }
  return nullptr;
}

}  // namespace sw::ops
