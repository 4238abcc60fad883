#include <algorithm>

#include "state/sequence.h"
#include "store_bench.h"

namespace sw::bench {
namespace {

constexpr size_t kCopyBytes = size_t{256} << 20;  // of the reference, beyond the caches
constexpr size_t kKept = 24;                      // states taken in turn, so that a kept one is not in a cache

// As Codestral Mamba's: 64 layers of 128 heads of 64, d_state 128, 10,240 convolved channels.
StateLayout codestral_layout() {
  StateLayout layout;
  for (size_t i = 0; i < 64; ++i) {
    StateLayout::Block block;
    block.conv_offset = layout.n_floats;
    block.conv_size = 3 * 10240;
    block.ssm_offset = block.conv_offset + block.conv_size;
    block.ssm_size = size_t{128} * 64 * 128;
    block.d_state = 128;
    layout.n_floats = block.ssm_offset + block.ssm_size;
    layout.blocks.push_back(block);
  }
  layout.hidden_offset = layout.n_floats;
  layout.hidden_size = 4096;
  layout.n_floats += layout.hidden_size;
  return layout;
}

// Bytes a second, turn by turn.
struct Turns {
  std::vector<double> copy_one, copy_all, assign, restore, keep;
};

double to_gb(const std::vector<double>& rates) {
  return median(rates) * 1e-9;
}

std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out;
  for (size_t i = 0; i < a.size(); ++i) out.push_back(a[i] / b[i]);
  return out;
}

std::string row(const char* what, const std::string& state, const std::vector<double>& rates, const Turns& turns,
                size_t n_bytes) {
  const double of_one = median(ratios(rates, turns.copy_one)), of_all = median(ratios(rates, turns.copy_all));
  print({{"what", what},
         {"state", state},
         {"state_bytes", n_bytes},
         {"bytes_per_s", median(rates)},
         {"ms", 1e3 * static_cast<double>(n_bytes) / median(rates)},
         {"ratio_to_memcpy", of_one},
         {"ratio_to_memcpy_all_threads", of_all},
         {"memcpy_bytes_per_s", median(turns.copy_one)},
         {"memcpy_all_threads_bytes_per_s", median(turns.copy_all)}});
  return format("| %s | %s | %.2f | %.1f | %.2f | %.2f |\n", what, state.c_str(),
                1e3 * static_cast<double>(n_bytes) / median(rates), to_gb(rates), of_one, of_all);
}

void measure_copy(CopyBandwidth& copy, int n_threads, Turns& turns) {
  turns.copy_one.push_back(copy.measure(1));
  turns.copy_all.push_back(copy.measure(n_threads));
}

Result<Turns> embedded_turns(const Opened& opened, CopyBandwidth& copy, int repeats) {
  const HostModel& model = *opened.model;
  auto store = std::make_shared<StateStore>(std::make_shared<StateBudget>(uint64_t{1} << 30), Policy());
  SW_ASSIGN(const auto sequence, Sequence::create(opened.model, store));
  SW_ASSIGN(const std::vector<int32_t> ids, tokens_of(*opened.tokenizer, some_code()[0], 64));
  SW_TRY(sequence->append(ids, {}));
  std::vector<Snapshot> kept;
  for (size_t i = 0; i < kKept; ++i) {
    SW_ASSIGN(Snapshot snapshot, sequence->snapshot());
    kept.push_back(std::move(snapshot));
  }
  SW_ASSIGN(State live, model.new_state());
  const double n_bytes = static_cast<double>(model.state_bytes()) * kKept;
  Turns turns;
  for (int i = -1; i < repeats; ++i) {
    if (i == 0) turns = {};  // the first turn only warms up
    measure_copy(copy, model.backend().n_threads(), turns);
    double start = seconds();
    for (const Snapshot& snapshot : kept) live.assign(snapshot.kept->state);
    turns.assign.push_back(n_bytes / (seconds() - start));
    start = seconds();
    for (const Snapshot& snapshot : kept) SW_TRY(sequence->restore(snapshot));
    turns.restore.push_back(n_bytes / (seconds() - start));
    std::vector<State> copies;
    start = seconds();
    for (size_t k = 0; k < kKept; ++k) {
      SW_ASSIGN(State state, live.copy(system_allocator()));
      copies.push_back(std::move(state));
    }
    turns.keep.push_back(n_bytes / (seconds() - start));
  }
  return turns;
}

Result<Turns> codestral_turns(const StateLayout& layout, CopyBandwidth& copy, int n_threads, int repeats) {
  SW_ASSIGN(State kept, State::zero(layout, system_allocator()));
  SW_ASSIGN(State live, State::zero(layout, system_allocator()));
  std::fill(kept.floats().begin(), kept.floats().end(), 0.5f);
  const auto n_bytes = static_cast<double>(live.n_bytes());
  Turns turns;
  for (int i = -1; i < repeats; ++i) {
    if (i == 0) turns = {};
    measure_copy(copy, n_threads, turns);
    double start = seconds();
    live.assign(kept);
    turns.assign.push_back(n_bytes / (seconds() - start));
    start = seconds();
    SW_ASSIGN(const State state, live.copy(system_allocator()));
    turns.keep.push_back(n_bytes / (seconds() - start));
  }
  return turns;
}

}  // namespace

Result<std::string> time_restore(const Opened& opened, int repeats) {
  CopyBandwidth copy(kCopyBytes);
  const int n_threads = opened.model->backend().n_threads();
  const size_t n_bytes = opened.model->state_bytes();
  std::string table =
      "| | state | ms | GB/s | of memcpy, 1 thread | of memcpy, all threads |\n|---|---|---|---|---|---|\n";
  SW_ASSIGN(const Turns embedded, embedded_turns(opened, copy, repeats));
  const std::string small = format("%.1f MB, embedded", static_cast<double>(n_bytes) * 1e-6);
  table += row("State::assign", small, embedded.assign, embedded, n_bytes);
  table += row("Sequence::restore", small, embedded.restore, embedded, n_bytes);
  table += row("State::copy (keep)", small, embedded.keep, embedded, n_bytes);
  const StateLayout layout = codestral_layout();
  const size_t large_bytes = layout.n_floats * sizeof(float);
  SW_ASSIGN(const Turns codestral, codestral_turns(layout, copy, n_threads, repeats));
  const std::string large = format("%.0f MB, Codestral", static_cast<double>(large_bytes) * 1e-6);
  table += row("State::assign", large, codestral.assign, codestral, large_bytes);
  table += row("State::copy (keep)", large, codestral.keep, codestral, large_bytes);
  table += format("\nmemcpy of %zu MiB beside them: %.1f GB/s by one thread, %.1f GB/s by %d (bytes copied).\n",
                  kCopyBytes >> 20, to_gb(embedded.copy_one), to_gb(embedded.copy_all), n_threads);
  return table;
}

}  // namespace sw::bench
