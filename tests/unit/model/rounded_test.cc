// Products of rounded activations: another model's bytes, and all the same laws.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "cpu/rows.h"
#include "model/host_model.h"
#include "unit/model/shapes.h"

namespace sw::test {
namespace {

class Rounded : public testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    TinySpec spec = GetParam().spec;
    spec.matrix_dtype = "BF16";
    write_hf(folder_.path(), spec);
  }
  // On ref, whose ops for rounded activations every processor has.
  std::shared_ptr<const HostModel> open(bool rounds, int n_threads) {
    ops::OpTable table = ops::bind_cpu(ops::kCpuRef);
    table.rounds_bf16 = rounds;
    auto backend = std::make_shared<Backend>(table, n_threads, system_allocator());
    return HostModel::create(open_checkpoint(folder_.path()).value(), std::move(backend)).value();
  }
  std::vector<float> logits_of(const HostModel& model, std::span<const int32_t> ids, State& state, size_t most) {
    std::vector<float> logits(ids.size() * static_cast<size_t>(model.vocab_size()));
    for (size_t at = 0, n; at < ids.size(); at += n) {
      n = std::min({ids.size() - at, 1 + random_() % most, static_cast<size_t>(model.chunk_len())});
      model.forward(state, ids.subspan(at, n), logits.data() + at * static_cast<size_t>(model.vocab_size()));
    }
    return logits;
  }

  TempDir folder_;
  std::mt19937_64 random_{5};
};

TEST_P(Rounded, CutsAndThreadsChangeNoByte) {
  std::vector<int32_t> ids(150);
  for (int32_t& id : ids) id = static_cast<int32_t>(random_() % static_cast<uint64_t>(GetParam().spec.vocab_size));
  std::vector<float> want, want_state;
  for (const int n_threads : {1, 3}) {
    const auto model = open(true, n_threads);
    for (const size_t most : {size_t{1}, size_t{5}, size_t{40}, size_t{150}}) {
      State state = model->new_state().value();
      const std::vector<float> logits = logits_of(*model, ids, state, most);
      if (want.empty()) {
        want = logits;
        want_state.assign(state.floats().begin(), state.floats().end());
      }
      ASSERT_EQ(std::memcmp(logits.data(), want.data(), want.size() * sizeof(float)), 0) << most;
      ASSERT_EQ(std::memcmp(state.floats().data(), want_state.data(), want_state.size() * sizeof(float)), 0) << most;
      std::vector<float> head(static_cast<size_t>(model->vocab_size())), scratch(model->head_scratch());
      model->head(state, head.data(), scratch.data());
      ASSERT_EQ(std::memcmp(head.data(), want.data() + want.size() - head.size(), head.size() * sizeof(float)), 0);
    }
  }
}

TEST_P(Rounded, LogitsAreNearThoseOfExactActivationsAndStatesAreNotTaken) {
  std::vector<int32_t> ids(60);
  for (int32_t& id : ids) id = static_cast<int32_t>(random_() % static_cast<uint64_t>(GetParam().spec.vocab_size));
  const auto rounded = open(true, 1), exact = open(false, 1);
  EXPECT_NE(rounded->numerics(), exact->numerics());
  State a = rounded->new_state().value(), b = exact->new_state().value();
  const std::vector<float> got = logits_of(*rounded, ids, a, 60), want = logits_of(*exact, ids, b, 60);
  double difference = 0, size = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    difference += std::pow(double{got[i]} - want[i], 2);
    size += std::pow(double{want[i]}, 2);
  }
  EXPECT_GT(difference, 0);
  EXPECT_LT(std::sqrt(difference / size), 0.03);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Rounded, testing::ValuesIn(shapes()), [](const auto& shape) { return std::string(shape.param.name); });

}  // namespace
}  // namespace sw::test
