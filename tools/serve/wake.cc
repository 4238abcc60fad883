#include "serve/wake.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace sw::tool {

Wake::Wake() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Wake::ring() const noexcept {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(fd_.get(), &one, sizeof one);  // fails only when it rings already
}

void Wake::clear() const {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = read(fd_.get(), &count, sizeof count);
}

}  // namespace sw::tool
