// What the tokenizer tests share: vocabularies made on the spot, real ones from files, random texts, and a second,
// independent BPE.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/piece_model.h"
#include "tokenizer/tokenizer.h"

namespace sw::test {

using Random = std::mt19937;

// A number in [0, n).
inline size_t below(Random& random, size_t n) {
  return std::uniform_int_distribution<size_t>(0, n - 1)(random);
}

// A model file before it is written; the defaults are a sound one.
struct Vocabulary {
  std::vector<Piece> pieces;
  uint64_t model_type = 2;
  bool byte_fallback = true;
  bool dummy_prefix = true;
  bool remove_spaces = false;
  bool escape_spaces = true;
  bool space_as_suffix = false;
  std::string charsmap;
  std::string denormalizer_charsmap;
  std::string unk_surface;  // empty: the field is left out

  // <unk>, <s>, </s>, [PREFIX], then the 256 byte pieces from id 4 on.
  static Vocabulary with_bytes();
  Vocabulary& add(std::string text, float score = 0, PieceType type = PieceType::normal);
  std::string file() const;
};

// A vocabulary of random merges over a small alphabet (space mark, newline, tab, CR, two- to four-byte characters),
// with equal scores, user-defined pieces, and characters that have no piece.
Vocabulary random_vocabulary(Random& random);

// Text that such vocabularies, and real ones, find hard. `with_space_mark` may put in a literal U+2581, which decodes
// to a space.
std::string random_text(Random& random, size_t n_parts, bool with_space_mark);

// The file's bytes; empty when it cannot be read.
std::string read_file(const std::string& path);

// Real vocabularies: the paths are empty when the files are not there.
std::string mistral_path();
std::string nano_path();

// The ids of `text` by the definition of BPE: split into user-defined pieces (longest first) and characters, merge the
// best pair (leftmost of equals) until there is none, spell the rest in bytes. `text` is complete: no prefix is added.
std::vector<TokenId> reference_bpe(const PieceModel& model, std::string_view text);

}  // namespace sw::test
