// Stored numbers to float32, against the definition of the formats, for every bit pattern there is.
#include "loader/convert.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "support.h"

namespace sw::test {
namespace {

// The value by the definition: (-1)^s * fraction * 2^exponent, without regard to how float32 stores it.
double by_definition(uint32_t bits, int n_exponent, int n_fraction) {
  const int bias = (1 << (n_exponent - 1)) - 1;
  const int exponent = static_cast<int>(bits >> n_fraction) & ((1 << n_exponent) - 1);
  const double fraction = bits & ((1u << n_fraction) - 1);
  const double sign = bits >> (n_exponent + n_fraction) ? -1.0 : 1.0;
  if (exponent == (1 << n_exponent) - 1) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - n_fraction);
  return sign * std::ldexp(fraction + (1 << n_fraction), exponent - bias - n_fraction);
}

void expect_same(float got, double want, uint32_t bits) {
  if (std::isnan(want)) {
    EXPECT_TRUE(std::isnan(got)) << bits;
  } else {
    EXPECT_EQ(static_cast<double>(got), want) << bits;
    EXPECT_EQ(std::signbit(got), std::signbit(want)) << bits;
  }
}

TEST(Convert, EveryHalfIsExact) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    expect_same(f16_to_f32(static_cast<uint16_t>(bits)), by_definition(bits, 5, 10), bits);
    expect_same(bf16_to_f32(static_cast<uint16_t>(bits)), by_definition(bits, 8, 7), bits);
  }
}

TEST(Convert, WholeTensorsAtAnyAlignment) {
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
    const size_t size = dtype == DType::f32 ? 4 : 2;
    std::vector<std::byte> bytes(8 + 37 * size);
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 % 113);
    for (size_t shift = 0; shift < 8; ++shift) {
      TensorView view;
      view.dtype = dtype;
      view.shape = {37};
      view.data = bytes.data() + shift;
      view.n_bytes = 37 * size;
      const std::vector<float> got = to_f32(view);
      ASSERT_EQ(got.size(), 37u);
      for (size_t i = 0; i < got.size(); ++i) {
        uint32_t bits = 0;
        for (size_t b = 0; b < size; ++b) bits |= std::to_integer<uint32_t>(view.data[i * size + b]) << (8 * b);
        const double want = dtype == DType::f32   ? by_definition(bits, 8, 23)
                            : dtype == DType::f16 ? by_definition(bits, 5, 10)
                                                  : by_definition(bits, 8, 7);
        expect_same(got[i], want, bits);
      }
    }
  }
  EXPECT_TRUE(to_f32(TensorView()).empty());
}

}  // namespace
}  // namespace sw::test
