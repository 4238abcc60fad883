// One weight of a packed matrix: its whole number and its scale.
#pragma once

#include <cstring>

#include "cpu/ref/weight.h"
#include "packed.h"

namespace sw::ops {
namespace {

// The unit of block r / 16 that holds column k.
inline const char* unit_at(const Matrix& m, int r, int k) {
  const size_t n_bytes = m.type == WeightType::q8 ? kPackUnitBytesQ8 : kPackUnitBytesQ4;
  const size_t index = static_cast<size_t>(r / kPackRows) * static_cast<size_t>(pack_units(m.n_cols)) + static_cast<size_t>(k / kPackUnit);
  return static_cast<const char*>(m.data) + index * n_bytes;
}

inline float packed_scale(const Matrix& m, int r, int k) {
  uint16_t bits;
  std::memcpy(&bits, unit_at(m, r, k) + 2 * (k % kPackUnit / kPackGroup * kPackRows + r % kPackRows), sizeof bits);
  return float_of_f16(bits);
}

inline int packed_value(const Matrix& m, int r, int k) {
  const char* lines = unit_at(m, r, k) + kPackScaleBytes;
  const int group = k % kPackUnit / kPackGroup, column = k % kPackGroup;
  if (m.type == WeightType::q8) {
    const char* line = lines + (group * 8 + column / 4) * 64;
    return static_cast<signed char>(line[4 * (r % kPackRows) + column % 4]);
  }
  const char* line = lines + (group * 4 + column % 16 / 4) * 64;
  const auto both = static_cast<unsigned char>(line[4 * (r % kPackRows) + column % 4]);
  return (column < 16 ? both & 15 : both >> 4) - 8;
}

}  // namespace
}  // namespace sw::ops
