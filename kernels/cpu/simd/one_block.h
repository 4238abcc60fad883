// How products of packed matrices see a dot.h that takes one block of rows at a time. Include after its add_group. Private to the
// including file.
#pragma once

#include "ops.h"

namespace sw::ops {
namespace {

constexpr int kDotBlocks = 1;

// acc += scale_w scale_x dot, for the groups at q[s] of 16 rows and T tokens.
template <class Dot, int S, int T, int kVecs>
[[gnu::always_inline]] inline void add_groups(const char* const (&scales)[S], const char* const (&q)[S], const QuantGroup* x,
                                              Vec (&acc)[S][T][kVecs]) {
  for (int s = 0; s < S; ++s) add_group<Dot, T>(scales[s], q[s], x, acc[s]);
}

}  // namespace
}  // namespace sw::ops
