// A few threads that share the parts of one job at a time.
//
// Parts are claimed one by one, by the caller too, so a thread that the operating system keeps away delays at most the part
// it holds: no barrier ever waits for a thread that has nothing. Spinning is bounded; then threads sleep in the kernel.
// Pinning and priority are wishes: where the system refuses, threads run as they are.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace sw {

struct ThreadOptions {
  int n_threads = 1;  // counts the caller: n_threads - 1 are started
  bool pin = false;   // thread i stays on the i-th core that the process may use
  int nice = 0;       // 0 to 19: how much lower the priority of threads is than that of who starts them
  std::chrono::microseconds spin{50};  // longer than the gap between two ops of one token, shorter than a scheduler's slice

  ThreadOptions() = default;
  ThreadOptions(int n) : n_threads(n) {}  // NOLINT(google-explicit-constructor)
};

// What the options ask of the calling thread, the index-th one.
void settle_thread(const ThreadOptions& options, int index);

class ThreadPool {
 public:
  // Fewer run when the system gives no more.
  explicit ThreadPool(const ThreadOptions& options);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int n_threads() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls body(part) for 0 <= part < n_parts, each once, on several threads; returns when all are done. `body` must not throw
  // nor call run(). Several threads may call run(): their jobs take turns.
  template <class Body>
  void run(int n_parts, const Body& body) {
    if (n_parts <= 1 || threads_.empty()) {
      for (int part = 0; part < n_parts; ++part) body(part);
      return;
    }
    run_job(n_parts, [](const void* b, int part) { (*static_cast<const Body*>(b))(part); }, &body);
  }

 private:
  using Call = void (*)(const void* body, int part);

  void run_job(int n_parts, Call call, const void* body);
  void work();
  template <class Done>
  bool spin_until(const Done& done) const;
  bool run_one_part();
  void stop();

  // The open job. ticket_ = generation << 32 | next part. The fields change only while no part can be claimed (kClosed), so a
  // thread that read them and then wins the exchange on ticket_ has read the job that it claimed from.
  static constexpr uint64_t kClosed = 0xffffffffu;
  std::atomic<uint64_t> ticket_{kClosed};
  std::atomic<int> n_parts_{0};
  std::atomic<Call> call_{nullptr};
  std::atomic<const void*> body_{nullptr};
  std::atomic<int> n_done_{0};

  std::atomic<uint32_t> wake_{0};  // grows with every job and at the end
  std::atomic<int> n_asleep_{0};
  std::atomic<bool> stopping_{false};
  const std::chrono::microseconds spin_;
  std::mutex one_job_;
  std::vector<std::thread> threads_;
};

}  // namespace sw
