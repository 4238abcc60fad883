#include "tokenizer/tokenizer.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "base/mapped_file.h"
#include "tokenizer/encoder.h"
#include "tokenizer/piece_model.h"
#include "tokenizer/utf8.h"

namespace sw {
namespace {

std::string xxh3_hex(std::string_view bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::string hex;
  for (const unsigned char byte : canonical.digest) hex += format("%02x", byte);
  return hex;
}

// The bytes that a piece stands for in the middle of a text.
std::string bytes_of_piece(const Piece& piece) {
  if (piece.type == PieceType::control || piece.type == PieceType::unknown) return {};
  if (piece.type == PieceType::byte) return std::string(1, static_cast<char>(byte_of(piece.text)));
  std::string bytes = piece.text;
  for (size_t at = 0; (at = bytes.find(kSpaceMark, at)) != std::string::npos; ++at) {
    bytes.replace(at, kSpaceMark.size(), " ");
  }
  return bytes;
}

}  // namespace

struct Tokenizer::Impl {
  std::string path;
  std::string hash;
  PieceModel model;
  std::unique_ptr<const Encoder> encoder;
  std::string text;                   // the bytes of all tokens, one after the other
  std::vector<uint32_t> text_begins;  // of each token in `text`, and the end of the last
  std::vector<TokenId> controls;      // control and unknown tokens, sorted by spelling
  TokenId bos_id = -1;
  TokenId eos_id = -1;

  const Piece& piece(TokenId id) const { return model.pieces[static_cast<size_t>(id)]; }
  bool is_control(TokenId id) const {
    return piece(id).type == PieceType::control || piece(id).type == PieceType::unknown;
  }
  bool has(TokenId id) const { return id >= 0 && static_cast<size_t>(id) < model.pieces.size(); }

  // The tables that follow from the pieces.
  void index() {
    for (size_t i = 0; i < model.pieces.size(); ++i) {
      const auto id = static_cast<TokenId>(i);
      text_begins.push_back(static_cast<uint32_t>(text.size()));
      text += bytes_of_piece(model.pieces[i]);
      if (is_control(id)) controls.push_back(id);
    }
    text_begins.push_back(static_cast<uint32_t>(text.size()));
    std::sort(controls.begin(), controls.end(), [this](TokenId a, TokenId b) { return piece(a).text < piece(b).text; });
    bos_id = marker(model.bos_piece);
    eos_id = marker(model.eos_piece);
  }

  std::optional<TokenId> control_id(std::string_view name) const {
    const auto it = std::lower_bound(controls.begin(), controls.end(), name,
                                     [this](TokenId id, std::string_view n) { return piece(id).text < n; });
    if (it == controls.end() || piece(*it).text != name) return std::nullopt;
    return *it;
  }

  // Like the library: the model names its markers by spelling, and only a control piece is one.
  TokenId marker(std::string_view name) const {
    const std::optional<TokenId> id = control_id(name);
    return id && piece(*id).type == PieceType::control ? *id : -1;
  }

  Result<std::vector<TokenId>> encode(std::string_view text_in, bool at_start) const {
    if (const std::optional<size_t> at = first_invalid_utf8(text_in)) {
      return error(Code::argument, "the text is not UTF-8 at byte %zu", *at);
    }
    std::vector<TokenId> ids;
    if (text_in.empty()) return ids;
    if (at_start && model.add_dummy_prefix) {
      std::string prefixed;
      prefixed.reserve(text_in.size() + 1);
      prefixed += ' ';
      prefixed += text_in;
      SW_TRY(encoder->encode(prefixed, ids));
    } else {
      SW_TRY(encoder->encode(text_in, ids));
    }
    return ids;
  }
};

Tokenizer::Tokenizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::~Tokenizer() = default;

Result<std::shared_ptr<const Tokenizer>> Tokenizer::open(const std::string& path) {
  SW_ASSIGN(const std::shared_ptr<const MappedFile> file, MappedFile::open(path));
  return from_bytes({reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()}, path);
}

Result<std::shared_ptr<const Tokenizer>> Tokenizer::from_bytes(std::string_view file, const std::string& path) {
  Result<PieceModel> model = PieceModel::parse(file);
  if (!model.ok()) return std::move(model).status().in(path);
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->hash = xxh3_hex(file);
  impl->model = std::move(model).value();
  auto encoder = Encoder::create(impl->model);
  if (!encoder.ok()) return std::move(encoder).status().in(path);
  impl->encoder = std::move(encoder).value();
  impl->index();
  return std::shared_ptr<const Tokenizer>(new Tokenizer(std::move(impl)));
}

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view text) const {
  return impl_->encode(text, true);
}

Result<std::vector<TokenId>> Tokenizer::encode_continuation(std::string_view text) const {
  return impl_->encode(text, false);
}

Result<std::string> Tokenizer::decode(const std::vector<TokenId>& ids) const {
  std::string text, held;
  bool drop_space = impl_->model.add_dummy_prefix;
  for (size_t i = 0; i < ids.size(); ++i) {
    const TokenId id = ids[i];
    if (!impl_->has(id)) {
      return error(Code::argument, "token %d at index %zu is outside the vocabulary of %d", id, i, vocab_size());
    }
    if (is_control(id)) {
      flush_characters(held, text);
      if (id == unk_id()) text += impl_->model.unk_surface;
      drop_space = drop_space && text.empty();
      continue;
    }
    std::string_view bytes = bytes_of(id);
    if (drop_space && piece(id).starts_with(kSpaceMark)) bytes.remove_prefix(1);
    drop_space = false;
    append_characters(bytes, held, text);
  }
  flush_characters(held, text);
  return text;
}

std::string_view Tokenizer::bytes_of(TokenId id) const {
  const auto i = static_cast<size_t>(id);
  const uint32_t begin = impl_->text_begins[i];
  return std::string_view(impl_->text).substr(begin, impl_->text_begins[i + 1] - begin);
}

bool Tokenizer::can_cut(std::string_view text, size_t offset) const {
  const auto is_inside = [text](size_t i) { return (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80; };
  if (offset == 0 || offset >= text.size()) return true;
  if (is_inside(offset)) return false;
  size_t left = offset - 1;
  while (left > 0 && is_inside(left)) --left;
  const Character before = read_character(text.substr(left, offset - left));
  const Character after = read_character(text.substr(offset));
  return before.kind == Character::whole && after.kind == Character::whole &&
         impl_->encoder->cuts().safe(before.code, after.code);
}

bool Tokenizer::is_control(TokenId id) const {
  return impl_->is_control(id);
}
int Tokenizer::vocab_size() const {
  return static_cast<int>(impl_->model.pieces.size());
}
std::optional<TokenId> Tokenizer::control_id(std::string_view name) const {
  return impl_->control_id(name);
}
std::string_view Tokenizer::piece(TokenId id) const {
  return impl_->piece(id).text;
}
TokenId Tokenizer::bos_id() const {
  return impl_->bos_id;
}
TokenId Tokenizer::eos_id() const {
  return impl_->eos_id;
}
TokenId Tokenizer::unk_id() const {
  return impl_->model.unk_id;
}
bool Tokenizer::add_dummy_prefix() const {
  return impl_->model.add_dummy_prefix;
}
const std::string& Tokenizer::path() const {
  return impl_->path;
}
const std::string& Tokenizer::hash() const {
  return impl_->hash;
}

}  // namespace sw
