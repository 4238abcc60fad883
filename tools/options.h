// Options that several subcommands share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "handles.h"
#include "outcome.h"

namespace sw::tool {

struct EngineFlags {
  int threads = 0;
  bool pin = false;
  int nice = 0;
  std::string cpu;
  std::string policy;          // "": the default
  uint64_t state_bytes_max = 0;  // 0: the library's
  std::string device;          // "": the CPU
  std::string device_plugin;   // "": beside the library
  bool idle_refill = false;    // use pauses to prepare the next prompt
  std::string store;           // folder of states on disk; "": none
  bool verbose = false;
};

struct ModelFlags {
  EngineFlags engine;
  std::string path;  // "": the embedded model
  bool check = false;
  bool count_only = false;
  std::string tokenizer;  // "": beside the weights
  std::string device_weights;  // "": bf16
  uint64_t device_bytes_max = 0;  // for sequences; 0: what there is
  std::string weights;         // "": as stored
};

struct SamplingFlags {
  float temperature = 0.0f;
  int top_k = 0;
  float top_p = 0.0f;
  float min_p = 0.0f;
  uint64_t seed = 0;
};

void add_engine_options(CLI::App& app, EngineFlags& flags);
void add_model_options(CLI::App& app, ModelFlags& flags);  // with the engine's
void add_sampling_options(CLI::App& app, SamplingFlags& flags);
// --device and what belongs to it.
void add_device_options(CLI::App& app, ModelFlags& flags);
// --store: states on disk.
void add_store_option(CLI::App& app, EngineFlags& flags);
// $XDG_CACHE_HOME or ~/.cache, then sidewinder/states; "" when neither is known.
std::string default_store_folder();
CLI::Option* add_json_option(CLI::App& app, bool& json);

sw_sampling_options to_sampling(const SamplingFlags& flags);

Outcome open_engine(const EngineFlags& flags, Engine& out);
enum class WantTokenizer { yes, if_there, no };
// Opens flags.path, or the embedded model, with a progress line and Ctrl-C.
Outcome open_model(sw_engine* engine, const ModelFlags& flags, WantTokenizer want, Model& out);
// The same with the caller's progress and cancel flag.
struct LoadWatch {
  const sw_cancel* cancel = nullptr;
  sw_progress_fn progress = nullptr;
  void* user = nullptr;
};
Outcome open_model(sw_engine* engine, const ModelFlags& flags, const LoadWatch& watch, Model& out);
Outcome get_info(const sw_model* model, sw_model_info& out);

const char* mode_name(sw_fill_mode mode);      // "spm"
const char* layout_name(sw_layout layout);     // "split"
const char* source_name(sw_source source);     // "disk"
const char* finish_name(sw_finish finish);     // "eos"
sw_fill_mode mode_of(const std::string& name);
sw_layout layout_of(const std::string& name);

}  // namespace sw::tool
