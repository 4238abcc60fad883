#include "model/host_model.h"

#include <algorithm>
#include <array>

#include "loader/convert.h"

namespace sw {
namespace {

// Work of one chunk: about 0.1 s at 80 GFLOP/s, so that cancel and other callers get their turn; never so few tokens that the
// weights' memory traffic outweighs the arithmetic, nor so many that the activations leave the cache for nothing.
constexpr double kChunkFlop = 8e9;
constexpr double kPackedRate = 4;  // operations on bytes in the time of one on floats
constexpr double kTileRate = 16;   // operations on bf16 in tiles
constexpr int kChunkMin = 32;
constexpr int kTileChunkMin = 128;
constexpr int kChunkMax = 256;

double flop_of(const Mamba2Config& c, int d_model) {
  const double projections = 2.0 * d_model * (c.d_in_proj() + c.d_inner);
  const double ssd = 5.0 * c.d_inner * c.d_state;
  return projections + ssd + 2.0 * c.d_conv * c.d_conv_in();
}

// The first of n tokens that a log with room for `capacity` still holds after the last.
size_t first_logged(int n, size_t capacity) { return size_t(n) > capacity ? size_t(n) - capacity : 0; }

constexpr size_t kFloatsOfGroup = sizeof(ops::QuantGroup) / sizeof(float);

// Floats that hold n_tokens operands of a matrix; 0 for one that takes them as they are.
size_t scratch_of(const Backend& backend, const ops::Matrix& w, int n_tokens) {
  if (backend.rounds(w.type)) return ops::pair_size(n_tokens, w.n_cols);
  return ops::is_packed(w.type) ? ops::quant_size(n_tokens, w.n_cols) * kFloatsOfGroup : 0;
}

// On the CPU a running state is a state like any other, and the log is the caller's.
class HostRunner final : public Runner {
 public:
  static Result<std::unique_ptr<Runner>> create(const HostModel& model, State state) {
    SW_ASSIGN(FloatBuffer scratch, FloatBuffer::create(model.backend().allocator(), model.head_scratch()));
    return std::unique_ptr<Runner>(new HostRunner(model, std::move(state), std::move(scratch)));
  }

  Status forward(std::span<const int32_t> ids, size_t position, float* logits, InputRing* log) override {
    model_.forward(state_, ids, logits, log, position);
    return {};
  }
  Status head(float* logits) override {
    model_.head(state_, logits, scratch_.data());
    return {};
  }
  Result<draw::Drawn> draw_next(const draw::Law&) override { return error(Code::internal, "the CPU draws from logits"); }
  Status reset() override {
    state_.clear();
    return {};
  }
  Status load(const State& state, size_t) override {
    state_.assign(state);
    return {};
  }
  Status save(State& to) override {
    if (to.n_bytes() == state_.n_bytes()) {
      to.assign(state_);
      return {};
    }
    SW_ASSIGN(to, state_.copy(model_.state_allocator()));
    return {};
  }
  Result<std::span<const float>> floats() override { return std::span<const float>(state_.floats()); }
  Status replay(const InputRing& log, size_t position, size_t n_tokens) override {
    model_.replay(state_, log, position, n_tokens);
    return {};
  }
  bool reaches(size_t) const override { return false; }
  Result<size_t> go_back(size_t) override { return error(Code::internal, "the CPU keeps no log of its own"); }
  State& state() { return state_; }
  Result<std::unique_ptr<Runner>> copy(bool) const override {
    SW_ASSIGN(State state, state_.copy(model_.state_allocator()));
    return create(model_, std::move(state));
  }

 private:
  HostRunner(const HostModel& model, State state, FloatBuffer scratch)
      : model_(model), state_(std::move(state)), scratch_(std::move(scratch)) {}

  const HostModel& model_;
  State state_;
  FloatBuffer scratch_;  // the head's: it may run beside other sequences' tokens
};

}  // namespace

HostModel::HostModel(Checkpoint checkpoint, std::shared_ptr<Backend> backend, bool count_only)
    : Model(std::move(checkpoint), std::move(backend)),
      embedding_(matrix_of(this->checkpoint().embedding)),
      head_(matrix_of(this->checkpoint().head)),
      final_norm_(to_f32(this->checkpoint().final_norm)),
      blocks_(blocks_of(this->checkpoint())),
      count_only_(count_only) {
  for (const Block& block : blocks_) flop_per_token_ += flop_of(std::get<Mamba2Block>(block).config, d_model());
  const bool tiles = this->backend().rounds(head_.type);
  const double rate = tiles ? kTileRate : ops::is_packed(head_.type) ? kPackedRate : 1, least = tiles ? kTileChunkMin : kChunkMin;
  const int chunk = static_cast<int>(std::clamp(rate * kChunkFlop / flop_per_token_, least, double(kChunkMax)));
  chunk_len_ = chunk / kChunkMin * kChunkMin;
}

Result<std::shared_ptr<const HostModel>> HostModel::create(Checkpoint checkpoint, std::shared_ptr<Backend> backend,
                                                           bool count_only) {
  std::shared_ptr<HostModel> model(new HostModel(std::move(checkpoint), std::move(backend), count_only));
  if (!count_only) SW_TRY(model->allocate_workspace());
  return std::shared_ptr<const HostModel>(std::move(model));
}

Status HostModel::allocate_workspace() {
  size_t d_in_proj = 0, d_conv_in = 0, d_inner = 0, operands = scratch_of(backend(), head_, chunk_len_);
  for (const Block& block : blocks_) {
    const Mamba2Config& c = std::get<Mamba2Block>(block).config;
    for (const ops::Matrix& w : {std::get<Mamba2Block>(block).in_proj, std::get<Mamba2Block>(block).out_proj}) {
      operands = std::max(operands, scratch_of(backend(), w, chunk_len_));
    }
    d_in_proj = std::max(d_in_proj, size_t(c.d_in_proj()));
    d_conv_in = std::max(d_conv_in, size_t(c.d_conv_in()));
    d_inner = std::max(d_inner, size_t(c.d_inner));
  }
  const size_t n = chunk_len_;
  const Allocator& allocator = backend().allocator();
  SW_ASSIGN(workspace_.residual, FloatBuffer::create(allocator, n * d_model()));
  SW_ASSIGN(workspace_.normed, FloatBuffer::create(allocator, n * d_model()));
  SW_ASSIGN(workspace_.proj, FloatBuffer::create(allocator, n * d_in_proj));
  SW_ASSIGN(workspace_.conv, FloatBuffer::create(allocator, n * d_conv_in));
  SW_ASSIGN(workspace_.y, FloatBuffer::create(allocator, n * d_inner));
  SW_ASSIGN(workspace_.operands, FloatBuffer::create(allocator, operands));
  return {};
}

Result<std::unique_ptr<Runner>> HostModel::new_runner() const {
  SW_ASSIGN(State state, new_state());
  return HostRunner::create(*this, std::move(state));
}

void HostModel::forward(State& state, std::span<const int32_t> ids, float* logits, InputRing* log, size_t position) const {
  if (ids.empty() || count_only_) return;
  const Strand strand{&state, log, position, 0, static_cast<int>(ids.size())};
  const std::lock_guard lock(running_);
  run(std::span(&strand, 1), ids, logits);
}

Status HostModel::step(std::span<Runner* const> runners, std::span<const int32_t> ids, float* logits) const {
  if (count_only_) return {};
  for (size_t at = 0; at < runners.size(); at += kStrands) {
    std::array<Strand, kStrands> strands;
    const size_t n = std::min<size_t>(kStrands, runners.size() - at);
    for (size_t i = 0; i < n; ++i) {
      auto* runner = static_cast<HostRunner*>(runners[at + i]);
      strands[i] = {&runner->state(), runner->next.log, runner->next.position, static_cast<int>(i), 1};
    }
    const std::lock_guard lock(running_);
    run(std::span(strands).first(n), ids.subspan(at, n), logits == nullptr ? nullptr : logits + at * size_t(vocab_size()));
  }
  return {};
}

// With running_ held.
void HostModel::run(std::span<const Strand> strands, std::span<const int32_t> ids, float* logits) const {
  const int n = static_cast<int>(ids.size());
  backend().embed({n, embedding_, ids.data(), workspace_.residual.data()});
  for (size_t i = 0; i < blocks_.size(); ++i) {
    std::visit([&](const auto& block) { run_block(block, i, strands, n); }, blocks_[i]);
  }
  finish(strands, n, logits);
}

// The final norm, and what is kept of it; the head.
void HostModel::finish(std::span<const Strand> strands, int n, float* logits) const {
  float* hidden = workspace_.normed.data();
  const bool last_alone = logits == nullptr && strands.size() == 1 && strands[0].log == nullptr;
  const int first = last_alone ? n - 1 : 0;
  backend().rms_norm({n - first, d_model(), checkpoint().norm_eps, workspace_.residual.data() + size_t(first) * d_model(),
                      final_norm_.data(), hidden + size_t(first) * d_model()});
  for (const Strand& s : strands) {
    const float* rows = hidden + size_t(s.first) * d_model();
    std::copy_n(rows + size_t(s.n - 1) * d_model(), d_model(), s.state->hidden(layout()));
    if (s.log == nullptr) continue;
    for (size_t t = first_logged(s.n, s.log->capacity()); t < size_t(s.n); ++t) {
      std::copy_n(rows + t * d_model(), d_model(), s.log->hidden(input_layout(), (s.position + t) % s.log->capacity()));
    }
  }
  if (logits != nullptr) {
    project(head_, n, hidden, logits, size_t(vocab_size()), false, workspace_.operands.data());
  }
}

void HostModel::project(const ops::Matrix& w, int n, const float* x, float* y, size_t y_stride, bool accumulate, float* scratch) const {
  if (backend().rounds(w.type)) {
    auto* rounded = reinterpret_cast<uint32_t*>(scratch);
    backend().round_bf16({n, w.n_cols, x, size_t(w.n_cols), rounded});
    backend().matmul_bf16({n, w, rounded, y, y_stride, accumulate});
    return;
  }
  if (!ops::is_packed(w.type)) {
    backend().matmul({n, w, x, size_t(w.n_cols), y, y_stride, accumulate});
    return;
  }
  auto* quantized = reinterpret_cast<ops::QuantGroup*>(scratch);
  backend().quantize({n, w.n_cols, x, size_t(w.n_cols), quantized});
  backend().matmul_packed({n, w, quantized, y, y_stride, accumulate});
}

void HostModel::log_inputs(const Mamba2Block& block, size_t index, std::span<const Strand> strands) const {
  const size_t d_in_proj = block.config.d_in_proj(), row = input_layout().blocks[index].row;
  for (const Strand& s : strands) {
    if (s.log == nullptr) continue;
    const float* from = workspace_.proj.data() + size_t(s.first) * d_in_proj + block.config.d_inner;
    float* rows = s.log->rows(input_layout(), index);
    for (size_t t = first_logged(s.n, s.log->capacity()); t < size_t(s.n); ++t) {
      std::copy_n(from + t * d_in_proj, row, rows + (s.position + t) % s.log->capacity() * row);
    }
  }
}

void HostModel::run_block(const Mamba2Block& block, size_t index, std::span<const Strand> strands, int n) const {
  const Mamba2Config& c = block.config;
  const size_t d_in_proj = c.d_in_proj(), d_conv_in = c.d_conv_in(), d_inner = c.d_inner;
  const size_t d_model = this->d_model();
  const float eps = checkpoint().norm_eps;
  float* residual = workspace_.residual.data();
  float* normed = workspace_.normed.data();
  float* z = workspace_.proj.data();  // then x, B, C, dt behind it in each row
  float* y = workspace_.y.data();

  backend().rms_norm({n, int(d_model), eps, residual, block.norm.data(), normed});
  project(block.in_proj, n, normed, z, d_in_proj, false, workspace_.operands.data());
  log_inputs(block, index, strands);
  std::array<ops::ConvArgs, kStrands> conv;
  std::array<ops::SsdArgs, kStrands> ssd;
  for (size_t i = 0; i < strands.size(); ++i) {
    const Strand& s = strands[i];
    const BlockStateView state = s.state->block(layout(), index);
    const float* x = z + size_t(s.first) * d_in_proj + d_inner;
    float* xbc = workspace_.conv.data() + size_t(s.first) * d_conv_in;
    conv[i] = conv_args(block, state, s.n, x, d_in_proj, xbc);
    ssd[i] = ssd_args(block, state, s.n, xbc, x + d_conv_in, d_in_proj, y + size_t(s.first) * d_inner);
  }
  backend().conv(std::span(conv).first(strands.size()));
  backend().ssd(std::span(ssd).first(strands.size()));
  backend().gated_norm({n, int(d_inner), c.n_groups, eps, y, z, d_in_proj, block.gated_norm.data(), y});
  project(block.out_proj, n, y, residual, d_model, true, workspace_.operands.data());
}

ops::ConvArgs HostModel::conv_args(const Mamba2Block& block, const BlockStateView& state, int n, const float* x, size_t x_stride,
                                   float* y) const {
  const Mamba2Config& c = block.config;
  return {n, int(c.d_conv_in()), c.d_conv, x, x_stride, block.conv_weight.data(), block.conv_bias.data(), state.conv_state, y};
}

ops::SsdArgs HostModel::ssd_args(const Mamba2Block& block, const BlockStateView& state, int n, const float* xbc, const float* dt,
                                 size_t dt_stride, float* y) const {
  const Mamba2Config& c = block.config;
  const size_t d_inner = c.d_inner;
  return {n, c.n_heads, c.head_dim, c.n_groups, c.d_state, c.dt_min, c.dt_max, xbc, xbc + d_inner,
          xbc + d_inner + size_t(c.n_groups) * c.d_state, size_t(c.d_conv_in()), dt, dt_stride, block.dt_bias.data(),
          block.A.data(), block.D.data(), state.ssm_state, y};
}

void HostModel::replay_block(const Mamba2Block& block, const BlockStateView& state, const float* rows, size_t row, int n) const {
  float* xbc = workspace_.conv.data();
  const ops::ConvArgs conv = conv_args(block, state, n, rows, row, xbc);
  const ops::SsdArgs ssd = ssd_args(block, state, n, xbc, rows + block.config.d_conv_in(), row, nullptr);
  backend().conv(std::span(&conv, 1));
  backend().ssd(std::span(&ssd, 1));
}

void HostModel::replay(State& state, const InputRing& log, size_t position, size_t n_tokens) const {
  if (n_tokens == 0 || count_only_) return;
  const std::lock_guard lock(running_);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const size_t row = input_layout().blocks[i].row;
    const BlockStateView view = state.block(layout(), i);
    for (size_t done = 0; done < n_tokens;) {
      const size_t slot = (position + done) % log.capacity();
      const size_t n = std::min({n_tokens - done, log.capacity() - slot, size_t(chunk_len_)});
      const float* rows = log.rows(input_layout(), i) + slot * row;
      std::visit([&](const auto& block) { replay_block(block, view, rows, row, int(n)); }, blocks_[i]);
      done += n;
    }
  }
  const size_t last = (position + n_tokens - 1) % log.capacity();
  std::copy_n(log.hidden(input_layout(), last), d_model(), state.hidden(layout()));
}

size_t HostModel::head_scratch() const { return scratch_of(backend(), head_, 1); }

void HostModel::head(const State& state, float* logits, float* scratch) const {
  project(head_, 1, state.hidden(layout()), logits, size_t(vocab_size()), false, scratch);
}

}  // namespace sw
