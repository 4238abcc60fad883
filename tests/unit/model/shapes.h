// Models that differ in all that the forward pass branches on.
#pragma once

#include <ostream>
#include <vector>

#include "unit/loader/tiny_model.h"

namespace sw::test {

struct Shape {
  const char* name;
  TinySpec spec;
};

inline std::vector<Shape> shapes() {
  const TinySpec plain = plain_spec();
  TinySpec groups = plain;
  groups.n_layers = 3;
  groups.d_state = 20;
  groups.n_groups = 3;
  groups.conv_bias = false;
  groups.matrix_dtype = "F32";
  return {{"plain", plain}, {"groups", groups}, {"odd", odd_spec()}, {"smallest", smallest_spec()}};
}

inline void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

}  // namespace sw::test
