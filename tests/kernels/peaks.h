// What this processor can do at best, measured in the milliseconds between two runs of an op.
#pragma once

#include <cstdint>

namespace sw::ops {

// Seconds of processor time of this thread: what other programs take of the cores does not count.
double thread_seconds();

// One register-only run of fused multiply-adds of at least `min_s` seconds: flops per second. 0 when the row has none.
double fma_rate(uint32_t row, double min_s);

// The same for operations on bytes, as the row's products of packed matrices use them: multiply-adds of tiles with 64 columns, vpdpbusd,
// or maddubs, madd and an addition; two operations for each product.
double byte_rate(uint32_t row, double min_s);

// The same for multiply-adds of bf16 in tiles.
double tile_rate(uint32_t row, double min_s);

// Reads of at least `min_s` seconds from a buffer far beyond the caches, 8 streams at once: bytes per second.
double read_rate(double min_s);

}  // namespace sw::ops
