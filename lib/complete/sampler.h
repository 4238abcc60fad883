// Draws a token from logits.
#pragma once

#include <cstdint>
#include <span>

#include "base/status.h"

namespace sw {

struct SamplingOptions {
  float temperature = 0;  // 0: the likeliest token
  int top_k = 0;          // 0: all
  float top_p = 1;        // in (0, 1]
  float min_p = 0;        // in [0, 1]
  uint64_t seed = 0;

  friend bool operator==(const SamplingOptions&, const SamplingOptions&) = default;
};

// argument, naming the option, when one is out of range or not a number.
Status check_sampling(const SamplingOptions& options);

// The drawn id. The draw depends on logits, options and `position` alone: no generator state to rewind.
int32_t sample(std::span<const float> logits, const SamplingOptions& options, uint64_t position);

// log softmax(logits)[id].
double log_probability(std::span<const float> logits, int32_t id);

}  // namespace sw
