#include "loader/block_formats.h"

#include <array>
#include <cstring>

#include "loader/convert.h"

namespace sw {
namespace {

uint8_t byte_at(const std::byte* at, size_t i) { return std::to_integer<uint8_t>(at[i]); }

uint16_t u16_at(const std::byte* at) { return static_cast<uint16_t>(byte_at(at, 0) | byte_at(at, 1) << 8); }

float f16_at(const std::byte* at) { return f16_to_f32(u16_at(at)); }

// 16 bytes: weight j in the low four bits of byte j, weight 16 + j in the high ones.
uint8_t nibble(const std::byte* qs, size_t j) { return j < 16 ? byte_at(qs, j) & 0xf : byte_at(qs, j - 16) >> 4; }

// Bit j of four bytes: the fifth bit of weight j.
uint8_t fifth_bit(const std::byte* qh, size_t j) { return static_cast<uint8_t>((byte_at(qh, j / 8) >> j % 8 & 1) << 4); }

// d, q[32]
void integers_q8_0(const std::byte* block, int8_t* q) { std::memcpy(q, block + 2, 32); }

// d, qs[16]
void integers_q4_0(const std::byte* block, int8_t* q) {
  for (size_t j = 0; j < 32; ++j) q[j] = static_cast<int8_t>(nibble(block + 2, j) - 8);
}

// d, qh[4], qs[16]
void integers_q5_0(const std::byte* block, int8_t* q) {
  for (size_t j = 0; j < 32; ++j) q[j] = static_cast<int8_t>((nibble(block + 6, j) | fifth_bit(block + 2, j)) - 16);
}

void decode_integers(DType type, const std::byte* block, float* out) {
  std::array<int8_t, 32> q;
  uint16_t scale;
  block_integers(type, block, &scale, q.data());
  const float d = f16_to_f32(scale);
  for (size_t j = 0; j < 32; ++j) out[j] = d * static_cast<float>(q[j]);
}

// d, m, qs[16]
void decode_q4_1(const std::byte* block, float* out) {
  const float d = f16_at(block), m = f16_at(block + 2);
  for (size_t j = 0; j < 32; ++j) out[j] = d * static_cast<float>(nibble(block + 4, j)) + m;
}

// d, m, qh[4], qs[16]
void decode_q5_1(const std::byte* block, float* out) {
  const float d = f16_at(block), m = f16_at(block + 2);
  for (size_t j = 0; j < 32; ++j) out[j] = d * static_cast<float>(nibble(block + 8, j) | fifth_bit(block + 4, j)) + m;
}

struct ScaleAndMin {
  float scale;
  float min;
};

// The six-bit numbers of group g (0 to 7) in 12 bytes: those of the first four groups lie in the low six bits of bytes 0 to 3 (scale)
// and 4 to 7 (min); of the last four, the low four bits in bytes 8 to 11 (scale low, min high), the upper two above the first four's.
ScaleAndMin scale_and_min(const std::byte* block, size_t g) {
  const float d = f16_at(block), dmin = f16_at(block + 2);
  const std::byte* s = block + 4;
  const int scale = g < 4 ? byte_at(s, g) & 63 : (byte_at(s, g + 4) & 0xf) | byte_at(s, g - 4) >> 6 << 4;
  const int min = g < 4 ? byte_at(s, g + 4) & 63 : byte_at(s, g + 4) >> 4 | byte_at(s, g) >> 6 << 4;
  return {d * static_cast<float>(scale), dmin * static_cast<float>(min)};
}

// d, dmin, scales[12], qs[128]: a pair of groups shares 32 bytes, the first in the low four bits.
void decode_q4_k(const std::byte* block, float* out) {
  for (size_t g = 0; g < 8; ++g) {
    const ScaleAndMin k = scale_and_min(block, g);
    const std::byte* qs = block + 16 + g / 2 * 32;
    for (size_t j = 0; j < 32; ++j) {
      const int q = byte_at(qs, j) >> (g % 2 * 4) & 0xf;
      *out++ = k.scale * static_cast<float>(q) - k.min;
    }
  }
}

// d, dmin, scales[12], qh[32], qs[128]: bit g of qh[j] is the fifth of weight j of group g.
void decode_q5_k(const std::byte* block, float* out) {
  for (size_t g = 0; g < 8; ++g) {
    const ScaleAndMin k = scale_and_min(block, g);
    const std::byte* qs = block + 48 + g / 2 * 32;
    for (size_t j = 0; j < 32; ++j) {
      const int q = (byte_at(qs, j) >> (g % 2 * 4) & 0xf) | (byte_at(block + 16, j) >> g & 1) << 4;
      *out++ = k.scale * static_cast<float>(q) - k.min;
    }
  }
}

// ql[128], qh[64], scales[16], d. Each half of 128 weights is four groups of 32; group g has its low four bits in ql[32 (g % 2) + j] (low,
// then high ones), its upper two in bits 2 g of qh[j], and two scales.
void decode_q6_k(const std::byte* block, float* out) {
  const float d = f16_at(block + 208);
  for (size_t half = 0; half < 2; ++half) {
    const std::byte *ql = block + half * 64, *qh = block + 128 + half * 32, *scales = block + 192 + half * 8;
    for (size_t g = 0; g < 4; ++g) {
      for (size_t j = 0; j < 32; ++j) {
        const int low = byte_at(ql, 32 * (g % 2) + j) >> (g / 2 * 4) & 0xf, high = byte_at(qh, j) >> (2 * g) & 3;
        const auto scale = static_cast<int8_t>(byte_at(scales, 2 * g + j / 16));
        *out++ = d * static_cast<float>(scale) * static_cast<float>((low | high << 4) - 32);
      }
    }
  }
}

void decode_block(DType type, const std::byte* block, float* out) {
  switch (type) {
    case DType::q4_1: return decode_q4_1(block, out);
    case DType::q5_1: return decode_q5_1(block, out);
    case DType::q4_k: return decode_q4_k(block, out);
    case DType::q5_k: return decode_q5_k(block, out);
    case DType::q6_k: return decode_q6_k(block, out);
    default: return decode_integers(type, block, out);
  }
}

}  // namespace

int block_weights(DType type) {
  if (!is_blocked(type)) return 0;
  return type == DType::q4_k || type == DType::q5_k || type == DType::q6_k ? 256 : 32;
}

size_t block_bytes(DType type) {
  switch (type) {
    case DType::q8_0: return 34;
    case DType::q4_0: return 18;
    case DType::q4_1: return 20;
    case DType::q5_0: return 22;
    case DType::q5_1: return 24;
    case DType::q4_k: return 144;
    case DType::q5_k: return 176;
    case DType::q6_k: return 210;
    default: return 0;
  }
}

DType held_type(DType stored) {
  if (!is_blocked(stored)) return stored;
  return stored == DType::q4_0 ? DType::q4 : DType::q8;
}

void decode_blocks(DType type, const std::byte* blocks, size_t n_blocks, float* out) {
  const auto n_weights = static_cast<size_t>(block_weights(type));
  const size_t n_bytes = block_bytes(type);
  for (size_t i = 0; i < n_blocks; ++i) decode_block(type, blocks + i * n_bytes, out + i * n_weights);
}

bool block_integers(DType type, const std::byte* block, uint16_t* scale, int8_t* q) {
  if (type != DType::q8_0 && type != DType::q5_0 && type != DType::q4_0) return false;
  *scale = u16_at(block);
  if (type == DType::q8_0) {
    integers_q8_0(block, q);
  } else {
    type == DType::q5_0 ? integers_q5_0(block, q) : integers_q4_0(block, q);
  }
  return true;
}

}  // namespace sw
