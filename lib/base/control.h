// How a caller steers long work: cancel, deadline, progress. Checked between chunks, never inside an op.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/status.h"

namespace sw {

using Clock = std::chrono::steady_clock;

struct Control {
  const std::atomic<bool>* cancel = nullptr;   // borrowed; may be set from any thread
  std::optional<Clock::time_point> deadline;
  std::function<bool(uint64_t done, uint64_t total)> progress;  // false asks to stop; units are the caller's

  // ok, cancelled or deadline.
  Status check() const {
    if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) return {Code::cancelled, "cancelled"};
    if (deadline && Clock::now() >= *deadline) return {Code::deadline, "the time budget is over"};
    return {};
  }
  // Reports, then checks.
  Status step(uint64_t done, uint64_t total) const {
    if (progress && !progress(done, total)) return {Code::cancelled, "cancelled by the progress callback"};
    return check();
  }
};

}  // namespace sw
