#include "synth_shape.h"

#include <algorithm>
#include <cmath>

#include "json_output.h"

namespace sw::tool {
namespace {

std::string layer_key(int layer, const std::string& rest) {
  return "layers." + std::to_string(layer) + "." + rest;
}

std::string spelled(const std::string& key, const std::string& layout) {
  const std::string lead = layout == "mistral" ? "model." : "";
  if (key == "lm_head.weight") return lead + key;
  if (key == "embedding.weight")
    return lead + (layout == "hf" ? "backbone.embeddings.weight" : "backbone.embedding.weight");
  return lead + "backbone." + key;
}

std::string hf_config(const SynthShape& shape, const std::string& dtype) {
  Json config;
  config["architectures"] = {"Mamba2ForCausalLM"};
  config["model_type"] = "mamba2";
  config["hidden_size"] = shape.d_model;
  config["num_hidden_layers"] = shape.n_layers;
  config["state_size"] = shape.d_state;
  config["head_dim"] = shape.head_dim;
  config["num_heads"] = shape.n_heads();
  config["n_groups"] = shape.n_groups;
  config["conv_kernel"] = shape.d_conv;
  config["expand"] = shape.expand;
  config["vocab_size"] = shape.vocab_size;
  config["tie_word_embeddings"] = shape.tied;
  config["layer_norm_epsilon"] = 1e-5;
  config["use_bias"] = false;
  config["use_conv_bias"] = true;
  config["rms_norm"] = true;
  config["residual_in_fp32"] = true;
  config["chunk_size"] = 256;
  config["hidden_act"] = "silu";
  config["bos_token_id"] = 1;
  config["eos_token_id"] = 2;
  config["torch_dtype"] = dtype == "bf16" ? "bfloat16" : dtype == "f16" ? "float16" : "float32";
  config["time_step_limit"] = {0.0, "INFINITY"};
  std::string text = config.dump(2) + "\n";
  const std::string marker = "\"INFINITY\"";
  text.replace(text.find(marker), marker.size(), "Infinity");  // bare, as published checkpoints have it
  return text;
}

std::string mamba_ssm_config(const SynthShape& shape) {
  Json config;
  config["d_model"] = shape.d_model;
  config["d_intermediate"] = 0;
  config["n_layer"] = shape.n_layers;
  config["vocab_size"] = shape.vocab_size;
  config["ssm_cfg"] = {{"layer", "Mamba2"},      {"d_state", shape.d_state},  {"d_conv", shape.d_conv},
                       {"expand", shape.expand}, {"headdim", shape.head_dim}, {"ngroups", shape.n_groups}};
  config["attn_layer_idx"] = Json::array();
  config["attn_cfg"] = Json::object();
  config["rms_norm"] = true;
  config["residual_in_fp32"] = true;
  config["fused_add_norm"] = true;
  config["pad_vocab_size_multiple"] = 1;
  config["tie_embeddings"] = shape.tied;
  return config.dump(2) + "\n";
}

std::string mistral_params(const SynthShape& shape) {
  Json params;
  params["dim"] = shape.d_model;
  params["n_layers"] = shape.n_layers;
  params["vocab_size"] = shape.vocab_size;
  params["n_groups"] = shape.n_groups;
  params["rms_norm"] = true;
  params["residual_in_fp32"] = true;
  params["fused_add_norm"] = true;
  params["pad_vocab_size_multiple"] = 1;
  params["tie_embeddings"] = shape.tied;
  params["model_type"] = "mamba";
  return params.dump(2) + "\n";
}

void add_layer(const SynthShape& shape, int layer, std::vector<SynthTensor>& tensors) {
  const auto size = [](int value) { return static_cast<uint64_t>(value); };
  const auto scale = [](double fan_in) { return static_cast<float>(1.0 / std::sqrt(fan_in)); };
  const auto add = [&](const std::string& rest, std::vector<uint64_t> dims, Draw draw, float std) {
    tensors.push_back({layer_key(layer, rest), "", std::move(dims), draw, std});
  };
  const uint64_t d_model = size(shape.d_model), d_inner = size(shape.d_inner()), n_heads = size(shape.n_heads());
  add("norm.weight", {d_model}, Draw::ones, 0);
  add("mixer.in_proj.weight", {size(shape.d_in_proj()), d_model}, Draw::normal, scale(shape.d_model));
  add("mixer.conv1d.weight", {size(shape.d_conv_in()), 1, size(shape.d_conv)}, Draw::normal, scale(shape.d_conv));
  add("mixer.conv1d.bias", {size(shape.d_conv_in())}, Draw::normal, 0.1f);
  add("mixer.dt_bias", {n_heads}, Draw::dt_bias, 0);
  add("mixer.A_log", {n_heads}, Draw::a_log, 0);
  add("mixer.D", {n_heads}, Draw::ones, 0);
  add("mixer.norm.weight", {d_inner}, Draw::ones, 0);
  // Each layer adds to the residual: the sum over layers stays near 1.
  add("mixer.out_proj.weight", {d_model, d_inner}, Draw::normal, scale(double{1} * shape.d_inner() * shape.n_layers));
}

}  // namespace

const std::vector<SynthShape>& synth_shapes() {
  static const std::vector<SynthShape> shapes = {
      {"codestral", 4096, 64, 32768, 64, 128, 8, false},
      {"mamba2-130m", 768, 24, 50288},
      {"mamba2-370m", 1024, 48, 50288},
      {"mamba2-780m", 1536, 48, 50288},
      {"mamba2-1.3b", 2048, 48, 50288},
      {"mamba2-2.7b", 2560, 64, 50288},
      {"nano", 512, 16, 16384},
      {"tiny", 128, 2, 512},
      {"tiny-untied", 128, 3, 384, 64, 128, 2, false},
      {"tiny-g8", 256, 2, 512, 64, 128, 8, false},
      {"tiny-odd", 84, 3, 403, 24, 40, 7, true},
  };
  return shapes;
}

std::vector<std::string> synth_shape_names() {
  std::vector<std::string> names;
  for (const SynthShape& shape : synth_shapes()) names.push_back(shape.name);
  return names;
}

std::optional<SynthShape> synth_shape(const std::string& name) {
  for (const SynthShape& shape : synth_shapes()) {
    if (shape.name == name) return shape;
  }
  return std::nullopt;
}

uint64_t SynthTensor::n_elements() const {
  uint64_t n = 1;
  for (uint64_t size : shape) n *= size;
  return n;
}

std::vector<SynthTensor> synth_tensors(const SynthShape& shape, const std::string& layout) {
  const auto vocab = static_cast<uint64_t>(shape.vocab_size), d_model = static_cast<uint64_t>(shape.d_model);
  const float std = static_cast<float>(1.0 / std::sqrt(static_cast<double>(shape.d_model)));
  std::vector<SynthTensor> tensors;
  tensors.push_back({"embedding.weight", "", {vocab, d_model}, Draw::normal, std});
  for (int layer = 0; layer < shape.n_layers; ++layer) add_layer(shape, layer, tensors);
  tensors.push_back({"norm_f.weight", "", {d_model}, Draw::ones, 0});
  if (!shape.tied) tensors.push_back({"lm_head.weight", "", {vocab, d_model}, Draw::normal, std});
  for (SynthTensor& tensor : tensors) tensor.name = spelled(tensor.key, layout);
  return tensors;
}

Outcome synth_config(const SynthShape& shape, const std::string& layout, const std::string& dtype, SynthConfig& out) {
  if (layout == "hf") {
    out = {"config.json", hf_config(shape, dtype)};
  } else if (layout == "mamba_ssm") {
    out = {"config.json", mamba_ssm_config(shape)};
  } else {
    const bool implied = shape.head_dim == 64 && shape.d_state == 128 && shape.expand == 2 && shape.d_conv == 4;
    if (!implied) {
      return usage_error("the mistral layout has no word for head_dim, d_state, expand and d_conv: shape " +
                         shape.name + " needs --layout hf or mamba_ssm");
    }
    out = {"params.json", mistral_params(shape)};
  }
  return success();
}

}  // namespace sw::tool
