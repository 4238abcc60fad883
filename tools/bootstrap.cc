#include "bootstrap.h"

#include <algorithm>
#include <numeric>
#include <random>

namespace sw::tool {
namespace {

constexpr size_t kDraws = 2000;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Estimate bootstrap_mean(const std::vector<double>& values, uint64_t seed) {
  if (values.empty()) return {};
  std::mt19937_64 random(seed);
  std::vector<double> drawn(values.size()), means(kDraws);
  for (double& mean : means) {
    for (double& value : drawn) value = values[random() % values.size()];  // the standard's distributions differ between libraries
    mean = mean_of(drawn);
  }
  std::sort(means.begin(), means.end());
  return {mean_of(values), means[kDraws / 40], means[kDraws - 1 - kDraws / 40]};
}

}  // namespace sw::tool
