// Matrices to another weight format: packed for the ops on integers (kernels/packed.h), or bf16.
#pragma once

#include <cstddef>

#include "backend/backend.h"
#include "base/control.h"
#include "base/status.h"
#include "loader/checkpoint.h"

namespace sw {

// What a matrix is cut into: 16 rows. Bytes of n rows that begin at a block, in the format `to`.
constexpr int kPackBlockRows = ops::kPackRows;
size_t packed_bytes(DType to, int64_t n_rows, int64_t n_cols);

// Writes rows [begin, end) of `from`, which is f32, f16 or bf16, to `out`, zero-filled where there is no row. `begin` is a multiple of
// kPackBlockRows. q8: scale = max |w| / 127 in f16; q4: the f16 scale, of some near the largest weight / -8, that errs least.
// False when a weight is not finite, or a scale has no f16.
bool pack_rows(const TensorView& from, DType to, int begin, int end, std::byte* out);

// ok, or why the matrix cannot be had in that format: it is packed already, which nothing undoes.
Status check_packable(const TensorView& from, DType to);

// Rows of one step: a few milliseconds of work on each thread, between two looks at a Control.
constexpr int kPackStepRows = 64 * kPackBlockRows;

// pack_rows() on all threads. Errors: format, naming the matrix and the rows; no_memory.
Status pack_step(const TensorView& from, DType to, int begin, int end, std::byte* out, Backend& backend);

// The checkpoint with in_proj, out_proj, embedding and head in the format `to`, in memory of the backend's allocator. Those that are in it
// already stay where they lie. Progress in bytes read. Errors: mismatch for matrices in another packed format, format for weights
// that have none, no_memory.
Result<Checkpoint> pack_checkpoint(Checkpoint checkpoint, DType to, Backend& backend, const Control& control);

}  // namespace sw
