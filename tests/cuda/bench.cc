// Measures the CUDA backend on the Codestral shape with random weights: each row with its share of the limit, both measured
// here. Usage: bench [--decode [FORMAT]] [--state] [--profile FORMAT N]      --decode: tokens a second alone, from FORMAT on, to compare
// builds by; --state: what states cost, alone; --profile: a prefill of N tokens and two tokens more, for a profiler; FORMAT 0, 1 or 2
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>

#include "cuda/sequence.h"
#include "oracle.h"

namespace sw::cuda {
namespace {

struct Limits {
  double copy_bytes_per_s = 0;  // read and written
  double gemm_flop_per_s = 0;
};

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Median seconds of `n` runs after one that does not count.
double median_s(int n, const std::function<void()>& prepare, const std::function<void()>& body) {
  std::vector<double> times;
  for (int i = 0; i <= n; ++i) {
    prepare();
    const double begin = now_s();
    body();
    if (i > 0) times.push_back(now_s() - begin);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

void row(const char* name, double value, const char* unit, double share, const char* of) {
  std::printf("%-46s %10.2f %-8s", name, value, unit);
  if (share > 0) std::printf(" %5.1f %% of %s", share * 100, of);
  std::printf("\n");
  std::fflush(stdout);
}

Limits measure_limits() {
  Limits limits;
  cudaStream_t stream;
  check(cudaStreamCreate(&stream), "stream");
  {
    const size_t n = size_t{2} << 30;
    DeviceBuffer<__nv_bfloat16> from(n / 2), to(n / 2);
    check(fill_random(from.data(), n / 2, 1.0f, 1, stream), "random");
    const double s = median_s(
        7, [] {},
        [&] {
          for (int i = 0; i < 10; ++i) cudaMemcpyAsync(to.data(), from.data(), n, cudaMemcpyDeviceToDevice, stream);
          check(cudaStreamSynchronize(stream), "copy");
        });
    limits.copy_bytes_per_s = 2.0 * n * 10 / s;
  }
  MatmulPlan plan;
  check(matmul_decode_prepare(plan), "prepare");
  constexpr int kN = 8192;
  DeviceBuffer<__nv_bfloat16> w(size_t(kN) * kN), u(size_t(kN) * kN), y(size_t(kN) * kN);
  check(fill_random(w.data(), size_t(kN) * kN, 0.01f, 3, stream), "random");
  check(fill_random(u.data(), size_t(kN) * kN, 1.0f, 4, stream), "random");
  Gemm gemm;
  const Gemm::Shape shape = gemm.admit({Format::bf16, kN, kN, w.data()}, Output::bf16, 1, kN, kN, plan, stream);
  const double s = median_s(
      5, [] {},
      [&] {
        for (int i = 0; i < 10; ++i) gemm.run(shape, w.data(), u.data(), kN, y.data(), kN, stream);
        check(cudaStreamSynchronize(stream), "gemm");
      });
  limits.gemm_flop_per_s = 2.0 * kN * kN * kN * 10 / s;
  row("device copy, read and written", limits.copy_bytes_per_s * 1e-12, "TB/s", 0, "");
  row("bf16 GEMM 8192^3, random values", limits.gemm_flop_per_s * 1e-12, "TFLOP/s", 0, "");
  cudaStreamDestroy(stream);
  return limits;
}

// A token a call, as a caller runs who looks at each: by its logits, and drawn on the device.
void measure_calls(DeviceSequence& sequence, const std::string& name) {
  DeviceModel& model = sequence.model;
  constexpr int kTokens = 64;
  const DeviceSampling sampling = {0.8f, 1};
  DeviceSequence* const one[] = {&sequence};
  float* logits = nullptr;
  check(cudaMallocHost(reinterpret_cast<void**>(&logits), size_t(model.vocab_size) * 4), "pinned");
  const double by_logits = median_s(
      3, [] {},
      [&] {
        int32_t id = 1;
        for (int i = 0; i < kTokens; ++i) {
          sequence.forward(&id, 1, 1, logits);
          id = static_cast<int32_t>(std::max_element(logits, logits + model.vocab_size) - logits);
        }
      });
  const double by_draws = median_s(
      3, [] {},
      [&] {
        DeviceDraw drawn = {1};
        for (int i = 0; i < kTokens; ++i) {
          const int32_t id = drawn.id;
          DeviceSequence::step(one, 1, &id, nullptr, &sampling, &drawn);
        }
      });
  cudaFreeHost(logits);
  row((name + " decode, a token a call, logits to the host").c_str(), kTokens / by_logits, "tok/s", 0, "");
  row((name + " decode, a token a call, drawn").c_str(), kTokens / by_draws, "tok/s", 0, "");
}

void measure_decode(DeviceSequence& sequence, const Limits& limits, const std::string& name) {
  DeviceModel& model = sequence.model;
  std::vector<int32_t> ids(256);
  const DeviceSampling sampling = {0.8f, 1};
  const double s = median_s(
                       3, [] {}, [&] { sequence.generate(5, 256, sampling, ids.data()); }) /
                   256;
  double bytes = model.head_weights.n_bytes();
  for (const Layer& layer : model.layers) bytes += layer.in_proj.n_bytes() + layer.out_proj.n_bytes();
  const double state = 4.0 * model.n_layers * model.ssm_floats_per_layer();
  row((name + " decode").c_str(), 1 / s, "tok/s", (bytes + 2 * state) / limits.copy_bytes_per_s / s,
      "the copy rate (weights, state read and written)");
  row((name + " decode: bytes read a second").c_str(), (bytes + state) / s * 1e-12, "TB/s",
      (bytes + state) / s / limits.copy_bytes_per_s, "the copy rate (what it reads: the state is written once in 64)");
  measure_calls(sequence, name);
  for (int n : {1, 3}) {
    const double key = median_s(
        9, [&] { sequence.forward(ids.data(), 5, 0, nullptr); },
        [&] {
          sequence.forward(ids.data(), n, 0, nullptr);
          sequence.draw(sampling);
        });
    row((name + " keystroke of " + std::to_string(n) + " tokens to the next").c_str(), key * 1e3, "ms", 0, "");
  }
}

// One token of each of n sequences at a time, drawn on the device.
void measure_steps(DeviceModel& model, const std::string& name) {
  std::vector<std::unique_ptr<DeviceSequence>> owned;
  DeviceSequence* sequences[kStepMax];
  DeviceSampling sampling[kStepMax];
  int32_t ids[kStepMax] = {};
  DeviceDraw drawn[kStepMax];
  for (int i = 0; i < kStepMax; ++i) {
    sequences[i] = owned.emplace_back(std::make_unique<DeviceSequence>(model, 0)).get();
    sampling[i] = {0.8f, uint64_t(i)};
    const std::vector<int32_t> prompt = random_ids(64 + i, model.vocab_size, i);
    sequences[i]->forward(prompt.data(), 64 + i, 0, nullptr);
  }
  for (int n : {1, 2, 4, 8, 16}) {
    const double s = median_s(
                         3, [] {},
                         [&] {
                           for (int i = 0; i < 16; ++i) DeviceSequence::step(sequences, n, ids, nullptr, sampling, drawn);
                         }) /
                     16;
    row((name + " step of " + std::to_string(n) + " sequences").c_str(), n / s, "tok/s", 0, "");
  }
}

void measure_prefill(DeviceSequence& sequence, const Limits& limits, const std::string& name, std::vector<int> lengths) {
  const DeviceModel& model = sequence.model;
  double weights = 0;
  for (const Layer& l : model.layers) {
    weights += double(l.in_proj.n_rows) * l.in_proj.n_cols + double(l.out_proj.n_rows) * l.out_proj.n_cols;
  }
  for (int n : lengths) {
    const std::vector<int32_t> ids = random_ids(n, model.vocab_size, n);
    const double s = median_s(
        n > 10000 ? 1 : 3, [&] { sequence.reset(); }, [&] { sequence.forward(ids.data(), n, 0, nullptr); });
    row((name + " prefill of " + std::to_string(n)).c_str(), n / s, "tok/s", 2 * weights * n / s / limits.gemm_flop_per_s,
        "the GEMM rate (projections)");
  }
}

// A prompt of a repository's size: what it takes on the device is one chunk and the state.
void measure_long_prefill(DeviceSequence& sequence, const std::string& name) {
  constexpr int kTokens = 1 << 18;
  const std::vector<int32_t> ids = random_ids(kTokens, sequence.model.vocab_size, 5);
  size_t before = 0, after = 0, total = 0;
  sequence.reset();
  cudaMemGetInfo(&before, &total);
  const double begin = now_s();
  sequence.forward(ids.data(), kTokens, 0, nullptr);
  const double s = now_s() - begin;
  cudaMemGetInfo(&after, &total);
  row((name + " prefill of 262144").c_str(), kTokens / s, "tok/s", 0, "");
  row((name + " prefill of 262144: device memory it took").c_str(), (double(before) - double(after)) * 1e-6, "MB", 0, "");
}

// What a caller waits for when it does not wait for the bytes, and what tokens that run beside the copy pay for it.
void measure_transfer(DeviceSequence& sequence, float* host) {
  DeviceModel& model = sequence.model;
  std::unique_ptr<DeviceTransfer> transfer;
  std::vector<int32_t> ids(2);
  const DeviceSampling sampling = {0.8f, 1};
  const auto settle = [&] {
    if (transfer != nullptr) transfer->wait();
    transfer = std::make_unique<DeviceTransfer>();
  };
  const auto begin = [&] { sequence.download_begin(sequence.at.cell, host, *transfer); };
  const double call = median_s(5, settle, begin);
  const double set_aside = median_s(5, settle, [&] {
    begin();
    model.synchronize("set aside");
  });
  settle();
  const double alone = median_s(5, [] {}, [&] { sequence.generate(1, 2, sampling, ids.data()); });
  const double beside = median_s(
      5,
      [&] {
        settle();
        begin();
        model.synchronize("set aside");
      },
      [&] { sequence.generate(1, 2, sampling, ids.data()); });
  settle();
  row("state to the host, begun: the call", call * 1e3, "ms", 0, "");
  row("state to the host, begun: until others run", set_aside * 1e3, "ms", 0, "");
  row("2 tokens, alone", alone * 1e3, "ms", 0, "");
  row("2 tokens, beside a state on its way", beside * 1e3, "ms", 0, "");
}

void measure_state(DeviceSequence& sequence, const Limits& limits) {
  DeviceModel& model = sequence.model;
  DeviceSnapshot snapshot(model), base(model);
  const double state = 4.0 * model.n_layers * model.ssm_floats_per_layer();
  const std::vector<int32_t> ids = random_ids(1024, model.vocab_size, 3);
  sequence.reset();
  sequence.forward(ids.data(), 640, 0, nullptr);
  for (int at : {640, 672}) {
    const double save = median_s(
        9, [] {}, [&] { sequence.save(snapshot); });
    const double load = median_s(
        9, [] {}, [&] { sequence.load(snapshot); });
    const std::string where = at % kCell == 0 ? " at a cell" : " 32 into a cell";
    row(("snapshot" + where).c_str(), save * 1e3, "ms", 2 * state / limits.copy_bytes_per_s / save, "the copy rate (state)");
    row(("restore" + where).c_str(), load * 1e3, "ms", 2 * state / limits.copy_bytes_per_s / load, "the copy rate (state)");
    sequence.forward(ids.data() + 640, 32, 0, nullptr);
  }
  sequence.reset();
  sequence.forward(ids.data(), 200, 0, nullptr);
  sequence.save(base);
  sequence.forward(ids.data() + 200, 550, 0, nullptr);
  const double rewind = median_s(
      5, [&] { sequence.forward(ids.data() + 238, 750 - int(sequence.at.position), 0, nullptr); },
      [&] { sequence.rewind(&base, 238); });
  row("rewind 512 by the log", rewind * 1e3, "ms", 0, "");
  float* host = nullptr;
  check(cudaMallocHost(reinterpret_cast<void**>(&host), model.state_floats() * 4), "pinned");
  sequence.reset();
  sequence.forward(ids.data(), 640, 0, nullptr);
  const double down = median_s(
      3, [] {}, [&] { sequence.download(sequence.at.position, host); });
  const double up = median_s(
      3, [] {}, [&] { sequence.upload(host, sequence.at.cell); });
  row("state to pinned host memory", down * 1e3, "ms", 0, "");
  measure_transfer(sequence, host);
  row("state from pinned host memory", up * 1e3, "ms", 0, "");
  cudaFreeHost(host);
}

void compare_decode(const RandomModel& codestral, DeviceWeights weights, const char* name) {
  DeviceModelArgs args = codestral.args(weights);
  args.own_products = 1;
  args.chunk_len = 64;
  DeviceModel model(args);
  DeviceSequence sequence(model, 256);
  std::vector<int32_t> ids(256);
  const double s = median_s(
                       3, [] {}, [&] { sequence.generate(5, 256, {0.8f, 1}, ids.data()); }) /
                   256;
  row((std::string(name) + " decode").c_str(), 1 / s, "tok/s", 0, "");
  measure_calls(sequence, name);
}

int measure(int argc, char** argv) {
  int n_devices = 0;
  if (cudaGetDeviceCount(&n_devices) != cudaSuccess || n_devices == 0) {
    std::printf("no GPU\n");
    return 77;
  }
  const RandomModel codestral(64);
  const DeviceWeights formats[] = {DeviceWeights::bf16, DeviceWeights::int8, DeviceWeights::int4};
  const char* names[] = {"bf16", "int8", "int4"};
  if (argc > 1 && std::strcmp(argv[1], "--profile") == 0) {
    const int n = argc > 3 ? std::atoi(argv[3]) : 64;
    DeviceModelArgs args = codestral.args(formats[argc > 2 ? std::atoi(argv[2]) : 0]);
    args.chunk_len = n;
    DeviceModel model(args);
    DeviceSequence sequence(model, 640);
    int32_t ids[2];
    const std::vector<int32_t> prompt = random_ids(n, model.vocab_size, 1);
    sequence.forward(prompt.data(), n, 0, nullptr);
    sequence.generate(1, 2, {0.8f, 1}, ids);
    return 0;
  }
  if (argc > 1 && std::strcmp(argv[1], "--decode") == 0) {
    for (int i = argc > 2 ? std::atoi(argv[2]) : 0; i < 3; ++i) compare_decode(codestral, formats[i], names[i]);
    return 0;
  }
  if (argc > 1 && std::strcmp(argv[1], "--state") == 0) {
    DeviceModelArgs args = codestral.args(DeviceWeights::int4);
    args.own_products = 1;
    args.chunk_len = 64;
    DeviceModel model(args);
    DeviceSequence sequence(model, 640);
    measure_state(sequence, measure_limits());
    return 0;
  }
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, 0), "properties");
  int driver = 0;
  cudaDriverGetVersion(&driver);
  std::printf("%s, driver API %d, Codestral shape, random weights, batch 1\n", properties.name, driver);
  const Limits limits = measure_limits();
  for (int i = 0; i < 3; ++i) {
    const double begin = now_s();
    DeviceModel model(codestral.args(formats[i]));
    std::printf("%s: created in %.1f s\n", names[i], now_s() - begin);
    std::printf("%s; %.2f GB on the device\n%s", model.numerics.c_str(), double(model.n_bytes) * 1e-9,
                model.products().c_str());
    DeviceSequence sequence(model, 640);
    const std::vector<int32_t> prompt = random_ids(100, model.vocab_size, 1);
    sequence.forward(prompt.data(), 100, 0, nullptr);
    measure_decode(sequence, limits, names[i]);
    measure_steps(model, names[i]);
    measure_prefill(sequence, limits, names[i],
                    i == 0 ? std::vector<int>{64, 512, 2048, 8192, 32768} : std::vector<int>{512, 8192});
    if (i == 0) measure_long_prefill(sequence, names[i]);
    if (i == 0) measure_state(sequence, limits);
  }
  return 0;
}

}  // namespace
}  // namespace sw::cuda

int main(int argc, char** argv) {
  try {
    return sw::cuda::measure(argc, argv);
  } catch (const std::exception& error) {
    std::printf("FAILED: %s\n", error.what());
    return 1;
  }
}
