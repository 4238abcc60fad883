#include <algorithm>

#include "api/handles.h"
#include "cpu/rows.h"

using namespace sw;       // NOLINT(google-build-using-namespace): the C boundary
using namespace sw::api;  // NOLINT(google-build-using-namespace)

static_assert(SW_SOURCE_NOTHING == int(Source::nothing) && SW_SOURCE_RUNNING == int(Source::running) &&
              SW_SOURCE_LOG == int(Source::log) && SW_SOURCE_KEPT == int(Source::kept) && SW_SOURCE_DISK == int(Source::disk));
static_assert(SW_STORE_REASONS == kMissReasons);
static_assert(sizeof(sw_store_stats::prompts) / sizeof(uint64_t) == kSources);
static_assert(SW_DEVICE_CPU == int(Device::cpu) && SW_DEVICE_AUTO == int(Device::automatic) && SW_DEVICE_CUDA == int(Device::cuda));
static_assert(int(SW_CPU_REF) == int(ops::kCpuRef) && int(SW_CPU_AVX2) == int(ops::kCpuAvx2) &&
              int(SW_CPU_AVX512) == int(ops::kCpuAvx512) && int(SW_CPU_AVX512_VNNI) == int(ops::kCpuAvx512Vnni) &&
              int(SW_CPU_NEON) == int(ops::kCpuNeon) && int(SW_CPU_NEON_DOT) == int(ops::kCpuNeonDot) &&
              int(SW_CPU_AVX_VNNI) == int(ops::kCpuAvxVnni) && int(SW_CPU_AMX_INT8) == int(ops::kCpuAmxInt8) &&
              int(SW_CPU_AMX_BF16) == int(ops::kCpuAmxBf16));

namespace {

Status read_device(const sw_engine_options& o, EngineOptions& out) {
  if (o.device < SW_DEVICE_CPU || o.device > SW_DEVICE_CUDA) return error(Code::argument, "device is %d; it must be SW_DEVICE_*", o.device);
  if (o.device_index < 0) return error(Code::argument, "device_index is %d; it must be 0 or more", o.device_index);
  out.device = static_cast<Device>(o.device);
  out.device_index = o.device_index;
  if (o.device_plugin != nullptr) out.device_plugin = o.device_plugin;
  out.idle_refill = o.idle_refill != 0;
  return {};
}

Status read_threads(const sw_engine_options& o, ThreadOptions& out) {
  constexpr int kSpinUsMax = 1000000;
  if (o.n_threads < 0 || o.n_threads > 1024) return error(Code::argument, "n_threads is %d; it must be 0 to 1024", o.n_threads);
  if (o.nice < 0 || o.nice > 19) return error(Code::argument, "nice is %d; it must be 0 to 19", o.nice);
  if (o.spin_us < -1 || o.spin_us > kSpinUsMax) return error(Code::argument, "spin_us is %d; it must be -1 to %d", o.spin_us, kSpinUsMax);
  out.n_threads = o.n_threads;
  out.pin = o.pin_threads != 0;
  out.nice = o.nice;
  if (o.spin_us != 0) out.spin = std::chrono::microseconds(std::max(o.spin_us, 0));
  return {};
}

Status read_engine_options(const sw_engine_options* options, EngineOptions& out) {
  sw_engine_options o = SW_ENGINE_OPTIONS_INIT;
  SW_TRY(read_options(options, o, "sw_engine_options"));
  if (o.cpu_mask != 0 && (o.cpu_mask & ops::cpu_features()) == 0) {
    return error(Code::argument, "cpu_mask 0x%x leaves nothing of what this processor has (0x%x)", o.cpu_mask, ops::cpu_features());
  }
  if (o.log_level < 0 || o.log_level > SW_LOG_DEBUG) return error(Code::argument, "log_level is %d; it must be 0 to 4", o.log_level);
  SW_TRY(read_threads(o, out.threads));
  out.cpu_mask = o.cpu_mask;
  out.log = {o.log, o.log_user, o.log_level == 0 ? LogLevel::warning : static_cast<LogLevel>(o.log_level)};
  out.snapshot_bytes_max = o.snapshot_bytes_max;
  if (o.policy != nullptr) {
    SW_ASSIGN(out.policy, Policy::parse(o.policy));
  }
  if (o.store_folder != nullptr) out.store_folder = o.store_folder;
  out.store_bytes_max = o.store_bytes_max;
  if (o.store_codec != nullptr) {
    SW_ASSIGN(out.store_codec, StateCodec::parse(o.store_codec));
  }
  if (o.allocator != nullptr) {
    if (o.allocator->allocate == nullptr || o.allocator->release == nullptr) {
      return error(Code::argument, "the allocator has a NULL function");
    }
    out.allocator = {o.allocator->allocate, o.allocator->release, o.allocator->user};
  }
  return read_device(o, out);
}

void describe_disk(const DiskTierStats& disk, sw_store_stats& info) {
  const DiskStats& files = disk.files;
  info.disk_files = files.files;
  info.disk_bytes = files.bytes;
  info.disk_hits = files.hits;
  info.disk_misses = files.misses_total();
  std::copy(files.rejected.begin(), files.rejected.end(), info.disk_rejected);
  info.disk_writes = files.puts;
  info.disk_write_failures = files.put_failures;
  info.disk_evicted = files.evicted;
  info.disk_leftovers = files.leftovers;
  info.disk_audits = disk.audits;
  info.disk_audits_failed = disk.audits_failed;
}

}  // namespace

extern "C" {

sw_status sw_engine_create(const sw_engine_options* options, sw_engine** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    EngineOptions engine_options;
    SW_TRY(read_engine_options(options, engine_options));
    SW_ASSIGN(auto engine, Engine::create(engine_options));
    *out = new sw_engine{std::move(engine), ops::cpu_features()};
    return {};
  });
}

void sw_engine_free(sw_engine* engine) { delete engine; }

sw_status sw_engine_get_info(const sw_engine* engine, sw_engine_info* out) {
  return guard([&]() -> Status {
    if (engine == nullptr) return missing("engine");
    const Engine& e = *engine->engine;
    sw_engine_info info = SW_ENGINE_INFO_INIT;
    info.n_threads = e.backend()->n_threads();
    info.cpu_features = engine->cpu_features;
    info.kernels = e.backend()->rows().c_str();
    const StoreStats stats = e.store()->stats();
    info.snapshot_bytes_max = e.store()->budget().max();
    info.snapshot_bytes = e.store()->budget().used();
    info.tokens_run = stats.tokens_run;
    info.tokens_reused = stats.tokens_reused;
    info.device = e.plugin() != nullptr ? SW_DEVICE_CUDA : SW_DEVICE_CPU;
    info.device_name = e.plugin() != nullptr ? e.plugin()->name().c_str() : "";
    info.device_note = e.device_note().c_str();
    return write_info(info, out, "sw_engine_info");
  });
}

sw_status sw_engine_get_store_stats(const sw_engine* engine, sw_store_stats* out) {
  return guard([&]() -> Status {
    if (engine == nullptr) return missing("engine");
    const StateStore& store = *engine->engine->store();
    const StoreStats stats = store.stats();
    sw_store_stats info = SW_STORE_STATS_INIT;
    std::copy(stats.prompts.begin(), stats.prompts.end(), info.prompts);
    info.missed_unknown = stats.misses[static_cast<size_t>(Miss::unknown_text)];
    info.missed_evicted = stats.misses[static_cast<size_t>(Miss::evicted)];
    info.missed_policy = stats.misses[static_cast<size_t>(Miss::policy)];
    info.tokens_run = stats.tokens_run;
    info.tokens_idle = stats.tokens_idle;
    info.tokens_reused = stats.tokens_reused;
    info.tokens_replayed = stats.tokens_replayed;
    info.states_kept = stats.states_kept;
    info.states_made = stats.states_made;
    info.states_evicted = stats.states_evicted;
    info.state_bytes = stats.state_bytes;
    info.log_bytes = stats.log_bytes;
    info.bytes_peak = stats.bytes_peak;
    info.bytes_max = stats.bytes_max;
    info.seconds_saved = stats.seconds_saved;
    if (const auto disk = store.disk_stats()) describe_disk(*disk, info);
    return write_info(info, out, "sw_store_stats");
  });
}

sw_status sw_engine_save(sw_engine* engine, const sw_run_options* options) {
  return guard([&]() -> Status {
    if (engine == nullptr) return missing("engine");
    Control control;
    SW_TRY(read_run_options(options, control));
    const auto& store = engine->engine->store();
    if (!store->has_disk()) return error(Code::state, "the engine was created without store_folder");
    for (uint64_t n = 0;; ++n) {
      SW_TRY(control.step(n, n + 1));
      SW_ASSIGN(const bool more, store->save_next(control));
      if (!more) return {};
    }
  });
}

sw_status sw_engine_trim(sw_engine* engine, uint64_t n_bytes) {
  return guard([&]() -> Status {
    if (engine == nullptr) return missing("engine");
    engine->engine->store()->trim(n_bytes);
    return {};
  });
}

sw_status sw_cancel_create(sw_cancel** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    *out = new sw_cancel;
    return {};
  });
}

void sw_cancel_set(sw_cancel* cancel) {
  if (cancel != nullptr) cancel->set.store(true, std::memory_order_relaxed);
}

void sw_cancel_clear(sw_cancel* cancel) {
  if (cancel != nullptr) cancel->set.store(false, std::memory_order_relaxed);
}

void sw_cancel_free(sw_cancel* cancel) { delete cancel; }

}  // extern "C"
