// A SentencePiece model file, read and checked by ourselves. The library never sees the file: it gets what was
// understood here, written anew, because on bad models it ends the process, reads out of bounds or recurses without
// limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace sw {

// U+2581, which stands for a space in every piece.
inline constexpr std::string_view kSpaceMark = "\xE2\x96\x81";

enum class PieceType : uint8_t { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };

struct Piece {
  std::string text;
  float score = 0;
  PieceType type = PieceType::normal;
};

// Whether encoding a text can produce the piece by its spelling.
inline bool matches_text(PieceType type) {
  return type == PieceType::normal || type == PieceType::user_defined;
}

struct PieceModel {
  std::vector<Piece> pieces;  // the index is the token id
  int32_t unk_id = -1;
  bool add_dummy_prefix = true;
  std::string unk_surface = " \xE2\x81\x87 ";
  std::string bos_piece = "<s>";
  std::string eos_piece = "</s>";

  // Reads a file. What comes back holds: BPE with byte fallback; no normalisation but the space mark, which is a piece;
  // one unknown piece; all 256 byte pieces; pieces are distinct, non-empty, well-formed UTF-8 without NUL, with finite
  // scores; no control piece can come from text; after a newline every text can be cut. Errors: format, or unsupported
  // for a model that is sound but of another kind.
  static Result<PieceModel> parse(std::string_view file);

  // The same vocabulary as a serialized ModelProto that never adds a dummy prefix.
  std::string without_dummy_prefix() const;

  // The model as a SentencePiece file, which parse() reads back. unk_id is not looked at: the piece's type says it.
  std::string file() const;
};

// The byte that a piece of type byte stands for, or -1: "<0x0A>" is 10.
int byte_of(std::string_view piece);

}  // namespace sw
