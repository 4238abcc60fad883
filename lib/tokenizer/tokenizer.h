// Text <-> token ids over a SentencePiece model read from a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace sw {

using TokenId = int32_t;

// A stretch of text that has no exact place to cut in this many bytes (a quarter of a million equal signs, say) is cut
// there, counted from the start of the stretch: memory stays bounded, and only then can ids differ from the library's.
inline constexpr size_t kStretchBytesMax = size_t{256} << 10;

class Tokenizer {
 public:
  // Errors name the path: not_found, io, format (not a SentencePiece model, or not one that keeps code as it is),
  // unsupported (a sound model that is not BPE, or has pieces that join a newline with what follows).
  static Result<std::shared_ptr<const Tokenizer>> open(const std::string& path);
  // The same from a file's bytes, which are not kept; `path` is what errors and path() call it.
  static Result<std::shared_ptr<const Tokenizer>> from_bytes(std::string_view file, const std::string& path);
  ~Tokenizer();

  // Encodes a text from its start: the model's dummy prefix (one leading space mark), if it has one, is added.
  // Control tokens are never produced from text. Text must be valid UTF-8; errors say the byte offset. NUL is text.
  // A literal U+2581 in the text is the same as a space: it comes back as one.
  Result<std::vector<TokenId>> encode(std::string_view text) const;
  // Encodes text that continues other text: no dummy prefix. For every A that is not empty and has
  // can_cut(A + B, A.size()), encode(A) ++ encode_continuation(B) = encode(A + B); so it is when A ends in a newline.
  Result<std::vector<TokenId>> encode_continuation(std::string_view text) const;
  // True when `text` may be cut at byte `offset` without changing an id. Always so after a newline.
  bool can_cut(std::string_view text, size_t offset) const;
  // Ids to text as SentencePiece decodes them: control tokens vanish, the unknown token is what the model says (" ⁇ "),
  // one leading space of the first text piece is dropped if the model adds one, bytes outside UTF-8 become U+FFFD.
  // Ids outside the vocabulary are an argument error that names the index.
  Result<std::string> decode(const std::vector<TokenId>& ids) const;

  // The bytes that token `id` stands for in the middle of a text: control and unknown tokens give "". id is in range.
  std::string_view bytes_of(TokenId id) const;
  bool is_control(TokenId id) const;  // control or unknown: never text

  int vocab_size() const;
  std::optional<TokenId> control_id(std::string_view name) const;  // "[PREFIX]", "</s>", ...
  std::string_view piece(TokenId id) const;                        // the vocabulary's spelling
  TokenId bos_id() const;                                          // -1 when the model has none
  TokenId eos_id() const;
  TokenId unk_id() const;
  bool add_dummy_prefix() const;
  const std::string& path() const;
  // XXH3-128 of the file, 32 hex digits.
  const std::string& hash() const;

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Turns a stream of ids into text that is always whole UTF-8 characters: incomplete sequences are held back, invalid
// ones become U+FFFD; control and unknown tokens give nothing and end a character. What comes out, joined, is what
// decode() gives for the same ids, but for the unknown token. No leading space is dropped (the ids continue other text)
// unless at_text_start.
class Detokenizer {
 public:
  explicit Detokenizer(std::shared_ptr<const Tokenizer> tokenizer, bool at_text_start = false);
  // Appends what `id` completes to `out`. An id outside the vocabulary is an argument error.
  Status push(TokenId id, std::string& out);
  // The stream is over: whatever is held back becomes U+FFFD.
  void finish(std::string& out);
  // True when no bytes are held back.
  bool whole() const { return held_.empty(); }

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::string held_;  // at most 3 bytes of an incomplete character
  bool drop_space_;
};

// The byte offset of the first ill-formed UTF-8 sequence, or nothing.
std::optional<size_t> first_invalid_utf8(std::string_view text);

}  // namespace sw
