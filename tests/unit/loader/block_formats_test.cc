#include "loader/block_formats.h"

#include <gtest/gtest.h>

#include <cstring>

#include "gguf_blocks.h"

namespace sw::test {
namespace {

class Blocks : public testing::TestWithParam<DType> {};

// Every bit of every weight, for scales of any size.
TEST_P(Blocks, WeightsAreThoseOfTheIntegersThatWereWritten) {
  BlockRandom random(11);
  for (int i = 0; i < 2000; ++i) {
    const FakeBlock block = random_block(random, GetParam(), 0, 30);
    ASSERT_EQ(block.bytes.size(), block_bytes(GetParam()));
    ASSERT_EQ(static_cast<int>(block.weights.size()), block_weights(GetParam()));
    const std::vector<char> exact(block.bytes.begin(), block.bytes.end());  // of just that size: a sanitizer sees each byte beyond
    std::vector<float> weights(block.weights.size());
    decode_blocks(GetParam(), reinterpret_cast<const std::byte*>(exact.data()), 1, weights.data());
    for (size_t j = 0; j < weights.size(); ++j) {
      ASSERT_EQ(weights[j], static_cast<float>(block.weights[j])) << "weight " << j << " of block " << i;
    }
  }
}

TEST_P(Blocks, ManyBlocksAreOneAfterTheOther) {
  BlockRandom random(12);
  const FakeMatrix matrix = random_matrix(random, GetParam(), 3, 512);
  std::vector<float> weights(matrix.weights.size());
  decode_blocks(GetParam(), reinterpret_cast<const std::byte*>(matrix.bytes.data()), matrix.blocks.size(), weights.data());
  EXPECT_EQ(std::memcmp(weights.data(), matrix.weights.data(), weights.size() * sizeof(float)), 0);
}

TEST_P(Blocks, IntegersAndScaleAreThoseThatWereWritten) {
  BlockRandom random(13);
  const bool has_integers = GetParam() == DType::q8_0 || GetParam() == DType::q5_0 || GetParam() == DType::q4_0;
  for (int i = 0; i < 500; ++i) {
    const FakeBlock block = random_block(random, GetParam(), 0, 30);
    uint16_t scale = 0;
    int8_t q[32];
    ASSERT_EQ(block_integers(GetParam(), reinterpret_cast<const std::byte*>(block.bytes.data()), &scale, q), has_integers);
    if (!has_integers) continue;
    ASSERT_EQ(scale, block.scale);
    for (size_t j = 0; j < 32; ++j) ASSERT_EQ(q[j], block.q[j]);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Blocks, testing::ValuesIn(kBlockTypes), [](const auto& type) { return block_name(type.param); });

TEST(HeldType, WhatAKernelReadsIsHeldAsItIs) {
  for (const DType type : {DType::f32, DType::f16, DType::bf16, DType::q8, DType::q4}) EXPECT_EQ(held_type(type), type);
  for (const DType type : kBlockTypes) EXPECT_EQ(held_type(type), type == DType::q4_0 ? DType::q4 : DType::q8);
}

}  // namespace
}  // namespace sw::test
