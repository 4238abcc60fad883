#include "synth_random.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace sw::tool {
namespace {

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15u;

// SplitMix64's output function: every input bit reaches every output bit.
uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t key_of(const std::string& text, uint64_t seed) {
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3u;
  return mix(hash ^ mix(seed + kGolden));
}

uint64_t bits_at(uint64_t key, uint64_t i) {
  return mix(key + (i + 1) * kGolden);
}

// Nearly normal: the sum of four uniform 16-bit numbers, no further than 3.5 standard deviations from 0.
float normal_at(uint64_t bits) {
  const uint64_t sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
  constexpr float inverse_std = 1.0f / 37837.2270f;  // sqrt(4 * (65536^2 - 1) / 12)
  return static_cast<float>(static_cast<int32_t>(sum) - 131070) * inverse_std;
}

double uniform_at(uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

float value_at(const SynthTensor& tensor, uint64_t key, uint64_t i) {
  switch (tensor.draw) {
    case Draw::normal:
      return normal_at(bits_at(key, i)) * tensor.std;
    case Draw::ones:
      return 1.0f;
    case Draw::a_log:  // A from -1 to -16
      return static_cast<float>(std::log(1.0 + 15.0 * uniform_at(bits_at(key, i))));
    case Draw::dt_bias: {  // softplus(dt_bias) from 0.001 to 0.1, uniform in its logarithm
      const double dt = 0.001 * std::pow(100.0, uniform_at(bits_at(key, i)));
      return static_cast<float>(dt + std::log(-std::expm1(-dt)));
    }
  }
  return 0.0f;
}

// Both round to nearest, ties to even; the values are finite.
uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

uint16_t to_f16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  const float magnitude = std::fabs(value);
  if (magnitude < 0x1p-14f) {  // subnormal: a whole multiple of 2^-24
    return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24f)));
  }
  uint32_t rounded = std::bit_cast<uint32_t>(magnitude);
  rounded += 0xfff + (rounded >> 13 & 1);
  rounded = (rounded - (uint32_t{112} << 23)) >> 13;
  return static_cast<uint16_t>(sign | (rounded < 0x7c00 ? rounded : 0x7bffu));  // no infinity
}

}  // namespace

SynthType synth_type(const std::string& name) {
  if (name == "f32") return SynthType::f32;
  return name == "f16" ? SynthType::f16 : SynthType::bf16;
}

const char* safetensors_name(SynthType type) {
  switch (type) {
    case SynthType::f32:
      return "F32";
    case SynthType::f16:
      return "F16";
    default:
      return "BF16";
  }
}

size_t bytes_of(SynthType type) {
  return type == SynthType::f32 ? 4 : 2;
}

void draw_weights(const SynthTensor& tensor, uint64_t seed, uint64_t begin, size_t n, SynthType type, std::byte* out) {
  const uint64_t key = key_of(tensor.key, seed);
  for (size_t i = 0; i < n; ++i) {
    const float value = value_at(tensor, key, begin + i);
    if (type == SynthType::f32) {
      std::memcpy(out + i * 4, &value, 4);
    } else {
      const uint16_t half = type == SynthType::bf16 ? to_bf16(value) : to_f16(value);
      std::memcpy(out + i * 2, &half, 2);
    }
  }
}

}  // namespace sw::tool
