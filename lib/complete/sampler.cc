#include "complete/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace sw {
namespace {

// The first of the largest; NaN is smaller than all.
int32_t argmax(std::span<const float> logits) {
  int32_t best = 0;
  for (size_t i = 1; i < logits.size(); ++i) {
    const float top = logits[static_cast<size_t>(best)];
    if (logits[i] > top || (std::isnan(top) && !std::isnan(logits[i]))) best = static_cast<int32_t>(i);
  }
  return best;
}

// A uniform number in [0, 1) made of seed and position (SplitMix64's finaliser; Steele, Lea & Flood 2014).
double uniform(uint64_t seed, uint64_t position) {
  uint64_t x = seed + (position + 1) * 0x9e3779b97f4a7c15u;
  for (int round = 0; round < 2; ++round) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
  }
  return static_cast<double>(x >> 11) * 0x1p-53;
}

struct Entry {
  int32_t id;
  double p;  // relative to the likeliest
};

// Tokens that min_p and top_k leave, likeliest first (ties: lower id).
std::vector<Entry> survivors(std::span<const float> logits, const SamplingOptions& options) {
  const double top = logits[static_cast<size_t>(argmax(logits))];
  std::vector<Entry> entries;
  entries.reserve(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    const double p = std::exp((logits[i] - top) / options.temperature);
    if (p > 0 && p >= options.min_p) entries.push_back({static_cast<int32_t>(i), p});
  }
  const auto likelier = [](const Entry& a, const Entry& b) { return a.p > b.p || (a.p == b.p && a.id < b.id); };
  if (options.top_k > 0 && static_cast<size_t>(options.top_k) < entries.size()) {
    std::nth_element(entries.begin(), entries.begin() + options.top_k, entries.end(), likelier);
    entries.resize(static_cast<size_t>(options.top_k));
  }
  std::sort(entries.begin(), entries.end(), likelier);
  return entries;
}

// The fewest of the likeliest that hold top_p of the probability.
void keep_top_p(std::vector<Entry>& entries, double top_p) {
  const double total = std::accumulate(entries.begin(), entries.end(), 0.0, [](double s, const Entry& e) { return s + e.p; });
  double sum = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    sum += entries[i].p;
    if (sum >= top_p * total) {
      entries.resize(i + 1);
      return;
    }
  }
}

}  // namespace

Status check_sampling(const SamplingOptions& options) {
  if (!(options.temperature >= 0 && options.temperature <= 100)) {
    return error(Code::argument, "temperature is %g; it must be 0 to 100", options.temperature);
  }
  if (options.top_k < 0) return error(Code::argument, "top_k is %d; it must be 0 (all) or more", options.top_k);
  if (!(options.top_p > 0 && options.top_p <= 1)) {
    return error(Code::argument, "top_p is %g; it must be above 0 and at most 1", options.top_p);
  }
  if (!(options.min_p >= 0 && options.min_p <= 1)) {
    return error(Code::argument, "min_p is %g; it must be 0 to 1", options.min_p);
  }
  return {};
}

int32_t sample(std::span<const float> logits, const SamplingOptions& options, uint64_t position) {
  if (options.temperature == 0) return argmax(logits);
  std::vector<Entry> entries = survivors(logits, options);
  if (entries.empty()) return argmax(logits);  // every logit is NaN: nothing to draw from
  keep_top_p(entries, options.top_p);
  const double total = std::accumulate(entries.begin(), entries.end(), 0.0, [](double s, const Entry& e) { return s + e.p; });
  double left = uniform(options.seed, position) * total;
  for (const Entry& entry : entries) {
    left -= entry.p;
    if (left < 0) return entry.id;
  }
  return entries.back().id;
}

double log_probability(std::span<const float> logits, int32_t id) {
  const double top = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float l : logits) sum += std::exp(l - top);
  return logits[static_cast<size_t>(id)] - top - std::log(sum);
}

}  // namespace sw
