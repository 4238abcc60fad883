// From a place in a text to the tokens that the model reads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "complete/fill_settings.h"
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
};

Result<Prompt> build_prompt(const FillSettings& settings, FillMode mode, const Tokenizer& tokenizer, const PromptParts& parts);

// The code in an instruct model's reply: what stands in its first code block, or all of it without one.
std::string code_of_reply(std::string_view reply);

}  // namespace sw
