#include "context/pack.h"

#include <algorithm>

#include "context/document_header.h"

namespace sw {
namespace {

constexpr size_t kLineBytesMax = size_t{4} << 10;  // a longer line is data, and slow to encode
constexpr size_t kStartTokensMin = 24;             // less than this of a piece says nothing
constexpr uint64_t kReadBytesMax = uint64_t{64} << 20;

std::string_view trimmed(std::string_view piece) {
  const size_t end = piece.find_last_not_of(" \t\r\n\f\v");
  piece = piece.substr(0, end == piece.npos ? 0 : end + 1);
  while (!piece.empty()) {  // blank lines at the start
    const size_t line_end = piece.find('\n');
    if (line_end == piece.npos || piece.substr(0, line_end).find_first_not_of(" \t\r") != piece.npos) break;
    piece.remove_prefix(line_end + 1);
  }
  return piece;
}

void append_capped_lines(std::string_view piece, std::string& out) {
  while (!piece.empty()) {
    const size_t end = std::min(piece.find('\n'), piece.size());
    size_t n = std::min(end, kLineBytesMax);
    while (n < end && n > 0 && (static_cast<unsigned char>(piece[n]) & 0xc0) == 0x80) --n;  // cut between characters
    out.append(piece.substr(0, n));
    out += '\n';
    piece.remove_prefix(std::min(end + 1, piece.size()));
  }
}

}  // namespace

const std::string* IndexedTexts::of(uint32_t file) {
  const auto [at, is_new] = texts_.try_emplace(file);
  if (is_new) {
    const IndexedFile& indexed = *index_.files[file];
    auto text = index_.workspace->read(indexed.path, kReadBytesMax);
    if (text.ok() && hash_of(text.value()) == indexed.hash) at->second = std::move(text).value();
  }
  return at->second.empty() ? nullptr : &at->second;
}

std::string Packer::text_of(const std::string& path, std::string_view piece) const {
  std::string text = document_header(header_, path);
  append_capped_lines(piece, text);
  return text;
}

Result<bool> Packer::add(ContextPart part, std::string_view piece) {
  piece = trimmed(piece);
  // A token is seldom longer than 16 bytes: what is far too long need not be encoded to know it.
  if (piece.empty() || piece.size() / 16 > left()) return false;
  part.text = text_of(part.path, piece);
  SW_ASSIGN(part.ids, tokens_.encode(part.text));
  if (part.ids->size() > left()) return false;
  used_ += part.ids->size();
  parts_.push_back(std::move(part));
  return true;
}

Result<bool> Packer::add_start(ContextPart part, std::string_view piece, size_t n_max) {
  const size_t room = std::min(left(), n_max);
  piece = trimmed(piece);
  size_t n_bytes = piece.size();
  for (int tries = 0; tries < 8 && n_bytes > 0 && room >= kStartTokensMin; ++tries) {
    const std::string text = text_of(part.path, trimmed(piece.substr(0, n_bytes)));
    if (text.size() / 16 <= room) {
      SW_ASSIGN(const SharedIds ids, tokens_.encode(text));
      if (ids->size() <= room) return add(std::move(part), piece.substr(0, n_bytes));
      n_bytes = n_bytes * room / (ids->size() + ids->size() / 32 + 1);
    } else {
      n_bytes = room * 8;
    }
    n_bytes = piece.rfind('\n', n_bytes) == piece.npos ? 0 : piece.rfind('\n', n_bytes);
  }
  return false;
}

}  // namespace sw
