// How sure a mean is: resampling with replacement.
#pragma once

#include <cstdint>
#include <vector>

namespace sw::tool {

struct Estimate {
  double mean = 0, low = 0, high = 0;
};

// The mean with the interval that holds 95 % of the means of resampled values. The same for the same values and seed, on any machine.
Estimate bootstrap_mean(const std::vector<double>& values, uint64_t seed);

// The same for the sum of `parts` over the sum of `wholes`, each pair drawn together; wholes are above 0, one for each part.
Estimate bootstrap_ratio(const std::vector<double>& parts, const std::vector<double>& wholes, uint64_t seed);

}  // namespace sw::tool
