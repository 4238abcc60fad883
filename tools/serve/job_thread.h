// A thread for what takes long, one job at a time.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "serve/model_host.h"
#include "serve/wake.h"

namespace sw::tool {

class JobThread {
 public:
  // Rings when a job is done.
  explicit JobThread(const Wake& wake) : wake_(wake) {}
  ~JobThread();  // cancels the job and waits for it
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  using Job = std::function<void(const sw_cancel*)>;
  // Of the loop's thread. False: there is no thread to be had; the job does not run.
  bool start(Job job);  // when not busy
  void cancel() { sw_cancel_set(cancel_.get()); }
  bool collect();       // true once after each job
  bool busy() const { return busy_; }

 private:
  void run();
  bool begin();

  const Wake& wake_;
  Cancel cancel_;
  bool busy_ = false;  // of the loop's thread: started and not collected
  std::mutex mutex_;
  std::condition_variable changed_;
  Job job_;
  bool done_ = false, leaving_ = false;
  std::thread thread_;
};

}  // namespace sw::tool
