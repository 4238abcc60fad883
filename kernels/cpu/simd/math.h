// exp, softplus and SiLU on a vector. A lane's result depends on that lane alone, never on its place or neighbours.
// Include after a vec.h. Private to the including file.
#pragma once

namespace sw::ops {
namespace {

// exp(a) within 2 ulp, subnormal results included; 0 below -104, infinity above 89, NaN for NaN.
// Cody-Waite reduction to |r| <= ln(2) / 2 and the polynomial of Cephes' expf.
inline Vec exp(Vec a) {
  a = min(set1(89.5f), max(set1(-105), a));
  const Vec n = round(mul(a, set1(1.44269504088896341f)));
  Vec r = fnma(n, set1(0.693359375f), a);
  r = fnma(n, set1(-2.12194440e-4f), r);
  Vec p = set1(1.9875691500e-4f);
  p = fma(p, r, set1(1.3981999507e-3f));
  p = fma(p, r, set1(8.3334519073e-3f));
  p = fma(p, r, set1(4.1665795894e-2f));
  p = fma(p, r, set1(1.6666665459e-1f));
  p = fma(p, r, set1(5.0000001201e-1f));
  p = fma(p, mul(r, r), add(r, set1(1)));
  return scale2(p, n);
}

// log(a) for normal a >= 1, after Cephes' logf.
inline Vec log(Vec a) {
  Vec m = mantissa(a);
  Vec e = exponent(a);
  const Vec low = set1(0.707106781186547524f);
  e = select_gt(low, m, sub(e, set1(1)), e);
  m = sub(select_gt(low, m, add(m, m), m), set1(1));  // in [sqrt(1/2), sqrt(2)) - 1
  Vec p = set1(7.0376836292e-2f);
  p = fma(p, m, set1(-1.1514610310e-1f));
  p = fma(p, m, set1(1.1676998740e-1f));
  p = fma(p, m, set1(-1.2420140846e-1f));
  p = fma(p, m, set1(1.4249322787e-1f));
  p = fma(p, m, set1(-1.6668057665e-1f));
  p = fma(p, m, set1(2.0000714765e-1f));
  p = fma(p, m, set1(-2.4999993993e-1f));
  p = fma(p, m, set1(3.3333331174e-1f));
  const Vec m2 = mul(m, m);
  Vec y = mul(mul(p, m), m2);
  y = fma(e, set1(-2.12194440e-4f), y);
  y = fnma(set1(0.5f), m2, y);
  return fma(e, set1(0.693359375f), add(m, y));
}

// a for a > 20, else log(1 + exp(a)). What 1 + u loses of u comes back divided by 1 + u, as in a careful log1p.
inline Vec softplus(Vec a) {
  const Vec u = exp(a);
  const Vec w = add(set1(1), u);
  const Vec lost = sub(u, sub(w, set1(1)));
  return select_gt(a, set1(20), a, add(log(w), div(lost, w)));
}

// a / (1 + exp(-a))
inline Vec silu(Vec a) {
  return div(a, add(set1(1), exp(sub(zero(), a))));
}

}  // namespace
}  // namespace sw::ops
