#include "bootstrap.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace sw::tool {
namespace {

constexpr size_t kDraws = 2000;

double sum_of(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

Estimate bootstrap_mean(const std::vector<double>& values, uint64_t seed) {
  return bootstrap_ratio(values, std::vector<double>(values.size(), 1), seed);
}

Estimate bootstrap_ratio(const std::vector<double>& parts, const std::vector<double>& wholes, uint64_t seed) {
  if (parts.empty()) return {};
  std::mt19937_64 random(seed);
  std::vector<double> ratios(kDraws);
  for (double& ratio : ratios) {
    double part = 0, whole = 0;
    for (size_t n = parts.size(); n > 0; --n) {
      const size_t i = random() % parts.size();  // the standard's distributions differ between libraries
      part += parts[i];
      whole += wholes[i];
    }
    ratio = part / whole;
  }
  std::sort(ratios.begin(), ratios.end());
  return {sum_of(parts) / sum_of(wholes), ratios[kDraws / 40], ratios[kDraws - 1 - kDraws / 40]};
}

}  // namespace sw::tool
