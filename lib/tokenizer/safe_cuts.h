// Where a text may be cut so that its parts, encoded one by one, give the ids of the whole.
//
// A cut between the characters x and y is safe when no piece holds x directly followed by y. Every merge of BPE makes
// a piece, and one across the cut would hold xy; so none crosses it. The order of merges (best score, then leftmost) on
// one side does not depend on the other side, and neither does the match of user-defined pieces, which would hold xy
// too.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tokenizer/piece_model.h"

namespace sw {

class SafeCuts {
 public:
  explicit SafeCuts(const std::vector<Piece>& pieces);

  bool safe(char32_t left, char32_t right) const {
    left = folded(left);
    right = folded(right);
    if ((left | right) < kAscii) return (joined_ascii_[left][right / 64] >> (right % 64) & 1) == 0;
    return !joined(left, right);
  }

 private:
  static constexpr char32_t kAscii = 128;
  static constexpr char32_t kSpaceMarkCode = 0x2581;

  // The space mark is a space, so that the commonest pairs of a text are ASCII.
  static char32_t folded(char32_t c) { return c == kSpaceMarkCode ? U' ' : c; }
  static uint64_t key(char32_t left, char32_t right) { return uint64_t{left} << 32 | right; }
  bool joined(char32_t left, char32_t right) const;
  void add(std::string_view piece);

  std::array<std::array<uint64_t, kAscii / 64>, kAscii> joined_ascii_{};  // [left], a bit for each right
  std::vector<uint64_t> joined_;                                          // the other pairs, sorted
};

}  // namespace sw
