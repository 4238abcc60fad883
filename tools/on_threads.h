// The same work on several threads at once, for what is measured of a machine.
#pragma once

#include <chrono>
#include <latch>
#include <thread>
#include <vector>

namespace sw::tool {

// Calls body(t) for 0 <= t < n_threads, each on a thread of its own; seconds from when all are there to the end of the last one.
template <class Body>
double seconds_on_threads(int n_threads, const Body& body) {
  std::latch ready(n_threads + 1);
  std::vector<std::thread> threads;
  for (int t = 0; t < n_threads; ++t) {
    threads.emplace_back([&, t] {
      ready.arrive_and_wait();
      body(t);
    });
  }
  ready.arrive_and_wait();
  const auto start = std::chrono::steady_clock::now();
  for (std::thread& thread : threads) thread.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace sw::tool
