#include "complete/worker.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <new>
#include <vector>

namespace sw {
namespace {

// Who has typed nothing for so long is taken to be thinking.
constexpr std::chrono::milliseconds kIdleAfter{300};
// How late a cancel is seen by who waits for its job's turn.
constexpr std::chrono::milliseconds kLook{5};

}  // namespace

struct Worker::Queue {
  struct Idle {
    const void* owner = nullptr;
    IdleStep step;
  };

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job> now, later;
  std::vector<Idle> idle;  // the last one is next
  bool stopping = false;
  std::atomic<bool> wanted{false};  // stopping, or one of `now` waits

  bool is_due() const { return stopping || !now.empty() || !later.empty(); }
  void look() { wanted.store(stopping || !now.empty(), std::memory_order_relaxed); }

  std::vector<Idle>::iterator idle_of(const void* owner) {
    return std::find_if(idle.begin(), idle.end(), [&](const Idle& i) { return i.owner == owner; });
  }

  Job take() {
    std::deque<Job>& jobs = now.empty() ? later : now;
    Job job = std::move(jobs.front());
    jobs.pop_front();
    look();
    return job;
  }

  // With the lock held, but for while a step runs.
  void run_idle(std::unique_lock<std::mutex>& lock) {
    Control control;
    control.cancel = &wanted;
    while (!idle.empty() && !is_due()) {
      Idle work = std::move(idle.back());
      idle.pop_back();
      lock.unlock();
      bool more = false;
      try {
        more = work.step(control);
      } catch (const std::bad_alloc&) {  // a convenience: without memory for it nothing is lost
      }
      if (!more) work.step = nullptr;  // what it holds goes while nobody waits for the lock
      lock.lock();
      if (more && idle_of(work.owner) == idle.end()) idle.push_back(std::move(work));
    }
  }
};

Worker::Worker(std::function<void()> begin) : queue_(std::make_shared<Queue>()), begin_(std::move(begin)) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->stopping = true;
    queue_->look();
  }
  queue_->wake.notify_all();
  if (!thread_.joinable()) return;
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();  // a job let go of the last hold: its thread ends by itself
  } else {
    thread_.join();
  }
}

const std::atomic<bool>& Worker::wanted() const { return queue_->wanted; }

void Worker::post(Job job, Priority priority) {
  {
    const std::lock_guard lock(queue_->mutex);
    if (!thread_.joinable()) {
      thread_ = std::thread([queue = queue_, begin = begin_] {
        if (begin) begin();
        work(queue);
      });
    }
    (priority == Priority::now ? queue_->now : queue_->later).push_back(std::move(job));
    queue_->look();
  }
  queue_->wake.notify_one();
}

void Worker::when_idle(const void* owner, IdleStep step) {
  {
    const std::lock_guard lock(queue_->mutex);
    const auto old = queue_->idle_of(owner);
    if (old != queue_->idle.end()) queue_->idle.erase(old);
    queue_->idle.push_back({owner, std::move(step)});
  }
  queue_->wake.notify_one();
}

void Worker::work(const std::shared_ptr<Queue>& queue) {
  const auto is_due = [&] { return queue->is_due(); };
  for (;;) {
    Job job;
    {
      std::unique_lock lock(queue->mutex);
      while (!is_due()) {
        if (queue->idle.empty()) {
          queue->wake.wait(lock, [&] { return is_due() || !queue->idle.empty(); });
        } else if (!queue->wake.wait_for(lock, kIdleAfter, is_due)) {
          queue->run_idle(lock);
        }
      }
      if (queue->stopping) return;
      job = queue->take();
    }
    job();
  }
}

namespace {

// A job that somebody waits for.
struct Turn {
  enum class Stage { waits, runs, over, given_up };
  std::mutex mutex;
  std::condition_variable changed;
  Stage stage = Stage::waits;
  std::exception_ptr thrown;

  void take(const Worker::Job& job) {
    {
      const std::lock_guard lock(mutex);
      if (stage == Stage::given_up) return;
      stage = Stage::runs;
    }
    try {
      job();
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    stage = Stage::over;
    changed.notify_all();
  }
};

}  // namespace

Status Worker::run(const Job& job, Priority priority, const Control& control) {
  const auto turn = std::make_shared<Turn>();
  post([turn, &job] { turn->take(job); }, priority);
  std::unique_lock lock(turn->mutex);
  while (turn->stage == Turn::Stage::waits) {
    turn->changed.wait_for(lock, kLook);
    if (turn->stage != Turn::Stage::waits) break;
    if (Status status = control.check(); !status.ok()) {
      turn->stage = Turn::Stage::given_up;
      return status;
    }
  }
  turn->changed.wait(lock, [&] { return turn->stage == Turn::Stage::over; });
  if (turn->thrown) std::rethrow_exception(turn->thrown);
  return {};
}

}  // namespace sw
