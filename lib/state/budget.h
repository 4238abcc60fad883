// Bytes of host memory for kept states, shared by everything in one engine.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace sw {

class StateBudget : public std::enable_shared_from_this<StateBudget> {
 public:
  // Holds bytes of a budget until it is destroyed.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept : budget_(std::move(other.budget_)), n_bytes_(std::exchange(other.n_bytes_, 0)) {}
    Lease& operator=(Lease&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(n_bytes_, other.n_bytes_);
      return *this;
    }
    ~Lease() {
      if (budget_) budget_->used_.fetch_sub(n_bytes_, std::memory_order_relaxed);
    }

   private:
    friend class StateBudget;
    Lease(std::shared_ptr<StateBudget> budget, uint64_t n_bytes) : budget_(std::move(budget)), n_bytes_(n_bytes) {}
    std::shared_ptr<StateBudget> budget_;
    uint64_t n_bytes_ = 0;
  };

  explicit StateBudget(uint64_t max) : max_(max) {}
  uint64_t max() const { return max_; }
  uint64_t used() const { return used_.load(std::memory_order_relaxed); }

  // Nothing when it would go over.
  std::optional<Lease> lease(uint64_t n_bytes) {
    uint64_t used = used_.load(std::memory_order_relaxed);
    do {
      if (n_bytes > max_ || used > max_ - n_bytes) return std::nullopt;
    } while (!used_.compare_exchange_weak(used, used + n_bytes, std::memory_order_relaxed));
    return Lease(shared_from_this(), n_bytes);
  }

 private:
  const uint64_t max_;
  std::atomic<uint64_t> used_{0};
};

}  // namespace sw
