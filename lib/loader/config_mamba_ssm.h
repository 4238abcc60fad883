// The defaults of mamba_ssm's Mamba2 module, which Mistral's params.json leaves unsaid.
#pragma once

#include "loader/config_fields.h"

namespace sw {

// With d_model set: d_inner, heads and the rest follow from the constructor arguments in `ssm_cfg`.
Status read_ssm_cfg(const ConfigFields& ssm_cfg, ModelConfig* config);

}  // namespace sw
