// A context that was pinned as text, as documents of a buffer.
#pragma once

#include <string>

#include "outcome.h"
#include "sidewinder/sidewinder.h"

namespace sw::tool {

// `context` is documents under "+++++ path" lines. The buffer's model writes its own headers.
Outcome set_pinned_context(sw_buffer* buffer, const std::string& context);

}  // namespace sw::tool
