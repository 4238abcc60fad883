// Tells the message loop from any thread that there is something to look at.
#pragma once

#include "serve/wire.h"

namespace sw::tool {

class Wake {
 public:
  Wake();
  int fd() const { return fd_.get(); }
  void ring() const noexcept;  // any thread; allocates nothing
  void clear() const;

 private:
  Descriptor fd_;
};

}  // namespace sw::tool
