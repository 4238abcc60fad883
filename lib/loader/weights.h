// Names to roles: finds every tensor that a config calls for, and checks its shape.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "loader/checkpoint.h"
#include "loader/config.h"
#include "loader/weight_files.h"

namespace sw {

// One spelling for the names of all layouts, that of HF: without Mistral's "model." in front, and "embeddings" for
// mamba_ssm's "embedding".
std::string canonical_name(std::string_view name);

// Fills everything in a Checkpoint but its paths.
Result<Checkpoint> bind_weights(const ModelConfig& config, const WeightFiles& files);

}  // namespace sw
