#include "complete/typed_text.h"

#include <algorithm>
#include <limits>

namespace sw {

bool TypedText::goes_on(TokenId id) const {
  const std::string_view bytes = tokenizer_.bytes_of(id);
  const size_t n = std::min(bytes.size(), left_.size());
  return n > 0 && bytes.substr(0, n) == std::string_view(left_).substr(0, n);
}

std::span<const float> TypedText::hold(std::span<const float> logits) {
  held_.assign(logits.size(), -std::numeric_limits<float>::infinity());
  bool any = false;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (!goes_on(static_cast<TokenId>(i))) continue;
    held_[i] = logits[i];
    any = true;
  }
  return any ? std::span<const float>(held_) : std::span<const float>();
}

void TypedText::advance(TokenId id) { left_.erase(0, std::min(left_.size(), tokenizer_.bytes_of(id).size())); }

void NewText::append(std::string_view piece, std::string& out) {
  const size_t n = std::min(n_typed_, piece.size());
  n_typed_ -= n;
  out += piece.substr(n);
}

Status NewText::push(TokenId id, std::string& out) {
  std::string piece;
  SW_TRY(detokenizer_.push(id, piece));
  append(piece, out);
  return {};
}

void NewText::finish(std::string& out) {
  std::string piece;
  detokenizer_.finish(piece);
  append(piece, out);
}

}  // namespace sw
