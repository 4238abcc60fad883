// The quantised formats of GGUF files: rows of blocks, each with scales of its own. No kernel reads them; they are repacked or decoded
// when a model is opened (lib/model/pack.h).
//
// A block is 32 weights (Q*_0, Q*_1) or 256 (K). d, m and dmin are f16, q an unsigned or signed integer of the format's bits:
//   Q8_0   d q                      Q4_0   d (q - 8)        Q5_0   d (q - 16)
//   Q4_1   d q + m                  Q5_1   d q + m
//   Q4_K   (d s) q - (dmin t)       Q5_K   likewise: s and t are integers of six bits, one of each for 32 weights
//   Q6_K   (d s) (q - 32)           s is an integer of eight bits, for 16 weights
// Evaluated in float32 in that order. Every product is exact in float32 (24 bits hold it), so there is at most one rounding, that of
// the last addition or subtraction, and a fused multiply-add gives the same bits.
// Source: the dequantize_row functions of ggml; layouts in block_formats.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "loader/checkpoint.h"

namespace sw {

// Weights of one block, and its bytes; 0 for types that have no blocks.
int block_weights(DType type);
size_t block_bytes(DType type);

// What holds a matrix of this type when nothing else is asked for: the same type, or for blocks the least packed one that is exact for
// Q8_0, Q5_0 (q8) and Q4_0 (q4); q8 for the others, which rounds.
DType held_type(DType stored);

// Decodes n_blocks blocks to block_weights() floats each.
void decode_blocks(DType type, const std::byte* blocks, size_t n_blocks, float* out);

// A block of 32 weights as one f16 scale and integers: weight = scale * q. Only for Q8_0, Q5_0 and Q4_0: false for any other.
bool block_integers(DType type, const std::byte* block, uint16_t* scale, int8_t* q);

}  // namespace sw
