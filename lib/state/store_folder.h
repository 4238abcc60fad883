// The folder of a state store: which files are in it, and how it is kept within bounds. Knows names, sizes and times, no contents.
//
//   <32 hex digits>.state          a state: StoreKey, state/store_file.h
//   <32 hex digits>.state.<6>      one that is being written, or was when its writer died
//   lock                           held (flock) by who removes
//
// Other names are not ours and are left alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "state/store_file.h"

namespace sw {

struct StoreName {
  StoreKey key;
  uint64_t inode = 0;  // tells a file from another that took its name
};

struct StoreRemoved {
  uint64_t files = 0;
  uint64_t bytes = 0;
  uint64_t leftovers = 0;  // files aside of dead writers
};

// Holds no descriptor: the folder may be removed and made anew under it. Immutable, so safe on any thread and with any number of processes.
class StoreFolder {
 public:
  // Makes the folder, and those above it, readable by the owner only. Errors: io; argument for one that others own or can write to:
  // who can write a state can make the model say anything.
  static Result<StoreFolder> open(std::string path);

  const std::string& path() const { return path_; }
  std::string path_of(const StoreKey& key) const;
  // Makes it again when it is gone.
  Status ensure() const;

  // Changes whenever a name comes or goes; nothing when it cannot be known. Not monotonic.
  std::optional<std::chrono::nanoseconds> changed() const;
  // At most kNamesMax. A folder that is gone has no names.
  Result<std::vector<StoreName>> names() const;

  // Removes files of dead writers; gives how many.
  uint64_t remove_leftovers() const;
  // Removes the files that were used longest ago until at most bytes_max are left, never `keep`. Waits for the lock up to `patience`.
  // Errors: state when another process holds the lock, io.
  Result<StoreRemoved> shrink(uint64_t bytes_max, std::optional<StoreKey> keep, std::chrono::milliseconds patience) const;

  static constexpr size_t kNamesMax = size_t{1} << 20;

 private:
  explicit StoreFolder(std::string path) : path_(std::move(path)) {}
  // Every name in the folder until `visit` says false.
  Status each(const std::function<bool(const char* name, uint64_t inode)>& visit) const;

  std::string path_;
};

}  // namespace sw
