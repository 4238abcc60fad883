// From a place in a text to the tokens that the model reads.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "complete/fill_settings.h"
#include "tokenizer/tokenized_text.h"
#include "tokenizer/tokenizer.h"

namespace sw {

// What the model gets to see of a text around the cursor. Bytes of the text.
struct Windows {
  size_t prefix_begin = 0;
  size_t cursor = 0;
  size_t suffix_end = 0;
};

// Windows that begin and end at line ends and jump rather than slide: while one types, their far ends stay where they are, so
// that the prompt stays a pure append. The prefix has 0.75 to 1.25 times `prefix_bytes`, if there is that much; a line longer than the
// difference is cut between characters.
Windows place_windows(std::string_view text, size_t cursor, size_t prefix_bytes, size_t suffix_bytes);

// The parts of a prompt, copied from the text.
struct PromptParts {
  std::string path;
  std::string language;
  std::string prefix;
  std::string suffix;
};

struct Prompt {
  std::vector<TokenId> ids;
  // Lengths after which a state is worth keeping: the end of each part and the start of the cursor's line. Ascending.
  std::vector<size_t> marks;
  // One of them: the length up to which typing at the cursor leaves the prompt as it is; 0 when the template does not end in the prefix.
  size_t stable = 0;
  // The text that the prompt is cut from, where the template lets it go on after the cursor: what prompts at later places begin
  // with. Else the prompt itself.
  std::vector<TokenId> text;
};

// `window` is the buffer's: the parts are encoded in it, for the price of what changed. May be null; made when it is needed.
Result<Prompt> build_prompt(const FillSettings& settings, FillMode mode, const std::shared_ptr<const Tokenizer>& tokenizer,
                            const PromptParts& parts, std::unique_ptr<TokenizedText>& window);

// The code in an instruct model's reply: what stands in its first code block, or all of it without one.
std::string code_of_reply(std::string_view reply);

}  // namespace sw
