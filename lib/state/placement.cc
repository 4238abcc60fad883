#include "state/placement.h"

namespace sw {

size_t grid_before(size_t distance) {
  size_t grid = kStateGrid;
  while (distance > 8 * grid) grid *= 2;
  return grid;
}

size_t least_valuable(std::span<const KeptPoint> points, size_t frontier) {
  size_t worst = 0;
  double worst_value = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    const size_t before = i == 0 ? 0 : points[i - 1].length;
    const double gap = static_cast<double>(points[i].length - before);
    const double distance = static_cast<double>(frontier > points[i].length ? frontier - points[i].length : 0);
    const double value = gap / (distance + kStateGrid) * (points[i].marked ? 4.0 : 1.0);
    if (i == 0 || value < worst_value) {
      worst = i;
      worst_value = value;
    }
  }
  return worst;
}

}  // namespace sw
