#include "tokenizer/encoder.h"

#include "tokenizer/utf8.h"

namespace sw {
namespace {

Status from_library(const sentencepiece::util::Status& status, const char* action) {
  if (status.ok()) return {};
  return error(Code::internal, "sentencepiece cannot %s: %s", action, status.error_message());
}

}  // namespace

Result<std::unique_ptr<const Encoder>> Encoder::create(const PieceModel& model, EncoderLimits limits) {
  std::unique_ptr<Encoder> encoder(new Encoder(model, limits));
  SW_TRY(from_library(encoder->library_.LoadFromSerializedProto(model.without_dummy_prefix()), "load the model"));
  return std::unique_ptr<const Encoder>(std::move(encoder));
}

Status Encoder::encode(std::string_view text, std::vector<TokenId>& ids) const {
  // The smallest safe parts, repeated ones from memory. Measured with a vocabulary of 32,768 against one call for the
  // whole text: 40 bytes even, 4 KB of C 5 times as fast, 3 MB of Python 27 times; 50 MB of C at 28 MB/s.
  Remembered remembered;
  while (!text.empty()) {
    const size_t n = part_length(text);
    SW_TRY(encode_part(text.substr(0, n), remembered, ids));
    text.remove_prefix(n);
  }
  return {};
}

// The bytes before the first safe cut.
size_t Encoder::part_length(std::string_view text) const {
  size_t n_bytes;
  char32_t left = next_code_point(text, n_bytes);
  size_t length = n_bytes;
  while (length < text.size() && length < limits_.stretch_bytes) {
    const char32_t right = next_code_point(text.substr(length), n_bytes);
    if (cuts_.safe(left, right)) break;
    left = right;
    length += n_bytes;
  }
  return length;
}

Status Encoder::encode_part(std::string_view part, Remembered& remembered, std::vector<TokenId>& ids) const {
  if (part.size() > limits_.remembered_bytes) return encode_whole(part, ids);
  if (remembered.size() >= limits_.n_remembered) remembered.clear();
  const auto [it, is_new] = remembered.try_emplace(part);
  Range& range = it->second;
  if (is_new) {
    range.begin = ids.size();
    SW_TRY(encode_whole(part, ids));
    range.size = ids.size() - range.begin;
    return {};
  }
  for (size_t i = 0; i < range.size; ++i) ids.push_back(ids[range.begin + i]);
  return {};
}

Status Encoder::encode_whole(std::string_view text, std::vector<TokenId>& ids) const {
  if (ids.empty()) return from_library(library_.Encode(text, &ids), "encode");
  std::vector<TokenId> more;
  SW_TRY(from_library(library_.Encode(text, &more), "encode"));
  ids.insert(ids.end(), more.begin(), more.end());
  return {};
}

}  // namespace sw
