// Every op, on every row this processor has, over the case list: agreement with ref, and the law that neither the cut
// into calls nor the cut into parts changes a byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "cases.h"
#include "row_list.h"

namespace sw::ops {

#if defined(SW_TWINS)
void bind_twin_avx_vnni(OpTable& table);
void bind_twin_amx_int8(OpTable& table);
void bind_twin_amx_bf16(OpTable& table);
void bind_twin_round(OpTable& table);
#endif

namespace {

std::string row_name(const testing::TestParamInfo<Row>& info) {
  return info.param.name;
}

// Every op of the row, over the small cases. Rows that the processor lacks are skipped, and said so.
class Rows : public testing::TestWithParam<Row> {
 protected:
  void SetUp() override {
    if (!runs_here(GetParam())) {
      GTEST_SKIP() << "NOT TESTED: this processor cannot run the " << GetParam().name << " row";
    }
    table_ = bind_cpu(GetParam().mask);
  }
  OpTable table_{};
};

// Runs all tokens in one call of one part.
std::vector<Output> run_whole(const OpTable& table, const Case& c, Problem& problem) {
  problem.reset();
  problem.run(table, 0, c.n_tokens, {});
  return problem.outputs();
}

void expect_close(const std::vector<Output>& got, const std::vector<Output>& want, const Case& c) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t o = 0; o < want.size(); ++o) {
    double largest = 0;
    for (const float value : want[o].values) {
      if (std::isfinite(value)) largest = std::fmax(largest, std::fabs(value));
    }
    const double limit = c.tolerance * largest;
    for (size_t i = 0; i < want[o].values.size(); ++i) {
      const float a = got[o].values[i], b = want[o].values[i];
      if (a == b || (std::isnan(a) && std::isnan(b))) continue;
      ASSERT_LE(std::fabs(double{a} - b), limit)
          << name_of(c) << ", " << want[o].name << '[' << i << "]: " << a << " instead of " << b << "; tolerance "
          << c.tolerance << " of " << largest << " (" << c.reason << ')';
    }
  }
}

bool same_bytes(const std::vector<Output>& a, const std::vector<Output>& b) {
  for (size_t o = 0; o < a.size(); ++o) {
    if (a[o].values.size() != b[o].values.size()) return false;
    if (a[o].values.empty()) continue;
    if (std::memcmp(a[o].values.data(), b[o].values.data(), a[o].values.size() * sizeof(float)) != 0) return false;
  }
  return true;
}

TEST_P(Rows, AgreeWithRef) {
  const OpTable ref = bind_cpu(kCpuRef);
  uint64_t seed = 0;
  for (const Case& c : cases()) {
    if (c.bench) continue;
    const auto problem = make_problem(c, ++seed);
    const std::vector<Output> want = run_whole(ref, c, *problem);
    expect_close(run_whole(table_, c, *problem), want, c);
    if (HasFatalFailure()) return;
  }
}

// The gaps between rows, and the outputs of other tokens, are not the op's to write: ref writes the same bytes there,
// and the comparison above covers them. Here: no finite input, in no gap, makes a result that is not finite.
TEST_P(Rows, ResultsAreFinite) {
  uint64_t seed = 1000;
  for (const Case& c : cases()) {
    if (c.bench) continue;
    const auto problem = make_problem(c, ++seed);
    for (const Output& output : run_whole(table_, c, *problem)) {
      for (const float value : output.values) ASSERT_TRUE(std::isfinite(value)) << name_of(c) << ' ' << output.name;
    }
  }
}

TEST_P(Rows, CutsChangeNoByte) {
  constexpr int kPartCounts[] = {1, 2, 3, 5, 7};
  std::mt19937 random(20240531);
  uint64_t seed = 2000;
  for (const Case& c : cases()) {
    if (c.bench) continue;
    const auto problem = make_problem(c, ++seed);
    const std::vector<Output> whole = run_whole(table_, c, *problem);
    for (int round = 0; round < 3; ++round) {
      problem->reset();
      std::string cuts;
      for (int t = 0; t < c.n_tokens;) {
        // Short calls and long ones alike; now and then an empty one.
        const int limit = random() % 2 == 0 ? 5 : c.n_tokens;
        const int n = std::min(c.n_tokens - t, static_cast<int>(random() % static_cast<unsigned>(limit + 1)));
        const int count = kPartCounts[random() % std::size(kPartCounts)];
        const int first = static_cast<int>(random() % static_cast<unsigned>(count));
        OpTable table = table_;
        table.few_streams = random() % 2 == 0;
        for (int i = 0; i < count; ++i) problem->run(table, t, t + n, {(first + i) % count, count});
        cuts += " " + std::to_string(n) + "/" + std::to_string(count) + (table.few_streams ? " from few places" : "");
        t += n;
      }
      ASSERT_TRUE(same_bytes(problem->outputs(), whole)) << name_of(c) << " cut into tokens/parts" << cuts;
    }
  }
}

// What is made of whole numbers is the same in every fast row, so a state of packed weights does not depend on it there.
TEST(Packed, ProductsAreTheSameBytesInEveryFastRow) {
  std::vector<OpTable> tables;
  for (const Row& row : kCpuRows) {
    if (row.mask != kCpuRef && runs_here(row)) tables.push_back(bind_cpu(row.mask));
  }
  std::erase_if(tables, [](const OpTable& table) { return table.matmul_packed == bind_cpu(kCpuRef).matmul_packed; });
  if (tables.size() < 2) GTEST_SKIP() << "NOT TESTED: this processor has fewer than two fast rows";
  uint64_t seed = 4000;
  for (const Case& c : cases()) {
    if (c.op != Op::matmul_packed || c.bench) continue;
    const auto problem = make_problem(c, ++seed);
    const std::vector<Output> want = run_whole(tables[0], c, *problem);
    for (const OpTable& table : tables) {
      ASSERT_TRUE(same_bytes(run_whole(table, c, *problem), want)) << name_of(c) << ' ' << table.row[static_cast<int>(Op::matmul_packed)];
    }
  }
}

// Without y the state is the same bytes, whatever the shape and the cut; nothing is written where y would be, and C is not read.
TEST_P(Rows, StateDoesNotDependOnWhetherYIsAskedFor) {
  std::mt19937 random(7);
  uint64_t seed = 3000;
  for (Case c : cases()) {
    if (c.op != Op::ssd || c.bench) continue;
    ++seed;
    c.state_only = false;
    const auto with_y = make_problem(c, seed);
    const std::vector<Output> want = run_whole(table_, c, *with_y);
    c.state_only = true;
    const auto without = make_problem(c, seed);
    const std::vector<Output> before = without->outputs();
    ASSERT_TRUE(same_bytes({run_whole(table_, c, *without)[1]}, {want[1]})) << name_of(c);
    // In two calls and in parts.
    const int middle = c.n_tokens == 0 ? 0 : static_cast<int>(random() % static_cast<unsigned>(c.n_tokens + 1));
    without->reset();
    for (int i = 0; i < 3; ++i) without->run(table_, 0, middle, {i, 3});
    for (int i = 0; i < 2; ++i) without->run(table_, middle, c.n_tokens, {i, 2});
    ASSERT_TRUE(same_bytes({without->outputs()[1]}, {want[1]})) << name_of(c) << " cut at " << middle;
    ASSERT_TRUE(same_bytes({without->outputs()[0]}, {before[0]})) << name_of(c) << ": y was written";
  }
}

#if defined(SW_TWINS)
// The rows that this processor may lack, with the instructions that they are named after emulated: the bytes are avx512_vnni's, however
// the tokens and the rows are cut.
TEST(Packed, TwinsOfRareRowsGiveTheSameBytes) {
  const Row vnni{"avx512_vnni", kCpuRef | kCpuAvx2 | kCpuAvx512 | kCpuAvx512Vnni};
  if (!runs_here(vnni)) GTEST_SKIP() << "NOT TESTED: this processor cannot run the avx512_vnni row";
  const OpTable table = bind_cpu(vnni.mask);
  OpTable twins[] = {table, table};
  bind_twin_avx_vnni(twins[0]);
  bind_twin_amx_int8(twins[1]);
  uint64_t seed = 5000;
  for (const Case& c : cases()) {
    if (c.op != Op::matmul_packed || c.bench) continue;
    const auto problem = make_problem(c, ++seed);
    const std::vector<Output> want = run_whole(table, c, *problem);
    for (const OpTable& twin : twins) {
      ASSERT_NE(twin.matmul_packed, table.matmul_packed);
      ASSERT_TRUE(same_bytes(run_whole(twin, c, *problem), want)) << name_of(c) << " of twin " << (&twin - twins);
      problem->reset();
      const int middle = c.n_tokens / 3;
      for (int i = 0; i < 3; ++i) problem->run(twin, 0, middle, {i, 3});
      for (int i = 0; i < 2; ++i) problem->run(twin, middle, c.n_tokens, {i, 2});
      ASSERT_TRUE(same_bytes(problem->outputs(), want)) << name_of(c) << " of twin " << (&twin - twins) << " cut at " << middle;
    }
  }
}

// Tiles of bf16, emulated: near ref, whose sums are of double; and the same bytes however tokens and rows are cut, though one token goes
// another way than many.
TEST(Bf16, TwinsAgreeWithRefAndCutsChangeNoByte) {
  const Row avx512{"avx512", kCpuRef | kCpuAvx512};
  if (!runs_here(avx512)) GTEST_SKIP() << "NOT TESTED: this processor cannot run the avx512 row";
  const OpTable ref = bind_cpu(kCpuRef);
  OpTable twin = ref;
  bind_twin_amx_bf16(twin);
  bind_twin_round(twin);
  std::mt19937 random(6);
  uint64_t seed = 6000;
  for (const Case& c : cases()) {
    if ((c.op != Op::matmul_bf16 && c.op != Op::round_bf16) || c.bench) continue;
    const auto problem = make_problem(c, ++seed);
    const std::vector<Output> want = run_whole(ref, c, *problem), whole = run_whole(twin, c, *problem);
    expect_close(whole, want, c);
    if (HasFatalFailure()) return;
    for (int round = 0; round < 3; ++round) {
      problem->reset();
      for (int t = 0, n; t < c.n_tokens; t += n) {
        n = std::min(c.n_tokens - t, 1 + static_cast<int>(random() % (random() % 2 == 0 ? 3 : 40)));
        const int count = 1 + static_cast<int>(random() % 4);
        for (int i = 0; i < count; ++i) problem->run(twin, t, t + n, {i, count});
      }
      ASSERT_TRUE(same_bytes(problem->outputs(), whole)) << name_of(c);
    }
  }
}

// On a processor with such tiles the emulation is what they compute, to the byte.
TEST(Bf16, TilesGiveTheBytesOfTheirEmulation) {
  const Row& row = *std::find_if(std::begin(kCpuRows), std::end(kCpuRows), [](const Row& r) { return std::string(r.name) == "amx_bf16"; });
  if (!runs_here(row)) GTEST_SKIP() << "NOT TESTED: this processor cannot run the amx_bf16 row";
  const OpTable table = bind_cpu(row.mask);
  OpTable twin = table;
  bind_twin_amx_bf16(twin);
  uint64_t seed = 7000;
  for (const Case& c : cases()) {
    if (c.op != Op::matmul_bf16 || c.bench) continue;
    const auto problem = make_problem(c, ++seed);
    ASSERT_TRUE(same_bytes(run_whole(table, c, *problem), run_whole(twin, c, *problem))) << name_of(c);
  }
}
#endif

INSTANTIATE_TEST_SUITE_P(Cpu, Rows, testing::ValuesIn(kCpuRows), row_name);

// The last of the rows in `order` that `usable` has.
const char* last_of(uint32_t usable, std::initializer_list<std::pair<uint32_t, const char*>> order) {
  const char* name = "ref";
  for (const auto& [bit, row] : order) {
    if ((usable & bit) != 0) name = row;
  }
  return name;
}

// Masks force rows, and no op comes from a row outside the mask.
TEST(Binding, MaskForcesRows) {
  for (uint32_t mask = 0; mask < 512; ++mask) {
    const uint32_t usable = mask & cpu_features();
    const OpTable table = bind_cpu(mask);
    EXPECT_STREQ(table.row[static_cast<int>(Op::embed)], "ref");
    const char* floats = last_of(usable, {{kCpuAvx2, "avx2"}, {kCpuAvx512, "avx512"}, {kCpuNeon, "neon"}});
    for (const Op op : {Op::rms_norm, Op::matmul, Op::conv, Op::ssd, Op::gated_norm}) {
      EXPECT_STREQ(table.row[static_cast<int>(op)], floats) << name_of(op) << " with mask " << mask;
    }
    const char* integers = last_of(usable, {{kCpuAvx2, "avx2"}, {kCpuNeon, "neon"}});
    EXPECT_STREQ(table.row[static_cast<int>(Op::quantize)], integers) << mask;
    const char* packed = last_of(usable, {{kCpuAvx2, "avx2"},
                                           {kCpuAvxVnni, "avx_vnni"},
                                           {kCpuAvx512Vnni, "avx512_vnni"},
                                           {kCpuAmxInt8, "amx_int8"},
                                           {kCpuNeon, "neon"},
                                           {kCpuNeonDot, "neon_dot"}});
    EXPECT_STREQ(table.row[static_cast<int>(Op::matmul_packed)], packed) << mask;
    const char* rounded = last_of(usable, {{kCpuAmxBf16, "amx_bf16"}});
    for (const Op op : {Op::round_bf16, Op::matmul_bf16}) EXPECT_STREQ(table.row[static_cast<int>(op)], rounded) << mask;
    EXPECT_EQ(table.rounds_bf16, (usable & kCpuAmxBf16) != 0) << mask;
  }
}

TEST(Binding, RowsAreDifferentCode) {
  const OpTable ref = bind_cpu(kCpuRef);
  for (const Row& row : kCpuRows) {
    const OpTable table = bind_cpu(row.mask);  // what the processor lacks is left out
    EXPECT_EQ(table.matmul == ref.matmul, std::string(table.row[static_cast<int>(Op::matmul)]) == "ref") << row.name;
    EXPECT_EQ(table.ssd == ref.ssd, std::string(table.row[static_cast<int>(Op::ssd)]) == "ref") << row.name;
  }
}

TEST(Binding, RefIsAlwaysThere) {
  EXPECT_NE(cpu_features() & kCpuRef, 0u);
}

}  // namespace
}  // namespace sw::ops
