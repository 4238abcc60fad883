// The protobuf wire format, read strictly and written minimally: as much of it as a SentencePiece model needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace sw {

enum class WireType : uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct WireField {
  uint32_t number = 0;
  WireType type = WireType::varint;
  uint64_t value = 0;      // varint, fixed32 and fixed64
  std::string_view bytes;  // of type bytes; borrowed from the message
};

// Walks the fields of one message. Groups, field number 0 and lengths beyond the message are format errors that name
// the byte offset in the file.
class WireReader {
 public:
  // `file_offset` is where `message` starts in the file: for error texts only.
  explicit WireReader(std::string_view message, size_t file_offset = 0) : rest_(message), offset_(file_offset) {}

  bool done() const { return rest_.empty(); }
  Result<WireField> next();
  // Where the bytes of the last field started in the file.
  size_t payload_offset() const { return payload_offset_; }

 private:
  Result<uint64_t> varint();
  Result<uint64_t> fixed(size_t n_bytes);
  void advance(size_t n);

  std::string_view rest_;
  size_t offset_;
  size_t payload_offset_ = 0;
};

// Appends fields to a message.
class WireWriter {
 public:
  WireWriter& varint(uint32_t number, uint64_t value);
  WireWriter& float32(uint32_t number, float value);
  WireWriter& bytes(uint32_t number, std::string_view value);
  const std::string& message() const { return message_; }

 private:
  void raw_varint(uint64_t value);
  std::string message_;
};

}  // namespace sw
