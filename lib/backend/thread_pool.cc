#include "backend/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <system_error>

namespace sw {
namespace {

// About 20 to 50 us: longer than the gap between two ops of one token, shorter than a scheduler's slice.
constexpr int kSpins = 2000;

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

// Cores by the cgroup's CPU quota, or 0 when there is none.
int quota_cores() {
  int cores = 0;
  if (std::FILE* file = std::fopen("/sys/fs/cgroup/cpu.max", "re")) {
    long quota = 0, period = 0;
    if (std::fscanf(file, "%ld %ld", &quota, &period) == 2 && quota > 0 && period > 0) {
      cores = static_cast<int>(std::max(1L, (quota + period - 1) / period));
    }
    std::fclose(file);
  }
  return cores;
}

}  // namespace

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cores = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                            : static_cast<int>(std::thread::hardware_concurrency());
  if (const int quota = quota_cores(); quota > 0) cores = std::min(cores, quota);
  return std::max(cores, 1);
}

ThreadPool::ThreadPool(int n_threads) {
  try {
    threads_.reserve(static_cast<size_t>(std::max(n_threads - 1, 0)));
    for (int i = 1; i < n_threads; ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // The process may start no more threads: work with those there are.
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  stopping_ = true;
  ++wake_;
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run_job(int n_parts, Call call, const void* body) {
  const std::lock_guard lock(one_job_);
  const uint64_t generation = (ticket_.load(std::memory_order_relaxed) >> 32) + 1;
  // An exchange, not a store: it comes after every claim of the job before, so none of them can have read the fields below.
  ticket_.exchange(generation << 32 | kClosed, std::memory_order_acq_rel);
  n_parts_.store(n_parts, std::memory_order_relaxed);
  call_.store(call, std::memory_order_relaxed);
  body_.store(body, std::memory_order_relaxed);
  n_done_.store(0, std::memory_order_relaxed);
  ticket_.store(generation << 32, std::memory_order_release);

  wake_.fetch_add(1, std::memory_order_seq_cst);
  if (n_asleep_.load(std::memory_order_seq_cst) > 0) wake_.notify_all();

  while (run_one_part()) {
  }
  for (int spin = 0; n_done_.load(std::memory_order_acquire) < n_parts && spin < kSpins; ++spin) pause();
  for (int done; (done = n_done_.load(std::memory_order_acquire)) < n_parts;) n_done_.wait(done);
}

bool ThreadPool::run_one_part() {
  uint64_t ticket = ticket_.load(std::memory_order_acquire);
  for (;;) {
    const int part = static_cast<int>(ticket & 0xffffffffu);
    const int n_parts = n_parts_.load(std::memory_order_relaxed);
    const Call call = call_.load(std::memory_order_relaxed);
    const void* body = body_.load(std::memory_order_relaxed);
    if ((ticket & kClosed) == kClosed || part >= n_parts) return false;
    if (ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel, std::memory_order_acquire)) {
      call(body, part);
      // The owner may return as soon as the last part is counted: nothing of the job is touched after this.
      if (n_done_.fetch_add(1, std::memory_order_acq_rel) + 1 == n_parts) n_done_.notify_all();
      return true;
    }
  }
}

void ThreadPool::work() {
  for (;;) {
    // Read before the look at stopping_: who sees the last wake_ sees stopping_ too, and never sleeps on it.
    const uint32_t seen = wake_.load(std::memory_order_seq_cst);
    if (stopping_.load(std::memory_order_seq_cst)) return;
    if (run_one_part()) continue;
    int spin = 0;
    while (wake_.load(std::memory_order_relaxed) == seen && spin < kSpins) {
      pause();
      ++spin;
    }
    if (spin < kSpins) continue;
    n_asleep_.fetch_add(1, std::memory_order_seq_cst);
    wake_.wait(seen, std::memory_order_seq_cst);
    n_asleep_.fetch_sub(1, std::memory_order_seq_cst);
  }
}

}  // namespace sw
