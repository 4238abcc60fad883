// A tokenizer that lies in the weights' own file: the pieces of a SentencePiece BPE model, not yet checked (lib/tokenizer does that).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"

namespace sw {

struct Vocabulary {
  struct Piece {
    std::string_view text;  // in the mapped file
    float score = 0;
    int32_t type = 1;  // as SentencePiece numbers them: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte
  };
  std::vector<Piece> pieces;  // the index is the token id
  int32_t bos_id = -1;        // -1: none
  int32_t eos_id = -1;
  bool dummy_prefix = true;  // a text begins with a space mark
  bool add_bos = true;       // prompts begin with bos_id
  std::string path;          // of the file
  std::shared_ptr<const MappedFile> file;
};

}  // namespace sw
