// How well a model foresees a text.
#pragma once

#include <cstdint>
#include <string_view>

#include "handles.h"
#include "outcome.h"

namespace sw::tool {

struct Bits {
  double bits = 0;  // of all tokens after BOS
  uint64_t n_tokens = 0;
};

// The whole text from its start, left to right, after BOS if the model has one; else its first token is taken for given.
Outcome bits_of(sw_model* model, std::string_view text, Bits& out);

}  // namespace sw::tool
