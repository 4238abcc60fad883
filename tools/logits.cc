// sidewinder logits: the logits after every token, as .npy.
#include <algorithm>
#include <chrono>

#include "command.h"
#include "input.h"
#include "json_output.h"
#include "npy.h"
#include "options.h"

namespace sw::tool {
namespace {

// Rows are made and written in blocks of about this size, so that memory does not grow with the prompt.
constexpr size_t kBlockBytes = size_t{32} << 20;

struct Flags {
  ModelFlags model;
  std::string ids;
  std::string out;
  bool json = false;
};

Outcome write_rows(sw_sequence* sequence, const std::vector<int32_t>& ids, size_t vocab_size, NpyWriter& npy) {
  Progress progress("logits", Progress::Unit::items);
  const size_t block = std::clamp<size_t>(kBlockBytes / (vocab_size * sizeof(float)), 1, 512);
  std::vector<float> rows(std::min(block, ids.size()) * vocab_size);
  const sw_run_options options = run_options(nullptr);
  for (size_t begin = 0; begin < ids.size(); begin += block) {
    const size_t n = std::min(block, ids.size() - begin);
    SW_TRY(from_status(sw_sequence_append(sequence, ids.data() + begin, n, &options, rows.data()), kExitFailed));
    SW_TRY(npy.append(rows.data(), n * vocab_size));
    progress.update(begin + n, ids.size());
  }
  return success();
}

Outcome run(const Flags& flags) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<int32_t> ids;
  SW_TRY(read_ids(flags.ids, ids));
  Engine engine;
  Model model;
  sw_model_info info;
  SW_TRY(open_engine(flags.model.engine, engine));
  SW_TRY(open_model(engine.get(), flags.model, WantTokenizer::no, model));
  SW_TRY(get_info(model.get(), info));
  SW_TRY(check_ids(ids, info.vocab_size, display_name(flags.ids)));

  sw_sequence* raw = nullptr;
  SW_TRY(from_status(sw_sequence_create(model.get(), &raw), kExitFailed));
  const Sequence sequence(raw);
  const auto vocab_size = static_cast<size_t>(info.vocab_size);
  NpyWriter npy;
  SW_TRY(npy.open(flags.out, {ids.size(), vocab_size}));
  SW_TRY(write_rows(sequence.get(), ids, vocab_size, npy));
  SW_TRY(npy.finish());
  if (!flags.json) return success();
  Json result;
  result["out"] = flags.out;
  result["shape"] = {ids.size(), vocab_size};
  result["dtype"] = "float32";
  result["model"] = info.name;
  result["total_ms"] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return print_json(result);
}

}  // namespace

void add_logits(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("logits", "Write the logits after every token: float32 [n_tokens, vocab], .npy");
  app->add_option("--ids", flags->ids, "JSON list of token ids, or an object with \"ids\"; - for standard input")
      ->required()
      ->type_name("FILE");
  app->add_option("--out", flags->out, "The .npy file to write; it appears whole or not at all")
      ->required()
      ->type_name("FILE");
  add_model_options(*app, flags->model);
  add_json_option(*app, flags->json);
  app->footer("No tokenizer is needed in the folder of the model.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
