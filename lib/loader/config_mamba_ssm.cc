// config.json of state-spaces' mamba_ssm.
#include "loader/config_mamba_ssm.h"

#include <cmath>

#include "loader/families.h"
#include "loader/printable.h"

namespace sw {
namespace {

Status refuse_layer(const ConfigFields& ssm_cfg) {
  std::string layer = "Mamba1";  // what mamba_ssm takes when nothing is said
  SW_TRY(ssm_cfg.text("layer", &layer));
  if (layer == "Mamba2") return {};
  const std::string why = layer == "Mamba1" ? "Mamba-1 (the default of mamba_ssm) is not supported, only Mamba2"
                                            : "'" + printable(layer, 32) + "' is not Mamba2";
  return ssm_cfg.fail(Code::unsupported, "layer", why);
}

Status refuse_variant(const ConfigFields& ssm_cfg) {
  SW_TRY(refuse_family(ssm_cfg));
  bool norm_before_gate = false;
  SW_TRY(ssm_cfg.boolean("norm_before_gate", &norm_before_gate));
  if (norm_before_gate) {
    return ssm_cfg.fail(Code::unsupported, "norm_before_gate", "norm before gate is not supported, only gate first");
  }
  std::string activation = "swish";
  SW_TRY(ssm_cfg.text("activation", &activation));
  if (activation != "silu" && activation != "swish") {
    return ssm_cfg.fail(Code::unsupported, "activation", "'" + printable(activation, 32) + "' is not silu");
  }
  return {};
}

Status check_d_ssm(const ConfigFields& ssm_cfg, int d_inner) {
  int d_ssm = d_inner;
  SW_TRY(ssm_cfg.count("d_ssm", kDimensionMax, &d_ssm));
  if (d_ssm < d_inner) {
    return ssm_cfg.fail(Code::unsupported, "d_ssm",
                        format("the gated-MLP path (d_ssm %d < d_inner %d) is not supported", d_ssm, d_inner));
  }
  if (d_ssm > d_inner) {
    return ssm_cfg.fail(Code::format, "d_ssm", format("%d is more than d_inner, %d", d_ssm, d_inner));
  }
  return {};
}

}  // namespace

Status read_ssm_cfg(const ConfigFields& ssm_cfg, ModelConfig* config) {
  SW_TRY(refuse_variant(ssm_cfg));
  Mamba2Config& block = config->block;
  block.d_state = 128;
  block.d_conv = 4;
  block.head_dim = 64;
  block.n_groups = 1;
  SW_TRY(ssm_cfg.count("d_state", 1024, &block.d_state));
  SW_TRY(ssm_cfg.count("d_conv", 8, &block.d_conv));
  SW_TRY(ssm_cfg.count("headdim", 1024, &block.head_dim));
  SW_TRY(ssm_cfg.count("ngroups", kDimensionMax, &block.n_groups));
  SW_TRY(ssm_cfg.boolean("conv_bias", &config->conv_bias));
  SW_TRY(ssm_cfg.dt_limits("dt_limit", &block));

  double expand = 2.0;
  SW_TRY(ssm_cfg.number("expand", 0, 1024, &expand));
  const double d_inner = std::floor(expand * config->d_model);
  if (d_inner < 1 || d_inner > kDimensionMax) {
    return ssm_cfg.fail(Code::format, "expand", format("expand * d_model is not from 1 to %d", kDimensionMax));
  }
  block.d_inner = static_cast<int>(d_inner);
  SW_TRY(check_d_ssm(ssm_cfg, block.d_inner));
  block.n_heads = block.d_inner / block.head_dim;
  if (block.n_heads < 1) return ssm_cfg.fail(Code::format, "headdim", format("more than d_inner, %d", block.d_inner));
  return {};
}

Result<ModelConfig> config_from_mamba_ssm(const ConfigFields& root) {
  static const Json::Object kNoMembers;
  const Json::Member* member = root.find("ssm_cfg");
  if (member != nullptr && member->value.object() == nullptr) {
    return root.fail(Code::format, "ssm_cfg", "must be an object");
  }
  const ConfigFields ssm_cfg(member == nullptr ? kNoMembers : *member->value.object(), root.path(), "ssm_cfg");
  SW_TRY(refuse_layer(ssm_cfg));
  SW_TRY(refuse_family(root));
  for (const char* key : {"d_model", "n_layer", "vocab_size"}) SW_TRY(root.require(key));

  ModelConfig config;
  config.layout = Layout::mamba_ssm;
  config.tied = true;
  config.vocab_size_multiple = 8;
  SW_TRY(root.count("d_model", kDimensionMax, &config.d_model));
  SW_TRY(root.count("n_layer", 1024, &config.n_layers));
  SW_TRY(root.count("vocab_size", kDimensionMax, &config.vocab_size));
  SW_TRY(root.count("pad_vocab_size_multiple", 1 << 16, &config.vocab_size_multiple));
  SW_TRY(root.boolean("tie_embeddings", &config.tied));
  SW_TRY(read_ssm_cfg(ssm_cfg, &config));
  config.bos_id = root.token_id("bos_token_id");
  config.eos_id = root.token_id("eos_token_id");
  return config;
}

}  // namespace sw
