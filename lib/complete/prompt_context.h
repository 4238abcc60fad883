// What the model reads of other files before the text around the cursor: R in `R S P`.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "context/document_header.h"
#include "context/repo_context.h"
#include "tokenizer/tokenizer.h"

namespace sw {

struct ContextDocument {
  std::string path;
  std::string text;  // as it stands in the prompt: a header line, then whole lines
  std::shared_ptr<const std::vector<TokenId>> ids;  // of the text, as one that goes on
  std::string why;   // it was chosen, in words; may be empty
};

// Immutable; shared by all buffers that show the same.
struct PromptContext {
  std::vector<ContextDocument> documents;  // what changes least first
  size_t n_stable = 0;                     // of the documents: those that are likely to stay when the others change
};

// A document of the piece `text`: header, text, and a line end where it has none. `same` may be null; when it is the same document, its
// ids are taken.
Result<ContextDocument> make_document(const Tokenizer& tokenizer, const std::string& document_template, std::string_view path,
                                      std::string_view text, const ContextDocument* same);

// The parts of `repo` as they are.
std::shared_ptr<const PromptContext> prompt_context(const RepoContext& repo);

}  // namespace sw
