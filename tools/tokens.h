// Text to ids and back, and where a command finds its tokenizer.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "handles.h"
#include "outcome.h"

namespace sw::tool {

Outcome encode(const sw_tokenizer* tokenizer, std::string_view text, uint32_t flags, const std::string& where,
               std::vector<int32_t>& out);
Outcome decode(const sw_tokenizer* tokenizer, const std::vector<int32_t>& ids, const std::string& where,
               std::string& out);
// As text that goes on from other text: no leading space is dropped.
Outcome decode_continuation(const sw_tokenizer* tokenizer, const std::vector<int32_t>& ids, const std::string& where,
                            std::string& out);
Outcome control_id(const sw_tokenizer* tokenizer, const char* name, int32_t& out);

// --model DIR, --tokenizer FILE, or the embedded model's.
struct TokenizerFlags {
  std::string model;
  std::string file;
};
void add_tokenizer_options(CLI::App& app, TokenizerFlags& flags);

// The tokenizer with what keeps it alive.
struct TokenizerSource {
  Engine engine;
  Model model;
  OwnedTokenizer own;
  const sw_tokenizer* tokenizer = nullptr;
};
Outcome open_tokenizer(const TokenizerFlags& flags, TokenizerSource& out);

}  // namespace sw::tool
