// Random blocks of the quantised types of GGUF, made from known integers: the bytes by the packing of ggml's quantisers, the weights from
// the integers in double. Nothing here unpacks a byte, so it shares no line of thought with the reader.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "loader/checkpoint.h"

namespace sw::test {

using BlockRandom = std::mt19937_64;

struct Half {
  uint16_t bits;
  double value;
};

// Any finite f16 whose exponent field is in [low, high]; 0: zero and subnormals.
inline Half random_half(BlockRandom& random, int low, int high) {
  const int exponent = low + static_cast<int>(random() % static_cast<uint64_t>(high - low + 1));
  const int fraction = static_cast<int>(random() % 1024), sign = static_cast<int>(random() % 2);
  const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return {static_cast<uint16_t>(sign << 15 | exponent << 10 | fraction), sign != 0 ? -magnitude : magnitude};
}

struct FakeBlock {
  std::string bytes;
  std::vector<double> weights;  // exact; a float32 of each is what the reader must give
  // Of Q8_0, Q5_0 and Q4_0: weight = scale * q.
  uint16_t scale = 0;
  std::vector<int> q;
};

inline std::vector<int> random_integers(BlockRandom& random, size_t n, int low, int high) {
  std::vector<int> out(n);
  for (int& q : out) q = low + static_cast<int>(random() % static_cast<uint64_t>(high - low + 1));
  return out;
}

inline void put(std::string& out, int value) { out += static_cast<char>(value); }
inline void put_half(std::string& out, Half half) {
  put(out, half.bits & 0xff);
  put(out, half.bits >> 8);
}

// The low four bits of 32 integers in 16 bytes, the first 16 in the low halves.
inline std::string nibbles(const int* q) {
  std::string out;
  for (int i = 0; i < 16; ++i) put(out, (q[i] & 15) | (q[i + 16] & 15) << 4);
  return out;
}

// The fifth bits of 32 integers, one little-endian number of 32 bits.
inline std::string fifth_bits(const int* q) {
  uint32_t bits = 0;
  for (int i = 0; i < 32; ++i) bits |= static_cast<uint32_t>(q[i] >> 4 & 1) << i;
  std::string out;
  for (int i = 0; i < 4; ++i) put(out, static_cast<int>(bits >> (8 * i) & 0xff));
  return out;
}

// Blocks of 32 with a scale and, for *_1, a minimum.
inline FakeBlock simple_block(BlockRandom& random, DType type, int low, int high) {
  const bool five = type == DType::q5_0 || type == DType::q5_1, with_min = type == DType::q4_1 || type == DType::q5_1;
  const Half d = random_half(random, low, high), m = random_half(random, low, high);
  FakeBlock out;
  put_half(out.bytes, d);
  std::vector<int> q = type == DType::q8_0 ? random_integers(random, 32, -128, 127) : random_integers(random, 32, 0, five ? 31 : 15);
  if (with_min) put_half(out.bytes, m);
  if (five) out.bytes += fifth_bits(q.data());
  if (type == DType::q8_0) {
    for (const int each : q) put(out.bytes, each);
  } else {
    out.bytes += nibbles(q.data());
  }
  const int zero = type == DType::q4_0 ? 8 : type == DType::q5_0 ? 16 : 0;
  for (int& each : q) each -= zero;
  for (const int each : q) out.weights.push_back(with_min ? d.value * each + m.value : d.value * each);
  out.scale = d.bits;
  out.q = q;
  return out;
}

// Eight scales and eight minima of six bits in 12 bytes.
inline std::string six_bit_pairs(const std::vector<int>& scales, const std::vector<int>& mins) {
  std::array<int, 12> bytes{};
  for (size_t g = 0; g < 4; ++g) {
    bytes[g] = scales[g];
    bytes[g + 4] = mins[g];
  }
  for (size_t g = 4; g < 8; ++g) {
    bytes[g + 4] = (scales[g] & 15) | (mins[g] & 15) << 4;
    bytes[g - 4] |= scales[g] >> 4 << 6;
    bytes[g] |= mins[g] >> 4 << 6;
  }
  std::string out;
  for (const int byte : bytes) put(out, byte);
  return out;
}

// Q4_K and Q5_K.
inline FakeBlock pair_block(BlockRandom& random, DType type, int low, int high) {
  const bool five = type == DType::q5_k;
  const Half d = random_half(random, low, high), dmin = random_half(random, low, high);
  const std::vector<int> scales = random_integers(random, 8, 0, 63), mins = random_integers(random, 8, 0, 63);
  const std::vector<int> q = random_integers(random, 256, 0, five ? 31 : 15);
  FakeBlock out;
  put_half(out.bytes, d);
  put_half(out.bytes, dmin);
  out.bytes += six_bit_pairs(scales, mins);
  std::array<int, 32> high_bits{};
  std::string low_bits;
  for (size_t pair = 0; pair < 4; ++pair) {
    for (size_t j = 0; j < 32; ++j) {
      const int first = q[64 * pair + j], second = q[64 * pair + 32 + j];
      put(low_bits, (first & 15) | (second & 15) << 4);
      high_bits[j] |= (first >> 4) << (2 * pair) | (second >> 4) << (2 * pair + 1);
    }
  }
  if (five) {
    for (const int byte : high_bits) put(out.bytes, byte);
  }
  out.bytes += low_bits;
  for (size_t i = 0; i < 256; ++i) out.weights.push_back(d.value * scales[i / 32] * q[i] - dmin.value * mins[i / 32]);
  return out;
}

inline FakeBlock q6_k_block(BlockRandom& random, int low, int high) {
  const Half d = random_half(random, low, high);
  const std::vector<int> scales = random_integers(random, 16, -128, 127), q = random_integers(random, 256, 0, 63);
  FakeBlock out;
  std::string upper;
  for (size_t half = 0; half < 2; ++half) {
    const int* a = q.data() + 128 * half;
    for (size_t j = 0; j < 32; ++j) put(out.bytes, (a[j] & 15) | (a[j + 64] & 15) << 4);
    for (size_t j = 0; j < 32; ++j) put(out.bytes, (a[j + 32] & 15) | (a[j + 96] & 15) << 4);
    for (size_t j = 0; j < 32; ++j) put(upper, a[j] >> 4 | (a[j + 32] >> 4) << 2 | (a[j + 64] >> 4) << 4 | (a[j + 96] >> 4) << 6);
  }
  out.bytes += upper;
  for (const int scale : scales) put(out.bytes, scale);
  put_half(out.bytes, d);
  for (size_t i = 0; i < 256; ++i) out.weights.push_back(d.value * scales[i / 16] * (q[i] - 32));
  return out;
}

// Exponent fields of the f16 numbers as in random_half().
inline FakeBlock random_block(BlockRandom& random, DType type, int low, int high) {
  if (type == DType::q6_k) return q6_k_block(random, low, high);
  return type == DType::q4_k || type == DType::q5_k ? pair_block(random, type, low, high) : simple_block(random, type, low, high);
}

// A matrix of random blocks with weights of a size that a model can have.
struct FakeMatrix {
  std::string bytes;
  std::vector<float> weights;
  std::vector<FakeBlock> blocks;
};

inline FakeMatrix random_matrix(BlockRandom& random, DType type, int64_t n_rows, int64_t n_cols) {
  const int exponent = type == DType::q8_0 ? 4 : type == DType::q6_k ? 1 : type == DType::q4_k || type == DType::q5_k ? 3 : 8;
  FakeMatrix out;
  for (int64_t n = 0; n < n_rows * n_cols; n += static_cast<int64_t>(out.blocks.back().weights.size())) {
    out.blocks.push_back(random_block(random, type, exponent - 1, exponent));
    out.bytes += out.blocks.back().bytes;
    for (const double w : out.blocks.back().weights) out.weights.push_back(static_cast<float>(w));
  }
  return out;
}

constexpr DType kBlockTypes[] = {DType::q8_0, DType::q4_0, DType::q4_1, DType::q5_0, DType::q5_1, DType::q4_k, DType::q5_k, DType::q6_k};

inline std::string block_name(DType type) {
  static const std::map<DType, std::string> kNames = {{DType::q8_0, "Q8_0"}, {DType::q4_0, "Q4_0"}, {DType::q4_1, "Q4_1"}, {DType::q5_0, "Q5_0"},
                                                      {DType::q5_1, "Q5_1"}, {DType::q4_k, "Q4_K"}, {DType::q5_k, "Q5_K"}, {DType::q6_k, "Q6_K"}};
  return kNames.at(type);
}

}  // namespace sw::test
