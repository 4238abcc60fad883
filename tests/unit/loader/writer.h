// Makes safetensors files for tests, honest ones and every kind of liar.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sw::test {

// A folder of its own, gone with the object.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sidewinder-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path() const { return path_.string(); }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// A new file each time: one that is still mapped keeps its old bytes.
inline void write_file(const std::string& path, const std::string& bytes) {
  std::filesystem::remove(path);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct FakeTensor {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  std::string bytes;
  // A lie: the JSON text that stands in the header instead of the true entry.
  std::optional<std::string> entry = std::nullopt;
};

inline std::string json_list(const std::vector<int64_t>& numbers) {
  std::string out = "[";
  for (const int64_t n : numbers) out += (out.size() > 1 ? "," : "") + std::to_string(n);
  return out + "]";
}

inline std::string entry_json(const std::string& dtype, const std::string& shape, uint64_t begin, uint64_t end) {
  return "{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" + std::to_string(begin) + "," +
         std::to_string(end) + "]}";
}

class SafetensorsWriter {
 public:
  SafetensorsWriter& add(FakeTensor tensor) {
    tensors_.push_back(std::move(tensor));
    return *this;
  }

  // Lies; what is not set is told as it is.
  std::optional<std::string> metadata = R"({"format":"pt"})";
  std::optional<std::string> header_text;
  std::optional<uint64_t> header_length;
  std::string tail;

  std::string header() const {
    if (header_text) return *header_text;
    std::string out = "{";
    if (metadata) out += "\"__metadata__\":" + *metadata;
    uint64_t at = 0;
    for (const FakeTensor& t : tensors_) {
      const uint64_t end = at + t.bytes.size();
      if (out.size() > 1) out += ",";
      out += "\"" + t.name + "\":" + (t.entry ? *t.entry : entry_json(t.dtype, json_list(t.shape), at, end));
      at = end;
    }
    out += "}";
    while (out.size() % 8 != 0) out += ' ';
    return out;
  }

  std::string file() const {
    const std::string text = header();
    const uint64_t n = header_length.value_or(text.size());
    std::string out;
    for (int i = 0; i < 8; ++i) out += static_cast<char>(n >> (8 * i) & 0xff);
    out += text;
    for (const FakeTensor& t : tensors_) out += t.bytes;
    return out + tail;
  }

 private:
  std::vector<FakeTensor> tensors_;
};

}  // namespace sw::test
