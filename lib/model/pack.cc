#include "model/pack.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "loader/block_formats.h"
#include "loader/convert.h"
#include "loader/packed_tensor.h"
#include "model/group_scale.h"
#include "ops.h"

namespace sw {
namespace {

static_assert(kPackedBlockRows == ops::kPackRows && kPackedUnitCols == ops::kPackUnit && 2 * kPackedUnitScales == ops::kPackScaleBytes &&
              packed_unit_bytes(DType::q8) == ops::kPackUnitBytesQ8 && packed_unit_bytes(DType::q4) == ops::kPackUnitBytesQ4);

uint16_t bf16_of(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

const std::byte* row_of(const TensorView& from, int64_t row) {
  return from.data + static_cast<uint64_t>(row) * (from.n_bytes / static_cast<uint64_t>(from.shape[0]));
}

// A row of a matrix that is not packed, as float32; `n_padded` values, zeros behind its end.
void read_row(const TensorView& from, int64_t row, size_t n_padded, float* out) {
  const auto n = static_cast<size_t>(from.shape[1]);
  const std::byte* at = row_of(from, row);
  if (is_blocked(from.dtype)) {
    decode_blocks(from.dtype, at, n / static_cast<size_t>(block_weights(from.dtype)), out);
  } else if (from.dtype == DType::f32) {
    std::memcpy(out, at, n * sizeof(float));
  } else {
    for (size_t i = 0; i < n; ++i) {
      uint16_t bits;
      std::memcpy(&bits, at + 2 * i, sizeof bits);
      out[i] = from.dtype == DType::f16 ? f16_to_f32(bits) : bf16_to_f32(bits);
    }
  }
  std::fill(out + n, out + n_padded, 0.0f);
}

double squared_sum(const float* w, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += double(w[i]) * w[i];
  return sum;
}

void put_q8(const QuantisedGroup& from, int row, int group, std::byte* unit) {
  std::memcpy(unit + 2 * (16 * group + row), &from.scale, 2);
  std::byte* lines = unit + ops::kPackScaleBytes + group * 512;
  for (int i = 0; i < kGroupWeights; i += 4) std::memcpy(lines + 64 * (i / 4) + 4 * row, &from.q[static_cast<size_t>(i)], 4);
}

void put_q4(const QuantisedGroup& from, int row, int group, std::byte* unit) {
  std::memcpy(unit + 2 * (16 * group + row), &from.scale, 2);
  std::byte* lines = unit + ops::kPackScaleBytes + group * 256;
  for (size_t i = 0; i < 16; ++i) {
    const int low = from.q[i] + 8, high = from.q[i + 16] + 8;
    lines[64 * (i / 4) + 4 * static_cast<size_t>(row) + i % 4] = static_cast<std::byte>(low | high << 4);
  }
}

size_t unit_bytes(DType to) { return to == DType::q8 ? ops::kPackUnitBytesQ8 : ops::kPackUnitBytesQ4; }

// Blocks whose integers and scales are those of the packed format are only laid out anew.
bool keeps_integers(DType from, DType to) {
  return from == DType::q4_0 ? is_packed(to) : to == DType::q8 && (from == DType::q8_0 || from == DType::q5_0);
}

void put_group(const QuantisedGroup& group, int g, DType to, int row, std::byte* block) {
  std::byte* unit = block + static_cast<size_t>(g / 2) * unit_bytes(to);
  to == DType::q8 ? put_q8(group, row, g % 2, unit) : put_q4(group, row, g % 2, unit);
}

bool quantise(const float* w, DType to, const float* importance, QuantisedGroup& out) {
  if (to == DType::q8) return quantise_q8(w, out);
  return importance == nullptr ? quantise_q4(w, out) : quantise_q4(w, importance, out);
}

// One row of a block: its place in every unit of the block. importance: nullptr, or of its columns.
bool pack_row(const float* w, int n_groups, DType to, const float* importance, int row, std::byte* block, Rounding* rounding) {
  QuantisedGroup group;
  for (int g = 0; g < n_groups; ++g, w += kGroupWeights) {
    if (!quantise(w, to, importance == nullptr ? nullptr : importance + g * kGroupWeights, group)) return false;
    rounding->error += squared_error(w, group);
    put_group(group, g, to, row, block);
  }
  return true;
}

// The same of a row whose blocks keep their integers.
bool lay_out_row(const std::byte* blocks, DType from, int n_groups, DType to, int row, std::byte* block) {
  QuantisedGroup group;
  for (int g = 0; g < n_groups; ++g, blocks += block_bytes(from)) {
    block_integers(from, blocks, &group.scale, group.q.data());
    if (!std::isfinite(f16_to_f32(group.scale))) return false;
    put_group(group, g, to, row, block);
  }
  return true;
}

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

bool round_row(const std::vector<float>& row, size_t n, std::byte* out, Rounding* rounding) {
  for (size_t i = 0; i < n; ++i) {
    const uint16_t bits = bf16_of(row[i]);
    if ((bits & 0x7f80) == 0x7f80) return false;
    rounding->error += std::pow(double(row[i]) - bf16_to_f32(bits), 2);
    std::memcpy(out + 2 * i, &bits, sizeof bits);
  }
  return true;
}

}  // namespace

double Rounding::relative() const { return sum == 0 ? 0 : std::sqrt(error / sum); }

size_t packed_bytes(DType to, int64_t n_rows, int64_t n_cols) {
  const ops::WeightType type = to == DType::q8   ? ops::WeightType::q8
                               : to == DType::q4 ? ops::WeightType::q4
                                                 : (to == DType::f32 ? ops::WeightType::f32 : ops::WeightType::bf16);
  return ops::matrix_bytes(type, static_cast<int>(n_rows), static_cast<int>(n_cols));
}

bool pack_rows(const TensorView& from, DType to, std::span<const float> importance, int begin, int end, std::byte* out, Rounding* rounding) {
  const int n_cols = static_cast<int>(from.shape[1]), n_units = ops::pack_units(n_cols);
  const auto n = static_cast<size_t>(n_cols);
  std::vector<float> row(static_cast<size_t>(n_units) * ops::kPackUnit);
  std::vector<float> columns(importance.begin(), importance.end());
  if (!columns.empty()) columns.resize(row.size());  // there is nothing behind a row's end to err in
  if (is_packed(to)) std::memset(out, 0, packed_bytes(to, end - begin, n_cols));
  for (int r = begin; r < end; ++r) {
    const int at = r - begin, in_block = is_packed(to) ? at % kPackBlockRows : 0;
    std::byte* place = out + packed_bytes(to, at - in_block, n_cols);
    if (keeps_integers(from.dtype, to)) {
      if (!lay_out_row(row_of(from, r), from.dtype, n_cols / kGroupWeights, to, in_block, place)) return false;
      continue;
    }
    read_row(from, r, row.size(), row.data());
    if (!all_finite(row)) return false;
    rounding->sum += squared_sum(row.data(), n);
    if (to == DType::f32) {
      std::memcpy(place, row.data(), n * sizeof(float));
    } else if (to == DType::bf16) {
      if (!round_row(row, n, place, rounding)) return false;
    } else {
      if (!pack_row(row.data(), 2 * n_units, to, columns.empty() ? nullptr : columns.data(), in_block, place, rounding)) return false;
    }
  }
  return true;
}

Status check_packable(const TensorView& from, DType to) {
  if (!is_packed(from.dtype) || from.dtype == to) return {};
  return error(Code::mismatch, "%s: stored as %s, which cannot become %s; open it as it is, or take the checkpoint that it was made of",
               from.where().c_str(), dtype_name(from.dtype), dtype_name(to));
}

Result<Rounding> pack_step(const TensorView& from, DType to, std::span<const float> importance, int begin, int end, std::byte* out,
                           Backend& backend) {
  const int n_parts = (end - begin + kPackBlockRows - 1) / kPackBlockRows;
  std::array<Rounding, kPackStepRows / kPackBlockRows> roundings;
  std::atomic<bool> fits{true}, memory{true};
  backend.parallel(n_parts, [&](int part) {
    const int row = begin + part * kPackBlockRows;
    try {
      if (!pack_rows(from, to, importance, row, std::min(row + kPackBlockRows, end), out + packed_bytes(to, row - begin, from.shape[1]),
                     &roundings[static_cast<size_t>(part)])) {
        fits = false;
      }
    } catch (const std::bad_alloc&) {
      memory = false;
    }
  });
  if (!memory) return error(Code::no_memory, "%s: no memory for a row", from.where().c_str());
  if (!fits) {
    return error(Code::format, "%s: among rows %d to %d a weight is not finite or too large for %s", from.where().c_str(), begin, end - 1,
                 dtype_name(to));
  }
  Rounding total;
  for (const Rounding& rounding : roundings) total += rounding;
  return total;
}

}  // namespace sw
