// Tokenizer files: half of the inputs are a whole file, half are fields in front of a sound one, so that the fuzzer
// gets behind the checks at once. A model that is taken must keep its promises.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tokenizer/tokenizer.h"
#include "tokenizer/wire.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void add_piece(sw::WireWriter& file, std::string_view text, uint64_t type) {
  file.bytes(1, sw::WireWriter().bytes(1, text).float32(2, -1).varint(3, type).message());
}

std::string sound_file() {
  sw::WireWriter file;
  add_piece(file, "<unk>", 2);
  add_piece(file, "<s>", 3);
  for (unsigned byte = 0; byte < 256; ++byte) add_piece(file, sw::format("<0x%02X>", byte), 6);
  for (const char* text : {"\u2581", "a", "b", "ab", "\u2581a", "é"}) add_piece(file, text, 1);
  file.bytes(2, sw::WireWriter().varint(3, 2).varint(35, 1).message());
  file.bytes(3, sw::WireWriter().varint(4, 0).message());
  return file.message();
}

void check(const sw::Tokenizer& tokenizer, std::string_view text) {
  const auto ids = tokenizer.encode(text);
  require(ids.ok() == !sw::first_invalid_utf8(text).has_value());
  if (!ids.ok()) return;
  for (const sw::TokenId id : ids.value()) require(!tokenizer.is_control(id));
  const auto decoded = tokenizer.decode(ids.value());
  require(decoded.ok());
  if (text.find("\u2581") == std::string_view::npos) require(decoded.value() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string sound = sound_file();
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto opened =
      sw::Tokenizer::from_bytes(data[0] % 2 == 0 ? std::string(input) : std::string(input) + sound, "fuzz");
  if (!opened.ok()) return 0;
  check(*opened.value(), "a b\n  ab\xC3\xA9 \xE2\x96\x81 ab ba \r\n");
  check(*opened.value(), input);
  return 0;
}
