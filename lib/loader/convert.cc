#include "loader/convert.h"

#include <bit>
#include <cstring>

namespace sw {
namespace {

template <class Bits, class Convert>
void convert_all(const std::byte* data, std::vector<float>& out, Convert convert) {
  for (size_t i = 0; i < out.size(); ++i) {
    Bits bits;  // files align nothing
    std::memcpy(&bits, data + i * sizeof(bits), sizeof(bits));
    out[i] = convert(bits);
  }
}

}  // namespace

float f16_to_f32(uint16_t bits) {
  const uint32_t sign = (bits & 0x8000u) << 16;
  const uint32_t exponent = bits >> 10 & 0x1f;
  const uint32_t fraction = bits & 0x3ff;
  if (exponent == 0) {  // zero and subnormals: fraction * 2^-24, exact in float32
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(static_cast<float>(fraction) * 0x1p-24f));
  }
  const uint32_t wide = exponent == 0x1f ? 0xff : exponent + (127 - 15);  // infinity and NaN stay what they are
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

float bf16_to_f32(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}

std::vector<float> to_f32(const TensorView& tensor) {
  std::vector<float> out(tensor.empty() ? 0 : static_cast<size_t>(tensor.n_elements()));
  switch (tensor.dtype) {
    case DType::f32:
      convert_all<uint32_t>(tensor.data, out, [](uint32_t bits) { return std::bit_cast<float>(bits); });
      break;
    case DType::f16:
      convert_all<uint16_t>(tensor.data, out, f16_to_f32);
      break;
    case DType::bf16:
      convert_all<uint16_t>(tensor.data, out, bf16_to_f32);
      break;
    default:
      break;  // no small tensor is packed or in blocks
  }
  return out;
}

}  // namespace sw
