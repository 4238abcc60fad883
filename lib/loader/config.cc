#include "loader/config.h"

#include <cmath>

#include "loader/config_fields.h"
#include "loader/json.h"
#include "loader/printable.h"

namespace sw {
namespace {

Result<Json> parse_object(std::string_view text, const std::string& path) {
  JsonRules rules;
  rules.nonfinite = true;  // time_step_limit is [0.0, Infinity]
  SW_ASSIGN(Json root, parse_json(text, path, 0, rules));
  if (root.object() == nullptr) return error(Code::format, "%s: JSON at byte 0: not an object", path.c_str());
  return root;
}

bool names_mamba2(const ConfigFields& root) {
  if (const Json::Member* type = root.find("model_type")) {
    if (type->value.string() != nullptr && *type->value.string() == "mamba2") return true;
  }
  const Json::Member* member = root.find("architectures");
  const Json::Array* list = member == nullptr ? nullptr : member->value.array();
  if (list == nullptr) return false;
  for (const Json& name : *list) {
    if (name.string() != nullptr && *name.string() == "Mamba2ForCausalLM") return true;
  }
  return false;
}

Result<ModelConfig> from_config(const ConfigFields& root) {
  // Some copies of mamba_ssm configs carry a model_type too, so the keys decide before the name does.
  if (names_mamba2(root) && (root.has("hidden_size") || !root.has("d_model"))) return config_from_hf(root);
  if (root.has("ssm_cfg") || (root.has("d_model") && root.has("n_layer"))) return config_from_mamba_ssm(root);
  std::string type = "none";
  SW_TRY(root.text("model_type", &type));
  const std::string why = "'" + printable(type, 64) + "' is not Mamba-2" + (type == "mamba" ? " but Mamba-1" : "");
  return root.fail(Code::unsupported, "model_type", why);
}

}  // namespace

Status check_config(const ModelConfig& config, const std::string& path) {
  const Mamba2Config& block = config.block;
  const auto bad = [&](const std::string& why) { return Status(Code::format, path + ": " + why); };
  if (int64_t{block.n_heads} * block.head_dim != block.d_inner) {
    return bad(format("%d heads of %d channels are not the %d channels of the mixer (expand * d_model)", block.n_heads,
                      block.head_dim, block.d_inner));
  }
  if (block.n_heads % block.n_groups != 0) {
    return bad(format("%d heads cannot be shared by %d groups", block.n_heads, block.n_groups));
  }
  const int64_t d_bc = 2 * int64_t{block.n_groups} * block.d_state;
  if (block.d_inner > kDimensionMax || d_bc > kDimensionMax) {
    return bad(format("the mixer's %d + %lld channels are more than %d", block.d_inner, static_cast<long long>(d_bc),
                      kDimensionMax));
  }
  if (!(std::isfinite(config.norm_eps) && config.norm_eps > 0.0f)) return bad("the norm's epsilon is not above 0");
  return {};
}

Result<ModelConfig> parse_config(std::string_view text, const std::string& path) {
  SW_ASSIGN(const Json root, parse_object(text, path));
  SW_ASSIGN(ModelConfig config, from_config(ConfigFields(*root.object(), path)));
  SW_TRY(check_config(config, path));
  return config;
}

Result<ModelConfig> parse_params(std::string_view text, const std::string& path) {
  SW_ASSIGN(const Json root, parse_object(text, path));
  SW_ASSIGN(ModelConfig config, config_from_mistral(ConfigFields(*root.object(), path)));
  SW_TRY(check_config(config, path));
  return config;
}

}  // namespace sw
