// sidewinder bench: how fast a model decodes and prefills, against the memory of the same machine in the same run.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "bandwidth.h"
#include "command.h"
#include "interrupt.h"
#include "json_output.h"
#include "options.h"

namespace sw::tool {
namespace {

constexpr size_t kReadBytes = size_t{512} << 20;
constexpr int kDecodeTokensInPrefill = 16;  // for the ratio that bench prefill prints

struct Flags {
  ModelFlags model;
  std::string what;
  int tokens = 0;
  int repeat = 5;
  bool json = false;
};

// What one run of the benchmark uses.
struct Bench {
  Engine engine;
  Model model;
  sw_model_info info = SW_MODEL_INFO_INIT;
  sw_engine_info engine_info = SW_ENGINE_INFO_INIT;
  ReadBandwidth bandwidth;
};

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Bytes of weights that one decode step reads: all but an embedding table of which it reads one row. Types can differ
// by tensor; the table is taken to have the average one.
double bytes_per_step(const sw_model_info& info) {
  const auto bytes = static_cast<double>(info.weight_bytes);
  if (info.tied != 0 || info.n_parameters == 0) return bytes;
  const double table = static_cast<double>(info.vocab_size) * info.d_model;
  return bytes * (1.0 - table / static_cast<double>(info.n_parameters));
}

// Operations of one prefilled token: the projections, the convolution and the recurrence; the head runs once a prompt.
double flop_per_token(const sw_model_info& info) {
  const double d_model = info.d_model, d_inner = info.d_inner, d_state = info.d_state;
  const double d_conv_in = d_inner + 2.0 * info.n_groups * d_state;
  const double in_proj = 2 * d_model * (d_inner + d_conv_in + info.n_heads);
  const double out_proj = 2 * d_inner * d_model;
  const double ssd = 6 * d_inner * d_state;
  return info.n_layers * (in_proj + out_proj + ssd + 2 * d_conv_in * info.d_conv);
}

// Tokens that repeat only after the whole vocabulary: any text would do, and there may be no tokenizer.
std::vector<int32_t> some_ids(size_t n, int32_t vocab_size) {
  std::vector<int32_t> ids(n);
  for (size_t i = 0; i < n; ++i) ids[i] = static_cast<int32_t>((i * 7919 + 3) % static_cast<size_t>(vocab_size));
  return ids;
}

Outcome new_sequence(const Bench& bench, Sequence& out) {
  sw_sequence* raw = nullptr;
  const sw_status status = sw_sequence_create(bench.model.get(), &raw);
  out.reset(raw);
  return from_status(status, kExitFailed);
}

Outcome append(sw_sequence* sequence, const std::vector<int32_t>& ids) {
  const sw_run_options options = run_options(nullptr);
  return from_status(sw_sequence_append(sequence, ids.data(), ids.size(), &options, nullptr), kExitFailed);
}

// Decode as generation does it: take the likeliest token, run it. Tokens per second.
Outcome time_decode(sw_sequence* sequence, int n_tokens, double& tok_s) {
  const sw_sampling_options sampling = SW_SAMPLING_OPTIONS_INIT;
  const sw_run_options options = run_options(nullptr);
  const auto start = Clock::now();
  for (int i = 0; i < n_tokens; ++i) {
    int32_t id = 0;
    SW_TRY(from_status(sw_sequence_sample(sequence, &sampling, &id), kExitFailed));
    SW_TRY(from_status(sw_sequence_append(sequence, &id, 1, &options, nullptr), kExitFailed));
  }
  tok_s = n_tokens / seconds_since(start);
  return success();
}

Outcome time_prefill(const Bench& bench, const std::vector<int32_t>& ids, double& tok_s) {
  Sequence sequence;
  SW_TRY(new_sequence(bench, sequence));
  const auto start = Clock::now();
  SW_TRY(append(sequence.get(), ids));
  tok_s = static_cast<double>(ids.size()) / seconds_since(start);
  return success();
}

struct Samples {
  std::vector<double> read, decode, prefill;
};

Json common_json(const Bench& bench, const Flags& flags, const Samples& samples) {
  Json json;
  json["bench"] = flags.what;
  json["model"] = bench.info.name;
  json["parameters"] = bench.info.n_parameters;
  json["threads"] = bench.engine_info.n_threads;
  json["tokens"] = flags.tokens;
  json["repeat"] = flags.repeat;
  json["weight_bytes"] = bench.info.weight_bytes;
  json["state_bytes"] = bench.info.state_bytes;
  json["read_bandwidth"] = median(samples.read);
  json["kernels"] = bench.engine_info.kernels;
  json["version"] = sw_version();
  return json;
}

Json decode_json(const Bench& bench, const Flags& flags, const Samples& samples) {
  Json json = common_json(bench, flags, samples);
  const double tok_s = median(samples.decode);
  const double bytes = bytes_per_step(bench.info);
  std::vector<double> shares;  // each slice against the read beside it: both see the same neighbours
  for (size_t i = 0; i < samples.decode.size(); ++i) shares.push_back(samples.decode[i] * bytes / samples.read[i]);
  json["tok_s_median"] = tok_s;
  json["tok_s_min"] = *std::min_element(samples.decode.begin(), samples.decode.end());
  json["tok_s_max"] = *std::max_element(samples.decode.begin(), samples.decode.end());
  json["bytes_per_token"] = bytes;
  json["bytes_per_s"] = tok_s * bytes;
  json["share_of_read_bandwidth"] = median(shares);
  json["share_with_state"] =
      median(shares) * (bytes + 2 * static_cast<double>(bench.info.state_bytes)) / bytes;  // read and written once
  return json;
}

Json prefill_json(const Bench& bench, const Flags& flags, const Samples& samples) {
  Json json = common_json(bench, flags, samples);
  const double tok_s = median(samples.prefill);
  std::vector<double> ratios;
  for (size_t i = 0; i < samples.prefill.size(); ++i) ratios.push_back(samples.prefill[i] / samples.decode[i]);
  const double bytes = bytes_per_step(bench.info);
  json["tok_s_median"] = tok_s;
  json["tok_s_min"] = *std::min_element(samples.prefill.begin(), samples.prefill.end());
  json["tok_s_max"] = *std::max_element(samples.prefill.begin(), samples.prefill.end());
  // If the weights were read once for the whole prompt; caches and blocks decide how often they really are.
  json["bytes_per_s"] = bytes * tok_s / flags.tokens;
  json["share_of_read_bandwidth"] = bytes * tok_s / flags.tokens / median(samples.read);
  json["flop_per_token"] = flop_per_token(bench.info);
  json["flop_per_s"] = flop_per_token(bench.info) * tok_s;
  json["decode_tok_s_median"] = median(samples.decode);
  json["ratio_to_decode"] = median(ratios);
  return json;
}

Outcome measure(const Flags& flags, Bench& bench, Samples& samples) {
  const bool prefill = flags.what == "prefill";
  const std::vector<int32_t> ids = some_ids(static_cast<size_t>(prefill ? flags.tokens : 16), bench.info.vocab_size);
  Sequence decoding;
  SW_TRY(new_sequence(bench, decoding));
  SW_TRY(append(decoding.get(), ids));  // also brings the weights into memory
  double tok_s = 0;
  SW_TRY(time_decode(decoding.get(), 2, tok_s));
  bench.bandwidth.measure();
  Progress progress("bench " + flags.what, Progress::Unit::items);
  for (int i = 0; i < flags.repeat; ++i) {
    samples.read.push_back(bench.bandwidth.measure());
    if (prefill) {
      SW_TRY(time_prefill(bench, ids, tok_s));
      samples.prefill.push_back(tok_s);
    }
    SW_TRY(time_decode(decoding.get(), prefill ? kDecodeTokensInPrefill : flags.tokens, tok_s));
    samples.decode.push_back(tok_s);
    if (interrupted()) return interrupted_outcome();
    progress.update(static_cast<uint64_t>(i) + 1, static_cast<uint64_t>(flags.repeat));
  }
  return success();
}

Outcome run(Flags flags) {
  if (flags.tokens == 0) flags.tokens = flags.what == "prefill" ? 512 : 32;
  Bench bench;
  SW_TRY(open_engine(flags.model.engine, bench.engine));
  SW_TRY(open_model(bench.engine.get(), flags.model, WantTokenizer::no, bench.model));
  SW_TRY(get_info(bench.model.get(), bench.info));
  SW_TRY(from_status(sw_engine_get_info(bench.engine.get(), &bench.engine_info), kExitFailed));
  SW_TRY(bench.bandwidth.open(kReadBytes, bench.engine_info.n_threads));
  Samples samples;
  SW_TRY(measure(flags, bench, samples));
  return print_json(flags.what == "prefill" ? prefill_json(bench, flags, samples) : decode_json(bench, flags, samples));
}

}  // namespace

void add_bench(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("bench", "Measure decode or prefill against the memory's read bandwidth");
  app->add_option("WHAT", flags->what, "decode: one token after the other; prefill: a prompt at once")
      ->required()
      ->check(CLI::IsMember({"decode", "prefill"}));
  app->add_option("--tokens", flags->tokens, "Tokens of one repeat; default: 32 for decode, 512 for prefill")
      ->check(CLI::Range(1, 1 << 24))
      ->type_name("N");
  app->add_option("--repeat", flags->repeat, "Repeats; medians are printed")
      ->check(CLI::Range(1, 100000))
      ->type_name("N")
      ->capture_default_str();
  add_model_options(*app, flags->model);
  add_json_option(*app, flags->json);
  app->footer(
      "Prints one line of JSON, with and without --json. Every repeat is measured beside a plain read of 512 MiB by as "
      "many threads (read_bandwidth, bytes/s); share_of_read_bandwidth counts the weights that a step reads, "
      "share_with_state also the state, read and written. ratio_to_decode is the rate of prefill over that of decode.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
