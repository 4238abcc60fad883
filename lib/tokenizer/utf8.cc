#include "tokenizer/utf8.h"

#include <cstring>

#include "tokenizer/tokenizer.h"

namespace sw {
namespace {

// What the bytes after a lead byte may be. The first of them has its own range: that is where overlong forms,
// surrogates and code points above U+10FFFF differ from characters.
struct Form {
  uint8_t n_bytes;  // 0: no character starts with this byte
  uint8_t second_min, second_max;
  uint8_t lead_mask;
};

constexpr Form form_of(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0, 0x7F};
  if (lead < 0xC2) return {0, 0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF, 0x1F};
  if (lead == 0xE0) return {3, 0xA0, 0xBF, 0x0F};
  if (lead == 0xED) return {3, 0x80, 0x9F, 0x0F};
  if (lead < 0xF0) return {3, 0x80, 0xBF, 0x0F};
  if (lead == 0xF0) return {4, 0x90, 0xBF, 0x07};
  if (lead < 0xF4) return {4, 0x80, 0xBF, 0x07};
  if (lead == 0xF4) return {4, 0x80, 0x8F, 0x07};
  return {0, 0, 0, 0};
}

// The number of ASCII bytes at the front of `text`, at least up to the last whole block of 8.
size_t skip_ascii(std::string_view text) {
  size_t i = 0;
  while (text.size() - i >= 8) {
    uint64_t block;
    std::memcpy(&block, text.data() + i, 8);
    if ((block & 0x8080808080808080u) != 0) break;
    i += 8;
  }
  return i;
}

}  // namespace

Character read_character(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const Form form = form_of(byte(0));
  if (form.n_bytes == 0) return {Character::ill_formed, 1, 0};
  char32_t code = byte(0) & form.lead_mask;
  for (size_t i = 1; i < form.n_bytes; ++i) {
    if (i == text.size()) return {Character::cut_off, 1, 0};
    const unsigned char min = i == 1 ? form.second_min : 0x80;
    const unsigned char max = i == 1 ? form.second_max : 0xBF;
    if (byte(i) < min || byte(i) > max) return {Character::ill_formed, 1, 0};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  return {Character::whole, form.n_bytes, code};
}

void append_characters(std::string_view bytes, std::string& held, std::string& out) {
  std::string joined;
  if (!held.empty()) {
    joined = held;
    joined += bytes;
    held.clear();
    bytes = joined;
  }
  while (!bytes.empty()) {
    const Character c = read_character(bytes);
    if (c.kind == Character::cut_off) {
      held = bytes;
      return;
    }
    out += c.kind == Character::whole ? bytes.substr(0, c.n_bytes) : kReplacementCharacter;
    bytes.remove_prefix(c.n_bytes);
  }
}

void flush_characters(std::string& held, std::string& out) {
  for (size_t i = 0; i < held.size(); ++i) out += kReplacementCharacter;
  held.clear();
}

std::optional<size_t> first_invalid_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    i += skip_ascii(text.substr(i));
    if (i == text.size()) break;
    const Character c = read_character(text.substr(i));
    if (c.kind != Character::whole) return i;
    i += c.n_bytes;
  }
  return std::nullopt;
}

}  // namespace sw
