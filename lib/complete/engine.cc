#include "complete/engine.h"

#include "backend/cores.h"
#include "complete/model_tokenizer.h"
#include "model/pack_checkpoint.h"
#include "model/plugin_model.h"

namespace sw {
namespace {

constexpr uint64_t kSnapshotBytesDefault = uint64_t{1} << 30;

}  // namespace

Result<std::shared_ptr<Engine>> Engine::create(const EngineOptions& options) {
  std::unique_ptr<DiskTier> disk;
  if (!options.store_folder.empty()) {
    if (!options.store_codec.is_exact()) {
      return error(Code::unsupported, "the store's codec %s rounds: what is resumed would not equal what is run; use f32 or f32+zstd",
                   options.store_codec.name().c_str());
    }
    DiskStore::Options disk_options;
    if (options.store_bytes_max > 0) disk_options.bytes_max = options.store_bytes_max;
    disk_options.codec = options.store_codec;
    disk_options.allocator = options.allocator;
    disk_options.log = options.log;
    SW_ASSIGN(auto store, DiskStore::open(options.store_folder, disk_options));
    disk = std::make_unique<DiskTier>(std::move(store));
  }
  std::shared_ptr<Engine> engine(new Engine(options, std::move(disk)));
  SW_TRY(engine->open_device(options));
  return engine;
}

Status Engine::open_device(const EngineOptions& options) {
  if (options.device == Device::cpu) return {};
  auto plugin = DevicePlugin::open(options.device_plugin, options.device_index);
  if (plugin.ok()) {
    plugin_ = std::move(plugin).value();
    log_(LogLevel::info, format("engine: %s by %s", plugin_->name().c_str(), plugin_->path().c_str()));
    return {};
  }
  if (options.device == Device::cuda) return std::move(plugin).status();
  device_note_ = plugin.status().message();
  log_(LogLevel::info, format("engine: on the CPU: %s", device_note_.c_str()));
  return {};
}

Engine::Engine(const EngineOptions& options, std::unique_ptr<DiskTier> disk)
    : log_(options.log),
      device_(options.device),
      idle_refill_(options.idle_refill),
      worker_([threads = options.threads] { settle_thread(threads, 0); }) {
  ThreadOptions threads = options.threads;
  if (threads.n_threads <= 0) threads.n_threads = default_threads(usable_cores());
  const uint32_t mask = options.cpu_mask != 0 ? options.cpu_mask : Backend::kDefaultRows;
  backend_ = std::make_shared<Backend>(mask, threads, options.allocator);
  const uint64_t bytes_max = options.snapshot_bytes_max > 0 ? options.snapshot_bytes_max : kSnapshotBytesDefault;
  store_ = std::make_shared<StateStore>(std::make_shared<StateBudget>(bytes_max), options.policy, std::move(disk));
  log_(LogLevel::info, format("engine: %d threads, %s", backend_->n_threads(), backend_->rows().c_str()));
}

void Engine::expect_idle_work() {
  if (!store_->has_disk()) return;
  worker_.when_idle(store_.get(), [store = store_](const Control& control) { return store->idle_step(control); });
}

void Engine::post(Worker::Job job, Priority priority) {
  expect_idle_work();
  worker_.post(std::move(job), priority);
}

Status Engine::run(const Worker::Job& job, Priority priority, const Control& control) {
  expect_idle_work();
  return worker_.run(job, priority, control);
}

LoadedModel::~LoadedModel() {
  model.reset();
  if (engine) engine->store()->forget_closed_models();
}

// Puts the model where it runs: on the engine's device, or on the CPU.
Status place_model(Checkpoint checkpoint, const Engine& engine, const OpenOptions& options, LoadedModel& loaded) {
  if (engine.plugin() != nullptr && !options.count_only) {
    auto on_device = PluginModel::create(checkpoint, engine.backend(), engine.plugin(), options.device_weights,
                                         options.device_bytes_max);
    loaded.on_device = on_device.ok();
    if (on_device.ok()) {
      loaded.model = std::move(on_device).value();
      return {};
    }
    if (engine.device() == Device::cuda) return std::move(on_device).status();
    loaded.device_note = on_device.status().message();
    engine.log()(LogLevel::warning, format("on the CPU: %s", loaded.device_note.c_str()));
  }
  if (!options.count_only) {
    SW_ASSIGN(checkpoint, pack_checkpoint(std::move(checkpoint), options.weights, *engine.backend(), options.control));
    if (!checkpoint.weights_note.empty()) {
      engine.log()(LogLevel::info, format("%s: %s", checkpoint.directory.c_str(), checkpoint.weights_note.c_str()));
    }
  }
  SW_ASSIGN(loaded.model, Model::create(std::move(checkpoint), engine.backend(), options.count_only));
  return {};
}

Result<std::shared_ptr<const LoadedModel>> open_model(std::shared_ptr<Engine> engine, const std::string& path,
                                                      const OpenOptions& options) {
  SW_ASSIGN(Checkpoint checkpoint, open_checkpoint(path));
  SW_TRY(options.control.check());
  auto loaded = std::make_shared<LoadedModel>();
  loaded->path = path;
  if (!options.tokenizer_path.empty()) {
    checkpoint.tokenizer_path = options.tokenizer_path;
    checkpoint.vocabulary = nullptr;
  }
  if (options.without_tokenizer) {
    loaded->settings.name = default_name(checkpoint);
  } else {
    SW_ASSIGN(loaded->tokenizer, open_tokenizer(checkpoint));
    if (options.count_only && !options.tokenizer_path.empty()) checkpoint.vocab_size = loaded->tokenizer->vocab_size();
    SW_TRY(check_vocabulary(checkpoint, *loaded->tokenizer));
    SW_ASSIGN(loaded->settings, fill_settings(checkpoint, *loaded->tokenizer));
  }
  if (options.check_weights) SW_TRY(check_weights(checkpoint, options.control));
  SW_TRY(place_model(std::move(checkpoint), *engine, options, *loaded));
  loaded->engine = std::move(engine);
  return std::shared_ptr<const LoadedModel>(std::move(loaded));
}

}  // namespace sw
