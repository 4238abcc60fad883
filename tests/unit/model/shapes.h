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
  TinySpec plain;
  plain.d_model = 24;
  plain.vocab_size = 50;
  plain.d_state = 16;
  plain.n_groups = 1;
  plain.head_dim = 8;
  plain.d_inner = 48;
  TinySpec groups = plain;
  groups.n_layers = 3;
  groups.d_state = 20;
  groups.n_groups = 3;
  groups.conv_bias = false;
  groups.matrix_dtype = "F32";
  TinySpec odd;
  odd.d_model = 20;
  odd.vocab_size = 37;
  odd.d_state = 7;
  odd.n_groups = 2;
  odd.head_dim = 5;
  odd.d_conv = 3;
  odd.d_inner = 30;
  return {{"plain", plain}, {"groups", groups}, {"odd", odd}, {"smallest", smallest_spec()}};
}

inline void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

}  // namespace sw::test
