// One safetensors file: a header that is believed only after every rule was checked, and views into its data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "base/status.h"
#include "loader/checkpoint.h"

namespace sw {

struct SafetensorsEntry {
  std::string name;
  std::string dtype;  // as spelled: one of the types whose size is known, not only those that hold weights
  std::vector<int64_t> shape;
  uint64_t begin = 0;        // file offset of the first byte of data
  uint64_t end = 0;          // file offset behind the last one
  uint64_t name_offset = 0;  // file offset of the name in the header
};

class Safetensors {
 public:
  // Maps and checks the file. The mapping is what every view keeps alive. As with any mapping, a file that somebody
  // else shortens while it is mapped raises SIGBUS on access: replace checkpoints by renaming, never in place.
  static Result<Safetensors> open(const std::string& path);

  // The same over bytes in memory, which must outlive the object and its views. `path` is for messages.
  static Result<Safetensors> parse(std::span<const std::byte> bytes, const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<SafetensorsEntry>& entries() const { return entries_; }  // by offset: no hole, no overlap

  // "model.safetensors: tensor 'lm_head.weight' at byte 4096"
  std::string where(const SafetensorsEntry& entry) const;

  // unsupported when the entry's type is not one that weights may have.
  Result<TensorView> view(const SafetensorsEntry& entry) const;
  // A packed matrix of this shape, stored as loader/packed_tensor.h says. mismatch when it is not.
  Result<TensorView> packed_view(const SafetensorsEntry& entry, DType type, const std::vector<int64_t>& shape) const;

 private:
  TensorView view_of(const SafetensorsEntry& entry, DType type) const;

  std::string path_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const MappedFile> file_;
  std::vector<SafetensorsEntry> entries_;
};

// "path: tensor 'name' at byte N", for messages.
std::string tensor_place(const std::string& path, const std::string& name, uint64_t offset);

}  // namespace sw
