// How far a model's logits are from the exact ones after its state went through a codec.
//
//   codec-error [--model DIR] [--prefix N] [--cuts N] [--files N] [FILE...]
//
// At several places of each file the state is encoded and decoded; the model then goes on from the exact and from the
// decoded state with the file's true next tokens. Lines of JSON and a table in Markdown on standard output, progress on
// standard error.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "state/codec.h"
#include "support.h"

namespace sw::bench {
namespace {

constexpr std::array<size_t, 3> kWindows = {1, 64, 1024};  // tokens after the restore
constexpr size_t kAfter = kWindows.back();

struct Flags {
  std::string model = nano_folder();
  size_t prefix = 1500;  // tokens before the middle cut
  size_t cuts = 4;       // a file
  size_t files = 100;
  std::vector<std::string> paths;
};

// Of the logits after one token.
struct TokenError {
  double rel_l2 = 0;
  double kl = 0;  // nats, KL(exact || restored)
  bool same_argmax = true;
};

double log_sum_exp(std::span<const float> x, float largest) {
  double sum = 0;
  for (const float v : x) sum += std::exp(double{v} - largest);
  return largest + std::log(sum);
}

TokenError compare(std::span<const float> exact, std::span<const float> other) {
  const auto top = std::max_element(exact.begin(), exact.end()),
             other_top = std::max_element(other.begin(), other.end());
  const double z = log_sum_exp(exact, *top), other_z = log_sum_exp(other, *other_top);
  double difference = 0, norm = 0, kl = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    const double a = exact[i], b = other[i];
    difference += (a - b) * (a - b);
    norm += a * a;
    kl += std::exp(a - z) * ((a - z) - (b - other_z));
  }
  return {std::sqrt(difference / norm), std::max(kl, 0.0), top - exact.begin() == other_top - other.begin()};
}

// A codec at one cut. Codecs that decode to the same bits share their walk.
struct Restored {
  StateCodec codec;
  uint64_t n_bytes = 0;
  double ssm_rel_l2 = 0;
  State state;
  size_t same_as = 0;  // index of the codec whose walk is this one's; its own: it has one
};

// What one codec did at one cut.
struct Sample {
  double ratio = 0;  // bytes of the float32 state over bytes of the encoded one
  double ssm_rel_l2 = 0;
  std::vector<TokenError> tokens;
};
using Samples = std::map<std::string, std::vector<Sample>>;

std::vector<StateCodec> codecs() {
  std::vector<StateCodec> all;
  for (const ValueCodec values : {ValueCodec::f32, ValueCodec::bf16, ValueCodec::int8}) {
    for (const bool packed : {false, true}) all.push_back({values, packed});
  }
  return all;
}

// Of ssm_state, the part that codecs may round.
double state_error(const StateLayout& layout, std::span<const float> exact, std::span<const float> other) {
  double difference = 0, norm = 0;
  for (const StateLayout::Block& block : layout.blocks) {
    for (size_t i = block.ssm_offset; i < block.ssm_offset + block.ssm_size; ++i) {
      difference += std::pow(double{exact[i]} - other[i], 2);
      norm += double{exact[i]} * exact[i];
    }
  }
  return std::sqrt(difference / norm);
}

Result<std::vector<Restored>> restore_all(const HostModel& model, const State& exact) {
  std::vector<Restored> all;
  for (const StateCodec codec : codecs()) {
    SW_ASSIGN(const EncodedState encoded, encode(model.layout(), exact.floats(), codec, system_allocator()));
    Restored restored;
    restored.codec = codec;
    restored.n_bytes = encoded.bytes().size();
    SW_ASSIGN(restored.state, model.new_state());
    SW_TRY(decode(model.layout(), codec, encoded.bytes(), system_allocator(), restored.state.floats()));
    restored.ssm_rel_l2 = state_error(model.layout(), exact.floats(), restored.state.floats());
    restored.same_as = all.size();
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].same_as != i ||
          std::memcmp(all[i].state.floats().data(), restored.state.floats().data(), exact.n_bytes()) != 0)
        continue;
      restored.same_as = i;
      restored.state = {};
      break;
    }
    all.push_back(std::move(restored));
  }
  return all;
}

// Goes on from all states at once with the same tokens.
std::vector<std::vector<TokenError>> walk(const HostModel& model, State& exact, std::vector<Restored>& all,
                                          std::span<const int32_t> ids) {
  const auto vocab = static_cast<size_t>(model.vocab_size());
  const size_t chunk = std::min<size_t>(64, static_cast<size_t>(model.chunk_len()));
  std::vector<float> logits(chunk * vocab), other(chunk * vocab);
  std::vector<std::vector<TokenError>> errors(all.size());
  for (size_t at = 0; at < ids.size(); at += chunk) {
    const auto part = ids.subspan(at, std::min(chunk, ids.size() - at));
    model.forward(exact, part, logits.data());
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].same_as != i) continue;
      model.forward(all[i].state, part, other.data());
      for (size_t t = 0; t < part.size(); ++t) {
        errors[i].push_back(
            compare(std::span(logits).subspan(t * vocab, vocab), std::span(other).subspan(t * vocab, vocab)));
      }
    }
  }
  for (size_t i = 0; i < all.size(); ++i) errors[i] = errors[all[i].same_as];
  return errors;
}

// Means over the tokens up to each window's end.
Json window_json(std::span<const TokenError> tokens, size_t window) {
  double rel_l2 = 0, kl = 0, same = 0;
  for (const TokenError& token : tokens.first(window)) {
    rel_l2 += token.rel_l2;
    kl += token.kl;
    same += token.same_argmax ? 1 : 0;
  }
  const auto n = static_cast<double>(window);
  return {{"tokens", window},
          {"rel_l2", rel_l2 / n},
          {"kl_nats", kl / n},
          {"same_argmax", same / n},
          {"rel_l2_last", tokens[window - 1].rel_l2}};
}

Status measure_cut(const HostModel& model, State state, std::span<const int32_t> ids, const std::string& path, size_t cut,
                   Samples& samples) {
  SW_ASSIGN(std::vector<Restored> all, restore_all(model, state));
  const auto errors = walk(model, state, all, ids.subspan(cut, kAfter));
  for (size_t i = 0; i < all.size(); ++i) {
    Sample sample{static_cast<double>(model.state_bytes()) / static_cast<double>(all[i].n_bytes), all[i].ssm_rel_l2,
                  errors[i]};
    Json json = {{"file", path.substr(path.rfind('/') + 1)},
                 {"cut", cut},
                 {"codec", all[i].codec.name()},
                 {"ratio", sample.ratio},
                 {"ssm_rel_l2", sample.ssm_rel_l2}};
    for (const size_t window : kWindows) json["after"].push_back(window_json(sample.tokens, window));
    print(json);
    samples[all[i].codec.name()].push_back(std::move(sample));
  }
  return {};
}

Status measure_file(const Opened& opened, const Flags& flags, const std::string& path, Samples& samples) {
  const HostModel& model = *opened.model;
  SW_ASSIGN(const std::vector<int32_t> ids, tokens_of(*opened.tokenizer, path, 1000000));
  SW_ASSIGN(State state, model.new_state());
  size_t at = 0;
  for (size_t i = 0; i < flags.cuts; ++i) {
    const size_t spread = flags.cuts > 1 ? flags.prefix * i / (flags.cuts - 1) : flags.prefix / 2;
    const size_t cut = flags.prefix / 2 + spread;
    if (cut + kAfter > ids.size()) {
      note("%s: only %zu tokens, no cut at %zu", path.c_str(), ids.size(), cut);
      break;
    }
    const auto chunk = static_cast<size_t>(model.chunk_len());
    for (; at < cut; at += std::min(chunk, cut - at)) {
      model.forward(state, std::span(ids).subspan(at, std::min(chunk, cut - at)), nullptr);
    }
    SW_ASSIGN(State copy, state.copy(system_allocator()));
    const double start = seconds();
    SW_TRY(measure_cut(model, std::move(copy), ids, path, cut, samples));
    note("%s, cut at %zu: %.1f s", path.c_str(), cut, seconds() - start);
  }
  return {};
}

// Over all cuts: the median of the relative L2, the means of the others.
Json summary_of(const std::vector<Sample>& samples, size_t window) {
  std::vector<double> rel_l2, kl, same, last;
  for (const Sample& sample : samples) {
    const Json json = window_json(sample.tokens, window);
    rel_l2.push_back(json["rel_l2"]);
    kl.push_back(json["kl_nats"]);
    same.push_back(json["same_argmax"]);
    last.push_back(json["rel_l2_last"]);
  }
  return {{"tokens", window},          {"rel_l2_median", median(rel_l2)},   {"rel_l2_max", quantile(rel_l2, 1)},
          {"kl_nats_mean", mean(kl)},  {"kl_nats_median", median(kl)},      {"kl_nats_max", quantile(kl, 1)},
          {"same_argmax", mean(same)}, {"rel_l2_last_median", median(last)}};
}

void print_table(const Samples& samples) {
  std::string table =
      "\n| codec | size ratio | ssm_state, rel. L2 | logits, rel. L2: 1 token | 64 | 1,024 | KL, nats: 1 | 64 | 1,024 "
      "| same "
      "argmax: 1 | 64 "
      "| 1,024 |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const StateCodec codec : codecs()) {
    const std::vector<Sample>& of_codec = samples.at(codec.name());
    std::vector<double> ratios, states;
    for (const Sample& sample : of_codec) {
      ratios.push_back(sample.ratio);
      states.push_back(sample.ssm_rel_l2);
    }
    Json json = {{"codec", codec.name()},
                 {"samples", of_codec.size()},
                 {"ratio", median(ratios)},
                 {"ssm_rel_l2", median(states)}};
    table += format("| %s | %.2f | %.1e |", codec.name().c_str(), median(ratios), median(states));
    for (const size_t window : kWindows) json["after"].push_back(summary_of(of_codec, window));
    for (const char* key : {"rel_l2_median", "kl_nats_mean"}) {
      for (const Json& window : json["after"]) table += format(" %.1e |", window[key].get<double>());
    }
    for (const Json& window : json["after"]) table += format(" %.2f %% |", 100 * window["same_argmax"].get<double>());
    table += '\n';
    print(json);
  }
  std::printf("%s", table.c_str());
  std::printf(
      "\n%zu cuts. Relative L2: median over the cuts; KL(exact, restored) and the rate of the same likeliest token: "
      "means. For "
      "64 and "
      "1,024 tokens each cut counts with its mean over all tokens from the restore up to there.\n",
      samples.begin()->second.size());
}

Status run(const Flags& flags) {
  SW_ASSIGN(const Opened opened, open_model(flags.model));
  const HostModel& model = *opened.model;
  print({{"bench", "codec-error"},
         {"model", flags.model.substr(flags.model.rfind('/') + 1)},
         {"layers", model.layout().blocks.size()},
         {"d_model", model.d_model()},
         {"state_bytes", model.state_bytes()},
         {"prefix", flags.prefix},
         {"kernels", model.backend().rows()},
         {"threads", model.backend().n_threads()}});
  Samples samples;
  const std::vector<std::string> paths = flags.paths.empty() ? some_code() : flags.paths;
  const size_t stride = std::max<size_t>(1, paths.size() / std::max<size_t>(1, std::min(flags.files, paths.size())));
  for (size_t i = 0, n = 0; i < paths.size() && n < flags.files; i += stride, ++n)
    SW_TRY(measure_file(opened, flags, paths[i], samples));
  if (samples.empty()) return error(Code::argument, "no file has tokens enough");
  print_table(samples);
  return {};
}

bool parse(int argc, char** argv, Flags& flags) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      flags.paths.push_back(word);
      continue;
    }
    if (++i == argc) return false;
    if (word == "--model")
      flags.model = argv[i];
    else if (word == "--prefix")
      flags.prefix = std::strtoul(argv[i], nullptr, 10);
    else if (word == "--cuts")
      flags.cuts = std::strtoul(argv[i], nullptr, 10);
    else if (word == "--files")
      flags.files = std::strtoul(argv[i], nullptr, 10);
    else
      return false;
  }
  return flags.cuts > 0 && flags.files > 0 && flags.prefix > 1;
}

}  // namespace
}  // namespace sw::bench

int main(int argc, char** argv) {
  sw::bench::Flags flags;
  if (!sw::bench::parse(argc, argv, flags)) {
    sw::bench::note("usage: codec-error [--model DIR] [--prefix N] [--cuts N] [--files N] [FILE...]");
    return 2;
  }
  const sw::Status status = sw::bench::run(flags);
  if (!status.ok()) sw::bench::note("%s", status.message().c_str());
  return status.ok() ? 0 : 1;
}
