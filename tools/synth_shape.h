// Shapes of checkpoints, and their tensors and config files in each layout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outcome.h"

namespace sw::tool {

struct SynthShape {
  std::string name;
  int d_model = 0;
  int n_layers = 0;
  int vocab_size = 0;
  int head_dim = 64;
  int d_state = 128;
  int n_groups = 1;
  bool tied = true;
  int expand = 2;
  int d_conv = 4;

  int d_inner() const { return expand * d_model; }
  int n_heads() const { return d_inner() / head_dim; }
  int d_conv_in() const { return d_inner() + 2 * n_groups * d_state; }
  int d_in_proj() const { return d_inner() + d_conv_in() + n_heads(); }
};

const std::vector<SynthShape>& synth_shapes();
std::vector<std::string> synth_shape_names();
std::optional<SynthShape> synth_shape(const std::string& name);

// How the numbers of a tensor are drawn.
enum class Draw { normal, ones, a_log, dt_bias };

struct SynthTensor {
  std::string key;   // the same in every layout: what the numbers are drawn for
  std::string name;  // as the layout spells it
  std::vector<uint64_t> shape;
  Draw draw = Draw::normal;
  float std = 0.0f;

  uint64_t n_elements() const;
};

std::vector<SynthTensor> synth_tensors(const SynthShape& shape, const std::string& layout);

struct SynthConfig {
  std::string file;  // "config.json" or "params.json"
  std::string text;
};
// Fails where the layout has no word for a number of the shape.
Outcome synth_config(const SynthShape& shape, const std::string& layout, const std::string& dtype, SynthConfig& out);

}  // namespace sw::tool
