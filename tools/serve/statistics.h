// What a server has done, for `sidewinder status`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "json_output.h"

namespace sw::tool {

// The last measurements of a kind, and their percentiles.
class Latencies {
 public:
  void add(double ms);
  Json json() const;  // {"n", "p50", "p95", "p99"}

 private:
  std::vector<double> last_;
  size_t n_ = 0;
};

struct Statistics {
  uint64_t asked = 0;
  uint64_t answered = 0;    // with a suggestion
  uint64_t superseded = 0;
  uint64_t cancelled = 0;
  uint64_t failed = 0;
  std::string last_error;
  uint64_t shown = 0;
  uint64_t accepted = 0;
  uint64_t partly_accepted = 0;
  Latencies reply;          // from the request's arrival to the answer, for those that were answered
  Latencies overhead;       // of that, outside the engine

  Json json() const;
};

}  // namespace sw::tool
