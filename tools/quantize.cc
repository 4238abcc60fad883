// sidewinder quantize: a checkpoint with int8 or int4 matrices, made once.
#include "command.h"
#include "input.h"
#include "json_output.h"
#include "options.h"
#include "terminal.h"

namespace sw::tool {
namespace {

struct Flags {
  EngineFlags engine;
  std::string path;
  std::string to;
  std::string out;
  std::vector<std::string> calibrate;
  uint32_t calibration_tokens = 1024;
  bool json = false;
};

// Texts for the C API, which ends them at a NUL.
Outcome read_texts(const std::vector<std::string>& files, std::vector<std::string>& out) {
  for (const std::string& file : files) {
    SW_TRY(read_text(file, out.emplace_back()));
    const size_t nul = out.back().find('\0');
    if (nul != std::string::npos) {
      return bad_input(display_name(file) + ": a NUL at byte " + std::to_string(nul) + ": not a text to calibrate with");
    }
  }
  return success();
}

Outcome run(const Flags& flags) {
  Engine engine;
  SW_TRY(open_engine(flags.engine, engine));
  std::vector<std::string> texts;
  SW_TRY(read_texts(flags.calibrate, texts));
  std::vector<const char*> calibration;
  for (const std::string& text : texts) calibration.push_back(text.c_str());
  Progress progress(calibration.empty() ? "quantizing" : "calibrating and quantizing", Progress::Unit::bytes);
  sw_quantize_options options = SW_QUANTIZE_OPTIONS_INIT;
  options.run = run_options(&progress);
  options.calibration = calibration.data();
  options.n_calibration = calibration.size();
  options.calibration_tokens = flags.calibration_tokens;
  const sw_weights to = flags.to == "q8" ? SW_WEIGHTS_Q8 : SW_WEIGHTS_Q4;
  const sw_status status = sw_checkpoint_quantize(engine.get(), flags.path.c_str(), to, flags.out.c_str(), &options);
  progress.clear();
  const bool model = status == SW_E_NOT_FOUND || status == SW_E_FORMAT || status == SW_E_UNSUPPORTED;
  SW_TRY(from_status(status, model ? kExitNoModel : status == SW_E_ARGUMENT ? kExitUsage : kExitFailed));

  ModelFlags written;
  written.path = flags.out;
  Model opened;
  sw_model_info info;
  SW_TRY(open_model(engine.get(), written, WantTokenizer::if_there, opened));
  SW_TRY(get_info(opened.get(), info));
  if (flags.json) return print_json(Json{{"out", flags.out}, {"weights", info.weights}, {"weight_bytes", info.weight_bytes}});
  return print(flags.out + ": " + readable_bytes(info.weight_bytes) + ", " + info.weights + "\n");
}

}  // namespace

void add_quantize(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("quantize", "Write a checkpoint with its matrices as int8 or int4, for the CPU");
  app->add_option("MODEL", flags->path, "Folder of the checkpoint, or GGUF file")->required()->type_name("PATH");
  app->add_option("--to", flags->to, "q8: int8, q4: int4; one scale for 32 weights")->required()->check(CLI::IsMember({"q8", "q4"}));
  app->add_option("--out", flags->out, "Folder to write; it opens when it is complete")->required()->type_name("DIR");
  app->add_option("--calibrate", flags->calibrate,
                  "Texts of the kind that the model will see, read by it first: q4 then keeps exact what counts for them")
      ->type_name("FILE");
  app->add_option("--calibration-tokens", flags->calibration_tokens, "At most so many tokens of each")
      ->check(CLI::Range(1, 16384))
      ->capture_default_str();
  add_engine_options(*app, flags->engine);
  add_json_option(*app, flags->json);
  app->footer(
      "What was written is read again and compared with what it was made of. When it was interrupted, the same command goes on where it "
      "stopped.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
