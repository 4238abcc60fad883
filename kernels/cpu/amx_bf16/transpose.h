// 16 vectors of 16 values, rows to columns. Private to the including file.
#pragma once

#include <immintrin.h>

namespace sw::ops {
namespace {

// In three rounds of shuffles: pairs of values, pairs of those, then quarters of vectors.
[[gnu::always_inline]] inline void transpose(__m512i (&v)[16]) {
  __m512i a[16];
  for (int i = 0; i < 16; i += 2) {
    a[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
    a[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    for (int half = 0; half < 2; ++half) {
      v[i + 2 * half] = _mm512_unpacklo_epi64(a[i + half], a[i + 2 + half]);
      v[i + 2 * half + 1] = _mm512_unpackhi_epi64(a[i + half], a[i + 2 + half]);
    }
  }
  // v[4 g + j], quarter q: value 4 q + j of rows 4 g to 4 g + 3.
  for (int j = 0; j < 4; ++j) {
    const __m512i low01 = _mm512_shuffle_i32x4(v[j], v[4 + j], 0x44), high01 = _mm512_shuffle_i32x4(v[j], v[4 + j], 0xee);
    const __m512i low23 = _mm512_shuffle_i32x4(v[8 + j], v[12 + j], 0x44), high23 = _mm512_shuffle_i32x4(v[8 + j], v[12 + j], 0xee);
    a[j] = _mm512_shuffle_i32x4(low01, low23, 0x88);
    a[4 + j] = _mm512_shuffle_i32x4(low01, low23, 0xdd);
    a[8 + j] = _mm512_shuffle_i32x4(high01, high23, 0x88);
    a[12 + j] = _mm512_shuffle_i32x4(high01, high23, 0xdd);
  }
  for (int i = 0; i < 16; ++i) v[i] = a[i];
}

}  // namespace
}  // namespace sw::ops
