#include "npy.h"

#include <bit>

namespace sw::tool {
namespace {

static_assert(std::endian::native == std::endian::little, "the header says '<f4'");

std::string header_of(const std::vector<uint64_t>& shape) {
  std::string dimensions;
  for (uint64_t size : shape) dimensions += std::to_string(size) + ", ";
  if (shape.size() > 1) dimensions.resize(dimensions.size() - 2);
  std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + dimensions + "), }";
  constexpr size_t lead = 10;  // magic, version and the length of what follows
  constexpr size_t alignment = 64;
  while ((lead + dictionary.size() + 1) % alignment != 0) dictionary += ' ';
  dictionary += '\n';
  const auto length = static_cast<uint16_t>(dictionary.size());
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(length & 0xff);
  header += static_cast<char>(length >> 8);
  return header + dictionary;
}

}  // namespace

Outcome NpyWriter::open(const std::string& path, const std::vector<uint64_t>& shape) {
  path_ = path;
  n_missing_ = 1;
  for (uint64_t size : shape) n_missing_ *= size;
  SW_TRY(file_.open(path));
  const std::string header = header_of(shape);
  return file_.write(header.data(), header.size());
}

Outcome NpyWriter::append(const float* values, size_t n_values) {
  if (n_values > n_missing_) return failure(kExitFailed, SW_E_INTERNAL, path_ + ": more values than its shape says");
  n_missing_ -= n_values;
  return file_.write(values, n_values * sizeof(float));
}

Outcome NpyWriter::finish() {
  if (n_missing_ != 0) return failure(kExitFailed, SW_E_INTERNAL, path_ + ": fewer values than its shape says");
  return file_.commit();
}

}  // namespace sw::tool
