// A library with a device's kernels, opened at run time: the table of kernels/device.h, and the device that it found.
#pragma once

#include <memory>
#include <string>

#include "backend/allocator.h"
#include "base/status.h"
#include "device.h"

namespace sw {

// What a device's status means to a caller: the code, and `what` with the device's own text.
Status device_status(cuda::DeviceStatus status, const cuda::DeviceText& text, const std::string& what);

// Immutable, thread-safe. The library stays loaded until the process ends: what came from it, pinned memory too, may outlive this.
class DevicePlugin {
 public:
  // path: a file, or "" for libsidewinder-cuda.so beside the library that holds this code, in a folder `sidewinder` there, or in its
  // build tree. Nothing that a checkpoint says is ever a path here. index: of the device.
  // Errors: not_found when there is no such file, mismatch for a plugin of another version, unsupported without a usable driver and
  // device, no_memory. The text says which, and why.
  static Result<std::shared_ptr<const DevicePlugin>> open(const std::string& path, int index);

  const cuda::DeviceTable& table() const { return *table_; }
  int index() const { return index_; }
  const std::string& path() const { return path_; }
  // "NVIDIA H200, compute capability 9.0, driver 13.0".
  const std::string& name() const { return name_; }
  // Bytes that nobody has taken; 0 when the device does not answer.
  uint64_t bytes_free() const;
  // Memory of the host that the device copies at full speed.
  Allocator pinned_allocator() const;

 private:
  DevicePlugin(const cuda::DeviceTable* table, int index, std::string path) : table_(table), index_(index), path_(std::move(path)) {}

  const cuda::DeviceTable* table_;
  int index_;
  std::string path_;
  std::string name_;
};

}  // namespace sw
