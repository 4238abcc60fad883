// The tokenizer in the metadata of a GGUF file.
#include <algorithm>

#include "loader/gguf_model.h"
#include "loader/printable.h"

namespace sw {
namespace {

constexpr const char* kModel = "tokenizer.ggml.model";
constexpr const char* kTokens = "tokenizer.ggml.tokens";
constexpr const char* kScores = "tokenizer.ggml.scores";
constexpr const char* kTypes = "tokenizer.ggml.token_type";
constexpr const char* kBeside = "; put a SentencePiece tokenizer.model of the same vocabulary beside the file";
constexpr int32_t kUnknown = 2, kControl = 3, kUnused = 5, kTypeMax = 6;
constexpr size_t kPiecesMax = size_t{1} << 20;

Status check_model(const Gguf& file) {
  if (file.find(kModel) == nullptr) return file.fail(Code::not_found, kModel, std::string("missing: no tokenizer in the file") + kBeside);
  std::string_view model;
  SW_TRY(file.text(kModel, &model));
  if (model != "llama") {
    return file.fail(Code::unsupported, kModel, "'" + printable(model, 32) + "' is not read, only 'llama' (SentencePiece BPE)" + kBeside);
  }
  bool removes_spaces = false;
  SW_TRY(file.boolean("tokenizer.ggml.remove_extra_whitespaces", &removes_spaces));
  if (removes_spaces) {
    return file.fail(Code::unsupported, "tokenizer.ggml.remove_extra_whitespaces", "it removes repeated spaces; code must be kept as it is");
  }
  const GgufValue* charsmap = file.find("tokenizer.ggml.precompiled_charsmap");
  if (charsmap != nullptr && charsmap->n > 0) {
    return file.fail(Code::unsupported, "tokenizer.ggml.precompiled_charsmap", "it normalises text; code must be kept as it is");
  }
  return {};
}

Status read_pieces(const Gguf& file, Vocabulary* out) {
  std::vector<std::string_view> texts;
  std::vector<float> scores;
  std::vector<int32_t> types;
  for (const char* key : {kTokens, kScores, kTypes}) {
    const GgufValue* value = file.find(key);
    if (value == nullptr) return file.fail(Code::format, key, "missing");
    if (value->n > kPiecesMax) return file.fail(Code::format, key, format("more than %zu", kPiecesMax));
  }
  SW_TRY(file.texts(kTokens, &texts));
  SW_TRY(file.floats(kScores, &scores));
  SW_TRY(file.integers(kTypes, &types));
  if (scores.size() != texts.size() || types.size() != texts.size()) {
    return file.fail(Code::mismatch, kTokens, format("%zu tokens, %zu scores and %zu types", texts.size(), scores.size(), types.size()));
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    if (types[i] < 1 || types[i] > kTypeMax) return file.fail(Code::format, kTypes, format("type %d of token %zu is not from 1 to 6", types[i], i));
    out->pieces.push_back({texts[i], scores[i], types[i]});
  }
  // Conversions pad the vocabulary to the rows of the embedding.
  while (!out->pieces.empty() && out->pieces.back().type == kUnused) out->pieces.pop_back();
  return {};
}

// The id under `key`, or `otherwise` when that is a control token; -1 for none.
Status read_marker(const Gguf& file, const char* key, int otherwise, Vocabulary* vocabulary, int32_t* out) {
  const auto n = static_cast<int>(vocabulary->pieces.size());
  const auto is_control = [&](int id) { return vocabulary->pieces[static_cast<size_t>(id)].type == kControl; };
  if (file.find(key) == nullptr) {
    *out = otherwise < n && is_control(otherwise) ? otherwise : -1;
    return {};
  }
  int id = 0;
  SW_TRY(file.count(key, 0, static_cast<uint64_t>(std::max(n - 1, 0)), &id));
  if (n == 0 || !is_control(id)) return file.fail(Code::mismatch, key, format("token %d is not a control token", id));
  *out = id;
  return {};
}

// Some conversions mark the unknown token as a control token, as all that Hugging Face calls special.
Status mark_unknown(const Gguf& file, Vocabulary* vocabulary) {
  constexpr const char* kKey = "tokenizer.ggml.unknown_token_id";
  std::vector<Vocabulary::Piece>& pieces = vocabulary->pieces;
  int id = 0;
  SW_TRY(file.count(kKey, 0, std::max<size_t>(pieces.size(), 1) - 1, &id));
  const auto marked = std::find_if(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.type == kUnknown; });
  if (marked == pieces.end() && !pieces.empty()) {
    Vocabulary::Piece& piece = pieces[static_cast<size_t>(id)];
    if (piece.type == kControl) piece.type = kUnknown;
  } else if (marked - pieces.begin() != id && file.find(kKey) != nullptr) {
    return file.fail(Code::mismatch, kKey, format("it is %d, but by its type token %d is the unknown one", id, static_cast<int>(marked - pieces.begin())));
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const Vocabulary>> vocabulary_of(const Gguf& file) {
  SW_TRY(check_model(file));
  auto out = std::make_shared<Vocabulary>();
  out->path = file.path();
  out->file = file.file();
  SW_TRY(read_pieces(file, out.get()));
  SW_TRY(mark_unknown(file, out.get()));
  SW_TRY(read_marker(file, "tokenizer.ggml.bos_token_id", 1, out.get(), &out->bos_id));
  SW_TRY(read_marker(file, "tokenizer.ggml.eos_token_id", 2, out.get(), &out->eos_id));
  SW_TRY(file.boolean("tokenizer.ggml.add_space_prefix", &out->dummy_prefix));
  SW_TRY(file.boolean("tokenizer.ggml.add_bos_token", &out->add_bos));
  return std::shared_ptr<const Vocabulary>(std::move(out));
}

}  // namespace sw
