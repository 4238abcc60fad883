// Times the large cases of the list on every row of this processor, and states each as a share of what the machine
// gives at that moment: the op and a reference loop alternate every few milliseconds, since clock and bandwidth drift
// (another guest, another program) by far more than the differences of interest.
//   t_us  processor time of one call    gflops  arithmetic    gbs  bytes from memory    fma_share, byte_share (of the peak for
//   bytes: peaks.h), tile_share (of bf16), read_share  of the peaks
// One thread. Ops with a token or few are cycled through enough copies of their operands to leave the caches.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cases.h"
#include "peaks.h"
#include "row_list.h"

namespace sw::ops {
namespace {

constexpr double kTurnSeconds = 2e-3;
constexpr double kColdBytes = 256e6;

double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<ptrdiff_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

std::vector<std::unique_ptr<Problem>> copies_of(const Case& c) {
  std::vector<std::unique_ptr<Problem>> copies;
  copies.push_back(make_problem(c, 1));
  const double bytes = copies[0]->bytes();
  const bool heavy = (c.op == Op::matmul || c.op == Op::matmul_bf16 || c.op == Op::ssd) && c.n_tokens <= 64;
  for (uint64_t seed = 2; heavy && static_cast<double>(seed - 1) * bytes < kColdBytes; ++seed) {
    copies.push_back(make_problem(c, seed));
  }
  return copies;
}

void run_case(benchmark::State& state, const Case& c, uint32_t mask) {
  const auto copies = copies_of(c);
  const OpTable table = bind_cpu(mask);
  std::vector<double> times, fma_shares, byte_shares, tile_shares, read_shares;
  size_t next = 0;
  for (auto _ : state) {
    int n = 0;
    const double start = thread_seconds();
    double elapsed = 0;
    do {
      copies[next]->run(table, 0, c.n_tokens, {});
      next = (next + 1) % copies.size();
      ++n;
      elapsed = thread_seconds() - start;
    } while (elapsed < kTurnSeconds);
    const double time = elapsed / n;
    times.push_back(time);
    state.SetIterationTime(time);
    if (const double peak = fma_rate(mask, kTurnSeconds); peak > 0) {
      fma_shares.push_back(copies[0]->flops() / time / peak);
    }
    if (c.op == Op::matmul_packed) {
      if (const double peak = byte_rate(mask, kTurnSeconds); peak > 0) byte_shares.push_back(copies[0]->flops() / time / peak);
    }
    if (c.op == Op::matmul_bf16) {
      if (const double peak = tile_rate(mask, kTurnSeconds); peak > 0) tile_shares.push_back(copies[0]->flops() / time / peak);
    }
    read_shares.push_back(copies[0]->bytes() / time / read_rate(kTurnSeconds));
  }
  const double time = median(times);
  state.counters["t_us"] = time * 1e6;
  state.counters["gflops"] = copies[0]->flops() / time * 1e-9;
  state.counters["gbs"] = copies[0]->bytes() / time * 1e-9;
  if (!fma_shares.empty()) state.counters["fma_share"] = median(fma_shares);
  if (!byte_shares.empty()) state.counters["byte_share"] = median(byte_shares);
  if (!tile_shares.empty()) state.counters["tile_share"] = median(tile_shares);
  state.counters["read_share"] = median(read_shares);
}

void add_cases() {
  for (const Row& row : kCpuRows) {
    if (!runs_here(row)) continue;
    const double flops_max = row.mask == kCpuRef ? 1e8 : 1e18;  // ref is an oracle: only what it finishes in a moment
    for (const Case& c : cases()) {
      if (!c.bench || 2.0 * c.n_tokens * c.n_rows * c.n_cols > flops_max) continue;
      const std::string name = std::string(row.name) + "/" + name_of(c);
      benchmark::RegisterBenchmark(name.c_str(), [c, mask = row.mask](benchmark::State& s) { run_case(s, c, mask); })
          ->UseManualTime()
          ->Iterations(c.n_tokens * static_cast<double>(c.n_rows) * c.n_cols > 1e9 ? 15 : 60);
    }
  }
}

}  // namespace
}  // namespace sw::ops

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  sw::ops::add_cases();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
