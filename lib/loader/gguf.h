// One GGUF file (versions 2 and 3, little-endian): metadata and tensors that are believed only after every rule was checked, as views
// into the mapped file. Nothing is allocated by a number in the file that the file's own length does not bear out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mapped_file.h"
#include "base/status.h"
#include "loader/checkpoint.h"

namespace sw {

// As the format numbers them.
enum class GgufType : uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, text, array, u64, i64, f64 };

struct GgufValue {
  GgufType type = GgufType::u8;
  GgufType element = GgufType::u8;  // of an array: its elements, never arrays; else the type
  uint64_t n = 1;                   // elements
  std::span<const std::byte> bytes;  // all elements as the file has them; a text with its length in front
  uint64_t offset = 0;               // of the entry in the file
};

struct GgufTensor {
  std::string name;
  DType type = DType::f32;
  std::vector<int64_t> dims;  // as the file has them: the fastest first
  uint64_t begin = 0;         // file offset of the data
  uint64_t n_bytes = 0;
};

class Gguf {
 public:
  // Errors: format, naming the byte; unsupported for versions, byte orders and types that are known but not read.
  static Result<Gguf> parse(std::shared_ptr<const MappedFile> file);  // the mapping is what every view keeps alive
  // The same over bytes in memory, which must outlive the object and its views. `path` is for messages.
  static Result<Gguf> parse(std::span<const std::byte> bytes, const std::string& path);

  const std::string& path() const { return path_; }
  const std::shared_ptr<const MappedFile>& file() const { return file_; }
  const std::vector<GgufTensor>& tensors() const { return tensors_; }
  TensorView view(const GgufTensor& tensor) const;  // shape: the dims, slowest first

  // The value, or null.
  const GgufValue* find(std::string_view key) const;
  // Each leaves *out alone when the key is not there, and is a format error when its value has another type or range.
  Status count(std::string_view key, uint64_t low, uint64_t high, int* out) const;
  Status number(std::string_view key, double low, double high, double* out) const;
  Status boolean(std::string_view key, bool* out) const;
  Status text(std::string_view key, std::string_view* out) const;
  // Arrays. Integers of any width become int32; others are refused.
  Status texts(std::string_view key, std::vector<std::string_view>* out) const;
  Status floats(std::string_view key, std::vector<float>* out) const;
  Status integers(std::string_view key, std::vector<int32_t>* out) const;

  // "model.gguf: 'key' at byte N: why"
  Status fail(Code code, std::string_view key, const std::string& why) const;

 private:
  std::string path_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const MappedFile> file_;
  std::unordered_map<std::string_view, GgufValue> values_;
  std::vector<GgufTensor> tensors_;
};

// Whether a file begins as a GGUF file of any version does.
bool is_gguf(std::span<const std::byte> bytes);

}  // namespace sw
