#include "backend/thread_pool.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "backend/cores.h"

namespace sw {
namespace {

constexpr int kPausesPerLook = 16;  // at the clock: about a microsecond

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace

void settle_thread(const ThreadOptions& options, int index) {
  if (options.pin) stay_on_core(index);
#if defined(__linux__)
  // Of this thread alone: on Linux a thread has a priority of its own.
  const auto thread = static_cast<id_t>(::gettid());
  if (options.nice > 0) (void)::setpriority(PRIO_PROCESS, thread, ::getpriority(PRIO_PROCESS, thread) + options.nice);
#endif
}

ThreadPool::ThreadPool(const ThreadOptions& options) : spin_(options.spin) {
  try {
    threads_.reserve(static_cast<size_t>(std::max(options.n_threads - 1, 0)));
    for (int i = 1; i < options.n_threads; ++i) {
      threads_.emplace_back([this, options, i] {
        settle_thread(options, i);
        work();
      });
    }
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

// Whether `done` came true while spinning.
template <class Done>
bool ThreadPool::spin_until(const Done& done) const {
  if (spin_.count() <= 0) return done();
  for (const auto end = std::chrono::steady_clock::now() + spin_; std::chrono::steady_clock::now() < end;) {
    for (int i = 0; i < kPausesPerLook; ++i) {
      if (done()) return true;
      pause();
    }
  }
  return done();
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
  (void)spin_until([&] { return n_done_.load(std::memory_order_acquire) >= n_parts; });
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
    if (spin_until([&] { return wake_.load(std::memory_order_relaxed) != seen; })) continue;
    n_asleep_.fetch_add(1, std::memory_order_seq_cst);
    wake_.wait(seen, std::memory_order_seq_cst);
    n_asleep_.fetch_sub(1, std::memory_order_seq_cst);
  }
}

}  // namespace sw
