#include "bandwidth.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <latch>
#include <thread>
#include <vector>

namespace sw::tool {
namespace {

// One stream leaves a core waiting for memory; eight in parallel read 30 to 45 % more on the machines that were tried.
constexpr size_t kStreams = 8;
constexpr size_t kVectorBytes = 64;

typedef uint64_t Vector __attribute__((vector_size(kVectorBytes), aligned(kVectorBytes), may_alias));

// `n_bytes` is a multiple of kStreams * kVectorBytes. Inlined into one function per instruction set.
[[gnu::always_inline]] inline uint64_t sum_streams(const std::byte* data, size_t n_bytes) {
  const size_t stride = n_bytes / kStreams;
  Vector sums[kStreams] = {};
  for (size_t i = 0; i < stride; i += kVectorBytes) {
    for (size_t s = 0; s < kStreams; ++s) sums[s] += *reinterpret_cast<const Vector*>(data + s * stride + i);
  }
  Vector total = {};
  for (const Vector& sum : sums) total += sum;
  uint64_t out = 0;
  for (size_t i = 0; i < kVectorBytes / sizeof(uint64_t); ++i) out += total[i];
  return out;
}

uint64_t sum_portable(const std::byte* data, size_t n_bytes) {
  return sum_streams(data, n_bytes);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] uint64_t sum_avx2(const std::byte* data, size_t n_bytes) {
  return sum_streams(data, n_bytes);
}
[[gnu::target("avx512f")]] uint64_t sum_avx512(const std::byte* data, size_t n_bytes) {
  return sum_streams(data, n_bytes);
}
#endif

using Sum = uint64_t (*)(const std::byte*, size_t);

Sum best_sum() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return sum_avx512;
  if (__builtin_cpu_supports("avx2")) return sum_avx2;
#endif
  return sum_portable;
}

}  // namespace

ReadBandwidth::~ReadBandwidth() {
  if (memory_ != nullptr) munmap(memory_, n_bytes_);
}

Outcome ReadBandwidth::open(size_t n_bytes, int n_threads) {
  n_threads_ = n_threads;
  const size_t unit = static_cast<size_t>(n_threads) * kStreams * kVectorBytes;
  n_bytes_ = std::max<size_t>(n_bytes / unit, 1) * unit;
  void* memory = mmap(nullptr, n_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return from_errno(errno, kExitFailed, "memory for the bandwidth measurement");
  madvise(memory, n_bytes_, MADV_HUGEPAGE);  // a wish: without it the read is a few percent slower
  memory_ = static_cast<std::byte*>(memory);
  auto* words = reinterpret_cast<uint64_t*>(memory_);
  for (size_t i = 0; i < n_bytes_ / sizeof(uint64_t); ++i) words[i] = i;  // real pages, not the shared zero page
  return success();
}

double ReadBandwidth::measure() {
  const Sum sum = best_sum();
  const size_t part = n_bytes_ / static_cast<size_t>(n_threads_);
  std::vector<uint64_t> sums(static_cast<size_t>(n_threads_));
  std::latch ready(n_threads_ + 1);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < sums.size(); ++t) {
    threads.emplace_back([&, t] {
      ready.arrive_and_wait();
      sums[t] = sum(memory_ + t * part, part);
    });
  }
  ready.arrive_and_wait();
  const auto start = std::chrono::steady_clock::now();
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (uint64_t value : sums) sum_ += value;
  return static_cast<double>(n_bytes_) / seconds;
}

}  // namespace sw::tool
