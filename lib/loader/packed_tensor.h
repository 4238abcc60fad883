// A packed matrix as a file stores it: the layout of kernels/packed.h, whose numbers these are (lib/model/pack.cc checks it).
#pragma once

#include <cstdint>
#include <string_view>

#include "loader/checkpoint.h"

namespace sw {

constexpr int64_t kPackedBlockRows = 16;
constexpr int64_t kPackedUnitCols = 64;
constexpr uint64_t kPackedUnitScales = 32;  // f16, in front of a unit

constexpr uint64_t packed_unit_bytes(DType type) { return type == DType::q8 ? 1088 : 576; }

// Blocks and units of a matrix of this shape.
constexpr int64_t packed_blocks(int64_t n_rows) { return n_rows / kPackedBlockRows + (n_rows % kPackedBlockRows != 0); }
constexpr int64_t packed_units(int64_t n_cols) { return n_cols / kPackedUnitCols + (n_cols % kPackedUnitCols != 0); }

// What the name of a packed tensor ends with, behind the name that the matrix has otherwise. It names the layout too, so that another
// one gets another name. Stored as U8 of shape (blocks, units, bytes of a unit).
constexpr std::string_view packed_suffix(DType type) { return type == DType::q8 ? ".q8_16x64" : ".q4_16x64"; }

}  // namespace sw
