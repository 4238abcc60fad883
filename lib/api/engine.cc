#include "api/handles.h"
#include "cpu/rows.h"

using namespace sw;       // NOLINT(google-build-using-namespace): the C boundary
using namespace sw::api;  // NOLINT(google-build-using-namespace)

static_assert(int(SW_CPU_REF) == int(ops::kCpuRef) && int(SW_CPU_AVX2) == int(ops::kCpuAvx2) &&
              int(SW_CPU_AVX512) == int(ops::kCpuAvx512));

namespace {

Status read_engine_options(const sw_engine_options* options, EngineOptions& out) {
  sw_engine_options o = SW_ENGINE_OPTIONS_INIT;
  SW_TRY(read_options(options, o, "sw_engine_options"));
  if (o.n_threads < 0 || o.n_threads > 1024) return error(Code::argument, "n_threads is %d; it must be 0 to 1024", o.n_threads);
  if (o.cpu_mask != 0 && (o.cpu_mask & ops::cpu_features()) == 0) {
    return error(Code::argument, "cpu_mask 0x%x leaves nothing of what this processor has (0x%x)", o.cpu_mask, ops::cpu_features());
  }
  if (o.log_level < 0 || o.log_level > SW_LOG_DEBUG) return error(Code::argument, "log_level is %d; it must be 0 to 4", o.log_level);
  out.n_threads = o.n_threads;
  out.cpu_mask = o.cpu_mask;
  out.log = {o.log, o.log_user, o.log_level == 0 ? LogLevel::warning : static_cast<LogLevel>(o.log_level)};
  out.snapshot_bytes_max = o.snapshot_bytes_max;
  if (o.allocator != nullptr) {
    if (o.allocator->allocate == nullptr || o.allocator->release == nullptr) {
      return error(Code::argument, "the allocator has a NULL function");
    }
    out.allocator = {o.allocator->allocate, o.allocator->release, o.allocator->user};
  }
  return {};
}

}  // namespace

extern "C" {

sw_status sw_engine_create(const sw_engine_options* options, sw_engine** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    EngineOptions engine_options;
    SW_TRY(read_engine_options(options, engine_options));
    *out = new sw_engine{std::make_shared<Engine>(engine_options), ops::cpu_features()};
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
    info.snapshot_bytes_max = e.pool().budget->max();
    info.snapshot_bytes = e.pool().budget->used();
    info.tokens_run = e.pool().counters->tokens_run.load(std::memory_order_relaxed);
    info.tokens_reused = e.pool().counters->tokens_reused.load(std::memory_order_relaxed);
    return write_info(info, out, "sw_engine_info");
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
