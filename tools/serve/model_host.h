// The engine and its model: opened on a thread of its own when they are wanted, given up when nobody has asked for long.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "handles.h"
#include "options.h"
#include "serve/settings.h"
#include "serve/wake.h"

namespace sw::tool {

using Cancel = std::unique_ptr<sw_cancel, Release<sw_cancel_free>>;
using Clock = std::chrono::steady_clock;

class ModelHost {
 public:
  enum class State { unloaded, loading, ready, failed };

  ModelHost(const Json& process_settings, const Wake& wake);
  ~ModelHost();
  ModelHost(const ModelHost&) = delete;
  ModelHost& operator=(const ModelHost&) = delete;

  void want();     // begins to load, unless it is there or has failed a moment ago
  bool collect();  // true: the state has changed
  void unload();   // when nothing made from the model is held any more

  State state() const { return state_; }
  sw_model* model() const { return model_.get(); }
  sw_engine* engine() const { return engine_.get(); }
  const std::string& error() const { return outcome_.message; }
  int percent() const;
  double load_ms() const { return load_ms_; }
  uint64_t n_loads() const { return n_loads_; }

 private:
  void load();
  void save();
  static int32_t on_progress(void* user, uint64_t done, uint64_t total);

  ModelFlags flags_;
  const Wake& wake_;
  State state_ = State::unloaded;
  Cancel cancel_;
  std::thread thread_;
  std::atomic<bool> finished_{false};
  std::atomic<int> percent_{0};
  // Written by the thread before `finished_`, read after it.
  Engine loaded_engine_;
  Model loaded_model_;
  Outcome outcome_;

  Engine engine_;
  Model model_;
  Clock::time_point began_{};
  double load_ms_ = 0;
  uint64_t n_loads_ = 0;
};

}  // namespace sw::tool
