#include <algorithm>
#include <array>
#include <random>

#include "store_bench.h"

namespace sw::bench {
namespace {

constexpr int kTokens = 512;

// Operands of one layer as a replay has them: rows of x, B, C and dt as they were logged.
struct Operands {
  Operands(const Mamba2Config& c, int n_tokens) : config(c), n(n_tokens) {
    const auto rows = static_cast<size_t>(n) * row();
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    logged.resize(rows);
    for (float& v : logged) v = normal(random);
    weight.assign(static_cast<size_t>(c.d_conv_in() * c.d_conv), 0.25f);
    bias.assign(static_cast<size_t>(c.d_conv_in()), 0.0f);
    dt_bias.assign(static_cast<size_t>(c.n_heads), -4.0f);
    A.assign(static_cast<size_t>(c.n_heads), -1.0f);
    D.assign(static_cast<size_t>(c.n_heads), 1.0f);
    conv_state.assign(static_cast<size_t>((c.d_conv - 1) * c.d_conv_in()), 0.0f);
    ssm_state.assign(static_cast<size_t>(c.d_inner) * static_cast<size_t>(c.d_state), 0.0f);
    xbc.resize(static_cast<size_t>(n * c.d_conv_in()));
    y.resize(static_cast<size_t>(n * c.d_inner));
  }
  size_t row() const { return static_cast<size_t>(config.d_conv_in() + config.n_heads); }

  void conv(Backend& backend, int at, int count) {
    const ops::ConvArgs args = {count, config.d_conv_in(), config.d_conv, logged.data() + static_cast<size_t>(at) * row(), row(),
                                weight.data(), bias.data(), conv_state.data(), xbc.data()};
    backend.conv(std::span(&args, 1));
  }
  void ssd(Backend& backend, int at, int count, bool with_y) {
    const Mamba2Config& c = config;
    const float* B = xbc.data() + c.d_inner;
    const ops::SsdArgs args = {count, c.n_heads, c.head_dim, c.n_groups, c.d_state, c.dt_min, c.dt_max, xbc.data(), B,
                 B + c.n_groups * c.d_state, static_cast<size_t>(c.d_conv_in()),
                 logged.data() + static_cast<size_t>(at) * row() + c.d_conv_in(), row(), dt_bias.data(), A.data(),
                 D.data(), ssm_state.data(), with_y ? y.data() : nullptr};
    backend.ssd(std::span(&args, 1));
  }

  Mamba2Config config;
  int n;
  std::vector<float> logged, weight, bias, dt_bias, A, D, conv_state, ssm_state, xbc, y;
};

}  // namespace

Result<std::string> time_replay_parts(const Opened& opened, int repeats) {
  const HostModel& model = *opened.model;
  Operands operands(std::get<Mamba2Weights>(model.checkpoint().blocks[0]).config, kTokens);
  Backend& backend = model.backend();
  const int chunk = model.chunk_len();
  const auto layers = static_cast<double>(model.layout().blocks.size());
  enum Part { conv, ssd, ssd_with_y, n_parts };
  std::array<std::vector<double>, n_parts> times;
  for (int i = -1; i < 3 * repeats; ++i) {
    std::array<double, n_parts> turn{};
    for (int at = 0; at < kTokens; at += chunk) {
      const int count = std::min(chunk, kTokens - at);
      const std::array<double, n_parts + 1> marks = {seconds(), (operands.conv(backend, at, count), seconds()),
                                                     (operands.ssd(backend, at, count, false), seconds()),
                                                     (operands.ssd(backend, at, count, true), seconds())};
      for (size_t p = 0; p < n_parts; ++p) turn[p] += marks[p + 1] - marks[p];
    }
    for (size_t p = 0; p < n_parts && i >= 0; ++p) times[p].push_back(turn[p] * layers);
  }
  SW_ASSIGN(State from, model.new_state());
  SW_ASSIGN(State to, model.new_state());
  std::vector<double> assigns, news;
  for (int i = 0; i < 3 * repeats; ++i) {
    const double start = seconds();
    to.assign(from);
    const double middle = seconds();
    SW_ASSIGN(const State fresh, model.new_state());
    assigns.push_back(middle - start);
    news.push_back(seconds() - middle);
  }
  print({{"what", "parts of a replay"},
         {"tokens", kTokens},
         {"conv_ms", 1e3 * median(times[conv])},
         {"ssd_ms", 1e3 * median(times[ssd])},
         {"ssd_with_y_ms", 1e3 * median(times[ssd_with_y])},
         {"assign_ms", 1e3 * median(assigns)},
         {"new_state_ms", 1e3 * median(news)}});
  return format(
      "| replay of %d tokens, all layers | ms |\n|---|---|\n| convolution | %.2f |\n| recurrence, state alone | %.2f "
      "|\n"
      "| (recurrence with its output) | %.2f |\n| assign the base | %.2f |\n| a new state, zeroed | %.2f |\n",
      kTokens, 1e3 * median(times[conv]), 1e3 * median(times[ssd]), 1e3 * median(times[ssd_with_y]),
      1e3 * median(assigns), 1e3 * median(news));
}

}  // namespace sw::bench
