// The library on a device, through its public API alone: near the CPU's numbers, and resumed equals cold by bytes.
// Usage: library_test PLUGIN [MODEL [TOKENS [EDITS]]]      exit status 77 when there is no usable device
// Without MODEL, or with "": a small one with random weights. TOKENS: of the prompt that is compared with the CPU.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "sidewinder/sidewinder.h"
#include "unit/loader/tiny_model.h"

namespace {

using Ids = std::vector<int32_t>;

constexpr double kTolerance = 1e-2;  // relative L2 of logits: activations travel as bf16

int n_checks = 0, n_failed = 0;

void expect(bool holds, const char* what, int edit) {
  ++n_checks;
  if (holds) return;
  ++n_failed;
  std::printf("FAILED: %s (edit %d)\n", what, edit);
}

void must(sw_status status, const char* what) {
  if (status == SW_OK) return;
  std::printf("FAILED: %s: %s: %s\n", what, sw_status_name(status), sw_last_error());
  std::exit(1);
}

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

struct Opened {
  sw_engine* engine = nullptr;
  sw_model* model = nullptr;
  sw_model_info info = SW_MODEL_INFO_INIT;
};

Opened open(sw_device device, const char* plugin, const std::string& folder) {
  Opened opened;
  sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
  options.device = device;
  options.device_plugin = plugin;
  options.snapshot_bytes_max = uint64_t{4} << 30;
  const sw_status status = sw_engine_create(&options, &opened.engine);
  if (status == SW_E_UNSUPPORTED) {
    std::printf("%s\n", sw_last_error());
    std::exit(77);
  }
  must(status, "sw_engine_create");
  sw_model_options model = SW_MODEL_OPTIONS_INIT;
  model.without_tokenizer = 1;
  must(sw_model_open(opened.engine, folder.c_str(), &model, &opened.model), "sw_model_open");
  must(sw_model_get_info(opened.model, &opened.info), "sw_model_get_info");
  return opened;
}

sw_sequence* new_sequence(const Opened& opened) {
  sw_sequence* sequence = nullptr;
  must(sw_sequence_create(opened.model, &sequence), "sw_sequence_create");
  return sequence;
}

std::vector<float> logits_of(const Opened& opened, sw_sequence* sequence) {
  std::vector<float> logits(static_cast<size_t>(opened.info.vocab_size));
  must(sw_sequence_logits(sequence, logits.data(), logits.size()), "sw_sequence_logits");
  return logits;
}

// All that the future depends on, and the next logits.
std::vector<float> look(const Opened& opened, sw_sequence* sequence) {
  const auto layers = static_cast<size_t>(opened.info.n_layers), inner = static_cast<size_t>(opened.info.d_inner);
  const auto d_state = static_cast<size_t>(opened.info.d_state);
  const size_t n_ssm = layers * inner * d_state;
  const size_t n_conv = layers * static_cast<size_t>(opened.info.d_conv - 1) *
                        (inner + 2 * static_cast<size_t>(opened.info.n_groups) * d_state);
  std::vector<float> all(n_ssm + n_conv);
  must(sw_sequence_state(sequence, all.data(), n_ssm, all.data() + n_ssm, n_conv), "sw_sequence_state");
  const std::vector<float> logits = logits_of(opened, sequence);
  all.insert(all.end(), logits.begin(), logits.end());
  return all;
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

Ids random_ids(std::mt19937_64& random, size_t n, int vocab_size) {
  Ids ids(n);
  for (int32_t& id : ids) id = static_cast<int32_t>(random() % static_cast<uint64_t>(vocab_size));
  return ids;
}

void append(sw_sequence* sequence, const Ids& ids) { must(sw_sequence_append(sequence, ids.data(), ids.size(), nullptr, nullptr), "append"); }

void compare_with_cpu(const Opened& device, const std::string& folder, const Ids& ids) {
  const Opened cpu = open(SW_DEVICE_CPU, nullptr, folder);
  sw_sequence* a = new_sequence(device);
  sw_sequence* b = new_sequence(cpu);
  append(a, ids);
  append(b, ids);
  const std::vector<float> ours = logits_of(device, a), theirs = logits_of(cpu, b);
  double difference = 0, norm = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    difference += (double{ours[i]} - theirs[i]) * (double{ours[i]} - theirs[i]);
    norm += double{theirs[i]} * theirs[i];
  }
  const double error = std::sqrt(difference / norm);
  std::printf("logits after %zu tokens: relative L2 %.2e to the CPU\n", ids.size(), error);
  expect(error <= kTolerance, "logits near the CPU's", 0);
  sw_sequence_free(a);
  sw_sequence_free(b);
  sw_model_free(cpu.model);
  sw_engine_free(cpu.engine);
}

// One random edit: typing, going back, a snapshot taken or restored, a fork. Returns what it was.
class Session {
 public:
  const Opened& opened;
  std::mt19937_64 random{3};
  sw_sequence* sequence;
  Ids ids;
  sw_snapshot* snapshot = nullptr;
  Ids snapshot_ids;

  explicit Session(const Opened& o) : opened(o), sequence(new_sequence(o)) {}
  ~Session() {
    sw_sequence_free(sequence);
    sw_snapshot_free(snapshot);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void type() {
    const size_t n = random() % 5 == 0 ? random() % 400 : random() % 6;
    const Ids more = random_ids(random, n, opened.info.vocab_size);
    append(sequence, more);
    ids.insert(ids.end(), more.begin(), more.end());
  }
  void go_back() {
    const size_t n = std::min<size_t>(ids.size(), random() % 4 == 0 ? random() % 500 : random() % 40);
    ids.resize(ids.size() - n);
    must(sw_sequence_rewind(sequence, ids.size(), nullptr), "rewind");
  }
  void fork() {
    sw_sequence* other = nullptr;
    must(sw_sequence_fork(sequence, &other), "fork");
    append(sequence, random_ids(random, 3, opened.info.vocab_size));  // the fork does not see it
    sw_sequence_free(sequence);
    sequence = other;
  }
  const char* edit() {
    switch (random() % 8) {
      case 0: return fork(), "fork";
      case 1:
        sw_snapshot_free(snapshot);
        must(sw_sequence_snapshot(sequence, &snapshot), "snapshot");
        snapshot_ids = ids;
        return "snapshot";
      case 2:
        if (snapshot == nullptr) return "nothing";
        must(sw_sequence_restore(sequence, snapshot), "restore");
        ids = snapshot_ids;
        return "restore";
      case 3:
      case 4: return go_back(), "going back";
      default: return type(), "typing";
    }
  }
};

void compare_edits(const Opened& opened, int n_edits) {
  Session session(opened);
  session.type();
  for (int i = 0; i < n_edits; ++i) {
    const char* what = session.edit();
    if (session.ids.empty()) continue;
    sw_sequence* cold = new_sequence(opened);
    append(cold, session.ids);
    expect(same(look(opened, session.sequence), look(opened, cold)), what, i);
    sw_sequence_free(cold);
  }
  sw_store_stats stats = SW_STORE_STATS_INIT;
  must(sw_engine_get_store_stats(opened.engine, &stats), "store stats");
  std::printf("%d edits, %zu tokens at the end; %llu states kept\n", n_edits, session.ids.size(),
              static_cast<unsigned long long>(stats.states_made));
}

// Medians are for bench; this says what a caller sees of it.
void time_calls(const Opened& opened, const Ids& ids) {
  sw_sequence* sequence = new_sequence(opened);
  double begin = now_s();
  append(sequence, ids);
  const double prefill = now_s() - begin;
  constexpr int kTokens = 100;
  begin = now_s();
  for (int i = 0; i < kTokens; ++i) {
    append(sequence, {ids[static_cast<size_t>(i)]});
    (void)logits_of(opened, sequence);
  }
  const double decode = (now_s() - begin) / kTokens;
  sw_snapshot* snapshot = nullptr;
  begin = now_s();
  must(sw_sequence_snapshot(sequence, &snapshot), "snapshot");
  const double keep = now_s() - begin;
  begin = now_s();
  must(sw_sequence_restore(sequence, snapshot), "restore");
  const double restore = now_s() - begin;
  begin = now_s();
  must(sw_sequence_rewind(sequence, ids.size() - 20, nullptr), "rewind");
  std::printf("append of %zu tokens %.1f ms; a token and its logits %.2f ms; snapshot to the host %.1f ms, restore %.1f ms, rewind %.2f ms\n",
              ids.size(), prefill * 1e3, decode * 1e3, keep * 1e3, restore * 1e3, (now_s() - begin) * 1e3);
  sw_snapshot_free(snapshot);
  sw_sequence_free(sequence);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  sw::test::TempDir tiny;
  std::string folder = tiny.path();
  if (argc > 2 && argv[2][0] != '\0') {
    folder = argv[2];
  } else {
    sw::test::TinySpec spec;
    spec.d_inner = 512;
    spec.vocab_size = 500;
    sw::test::write_hf(folder, spec);
  }
  const size_t n_tokens = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 700;
  const int n_edits = argc > 4 ? std::atoi(argv[4]) : 200;
  const double begin = now_s();
  const Opened device = open(SW_DEVICE_CUDA, argv[1], folder);
  sw_engine_info info = SW_ENGINE_INFO_INIT;
  must(sw_engine_get_info(device.engine, &info), "sw_engine_get_info");
  std::printf("%s; model opened in %.1f s\n", info.device_name, now_s() - begin);
  std::mt19937_64 random(7);
  const Ids ids = random_ids(random, n_tokens, device.info.vocab_size);
  time_calls(device, ids);
  compare_with_cpu(device, folder, ids);
  compare_edits(device, n_edits);
  sw_model_free(device.model);
  sw_engine_free(device.engine);
  std::printf("%d checks, %d failed\n", n_checks, n_failed);
  return n_failed == 0 ? 0 : 1;
}
