// What the memory gives: a plain read of a buffer beyond the caches, by several threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "outcome.h"

namespace sw::tool {

class ReadBandwidth {
 public:
  static constexpr size_t kStreamsMax = 8;

  ReadBandwidth() = default;
  ~ReadBandwidth();
  ReadBandwidth(const ReadBandwidth&) = delete;
  ReadBandwidth& operator=(const ReadBandwidth&) = delete;

  // Allocates and touches n_bytes. Once.
  Outcome open(size_t n_bytes, int n_threads);
  // Reads all of it once, each thread in 1, 4 or 8 streams side by side; bytes per second. One stream leaves a core waiting for memory:
  // eight read 30 to 45 % more on the machines that were tried.
  double measure(int n_streams);

 private:
  std::byte* memory_ = nullptr;
  size_t n_bytes_ = 0;
  int n_threads_ = 1;
  uint64_t sum_ = 0;  // keeps the reads from being dropped
};

}  // namespace sw::tool
