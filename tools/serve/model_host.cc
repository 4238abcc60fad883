#include "serve/model_host.h"

#include <system_error>

#include "terminal.h"

namespace sw::tool {
namespace {

constexpr int64_t kSaveMs = 2000;
constexpr auto kRetryAfter = std::chrono::seconds(5);

ModelFlags to_flags(const Json& settings) {
  ModelFlags flags;
  flags.path = settings.at("model");
  flags.device_weights = settings.at("deviceWeights");
  flags.device_bytes_max = settings.at("deviceMB").get<uint64_t>() << 20;
  flags.engine.device = settings.at("device");
  flags.engine.threads = settings.at("threads");
  flags.engine.pin = settings.at("pinThreads");
  flags.engine.nice = settings.at("nice");
  flags.engine.state_bytes_max = settings.at("statesMB").get<uint64_t>() << 20;
  flags.engine.idle_refill = settings.at("idleWork");
  flags.engine.store = settings.at("storeFolder");
  return flags;
}

}  // namespace

ModelHost::ModelHost(const Json& process_settings, const Wake& wake) : flags_(to_flags(process_settings)), wake_(wake) {
  sw_cancel* cancel = nullptr;
  if (sw_cancel_create(&cancel) == SW_OK) cancel_.reset(cancel);
}

ModelHost::~ModelHost() {
  sw_cancel_set(cancel_.get());
  if (thread_.joinable()) thread_.join();
}

void ModelHost::want() {
  if (state_ == State::loading || state_ == State::ready) return;
  if (state_ == State::failed && Clock::now() - began_ < kRetryAfter) return;
  began_ = Clock::now();
  finished_ = false;
  percent_ = 0;
  try {
    thread_ = std::thread([this] { load(); });
    state_ = State::loading;
  } catch (const std::system_error& error) {
    state_ = State::failed;
    outcome_ = failure(kExitFailed, SW_E_NO_MEMORY, std::string("no thread to load the model: ") + error.what());
  }
}

void ModelHost::load() {
  outcome_ = open_engine(flags_.engine, loaded_engine_);
  if (outcome_.ok()) outcome_ = open_model(loaded_engine_.get(), flags_, {cancel_.get(), on_progress, this}, loaded_model_);
  finished_ = true;
  wake_.ring();
}

int32_t ModelHost::on_progress(void* user, uint64_t done, uint64_t total) {
  auto* host = static_cast<ModelHost*>(user);
  const int percent = total == 0 ? 0 : static_cast<int>(done * 100 / total);
  if (host->percent_.exchange(percent) != percent) host->wake_.ring();
  return 0;
}

bool ModelHost::collect() {
  if (state_ != State::loading || !finished_) return false;
  thread_.join();
  load_ms_ = std::chrono::duration<double, std::milli>(Clock::now() - began_).count();
  state_ = outcome_.ok() ? State::ready : State::failed;
  n_loads_ += outcome_.ok() ? 1 : 0;
  engine_ = std::move(loaded_engine_);
  model_ = std::move(loaded_model_);
  return true;
}

void ModelHost::unload() {
  if (state_ != State::ready) return;
  if (!flags_.engine.store.empty()) save();
  model_.reset();
  engine_.reset();
  state_ = State::unloaded;
}

// What the next start would miss, as far as it can be written in a moment.
void ModelHost::save() {
  sw_run_options options = SW_RUN_OPTIONS_INIT;
  options.deadline_ms = kSaveMs;
  if (sw_engine_save(engine_.get(), &options) != SW_OK) print_note(sw_last_error());
}

int ModelHost::percent() const {
  return percent_;
}

}  // namespace sw::tool
