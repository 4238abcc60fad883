#include "tokenizer/wire.h"

#include <bit>

namespace sw {
namespace {

constexpr uint64_t kFieldNumberMax = (1u << 29) - 1;
constexpr int kVarintBytesMax = 10;

}  // namespace

void WireReader::advance(size_t n) {
  rest_.remove_prefix(n);
  offset_ += n;
}

Result<uint64_t> WireReader::varint() {
  uint64_t value = 0;
  for (int i = 0; i < kVarintBytesMax; ++i) {
    if (rest_.empty()) return error(Code::format, "byte %zu: the file ends inside a number", offset_);
    const auto byte = static_cast<unsigned char>(rest_[0]);
    // The tenth byte holds the 64th bit and nothing else.
    if (i == kVarintBytesMax - 1 && byte > 1) break;
    advance(1);
    value |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) return value;
  }
  return error(Code::format, "byte %zu: a number longer than 64 bits", offset_);
}

Result<uint64_t> WireReader::fixed(size_t n_bytes) {
  if (rest_.size() < n_bytes) return error(Code::format, "byte %zu: the file ends inside a number", offset_);
  uint64_t value = 0;
  for (size_t i = 0; i < n_bytes; ++i) value |= static_cast<uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
  advance(n_bytes);
  return value;
}

Result<WireField> WireReader::next() {
  const size_t start = offset_;
  SW_ASSIGN(const uint64_t key, varint());
  const uint64_t number = key >> 3;
  if (number == 0 || number > kFieldNumberMax) return error(Code::format, "byte %zu: not a field", start);
  WireField field;
  field.number = static_cast<uint32_t>(number);
  switch (key & 7) {
    case 0: {
      SW_ASSIGN(field.value, varint());
      break;
    }
    case 1: {
      SW_ASSIGN(field.value, fixed(8));
      break;
    }
    case 2: {
      SW_ASSIGN(const uint64_t length, varint());
      if (length > rest_.size()) {
        return error(Code::format, "byte %zu: field %u is longer than what is left of the file", start, field.number);
      }
      payload_offset_ = offset_;
      field.bytes = rest_.substr(0, length);
      advance(length);
      break;
    }
    case 5: {
      SW_ASSIGN(field.value, fixed(4));
      break;
    }
    default:
      return error(Code::format, "byte %zu: field %u has an unknown wire type", start, field.number);
  }
  field.type = static_cast<WireType>(key & 7);
  return field;
}

void WireWriter::raw_varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) message_ += static_cast<char>(value | 0x80);
  message_ += static_cast<char>(value);
}

WireWriter& WireWriter::varint(uint32_t number, uint64_t value) {
  raw_varint(uint64_t{number} << 3 | static_cast<uint64_t>(WireType::varint));
  raw_varint(value);
  return *this;
}

WireWriter& WireWriter::float32(uint32_t number, float value) {
  raw_varint(uint64_t{number} << 3 | static_cast<uint64_t>(WireType::fixed32));
  const auto bits = std::bit_cast<uint32_t>(value);
  for (int i = 0; i < 4; ++i) message_ += static_cast<char>(bits >> (8 * i));
  return *this;
}

WireWriter& WireWriter::bytes(uint32_t number, std::string_view value) {
  raw_varint(uint64_t{number} << 3 | static_cast<uint64_t>(WireType::bytes));
  raw_varint(value.size());
  message_ += value;
  return *this;
}

}  // namespace sw
