// Where the next edit will be, learned from where the last ones were. Positions are tokens of a text.
//
// A mixture: near the cursor, near a place that was edited lately, or anywhere. Distances fall into buckets [2^b - 1, 2^(b+1) - 1),
// before and after their origin; the weights and the buckets are learned online, an edit being shared among the parts of the
// mixture by how likely each makes it.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace sw {

// What is known of a text before the next edit.
struct EditPlace {
  double cursor = 0;
  double end = 0;             // tokens of the whole text
  std::vector<double> sites;  // where it was edited before, the latest first

  // The edit that has just been: the text from `begin` on was shifted by `shift` tokens and the cursor is now at `cursor`.
  void move(double begin, double shift, double new_cursor, double new_end);
};

// Not thread-safe.
class EditHabits {
 public:
  // What is usual, from public traces of keystrokes: most edits touch the cursor, a few in a hundred jump.
  EditHabits();

  // The chance that the next edit begins in [begin, end).
  double chance(const EditPlace& place, double begin, double end) const;
  void learn(const EditPlace& place, double position);

  static constexpr size_t kSitesMax = 16;

 private:
  static constexpr size_t kBuckets = 20;
  using Buckets = std::array<double, kBuckets>;
  // Distances from one kind of origin.
  struct Distances {
    Buckets before;
    Buckets after;
    Buckets before_sums;  // before_sums[b]: of the buckets below b
    Buckets after_sums;
    double total;

    void sum_up();
    double mass(double begin, double end) const;  // of signed distances
    double density(double distance) const;
    void add(double distance, double weight);
  };

  void sum_up();

  Distances near_cursor_;
  Distances near_site_;
  std::array<double, kSitesMax> site_weights_;  // by how lately
  double cursor_weight_;
  double anywhere_weight_;
  double total_weight_ = 0;
};

}  // namespace sw
