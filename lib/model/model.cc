#include "model/model.h"

#include <algorithm>
#include <cmath>

#include "loader/convert.h"

namespace sw {
namespace {

// Work of one chunk: about 0.1 s at 80 GFLOP/s, so that cancel and other callers get their turn; never so few tokens that the
// weights' memory traffic outweighs the arithmetic, nor so many that the activations leave the cache for nothing.
constexpr double kChunkFlop = 8e9;
constexpr int kChunkMin = 32;
constexpr int kChunkMax = 256;

ops::WeightType weight_type(DType type) {
  switch (type) {
    case DType::f16: return ops::WeightType::f16;
    case DType::bf16: return ops::WeightType::bf16;
    case DType::f32: break;
  }
  return ops::WeightType::f32;
}

ops::Matrix matrix(const TensorView& tensor) {
  return {weight_type(tensor.dtype), static_cast<int>(tensor.shape[0]), static_cast<int>(tensor.shape[1]), tensor.data};
}

Mamba2Block make_block(const Mamba2Weights& w) {
  Mamba2Block block;
  block.config = w.config;
  block.norm = to_f32(w.norm);
  block.in_proj = matrix(w.in_proj);
  block.conv_weight = to_f32(w.conv_weight);
  block.conv_bias = w.conv_bias.empty() ? std::vector<float>(w.config.d_conv_in(), 0.0f) : to_f32(w.conv_bias);
  block.dt_bias = to_f32(w.dt_bias);
  block.A = to_f32(w.A_log);
  for (float& a : block.A) a = -std::exp(a);
  block.D = to_f32(w.D);
  block.gated_norm = to_f32(w.gated_norm);
  block.out_proj = matrix(w.out_proj);
  return block;
}

double flop_of(const Mamba2Config& c, int d_model) {
  const double projections = 2.0 * d_model * (c.d_in_proj() + c.d_inner);
  const double ssd = 5.0 * c.d_inner * c.d_state;
  return projections + ssd + 2.0 * c.d_conv * c.d_conv_in();
}

// The first of n tokens that a log with room for `capacity` still holds after the last.
size_t first_logged(int n, size_t capacity) { return size_t(n) > capacity ? size_t(n) - capacity : 0; }

}  // namespace

Model::Model(Checkpoint checkpoint, std::shared_ptr<Backend> backend, bool count_only)
    : checkpoint_(std::move(checkpoint)), backend_(std::move(backend)), count_only_(count_only) {
  embedding_ = matrix(checkpoint_.embedding);
  head_ = matrix(checkpoint_.head);
  final_norm_ = to_f32(checkpoint_.final_norm);
  for (const BlockWeights& weights : checkpoint_.blocks) {
    const auto& mamba2 = std::get<Mamba2Weights>(weights);
    blocks_.emplace_back(make_block(mamba2));
    flop_per_token_ += flop_of(mamba2.config, checkpoint_.d_model);
  }
  layout_ = StateLayout::of(checkpoint_);
  input_layout_ = InputLayout::of(checkpoint_);
  const int chunk = static_cast<int>(std::clamp(kChunkFlop / flop_per_token_, double(kChunkMin), double(kChunkMax)));
  chunk_len_ = chunk / kChunkMin * kChunkMin;
}

Result<std::shared_ptr<const Model>> Model::create(Checkpoint checkpoint, std::shared_ptr<Backend> backend, bool count_only) {
  std::shared_ptr<Model> model(new Model(std::move(checkpoint), std::move(backend), count_only));
  if (!count_only) SW_TRY(model->allocate_workspace());
  return std::shared_ptr<const Model>(std::move(model));
}

Status Model::allocate_workspace() {
  size_t d_in_proj = 0, d_conv_in = 0, d_inner = 0;
  for (const Block& block : blocks_) {
    const Mamba2Config& c = std::get<Mamba2Block>(block).config;
    d_in_proj = std::max(d_in_proj, size_t(c.d_in_proj()));
    d_conv_in = std::max(d_conv_in, size_t(c.d_conv_in()));
    d_inner = std::max(d_inner, size_t(c.d_inner));
  }
  const size_t n = chunk_len_;
  const Allocator& allocator = backend_->allocator();
  SW_ASSIGN(workspace_.residual, FloatBuffer::create(allocator, n * d_model()));
  SW_ASSIGN(workspace_.normed, FloatBuffer::create(allocator, n * d_model()));
  SW_ASSIGN(workspace_.proj, FloatBuffer::create(allocator, n * d_in_proj));
  SW_ASSIGN(workspace_.conv, FloatBuffer::create(allocator, n * d_conv_in));
  SW_ASSIGN(workspace_.y, FloatBuffer::create(allocator, n * d_inner));
  return {};
}

Result<State> Model::new_state() const {
  if (count_only_) return State();
  return State::zero(layout_, backend_->allocator());
}

void Model::forward(State& state, std::span<const int32_t> ids, float* logits, InputRing* log, size_t position) const {
  const int n = static_cast<int>(ids.size());
  if (n == 0 || count_only_) return;
  const std::lock_guard lock(running_);
  float* residual = workspace_.residual.data();
  backend_->embed({n, embedding_, ids.data(), residual});

  for (size_t i = 0; i < blocks_.size(); ++i) {
    LogRows rows;
    if (log != nullptr) rows = {log->rows(input_layout_, i), input_layout_.blocks[i].row, log->capacity(), position};
    std::visit([&](const auto& block) { run_block(block, state.block(layout_, i), n, rows); }, blocks_[i]);
  }

  float* hidden = workspace_.normed.data();
  const int first = logits != nullptr || log != nullptr ? 0 : n - 1;  // else only the last token's output is needed
  backend_->rms_norm({n - first, d_model(), checkpoint_.norm_eps, residual + size_t(first) * d_model(), final_norm_.data(),
                      hidden + size_t(first) * d_model()});
  std::copy_n(hidden + size_t(n - 1) * d_model(), d_model(), state.hidden(layout_));
  if (log != nullptr) {
    for (size_t t = first_logged(n, log->capacity()); t < size_t(n); ++t) {
      std::copy_n(hidden + t * d_model(), d_model(), log->hidden(input_layout_, (position + t) % log->capacity()));
    }
  }
  if (logits != nullptr) {
    backend_->matmul({n, head_, hidden, size_t(d_model()), logits, size_t(vocab_size()), false});
  }
}

void Model::run_block(const Mamba2Block& block, const BlockStateView& state, int n, const LogRows& log) const {
  const Mamba2Config& c = block.config;
  const size_t d_in_proj = c.d_in_proj(), d_conv_in = c.d_conv_in(), d_inner = c.d_inner;
  const size_t d_model = this->d_model();
  const float eps = checkpoint_.norm_eps;
  float* residual = workspace_.residual.data();
  float* normed = workspace_.normed.data();
  float* z = workspace_.proj.data();  // then x, B, C, dt behind it in each row
  float* xbc = workspace_.conv.data();
  float* y = workspace_.y.data();

  backend_->rms_norm({n, int(d_model), eps, residual, block.norm.data(), normed});
  backend_->matmul({n, block.in_proj, normed, d_model, z, d_in_proj, false});
  if (log.rows != nullptr) {
    for (size_t t = first_logged(n, log.capacity); t < size_t(n); ++t) {
      std::copy_n(z + t * d_in_proj + d_inner, log.row, log.rows + (log.position + t) % log.capacity * log.row);
    }
  }
  backend_->conv({n, int(d_conv_in), c.d_conv, z + d_inner, d_in_proj, block.conv_weight.data(), block.conv_bias.data(),
                  state.conv_state, xbc});
  run_ssd(block, state, n, xbc, z + d_inner + d_conv_in, d_in_proj, y);
  backend_->gated_norm({n, int(d_inner), c.n_groups, eps, y, z, d_in_proj, block.gated_norm.data(), y});
  backend_->matmul({n, block.out_proj, y, d_inner, residual, d_model, true});
}

void Model::run_ssd(const Mamba2Block& block, const BlockStateView& state, int n, const float* xbc, const float* dt,
                    size_t dt_stride, float* y) const {
  const Mamba2Config& c = block.config;
  const size_t d_inner = c.d_inner;
  backend_->ssd({n, c.n_heads, c.head_dim, c.n_groups, c.d_state, c.dt_min, c.dt_max, xbc, xbc + d_inner,
                 xbc + d_inner + size_t(c.n_groups) * c.d_state, size_t(c.d_conv_in()), dt, dt_stride, block.dt_bias.data(),
                 block.A.data(), block.D.data(), state.ssm_state, y});
}

void Model::replay_block(const Mamba2Block& block, const BlockStateView& state, const float* rows, size_t row, int n) const {
  const Mamba2Config& c = block.config;
  float* xbc = workspace_.conv.data();
  backend_->conv({n, int(c.d_conv_in()), c.d_conv, rows, row, block.conv_weight.data(), block.conv_bias.data(),
                  state.conv_state, xbc});
  run_ssd(block, state, n, xbc, rows + c.d_conv_in(), row, nullptr);
}

void Model::replay(State& state, const InputRing& log, size_t position, size_t n_tokens) const {
  if (n_tokens == 0 || count_only_) return;
  const std::lock_guard lock(running_);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const size_t row = input_layout_.blocks[i].row;
    const BlockStateView view = state.block(layout_, i);
    for (size_t done = 0; done < n_tokens;) {
      const size_t slot = (position + done) % log.capacity();
      const size_t n = std::min({n_tokens - done, log.capacity() - slot, size_t(chunk_len_)});
      const float* rows = log.rows(input_layout_, i) + slot * row;
      std::visit([&](const auto& block) { replay_block(block, view, rows, row, int(n)); }, blocks_[i]);
      done += n;
    }
  }
  const size_t last = (position + n_tokens - 1) % log.capacity();
  std::copy_n(log.hidden(input_layout_, last), d_model(), state.hidden(layout_));
}

void Model::head(const State& state, float* logits) const {
  backend_->matmul({1, head_, state.hidden(layout_), size_t(d_model()), logits, size_t(vocab_size()), false});
}

Result<std::string> Model::hash(const Control& control) const {
  const std::lock_guard lock(hashing_);
  if (hash_.empty()) {
    SW_ASSIGN(hash_, hash_weights(checkpoint_, control));
  }
  return hash_;
}

}  // namespace sw
