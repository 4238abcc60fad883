#include "serve/framing.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace sw::tool {
namespace {

constexpr size_t kLineBytesMax = 1024;
constexpr size_t kSkippableBytesMax = size_t{1} << 30;  // nobody sends more; a header that says so is junk
constexpr std::string_view kContentLength = "Content-Length:";

bool starts_with_name(std::string_view line, std::string_view name) {
  return line.size() >= name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0;
}

std::optional<size_t> content_length(std::string_view line) {
  if (!starts_with_name(line, kContentLength)) return std::nullopt;
  line.remove_prefix(kContentLength.size());
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  size_t length = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), length);
  if (error != std::errc{} || end != line.data() + line.size() || length > kSkippableBytesMax) return std::nullopt;
  return length;
}

bool is_other_header(std::string_view line) {
  return starts_with_name(line, "Content-Type:");
}

}  // namespace

MessageReader::Event MessageReader::next(std::string_view& body) {
  compact();
  for (;;) {
    if (part_ == Part::large_body) {
      if (!skip()) return Event::none;
      body = head_;
      part_ = Part::header;
      return Event::too_large;
    }
    if (part_ == Part::body) {
      if (buffer_.size() - at_ < length_) return Event::none;
      body = std::string_view(buffer_).substr(at_, length_);
      at_ += length_;
      part_ = Part::header;
      return Event::message;
    }
    const size_t before = at_;
    const Event event = read_line();
    if (event != Event::none) return event;
    if (at_ == before && part_ != Part::body && part_ != Part::large_body) return Event::none;
  }
}

// Passes over what is left of a large body; in the end head_ holds both its ends. False: more bytes are needed for that.
bool MessageReader::skip() {
  const size_t n = std::min(to_skip_, buffer_.size() - at_);
  keep_ends(std::string_view(buffer_).substr(at_, n));
  at_ += n;
  to_skip_ -= n;
  if (to_skip_ > 0) return false;
  head_ += tail_;
  return true;
}

void MessageReader::keep_ends(std::string_view bytes) {
  const size_t n = std::min(kEndBytes - head_.size(), bytes.size());
  head_ += bytes.substr(0, n);
  bytes.remove_prefix(n);
  tail_ += bytes.substr(bytes.size() - std::min(bytes.size(), kEndBytes));
  if (tail_.size() > kEndBytes) tail_.erase(0, tail_.size() - kEndBytes);
}

MessageReader::Event MessageReader::read_line() {
  const size_t end = buffer_.find('\n', at_);
  const size_t n_there = (end == std::string::npos ? buffer_.size() : end) - at_;
  if (in_long_line_ || n_there > kLineBytesMax) {
    in_long_line_ = end == std::string::npos;
    at_ = end == std::string::npos ? buffer_.size() : end + 1;
    return junk();
  }
  if (end == std::string::npos) return Event::none;
  std::string_view line = std::string_view(buffer_).substr(at_, n_there);
  at_ = end + 1;
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.empty()) return end_of_headers();
  if (const auto length = content_length(line)) {
    length_ = *length;
    part_ = Part::header_with_length;
    in_junk_ = false;
    return Event::none;
  }
  return is_other_header(line) ? Event::none : junk();
}

MessageReader::Event MessageReader::end_of_headers() {
  if (part_ != Part::header_with_length) return Event::none;  // an empty line between messages
  if (length_ <= message_bytes_max_) {
    part_ = Part::body;
    return Event::none;
  }
  part_ = Part::large_body;
  to_skip_ = length_;
  head_.clear();
  tail_.clear();
  return Event::none;
}

// Told once for all that lies between two messages.
MessageReader::Event MessageReader::junk() {
  part_ = Part::header;
  if (in_junk_) return Event::none;
  in_junk_ = true;
  return Event::junk;
}

void MessageReader::compact() {
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
    if (buffer_.capacity() > (size_t{1} << 20)) buffer_.shrink_to_fit();
  } else if (at_ > (size_t{64} << 10) && at_ > buffer_.size() / 2) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
}

std::string framed(std::string_view body) {
  std::string out(kContentLength);
  out += ' ' + std::to_string(body.size()) + "\r\n\r\n";
  out += body;
  return out;
}

}  // namespace sw::tool
