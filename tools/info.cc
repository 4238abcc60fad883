// sidewinder info: what a model is.
#include <array>
#include <cstdio>

#include "command.h"
#include "json_output.h"
#include "options.h"

namespace sw::tool {
namespace {

struct Flags {
  ModelFlags model;
  bool no_hash = false;
  bool json = false;
};

std::vector<std::string> modes_of(const sw_model_info& info) {
  std::vector<std::string> modes;
  for (sw_fill_mode mode : {SW_FILL_SPM, SW_FILL_PSM, SW_FILL_INSTRUCT, SW_FILL_PREFIX}) {
    if ((info.fill_modes >> mode & 1u) != 0) modes.emplace_back(mode_name(mode));
  }
  return modes;
}

std::string text_or_empty(const char* text) {
  return text != nullptr ? text : "";
}

std::string device_name(sw_device device) {
  return device == SW_DEVICE_CUDA ? "cuda" : "cpu";
}

// Why it is not the device that would have been used.
std::string note_of(const sw_model_info& info, const sw_engine_info& engine) {
  const std::string note = text_or_empty(engine.device_note);
  return note.empty() ? text_or_empty(info.device_note) : note;
}

Json to_json(const sw_model_info& info, const sw_engine_info& engine, int32_t tokenizer_size, const std::string& hash) {
  Json json;
  json["name"] = text_or_empty(info.name);
  json["path"] = text_or_empty(info.path);
  json["layout"] = text_or_empty(info.layout);
  Json& config = json["config"];
  config["vocab_size"] = info.vocab_size;
  config["d_model"] = info.d_model;
  config["n_layers"] = info.n_layers;
  config["d_inner"] = info.d_inner;
  config["n_heads"] = info.n_heads;
  config["head_dim"] = info.head_dim;
  config["d_state"] = info.d_state;
  config["n_groups"] = info.n_groups;
  config["d_conv"] = info.d_conv;
  config["tied"] = info.tied != 0;
  config["bos_id"] = info.bos_id;
  config["eos_id"] = info.eos_id;
  json["parameters"] = info.n_parameters;
  json["weights"] = text_or_empty(info.weights);
  json["weights_note"] = text_or_empty(info.weights_note);
  json["weight_bytes"] = info.weight_bytes;
  json["state_bytes"] = info.state_bytes;
  json["tokenizer_size"] = tokenizer_size > 0 ? Json(tokenizer_size) : Json();
  json["fill_modes"] = modes_of(info);
  json["fill_mode"] = mode_name(info.fill_mode);
  json["fill_note"] = text_or_empty(info.fill_note);
  json["hash"] = hash.empty() ? Json() : Json(hash);
  json["threads"] = engine.n_threads;
  json["kernels"] = text_or_empty(engine.kernels);
  json["device"] = device_name(info.device);
  json["device_name"] = text_or_empty(engine.device_name);
  json["device_note"] = note_of(info, engine);
  return json;
}

std::string row(const char* name, const std::string& value) {
  std::array<char, 32> label;
  std::snprintf(label.data(), label.size(), "%-14s ", name);
  return label.data() + value + "\n";
}

std::string number(int32_t value) {
  return grouped(static_cast<uint64_t>(value));
}
std::string id_text(int32_t id) {
  return id < 0 ? "none" : std::to_string(id);
}

std::string to_table(const sw_model_info& info, const sw_engine_info& engine, int32_t tokenizer_size,
                     const std::string& hash) {
  std::string modes;
  for (const std::string& mode : modes_of(info)) modes += (modes.empty() ? "" : ", ") + mode;
  std::string out;
  out += row("name", text_or_empty(info.name));
  out += row("path", text_or_empty(info.path));
  out += row("layout", text_or_empty(info.layout));
  out += row("parameters", grouped(info.n_parameters));
  out += row("weights", readable_bytes(info.weight_bytes) + " (" + grouped(info.weight_bytes) + " bytes), " + text_or_empty(info.weights));
  if (!text_or_empty(info.weights_note).empty()) out += row("", info.weights_note);
  out += row("state", readable_bytes(info.state_bytes) + " (" + grouped(info.state_bytes) + " bytes, float32)");
  out += row("vocabulary", number(info.vocab_size) + (info.tied != 0 ? ", head tied to the embedding" : ", own head"));
  out += row("d_model", number(info.d_model));
  out += row("layers", number(info.n_layers));
  out += row("d_inner", number(info.d_inner) + " = " + number(info.n_heads) + " heads of " + number(info.head_dim));
  out += row("d_state", number(info.d_state));
  out += row("groups", number(info.n_groups));
  out += row("d_conv", number(info.d_conv));
  out += row("tokenizer", tokenizer_size > 0 ? number(tokenizer_size) + " pieces" : "none");
  out += row("begin, end id", id_text(info.bos_id) + ", " + id_text(info.eos_id));
  out += row("fill-in modes", modes.empty() ? "none" : modes + "; default " + mode_name(info.fill_mode));
  if (!text_or_empty(info.fill_note).empty()) out += row("", info.fill_note);
  if (!hash.empty()) out += row("hash", hash);
  out += row("threads", std::to_string(engine.n_threads));
  out += row("kernels", text_or_empty(engine.kernels));
  out += row("device", device_name(info.device) + (info.device == SW_DEVICE_CUDA ? std::string(": ") + engine.device_name : ""));
  if (!note_of(info, engine).empty()) out += row("", note_of(info, engine));
  return out;
}

Outcome hash_of(const sw_model* model, std::string& out) {
  Progress progress("hashing", Progress::Unit::bytes);
  const sw_run_options options = run_options(&progress);
  const char* hash = nullptr;
  SW_TRY(from_status(sw_model_hash(model, &options, &hash), kExitFailed));
  out = hash;
  return success();
}

Outcome run(const Flags& flags) {
  Engine engine;
  Model model;
  sw_model_info info;
  sw_engine_info engine_info = SW_ENGINE_INFO_INIT;
  SW_TRY(open_engine(flags.model.engine, engine));
  SW_TRY(open_model(engine.get(), flags.model, WantTokenizer::if_there, model));
  SW_TRY(get_info(model.get(), info));
  SW_TRY(from_status(sw_engine_get_info(engine.get(), &engine_info), kExitFailed));
  std::string hash;
  if (!flags.no_hash) SW_TRY(hash_of(model.get(), hash));
  const sw_tokenizer* tokenizer = sw_model_tokenizer(model.get());
  const int32_t tokenizer_size = tokenizer != nullptr ? sw_tokenizer_vocab_size(tokenizer) : 0;
  if (flags.json) return print_json(to_json(info, engine_info, tokenizer_size, hash));
  return print(visible(to_table(info, engine_info, tokenizer_size, hash)));
}

}  // namespace

void add_info(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("info", "What a model is: its config, size, state, fill-in modes and hash");
  app->add_option("MODEL", flags->model.path, "Folder of the checkpoint, or GGUF file; default: the embedded model")
      ->type_name("PATH");
  app->add_flag("--check", flags->model.check, "Read every weight first and refuse NaN and infinity");
  app->add_flag("--no-hash", flags->no_hash, "Do not read all weights for the hash");
  add_device_options(*app, flags->model);
  add_engine_options(*app, flags->model.engine);
  add_json_option(*app, flags->json);
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
