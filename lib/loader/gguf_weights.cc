// The tensors of a GGUF file by their roles.
#include <algorithm>
#include <unordered_map>

#include "loader/convert.h"
#include "loader/gguf_model.h"
#include "loader/layer_of.h"
#include "loader/printable.h"
#include "loader/roles.h"

namespace sw {
namespace {

using Shape = std::vector<int64_t>;

struct NamePart {
  std::string_view part;  // of the name of a layer's tensor
  const char* family;
};
constexpr NamePart kRefusedParts[] = {
    {".attn_q", "hybrid with attention layers"},
    {".attn_k", "hybrid with attention layers"},
    {".attn_v", "hybrid with attention layers"},
    {".attn_output", "hybrid with attention layers"},
    {".ffn_", "MLP blocks between the mixers"},
    {".ssm_x.", "Mamba-1"},
    {".ssm_dt.weight", "Mamba-1"},
    {".ssm_in.bias", "projections with a bias"},
    {".ssm_out.bias", "projections with a bias"},
    {".attn_norm.bias", "LayerNorm in place of RMSNorm"},
    {".ssm_norm.bias", "LayerNorm in place of RMSNorm"},
};

// As the file's own tools write them: the fastest dimension first.
std::string dims_text(const Shape& shape) {
  std::string out = "[";
  for (size_t i = shape.size(); i-- > 0;) out += (out.size() > 1 ? ", " : "") + std::to_string(shape[i]);
  return out + "]";
}

Shape without_ones(Shape shape) {
  std::erase(shape, 1);
  return shape;
}

class Binder {
 public:
  Binder(const Gguf& file, const ModelConfig& config) : file_(file), config_(config) {}

  Status index_names() {
    for (const GgufTensor& tensor : file_.tensors()) {
      const int layer = layer_of(tensor.name, "blk.");
      const auto refused = std::find_if(std::begin(kRefusedParts), std::end(kRefusedParts),
                                        [&](const NamePart& entry) { return layer >= 0 && tensor.name.find(entry.part) != std::string::npos; });
      if (refused != std::end(kRefusedParts)) {
        return error(Code::unsupported, "%s: %s: not supported", file_.view(tensor).where().c_str(), refused->family);
      }
      if (layer >= config_.n_layers) {
        return error(Code::mismatch, "%s: layer %d, but 'mamba2.block_count' says %d layers", file_.view(tensor).where().c_str(), layer,
                     config_.n_layers);
      }
      by_name_.emplace(tensor.name, &tensor);
    }
    return {};
  }

  Status bind_ends(Checkpoint* out) const;
  Status bind_block(int layer, Mamba2Weights* out) const;

 private:
  bool has(const std::string& name) const { return by_name_.contains(name); }

  Result<TensorView> find(const std::string& name) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return error(Code::format, "%s: tensor '%s' is missing", file_.path().c_str(), name.c_str());
    return file_.view(*found->second);
  }

  Status wrong_shape(const TensorView& view, const Shape& wanted, const char* why) const {
    return error(Code::mismatch, "%s: its dims are %s, the metadata wants %s%s", view.where().c_str(), dims_text(view.shape).c_str(),
                 dims_text(wanted).c_str(), why);
  }

  // A matrix of any type.
  Status take_matrix(const std::string& name, Shape shape, TensorView* out) const {
    SW_ASSIGN(TensorView view, find(name));
    Shape found = view.shape;
    while (found.size() > 2 && found.front() == 1) found.erase(found.begin());
    if (found != shape) {
      std::swap(shape[0], shape[1]);
      const bool transposed = found == shape;
      std::swap(shape[0], shape[1]);
      return wrong_shape(view, shape, transposed ? ": transposed by an old or foreign conversion; convert the model again" : "");
    }
    view.shape = std::move(found);
    *out = std::move(view);
    return {};
  }

  // A small tensor: dimensions of 1 do not count, since conversions differ in them.
  Status take(const std::string& name, const Shape& shape, TensorView* out) const {
    SW_ASSIGN(TensorView view, find(name));
    if (is_blocked(view.dtype)) {
      return error(Code::unsupported, "%s: %s, which only matrices may be; quantise the model again with a current llama.cpp", view.where().c_str(),
                   dtype_name(view.dtype));
    }
    if (without_ones(view.shape) != without_ones(shape)) return wrong_shape(view, shape, "");
    view.shape = shape;
    *out = std::move(view);
    return {};
  }

  Status take_conv(const std::string& name, TensorView* out) const;
  Status take_decay(const std::string& name, TensorView* out) const;
  Status take_gated_norm(const std::string& name, TensorView* out) const;

  const Gguf& file_;
  const ModelConfig& config_;
  std::unordered_map<std::string, const GgufTensor*> by_name_;
};

Status Binder::take_conv(const std::string& name, TensorView* out) const {
  const Mamba2Config& c = config_.block;
  SW_ASSIGN(const TensorView view, find(name));
  const Shape found = without_ones(view.shape);
  if (c.d_conv > 1 && c.d_conv != c.d_conv_in() && found == Shape{c.d_conv, c.d_conv_in()}) {
    return wrong_shape(view, {c.d_conv_in(), c.d_conv}, ": transposed by an old or foreign conversion; convert the model again");
  }
  return take(name, {c.d_conv_in(), 1, c.d_conv}, out);
}

// A is negative; A_log, which an early conversion might have stored under its name, is as a rule not.
Status Binder::take_decay(const std::string& name, TensorView* out) const {
  SW_TRY(take(name, {config_.block.n_heads}, out));
  for (const float a : to_f32(*out)) {
    if (a <= 0.0f) continue;
    return error(Code::format, "%s: it holds %g; -exp(A_log), which belongs here, is never positive: an old or foreign conversion; convert the "
                 "model again", out->where().c_str(), static_cast<double>(a));
  }
  return {};
}

// [d_inner / n_groups, n_groups], or flat in conversions from before llama.cpp took Mamba-2 in: the same order.
Status Binder::take_gated_norm(const std::string& name, TensorView* out) const {
  const Mamba2Config& c = config_.block;
  if (!has(name)) {
    return error(Code::unsupported, "%s: tensor '%s' is missing; a mixer without its gated norm (rmsnorm=False) is not supported",
                 file_.path().c_str(), name.c_str());
  }
  SW_ASSIGN(const TensorView view, find(name));
  if (without_ones(view.shape) == without_ones({c.d_inner})) return take(name, {c.d_inner}, out);
  SW_TRY(take(name, {c.n_groups, c.d_inner / c.n_groups}, out));
  out->shape = {c.d_inner};
  return {};
}

Status Binder::bind_ends(Checkpoint* out) const {
  const std::string embedding = "token_embd.weight", head = "output.weight";
  SW_ASSIGN(const TensorView rows, find(embedding));
  const int64_t n_rows = rows.shape.size() < 2 ? 1 : rows.shape[rows.shape.size() - 2];
  constexpr int64_t kRowsMax = 1 << 20;
  if (n_rows > kRowsMax) return error(Code::format, "%s: more than %lld rows", rows.where().c_str(), static_cast<long long>(kRowsMax));
  SW_TRY(take_matrix(embedding, {n_rows, config_.d_model}, &out->embedding));
  out->tied = !has(head);
  if (out->tied) {
    out->head = out->embedding;
  } else {
    SW_TRY(take_matrix(head, {n_rows, config_.d_model}, &out->head));
  }
  out->vocab_size = static_cast<int>(n_rows);
  return take("output_norm.weight", {config_.d_model}, &out->final_norm);
}

Status Binder::bind_block(int layer, Mamba2Weights* out) const {
  const Mamba2Config& c = config_.block;
  const std::string block = "blk." + std::to_string(layer) + ".";
  out->config = c;
  SW_TRY(take(block + "attn_norm.weight", {config_.d_model}, &out->norm));
  SW_TRY(take_matrix(block + "ssm_in.weight", {c.d_in_proj(), config_.d_model}, &out->in_proj));
  SW_TRY(take_conv(block + "ssm_conv1d.weight", &out->conv_weight));
  if (has(block + "ssm_conv1d.bias")) SW_TRY(take(block + "ssm_conv1d.bias", {c.d_conv_in()}, &out->conv_bias));
  SW_TRY(take(block + "ssm_dt.bias", {c.n_heads}, &out->dt_bias));
  SW_TRY(take_decay(block + "ssm_a", &out->A));
  SW_TRY(take(block + "ssm_d", {c.n_heads}, &out->D));
  SW_TRY(take_gated_norm(block + "ssm_norm.weight", &out->gated_norm));
  return take_matrix(block + "ssm_out.weight", {config_.d_model, c.d_inner}, &out->out_proj);
}

}  // namespace

Result<Checkpoint> bind_gguf(const Gguf& file) {
  SW_ASSIGN(const ModelConfig config, config_of(file));
  Checkpoint out;
  out.layout = config.layout;
  out.d_model = config.d_model;
  out.norm_eps = config.norm_eps;
  Binder binder(file, config);
  SW_TRY(binder.index_names());
  SW_TRY(binder.bind_ends(&out));
  for (int layer = 0; layer < config.n_layers; ++layer) {
    Mamba2Weights block;
    SW_TRY(binder.bind_block(layer, &block));
    out.blocks.emplace_back(std::move(block));
  }
  count_weights(&out);
  auto vocabulary = vocabulary_of(file);
  if (vocabulary.ok()) {
    out.vocabulary = std::move(vocabulary).value();
    out.bos_id_config = out.vocabulary->bos_id;
    out.eos_id_config = out.vocabulary->eos_id;
  } else {
    out.no_vocabulary = std::move(vocabulary).status();
  }
  return out;
}

}  // namespace sw
