// config.json of HF transformers, model_type mamba2.
#include <cmath>

#include "loader/config_fields.h"
#include "loader/families.h"
#include "loader/printable.h"

namespace sw {
namespace {

// The defaults of transformers' Mamba2Config, which are Codestral Mamba's numbers.
ModelConfig defaults() {
  ModelConfig config;
  config.layout = Layout::hf;
  config.d_model = 4096;
  config.n_layers = 64;
  config.vocab_size = 32768;
  config.block.n_heads = 128;
  config.block.head_dim = 64;
  config.block.d_state = 128;
  config.block.n_groups = 8;
  config.block.d_conv = 4;
  return config;
}

Status read_numbers(const ConfigFields& root, ModelConfig* out) {
  SW_TRY(root.count("hidden_size", kDimensionMax, &out->d_model));
  SW_TRY(root.count("num_hidden_layers", 1024, &out->n_layers));
  SW_TRY(root.count("vocab_size", kDimensionMax, &out->vocab_size));
  SW_TRY(root.count("num_heads", kDimensionMax, &out->block.n_heads));
  SW_TRY(root.count("head_dim", 1024, &out->block.head_dim));
  SW_TRY(root.count("state_size", 1024, &out->block.d_state));
  SW_TRY(root.count("n_groups", kDimensionMax, &out->block.n_groups));
  SW_TRY(root.count("conv_kernel", 8, &out->block.d_conv));
  double eps = out->norm_eps;
  SW_TRY(root.number("layer_norm_epsilon", 0, 1, &eps));
  out->norm_eps = static_cast<float>(eps);
  // time_step_min, time_step_max and time_step_floor only describe how dt was initialised: they must not clamp it.
  return root.dt_limits("time_step_limit", &out->block);
}

Status read_d_inner(const ConfigFields& root, ModelConfig* out) {
  double expand = 2.0;  // may be fractional
  SW_TRY(root.number("expand", 0, 1024, &expand));
  const double d_inner = std::floor(expand * out->d_model);
  if (d_inner < 1 || d_inner > kDimensionMax) {
    return root.fail(Code::format, "expand", format("expand * hidden_size is not from 1 to %d", kDimensionMax));
  }
  out->block.d_inner = static_cast<int>(d_inner);
  int intermediate_size = out->block.d_inner;
  SW_TRY(root.count("intermediate_size", kDimensionMax, &intermediate_size));
  if (intermediate_size != out->block.d_inner) {
    return root.fail(Code::format, "intermediate_size",
                     format("%d is not expand * hidden_size = %d", intermediate_size, out->block.d_inner));
  }
  return {};
}

}  // namespace

Result<ModelConfig> config_from_hf(const ConfigFields& root) {
  if (root.has("mamba2_head_dim") || root.has("mamba2_num_heads")) {
    return root.fail(Code::unsupported, "model_type", "the keys of an abandoned draft of Mamba2Config (mamba2_...)");
  }
  SW_TRY(refuse_family(root));
  std::string activation = "silu";
  SW_TRY(root.text("hidden_act", &activation));
  if (activation != "silu" && activation != "swish") {
    return root.fail(Code::unsupported, "hidden_act", "'" + printable(activation, 32) + "' is not silu");
  }
  ModelConfig config = defaults();
  SW_TRY(read_numbers(root, &config));
  SW_TRY(read_d_inner(root, &config));
  SW_TRY(root.boolean("tie_word_embeddings", &config.tied));
  SW_TRY(root.boolean("use_conv_bias", &config.conv_bias));
  // norm_before_gate is ignored: whatever it says, transformers gates first.
  config.bos_id = root.token_id("bos_token_id");
  config.eos_id = root.token_id("eos_token_id");
  return config;
}

}  // namespace sw
