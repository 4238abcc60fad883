// Which tokens of a sequence an input ring holds, and the bytes it may take.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "model/input_ring.h"
#include "state/budget.h"
#include "state/placement.h"

namespace sw {

// The inputs of tokens [begin, end) of one sequence; at most `capacity` of them, the last ones.
class InputLog {
 public:
  // ring: nothing when tokens are only counted.
  InputLog(std::optional<InputRing> ring, size_t capacity, StateBudget::Lease lease)
      : ring_(std::move(ring)), capacity_(capacity), lease_(std::move(lease)) {}

  size_t begin() const { return begin_; }
  size_t end() const { return end_; }
  size_t capacity() const { return capacity_; }
  Logged range() const { return {begin_, end_}; }
  bool reaches(size_t position) const { return begin_ <= position && position <= end_; }

  // Where a forward pass writes; nullptr when tokens are only counted.
  InputRing* ring() { return ring_ ? &*ring_ : nullptr; }

  // n tokens from end() on have been written.
  void add(size_t n) {
    end_ += n;
    begin_ = std::max(begin_, end_ > capacity_ ? end_ - capacity_ : 0);
  }
  // Tokens from `position` on are no longer those of the sequence.
  void truncate(size_t position) {
    end_ = std::min(end_, position);
    begin_ = std::min(begin_, end_);
  }
  // Empty, to go on at `position`.
  void restart(size_t position) { begin_ = end_ = position; }
  // The next token to be logged is the one at `position`: what is before it stays if that is where the log has been.
  void go_on_at(size_t position) { reaches(position) ? truncate(position) : restart(position); }

 private:
  std::optional<InputRing> ring_;
  size_t capacity_;
  StateBudget::Lease lease_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace sw
