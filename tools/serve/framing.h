// Messages on a stream of bytes, framed as LSP does: "Content-Length: N", an empty line, N bytes. No client is trusted: what is held is bounded,
// and after bytes that are no message the next one is found again.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sw::tool {

class MessageReader {
 public:
  enum class Event {
    none,       // more bytes are needed
    message,    // `body` holds one, until the next call
    too_large,  // one over the limit was passed over; `body` holds its first and its last kEndBytes, until the next call
    junk        // bytes that are no header, passed over up to the next one
  };

  static constexpr size_t kEndBytes = size_t{4} << 10;

  explicit MessageReader(size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  void feed(std::string_view bytes) { buffer_.append(bytes); }
  Event next(std::string_view& body);

 private:
  Event read_line();
  Event end_of_headers();
  bool skip();
  void keep_ends(std::string_view bytes);
  Event junk();
  void compact();

  const size_t message_bytes_max_;
  std::string buffer_;
  size_t at_ = 0;       // of buffer_, where reading goes on
  size_t length_ = 0;   // of the body, once known
  size_t to_skip_ = 0;  // bytes of a body that is too large
  std::string head_, tail_;  // of that body
  enum class Part { header, header_with_length, body, large_body } part_ = Part::header;
  bool in_long_line_ = false;
  bool in_junk_ = false;
};

// `body` with the header in front.
std::string framed(std::string_view body);

}  // namespace sw::tool
