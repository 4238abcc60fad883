// NumPy's .npy format, version 1.0, float32 in C order, written row by row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "outcome.h"
#include "output_file.h"

namespace sw::tool {

class NpyWriter {
 public:
  Outcome open(const std::string& path, const std::vector<uint64_t>& shape);
  Outcome append(const float* values, size_t n_values);
  // All values of the shape must have come. Without finish() no file is left.
  Outcome finish();

 private:
  OutputFile file_;
  std::string path_;
  uint64_t n_missing_ = 0;
};

}  // namespace sw::tool
