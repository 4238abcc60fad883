// Random weights: number i of a tensor depends on the seed, the tensor's key and i alone, so any thread can make any
// part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "synth_shape.h"

namespace sw::tool {

enum class SynthType { f32, f16, bf16 };
SynthType synth_type(const std::string& name);  // "f32", "f16", "bf16"
const char* safetensors_name(SynthType type);   // "F32"
size_t bytes_of(SynthType type);

// Writes elements [begin, begin + n) of `tensor` to `out`.
void draw_weights(const SynthTensor& tensor, uint64_t seed, uint64_t begin, size_t n, SynthType type, std::byte* out);

}  // namespace sw::tool
