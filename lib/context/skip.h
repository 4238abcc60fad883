// Files that have no place in an index, and why.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sw {

enum class SkipReason : uint8_t {
  ignored,     // by an ignore file; a folder counts once
  repository,  // what version control keeps for itself
  link,        // never followed
  special,     // a device, a socket, a FIFO
  secret,      // keys, credentials, environments
  huge,
  unreadable,  // file or folder; also one that is nested too deep
  odd_name,    // no UTF-8, or control characters
  data,        // tables, logs, lock files, drawings
  binary,      // NUL bytes, or no UTF-8
  generated,
  minified,
};
inline constexpr size_t kSkipReasons = 12;
const char* name_of(SkipReason reason);  // "minified"

using SkipCounts = std::array<uint64_t, kSkipReasons>;

// What the name alone says: repository, secret, odd_name or data. `path` is relative to the workspace.
std::optional<SkipReason> skipped_by_name(std::string_view path, bool is_folder);
// What the contents say: secret (a private key), binary, generated or minified.
std::optional<SkipReason> skipped_by_contents(std::string_view text);

}  // namespace sw
