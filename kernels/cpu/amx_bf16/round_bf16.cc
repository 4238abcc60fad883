// The round_bf16 op: a tile's tokens side by side, by a transposition of 16 pairs of 16 tokens.
#include "cpu/amx_bf16/bind.h"
#include "cpu/amx_bf16/transpose.h"
#include "cpu/avx512/vec.h"

namespace sw::ops {
namespace {

// Float32 in 32 bits to bf16 in their upper half: to the nearest, ties to even; NaN quiet.
__m512i round_to_upper(__m512 x) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
  const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  return _mm512_mask_or_epi32(rounded, nan, bits, _mm512_set1_epi32(0x400000));
}

// Eight pairs of 16 values.
__m256i pairs_of(__m512 x) {
  const __m512i upper = round_to_upper(x);
  const __m512i even = _mm512_and_si512(_mm512_srli_epi64(upper, 16), _mm512_set1_epi64(0xffff));
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi64(upper, 32), _mm512_set1_epi64(0xffff0000));
  return _mm512_cvtepi64_epi32(_mm512_or_si512(even, odd));
}

// The 16 pairs of a step of one token; n of its columns are there.
__m512i step_of(const float* x, int n) {
  const __m512 first = n >= kLanes ? load(x) : load_n(x, n);
  const __m512 second = n >= 2 * kLanes ? load(x + kLanes) : n > kLanes ? load_n(x + kLanes, n - kLanes) : zero();
  return _mm512_inserti64x4(_mm512_castsi256_si512(pairs_of(first)), pairs_of(second), 1);
}

void round_tile(const RoundBf16Args& a, int first, int width) {
  const int n_steps = pair_steps(a.n_cols);
  uint32_t* out = a.out + pair_index(a.n_tokens, n_steps, first, 0);
  for (int s = 0; s < n_steps; ++s) {
    __m512i rows[kPairTile];
    for (int t = 0; t < kPairTile; ++t) {
      const float* x = a.x + static_cast<size_t>(first + t) * a.x_stride + 2 * kStepPairs * s;
      rows[t] = t < width ? step_of(x, a.n_cols - 2 * kStepPairs * s) : _mm512_setzero_si512();
    }
    transpose(rows);
    for (int p = 0; p < kStepPairs; ++p, out += width) _mm512_mask_storeu_epi32(out, mask_of(width), rows[p]);
  }
}

void round_bf16(const RoundBf16Args& a, Part part) {
  const Range tokens = range_of(part, a.n_tokens, kPairTile);
  for (int t = tokens.begin; t < tokens.end; t += kPairTile) round_tile(a, t, pair_tile_width(a.n_tokens, t));
}

}  // namespace

void bind_amx_bf16_round_bf16(OpTable& table) {
  table.round_bf16 = round_bf16;
}

}  // namespace sw::ops
