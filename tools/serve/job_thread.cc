#include "serve/job_thread.h"

#include <system_error>

namespace sw::tool {

JobThread::~JobThread() {
  cancel();
  {
    const std::lock_guard lock(mutex_);
    leaving_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// The thread is made with the first job.
bool JobThread::begin() {
  if (thread_.joinable()) return true;
  sw_cancel* cancel = nullptr;
  if (sw_cancel_create(&cancel) != SW_OK) return false;
  cancel_.reset(cancel);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

bool JobThread::start(Job job) {
  if (!begin()) return false;
  sw_cancel_clear(cancel_.get());
  busy_ = true;
  {
    const std::lock_guard lock(mutex_);
    job_ = std::move(job);
    done_ = false;
  }
  changed_.notify_one();
  return true;
}

bool JobThread::collect() {
  const std::lock_guard lock(mutex_);
  if (!busy_ || !done_) return false;
  busy_ = false;
  return true;
}

void JobThread::run() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return leaving_ || job_; });
      if (leaving_) return;
      job = std::exchange(job_, nullptr);
    }
    job(cancel_.get());
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.ring();
  }
}

}  // namespace sw::tool
