#include "cases.h"

namespace sw::ops {
namespace {

constexpr const char* kSumReason =
    "float32 sums of up to 8192 products in lanes against one double sum: about sqrt(n) roundings of 6e-8";
constexpr const char* kNormReason = "one float32 sum of squares, one root, exp within 2 ulp: a few roundings";
constexpr const char* kConvReason = "at most 9 roundings, exp within 2 ulp";
constexpr const char* kSsdReason =
    "each step rounds the state once or twice, decay carries the error on; sum over n in float32 lanes";
constexpr const char* kPackedReason =
    "exact whole numbers; one product of scales and one fused add a group against one double sum: about sqrt(groups) roundings";
constexpr const char* kExactReason = "a copy: no arithmetic";

Case matmul(WeightType type, int n_rows, int n_cols, int n_tokens) {
  Case c{.op = Op::matmul, .n_tokens = n_tokens, .type = type, .n_rows = n_rows, .n_cols = n_cols};
  c.tolerance = 4e-6;
  c.reason = kSumReason;
  return c;
}

Case conv(int width, int d_conv, int n_tokens) {
  Case c{.op = Op::conv, .n_tokens = n_tokens, .width = width, .d_conv = d_conv};
  c.tolerance = 2e-6;
  c.reason = kConvReason;
  return c;
}

Case ssd(int n_heads, int head_dim, int n_groups, int d_state, int n_tokens) {
  Case c{.op = Op::ssd,
         .n_tokens = n_tokens,
         .n_groups = n_groups,
         .n_heads = n_heads,
         .head_dim = head_dim,
         .d_state = d_state};
  c.tolerance = 5e-6;
  c.reason = kSsdReason;
  return c;
}

Case rms_norm(int width, int n_tokens) {
  Case c{.op = Op::rms_norm, .n_tokens = n_tokens, .width = width};
  c.tolerance = 2e-6;
  c.reason = kNormReason;
  return c;
}

Case gated_norm(int width, int n_groups, int n_tokens) {
  Case c{.op = Op::gated_norm, .n_tokens = n_tokens, .width = width, .n_groups = n_groups};
  c.tolerance = 2e-6;
  c.reason = kNormReason;
  return c;
}

Case embed(WeightType type, int n_rows, int n_cols, int n_tokens) {
  return {
      .op = Op::embed, .n_tokens = n_tokens, .type = type, .n_rows = n_rows, .n_cols = n_cols, .reason = kExactReason};
}

Case quantize(int n_cols, int n_tokens) {
  return {.op = Op::quantize, .n_tokens = n_tokens, .n_cols = n_cols, .reason = "the same operations, each rounded the same way"};
}

Case matmul_packed(WeightType type, int n_rows, int n_cols, int n_tokens) {
  Case c = matmul(type, n_rows, n_cols, n_tokens);
  c.op = Op::matmul_packed;
  c.tolerance = 2e-6;
  c.reason = kPackedReason;
  return c;
}

Case round_bf16(int n_cols, int n_tokens) {
  return {.op = Op::round_bf16, .n_tokens = n_tokens, .n_cols = n_cols, .reason = "each value is rounded once, the same way"};
}

Case matmul_bf16(int n_rows, int n_cols, int n_tokens) {
  Case c = matmul(WeightType::bf16, n_rows, n_cols, n_tokens);
  c.op = Op::matmul_bf16;
  return c;
}

constexpr int kTokens[] = {0, 1, 2, 3, 4, 7, 64, 257};
constexpr WeightType kTypes[] = {WeightType::f32, WeightType::f16, WeightType::bf16};
constexpr WeightType kPackedTypes[] = {WeightType::q8, WeightType::q4};

void add_matmul(std::vector<Case>& all) {
  for (const WeightType type : kTypes) {
    for (const int n_tokens : kTokens) {
      Case c = matmul(type, 67, 200, n_tokens);  // no width is a multiple of anything
      c.pad = 5;
      c.offset = 1;
      c.accumulate = n_tokens % 2 == 1;
      all.push_back(c);
    }
    for (const int n_cols : {1, 7, 15, 16, 17, 31, 33, 511, 512, 513, 1040, 1537}) {
      for (const int n_tokens : {1, 3, 9}) {
        Case c = matmul(type, 19, n_cols, n_tokens);
        c.offset = static_cast<size_t>(n_cols % 4);
        all.push_back(c);
      }
    }
    for (const int n_rows : {1, 5, 8, 16, 63, 64, 65, 130}) {
      all.push_back(matmul(type, n_rows, 96, 2));
      all.push_back(matmul(type, n_rows, 96, 11));
    }
    for (const Values values : {Values::large, Values::tiny}) {
      for (const int n_tokens : {1, 13}) {
        Case c = matmul(type, 40, 300, n_tokens);
        c.values = values;
        all.push_back(c);
      }
    }
  }
  Case c = matmul(WeightType::bf16, 20, 8192, 30);
  c.accumulate = true;
  all.push_back(c);
}

void add_packed(std::vector<Case>& all) {
  for (const WeightType type : kPackedTypes) {
    for (const int n_tokens : {0, 1, 2, 3, 4, 5, 7, 11, 12, 13, 23, 24, 25, 64, 257}) {
      Case c = matmul_packed(type, 67, 200, n_tokens);  // no width is a multiple of anything
      c.pad = 5;
      c.offset = 1;
      c.accumulate = n_tokens % 2 == 1;
      all.push_back(c);
    }
    for (const int n_cols : {1, 7, 31, 32, 33, 63, 64, 65, 127, 130, 512, 1537}) {
      for (const int n_tokens : {1, 3, 9}) all.push_back(matmul_packed(type, 19, n_cols, n_tokens));
    }
    for (const int n_rows : {1, 5, 8, 15, 16, 17, 63, 127, 128, 129, 255, 400}) {  // up to 8 blocks side by side and what is left
      for (const int n_tokens : {1, 2, 3, 11}) all.push_back(matmul_packed(type, n_rows, 96, n_tokens));
    }
    for (const Values values : {Values::large, Values::tiny}) {
      for (const int n_tokens : {1, 13}) {
        Case c = matmul_packed(type, 40, 300, n_tokens);
        c.values = values;
        all.push_back(c);
      }
    }
    Case c = matmul_packed(type, 20, 8192, 30);
    c.accumulate = true;
    all.push_back(c);
    all.push_back(matmul_packed(type, 400, 1100, 30));  // more rows, columns and tokens than a step of the tiled row takes
    all.push_back(matmul_packed(type, 19, 130, 300));
    for (const int n_tokens : kTokens) all.push_back(embed(type, 50, 77, n_tokens));
  }
  for (const int n_cols : {1, 7, 31, 32, 33, 64, 65, 200, 1000}) {
    for (const int n_tokens : {0, 1, 12, 13, 30}) {
      Case c = quantize(n_cols, n_tokens);
      c.pad = n_cols % 2 == 0 ? 0 : 3;
      c.values = n_tokens == 12 ? Values::large : n_tokens == 13 ? Values::tiny : Values::plain;
      all.push_back(c);
    }
  }
}

void add_bf16(std::vector<Case>& all) {
  for (const int n_tokens : {0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 48, 64, 257}) {
    Case c = matmul_bf16(67, 200, n_tokens);  // no width is a multiple of anything
    c.pad = 5;
    c.offset = 1;
    c.accumulate = n_tokens % 2 == 1;
    all.push_back(c);
  }
  for (const int n_cols : {1, 2, 31, 32, 33, 511, 512, 513, 1040}) {  // steps and chunks, and what is left
    for (const int n_tokens : {1, 9, 20}) all.push_back(matmul_bf16(19, n_cols, n_tokens));
  }
  for (const int n_rows : {1, 15, 16, 17, 31, 32, 33, 64, 100}) {
    for (const int n_tokens : {2, 40}) all.push_back(matmul_bf16(n_rows, 96, n_tokens));
  }
  for (const Values values : {Values::large, Values::tiny}) {
    for (const int n_tokens : {1, 20}) {
      Case c = matmul_bf16(40, 300, n_tokens);
      c.values = values;
      all.push_back(c);
    }
  }
  Case c = matmul_bf16(20, 8192, 30);
  c.accumulate = true;
  all.push_back(c);
  all.push_back(matmul_bf16(80, 1100, 300));  // more tokens than wait together
  for (const int n_cols : {1, 2, 15, 16, 17, 31, 32, 33, 200}) {
    for (const int n_tokens : {0, 1, 15, 16, 17, 40}) {
      Case r = round_bf16(n_cols, n_tokens);
      r.pad = n_cols % 2 == 0 ? 0 : 3;
      r.values = n_tokens == 15 ? Values::large : n_tokens == 17 ? Values::tiny : Values::plain;
      all.push_back(r);
    }
  }
}

void add_conv(std::vector<Case>& all) {
  for (int d_conv = 1; d_conv <= 8; ++d_conv) {
    for (const int n_tokens : {0, 1, 2, 3, 7, 20}) {
      Case c = conv(83, d_conv, n_tokens);
      c.pad = 3;
      c.offset = 1;
      all.push_back(c);
    }
  }
  for (const int width : {1, 15, 16, 17, 256, 272, 520, 1039}) all.push_back(conv(width, 4, 5));
  for (const int n_tokens : {64, 257}) all.push_back(conv(300, 4, n_tokens));
  Case c = conv(130, 4, 9);
  c.values = Values::large;
  all.push_back(c);
}

void add_ssd(std::vector<Case>& all) {
  for (const int n_tokens : kTokens) {
    Case c = ssd(6, 64, 2, 128, n_tokens);
    c.pad = 7;
    c.offset = 1;
    all.push_back(c);
  }
  for (const int d_state : {1, 8, 15, 16, 17, 64, 80, 96, 112, 127, 128, 129, 200, 256, 300}) {
    all.push_back(ssd(4, 32, 4, d_state, 1));
    all.push_back(ssd(4, 32, 2, d_state, 35));
  }
  for (const int head_dim : {1, 3, 16, 31, 32, 48, 64, 65, 100, 128}) all.push_back(ssd(2, head_dim, 1, 96, 18));
  for (const int n_tokens : {1, 33}) {
    Case c = ssd(3, 48, 3, 80, n_tokens);
    c.dt_min = 0.3f;  // both limits bite: dt_raw + dt_bias has softplus on both sides of each
    c.dt_max = 0.9f;
    all.push_back(c);
    c = ssd(3, 48, 1, 80, n_tokens);
    c.values = Values::large;
    all.push_back(c);
  }
  for (const int n_tokens : kTokens) {
    Case c = ssd(6, 33, 2, 100, n_tokens);
    c.state_only = true;
    c.pad = 3;
    c.offset = 1;
    all.push_back(c);
  }
}

void add_norms(std::vector<Case>& all) {
  for (const int n_tokens : kTokens) {
    all.push_back(rms_norm(512, n_tokens));
    Case c = gated_norm(512, 4, n_tokens);
    c.pad = 9;
    all.push_back(c);
  }
  for (const int width : {1, 7, 8, 15, 17, 63, 65, 100, 768, 1000, 4097}) {
    Case c = rms_norm(width, 3);
    c.offset = 1;
    all.push_back(c);
    for (const int n_groups : {1, 2, 8}) {
      c = gated_norm(width * n_groups, n_groups, 3);
      c.alias = n_groups != 2;
      c.offset = 1;
      all.push_back(c);
    }
  }
  for (const Values values : {Values::large, Values::tiny}) {
    Case c = rms_norm(300, 2);
    c.values = values;
    all.push_back(c);
    c = gated_norm(300, 3, 2);
    c.values = values;
    all.push_back(c);
  }
}

void add_embed(std::vector<Case>& all) {
  for (const WeightType type : kTypes) {
    for (const int n_tokens : kTokens) {
      Case c = embed(type, 50, 77, n_tokens);
      c.offset = 1;
      all.push_back(c);
    }
  }
}

// d_model, n_heads, n_groups of a small model, a middle one and Codestral Mamba; head_dim 64, d_state 128, d_conv 4.
void add_model(std::vector<Case>& all, int d_model, int n_heads, int n_groups) {
  const int d_inner = n_heads * 64;
  const int d_conv_in = d_inner + 2 * n_groups * 128;
  std::vector<Case> model;
  for (const int n_tokens : {1, 2, 4, 8, 16, 64, 256}) {
    model.push_back(matmul(WeightType::bf16, d_inner + d_conv_in + n_heads, d_model, n_tokens));
    model.push_back(matmul(WeightType::bf16, d_model, d_inner, n_tokens));
    model.push_back(matmul_bf16(d_inner + d_conv_in + n_heads, d_model, n_tokens));
    model.push_back(matmul_bf16(d_model, d_inner, n_tokens));
    for (const WeightType type : kPackedTypes) {
      model.push_back(matmul_packed(type, d_inner + d_conv_in + n_heads, d_model, n_tokens));
      model.push_back(matmul_packed(type, d_model, d_inner, n_tokens));
    }
  }
  for (const int n_tokens : {1, 256}) {
    model.push_back(rms_norm(d_model, n_tokens));
    model.push_back(quantize(d_inner, n_tokens));
    model.push_back(round_bf16(d_inner, n_tokens));
    Case c = conv(d_conv_in, 4, n_tokens);
    c.pad = static_cast<size_t>(d_inner + n_heads);  // x is a slice of the projection
    model.push_back(c);
    c = ssd(n_heads, 64, n_groups, 128, n_tokens);
    model.push_back(c);
    c = gated_norm(d_inner, n_groups, n_tokens);
    c.pad = static_cast<size_t>(d_conv_in + n_heads);
    model.push_back(c);
  }
  for (Case& c : model) {
    c.bench = true;
    all.push_back(c);
  }
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  add_embed(all);
  add_norms(all);
  add_matmul(all);
  add_packed(all);
  add_bf16(all);
  add_conv(all);
  add_ssd(all);
  add_model(all, 512, 16, 1);
  add_model(all, 2048, 64, 1);
  add_model(all, 4096, 128, 8);
  for (const WeightType type : {WeightType::f32, WeightType::f16}) {
    for (const int n_tokens : {1, 256}) {
      Case c = matmul(type, 8512, 2048, n_tokens);
      c.bench = true;
      all.push_back(c);
    }
  }
  return all;
}

}  // namespace

const char* name_of(Op op) {
  constexpr const char* kNames[] = {"embed", "rms_norm", "matmul", "conv", "ssd", "gated_norm", "quantize", "matmul_packed",
                                    "round_bf16", "matmul_bf16"};
  return kNames[static_cast<int>(op)];
}

const char* name_of(WeightType type) {
  constexpr const char* kNames[] = {"f32", "f16", "bf16", "q8", "q4"};
  return kNames[static_cast<int>(type)];
}

std::string name_of(const Case& c) {
  std::string name = name_of(c.op);
  const auto add = [&](const char* what, auto value) { name += std::string("_") + what + std::to_string(value); };
  if (c.n_rows > 0) {
    name += std::string("_") + name_of(c.type);
    add("r", c.n_rows);
    add("k", c.n_cols);
  }
  if (c.n_rows == 0 && c.n_cols > 0) add("k", c.n_cols);
  if (c.width > 0) add("w", c.width);
  if (c.d_conv > 0) add("conv", c.d_conv);
  if (c.n_heads > 0) {
    add("h", c.n_heads);
    add("p", c.head_dim);
    add("n", c.d_state);
  }
  if (c.n_groups > 1) add("g", c.n_groups);
  add("t", c.n_tokens);
  if (c.pad > 0) add("pad", c.pad);
  if (c.offset > 0) add("off", c.offset);
  if (c.accumulate) name += "_acc";
  if (c.alias) name += "_alias";
  if (c.dt_min > 0) name += "_limits";
  if (c.state_only) name += "_state";
  if (c.values == Values::large) name += "_large";
  if (c.values == Values::tiny) name += "_tiny";
  return name;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = all_cases();
  return all;
}

}  // namespace sw::ops
