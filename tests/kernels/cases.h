// The one list of op cases: the tests run the small ones against ref, the benchmark times the ones marked for it.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "cpu/rows.h"
#include "ops.h"

namespace sw::ops {

const char* name_of(Op op);
const char* name_of(WeightType type);

// What the inputs look like.
enum class Values {
  plain,  // about 1
  large,  // far beyond what exp and softplus can take without care
  tiny,   // about 1e-20: squares underflow, eps decides
};

struct Case {
  Op op;
  int n_tokens = 1;
  Values values = Values::plain;
  size_t pad = 0;      // floats between the rows of every strided operand: NaN in inputs, a mark in outputs
  size_t offset = 0;   // bytes by which the weights miss 64-byte alignment; floats of activations miss it by 4 * offset
  bool alias = false;  // the output is the input, where the op allows it

  // embed, matmul, matmul_packed, matmul_bf16: (n_rows, n_cols) weights. quantize, round_bf16: n_cols values.
  WeightType type = WeightType::f32;
  int n_rows = 0;
  int n_cols = 0;
  bool accumulate = false;

  // conv: width = d_conv_in. rms_norm: width = d_model. gated_norm: width = d_inner.
  int width = 0;
  int d_conv = 0;

  // ssd, gated_norm.
  int n_groups = 1;
  int n_heads = 0;
  int head_dim = 0;
  int d_state = 0;
  float dt_min = 0;
  float dt_max = std::numeric_limits<float>::infinity();
  bool state_only = false;  // no y is asked for; C is NaN, for it must not be read

  double tolerance = 0;  // of the difference to ref, relative to the largest value of the same output
  const char* reason = "";
  bool bench = false;  // timed; and then too large to run ref in a test
};

std::string name_of(const Case& c);

// Every case, small ones first.
const std::vector<Case>& cases();

// One output or in-place state of a run. Strided outputs come with their padding, which an op must leave alone.
struct Output {
  const char* name;
  std::vector<float> values;
};

// The operands of one case, filled from a seed, and how to run its op on them.
class Problem {
 public:
  virtual ~Problem() = default;
  // Puts outputs and states back to their first contents.
  virtual void reset() = 0;
  // Runs one part of the op on tokens [begin, end).
  virtual void run(const OpTable& table, int begin, int end, Part part) = 0;
  virtual std::vector<Output> outputs() const = 0;
  // Of one run over all tokens: what has to come from memory, and arithmetic.
  virtual double bytes() const = 0;
  virtual double flops() const = 0;
};

std::unique_ptr<Problem> make_problem(const Case& c, uint64_t seed);

}  // namespace sw::ops
