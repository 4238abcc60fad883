// Text to ids without a dummy prefix: the library does the merging, this keeps it fast and its memory bounded.
#pragma once

#include <sentencepiece_processor.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "tokenizer/piece_model.h"
#include "tokenizer/safe_cuts.h"
#include "tokenizer/tokenizer.h"

namespace sw {

// Not a tuning surface: tests make the limits small to reach every path.
struct EncoderLimits {
  // A stretch without any safe cut is cut here all the same, counted from where the stretch starts: the library needs
  // up to 200 bytes for each byte of a text.
  size_t stretch_bytes = kStretchBytesMax;
  // Longer parts seldom come again and are not remembered.
  size_t remembered_bytes = 64;
  // Parts remembered at once, within one call.
  size_t n_remembered = size_t{1} << 17;
};

class Encoder {
 public:
  // `model` has been checked by PieceModel::parse.
  static Result<std::unique_ptr<const Encoder>> create(const PieceModel& model, EncoderLimits limits = {});

  // `text` is well-formed UTF-8. Appends to `ids`. Safe from many threads at once.
  Status encode(std::string_view text, std::vector<TokenId>& ids) const;

  const SafeCuts& cuts() const { return cuts_; }

 private:
  Encoder(const PieceModel& model, EncoderLimits limits) : limits_(limits), cuts_(model.pieces) {}

  struct Range {
    size_t begin, size;
  };
  // The parts met in one call, as views into its text, and where their ids lie in its output.
  using Remembered = std::unordered_map<std::string_view, Range>;

  size_t part_length(std::string_view text) const;
  Status encode_part(std::string_view part, Remembered& remembered, std::vector<TokenId>& ids) const;
  Status encode_whole(std::string_view text, std::vector<TokenId>& ids) const;

  const EncoderLimits limits_;
  const SafeCuts cuts_;
  sentencepiece::SentencePieceProcessor library_;
};

}  // namespace sw
