// Draws a token from logits.
#pragma once

#include <cstdint>
#include <span>

#include "base/status.h"
#include "draw.h"

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

// Whether the law of draw.h says all of these options, so that a model may draw by itself.
bool is_drawn_by_law(const SamplingOptions& options);
draw::Law law_of(const SamplingOptions& options, int32_t n_ids);

// The drawn id: by the law of draw.h from the tokens that min_p, top_k and top_p leave. The draw depends on logits, options and `position` alone: no generator state to rewind.
int32_t sample(std::span<const float> logits, const SamplingOptions& options, uint64_t position);
// The same with what its likelihood is made of, for the price of one search for the largest logit.
draw::Drawn draw_from(std::span<const float> logits, const SamplingOptions& options, uint64_t position);

// log softmax(logits)[id], to some 1e-7: the same bits as of a token that a device drew.
double log_probability(std::span<const float> logits, int32_t id);

}  // namespace sw
