// One engine: kernels, threads, memory budget, log, and the worker that runs completions.
#pragma once

#include <memory>
#include <string>

#include "backend/backend.h"
#include "backend/device_plugin.h"
#include "base/log.h"
#include "complete/fill_settings.h"
#include "complete/worker.h"
#include "state/sequence.h"
#include "tokenizer/tokenizer.h"

namespace sw {

enum class Device { cpu = 0, automatic = 1, cuda = 2 };

struct EngineOptions {
  ThreadOptions threads{0};  // n_threads 0: default_threads() of the usable cores
  uint32_t cpu_mask = 0;  // 0: all
  Log log;
  Allocator allocator = system_allocator();
  uint64_t snapshot_bytes_max = 0;  // 0: 1 GiB
  Policy policy;
  std::string store_folder;       // "": nothing on disk
  uint64_t store_bytes_max = 0;   // 0: 4 GiB
  StateCodec store_codec{ValueCodec::f32, true};  // exact
  Device device = Device::cpu;
  int device_index = 0;
  std::string device_plugin;  // "": where DevicePlugin::open looks
  bool idle_refill = false;   // run ahead of edits in the buffers that complete, when nothing else is to be done
};

class Engine {
 public:
  // Errors: those of DiskStore::open, and with Device::cuda those of DevicePlugin::open.
  static Result<std::shared_ptr<Engine>> create(const EngineOptions& options);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const std::shared_ptr<Backend>& backend() const { return backend_; }
  const std::shared_ptr<StateStore>& store() const { return store_; }
  const Log& log() const { return log_; }
  // Where models run that it can run; null for the CPU alone.
  const std::shared_ptr<const DevicePlugin>& plugin() const { return plugin_; }
  Device device() const { return device_; }  // as asked for
  // Why there is no plugin though one would have been used, or "".
  const std::string& device_note() const { return device_note_; }
  bool idle_refill() const { return idle_refill_; }

  Worker& worker() { return worker_; }
  // The worker's post() and run(), for jobs that use the engine's models: once nothing waits for a while, the store does its idle work.
  void post(Worker::Job job, Priority priority);
  Status run(const Worker::Job& job, Priority priority, const Control& control);

 private:
  void expect_idle_work();
  Engine(const EngineOptions& options, std::unique_ptr<DiskTier> disk);
  Status open_device(const EngineOptions& options);

  Log log_;
  Device device_;
  std::shared_ptr<const DevicePlugin> plugin_;
  std::string device_note_;
  std::shared_ptr<Backend> backend_;
  std::shared_ptr<StateStore> store_;
  const bool idle_refill_;
  Worker worker_;
};

// A model with what belongs to it. Immutable.
struct LoadedModel {
  ~LoadedModel();  // the states that were kept for it go with it
  std::shared_ptr<Engine> engine;
  std::shared_ptr<const Model> model;
  std::shared_ptr<const Tokenizer> tokenizer;  // null when opened without
  FillSettings settings;
  std::string path;
  bool on_device = false;
  std::string device_note;  // why not, though the engine has a device; or ""

  std::string tokenizer_hash() const { return tokenizer ? tokenizer->hash() : ""; }
};

struct OpenOptions {
  Control control;
  bool check_weights = false;
  bool without_tokenizer = false;
  bool count_only = false;
  std::string tokenizer_path;  // "": in the weights' file, or beside it
  cuda::DeviceWeights device_weights = cuda::DeviceWeights::bf16;
  uint64_t device_bytes_max = 0;  // for sequences; 0: what there is
  std::optional<DType> weights;  // of the matrices on the CPU: f32, bf16, q8 or q4; none: as stored, where a kernel reads that
};

// Opens weights, tokenizer and settings, and checks that they belong together.
Result<std::shared_ptr<const LoadedModel>> open_model(std::shared_ptr<Engine> engine, const std::string& path,
                                                      const OpenOptions& options);

}  // namespace sw
