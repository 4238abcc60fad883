#include "options.h"

#include <cstdlib>
#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "terminal.h"

#if SW_TOOL_MIMALLOC
#include <mimalloc.h>
#endif

namespace sw::tool {
namespace {

#if SW_TOOL_MIMALLOC
void* allocate(void*, size_t n_bytes, size_t alignment) {
  return mi_malloc_aligned(n_bytes, alignment);
}
void release(void*, void* memory, size_t) {
  mi_free(memory);
}
constexpr sw_allocator kAllocator = {allocate, release, nullptr};
#endif

constexpr std::array<std::pair<const char*, sw_fill_mode>, 4> kModes = {
    {{"spm", SW_FILL_SPM}, {"psm", SW_FILL_PSM}, {"instruct", SW_FILL_INSTRUCT}, {"prefix", SW_FILL_PREFIX}}};

const char* level_name(sw_log_level level) {
  switch (level) {
    case SW_LOG_ERROR:
      return "error: ";
    case SW_LOG_WARNING:
      return "warning: ";
    default:
      return "";
  }
}

void on_log(void*, sw_log_level level, const char* text, size_t length) {
  print_note(std::string(level_name(level)) + std::string(text, length));
}

constexpr std::array<std::pair<const char*, sw_layout>, 4> kLayouts = {
    {{"whole", SW_LAYOUT_WHOLE}, {"split", SW_LAYOUT_SPLIT}, {"auto", SW_LAYOUT_AUTO}, {"near", SW_LAYOUT_NEAR}}};

sw_device device_of(const std::string& name) {
  if (name == "cuda") return SW_DEVICE_CUDA;
  return name == "auto" ? SW_DEVICE_AUTO : SW_DEVICE_CPU;
}

sw_device_weights device_weights_of(const std::string& name) {
  if (name == "int8") return SW_DEVICE_WEIGHTS_INT8;
  return name == "int4" ? SW_DEVICE_WEIGHTS_INT4 : SW_DEVICE_WEIGHTS_BF16;
}

sw_weights weights_of(const std::string& name) {
  if (name == "bf16") return SW_WEIGHTS_BF16;
  if (name == "f32") return SW_WEIGHTS_F32;
  if (name == "q8") return SW_WEIGHTS_Q8;
  return name == "q4" ? SW_WEIGHTS_Q4 : SW_WEIGHTS_STORED;
}

// A level of kernels, by the name of its best row, and the rows that it may use.
const std::map<std::string, uint32_t> kCpuLevels = {
    {"ref", SW_CPU_REF},
    {"avx2", SW_CPU_REF | SW_CPU_AVX2},
    {"avx_vnni", SW_CPU_REF | SW_CPU_AVX2 | SW_CPU_AVX_VNNI},
    {"avx512", SW_CPU_REF | SW_CPU_AVX2 | SW_CPU_AVX512},
    {"avx512_vnni", SW_CPU_REF | SW_CPU_AVX2 | SW_CPU_AVX512 | SW_CPU_AVX512_VNNI},
    {"amx_int8", SW_CPU_REF | SW_CPU_AVX2 | SW_CPU_AVX512 | SW_CPU_AVX512_VNNI | SW_CPU_AMX_INT8},
    {"amx_bf16", SW_CPU_REF | SW_CPU_AVX2 | SW_CPU_AVX512 | SW_CPU_AVX512_VNNI | SW_CPU_AMX_INT8 | SW_CPU_AMX_BF16},
    {"neon", SW_CPU_REF | SW_CPU_NEON},
    {"neon_dot", SW_CPU_REF | SW_CPU_NEON | SW_CPU_NEON_DOT}};

std::vector<std::string> cpu_levels() {
  std::vector<std::string> names;
  for (const auto& [name, mask] : kCpuLevels) names.push_back(name);
  return names;
}

uint32_t cpu_mask(const std::string& cpu) {
  const auto found = kCpuLevels.find(cpu);
  return found == kCpuLevels.end() ? 0 : found->second;
}

}  // namespace

void add_engine_options(CLI::App& app, EngineFlags& flags) {
  app.add_option("--threads", flags.threads, "Compute threads; 0: one for each core that may be used, but for one of more than two")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  app.add_flag("--pin", flags.pin, "Keep each compute thread on one core");
  app.add_option("--nice", flags.nice, "How much lower the priority of compute threads is, 0 to 19")->check(CLI::Range(0, 19))->type_name("N");
  app.add_option("--cpu", flags.cpu, "Kernels up to this level only; default: the best that the processor has, but amx_bf16, which rounds activations")
      ->check(CLI::IsMember(cpu_levels()));
  app.add_flag("--verbose", flags.verbose, "Show what the library reports, not only its warnings");
}

void add_device_options(CLI::App& app, ModelFlags& flags) {
  app.add_option("--device", flags.engine.device, "Run on the CPU (the default), on a CUDA device, or on one if there is a usable one")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  app.add_option("--device-weights", flags.device_weights, "How a CUDA device holds the weights; default: bf16")
      ->check(CLI::IsMember({"bf16", "int8", "int4"}));
  app.add_option("--device-bytes", flags.device_bytes_max,
                 "Memory of a CUDA device that sequences may take, beside the weights; default: what there is")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  app.add_option("--device-plugin", flags.engine.device_plugin, "File of the CUDA plugin; default: beside the library")->type_name("FILE");
}

void add_store_option(CLI::App& app, EngineFlags& flags) {
  app.add_option("--store", flags.store,
                 "Keep states in this folder, and go on from those that earlier runs left there; see sidewinder store")
      ->type_name("DIR");
}

std::string default_store_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return std::string(cache) + "/sidewinder/states";
  const char* home = std::getenv("HOME");
  return home != nullptr && home[0] != '\0' ? std::string(home) + "/.cache/sidewinder/states" : "";
}

void add_model_options(CLI::App& app, ModelFlags& flags) {
  app.add_option("--model", flags.path, "Folder of the checkpoint, or GGUF file; default: the embedded model")->type_name("PATH");
  app.add_option("--weights", flags.weights, "How the CPU holds the matrices; default: as they are stored")
      ->check(CLI::IsMember({"f32", "bf16", "q8", "q4"}));
  app.add_flag("--check", flags.check, "Read every weight first and refuse NaN and infinity");
  add_device_options(app, flags);
  add_engine_options(app, flags.engine);
}

void add_sampling_options(CLI::App& app, SamplingFlags& flags) {
  app.add_option("--temperature", flags.temperature, "0 takes the likeliest token; higher is more varied")
      ->check(CLI::Range(0.0, 100.0))
      ->type_name("T");
  app.add_option("--top-k", flags.top_k, "Draw from the K likeliest tokens; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->type_name("K");
  app.add_option("--top-p", flags.top_p, "Draw from the fewest tokens that hold this much probability; 0: all")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("P");
  app.add_option("--min-p", flags.min_p, "Draw from tokens at least this likely relative to the likeliest; 0: all")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("P");
  app.add_option("--seed", flags.seed, "Seed of the draws: the same seed gives the same text")->type_name("N");
}

CLI::Option* add_json_option(CLI::App& app, bool& json) {
  return app.add_flag("--json", json, "Print JSON, errors too: {\"error\": {\"status\", \"message\"}}");
}

sw_sampling_options to_sampling(const SamplingFlags& flags) {
  sw_sampling_options sampling = SW_SAMPLING_OPTIONS_INIT;
  sampling.temperature = flags.temperature;
  sampling.top_k = flags.top_k;
  sampling.top_p = flags.top_p;
  sampling.min_p = flags.min_p;
  sampling.seed = flags.seed;
  return sampling;
}

Outcome open_engine(const EngineFlags& flags, Engine& out) {
  sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
  options.n_threads = flags.threads;
  options.pin_threads = flags.pin ? 1 : 0;
  options.nice = flags.nice;
  options.cpu_mask = cpu_mask(flags.cpu);
  options.log = on_log;
  options.policy = flags.policy.empty() ? nullptr : flags.policy.c_str();
  options.snapshot_bytes_max = flags.state_bytes_max;
  options.store_folder = flags.store.empty() ? nullptr : flags.store.c_str();
  options.idle_refill = flags.idle_refill ? 1 : 0;
  options.device = device_of(flags.device);
  options.device_plugin = flags.device_plugin.empty() ? nullptr : flags.device_plugin.c_str();
  options.log_level = flags.verbose ? SW_LOG_INFO : SW_LOG_WARNING;
#if SW_TOOL_MIMALLOC
  options.allocator = &kAllocator;
#endif
  sw_engine* engine = nullptr;
  const sw_status status = sw_engine_create(&options, &engine);
  out.reset(engine);
  return from_status(status, status == SW_E_ARGUMENT ? kExitUsage : kExitFailed);
}

namespace {

sw_model_options model_options(const ModelFlags& flags) {
  sw_model_options options = SW_MODEL_OPTIONS_INIT;
  options.check_weights = flags.check ? 1 : 0;
  options.count_only = flags.count_only ? 1 : 0;
  options.tokenizer = flags.tokenizer.empty() ? nullptr : flags.tokenizer.c_str();
  options.weights = weights_of(flags.weights);
  options.device_weights = device_weights_of(flags.device_weights);
  options.device_bytes_max = flags.device_bytes_max;
  return options;
}

sw_status open_path(sw_engine* engine, const ModelFlags& flags, const sw_model_options& options, Model& out) {
  sw_model* model = nullptr;
  const sw_status status = sw_model_open(engine, flags.path.empty() ? nullptr : flags.path.c_str(), &options, &model);
  out.reset(model);
  return status;
}

Outcome opened(sw_status status) {
  return from_status(status, status == SW_E_NO_MEMORY ? kExitFailed : kExitNoModel);
}

}  // namespace

Outcome open_model(sw_engine* engine, const ModelFlags& flags, WantTokenizer want, Model& out) {
  Progress progress("checking weights", Progress::Unit::bytes);
  sw_model_options options = model_options(flags);
  options.run = run_options(&progress);
  options.without_tokenizer = want == WantTokenizer::no ? 1 : 0;
  sw_status status = open_path(engine, flags, options, out);
  if (status == SW_E_NOT_FOUND && want == WantTokenizer::if_there) {
    options.without_tokenizer = 1;  // if it was not the tokenizer that is missing, this says what is
    status = open_path(engine, flags, options, out);
  }
  progress.clear();
  return opened(status);
}

Outcome open_model(sw_engine* engine, const ModelFlags& flags, const LoadWatch& watch, Model& out) {
  sw_model_options options = model_options(flags);
  options.run.cancel = watch.cancel;
  options.run.progress = watch.progress;
  options.run.progress_user = watch.user;
  return opened(open_path(engine, flags, options, out));
}

Outcome get_info(const sw_model* model, sw_model_info& out) {
  out = SW_MODEL_INFO_INIT;
  return from_status(sw_model_get_info(model, &out), kExitFailed);
}

const char* source_name(sw_source source) {
  constexpr const char* kNames[] = {"nothing", "running", "log", "kept", "disk", "shown", "ahead"};
  return source >= 0 && source < static_cast<sw_source>(std::size(kNames)) ? kNames[source] : "unknown";
}

const char* finish_name(sw_finish finish) {
  constexpr const char* kNames[] = {"unknown", "eos",    "stop",     "suffix", "line",   "max_tokens",
                                    "time",    "repeat", "callback", "block",  "syntax", "unlikely", "place"};
  return finish > 0 && finish < static_cast<sw_finish>(std::size(kNames)) ? kNames[finish] : kNames[0];
}

const char* mode_name(sw_fill_mode mode) {
  for (const auto& [name, value] : kModes) {
    if (value == mode) return name;
  }
  return "default";
}

sw_fill_mode mode_of(const std::string& name) {
  for (const auto& [known, value] : kModes) {
    if (name == known) return value;
  }
  return SW_FILL_DEFAULT;
}

const char* layout_name(sw_layout layout) {
  for (const auto& [name, id] : kLayouts) {
    if (id == layout) return name;
  }
  return "default";
}

sw_layout layout_of(const std::string& name) {
  for (const auto& [known, id] : kLayouts) {
    if (name == known) return id;
  }
  return SW_LAYOUT_DEFAULT;
}

}  // namespace sw::tool
