// A read-only memory mapping of a whole file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/status.h"

namespace sw {

class MappedFile {
 public:
  // Maps `path`. An empty file gives an empty span. Errors: not_found, io, no_memory; the text names the path.
  // Regular files only: a FIFO or a device would block or lie about its size.
  static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);

  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // The pages wholly inside [begin, begin + n_bytes) leave this process's memory until they are read again.
  void drop(const std::byte* begin, size_t n_bytes) const;

 private:
  MappedFile(std::string path, const std::byte* data, size_t size) : path_(std::move(path)), data_(data), size_(size) {}

  std::string path_;
  const std::byte* data_;
  size_t size_;
};

}  // namespace sw
