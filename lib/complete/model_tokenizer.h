// The tokenizer of a checkpoint: the one in the weights' own file, or the one beside it.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "loader/checkpoint.h"
#include "tokenizer/tokenizer.h"

namespace sw {

// The vocabulary of the weights' own file as the SentencePiece file that it came from: same ids for every text, same text for all ids.
// Empty when the file has none that can be used. What comes back is not yet checked: Tokenizer::from_bytes() does that.
std::string vocabulary_file(const Checkpoint& checkpoint);

// Errors: those of Tokenizer::open; not_found, or why the weights' own tokenizer cannot be used, when there is none at all.
Result<std::shared_ptr<const Tokenizer>> open_tokenizer(const Checkpoint& checkpoint);

// ok, or a mismatch: as many pieces as the embedding has rows, but for padding.
Status check_vocabulary(const Checkpoint& checkpoint, const Tokenizer& tokenizer);

}  // namespace sw
