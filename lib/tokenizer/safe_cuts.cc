#include "tokenizer/safe_cuts.h"

#include <algorithm>

#include "tokenizer/utf8.h"

namespace sw {

SafeCuts::SafeCuts(const std::vector<Piece>& pieces) {
  for (const Piece& piece : pieces) {
    if (matches_text(piece.type)) add(piece.text);
  }
  std::sort(joined_.begin(), joined_.end());
  joined_.erase(std::unique(joined_.begin(), joined_.end()), joined_.end());
  joined_.shrink_to_fit();
}

bool SafeCuts::joined(char32_t left, char32_t right) const {
  return std::binary_search(joined_.begin(), joined_.end(), key(left, right));
}

void SafeCuts::add(std::string_view piece) {
  size_t n_bytes;
  char32_t left = folded(next_code_point(piece, n_bytes));
  for (piece.remove_prefix(n_bytes); !piece.empty(); piece.remove_prefix(n_bytes)) {
    const char32_t right = folded(next_code_point(piece, n_bytes));
    if ((left | right) < kAscii) {
      joined_ascii_[left][right / 64] |= uint64_t{1} << (right % 64);
    } else {
      joined_.push_back(key(left, right));
    }
    left = right;
  }
}

}  // namespace sw
