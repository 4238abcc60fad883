// Stored numbers to float32, exactly.
#pragma once

#include <cstddef>
#include <vector>

#include "loader/checkpoint.h"

namespace sw {

float f16_to_f32(uint16_t bits);
float bf16_to_f32(uint16_t bits);

// All elements of `tensor` as float32. For the small tensors; matrices stay as stored.
std::vector<float> to_f32(const TensorView& tensor);

}  // namespace sw
