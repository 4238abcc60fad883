// sidewinder state: the recurrent state after the last token, as .npy.
#include "command.h"
#include "input.h"
#include "json_output.h"
#include "npy.h"
#include "options.h"

namespace sw::tool {
namespace {

struct Flags {
  ModelFlags model;
  std::string ids;
  std::string out;
  std::string conv_out;
  bool json = false;
};

using Shape = std::vector<uint64_t>;

size_t n_values(const Shape& shape) {
  size_t n = 1;
  for (uint64_t size : shape) n *= size;
  return n;
}

Outcome write_npy(const std::string& path, const Shape& shape, const std::vector<float>& values) {
  NpyWriter npy;
  SW_TRY(npy.open(path, shape));
  SW_TRY(npy.append(values.data(), values.size()));
  return npy.finish();
}

Outcome run_ids(sw_sequence* sequence, const std::vector<int32_t>& ids) {
  if (ids.empty()) return success();  // the state before any token: zero
  Progress progress("running", Progress::Unit::items);
  const sw_run_options options = run_options(&progress);
  return from_status(sw_sequence_append(sequence, ids.data(), ids.size(), &options, nullptr), kExitFailed);
}

Outcome run(const Flags& flags) {
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
  SW_TRY(run_ids(sequence.get(), ids));

  const auto size = [](int32_t value) { return static_cast<uint64_t>(value); };
  const Shape ssm_shape = {size(info.n_layers), size(info.n_heads), size(info.head_dim), size(info.d_state)};
  const uint64_t d_conv_in = size(info.d_inner) + 2 * size(info.n_groups) * size(info.d_state);
  const Shape conv_shape = {size(info.n_layers), size(info.d_conv) - 1, d_conv_in};
  std::vector<float> ssm(n_values(ssm_shape));
  std::vector<float> conv(flags.conv_out.empty() ? 0 : n_values(conv_shape));
  SW_TRY(from_status(
      sw_sequence_state(sequence.get(), ssm.data(), ssm.size(), conv.empty() ? nullptr : conv.data(), conv.size()),
      kExitFailed));
  SW_TRY(write_npy(flags.out, ssm_shape, ssm));
  if (!flags.conv_out.empty()) SW_TRY(write_npy(flags.conv_out, conv_shape, conv));
  if (!flags.json) return success();
  Json result;
  result["out"] = flags.out;
  result["shape"] = ssm_shape;
  if (!flags.conv_out.empty()) {
    result["conv_out"] = flags.conv_out;
    result["conv_shape"] = conv_shape;
  }
  result["dtype"] = "float32";
  result["model"] = info.name;
  result["n_tokens"] = ids.size();
  return print_json(result);
}

}  // namespace

void add_state(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand(
      "state", "Write the state after the last token: float32 [n_layers, n_heads, head_dim, d_state], .npy");
  app->add_option("--ids", flags->ids, "JSON list of token ids, or an object with \"ids\"; - for standard input")
      ->required()
      ->type_name("FILE");
  app->add_option("--out", flags->out, "The .npy file to write; it appears whole or not at all")
      ->required()
      ->type_name("FILE");
  app->add_option("--conv-out", flags->conv_out,
                  "Also write the convolution's state: float32 [n_layers, d_conv - 1, d_inner + 2 n_groups d_state]")
      ->type_name("FILE");
  add_model_options(*app, flags->model);
  add_json_option(*app, flags->json);
  app->footer("No tokenizer is needed in the folder of the model. Without any id the state is zero.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
