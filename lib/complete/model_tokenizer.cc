#include "complete/model_tokenizer.h"

#include "loader/vocabulary.h"
#include "tokenizer/piece_model.h"

namespace sw {
namespace {

// GGUF files spell the spaces of user-defined pieces as spaces.
std::string with_space_marks(std::string_view text) {
  std::string out;
  for (const char c : text) c == ' ' ? out += kSpaceMark : out += c;
  return out;
}

// Checkpoints may pad the embedding beyond the vocabulary, by less than this.
constexpr int kPaddingMax = 1024;

}  // namespace

std::string vocabulary_file(const Checkpoint& checkpoint) {
  if (checkpoint.vocabulary == nullptr) return "";
  const Vocabulary& vocabulary = *checkpoint.vocabulary;
  PieceModel model;
  for (const Vocabulary::Piece& piece : vocabulary.pieces) {
    const auto type = static_cast<PieceType>(piece.type);
    model.pieces.push_back({type == PieceType::user_defined ? with_space_marks(piece.text) : std::string(piece.text), piece.score, type});
  }
  const auto spelling = [&](int32_t id) { return id < 0 ? std::string() : model.pieces[static_cast<size_t>(id)].text; };
  model.add_dummy_prefix = vocabulary.dummy_prefix;
  model.bos_piece = spelling(vocabulary.bos_id);
  model.eos_piece = spelling(vocabulary.eos_id);
  return model.file();
}

Result<std::shared_ptr<const Tokenizer>> open_tokenizer(const Checkpoint& checkpoint) {
  const std::string own = vocabulary_file(checkpoint);
  if (!own.empty()) return Tokenizer::from_bytes(own, checkpoint.vocabulary->path);
  if (!checkpoint.tokenizer_path.empty()) return Tokenizer::open(checkpoint.tokenizer_path);
  if (!checkpoint.no_vocabulary.ok()) return checkpoint.no_vocabulary;
  return error(Code::not_found, "%s: no tokenizer.model or tokenizer.model.v3 beside the weights", checkpoint.directory.c_str());
}

Status check_vocabulary(const Checkpoint& checkpoint, const Tokenizer& tokenizer) {
  const int n_pieces = tokenizer.vocab_size(), n_rows = checkpoint.vocab_size;
  if (n_pieces <= n_rows && n_rows - n_pieces < kPaddingMax) return {};
  return error(Code::mismatch, "%s: the tokenizer has %d pieces, but %s has %d rows: they do not belong together",
               tokenizer.path().c_str(), n_pieces, checkpoint.embedding.where().c_str(), n_rows);
}

}  // namespace sw
