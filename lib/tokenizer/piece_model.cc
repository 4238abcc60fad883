#include "tokenizer/piece_model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "tokenizer/tokenizer.h"
#include "tokenizer/utf8.h"
#include "tokenizer/wire.h"

namespace sw {
namespace {

// Far above every real vocabulary (the largest known has 2^18 pieces), and low enough that nothing here can overflow.
constexpr size_t kFileBytesMax = size_t{128} << 20;
constexpr size_t kPiecesMax = size_t{1} << 20;
constexpr size_t kPieceBytesMax = 1024;
// The library's matcher of user-defined pieces keeps 64 nested matches and does not look whether there were more.
constexpr size_t kNestedMax = 64;
constexpr size_t kUserDefinedBytesMax = size_t{1} << 18;
constexpr uint64_t kModelTypeBpe = 2;

namespace tag {
// ModelProto
constexpr uint32_t pieces = 1, trainer_spec = 2, normalizer_spec = 3, denormalizer_spec = 5;
// ModelProto.SentencePiece
constexpr uint32_t text = 1, score = 2, type = 3;
// TrainerSpec
constexpr uint32_t model_type = 3, space_as_suffix = 24, byte_fallback = 35, unk_surface = 44, bos_piece = 46,
                   eos_piece = 47;
// NormalizerSpec
constexpr uint32_t charsmap = 2, dummy_prefix = 3, remove_spaces = 4, escape_spaces = 5;
}  // namespace tag

// What is read only to be checked. The defaults are those of sentencepiece_model.proto.
struct Specs {
  uint64_t model_type = 1;
  bool space_as_suffix = false;
  bool byte_fallback = false;
  bool has_charsmap = false;
  bool has_denormalizer = false;
  bool remove_spaces = true;
  bool escape_spaces = true;
};

// A piece as text for a message: hostile bytes must not reach a terminal or a log.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text.substr(0, 32)) {
    const bool plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
    result += plain ? std::string(1, c) : format("\\x%02X", static_cast<unsigned char>(c));
  }
  return result + (text.size() > 32 ? "...\"" : "\"");
}

Status expect(const WireField& field, WireType type) {
  if (field.type == type) return {};
  return error(Code::format, "field %u has the wrong type for a SentencePiece model", field.number);
}

Status read_flag(const WireField& field, bool& flag) {
  SW_TRY(expect(field, WireType::varint));
  flag = field.value != 0;
  return {};
}

Status read_text(const WireField& field, std::string& text) {
  SW_TRY(expect(field, WireType::bytes));
  if (first_invalid_utf8(field.bytes)) return error(Code::format, "field %u is not UTF-8", field.number);
  text = field.bytes;
  return {};
}

Result<Piece> read_piece(std::string_view message, size_t offset) {
  Piece piece;
  for (WireReader reader(message, offset); !reader.done();) {
    SW_ASSIGN(const WireField field, reader.next());
    if (field.number == tag::text) {
      SW_TRY(read_text(field, piece.text));
    } else if (field.number == tag::score) {
      SW_TRY(expect(field, WireType::fixed32));
      piece.score = std::bit_cast<float>(static_cast<uint32_t>(field.value));
    } else if (field.number == tag::type) {
      SW_TRY(expect(field, WireType::varint));
      if (field.value < 1 || field.value > 6) return error(Code::format, "its type is none of SentencePiece's");
      piece.type = static_cast<PieceType>(field.value);
    }
  }
  return piece;
}

Status read_trainer_spec(std::string_view message, size_t offset, Specs& specs, PieceModel& model) {
  for (WireReader reader(message, offset); !reader.done();) {
    SW_ASSIGN(const WireField field, reader.next());
    switch (field.number) {
      case tag::model_type:
        SW_TRY(expect(field, WireType::varint));
        specs.model_type = field.value;
        break;
      case tag::space_as_suffix:
        SW_TRY(read_flag(field, specs.space_as_suffix));
        break;
      case tag::byte_fallback:
        SW_TRY(read_flag(field, specs.byte_fallback));
        break;
      case tag::unk_surface:
        SW_TRY(read_text(field, model.unk_surface));
        break;
      case tag::bos_piece:
        SW_TRY(read_text(field, model.bos_piece));
        break;
      case tag::eos_piece:
        SW_TRY(read_text(field, model.eos_piece));
        break;
      default:
        break;
    }
  }
  return {};
}

Status read_normalizer_spec(std::string_view message, size_t offset, Specs& specs, PieceModel& model) {
  for (WireReader reader(message, offset); !reader.done();) {
    SW_ASSIGN(const WireField field, reader.next());
    switch (field.number) {
      case tag::charsmap:
        SW_TRY(expect(field, WireType::bytes));
        specs.has_charsmap = !field.bytes.empty();
        break;
      case tag::dummy_prefix:
        SW_TRY(read_flag(field, model.add_dummy_prefix));
        break;
      case tag::remove_spaces:
        SW_TRY(read_flag(field, specs.remove_spaces));
        break;
      case tag::escape_spaces:
        SW_TRY(read_flag(field, specs.escape_spaces));
        break;
      default:
        break;
    }
  }
  return {};
}

Status read_denormalizer_spec(std::string_view message, size_t offset, Specs& specs) {
  for (WireReader reader(message, offset); !reader.done();) {
    SW_ASSIGN(const WireField field, reader.next());
    if (field.number == tag::charsmap) {
      SW_TRY(expect(field, WireType::bytes));
      specs.has_denormalizer = !field.bytes.empty();
    }
  }
  return {};
}

Status read_model(std::string_view file, Specs& specs, PieceModel& model) {
  WireReader reader(file);
  while (!reader.done()) {
    SW_ASSIGN(const WireField field, reader.next());
    switch (field.number) {
      case tag::pieces: {
        SW_TRY(expect(field, WireType::bytes));
        if (model.pieces.size() == kPiecesMax) return error(Code::format, "more than %zu pieces", kPiecesMax);
        Result<Piece> piece = read_piece(field.bytes, reader.payload_offset());
        if (!piece.ok()) return std::move(piece).status().in(format("piece %zu", model.pieces.size()));
        model.pieces.push_back(std::move(piece).value());
        break;
      }
      case tag::trainer_spec:
        SW_TRY(expect(field, WireType::bytes));
        SW_TRY(read_trainer_spec(field.bytes, reader.payload_offset(), specs, model));
        break;
      case tag::normalizer_spec:
        SW_TRY(expect(field, WireType::bytes));
        SW_TRY(read_normalizer_spec(field.bytes, reader.payload_offset(), specs, model));
        break;
      case tag::denormalizer_spec:
        SW_TRY(expect(field, WireType::bytes));
        SW_TRY(read_denormalizer_spec(field.bytes, reader.payload_offset(), specs));
        break;
      default:
        break;  // self-test samples and extensions do not change what a text becomes
    }
  }
  return {};
}

Status check_specs(const Specs& specs) {
  if (specs.model_type != kModelTypeBpe) {
    return error(Code::unsupported, "the model type is %llu; only BPE (2) can be continued exactly",
                 static_cast<unsigned long long>(specs.model_type));
  }
  if (!specs.byte_fallback)
    return error(Code::format, "no byte fallback: characters outside the vocabulary would be lost");
  if (specs.has_charsmap || specs.has_denormalizer) {
    return error(Code::format, "it normalises text; code must be kept as it is (train with the rule 'identity')");
  }
  if (specs.remove_spaces) {
    return error(Code::format,
                 "it removes repeated spaces; code must be kept as it is (remove_extra_whitespaces=false)");
  }
  if (!specs.escape_spaces) return error(Code::unsupported, "its spaces are not written as U+2581");
  if (specs.space_as_suffix) return error(Code::unsupported, "its dummy space stands at the end of a text");
  return {};
}

bool is_one_character(std::string_view text) {
  return read_character(text).n_bytes == text.size();
}

// A piece on its own.
Status check_piece(const Piece& piece) {
  if (piece.text.empty()) return error(Code::format, "it is empty");
  if (piece.text.size() > kPieceBytesMax) return error(Code::format, "it is longer than %zu bytes", kPieceBytesMax);
  if (piece.text.find('\0') != std::string::npos) return error(Code::format, "it holds a NUL byte");
  if (!std::isfinite(piece.score)) return error(Code::format, "its score is not a finite number");
  if (piece.type == PieceType::unused) return error(Code::unsupported, "it is marked unused");
  if (piece.type == PieceType::byte && byte_of(piece.text) < 0) {
    return error(Code::format, "%s is not a byte piece", quoted(piece.text).c_str());
  }
  // The library looks control pieces up by spelling for every symbol that nothing merged.
  if (piece.type == PieceType::control && is_one_character(piece.text)) {
    return error(Code::format, "control piece %s is one character: text could produce it", quoted(piece.text).c_str());
  }
  const size_t newline = piece.text.find('\n');
  if (matches_text(piece.type) && newline != std::string::npos && newline + 1 < piece.text.size()) {
    return error(Code::unsupported, "%s joins a newline with what follows: lines could not be encoded one by one",
                 quoted(piece.text).c_str());
  }
  return {};
}

Status check_distinct(const std::vector<Piece>& pieces) {
  std::vector<size_t> order(pieces.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return pieces[a].text < pieces[b].text; });
  for (size_t i = 1; i < order.size(); ++i) {
    if (pieces[order[i - 1]].text != pieces[order[i]].text) continue;
    return error(Code::format, "pieces %zu and %zu are the same: %s", order[i - 1], order[i],
                 quoted(pieces[order[i]].text).c_str());
  }
  return {};
}

Status check_user_defined(const std::vector<Piece>& pieces) {
  std::vector<std::string_view> texts;
  size_t n_bytes = 0;
  for (const Piece& piece : pieces) {
    if (piece.type != PieceType::user_defined) continue;
    texts.push_back(piece.text);
    n_bytes += piece.text.size();
  }
  if (n_bytes > kUserDefinedBytesMax) {
    return error(Code::format, "user-defined pieces of %zu bytes; at most %zu", n_bytes, kUserDefinedBytesMax);
  }
  // In sorted order the pieces that a piece starts with are on the stack when its turn comes.
  std::sort(texts.begin(), texts.end());
  std::vector<std::string_view> nested;
  for (const std::string_view text : texts) {
    while (!nested.empty() && !text.starts_with(nested.back())) nested.pop_back();
    nested.push_back(text);
    if (nested.size() > kNestedMax) {
      return error(Code::format, "more than %zu user-defined pieces start with each other", kNestedMax);
    }
  }
  return {};
}

Status check_pieces(PieceModel& model) {
  int n_bytes = 0;
  bool has_space = false;
  for (size_t i = 0; i < model.pieces.size(); ++i) {
    const Piece& piece = model.pieces[i];
    Status status = check_piece(piece);
    if (!status.ok()) return std::move(status).in(format("piece %zu", i));
    if (piece.type == PieceType::byte) ++n_bytes;
    has_space = has_space || (piece.text == kSpaceMark && matches_text(piece.type));
    if (piece.type != PieceType::unknown) continue;
    if (model.unk_id >= 0) return error(Code::format, "pieces %d and %zu are both unknown", model.unk_id, i);
    model.unk_id = static_cast<int32_t>(i);
  }
  if (model.unk_id < 0) return error(Code::format, "no piece is the unknown one");
  SW_TRY(check_distinct(model.pieces));
  // Distinct and each one of 256 spellings: the count tells that none is missing.
  if (n_bytes != 256) return error(Code::format, "%d byte pieces instead of 256", n_bytes);
  if (!has_space) return error(Code::format, "no piece is a lone U+2581: spaces would come back as that mark");
  return check_user_defined(model.pieces);
}

}  // namespace

int byte_of(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return -1;
  int value = 0;
  for (const char c : piece.substr(3, 2)) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

Result<PieceModel> PieceModel::parse(std::string_view file) {
  if (file.empty()) return error(Code::format, "the file is empty");
  if (file.size() > kFileBytesMax) return error(Code::format, "%zu bytes; too long for a tokenizer", file.size());
  Specs specs;
  PieceModel model;
  Status status = read_model(file, specs, model);
  if (!status.ok()) return std::move(status).in("not a SentencePiece model");
  if (model.pieces.empty()) return error(Code::format, "not a SentencePiece model: no pieces");
  SW_TRY(check_specs(specs));
  SW_TRY(check_pieces(model));
  if (model.bos_piece.empty()) model.bos_piece = "<s>";
  if (model.eos_piece.empty()) model.eos_piece = "</s>";
  return model;
}

namespace {

WireWriter pieces_message(const std::vector<Piece>& pieces) {
  WireWriter file;
  for (const Piece& piece : pieces) {
    WireWriter message;
    message.bytes(tag::text, piece.text).float32(tag::score, piece.score);
    message.varint(tag::type, static_cast<uint64_t>(piece.type));
    file.bytes(tag::pieces, message.message());
  }
  return file;
}

WireWriter normalizer_message(bool dummy_prefix) {
  return WireWriter().varint(tag::dummy_prefix, dummy_prefix).varint(tag::remove_spaces, 0).varint(tag::escape_spaces, 1);
}

}  // namespace

std::string PieceModel::without_dummy_prefix() const {
  WireWriter file = pieces_message(pieces);
  file.bytes(tag::trainer_spec, WireWriter().varint(tag::model_type, kModelTypeBpe).varint(tag::byte_fallback, 1).message());
  file.bytes(tag::normalizer_spec, normalizer_message(false).message());
  return file.message();
}

std::string PieceModel::file() const {
  WireWriter file = pieces_message(pieces), trainer;
  trainer.varint(tag::model_type, kModelTypeBpe).varint(tag::byte_fallback, 1).bytes(tag::unk_surface, unk_surface);
  trainer.bytes(tag::bos_piece, bos_piece).bytes(tag::eos_piece, eos_piece);
  file.bytes(tag::trainer_spec, trainer.message()).bytes(tag::normalizer_spec, normalizer_message(add_dummy_prefix).message());
  return file.message();
}

}  // namespace sw
