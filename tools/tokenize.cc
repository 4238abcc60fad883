// sidewinder tokenize: text on standard input to a JSON list of ids.
#include <nlohmann/json.hpp>

#include "command.h"
#include "input.h"
#include "json_output.h"
#include "options.h"
#include "tokens.h"

namespace sw::tool {
namespace {

struct Flags {
  TokenizerFlags tokenizer;
  bool fim = false;
  int64_t fim_at = -1;
  bool no_dummy_prefix = false;
  bool bos = false;
  bool json = false;
};

struct Hole {
  std::string prefix;
  std::string suffix;
};

Outcome string_field(const nlohmann::json& document, const char* key, std::string& out) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_string()) {
    return bad_input(std::string("standard input: --fim wants a JSON object with the strings \"prefix\" and "
                                 "\"suffix\"; there is no string \"") +
                     key + "\"");
  }
  out = found->get<std::string>();
  return success();
}

Outcome parse_hole(const std::string& text, Hole& out) {
  nlohmann::json document;
  try {
    document = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return bad_input("standard input: --fim wants a JSON object with \"prefix\" and \"suffix\"; not JSON at byte " +
                     std::to_string(error.byte == 0 ? 0 : error.byte - 1));
  }
  SW_TRY(string_field(document, "prefix", out.prefix));
  return string_field(document, "suffix", out.suffix);
}

Outcome split_text(const std::string& text, int64_t at, Hole& out) {
  const auto offset = static_cast<size_t>(at);
  if (offset > text.size()) {
    return bad_input("--fim-at " + std::to_string(at) + " is beyond the end of the text, which is " +
                     std::to_string(text.size()) + " bytes");
  }
  const bool inside = offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xc0) == 0x80;
  if (inside) return bad_input("--fim-at " + std::to_string(at) + " is inside a character");
  out.prefix = text.substr(0, offset);
  out.suffix = text.substr(offset);
  return success();
}

// [BOS] [SUFFIX] suffix [PREFIX] prefix: the suffix as a continuation, the prefix as a text.
Outcome encode_hole(const sw_tokenizer* tokenizer, const Hole& hole, std::vector<int32_t>& ids) {
  int32_t bos = 0, suffix_id = 0, prefix_id = 0;
  SW_TRY(control_id(tokenizer, "<s>", bos));
  SW_TRY(control_id(tokenizer, "[SUFFIX]", suffix_id));
  SW_TRY(control_id(tokenizer, "[PREFIX]", prefix_id));
  std::vector<int32_t> suffix, prefix;
  SW_TRY(encode(tokenizer, hole.suffix, SW_ENCODE_CONTINUATION, "the suffix", suffix));
  SW_TRY(encode(tokenizer, hole.prefix, SW_ENCODE_TEXT, "the prefix", prefix));
  ids = {bos, suffix_id};
  ids.insert(ids.end(), suffix.begin(), suffix.end());
  ids.push_back(prefix_id);
  ids.insert(ids.end(), prefix.begin(), prefix.end());
  return success();
}

Outcome run(const Flags& flags) {
  TokenizerSource source;
  SW_TRY(open_tokenizer(flags.tokenizer, source));
  std::string text;
  SW_TRY(read_text("-", text));
  std::vector<int32_t> ids;
  if (flags.fim || flags.fim_at >= 0) {
    Hole hole;
    SW_TRY(flags.fim_at >= 0 ? split_text(text, flags.fim_at, hole) : parse_hole(text, hole));
    SW_TRY(encode_hole(source.tokenizer, hole, ids));
    return print_json(ids);
  }
  const uint32_t how = flags.no_dummy_prefix ? SW_ENCODE_CONTINUATION : SW_ENCODE_TEXT;
  SW_TRY(encode(source.tokenizer, text, how, "standard input", ids));
  if (flags.bos) {
    int32_t bos = 0;
    SW_TRY(control_id(source.tokenizer, "<s>", bos));
    ids.insert(ids.begin(), bos);
  }
  return print_json(ids);
}

}  // namespace

void add_tokenize(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("tokenize", "Text on standard input to a JSON list of token ids");
  add_tokenizer_options(*app, flags->tokenizer);
  CLI::Option* continuation = app->add_flag("--no-dummy-prefix", flags->no_dummy_prefix,
                                            "The text goes on from other text: no space mark is put before it");
  CLI::Option* bos = app->add_flag("--bos", flags->bos, "Put the begin-of-text id first");
  CLI::Option* fim = app->add_flag("--fim", flags->fim,
                                   "Standard input is JSON {\"prefix\": ..., \"suffix\": ...}; gives "
                                   "[BOS] [SUFFIX] suffix [PREFIX] prefix");
  fim->excludes(continuation)->excludes(bos);
  app->add_option("--fim-at", flags->fim_at, "As --fim, for a plain text on standard input that is split at this byte")
      ->check(CLI::NonNegativeNumber)
      ->type_name("BYTE")
      ->excludes(continuation)
      ->excludes(bos);
  add_json_option(*app, flags->json);
  app->footer(
      "The text is taken byte for byte: a line feed at its end is part of it. Control tokens never come from text.\n"
      "The output is a JSON list with and without --json, which then also makes errors JSON.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
