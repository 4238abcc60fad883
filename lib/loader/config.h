// What the three config dialects say, in one form and checked: the loader sizes every tensor by it.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "loader/checkpoint.h"

namespace sw {

struct ModelConfig {
  Layout layout = Layout::hf;
  int d_model = 0;
  int n_layers = 0;
  int vocab_size = 0;           // as the config says, before padding
  int vocab_size_multiple = 1;  // the embedding's rows may be padded to it
  float norm_eps = 1e-5f;
  bool tied = false;
  bool conv_bias = true;
  Mamba2Config block;  // of every layer
  int bos_id = -1;
  int eos_id = -1;

  // Rows of an embedding that is padded. Never less than vocab_size.
  int vocab_size_padded() const {
    return (vocab_size + vocab_size_multiple - 1) / vocab_size_multiple * vocab_size_multiple;
  }
};

// config.json, of either kind: HF transformers or mamba_ssm. `path` is for messages.
Result<ModelConfig> parse_config(std::string_view text, const std::string& path);
// params.json of Mistral's layout.
Result<ModelConfig> parse_params(std::string_view text, const std::string& path);

}  // namespace sw
