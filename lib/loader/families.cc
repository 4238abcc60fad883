#include "loader/families.h"

namespace sw {
namespace {

struct Switch {
  std::string_view key;
  bool refused;  // the value that selects the family
  const char* family;
};

constexpr Switch kSwitches[] = {
    {"bias", true, "projections with a bias (bias=True) are not supported"},
    {"use_bias", true, "projections with a bias (bias=True) are not supported"},
    {"D_has_hdim", true, "a D per channel (D_has_hdim=True) is not supported"},
    {"rmsnorm", false, "a mixer without its gated norm (rmsnorm=False) is not supported"},
    {"rms_norm", false, "LayerNorm in place of RMSNorm (rms_norm=False) is not supported"},
};

struct NamePart {
  std::string_view part;  // found anywhere in the name
  std::string_view family;
};

constexpr NamePart kNameParts[] = {
    {".in_proj.bias", "projections with a bias (bias=True)"},
    {".out_proj.bias", "projections with a bias (bias=True)"},
    {"lm_head.bias", "projections with a bias (bias=True)"},
    {".norm2.", "MLP blocks between the mixers (d_intermediate > 0)"},
    {".mlp.", "MLP blocks between the mixers (d_intermediate > 0)"},
    {".self_attn.", "hybrid with attention layers (attn_layer_idx)"},
    {".attn.", "hybrid with attention layers (attn_layer_idx)"},
    {".mixer.rotary_emb.", "hybrid with attention layers (attn_layer_idx)"},
    {".mixer.x_proj.", "Mamba-1"},
    {".mixer.dt_proj.", "Mamba-1"},
    {".norm.bias", "LayerNorm in place of RMSNorm (rms_norm=False)"},
    {".norm_f.bias", "LayerNorm in place of RMSNorm (rms_norm=False)"},
};

}  // namespace

Status refuse_family(const ConfigFields& fields) {
  for (const Switch& entry : kSwitches) {
    bool value = !entry.refused;
    SW_TRY(fields.boolean(entry.key, &value));
    if (value == entry.refused) return fields.fail(Code::unsupported, entry.key, entry.family);
  }
  double d_intermediate = 0;
  SW_TRY(fields.number("d_intermediate", 0, kDimensionMax, &d_intermediate));
  if (d_intermediate > 0) {
    return fields.fail(Code::unsupported, "d_intermediate",
                       "MLP blocks between the mixers (d_intermediate > 0) are not supported");
  }
  if (const Json::Member* layers = fields.find("attn_layer_idx")) {
    const Json::Array* list = layers->value.array();
    if (list == nullptr) return fields.fail(Code::format, "attn_layer_idx", "must be a list");
    if (!list->empty()) {
      return fields.fail(Code::unsupported, "attn_layer_idx",
                         "hybrid models with attention layers (attn_layer_idx) are not supported");
    }
  }
  return {};
}

std::string_view refused_family_of(std::string_view name) {
  if (!name.starts_with("backbone.") && !name.starts_with("lm_head.")) return {};
  for (const NamePart& entry : kNameParts) {
    if (name.find(entry.part) != name.npos) return entry.family;
  }
  return {};
}

}  // namespace sw
