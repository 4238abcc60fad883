// sidewinder bench: how fast a model decodes and prefills, against the memory and the arithmetic of the same machine in the same run.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <span>

#include "bandwidth.h"
#include "command.h"
#include "interrupt.h"
#include "json_output.h"
#include "options.h"
#include "peaks.h"

namespace sw::tool {
namespace {

constexpr size_t kReadBytes = size_t{512} << 20;
constexpr int kStreamCounts[] = {1, 4, 8};
constexpr int kDecodeTokensInPrefill = 16;  // for the ratio that bench prefill prints
constexpr int kTokensDefault[] = {32, 512};  // of decode and prefill
constexpr int kStepTokens = 4;               // of each sequence in one repeat
constexpr int kStepSizes[] = {2, 4, 8, 16};  // sequences of a step

struct Flags {
  ModelFlags model;
  std::string what;
  int tokens = 0;
  int repeat = 5;
  bool json = false;
};

// What one model is measured with.
struct Bench {
  Engine engine;
  Model model;
  sw_model_info info = SW_MODEL_INFO_INIT;
  sw_engine_info engine_info = SW_ENGINE_INFO_INIT;
  std::string what;
  int tokens = 0;
  int repeat = 0;
  const Peak* products = nullptr;  // what bounds the projections of a prefill; nullptr where it is not known
  const Peak* floats = nullptr;    // and the recurrence
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

double d_conv_in(const sw_model_info& info) { return info.d_inner + 2.0 * info.n_groups * info.d_state; }

// Operations of one prefilled token; the head runs once a prompt.
double flop_of_products(const sw_model_info& info) {
  const double in_proj = 2.0 * info.d_model * (info.d_inner + d_conv_in(info) + info.n_heads);
  return info.n_layers * (in_proj + 2.0 * info.d_inner * info.d_model);
}

// The recurrence takes a multiplication and two multiply-adds for each value of the state: three instructions.
double flop_of_recurrence(const sw_model_info& info) { return info.n_layers * 6.0 * info.d_inner * info.d_state; }

double flop_per_token(const sw_model_info& info) {
  return flop_of_products(info) + flop_of_recurrence(info) + info.n_layers * 2 * d_conv_in(info) * info.d_conv;
}

// Of "matmul=avx512 ssd=avx2 ...".
std::string row_of(const std::string& kernels, const std::string& op) {
  const size_t at = (" " + kernels).find(" " + op + "=");
  if (at == std::string::npos) return {};
  const size_t begin = at + op.size() + 1;
  return kernels.substr(begin, kernels.find(' ', begin) - begin);
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

struct Samples {
  std::vector<double> read_4, read_8, decode, prefill, first_token_s, products, floats;
};

// The prompt's tokens alone; then the first one behind it.
Outcome time_prefill(const Bench& bench, const std::vector<int32_t>& ids, Samples& samples) {
  Sequence sequence;
  SW_TRY(new_sequence(bench, sequence));
  const sw_sampling_options sampling = SW_SAMPLING_OPTIONS_INIT;
  int32_t id = 0;
  const auto start = Clock::now();
  SW_TRY(append(sequence.get(), ids));
  samples.prefill.push_back(static_cast<double>(ids.size()) / seconds_since(start));
  SW_TRY(from_status(sw_sequence_sample(sequence.get(), &sampling, &id), kExitFailed));
  samples.first_token_s.push_back(seconds_since(start));
  return success();
}

// The value below which a share of all lies.
double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
}

// Of the ratios of each slice to what was measured beside it: both see the same neighbours.
template <class Ratio>
double median_of(size_t n, const Ratio& ratio) {
  std::vector<double> ratios;
  for (size_t i = 0; i < n; ++i) ratios.push_back(ratio(i));
  return median(ratios);
}

// What was measured.
Json subject_json(const Bench& bench) {
  Json json;
  json["bench"] = bench.what;
  json["model"] = bench.info.name;
  json["parameters"] = bench.info.n_parameters;
  json["weights"] = bench.info.weights;
  json["threads"] = bench.engine_info.n_threads;
  json["tokens"] = bench.tokens;
  json["repeat"] = bench.repeat;
  return json;
}

Json common_json(const Bench& bench, const Samples& samples, const std::vector<double>& tok_s) {
  Json json = subject_json(bench);
  json["weight_bytes"] = bench.info.weight_bytes;
  json["state_bytes"] = bench.info.state_bytes;
  json["read_bandwidth"] = median(samples.read_8);
  json["read_bandwidth_4"] = median(samples.read_4);
  json["kernels"] = bench.engine_info.kernels;
  json["version"] = sw_version();
  json["tok_s_median"] = median(tok_s);
  json["tok_s_p90"] = quantile(tok_s, 0.9);
  json["tok_s_min"] = quantile(tok_s, 0);
  json["tok_s_max"] = quantile(tok_s, 1);
  return json;
}

Json decode_json(const Bench& bench, const Samples& samples) {
  Json json = common_json(bench, samples, samples.decode);
  const double bytes = bytes_per_step(bench.info);
  const double with_state = bytes + 2 * static_cast<double>(bench.info.state_bytes);  // read and written once
  const double share = median_of(samples.decode.size(), [&](size_t i) { return samples.decode[i] * bytes / samples.read_8[i]; });
  json["bytes_per_token"] = bytes;
  json["bytes_per_s"] = median(samples.decode) * bytes;
  json["share_of_read_bandwidth"] = share;
  json["share_with_state"] = share * with_state / bytes;
  return json;
}

// What of a prefill the peaks of the same run allow. Null where no peak is known.
void put_bound(const Bench& bench, const Samples& samples, Json& json) {
  json["products_peak"] = bench.products == nullptr ? "" : bench.products->name;
  if (bench.products == nullptr || bench.floats == nullptr) return;
  const auto bound = [&](size_t i) {
    return 1 / (flop_of_products(bench.info) / samples.products[i] + flop_of_recurrence(bench.info) / samples.floats[i]);
  };
  const size_t n = samples.prefill.size();
  json["products_peak_per_s"] = median(samples.products);
  json["fma_peak_per_s"] = median(samples.floats);
  json["bound_tok_s"] = median_of(n, bound);
  json["share_of_bound"] = median_of(n, [&](size_t i) { return samples.prefill[i] / bound(i); });
}

Json prefill_json(const Bench& bench, const Samples& samples) {
  Json json = common_json(bench, samples, samples.prefill);
  const double tok_s = median(samples.prefill);
  const double bytes = bytes_per_step(bench.info);
  // If the weights were read once for the whole prompt; caches and blocks decide how often they really are.
  json["bytes_per_s"] = bytes * tok_s / bench.tokens;
  json["share_of_read_bandwidth"] = bytes * tok_s / bench.tokens / median(samples.read_8);
  json["flop_per_token"] = flop_per_token(bench.info);
  json["flop_per_s"] = flop_per_token(bench.info) * tok_s;
  json["first_token_ms"] = 1e3 * median(samples.first_token_s);
  json["first_token_ms_p10"] = 1e3 * quantile(samples.first_token_s, 0.1);
  put_bound(bench, samples, json);
  json["decode_tok_s_median"] = median(samples.decode);
  json["ratio_to_decode"] = median_of(samples.prefill.size(), [&](size_t i) { return samples.prefill[i] / samples.decode[i]; });
  return json;
}

void measure_machine(const Bench& bench, ReadBandwidth& memory, Samples& samples) {
  samples.read_4.push_back(memory.measure(4));
  samples.read_8.push_back(memory.measure(8));
  if (bench.what != "prefill" || bench.products == nullptr || bench.floats == nullptr) return;
  samples.products.push_back(measure(*bench.products, bench.engine_info.n_threads));
  samples.floats.push_back(measure(*bench.floats, bench.engine_info.n_threads));
}

Outcome measure(const Bench& bench, ReadBandwidth& memory, Samples& samples) {
  const bool prefill = bench.what == "prefill";
  const std::vector<int32_t> ids = some_ids(static_cast<size_t>(prefill ? bench.tokens : 16), bench.info.vocab_size);
  Sequence decoding;
  SW_TRY(new_sequence(bench, decoding));
  SW_TRY(append(decoding.get(), ids));  // also brings the weights into memory
  double tok_s = 0;
  SW_TRY(time_decode(decoding.get(), 2, tok_s));
  (void)memory.measure(8);
  Progress progress("bench " + bench.what + " " + bench.info.weights, Progress::Unit::items);
  for (int i = 0; i < bench.repeat; ++i) {
    measure_machine(bench, memory, samples);
    if (prefill) SW_TRY(time_prefill(bench, ids, samples));
    SW_TRY(time_decode(decoding.get(), prefill ? kDecodeTokensInPrefill : bench.tokens, tok_s));
    samples.decode.push_back(tok_s);
    if (interrupted()) return interrupted_outcome();
    progress.update(static_cast<uint64_t>(i) + 1, static_cast<uint64_t>(bench.repeat));
  }
  return success();
}

Outcome open(const Flags& flags, Bench& bench) {
  bench.repeat = flags.repeat;
  SW_TRY(open_engine(flags.model.engine, bench.engine));
  SW_TRY(open_model(bench.engine.get(), flags.model, WantTokenizer::no, bench.model));
  SW_TRY(get_info(bench.model.get(), bench.info));
  SW_TRY(from_status(sw_engine_get_info(bench.engine.get(), &bench.engine_info), kExitFailed));
  const std::string weights = bench.info.weights, kernels = bench.engine_info.kernels;
  const bool rounds = weights == "BF16" && !row_of(kernels, "matmul_bf16").empty();
  const std::string product = weights == "Q8" || weights == "Q4" ? "matmul_packed" : rounds ? "matmul_bf16" : "matmul";
  bench.products = peak_of(product, row_of(kernels, product));
  bench.floats = peak_of("ssd", row_of(kernels, "ssd"));
  return success();
}

Outcome run_one(const Flags& flags, const std::string& what, Bench& bench, ReadBandwidth& memory) {
  bench.what = what;
  bench.tokens = flags.tokens > 0 ? flags.tokens : kTokensDefault[what == "prefill" ? 1 : 0];
  Samples samples;
  SW_TRY(measure(bench, memory, samples));
  return print_json(what == "prefill" ? prefill_json(bench, samples) : decode_json(bench, samples));
}

Outcome run_model(const Flags& flags) {
  Bench bench;
  ReadBandwidth memory;
  SW_TRY(open(flags, bench));
  SW_TRY(memory.open(kReadBytes, bench.engine_info.n_threads));
  return run_one(flags, flags.what, bench, memory);
}

// Steps of these sequences at once. Seconds.
Outcome time_steps(const Bench& bench, std::span<sw_sequence* const> sequences, double& seconds) {
  const std::vector<int32_t> ids = some_ids(sequences.size(), bench.info.vocab_size);
  const sw_run_options options = run_options(nullptr);
  const auto start = Clock::now();
  for (int i = 0; i < bench.tokens; ++i) {
    SW_TRY(from_status(sw_sequences_step(sequences.data(), sequences.size(), ids.data(), &options, nullptr), kExitFailed));
  }
  seconds = seconds_since(start);
  return success();
}

// What a step of several sequences costs in steps of one, which alternate with it.
Outcome measure_step(const Bench& bench, std::span<sw_sequence* const> sequences) {
  std::vector<double> prices, tok_s, tok_s_one;
  Progress progress(std::string("bench step ") + bench.info.weights + " of " + std::to_string(sequences.size()), Progress::Unit::items);
  for (int i = 0; i < bench.repeat; ++i) {
    double alone = 0, together = 0;
    SW_TRY(time_steps(bench, sequences.first(1), alone));
    SW_TRY(time_steps(bench, sequences, together));
    prices.push_back(together / alone);
    tok_s.push_back(bench.tokens * static_cast<double>(sequences.size()) / together);
    tok_s_one.push_back(bench.tokens / alone);
    if (interrupted()) return interrupted_outcome();
    progress.update(static_cast<uint64_t>(i) + 1, static_cast<uint64_t>(bench.repeat));
  }
  Json json = subject_json(bench);
  json["kernels"] = bench.engine_info.kernels;
  json["sequences"] = sequences.size();
  json["price"] = median(prices);
  json["tok_s_median"] = median(tok_s);
  json["tok_s_one_median"] = median(tok_s_one);
  return print_json(json);
}

Outcome run_step(const Flags& flags) {
  Bench bench;
  SW_TRY(open(flags, bench));
  bench.what = "step";
  bench.tokens = flags.tokens > 0 ? flags.tokens : kStepTokens;
  std::vector<Sequence> owned;
  std::vector<sw_sequence*> sequences;
  for (const int n : kStepSizes) {
    while (sequences.size() < static_cast<size_t>(n)) {
      SW_TRY(new_sequence(bench, owned.emplace_back()));
      sequences.push_back(owned.back().get());
      SW_TRY(append(sequences.back(), some_ids(16, bench.info.vocab_size)));
    }
    SW_TRY(measure_step(bench, sequences));
  }
  return success();
}

// Every format that the stored weights can be held in, or the one that was asked for; a line for decode and one for prefill.
Outcome run_formats(const Flags& flags) {
  ReadBandwidth memory;
  std::vector<std::string> formats = {flags.model.weights};
  for (size_t i = 0; i < formats.size(); ++i) {
    Flags one = flags;
    one.model.weights = formats[i];
    Bench bench;
    SW_TRY(open(one, bench));
    const std::string weights = bench.info.weights;
    if (formats[i].empty() && weights != "Q8" && weights != "Q4") formats.insert(formats.end(), {"q8", "q4"});
    if (i == 0) SW_TRY(memory.open(kReadBytes, bench.engine_info.n_threads));
    SW_TRY(run_one(one, "decode", bench, memory));
    SW_TRY(run_one(one, "prefill", bench, memory));
  }
  return success();
}

// The machine alone.
Outcome run_roofline(const Flags& flags) {
  Engine engine;
  sw_engine_info info = SW_ENGINE_INFO_INIT;
  SW_TRY(open_engine(flags.model.engine, engine));
  SW_TRY(from_status(sw_engine_get_info(engine.get(), &info), kExitFailed));
  ReadBandwidth memory;
  SW_TRY(memory.open(kReadBytes, info.n_threads));
  std::map<std::string, std::vector<double>> samples;
  Progress progress("bench roofline", Progress::Unit::items);
  for (int i = 0; i < flags.repeat; ++i) {
    for (const int n : kStreamCounts) samples["read_" + std::to_string(n)].push_back(memory.measure(n));
    for (const Peak& peak : peaks()) samples[peak.name].push_back(measure(peak, info.n_threads));
    if (interrupted()) return interrupted_outcome();
    progress.update(static_cast<uint64_t>(i) + 1, static_cast<uint64_t>(flags.repeat));
  }
  Json json;
  json["bench"] = "roofline";
  json["threads"] = info.n_threads;
  json["repeat"] = flags.repeat;
  for (const auto& [name, values] : samples) json[name] = {{"median", median(values)}, {"p90", quantile(values, 0.9)}};
  return print_json(json);
}

Outcome run(const Flags& flags) {
  if (flags.what == "roofline") return run_roofline(flags);
  if (flags.what == "step") return run_step(flags);
  return flags.what == "all" ? run_formats(flags) : run_model(flags);
}

}  // namespace

void add_bench(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("bench", "Measure decode and prefill against the memory and the arithmetic of the same machine");
  app->add_option("WHAT", flags->what,
                  "decode: one token after the other; prefill: a prompt at once; all: both, in each format of the weights; step: one "
                  "token of each of 2, 4, 8 and 16 sequences; roofline: the machine alone")
      ->required()
      ->check(CLI::IsMember({"decode", "prefill", "all", "step", "roofline"}));
  app->add_option("--tokens", flags->tokens, "Tokens of one repeat; default: 32 for decode, 512 for prefill, 4 of each sequence for step")
      ->check(CLI::Range(1, 1 << 24))
      ->type_name("N");
  app->add_option("--repeat", flags->repeat, "Repeats; medians are printed")
      ->check(CLI::Range(1, 100000))
      ->type_name("N")
      ->capture_default_str();
  add_model_options(*app, flags->model);
  add_json_option(*app, flags->json);
  app->footer(
      "Prints a line of JSON for each measurement, with and without --json. Every repeat is measured beside a plain read of 512 MiB by as "
      "many threads, in 8 streams each (read_bandwidth, bytes/s) and in 4 (read_bandwidth_4), and prefill beside multiply-adds in registers: "
      "products_peak of the kernels that the projections run, fma_peak_per_s of the recurrence's. tok_s_p90 is what the fastest tenth of "
      "the repeats reached: what the machine gives when others leave it alone. share_of_read_bandwidth counts the weights that a step "
      "reads, share_with_state also the state, read and written. share_of_bound is prefill over what those peaks allow, ratio_to_decode "
      "prefill over decode. first_token_ms is from the prompt's first token to the first one drawn behind it, first_token_ms_p10 that of "
      "the fastest tenth; tok_s and first_token_ms count no decode step: those for ratio_to_decode run afterwards. price is what a step of "
      "so many sequences costs in steps of one, measured in turn; tok_s_median counts the tokens of all of them.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
