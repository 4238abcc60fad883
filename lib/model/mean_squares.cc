// HostModel::mean_squares: layer by layer over many texts, and the squares of what each product is given.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/host_model.h"

namespace sw {
namespace {

// Tokens that pass through a layer before the next one. Their residuals are kept: 256 MiB for a d_model of 4096.
constexpr size_t kBatchTokens = HostModel::kMeanSquaresTokensMax;

using Sums = std::vector<double>;  // of squares, by column

void add_squares(const float* rows, int n_rows, Sums& sums) {
  for (int t = 0; t < n_rows; ++t, rows += sums.size()) {
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += double{rows[i]} * rows[i];
  }
}

// A column that these texts hardly reach other texts may: it counts at least this much of the matrix's mean.
constexpr double kLeast = 0.01;

// A model with activations that are not finite has no use for any format.
Result<std::vector<float>> importance_of(const Sums& sums, size_t n_tokens, const std::string& role) {
  const double all = std::accumulate(sums.begin(), sums.end(), 0.0), least = kLeast * all / static_cast<double>(sums.size());
  std::vector<float> out(sums.size());
  for (size_t i = 0; i < out.size(); ++i) {
    if (std::isfinite(sums[i])) out[i] = static_cast<float>(std::max(sums[i], least) / static_cast<double>(n_tokens));
    if (!std::isfinite(sums[i]) || !std::isfinite(out[i])) {
      return error(Code::format, "calibration: column %zu of %s meets activations that are not finite or too large; check the weights", i,
                   role.c_str());
    }
  }
  return out;
}

}  // namespace

class HostModel::MeanSquares {
 public:
  MeanSquares(const HostModel& model, std::span<const std::vector<int32_t>> texts, const Control& control)
      : model_(model), texts_(texts), control_(control), d_model_(static_cast<size_t>(model.d_model())), head_(d_model_) {
    for (const Block& block : model.blocks_) {
      in_proj_.emplace_back(d_model_);
      out_proj_.emplace_back(static_cast<size_t>(std::get<Mamba2Block>(block).config.d_inner));
    }
    for (const auto& text : texts) n_tokens_ += text.size();
    total_ = n_tokens_ * model.blocks_.size();
  }

  Result<Importance> run() {
    SW_TRY(check_texts());
    SW_ASSIGN(state_, model_.new_state());
    SW_ASSIGN(residual_, FloatBuffer::create(model_.backend().allocator(), std::min(n_tokens_, kBatchTokens) * d_model_));
    for (size_t first = 0; first < texts_.size();) {
      size_t end = first, n = 0;
      while (end < texts_.size() && n + texts_[end].size() <= kBatchTokens) n += texts_[end++].size();
      SW_TRY(run_batch(texts_.subspan(first, end - first)));
      first = end;
    }
    return importance();
  }

 private:
  Status check_texts() const {
    if (n_tokens_ == 0) return error(Code::argument, "calibration: the texts have no token; give some of the kind that the model will see");
    for (const auto& text : texts_) {
      if (text.size() > kBatchTokens) {
        return error(Code::argument, "calibration: a text of %zu tokens; at most %zu of one are taken", text.size(), kBatchTokens);
      }
    }
    return {};
  }

  Status run_batch(std::span<const std::vector<int32_t>> texts) {
    float* rows = residual_.data();
    for (const auto& text : texts) {
      model_.backend().embed({static_cast<int>(text.size()), model_.embedding_, text.data(), rows});
      rows += text.size() * d_model_;
    }
    for (size_t i = 0; i < model_.blocks_.size(); ++i) {
      rows = residual_.data();
      for (const auto& text : texts) {
        SW_TRY(run_block(i, rows, text.size()));
        rows += text.size() * d_model_;
      }
      drop(i);
    }
    run_final_norm(static_cast<size_t>(rows - residual_.data()) / d_model_);
    return {};
  }

  // One text through one layer, in chunks: rows (n_tokens, d_model) before it become those behind it.
  Status run_block(size_t index, float* rows, size_t n_tokens) {
    const Mamba2Block& block = std::get<Mamba2Block>(model_.blocks_[index]);
    const StateLayout::Block& sizes = model_.layout().blocks[index];
    const BlockStateView view = state_.block(model_.layout(), index);
    std::fill_n(view.conv_state, sizes.conv_size, 0.0f);
    std::fill_n(view.ssm_state, sizes.ssm_size, 0.0f);
    for (size_t at = 0, n; at < n_tokens; at += n, rows += n * d_model_) {
      n = std::min(n_tokens - at, static_cast<size_t>(model_.chunk_len_));
      run_chunk(block, index, rows, static_cast<int>(n));
      done_ += n;
      SW_TRY(control_.step(done_, total_));
    }
    return {};
  }

  void run_chunk(const Mamba2Block& block, size_t index, float* rows, int n) {
    const Strand strand{&state_, nullptr, 0, 0, n};
    const size_t n_floats = static_cast<size_t>(n) * d_model_;
    const std::lock_guard lock(model_.running_);
    Workspace& work = model_.workspace_;
    std::copy_n(rows, n_floats, work.residual.data());
    model_.run_block(block, index, std::span(&strand, 1), n);
    std::copy_n(work.residual.data(), n_floats, rows);
    add_squares(work.normed.data(), n, in_proj_[index]);  // the operands of both products are still there
    add_squares(work.y.data(), n, out_proj_[index]);
  }

  void run_final_norm(size_t n_tokens) {
    for (size_t at = 0, n; at < n_tokens; at += n) {
      n = std::min(n_tokens - at, static_cast<size_t>(model_.chunk_len_));
      const std::lock_guard lock(model_.running_);
      float* normed = model_.workspace_.normed.data();
      model_.backend().rms_norm({static_cast<int>(n), model_.d_model(), model_.checkpoint().norm_eps, residual_.data() + at * d_model_,
                                 model_.final_norm_.data(), normed});
      add_squares(normed, static_cast<int>(n), head_);
    }
  }

  void drop(size_t index) const {
    const Mamba2Weights& weights = std::get<Mamba2Weights>(model_.checkpoint().blocks[index]);
    for (const TensorView* matrix : {&weights.in_proj, &weights.out_proj}) {
      if (matrix->file != nullptr) matrix->file->drop(matrix->data, matrix->n_bytes);
    }
  }

  Result<Importance> importance() const {
    Importance out;
    const auto add = [&](const std::string& role, const Sums& sums) -> Status {
      SW_ASSIGN(auto columns, importance_of(sums, n_tokens_, role));
      out.set(role, std::move(columns));
      return {};
    };
    for (size_t i = 0; i < in_proj_.size(); ++i) {
      const std::string layer = "layers." + std::to_string(i);
      SW_TRY(add(layer + ".in_proj", in_proj_[i]));
      SW_TRY(add(layer + ".out_proj", out_proj_[i]));
    }
    SW_TRY(add(model_.checkpoint().tied ? "embedding" : "head", head_));
    return out;
  }

  const HostModel& model_;
  std::span<const std::vector<int32_t>> texts_;
  const Control& control_;
  const size_t d_model_;
  size_t n_tokens_ = 0;
  uint64_t done_ = 0, total_ = 0;  // tokens of a layer
  State state_;
  FloatBuffer residual_;  // (tokens of the batch, d_model)
  std::vector<Sums> in_proj_, out_proj_;  // by layer
  Sums head_;
};

Result<Importance> HostModel::mean_squares(std::span<const std::vector<int32_t>> texts, const Control& control) const {
  return MeanSquares(*this, texts, control).run();
}

}  // namespace sw
