#include "loader/weights.h"

#include <cstring>
#include <unordered_map>

#include "loader/families.h"
#include "loader/layer_of.h"
#include "loader/packed_tensor.h"
#include "loader/printable.h"
#include "loader/roles.h"

namespace sw {
namespace {

constexpr std::string_view kEmbedding = "backbone.embeddings.weight";
constexpr std::string_view kHead = "lm_head.weight";
constexpr std::string_view kLayers = "backbone.layers.";

using Shape = std::vector<int64_t>;

std::string shape_text(const Shape& shape) {
  std::string out = "[";
  for (const int64_t n : shape) out += (out.size() > 1 ? ", " : "") + std::to_string(n);
  return out + "]";
}

class Binder {
 public:
  Binder(const ModelConfig& config, const WeightFiles& files) : config_(config), files_(files) {}

  // Before any tensor is taken: no name twice, no unsupported family, no layer that the config does not know.
  Status index_names() {
    for (const WeightFiles::Tensor& tensor : files_.tensors()) {
      std::string name = canonical_name(tensor.entry->name);
      const std::string_view family = refused_family_of(name);
      if (!family.empty()) {
        return {Code::unsupported, tensor.file->where(*tensor.entry) + ": " + std::string(family) + ": not supported"};
      }
      if (const int layer = layer_of(name, kLayers); layer >= config_.n_layers) {
        return error(Code::mismatch, "%s: layer %d, but the config says %d layers",
                     tensor.file->where(*tensor.entry).c_str(), layer, config_.n_layers);
      }
      const auto [other, is_new] = by_name_.try_emplace(std::move(name), tensor);
      if (!is_new) {
        return error(Code::format, "%s: the same tensor as '%s' at byte %llu",
                     tensor.file->where(*tensor.entry).c_str(), printable(other->second.entry->name).c_str(),
                     static_cast<unsigned long long>(other->second.entry->begin));
      }
    }
    return {};
  }

  bool has(std::string_view name) const { return by_name_.contains(std::string(name)); }

  Result<TensorView> find(std::string_view name) const {
    const auto found = by_name_.find(std::string(name));
    if (found == by_name_.end()) {
      return error(Code::format, "%s: tensor '%s' is missing", files_.path().c_str(), std::string(name).c_str());
    }
    return found->second.file->view(*found->second.entry);
  }

  Status take(std::string_view name, const Shape& shape, TensorView* out) const {
    SW_ASSIGN(TensorView view, find(name));
    if (view.shape != shape) {
      return error(Code::mismatch, "%s: its shape is %s, the config wants %s", view.where().c_str(),
                   shape_text(view.shape).c_str(), shape_text(shape).c_str());
    }
    *out = std::move(view);
    return {};
  }

  // The names of a packed matrix end with its format.
  static std::string packed_name(std::string_view name, DType type) { return std::string(name) + std::string(packed_suffix(type)); }
  bool has_matrix(std::string_view name) const {
    return has(name) || has(packed_name(name, DType::q8)) || has(packed_name(name, DType::q4));
  }

  // A matrix, in whatever format.
  Status take_matrix(std::string_view name, const Shape& shape, TensorView* out) const {
    const bool q8 = has(packed_name(name, DType::q8)), q4 = has(packed_name(name, DType::q4));
    if (int{q8} + int{q4} + int{has(name)} > 1) {
      return error(Code::format, "%s: '%s' is stored in two formats", files_.path().c_str(), std::string(name).c_str());
    }
    if (!q8 && !q4) return take(name, shape, out);
    const DType type = q8 ? DType::q8 : DType::q4;
    const WeightFiles::Tensor& found = by_name_.find(packed_name(name, type))->second;
    SW_ASSIGN(*out, found.file->packed_view(*found.entry, type, shape));
    return {};
  }

  // (rows, d_model) with as many rows as the vocabulary, padded or not.
  Status take_rows(std::string_view name, TensorView* out) const {
    if (!has(name) && has_matrix(name)) return take_matrix(name, {config_.vocab_size, config_.d_model}, out);
    SW_ASSIGN(TensorView view, find(name));
    const bool fits = view.shape.size() == 2 && view.shape[1] == config_.d_model &&
                      (view.shape[0] == config_.vocab_size || view.shape[0] == config_.vocab_size_padded());
    if (!fits) {
      return error(Code::mismatch, "%s: its shape is %s, the config wants %s (or %d rows, padded)",
                   view.where().c_str(), shape_text(view.shape).c_str(),
                   shape_text({config_.vocab_size, config_.d_model}).c_str(), config_.vocab_size_padded());
    }
    *out = std::move(view);
    return {};
  }

  Status bind_ends(Checkpoint* out) const;
  Status bind_block(int layer, Mamba2Weights* out) const;
  Status bind_decay(const std::string& mixer, Mamba2Weights* out) const;

 private:
  const ModelConfig& config_;
  const WeightFiles& files_;
  std::unordered_map<std::string, WeightFiles::Tensor> by_name_;
};

bool same_rows(const TensorView& a, const TensorView& b) {
  return a.dtype == b.dtype && a.shape == b.shape && std::memcmp(a.data, b.data, a.n_bytes) == 0;
}

Status Binder::bind_ends(Checkpoint* out) const {
  // A tied model is stored under either name, or both. Two that differ are what was trained, whatever the config says.
  const bool only_head = config_.tied && !has_matrix(kEmbedding) && has_matrix(kHead);
  SW_TRY(take_rows(only_head ? kHead : kEmbedding, &out->embedding));
  out->tied = config_.tied;
  if (!config_.tied || (!only_head && has_matrix(kHead))) {
    SW_TRY(take_rows(kHead, &out->head));
    if (out->head.shape != out->embedding.shape) {
      return error(Code::mismatch, "%s: its shape is %s, but the embedding's is %s", out->head.where().c_str(),
                   shape_text(out->head.shape).c_str(), shape_text(out->embedding.shape).c_str());
    }
    if (config_.tied) out->tied = same_rows(out->head, out->embedding);
  }
  if (out->tied) out->head = out->embedding;
  out->vocab_size = static_cast<int>(out->embedding.shape[0]);
  return take("backbone.norm_f.weight", {config_.d_model}, &out->final_norm);
}

// A_log, or A = -exp(A_log): what sidewinder quantize makes of a GGUF file has the latter, since a logarithm would not give the bits back.
Status Binder::bind_decay(const std::string& mixer, Mamba2Weights* out) const {
  const int n_heads = config_.block.n_heads;
  if (!has(mixer + "A")) return take(mixer + "A_log", {n_heads}, &out->A_log);
  if (has(mixer + "A_log")) {
    return error(Code::format, "%s: both '%sA' and '%sA_log' are stored", files_.path().c_str(), mixer.c_str(), mixer.c_str());
  }
  return take(mixer + "A", {n_heads}, &out->A);
}

Status Binder::bind_block(int layer, Mamba2Weights* out) const {
  const Mamba2Config& c = config_.block;
  const std::string prefix = std::string(kLayers) + std::to_string(layer) + ".";
  const std::string mixer = prefix + "mixer.";
  out->config = c;
  SW_TRY(take(prefix + "norm.weight", {config_.d_model}, &out->norm));
  SW_TRY(take_matrix(mixer + "in_proj.weight", {c.d_in_proj(), config_.d_model}, &out->in_proj));
  SW_TRY(take(mixer + "conv1d.weight", {c.d_conv_in(), 1, c.d_conv}, &out->conv_weight));
  if (config_.conv_bias) {
    SW_TRY(take(mixer + "conv1d.bias", {c.d_conv_in()}, &out->conv_bias));
  } else if (has(mixer + "conv1d.bias")) {
    SW_ASSIGN(const TensorView bias, find(mixer + "conv1d.bias"));
    return error(Code::mismatch, "%s: the config says that the convolution has no bias", bias.where().c_str());
  }
  SW_TRY(take(mixer + "dt_bias", {c.n_heads}, &out->dt_bias));
  SW_TRY(bind_decay(mixer, out));
  SW_ASSIGN(const TensorView D, find(mixer + "D"));
  if (D.n_elements() == c.d_inner && c.d_inner != c.n_heads) {
    return error(Code::unsupported, "%s: a D per channel (D_has_hdim=True) is not supported", D.where().c_str());
  }
  SW_TRY(take(mixer + "D", {c.n_heads}, &out->D));
  if (!has(mixer + "norm.weight")) {
    return error(
        Code::unsupported,
        "%s: tensor '%snorm.weight' is missing; a mixer without its gated norm (rmsnorm=False) is not supported",
        files_.path().c_str(), mixer.c_str());
  }
  SW_TRY(take(mixer + "norm.weight", {c.d_inner}, &out->gated_norm));
  return take_matrix(mixer + "out_proj.weight", {config_.d_model, c.d_inner}, &out->out_proj);
}

}  // namespace

std::string canonical_name(std::string_view name) {
  constexpr std::string_view kModel = "model.";
  if (name.starts_with("model.backbone.") || name.starts_with("model.lm_head.")) name.remove_prefix(kModel.size());
  if (name == "backbone.embedding.weight") name = kEmbedding;
  return std::string(name);
}

Result<Checkpoint> bind_weights(const ModelConfig& config, const WeightFiles& files) {
  Checkpoint out;
  out.layout = config.layout;
  out.d_model = config.d_model;
  out.norm_eps = config.norm_eps;
  out.bos_id_config = config.bos_id;
  out.eos_id_config = config.eos_id;
  Binder binder(config, files);
  SW_TRY(binder.index_names());
  SW_TRY(binder.bind_ends(&out));
  for (int layer = 0; layer < config.n_layers; ++layer) {
    Mamba2Weights block;
    SW_TRY(binder.bind_block(layer, &block));
    out.blocks.emplace_back(std::move(block));
  }
  count_weights(&out);
  return out;
}

}  // namespace sw
