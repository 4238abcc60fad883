#include "serve/wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace sw::tool {
namespace {

constexpr size_t kReadBytes = size_t{64} << 10;
constexpr size_t kPipeBytes = 4096;  // what a pipe that is ready takes without waiting (PIPE_BUF)

short events_of(const std::vector<pollfd>& polled, int fd) {
  short events = 0;
  for (const pollfd& entry : polled) {
    if (entry.fd == fd) events = static_cast<short>(events | entry.revents);
  }
  return events;
}

bool may_try_again(int error) {
  return error == EINTR || error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

void Descriptor::reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

void Wire::add_to(std::vector<pollfd>& polled) const {
  polled.push_back({in_, POLLIN, 0});
  if (!drained()) polled.push_back({out_, POLLOUT, 0});
}

bool Wire::serve(const std::vector<pollfd>& polled) {
  const short in = events_of(polled, in_);
  if ((in & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0 && !read_some()) return false;
  return (events_of(polled, out_) & (POLLOUT | POLLERR)) == 0 || write_some();
}

bool Wire::read_some() {
  char bytes[kReadBytes];
  const ssize_t n = read(in_, bytes, sizeof bytes);
  if (n > 0) reader_.feed({bytes, static_cast<size_t>(n)});
  return n > 0 || (n < 0 && may_try_again(errno));
}

void Wire::send_text(std::string_view body) {
  queue_ += framed(body);
  // At once when the way is free: an answer does not wait for the next round.
  pollfd ready = {out_, POLLOUT, 0};
  if (poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0) write_some();
}

// Of a pipe no more than it takes without waiting: its flags belong to others too, so it is not made non-blocking.
bool Wire::write_some() {
  while (!drained()) {
    const char* bytes = queue_.data() + sent_;
    const size_t n_left = queue_.size() - sent_;
    ssize_t n = ::send(out_, bytes, n_left, MSG_DONTWAIT | MSG_NOSIGNAL);
    const bool is_pipe = n < 0 && errno == ENOTSOCK;
    if (is_pipe) n = write(out_, bytes, std::min(n_left, kPipeBytes));
    if (n < 0) return may_try_again(errno);
    sent_ += static_cast<size_t>(n);
    if (is_pipe) {
      pollfd ready = {out_, POLLOUT, 0};
      if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) break;
    }
  }
  if (drained() || sent_ > queue_.size() / 2) {
    queue_.erase(0, sent_);
    sent_ = 0;
  }
  return true;
}

}  // namespace sw::tool
