// One stored weight as float32. Exact: every f16 and bf16 value is a float32 value.
#pragma once

#include <bit>
#include <cstring>

#include "ops.h"

namespace sw::ops {
namespace {

inline float float_of_bf16(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}

// IEEE binary16: 1 sign, 5 exponent (bias 15), 10 mantissa bits.
inline float float_of_f16(uint16_t bits) {
  const uint32_t sign = uint32_t{bits & 0x8000u} << 16;
  const uint32_t exponent = (bits >> 10) & 0x1f;
  const uint32_t mantissa = bits & 0x3ff;
  if (exponent == 0) {  // zero and subnormals: mantissa * 2^-24
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | mantissa << 13);  // infinity and NaN
  return std::bit_cast<float>(sign | (exponent + 127 - 15) << 23 | mantissa << 13);
}

inline float weight_at(const Matrix& m, size_t index) {
  const char* at = static_cast<const char*>(m.data) + index * weight_bytes(m.type);
  if (m.type == WeightType::f32) {
    float value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return m.type == WeightType::f16 ? float_of_f16(bits) : float_of_bf16(bits);
}

}  // namespace
}  // namespace sw::ops
