// The end of a completion that nobody watches.
#pragma once

#include "outcome.h"
#include "sidewinder/sidewinder.h"

namespace sw::tool {

// Waits until it is done, with Ctrl-C in mind: its own outcome.
Outcome finish(sw_request* request);

}  // namespace sw::tool
