// A checkpoint's matrices in the format that they are computed in.
#pragma once

#include <optional>

#include "backend/backend.h"
#include "base/control.h"
#include "base/status.h"
#include "loader/checkpoint.h"

namespace sw {

// The checkpoint with in_proj, out_proj, embedding and head in the format `to` (f32, bf16, q8 or q4), in memory of the backend's allocator.
// Those that are in it already stay where they lie. Without `to` each keeps its own format, but for the blocks of GGUF files, which no
// kernel reads: held_type() (loader/block_formats.h). weights_note tells what was changed and what that lost. Progress in bytes read.
// Errors: mismatch for matrices in another packed format, format for weights that have none, no_memory.
Result<Checkpoint> pack_checkpoint(Checkpoint checkpoint, std::optional<DType> to, Backend& backend, const Control& control);

}  // namespace sw
