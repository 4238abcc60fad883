// The one thread of an engine that runs its models: jobs by priority, and idle work when there are none.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "base/control.h"

namespace sw {

// Of a job. One that can wait looks at wanted() between chunks, and gives way.
enum class Priority { now, later };

class Worker {
 public:
  using Job = std::function<void()>;
  // One chunk of idle work; false when nothing is left of it. The control says when a job waits.
  using IdleStep = std::function<bool(const Control&)>;

  // `begin` runs first on the worker's thread; it must not throw.
  explicit Worker(std::function<void()> begin = {});
  ~Worker();  // waits for the job that runs; those that wait are dropped
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Runs `job` after those of its priority posted before. The thread starts with the first job.
  void post(Job job, Priority priority);
  // True while a job waits that is to be run now.
  const std::atomic<bool>& wanted() const;
  // Runs `job` and returns when it is over. A cancel or a deadline that comes while it waits is returned, and it is not run; one
  // that has begun looks at them itself. Not from a job. What the job throws is thrown here.
  Status run(const Job& job, Priority priority, const Control& control);

  // Runs `step` until nothing is left, once no job has come for a while. It replaces the owner's step of before, and goes before those of
  // other owners. Who owns it is only compared.
  void when_idle(const void* owner, IdleStep step);

 private:
  struct Queue;  // shared with the thread, which outlives a worker whose last hold is let go by a job
  static void work(const std::shared_ptr<Queue>& queue);

  std::shared_ptr<Queue> queue_;
  const std::function<void()> begin_;
  std::thread thread_;  // guarded by the queue's mutex
};

}  // namespace sw
