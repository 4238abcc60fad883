// check_weights: no NaN, no infinity; of a packed matrix no scale that is either, of blocks no weight that they stand for.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "loader/block_formats.h"
#include "loader/checkpoint.h"
#include "loader/packed_tensor.h"
#include "loader/printable.h"
#include "loader/roles.h"

namespace sw {
namespace {

constexpr uint64_t kStepElements = uint64_t{1} << 20;

// NaN and infinity are the numbers whose exponent bits are all set; NaN has a fraction too.
template <class Bits_, uint32_t kExponentBits, uint32_t kFractionBits>
struct Encoding {
  using Bits = Bits_;
  static constexpr Bits kExponent = kExponentBits;
  static constexpr Bits kFraction = kFractionBits;
};
using F32 = Encoding<uint32_t, 0x7f80'0000, 0x007f'ffff>;
using F16 = Encoding<uint16_t, 0x7c00, 0x03ff>;
using Bf16 = Encoding<uint16_t, 0x7f80, 0x007f>;

struct Finding {
  uint64_t element;
  bool is_nan;
};

// The first of the elements [begin, end) that is not finite.
template <class Type>
std::optional<Finding> find_nonfinite(const std::byte* data, uint64_t begin, uint64_t end) {
  using Bits = typename Type::Bits;
  std::array<Bits, 2048> block;  // copied: files align nothing, and the count below then becomes vector code
  for (uint64_t at = begin; at < end; at += block.size()) {
    const size_t n = std::min<uint64_t>(block.size(), end - at);
    std::memcpy(block.data(), data + at * sizeof(Bits), n * sizeof(Bits));
    const auto is_bad = [](Bits bits) { return (bits & Type::kExponent) == Type::kExponent; };
    if (std::count_if(block.begin(), block.begin() + n, is_bad) == 0) continue;
    const auto bad = std::find_if(block.begin(), block.begin() + n, is_bad);
    return Finding{at + static_cast<uint64_t>(bad - block.begin()), (*bad & Type::kFraction) != 0};
  }
  return std::nullopt;
}

std::optional<Finding> find_nonfinite(const TensorView& tensor, uint64_t begin, uint64_t end) {
  switch (tensor.dtype) {
    case DType::f32:
      return find_nonfinite<F32>(tensor.data, begin, end);
    case DType::f16:
      return find_nonfinite<F16>(tensor.data, begin, end);
    case DType::bf16:
      return find_nonfinite<Bf16>(tensor.data, begin, end);
    default:
      return std::nullopt;  // check_scales, check_blocks
  }
}

// Whole numbers are finite; what may not be is a scale.
Status check_scales(const TensorView& tensor, const Control& control, uint64_t n_done, uint64_t n_total) {
  constexpr uint64_t kStepUnits = 1024;
  const uint64_t unit = packed_unit_bytes(tensor.dtype);
  for (uint64_t at = 0; at < tensor.n_bytes; at += unit) {
    if (const auto found = find_nonfinite<F16>(tensor.data + at, 0, kPackedUnitScales)) {
      return error(Code::format, "%s: the scale at byte %llu is %s", tensor.where().c_str(),
                   static_cast<unsigned long long>(tensor.file_offset + at + 2 * found->element), found->is_nan ? "NaN" : "infinite");
    }
    if (at / unit % kStepUnits == 0) SW_TRY(control.step(n_done + at, n_total));
  }
  return {};
}

// Blocks are decoded: a scale that is infinite or NaN, or two that are too large together, show in the weights.
Status check_blocks(const TensorView& tensor, const Control& control, uint64_t n_done, uint64_t n_total) {
  constexpr size_t kStepBlocks = 4096;
  const size_t n_weights = static_cast<size_t>(block_weights(tensor.dtype)), n_bytes = block_bytes(tensor.dtype);
  std::vector<float> weights(n_weights);
  for (uint64_t at = 0; at < tensor.n_bytes; at += n_bytes) {
    decode_blocks(tensor.dtype, tensor.data + at, 1, weights.data());
    const auto bad = std::find_if(weights.begin(), weights.end(), [](float w) { return !std::isfinite(w); });
    if (bad != weights.end()) {
      return error(Code::format, "%s: in the %s block at byte %llu a weight is %s", tensor.where().c_str(), dtype_name(tensor.dtype),
                   static_cast<unsigned long long>(tensor.file_offset + at), std::isnan(*bad) ? "NaN" : "infinite");
    }
    if (at / n_bytes % kStepBlocks == 0) SW_TRY(control.step(n_done + at, n_total));
  }
  return {};
}

}  // namespace

Status check_weights(const Checkpoint& checkpoint, const Control& control) {
  uint64_t n_done = 0;
  return for_each_role(checkpoint, [&](const std::string&, const TensorView& tensor) {
    if (is_packed(tensor.dtype) || is_blocked(tensor.dtype)) {
      const auto check = is_packed(tensor.dtype) ? check_scales : check_blocks;
      SW_TRY(check(tensor, control, n_done, checkpoint.n_bytes));
      n_done += tensor.n_bytes;
      return control.step(n_done, checkpoint.n_bytes);
    }
    const uint64_t n_elements = static_cast<uint64_t>(tensor.n_elements());
    const uint64_t element_bytes = tensor.dtype == DType::f32 ? 4 : 2;
    for (uint64_t begin = 0; begin < n_elements; begin += kStepElements) {
      const uint64_t end = std::min(begin + kStepElements, n_elements);
      if (const auto found = find_nonfinite(tensor, begin, end)) {
        return error(Code::format, "%s: element %llu, at byte %llu, is %s", tensor.where().c_str(),
                     static_cast<unsigned long long>(found->element),
                     static_cast<unsigned long long>(tensor.file_offset + found->element * element_bytes),
                     found->is_nan ? "NaN" : "infinite");
      }
      n_done += (end - begin) * element_bytes;
      SW_TRY(control.step(n_done, checkpoint.n_bytes));
    }
    return Status();
  });
}

}  // namespace sw
