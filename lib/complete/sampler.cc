#include "complete/sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
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

// No noise of these bits is larger: -log(-log(1 - v)) <= -log(v), and v has so many zeros in front; and some more for what is rounded.
float noise_bound(uint64_t bits) { return static_cast<float>(std::countl_zero(bits) + 2) * 0.693147181f; }

// The best so far of what the tokens are drawn by.
class Best {
 public:
  Best(const SamplingOptions& options, uint64_t position, int32_t likeliest)
      : temperature_(options.temperature), key_(draw::noise_key(options.seed, position)), id_(likeliest) {}

  void add(int32_t id, float below) {
    const uint64_t bits = draw::noise_bits(key_, id);
    if (below / temperature_ + noise_bound(bits) < best_) return;
    const float score = draw::score_of(below, temperature_, bits);
    if (!(score > best_ || (score == best_ && id < id_))) return;
    best_ = score;
    id_ = id;
  }
  int32_t id() const { return id_; }

 private:
  float temperature_;
  uint64_t key_;
  float best_ = -std::numeric_limits<float>::infinity();
  int32_t id_;  // when nothing is left in, which is when every logit is NaN: the likeliest
};

struct Entry {
  int32_t id;
  float below;  // the likeliest
  double p;     // relative to it
};

// Tokens that min_p and top_k leave, likeliest first (ties: lower id).
std::vector<Entry> survivors(std::span<const float> logits, const SamplingOptions& options, float top) {
  const float least = draw::below_min(law_of(options, 0));
  std::vector<Entry> entries;
  entries.reserve(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    const float below = draw::below_top(logits[i], top);
    if (below >= least) entries.push_back({static_cast<int32_t>(i), below, std::exp(double{below} / options.temperature)});
  }
  const auto likelier = [](const Entry& a, const Entry& b) { return a.below > b.below || (a.below == b.below && a.id < b.id); };
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

int32_t drawn_id(std::span<const float> logits, const SamplingOptions& options, uint64_t position, int32_t likeliest) {
  if (options.temperature == 0) return likeliest;
  const float top = logits[static_cast<size_t>(likeliest)];
  Best best(options, position, likeliest);
  if (is_drawn_by_law(options)) {
    const float least = draw::below_min(law_of(options, 0));
    for (size_t i = 0; i < logits.size(); ++i) {
      if (const float below = draw::below_top(logits[i], top); below >= least) best.add(static_cast<int32_t>(i), below);
    }
    return best.id();
  }
  std::vector<Entry> entries = survivors(logits, options, top);
  keep_top_p(entries, options.top_p);
  for (const Entry& entry : entries) best.add(entry.id, entry.below);
  return best.id();
}

draw::Drawn with_likelihood(std::span<const float> logits, int32_t id, int32_t likeliest) {
  draw::Drawn drawn{id, logits[static_cast<size_t>(id)], logits[static_cast<size_t>(likeliest)], 0};
  for (const float logit : logits) drawn.mass += draw::mass_of(draw::below_top(logit, drawn.top));
  return drawn;
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

bool is_drawn_by_law(const SamplingOptions& options) { return options.temperature == 0 || (options.top_k == 0 && options.top_p == 1); }

draw::Law law_of(const SamplingOptions& options, int32_t n_ids) {
  return {options.temperature, options.seed, options.min_p, n_ids};
}

int32_t sample(std::span<const float> logits, const SamplingOptions& options, uint64_t position) {
  return drawn_id(logits, options, position, argmax(logits));
}

draw::Drawn draw_from(std::span<const float> logits, const SamplingOptions& options, uint64_t position) {
  const int32_t likeliest = argmax(logits);
  return with_likelihood(logits, drawn_id(logits, options, position, likeliest), likeliest);
}

double log_probability(std::span<const float> logits, int32_t id) {
  return draw::log_probability(with_likelihood(logits, id, argmax(logits)));
}

}  // namespace sw
