// Token healing: a prompt that may not end inside a token ends before it, and what was typed there holds the first tokens.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer.h"

namespace sw {

// The text between the prompt's end and the cursor, as generation goes over it.
class TypedText {
 public:
  TypedText(const Tokenizer& tokenizer, std::string_view text) : tokenizer_(tokenizer), left_(text) {}

  bool is_over() const { return left_.empty(); }
  // The logits (vocab_size) with -infinity for every token that does not go on with the text, valid until the next call. Empty when
  // none does.
  std::span<const float> hold(std::span<const float> logits);
  // `id`, one of those that were let through, comes next.
  void advance(TokenId id);

 private:
  bool goes_on(TokenId id) const;

  const Tokenizer& tokenizer_;
  std::string left_;
  std::vector<float> held_;
};

// The text of generated tokens, without what was typed before: only what is new.
class NewText {
 public:
  NewText(std::shared_ptr<const Tokenizer> tokenizer, size_t n_typed) : detokenizer_(std::move(tokenizer)), n_typed_(n_typed) {}

  Status push(TokenId id, std::string& out);
  void finish(std::string& out);

 private:
  void append(std::string_view piece, std::string& out);

  Detokenizer detokenizer_;
  size_t n_typed_;  // bytes of it still to come
};

}  // namespace sw
