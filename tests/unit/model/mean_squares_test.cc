// What a calibration measures: the very operands of the products, however texts are cut and threads share the work.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "model/host_model.h"
#include "unit/model/shapes.h"

namespace sw::test {
namespace {

using Ids = std::vector<int32_t>;
using Texts = std::vector<Ids>;
using Sums = std::vector<double>;

// One layer over a whole text at once, by the ops alone; the operands' squares are added to the sums.
void run_layer(Backend& ops, const Mamba2Block& block, float eps, std::vector<float>& residual, Sums& in, Sums& out) {
  const Mamba2Config& c = block.config;
  const int n = static_cast<int>(residual.size()) / block.in_proj.n_cols, d_model = block.in_proj.n_cols;
  const auto rows = [&](int width) { return std::vector<float>(static_cast<size_t>(n) * static_cast<size_t>(width)); };
  std::vector<float> normed = rows(d_model), proj = rows(c.d_in_proj()), xbc = rows(c.d_conv_in()), y = rows(c.d_inner);
  std::vector<float> conv_state(static_cast<size_t>((c.d_conv - 1) * c.d_conv_in())), ssm_state(static_cast<size_t>(c.d_inner * c.d_state));
  const auto d_in_proj = static_cast<size_t>(c.d_in_proj());
  ops.rms_norm({n, d_model, eps, residual.data(), block.norm.data(), normed.data()});
  ops.matmul({n, block.in_proj, normed.data(), static_cast<size_t>(d_model), proj.data(), d_in_proj, false});
  const float* x = proj.data() + c.d_inner;
  const ops::ConvArgs conv{n, static_cast<int>(c.d_conv_in()), c.d_conv, x, d_in_proj, block.conv_weight.data(), block.conv_bias.data(),
                           conv_state.data(), xbc.data()};
  ops.conv(std::span(&conv, 1));
  const float* B = xbc.data() + c.d_inner;
  const ops::SsdArgs ssd{n, c.n_heads, c.head_dim, c.n_groups, c.d_state, c.dt_min, c.dt_max, xbc.data(), B, B + c.n_groups * c.d_state,
                         static_cast<size_t>(c.d_conv_in()), x + c.d_conv_in(), d_in_proj, block.dt_bias.data(), block.A.data(),
                         block.D.data(), ssm_state.data(), y.data()};
  ops.ssd(std::span(&ssd, 1));
  std::vector<float> gated = rows(c.d_inner);
  ops.gated_norm({n, c.d_inner, c.n_groups, eps, y.data(), proj.data(), d_in_proj, block.gated_norm.data(), gated.data()});
  ops.matmul({n, block.out_proj, gated.data(), static_cast<size_t>(c.d_inner), residual.data(), static_cast<size_t>(d_model), true});
  for (size_t i = 0; i < normed.size(); ++i) in[i % in.size()] += double{normed[i]} * normed[i];
  for (size_t i = 0; i < gated.size(); ++i) out[i % out.size()] += double{gated[i]} * gated[i];
}

class MeanSquares : public testing::TestWithParam<Shape> {
 protected:
  std::shared_ptr<const HostModel> open(int n_threads) {
    auto checkpoint = open_checkpoint(folder_.path());
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    backend_ = std::make_shared<Backend>(Backend::kDefaultRows, n_threads, system_allocator());
    return HostModel::create(std::move(checkpoint).value(), backend_).value();
  }
  void SetUp() override { write_hf(folder_.path(), GetParam().spec); }

  Texts random_texts(std::initializer_list<size_t> lengths) {
    Texts texts;
    for (const size_t n : lengths) {
      texts.emplace_back(n);
      for (int32_t& id : texts.back()) id = static_cast<int32_t>(random_() % static_cast<uint64_t>(GetParam().spec.vocab_size));
    }
    return texts;
  }
  static Importance measure(const HostModel& model, const Texts& texts) {
    auto found = model.mean_squares(texts, Control());
    EXPECT_TRUE(found.ok()) << found.status().message();
    return std::move(found).value();
  }
  // By the ops alone, and the head by the states after each token.
  Importance expected(const HostModel& model, const Texts& texts) {
    const std::vector<Block> blocks = blocks_of(model.checkpoint());
    const ops::Matrix embedding = matrix_of(model.checkpoint().embedding);
    std::vector<Sums> in, out;
    Sums head(static_cast<size_t>(model.d_model()));
    for (const Block& block : blocks) {
      in.emplace_back(head.size());
      out.emplace_back(static_cast<size_t>(std::get<Mamba2Block>(block).config.d_inner));
    }
    size_t n_tokens = 0;
    for (const Ids& text : texts) {
      if (text.empty()) continue;
      n_tokens += text.size();
      std::vector<float> residual(text.size() * head.size());
      backend_->embed({static_cast<int>(text.size()), embedding, text.data(), residual.data()});
      for (size_t i = 0; i < blocks.size(); ++i) {
        run_layer(*backend_, std::get<Mamba2Block>(blocks[i]), model.checkpoint().norm_eps, residual, in[i], out[i]);
      }
      State state = model.new_state().value();
      for (const int32_t id : text) {
        model.forward(state, std::span(&id, 1), nullptr);
        for (size_t i = 0; i < head.size(); ++i) head[i] += double{state.hidden(model.layout())[i]} * state.hidden(model.layout())[i];
      }
    }
    const auto means = [&](const Sums& sums) {
      const double least = 0.01 * std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(sums.size());
      std::vector<float> values;
      for (const double sum : sums) values.push_back(static_cast<float>(std::max(sum, least) / static_cast<double>(n_tokens)));
      return values;
    };
    Importance importance;
    for (size_t i = 0; i < blocks.size(); ++i) {
      importance.set("layers." + std::to_string(i) + ".in_proj", means(in[i]));
      importance.set("layers." + std::to_string(i) + ".out_proj", means(out[i]));
    }
    importance.set(model.checkpoint().tied ? "embedding" : "head", means(head));
    return importance;
  }

  TempDir folder_;
  std::shared_ptr<Backend> backend_;
  std::mt19937_64 random_{3};
};

TEST_P(MeanSquares, AreThoseOfTheProductsOperands) {
  for (const int n_threads : {1, 3}) {
    const auto model = open(n_threads);
    for (const Texts& texts : {random_texts({1}), random_texts({300}), random_texts({5, 0, 600, 256, 1, 257})}) {
      const Importance found = measure(*model, texts), wanted = expected(*model, texts);
      for (size_t i = 0; i < model->checkpoint().blocks.size(); ++i) {
        for (const char* matrix : {".in_proj", ".out_proj"}) {
          const std::string role = "layers." + std::to_string(i) + matrix;
          ASSERT_FALSE(found.of(role).empty());
          ASSERT_TRUE(std::ranges::equal(found.of(role), wanted.of(role))) << role << ", " << n_threads << " threads";
        }
      }
      EXPECT_EQ(found.hash(), wanted.hash());  // embedding or head, and nothing else
    }
  }
}

// More tokens than pass a layer together: as if each batch had been alone, weighed by its tokens.
TEST_P(MeanSquares, BatchesAddUp) {
  const auto model = open(2);
  const Texts texts = random_texts({7000, 8000, 5000, HostModel::kMeanSquaresTokensMax});
  const Importance all = measure(*model, texts);
  const std::string role = "layers.0.out_proj";
  std::vector<double> sums(all.of(role).size());
  double n = 0;
  for (const Ids& text : texts) {
    const Importance one = measure(*model, {text});
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += double{one.of(role)[i]} * static_cast<double>(text.size());
    n += static_cast<double>(text.size());
  }
  const double floor = *std::ranges::min_element(all.of(role));  // columns near it have it in some batches and not in others
  for (size_t i = 0; i < sums.size(); ++i) {
    if (all.of(role)[i] > 4 * floor) {
      ASSERT_NEAR(all.of(role)[i], sums[i] / n, 1e-5 * sums[i] / n);
    }
  }
}

TEST_P(MeanSquares, CanBeStoppedAtEveryStepAndLeaveTheModelAsItWas) {
  const auto model = open(2);
  const Texts texts = random_texts({70, 300});
  const Importance whole = measure(*model, texts);
  uint64_t last = 0, end = 0;
  int n_stops = 0;
  for (;; ++n_stops) {
    Control control;
    int left = n_stops;
    last = 0;
    control.progress = [&](uint64_t done, uint64_t total) {
      EXPECT_GT(done, last);
      EXPECT_LE(done, total);
      last = done;
      end = total;
      return left-- > 0;
    };
    const auto found = model->mean_squares(texts, control);
    if (found.ok()) {
      EXPECT_EQ(found.value().hash(), whole.hash());
      break;
    }
    ASSERT_EQ(found.status().code(), Code::cancelled);
    ASSERT_LT(n_stops, 100);
  }
  EXPECT_EQ(last, end);
  EXPECT_EQ(end, 370 * model->checkpoint().blocks.size());
  EXPECT_GE(n_stops, 3);
}

TEST_P(MeanSquares, Refusals) {
  const auto model = open(1);
  EXPECT_EQ(model->mean_squares(Texts{}, Control()).status().code(), Code::argument);
  EXPECT_EQ(model->mean_squares(Texts{{}, {}}, Control()).status().code(), Code::argument);
  EXPECT_EQ(model->mean_squares(random_texts({HostModel::kMeanSquaresTokensMax + 1}), Control()).status().code(), Code::argument);
}

INSTANTIATE_TEST_SUITE_P(Shapes, MeanSquares, testing::ValuesIn(shapes()), [](const auto& shape) { return std::string(shape.param.name); });

TEST(MeanSquaresOfBadWeights, ActivationsThatAreNotFiniteAreNamed) {
  const TinySpec spec = shapes()[0].spec;
  auto weights = tiny_weights(spec);
  std::string& bytes = tensor_named(weights, "backbone.layers.1.mixer.norm.weight").bytes;
  const float nan = std::nanf("");
  std::memcpy(bytes.data() + 5 * sizeof nan, &nan, sizeof nan);
  TempDir folder;
  write_hf(folder.path(), hf_config(spec).text(), weights);
  const auto backend = std::make_shared<Backend>(Backend::kDefaultRows, 1, system_allocator());
  const auto model = HostModel::create(open_checkpoint(folder.path()).value(), backend).value();
  const auto found = model->mean_squares(Texts{{1, 2, 3}}, Control());
  ASSERT_EQ(found.status().code(), Code::format);
  EXPECT_NE(found.status().message().find("column 5 of layers.1.out_proj"), std::string::npos) << found.status().message();
}

}  // namespace
}  // namespace sw::test
