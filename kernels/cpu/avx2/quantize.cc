// scale = max |x| / 127;  q = x * (127 / max |x|), rounded to the nearest, ties to even. Oracle: cpu/ref/quantize.cc, whose
// bytes these are.
#include <limits>

#include "cpu/avx2/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/avx2/vec.h"
#include "cpu/simd/quantize.h"
// clang-format on

namespace sw::ops {
namespace {

// The largest |x| as bits: as whole numbers magnitudes are ordered, NaN behind infinity.
inline float largest(const Vec (&x)[4]) {
  const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
  __m256i m = _mm256_setzero_si256();
  for (const Vec& v : x) m = _mm256_max_epi32(m, _mm256_and_si256(_mm256_castps_si256(v), magnitude));
  __m128i n = _mm_max_epi32(_mm256_castsi256_si128(m), _mm256_extracti128_si256(m, 1));
  n = _mm_max_epi32(n, _mm_shuffle_epi32(n, 0x4e));
  n = _mm_max_epi32(n, _mm_shuffle_epi32(n, 0xb1));
  return _mm_cvtss_f32(_mm_castsi128_ps(n));
}

inline int32_t sum_of(__m256i v) {
  __m128i n = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  n = _mm_add_epi32(n, _mm_shuffle_epi32(n, 0x4e));
  n = _mm_add_epi32(n, _mm_shuffle_epi32(n, 0xb1));
  return _mm_cvtsi128_si32(n);
}

inline void quantize_group(const float* x, int n, QuantGroup* out) {
  Vec v[4];
  for (int i = 0; i < 4; ++i) {
    const int rest = n - 8 * i;
    v[i] = rest >= 8 ? load(x + 8 * i) : rest > 0 ? load_n(x + 8 * i, rest) : zero();
  }
  const float max = largest(v);
  const bool finite = max < std::numeric_limits<float>::infinity();
  if (!finite || max < kZeroBelow) {
    *out = {};
    if (!finite) out->scale = std::numeric_limits<float>::quiet_NaN();
    return;
  }
  const Vec factor = set1(127.0f / max);
  __m256i q[4];
  for (int i = 0; i < 4; ++i) q[i] = _mm256_cvtps_epi32(mul(v[i], factor));
  const __m256i sum = _mm256_add_epi32(_mm256_add_epi32(q[0], q[1]), _mm256_add_epi32(q[2], q[3]));
  const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);  // packs works in halves
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out->q), _mm256_permutevar8x32_epi32(bytes, order));
  out->scale = max / 127.0f;
  out->offset_q4 = -8 * sum_of(sum);
  out->offset_q8 = 16 * out->offset_q4;
}

}  // namespace

void bind_avx2_quantize(OpTable& table) {
  table.quantize = quantize;
}

}  // namespace sw::ops
