#include "state/edit_habits.h"

#include <algorithm>
#include <cmath>

namespace sw {
namespace {

// Places closer than this are one.
constexpr double kSiteTokens = 64;

size_t bucket_of(double distance, size_t n_buckets) {
  return std::min(n_buckets - 1, static_cast<size_t>(std::log2(std::max(distance, 0.0) + 1)));
}

double bucket_begin(size_t bucket) { return std::exp2(static_cast<double>(bucket)) - 1; }
double bucket_size(size_t bucket) { return std::exp2(static_cast<double>(bucket)); }

// The sum of all buckets up to a distance, a bucket's weight being spread evenly over it.
template <class Buckets>
double sum_to(const Buckets& buckets, const Buckets& sums, double distance) {
  if (distance <= 0) return 0;
  const size_t b = bucket_of(distance, buckets.size());
  return sums[b] + buckets[b] * std::min(1.0, (distance - bucket_begin(b)) / bucket_size(b));
}

}  // namespace

void EditPlace::move(double begin, double shift, double new_cursor, double new_end) {
  if (std::abs(begin - cursor) > kSiteTokens) {
    std::erase_if(sites, [&](double site) { return std::abs(site - cursor) < kSiteTokens; });
    sites.insert(sites.begin(), cursor);
    if (sites.size() > EditHabits::kSitesMax) sites.pop_back();
  }
  for (double& site : sites) {
    if (site > begin) site = std::max(begin, site + shift);
  }
  cursor = new_cursor;
  end = new_end;
}

void EditHabits::Distances::sum_up() {
  double sum = 0;
  for (size_t b = 0; b < kBuckets; ++b) {
    before_sums[b] = sum;
    sum += before[b];
  }
  total = sum;
  sum = 0;
  for (size_t b = 0; b < kBuckets; ++b) {
    after_sums[b] = sum;
    sum += after[b];
  }
  total += sum;
}

double EditHabits::Distances::mass(double begin, double end) const {
  double sum = 0;
  if (begin < 0) sum += sum_to(before, before_sums, -begin) - sum_to(before, before_sums, -std::min(end, 0.0));
  if (end > 0) sum += sum_to(after, after_sums, end) - sum_to(after, after_sums, std::max(begin, 0.0));
  return sum / total;
}

// The bucket of one token: the one at the origin is the first after it, the one before it the first before.
double EditHabits::Distances::density(double distance) const {
  const bool is_before = distance < 0;
  const size_t b = bucket_of(is_before ? -distance - 1 : distance, kBuckets);
  return (is_before ? before : after)[b] / bucket_size(b) / total;
}

void EditHabits::Distances::add(double distance, double weight) {
  const bool is_before = distance < 0;
  (is_before ? before : after)[bucket_of(is_before ? -distance - 1 : distance, kBuckets)] += weight;
}

// The shape of tens of thousands of real keystrokes, worth a few hundred of them: it gives way to the user's own within minutes.
EditHabits::EditHabits()
    : near_cursor_{{150, 11, 7, 4, 3.5, 2.5, 1.5, 1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05},
                   {150, 3, 4, 3, 2.7, 2.1, 1.7, 1.2, 1, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05},
                   {},
                   {},
                   0},
      near_site_{{1, 0.8, 0.8, 0.8, 0.8, 0.7, 0.6, 0.4, 0.3, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05},
                 {1, 0.8, 0.8, 0.8, 0.8, 0.7, 0.6, 0.4, 0.3, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05},
                 {},
                 {},
                 0},
      site_weights_{3.2, 1.2, 0.6, 0.5, 0.4, 0.35, 0.3, 0.25, 0.2, 0.2, 0.2, 0.15, 0.15, 0.1, 0.1, 0.1},
      cursor_weight_(390),
      anywhere_weight_(2) {
  sum_up();
}

void EditHabits::sum_up() {
  near_cursor_.sum_up();
  near_site_.sum_up();
  total_weight_ = cursor_weight_ + anywhere_weight_;
  for (const double weight : site_weights_) total_weight_ += weight;
}

double EditHabits::chance(const EditPlace& place, double begin, double end) const {
  double sum = anywhere_weight_ * (end - begin) / (place.end + 1);
  sum += cursor_weight_ * near_cursor_.mass(begin - place.cursor, end - place.cursor);
  for (size_t k = 0; k < place.sites.size(); ++k) {
    sum += site_weights_[k] * near_site_.mass(begin - place.sites[k], end - place.sites[k]);
  }
  return sum / total_weight_;
}

void EditHabits::learn(const EditPlace& place, double position) {
  const double anywhere = anywhere_weight_ / (place.end + 1);
  const double by_cursor = cursor_weight_ * near_cursor_.density(position - place.cursor);
  std::array<double, kSitesMax> by_site{};
  double sum = anywhere + by_cursor;
  for (size_t k = 0; k < place.sites.size(); ++k) {
    sum += by_site[k] = site_weights_[k] * near_site_.density(position - place.sites[k]);
  }
  anywhere_weight_ += anywhere / sum;
  cursor_weight_ += by_cursor / sum;
  near_cursor_.add(position - place.cursor, by_cursor / sum);
  for (size_t k = 0; k < place.sites.size(); ++k) {
    site_weights_[k] += by_site[k] / sum;
    near_site_.add(position - place.sites[k], by_site[k] / sum);
  }
  sum_up();
}

}  // namespace sw
