// Rows of matrices to another weight format: packed for the ops on integers (kernels/packed.h), bf16 or f32.
#pragma once

#include <cstddef>
#include <span>

#include "backend/backend.h"
#include "base/status.h"
#include "loader/checkpoint.h"

namespace sw {

// What a matrix is cut into: 16 rows. Bytes of n rows that begin at a block, in the format `to`.
constexpr int kPackBlockRows = ops::kPackRows;
size_t packed_bytes(DType to, int64_t n_rows, int64_t n_cols);

// What a change of format lost.
struct Rounding {
  double error = 0;  // sum of (weight before - weight after)^2
  double sum = 0;    // of weight^2

  double relative() const;  // sqrt(error / sum)
  Rounding& operator+=(const Rounding& other) {
    error += other.error;
    sum += other.sum;
    return *this;
  }
};

// Writes rows [begin, end) of `from`, which is not packed, to `out`, zero-filled where there is no row, and adds to *rounding. `begin` is a
// multiple of kPackBlockRows. q8: scale = max |w| / 127 in f16; q4: the f16 scale, of some near the largest weight / -8, that errs
// least; but scales and integers of Q8_0, Q5_0 (to q8) and Q4_0 (to either) are taken over as they are. f32 is exact.
// importance: for q4, how much a squared error in each column counts; empty: all columns alike.
// False when a weight is not finite, or a scale has no f16.
bool pack_rows(const TensorView& from, DType to, std::span<const float> importance, int begin, int end, std::byte* out, Rounding* rounding);

// ok, or why the matrix cannot be had in that format: it is packed already, which nothing undoes.
Status check_packable(const TensorView& from, DType to);

// Rows of one step: a few milliseconds of work on each thread, between two looks at a Control.
constexpr int kPackStepRows = 64 * kPackBlockRows;

// pack_rows() on all threads, at most kPackStepRows rows. Errors: format, naming the matrix and the rows; no_memory.
Result<Rounding> pack_step(const TensorView& from, DType to, std::span<const float> importance, int begin, int end, std::byte* out,
                           Backend& backend);

}  // namespace sw
