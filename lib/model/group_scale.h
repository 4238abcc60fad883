// The scale of one group of weights and its integers: where int8 and int4 lose what they lose.
#pragma once

#include <array>
#include <cstdint>

#include "ops.h"

namespace sw {

constexpr int kGroupWeights = ops::kPackGroup;

struct QuantisedGroup {
  uint16_t scale = 0;  // f16
  std::array<int8_t, kGroupWeights> q{};
  bool operator==(const QuantisedGroup&) const = default;
};

// Of kGroupWeights weights `w`, finite. False: the scale has no f16.
// int8: scale = max |w| / 127, rounded to f16 first; q = w / scale to the nearest.
bool quantise_q8(const float* w, QuantisedGroup& out);
// int4, q from -8 to 7: of seven scales around (the largest weight) / -8 the one with the least squared error.
bool quantise_q4(const float* w, QuantisedGroup& out);
// The same with the squared error of weight i counted `importance[i]` times, not negative, and with more scales to choose from: the error so
// counted is never larger than quantise_q4()'s.
bool quantise_q4(const float* w, const float* importance, QuantisedGroup& out);

double squared_error(const float* w, const QuantisedGroup& group);

}  // namespace sw
