// The same work on several threads at once, for what is measured of a machine.
#pragma once

#include <algorithm>
#include <chrono>
#include <latch>
#include <thread>
#include <vector>

namespace sw::tool {

// Calls body(t) for 0 <= t < n_threads, each on a thread of its own; seconds from the start of the first to the end of the last. The
// threads look at the clock themselves: the caller may be woken when they are half done.
template <class Body>
double seconds_on_threads(int n_threads, const Body& body) {
  using Clock = std::chrono::steady_clock;
  struct Span {
    Clock::time_point begin, end;
  };
  std::latch ready(n_threads);
  std::vector<Span> spans(static_cast<size_t>(n_threads));
  std::vector<std::thread> threads;
  for (int t = 0; t < n_threads; ++t) {
    threads.emplace_back([&, t] {
      Span& span = spans[static_cast<size_t>(t)];
      ready.arrive_and_wait();
      span.begin = Clock::now();
      body(t);
      span.end = Clock::now();
    });
  }
  for (std::thread& thread : threads) thread.join();
  Span all = spans.front();
  for (const Span& span : spans) all = {std::min(all.begin, span.begin), std::max(all.end, span.end)};
  return std::chrono::duration<double>(all.end - all.begin).count();
}

}  // namespace sw::tool
