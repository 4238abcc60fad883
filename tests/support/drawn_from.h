// The law of kernels/draw.h by its words: every token for itself, nothing passed over.
#pragma once

#include <cmath>
#include <limits>
#include <span>

#include "draw.h"

namespace sw::test {

// position: tokens before the one that is drawn.
inline draw::Drawn drawn_from(std::span<const float> logits, const draw::Law& law, uint64_t position) {
  if (law.n_ids > 0) logits = logits.first(std::min(logits.size(), static_cast<size_t>(law.n_ids)));
  draw::Drawn drawn = {0, logits[0], logits[0], 0};
  for (const float l : logits) {
    if (l > drawn.top || std::isnan(drawn.top)) drawn.top = l;
  }
  const uint64_t key = draw::noise_key(law.seed, position);
  float best = 0;
  bool any = false;
  for (size_t v = 0; v < logits.size(); ++v) {
    const auto id = static_cast<int32_t>(v);
    const float below = draw::below_top(logits[v], drawn.top);
    drawn.mass += draw::mass_of(below);
    if (!(below >= draw::below_min(law))) continue;
    const float score = law.temperature > 0 ? draw::score_of(below, law.temperature, draw::noise_bits(key, id)) : below;
    if (any && score <= best) continue;
    any = true;
    best = score;
    drawn.id = id;
    drawn.logit = logits[v];
  }
  return drawn;
}

}  // namespace sw::test
