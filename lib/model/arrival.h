// Bytes that a device is still writing to the host's memory.
#pragma once

#include "base/status.h"

namespace sw {

// Thread-safe. Goes once they are there, or never will be: until then their memory is not free.
class Arrival {
 public:
  virtual ~Arrival() = default;
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;

  // Returns when they are there; the same each time. io when the device failed on the way.
  virtual Status wait() = 0;

 protected:
  Arrival() = default;
};

}  // namespace sw
