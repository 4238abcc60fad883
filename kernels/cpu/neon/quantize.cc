// scale = max |x| / 127;  q = x * (127 / max |x|), rounded to the nearest, ties to even. Oracle: cpu/ref/quantize.cc, whose
// bytes these are.
#include <limits>

#include "cpu/neon/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/neon/vec.h"
#include "cpu/simd/quantize.h"
// clang-format on

namespace sw::ops {
namespace {

constexpr int kVecs = kPackGroup / kLanes;

// The largest |x| as bits: as whole numbers magnitudes are ordered, NaN behind infinity.
inline float largest(const Vec (&x)[kVecs]) {
  uint32x4_t m = vdupq_n_u32(0);
  for (const Vec& v : x) m = vmaxq_u32(m, vreinterpretq_u32_f32(vabsq_f32(v)));
  return vgetq_lane_f32(vreinterpretq_f32_u32(vdupq_n_u32(vmaxvq_u32(m))), 0);
}

inline void quantize_group(const float* x, int n, QuantGroup* out) {
  Vec v[kVecs];
  for (int i = 0; i < kVecs; ++i) {
    const int rest = n - kLanes * i;
    v[i] = rest >= kLanes ? load(x + kLanes * i) : rest > 0 ? load_n(x + kLanes * i, rest) : zero();
  }
  const float max = largest(v);
  const bool finite = max < std::numeric_limits<float>::infinity();
  if (!finite || max < kZeroBelow) {
    *out = {};
    if (!finite) out->scale = std::numeric_limits<float>::quiet_NaN();
    return;
  }
  const Vec factor = set1(127.0f / max);
  int16x8_t sum = vdupq_n_s16(0);
  for (int i = 0; i < kVecs; i += 2) {
    const int32x4_t low = vcvtnq_s32_f32(mul(v[i], factor)), high = vcvtnq_s32_f32(mul(v[i + 1], factor));
    const int16x8_t both = vcombine_s16(vqmovn_s32(low), vqmovn_s32(high));
    sum = vaddq_s16(sum, both);
    vst1_s8(out->q + kLanes * i, vqmovn_s16(both));
  }
  out->scale = max / 127.0f;
  out->offset_q4 = -8 * vaddlvq_s16(sum);
  out->offset_q8 = 16 * out->offset_q4;
}

}  // namespace

void bind_neon_quantize(OpTable& table) {
  table.quantize = quantize;
}

}  // namespace sw::ops
