// A text and its ids, kept up to date for the price of what was edited.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer.h"

namespace sw {

// Belongs to one thread at a time.
class TokenizedText {
 public:
  // at_start: the text is one from its start, as for Tokenizer::encode(); else it goes on from other text.
  TokenizedText(std::shared_ptr<const Tokenizer> tokenizer, bool at_start);

  // Now of `text`, valid UTF-8. The ids are those of encoding it as a whole; what is encoded is the part that differs from the text
  // before, out to the next places where a text may be cut. On error the text is empty.
  Status assign(std::string_view text);

  const std::string& text() const { return text_; }
  bool at_start() const { return at_start_; }
  const std::vector<TokenId>& ids() const { return ids_; }
  // The last place in [begin, offset) at which the text may be cut; `begin` when there is none.
  size_t last_cut(size_t begin, size_t offset) const;
  // The ids of the bytes [begin, end) encoded by themselves: as a text from its start if begin is 0 and this is one, else as one
  // that goes on.
  Result<std::vector<TokenId>> range(size_t begin, size_t end) const;
  // The same, as a text from its start or as one that goes on, wherever it begins.
  Result<std::vector<TokenId>> range_as(bool from_start, size_t begin, size_t end) const;

 private:
  bool has_dummy() const { return at_start_ && tokenizer_->add_dummy_prefix(); }
  Result<std::vector<TokenId>> encode(std::string_view text, bool from_start) const;
  Result<std::vector<TokenId>> range_from(size_t begin, size_t from, size_t end, bool from_start) const;
  bool measure(const std::vector<TokenId>& ids, size_t begin, size_t end, std::vector<size_t>& ends) const;
  Status assign_whole(std::string_view text);
  // The number of ids that end at or before a byte at which the text may be cut.
  size_t n_before(size_t offset) const;

  std::shared_ptr<const Tokenizer> tokenizer_;
  bool at_start_;
  std::string text_;
  std::vector<TokenId> ids_;
  std::vector<size_t> ends_;  // the byte at which each id ends
  bool measured_ = true;      // false when ids do not add up to the text's bytes: then every edit encodes all of it
};

}  // namespace sw
