// One peer of the message loop: a stream in, a stream out, neither ever waited for.
#pragma once

#include <poll.h>

#include <string>
#include <string_view>
#include <utility>

#include "json_output.h"
#include "serve/framing.h"

namespace sw::tool {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  void reset(int fd = -1);
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

inline constexpr size_t kMessageBytesMax = size_t{32} << 20;
inline constexpr size_t kQueueBytesMax = size_t{64} << 20;  // unsent: beyond, the other side is taken for dead

class Wire {
 public:
  // Standard input and output stay open; a socket is owned.
  Wire(int in, int out) : in_(in), out_(out), reader_(kMessageBytesMax) {}
  explicit Wire(Descriptor socket) : socket_(std::move(socket)), in_(socket_.get()), out_(socket_.get()), reader_(kMessageBytesMax) {}

  void add_to(std::vector<pollfd>& polled) const;
  // Reads and writes what can be done at once. False: the other side is gone.
  bool serve(const std::vector<pollfd>& polled);

  MessageReader::Event next(std::string_view& body) { return reader_.next(body); }
  void send(const Json& message) { send_text(json_text(message)); }
  void send_text(std::string_view body);
  bool overfull() const { return queue_.size() - sent_ > kQueueBytesMax; }
  bool drained() const { return sent_ == queue_.size(); }

 private:
  bool read_some();
  bool write_some();

  Descriptor socket_;
  int in_, out_;
  MessageReader reader_;
  std::string queue_;
  size_t sent_ = 0;  // of queue_
};

}  // namespace sw::tool
