// Which states of a sequence are worth their bytes.
#pragma once

#include <cstddef>
#include <span>

namespace sw {

// States lie on an absolute grid of positions, so that the same text keeps the same states however it was cut into calls.
constexpr size_t kStateGrid = 128;

// At most this many states are kept for one sequence, whatever the budget.
constexpr size_t kStatesMax = 24;

// The spacing that is worth keeping `distance` tokens before the end of a long run: a tighter one would soon be thinned out.
size_t grid_before(size_t distance);

struct KeptPoint {
  size_t length;  // tokens before it
  bool marked;    // asked for by name (end of a prompt part), not by the grid
};

// The index of the point that is missed least: its loss costs re-running the gap behind it, weighted by how likely an edit is
// there, which falls with the distance from the frontier (real keystrokes: 2 tokens at the median, 240 at p99). What remains
// spreads out geometrically from the frontier. `points` ascend; not empty.
size_t least_valuable(std::span<const KeptPoint> points, size_t frontier);

}  // namespace sw
