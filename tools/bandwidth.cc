#include "bandwidth.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "on_threads.h"

namespace sw::tool {
namespace {

constexpr size_t kVectorBytes = 64;

typedef uint64_t Vector __attribute__((vector_size(kVectorBytes), aligned(kVectorBytes), may_alias));

// `n_bytes` is a multiple of kStreams * kVectorBytes. Inlined into one function per instruction set.
template <size_t kStreams>
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

template <size_t kStreams>
uint64_t sum_portable(const std::byte* data, size_t n_bytes) {
  return sum_streams<kStreams>(data, n_bytes);
}

#if defined(__x86_64__)
template <size_t kStreams>
[[gnu::target("avx2")]] uint64_t sum_avx2(const std::byte* data, size_t n_bytes) {
  return sum_streams<kStreams>(data, n_bytes);
}
template <size_t kStreams>
[[gnu::target("avx512f")]] uint64_t sum_avx512(const std::byte* data, size_t n_bytes) {
  return sum_streams<kStreams>(data, n_bytes);
}
#endif

using Sum = uint64_t (*)(const std::byte*, size_t);

template <size_t kStreams>
Sum best_sum() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return sum_avx512<kStreams>;
  if (__builtin_cpu_supports("avx2")) return sum_avx2<kStreams>;
#endif
  return sum_portable<kStreams>;
}

Sum sum_of(int n_streams) {
  if (n_streams == 1) return best_sum<1>();
  return n_streams == 4 ? best_sum<4>() : best_sum<8>();
}

}  // namespace

ReadBandwidth::~ReadBandwidth() {
  if (memory_ != nullptr) munmap(memory_, n_bytes_);
}

Outcome ReadBandwidth::open(size_t n_bytes, int n_threads) {
  n_threads_ = n_threads;
  const size_t unit = static_cast<size_t>(n_threads) * kStreamsMax * kVectorBytes;
  n_bytes_ = std::max<size_t>(n_bytes / unit, 1) * unit;
  void* memory = mmap(nullptr, n_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return from_errno(errno, kExitFailed, "memory for the bandwidth measurement");
  madvise(memory, n_bytes_, MADV_HUGEPAGE);  // a wish: without it the read is a few percent slower
  memory_ = static_cast<std::byte*>(memory);
  auto* words = reinterpret_cast<uint64_t*>(memory_);
  for (size_t i = 0; i < n_bytes_ / sizeof(uint64_t); ++i) words[i] = i;  // real pages, not the shared zero page
  return success();
}

double ReadBandwidth::measure(int n_streams) {
  const Sum sum = sum_of(n_streams);
  const size_t part = n_bytes_ / static_cast<size_t>(n_threads_);
  std::vector<uint64_t> sums(static_cast<size_t>(n_threads_));
  const double seconds = seconds_on_threads(n_threads_, [&](int t) {
    const auto i = static_cast<size_t>(t);
    sums[i] = sum(memory_ + i * part, part);
  });
  for (uint64_t value : sums) sum_ += value;
  return static_cast<double>(n_bytes_) / seconds;
}

}  // namespace sw::tool
