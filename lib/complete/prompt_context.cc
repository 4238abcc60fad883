#include "complete/prompt_context.h"

namespace sw {

Result<ContextDocument> make_document(const Tokenizer& tokenizer, const std::string& document_template, std::string_view path,
                                      std::string_view text, const ContextDocument* same) {
  ContextDocument document;
  document.path = path;
  document.text = document_header(document_template, path);
  document.text += text;
  if (!document.text.empty() && document.text.back() != '\n') document.text += '\n';
  if (same != nullptr && same->text == document.text) {
    document.ids = same->ids;
    return document;
  }
  SW_ASSIGN(auto ids, tokenizer.encode_continuation(document.text));
  document.ids = std::make_shared<const std::vector<TokenId>>(std::move(ids));
  return document;
}

std::shared_ptr<const PromptContext> prompt_context(const RepoContext& repo) {
  auto context = std::make_shared<PromptContext>();
  context->n_stable = repo.n_stable;
  for (const ContextPart& part : repo.parts) {
    const std::string kind = name_of(part.kind);
    context->documents.push_back({part.path, part.text, part.ids, part.why.empty() ? kind : kind + ": " + part.why});
  }
  return context;
}

}  // namespace sw
