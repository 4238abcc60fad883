// A random Mamba-2 model on the host, and its forward pass by the CPU rows: what the device is compared with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "device.h"
#include "ops.h"

namespace sw::cuda {

struct Shape {
  int vocab_size = 1000;
  int d_model = 256;
  int n_layers = 2;
  int n_heads = 8;
  int n_groups = 1;
  int d_conv = 4;
  float dt_max = 1e30f;
  bool tied = false;
  ops::WeightType type = ops::WeightType::bf16;
  int head_exponent = 0;  // the head's weights are 2^this times as large

  int d_inner() const { return n_heads * 64; }
  int d_conv_in() const { return d_inner() + 2 * n_groups * 128; }
  int d_in_proj() const { return d_inner() + d_conv_in() + n_heads; }
};

// Codestral Mamba but for the number of layers.
Shape codestral(int n_layers);

// What the shape says of a model's arguments.
DeviceModelArgs args_of(const Shape& shape);

// The Codestral shape with matrices that are made on the device: for what is measured.
struct RandomModel {
  explicit RandomModel(int n_layers);
  RandomModel(const RandomModel&) = delete;
  RandomModel& operator=(const RandomModel&) = delete;
  DeviceModelArgs args(DeviceWeights weights) const;

  Shape shape;
  std::vector<float> ones, taps, zeros, dt_bias, A;
  std::vector<DeviceLayer> layers;
};

// A matrix as stored, and as the device's products see it: rounded to bf16, or quantised to `weights`.
struct HostMatrix {
  ops::Matrix stored() const;
  ops::Matrix seen() const;
  ops::WeightType type = ops::WeightType::bf16;
  int n_rows = 0, n_cols = 0;
  std::vector<float> f32;
  std::vector<uint16_t> u16;      // f16 or bf16 as stored
  std::vector<uint16_t> rounded;  // bf16
};

struct HostModel {
  HostModel(const Shape& shape, DeviceWeights weights, uint64_t seed);
  DeviceModelArgs args(int chunk_len) const;

  Shape shape;
  DeviceWeights weights;
  HostMatrix embedding, head;
  std::vector<float> final_norm;
  struct Layer {
    HostMatrix in_proj, out_proj;
    std::vector<float> norm, conv_weight, conv_bias, dt_bias, A, D, gated_norm;
  };
  std::vector<Layer> layers;
  std::vector<DeviceLayer> views;
};

// The CPU's state, in the layout of lib/model/state.h, and the logits of the last n_logits tokens.
struct OracleResult {
  std::vector<float> state;
  std::vector<float> logits;
};
OracleResult run_oracle(const HostModel& model, const std::vector<int32_t>& ids, int n_logits);

std::vector<int32_t> random_ids(int n, int vocab_size, uint64_t seed);
double relative_l2(const std::vector<float>& a, const std::vector<float>& reference);

}  // namespace sw::cuda
