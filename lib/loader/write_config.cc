#include "loader/write_config.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace sw {
namespace {

// A limit of dt as JSON readers of this dialect write it: infinity has a name there.
std::string limit_text(float value) { return std::isinf(value) ? "Infinity" : format("%.9g", double(value)); }

std::string mixer_name(const std::string& role) {
  if (role == "in_proj" || role == "out_proj") return role + ".weight";
  if (role == "conv_weight") return "conv1d.weight";
  if (role == "conv_bias") return "conv1d.bias";
  return role == "gated_norm" ? "norm.weight" : role;
}

}  // namespace

std::string hf_config_text(const Checkpoint& checkpoint) {
  const Mamba2Weights& first = std::get<Mamba2Weights>(checkpoint.blocks.front());
  const Mamba2Config& c = first.config;
  nlohmann::ordered_json json;
  json["architectures"] = {"Mamba2ForCausalLM"};
  json["model_type"] = "mamba2";
  json["hidden_size"] = checkpoint.d_model;
  json["num_hidden_layers"] = checkpoint.blocks.size();
  json["vocab_size"] = checkpoint.vocab_size;
  json["num_heads"] = c.n_heads;
  json["head_dim"] = c.head_dim;
  json["state_size"] = c.d_state;
  json["n_groups"] = c.n_groups;
  json["conv_kernel"] = c.d_conv;
  json["intermediate_size"] = c.d_inner;
  // floor(expand * hidden_size) is the size: half a unit more keeps the product from falling below it.
  if (c.d_inner % checkpoint.d_model == 0) {
    json["expand"] = c.d_inner / checkpoint.d_model;
  } else {
    json["expand"] = (c.d_inner + 0.5) / checkpoint.d_model;
  }
  json["layer_norm_epsilon"] = checkpoint.norm_eps;
  json["tie_word_embeddings"] = checkpoint.tied;
  json["use_bias"] = false;
  json["use_conv_bias"] = !first.conv_bias.empty();
  json["hidden_act"] = "silu";
  if (checkpoint.bos_id_config >= 0) json["bos_token_id"] = checkpoint.bos_id_config;
  if (checkpoint.eos_id_config >= 0) json["eos_token_id"] = checkpoint.eos_id_config;
  std::string text = json.dump(2);
  text.resize(text.size() - 2);  // "\n}": JSON has no infinity, so the limits are written by hand
  return text + ",\n  \"time_step_limit\": [" + limit_text(c.dt_min) + ", " + limit_text(c.dt_max) + "]\n}\n";
}

std::string hf_name(const std::string& role) {
  if (role == "embedding") return "backbone.embeddings.weight";
  if (role == "final_norm") return "backbone.norm_f.weight";
  if (role == "head") return "lm_head.weight";
  const size_t dot = role.rfind('.');  // "layers.7.norm"
  const std::string layer = "backbone." + role.substr(0, dot) + ".", name = role.substr(dot + 1);
  return name == "norm" ? layer + "norm.weight" : layer + "mixer." + mixer_name(name);
}

}  // namespace sw
