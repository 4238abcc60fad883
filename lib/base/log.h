// Where messages go: nowhere, unless the host gave a function.
#pragma once

#include <cstdint>
#include <string>

namespace sw {

enum class LogLevel : int32_t { error = 1, warning = 2, info = 3, debug = 4 };

struct Log {
  void (*write)(void* user, int32_t level, const char* text, size_t length) = nullptr;
  void* user = nullptr;
  LogLevel level = LogLevel::warning;

  void operator()(LogLevel l, const std::string& text) const {
    if (write != nullptr && l <= level) write(user, static_cast<int32_t>(l), text.c_str(), text.size());
  }
};

}  // namespace sw
