// How a model fills in: a property of its training, said by sidewinder.json beside its weights, else inferred.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "loader/checkpoint.h"
#include "tokenizer/tokenizer.h"

namespace sw {

// Same numbers as SW_FILL_*.
enum class FillMode : int32_t { model_default = 0, spm = 1, psm = 2, instruct = 3, prefix = 4 };
const char* fill_mode_name(FillMode mode);  // "spm"

// One step of a prompt template: a control token, fixed text, documents of other files, or a part of the buffer.
struct TemplateItem {
  enum class Kind { control, text, context, prefix, suffix, instruction } kind = Kind::control;
  std::string text;            // control: its name; text: itself
  bool start_of_text = false;  // encode with the tokenizer's dummy prefix
};
using PromptTemplate = std::vector<TemplateItem>;

struct FillSettings {
  std::string name;                           // of the model
  FillMode mode = FillMode::prefix;           // the default
  std::map<FillMode, PromptTemplate> modes;   // all that can be asked for
  std::vector<FillMode> alternatives;         // modes that may stand in for another where they are cheaper to run
  std::vector<FillMode> healed{FillMode::prefix};  // modes whose prompts do not end inside a token (typed_text.h)
  std::string instruction;                    // of instruct: {path} {language} {prefix} {suffix} are filled in
  std::string document = "+++++ {path}\n";    // the header of each document of the context
  std::string note;                           // why this default
  size_t context_tokens = 32768;              // of documents of other files, unless asked otherwise
  size_t prefix_window_bytes = 6144;
  size_t suffix_window_bytes = 2048;

  uint32_t mode_bits() const;
  bool heals(FillMode asked) const;
};

// The name of a model that says none: its folder's.
std::string default_name(const Checkpoint& checkpoint);

// Reads checkpoint.settings_path, or infers from the tokenizer's control tokens. Errors name file and key.
Result<FillSettings> fill_settings(const Checkpoint& checkpoint, const Tokenizer& tokenizer);

}  // namespace sw
