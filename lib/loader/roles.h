// Every weight of a checkpoint in one fixed order, under a name that does not depend on the layout.
#pragma once

#include <string>
#include <utility>

#include "base/status.h"
#include "loader/checkpoint.h"

namespace sw {

// Calls visit(role, tensor) for each weight in use, a tied head once, until it returns an error, which is returned.
template <class Visit>
Status for_each_role(const Checkpoint& checkpoint, Visit&& visit) {
  SW_TRY(visit(std::string("embedding"), checkpoint.embedding));
  for (size_t layer = 0; layer < checkpoint.blocks.size(); ++layer) {
    const Mamba2Weights& w = std::get<Mamba2Weights>(checkpoint.blocks[layer]);
    const std::pair<const char*, const TensorView*> tensors[] = {
        {"norm", &w.norm},
        {"in_proj", &w.in_proj},
        {"conv_weight", &w.conv_weight},
        {"conv_bias", &w.conv_bias},
        {"dt_bias", &w.dt_bias},
        {"A_log", &w.A_log},
        {"A", &w.A},
        {"D", &w.D},
        {"gated_norm", &w.gated_norm},
        {"out_proj", &w.out_proj},
    };
    for (const auto& [role, tensor] : tensors) {
      if (!tensor->empty()) SW_TRY(visit("layers." + std::to_string(layer) + "." + role, *tensor));
    }
  }
  SW_TRY(visit(std::string("final_norm"), checkpoint.final_norm));
  return checkpoint.tied ? Status() : visit(std::string("head"), checkpoint.head);
}

// Sets n_parameters and n_bytes to those of the weights in use.
inline void count_weights(Checkpoint* checkpoint) {
  checkpoint->n_parameters = checkpoint->n_bytes = 0;
  (void)for_each_role(*checkpoint, [&](const std::string&, const TensorView& tensor) {
    checkpoint->n_parameters += static_cast<uint64_t>(tensor.n_elements());
    checkpoint->n_bytes += tensor.n_bytes;
    return Status();
  });
}

}  // namespace sw
