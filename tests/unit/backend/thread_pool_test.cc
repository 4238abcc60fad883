// Jobs of random sizes by random callers over every way to run threads: each part once, and nothing before it is done.
#include "backend/thread_pool.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <random>

namespace sw {
namespace {

using std::chrono::microseconds;

ThreadOptions options(int n_threads, bool pin, int nice, microseconds spin) {
  ThreadOptions o(n_threads);
  o.pin = pin;
  o.nice = nice;
  o.spin = spin;
  return o;
}

// Every part of `n_jobs` random jobs runs once, and before run() returns.
void run_jobs(ThreadPool& pool, uint32_t seed, int n_jobs) {
  std::mt19937 random(seed);
  for (int job = 0; job < n_jobs; ++job) {
    const int n_parts = int(random() % 40);
    const auto runs = std::make_unique<std::atomic<int>[]>(static_cast<size_t>(n_parts) + 1);
    pool.run(n_parts, [&](int part) { runs[static_cast<size_t>(part)].fetch_add(1, std::memory_order_relaxed); });
    for (int part = 0; part < n_parts; ++part) ASSERT_EQ(runs[static_cast<size_t>(part)].load(), 1) << part << " of " << n_parts;
    if (random() % 16 == 0) std::this_thread::sleep_for(microseconds(random() % 200));  // long enough for threads to sleep
  }
}

TEST(ThreadPool, EveryPartRunsOnceHoweverThreadsRun) {
  for (const int n_threads : {1, 2, 3, 8}) {
    for (const bool pin : {false, true}) {
      for (const microseconds spin : {microseconds(0), microseconds(1), microseconds(50), microseconds(5000)}) {
        ThreadPool pool(options(n_threads, pin, pin ? 3 : 0, spin));
        std::vector<std::thread> callers;
        for (uint32_t caller = 0; caller < 3; ++caller) callers.emplace_back([&pool, caller] { run_jobs(pool, caller, 60); });
        for (std::thread& caller : callers) caller.join();
      }
    }
  }
}

struct Seen {
  int priority = 0;
  int cores = 0;
};

Seen look() {
  cpu_set_t set;
  CPU_ZERO(&set);
  (void)::sched_getaffinity(0, sizeof set, &set);
  return {::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())), CPU_COUNT(&set)};
}

// Two parts that wait for each other: one of them is the pool's thread.
Seen of_pool_thread(const ThreadOptions& o) {
  ThreadPool pool(o);
  std::atomic<int> n_there{0};
  Seen seen;
  const auto caller = std::this_thread::get_id();
  pool.run(2, [&](int) {
    ++n_there;
    while (n_there < 2) std::this_thread::yield();
    if (std::this_thread::get_id() != caller) seen = look();
  });
  return seen;
}

TEST(ThreadPool, PriorityAndPinningAreOfItsThreadsAlone) {
  const Seen mine = look();
  for (const int nice : {0, 1, 7}) {
    if (mine.priority + nice > 19) GTEST_SKIP() << "SKIPPED: the priority of this process, " << mine.priority << ", leaves no room";
    for (const bool pin : {false, true}) {
      const Seen seen = of_pool_thread(options(2, pin, nice, microseconds(50)));
      EXPECT_EQ(seen.priority, mine.priority + nice);
      EXPECT_EQ(seen.cores, pin ? 1 : mine.cores);
    }
  }
  EXPECT_EQ(look().priority, mine.priority);
  EXPECT_EQ(look().cores, mine.cores);
}

}  // namespace
}  // namespace sw
