#include <utility>

#include "tokenizer/piece_model.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/utf8.h"

namespace sw {

Detokenizer::Detokenizer(std::shared_ptr<const Tokenizer> tokenizer, bool at_text_start)
    : tokenizer_(std::move(tokenizer)), drop_space_(at_text_start && tokenizer_->add_dummy_prefix()) {}

Status Detokenizer::push(TokenId id, std::string& out) {
  if (id < 0 || id >= tokenizer_->vocab_size()) {
    return error(Code::argument, "token %d is outside the vocabulary of %d", id, tokenizer_->vocab_size());
  }
  if (tokenizer_->is_control(id)) {
    finish(out);  // no character spans a token that is not text
    return {};
  }
  std::string_view bytes = tokenizer_->bytes_of(id);
  if (drop_space_ && tokenizer_->piece(id).starts_with(kSpaceMark)) bytes.remove_prefix(1);
  drop_space_ = false;
  append_characters(bytes, held_, out);
  return {};
}

void Detokenizer::finish(std::string& out) {
  flush_characters(held_, out);
}

}  // namespace sw
