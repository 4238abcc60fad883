#include "base/checked.h"

#include <gtest/gtest.h>

#include <random>

namespace sw {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr uint64_t kMax = UINT64_MAX;

void check(uint64_t a, uint64_t b) {
  const Wide sum = Wide{a} + b;
  const Wide product = Wide{a} * b;
  EXPECT_EQ(checked_add(a, b), sum > kMax ? std::nullopt : std::optional(static_cast<uint64_t>(sum))) << a << " " << b;
  EXPECT_EQ(checked_mul(a, b), product > kMax ? std::nullopt : std::optional(static_cast<uint64_t>(product)))
      << a << " " << b;
}

TEST(Checked, IsWideArithmeticOrNothing) {
  const uint64_t edges[] = {0,         1, 2, 3, kMax, kMax - 1, kMax / 2, kMax / 2 + 1, kMax / 3, uint64_t{1} << 32,
                            0xFFFFFFFF};
  for (const uint64_t a : edges) {
    for (const uint64_t b : edges) check(a, b);
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t a = random() >> (random() % 64);
    const uint64_t b = random() >> (random() % 64);
    check(a, b);
    check(a, kMax - a);                 // the last sum that fits
    if (a > 0) check(a, kMax - a + 1);  // the first that does not
    if (a > 0) check(a, kMax / a);      // the last product that fits
    if (a > 1) check(a, kMax / a + 1);
  }
}

}  // namespace
}  // namespace sw
