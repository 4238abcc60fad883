// sidewinder detokenize: a JSON list of ids on standard input to text.
#include "command.h"
#include "input.h"
#include "json_output.h"
#include "options.h"
#include "tokens.h"

namespace sw::tool {
namespace {

struct Flags {
  TokenizerFlags tokenizer;
  bool no_dummy_prefix = false;
  bool json = false;
};

Outcome run(const Flags& flags) {
  TokenizerSource source;
  SW_TRY(open_tokenizer(flags.tokenizer, source));
  std::vector<int32_t> ids;
  SW_TRY(read_ids("-", ids));
  SW_TRY(check_ids(ids, sw_tokenizer_vocab_size(source.tokenizer), "standard input"));
  std::string text;
  const auto how = flags.no_dummy_prefix ? decode_continuation : decode;
  SW_TRY(how(source.tokenizer, ids, "standard input", text));
  if (!flags.json) return print(text);
  Json result;
  result["text"] = text;
  return print_json(result);
}

}  // namespace

void add_detokenize(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("detokenize", "A JSON list of token ids on standard input to text");
  add_tokenizer_options(*app, flags->tokenizer);
  app->add_flag("--no-dummy-prefix", flags->no_dummy_prefix,
                "The ids go on from other text: the space before the first piece stays");
  add_json_option(*app, flags->json);
  app->footer(
      "Control tokens vanish; bytes that are not UTF-8 become U+FFFD. Nothing is added to the text, no line feed "
      "either.\nWith --json: {\"text\": ...}.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
