// The config.json of a checkpoint that this library writes.
#pragma once

#include <string>

#include "loader/checkpoint.h"

namespace sw {

// In the dialect of HF transformers, whatever the source's; parse_config() gives the numbers back. All layers have the first one's shape.
std::string hf_config_text(const Checkpoint& checkpoint);

// The name that HF transformers gives to the tensor of this role (loader/roles.h), without the ending of packed ones.
std::string hf_name(const std::string& role);

}  // namespace sw
