// From a place in a text to the tokens that the model reads.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "complete/fill_settings.h"
#include "complete/prompt_context.h"
#include "tokenizer/tokenized_text.h"
#include "tokenizer/tokenizer.h"

namespace sw {

// The parts of a prompt, copied from the text.
struct PromptParts {
  std::string path;
  std::string language;
  std::string prefix;
  std::string suffix;
  // The prefix's first bytes and the suffix's last ones, which are far from the cursor: see Far.
  size_t head_size = 0;
  size_t tail_size = 0;
  std::shared_ptr<const PromptContext> context;  // null: none

  friend bool operator==(const PromptParts&, const PromptParts&) = default;
};

// Where a prompt shows what is far from the cursor.
enum class Far { in_windows, as_documents, nowhere };  // the documents stand after the context

// What a run of a prompt's tokens is, for those who want to look.
struct PromptPart {
  enum class Kind : int32_t { control = 1, text, context, head, tail, suffix, prefix, instruction } kind = Kind::control;
  std::string name;  // a control token's, a document's path
  std::string why;   // a document was chosen
  size_t n_bytes = 0;
  size_t n_tokens = 0;
};

struct Prompt {
  std::vector<TokenId> ids;
  // Lengths after which a state is worth keeping: the end of each part and the start of the cursor's line. Ascending.
  std::vector<size_t> marks;
  // One of them: the length up to which typing at the cursor leaves the prompt as it is; 0 when the template does not end in the prefix.
  size_t stable = 0;
  // The text that the prompt is cut from, where the template lets it go on after the cursor: what prompts at later places begin
  // with. Else empty: the prompt itself is.
  std::vector<TokenId> text;
  // What stands before the cursor and behind the prompt's end, for generation to go over first (typed_text.h). "" unless healed.
  std::string typed;
  std::vector<PromptPart> parts;  // in order; their tokens add up to ids
};

// True when the mode's prompt can show head and tail by themselves: it shows a prefix, a suffix and documents.
bool can_split(const FillSettings& settings, FillMode mode);

// `window` is the buffer's: the parts are encoded in it, for the price of what changed. May be null; made when it is needed.
// heal: the prefix ends at the last place where a text may be cut, wherever the cursor is behind that.
Result<Prompt> build_prompt(const FillSettings& settings, FillMode mode, bool heal, const std::shared_ptr<const Tokenizer>& tokenizer,
                            const PromptParts& parts, Far far, std::unique_ptr<TokenizedText>& window);

// The code in an instruct model's reply: what stands in its first code block, or all of it without one.
std::string code_of_reply(std::string_view reply);

}  // namespace sw
