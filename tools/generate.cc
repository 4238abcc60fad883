// sidewinder generate: tokens after a prompt, streamed as text.
#include <unistd.h>

#include <chrono>

#include "command.h"
#include "input.h"
#include "json_output.h"
#include "options.h"
#include "tokens.h"

namespace sw::tool {
namespace {

struct Flags {
  ModelFlags model;
  SamplingFlags sampling;
  std::string prompt;
  std::string prompt_file;
  std::string ids;
  bool has_prompt = false;
  bool no_bos = false;
  int max_tokens = 128;
  bool json = false;
  bool stats = false;
};

struct Result {
  std::vector<int32_t> ids;
  std::string text;
  std::string finish = "max_tokens";
  double prompt_ms = 0;
  double decode_ms = 0;
};

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Outcome prompt_text(const Flags& flags, std::string& text) {
  if (flags.has_prompt) {
    text = flags.prompt;
    return success();
  }
  if (flags.prompt_file.empty() && is_terminal(STDIN_FILENO)) {
    return usage_error("no prompt: give --prompt TEXT, --prompt-file FILE or --ids FILE, or pipe a text in");
  }
  return read_text(flags.prompt_file.empty() ? "-" : flags.prompt_file, text);
}

Outcome prompt_ids(const Flags& flags, const sw_tokenizer* tokenizer, const sw_model_info& info,
                   std::vector<int32_t>& ids) {
  if (!flags.ids.empty()) {
    SW_TRY(read_ids(flags.ids, ids));
    SW_TRY(check_ids(ids, info.vocab_size, display_name(flags.ids)));
  } else {
    if (tokenizer == nullptr) {
      return failure(kExitNoModel, SW_E_NOT_FOUND,
                     std::string(info.path) + ": no tokenizer beside the weights: give the prompt as --ids");
    }
    std::string text;
    SW_TRY(prompt_text(flags, text));
    const std::string where =
        flags.has_prompt ? "the prompt" : display_name(flags.prompt_file.empty() ? "-" : flags.prompt_file);
    SW_TRY(encode(tokenizer, text, SW_ENCODE_TEXT, where, ids));
    if (!flags.no_bos && info.bos_id >= 0) ids.insert(ids.begin(), info.bos_id);
  }
  if (ids.empty()) return bad_input("an empty prompt: there is nothing to go on from");
  return success();
}

Outcome run_prompt(sw_sequence* sequence, const std::vector<int32_t>& ids, Result& result) {
  const auto start = Clock::now();
  Progress progress("prompt", Progress::Unit::items);
  const sw_run_options options = run_options(&progress);
  SW_TRY(from_status(sw_sequence_append(sequence, ids.data(), ids.size(), &options, nullptr), kExitFailed));
  result.prompt_ms = ms_since(start);
  return success();
}

// Text as it comes: whole characters only; made harmless when a terminal shows it.
class TextStream {
 public:
  TextStream(const sw_tokenizer* tokenizer, bool shown)
      : tokenizer_(tokenizer), shown_(shown), to_terminal_(is_terminal(STDOUT_FILENO)) {}

  Outcome start() {
    if (tokenizer_ == nullptr) return success();
    sw_detokenizer* raw = nullptr;
    const sw_status status = sw_detokenizer_create(tokenizer_, 0, &raw);
    stream_.reset(raw);
    return from_status(status, kExitFailed);
  }

  // -1 ends the text.
  Outcome push(int32_t id, std::string& text) {
    if (stream_ == nullptr) return success();
    const char* piece = nullptr;
    size_t length = 0;
    // Rows of the embedding beyond the tokenizer's pieces stand for no text.
    if (id >= sw_tokenizer_vocab_size(tokenizer_)) return success();
    SW_TRY(from_status(sw_detokenizer_push(stream_.get(), id, &piece, &length), kExitFailed));
    text.append(piece, length);
    if (!shown_ || length == 0) return success();
    SW_TRY(print(to_terminal_ ? visible({piece, length}) : std::string(piece, length)));
    return flush_output();
  }

 private:
  const sw_tokenizer* tokenizer_;
  const bool shown_;
  const bool to_terminal_;
  Detokenizer stream_;
};

Outcome run_tokens(sw_sequence* sequence, const Flags& flags, int32_t eos_id, TextStream& stream, Result& result) {
  const sw_sampling_options sampling = to_sampling(flags.sampling);
  const sw_run_options options = run_options(nullptr);
  const auto start = Clock::now();
  for (int i = 0; i < flags.max_tokens; ++i) {
    int32_t id = 0;
    SW_TRY(from_status(sw_sequence_sample(sequence, &sampling, &id), kExitFailed));
    result.ids.push_back(id);
    if (id == eos_id) {
      result.finish = "eos";
      break;
    }
    SW_TRY(stream.push(id, result.text));
    if (i + 1 == flags.max_tokens) break;  // nobody asks for what follows the last one
    SW_TRY(from_status(sw_sequence_append(sequence, &id, 1, &options, nullptr), kExitFailed));
  }
  SW_TRY(stream.push(-1, result.text));
  result.decode_ms = ms_since(start);
  return success();
}

double tokens_per_second(const Result& result) {
  return result.decode_ms > 0 ? static_cast<double>(result.ids.size()) * 1000 / result.decode_ms : 0.0;
}

Outcome print_result(const Flags& flags, const sw_model_info& info, bool has_text, size_t n_prompt,
                     const Result& result) {
  if (flags.json) {
    Json json;
    json["model"] = info.name;
    json["prompt_tokens"] = n_prompt;
    json["ids"] = result.ids;
    json["text"] = has_text ? Json(result.text) : Json();
    json["finish"] = result.finish;
    json["tokens_per_second"] = tokens_per_second(result);
    json["timing_ms"] = {{"prompt", result.prompt_ms}, {"decode", result.decode_ms}};
    return print_json(json);
  }
  if (has_text) {
    SW_TRY(print("\n"));
  } else {
    SW_TRY(print_json(result.ids));
  }
  if (!flags.stats) return success();
  char line[160];
  std::snprintf(line, sizeof(line), "prompt %zu tokens in %.0f ms; %zu tokens in %.0f ms, %.1f tokens/s; %s", n_prompt,
                result.prompt_ms, result.ids.size(), result.decode_ms, tokens_per_second(result),
                result.finish.c_str());
  print_note(line);
  return success();
}

Outcome run(const Flags& flags) {
  Engine engine;
  Model model;
  sw_model_info info;
  SW_TRY(open_engine(flags.model.engine, engine));
  SW_TRY(open_model(engine.get(), flags.model, WantTokenizer::if_there, model));
  SW_TRY(get_info(model.get(), info));
  const sw_tokenizer* tokenizer = sw_model_tokenizer(model.get());
  std::vector<int32_t> ids;
  SW_TRY(prompt_ids(flags, tokenizer, info, ids));

  sw_sequence* raw = nullptr;
  SW_TRY(from_status(sw_sequence_create(model.get(), &raw), kExitFailed));
  const Sequence sequence(raw);
  Result result;
  SW_TRY(run_prompt(sequence.get(), ids, result));
  TextStream stream(tokenizer, !flags.json);
  SW_TRY(stream.start());
  const Outcome outcome = run_tokens(sequence.get(), flags, info.eos_id, stream, result);
  if (!outcome.ok()) {
    if (!flags.json && !result.text.empty()) SW_TRY(print("\n"));  // the text so far stands on its own line
    return outcome;
  }
  return print_result(flags, info, tokenizer != nullptr, ids.size(), result);
}

}  // namespace

void add_generate(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("generate", "Go on from a prompt, left to right, and print the text as it comes");
  CLI::Option* prompt = app->add_option("--prompt", flags->prompt, "The prompt")->type_name("TEXT");
  CLI::Option* file = app->add_option("--prompt-file", flags->prompt_file, "File with the prompt; - for standard input")
                          ->type_name("FILE")
                          ->excludes(prompt);
  app->add_option("--ids", flags->ids, "The prompt as a JSON list of token ids; - for standard input; no id is added")
      ->type_name("FILE")
      ->excludes(prompt)
      ->excludes(file);
  app->add_option("--max-tokens", flags->max_tokens, "Stop after this many tokens")
      ->check(CLI::Range(1, 1 << 30))
      ->type_name("N")
      ->capture_default_str();
  app->add_flag("--no-bos", flags->no_bos, "Do not put the begin-of-text token before a text prompt");
  add_sampling_options(*app, flags->sampling);
  add_model_options(*app, flags->model);
  app->add_flag("--stats", flags->stats, "Say on standard error how long it took");
  add_json_option(*app, flags->json);
  app->footer(
      "Without a prompt option the prompt is standard input. It ends at the model's end-of-text token.\n"
      "A model without a tokenizer takes --ids and prints the ids.");
  commands.push_back({app, [flags, prompt] {
                        flags->has_prompt = prompt->count() > 0;
                        return run(*flags);
                      }});
}

}  // namespace sw::tool
