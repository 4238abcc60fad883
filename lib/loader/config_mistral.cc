// params.json of Mistral's layout: what it leaves unsaid are mamba_ssm's defaults, because Mistral builds that model.
#include "loader/config_mamba_ssm.h"
#include "loader/families.h"
#include "loader/printable.h"

namespace sw {

Result<ModelConfig> config_from_mistral(const ConfigFields& root) {
  for (const char* key : {"dim", "n_layers"}) SW_TRY(root.require(key));
  std::string type = root.has("n_heads") || root.has("hidden_dim") ? "transformer" : "mamba";
  SW_TRY(root.text("model_type", &type));
  if (type != "mamba") {
    return root.fail(Code::unsupported, "model_type", "'" + printable(type, 64) + "' is not Mamba-2");
  }
  for (const char* key : {"vocab_size", "n_groups"}) SW_TRY(root.require(key));
  SW_TRY(refuse_family(root));

  ModelConfig config;
  config.layout = Layout::mistral;
  SW_TRY(root.count("dim", kDimensionMax, &config.d_model));
  SW_TRY(root.count("n_layers", 1024, &config.n_layers));
  SW_TRY(root.count("vocab_size", kDimensionMax, &config.vocab_size));
  SW_TRY(root.count("pad_vocab_size_multiple", 1 << 16, &config.vocab_size_multiple));
  SW_TRY(root.boolean("tie_embeddings", &config.tied));
  static const Json::Object kNoMembers;
  SW_TRY(read_ssm_cfg(ConfigFields(kNoMembers, root.path(), "ssm_cfg"), &config));
  SW_TRY(root.count("n_groups", kDimensionMax, &config.block.n_groups));
  return config;
}

}  // namespace sw
