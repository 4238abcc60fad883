#include "serve/statistics.h"

#include <algorithm>

namespace sw::tool {
namespace {

constexpr size_t kMeasurements = 1024;

}  // namespace

void Latencies::add(double ms) {
  if (last_.size() < kMeasurements) {
    last_.push_back(ms);
  } else {
    last_[n_ % kMeasurements] = ms;
  }
  ++n_;
}

Json Latencies::json() const {
  std::vector<double> sorted = last_;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double share) { return sorted.empty() ? Json() : Json(sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)]); };
  return {{"n", n_}, {"p50", at(0.5)}, {"p95", at(0.95)}, {"p99", at(0.99)}};
}

Json Statistics::json() const {
  return {{"asked", asked},
          {"answered", answered},
          {"superseded", superseded},
          {"cancelled", cancelled},
          {"failed", failed},
          {"lastError", last_error},
          {"shown", shown},
          {"accepted", accepted},
          {"partlyAccepted", partly_accepted},
          {"replyMs", reply.json()},
          {"overheadMs", overhead.json()}};
}

}  // namespace sw::tool
