#include <algorithm>
#include <array>

#include "state/sequence.h"
#include "store_bench.h"

namespace sw::bench {
namespace {

constexpr std::array<size_t, 4> kDistances = {2, 32, 128, 512};
constexpr size_t kTokens = 1100;
constexpr size_t kLengthStep = 37;  // between the lengths of the texts, for kept states lie on a grid
constexpr int kSteps = 8;

// What decoding one token after the other costs: the forward pass and the logits, nothing kept, nothing logged.
class Decoder {
 public:
  static Result<Decoder> create(const HostModel& model, std::span<const int32_t> ids) {
    Decoder decoder(model);
    SW_ASSIGN(decoder.state_, state_after(model, ids.first(64)));
    decoder.time(ids);
    return decoder;
  }
  // Seconds of kSteps steps.
  double time(std::span<const int32_t> ids) {
    const double start = seconds();
    for (int i = 0; i < kSteps; ++i) model_->forward(state_, ids.subspan(static_cast<size_t>(i), 1), logits_.data());
    return seconds() - start;
  }

 private:
  explicit Decoder(const HostModel& model) : model_(&model), logits_(static_cast<size_t>(model.vocab_size())) {}
  const HostModel* model_;
  State state_;
  std::vector<float> logits_;
};

struct Rewinds {
  std::vector<double> times, ratios, replayed, rerun;
  std::vector<double> appends;  // of one token, in decode steps
  std::vector<double> states;   // kept
};

// How a text comes about before it is rewound.
struct Scenario {
  const char* what;
  uint64_t budget;  // bytes
  size_t typed;     // tokens at the end that are appended one by one
  int repeats_max;  // some take long
  std::vector<size_t> distances;
};

// A fresh sequence of `ids`, rewound by `distance`.
Status rewind_once(const Opened& opened, std::span<const int32_t> ids, const Scenario& scenario, size_t distance,
                   Decoder& decoder, Rewinds& out) {
  auto store = std::make_shared<StateStore>(std::make_shared<StateBudget>(scenario.budget), Policy());
  SW_ASSIGN(const auto sequence, Sequence::create(opened.model, store));
  const size_t at_once = ids.size() - scenario.typed;
  SW_TRY(sequence->append(ids.first(at_once), {}));
  double start = seconds();
  for (size_t i = at_once; i < ids.size(); ++i) SW_TRY(sequence->append(ids.subspan(i, 1), {}));
  const double appending = seconds() - start;
  const double before = decoder.time(ids);
  start = seconds();
  SW_TRY(sequence->rewind(ids.size() - distance, {}));
  const double time = seconds() - start;
  const double steps = (before + decoder.time(ids)) / 2;
  out.times.push_back(time);
  out.ratios.push_back(time / steps);
  out.replayed.push_back(static_cast<double>(sequence->stats().tokens_replayed));
  out.rerun.push_back(static_cast<double>(sequence->stats().tokens_rerun));
  out.states.push_back(static_cast<double>(store->stats().states_made));
  if (scenario.typed > 0) out.appends.push_back(appending / static_cast<double>(scenario.typed) / (steps / kSteps));
  return {};
}

std::string row(const char* what, size_t distance, const Rewinds& r) {
  Json json = {{"what", what},
               {"tokens", distance},
               {"ms", 1e3 * median(r.times)},
               {"ms_max", 1e3 * quantile(r.times, 1)},
               {"ratio_to_8_decode_steps", median(r.ratios)},
               {"ratio_max", quantile(r.ratios, 1)},
               {"tokens_replayed", median(r.replayed)},
               {"tokens_replayed_max", quantile(r.replayed, 1)},
               {"tokens_rerun", median(r.rerun)},
               {"tokens_rerun_max", quantile(r.rerun, 1)}};
  if (!r.states.empty()) json["states_made"] = median(r.states);
  if (!r.appends.empty()) json["append_one_in_decode_steps"] = median(r.appends);
  print(json);
  return format("| %s | %zu | %.2f | %.2f | %.2f | %.0f, %.0f | %.0f, %.0f |\n", what, distance, 1e3 * median(r.times),
                median(r.ratios), quantile(r.ratios, 1), median(r.replayed), quantile(r.replayed, 1), median(r.rerun),
                quantile(r.rerun, 1));
}

Result<std::string> time_sequences(const Opened& opened, std::span<const int32_t> ids, Decoder& decoder,
                                   const Scenario& scenario, int repeats) {
  std::string table;
  for (const size_t distance : scenario.distances) {
    Rewinds rewinds;
    for (int i = 0; i < std::min(repeats, scenario.repeats_max); ++i) {
      const auto text = ids.first(kTokens + static_cast<size_t>(i) * kLengthStep);
      SW_TRY(rewind_once(opened, text, scenario, distance, decoder, rewinds));
    }
    table += row(scenario.what, distance, rewinds);
  }
  return table;
}

// The log alone: from a state, over so many logged tokens.
Result<std::string> time_replays(const Opened& opened, std::span<const int32_t> ids, Decoder& decoder, int repeats) {
  const HostModel& model = *opened.model;
  const size_t longest = kDistances.back();
  SW_ASSIGN(InputRing ring, InputRing::create(model.input_layout(), longest, system_allocator()));
  SW_ASSIGN(State live, model.new_state());
  SW_ASSIGN(const State base, model.new_state());
  const auto chunk = static_cast<size_t>(model.chunk_len());
  for (size_t at = 0; at < longest; at += chunk)
    model.forward(live, ids.subspan(at, std::min(chunk, longest - at)), nullptr, &ring, at);
  std::string table;
  for (const size_t distance : kDistances) {
    Rewinds replays;
    for (int i = 0; i < 2 * repeats; ++i) {
      const double before = decoder.time(ids);
      const double start = seconds();
      live.assign(base);
      model.replay(live, ring, 0, distance);
      const double time = seconds() - start;
      replays.times.push_back(time);
      replays.ratios.push_back(2 * time / (before + decoder.time(ids)));
      replays.replayed.push_back(static_cast<double>(distance));
      replays.rerun.push_back(0);
    }
    table += row("State::assign and Model::replay", distance, replays);
  }
  return table;
}

}  // namespace

Result<std::string> time_rewind(const Opened& opened, int repeats) {
  SW_ASSIGN(const std::vector<int32_t> ids,
            tokens_of(*opened.tokenizer, some_code()[0], kTokens + kLengthStep * static_cast<size_t>(repeats)));
  if (ids.size() < kTokens + kLengthStep * static_cast<size_t>(repeats))
    return error(Code::argument, "too many repeats for the text");
  SW_ASSIGN(Decoder decoder, Decoder::create(*opened.model, ids));
  std::vector<double> steps;
  for (int i = 0; i < 3 * repeats; ++i) steps.push_back(decoder.time(ids));
  print({{"what", "8 decode steps"}, {"ms", 1e3 * median(steps)}, {"ms_max", 1e3 * quantile(steps, 1)}});
  std::string table =
      "| | tokens back | ms | of 8 decode steps | largest | replayed: median, most | run again: median, most |\n"
      "|---|---|---|---|---|---|---|\n";
  const uint64_t large = uint64_t{1} << 30, small = 16 * opened.model->state_bytes();
  const std::vector<size_t> all(kDistances.begin(), kDistances.end());
  for (const Scenario& scenario : {Scenario{"rewind, 1 GiB", large, 0, 100, all},
                                   Scenario{"rewind, 1 GiB, last 544 tokens one by one", large, 544, 3, {2, 512}},
                                   Scenario{"rewind, budget of 16 states", small, 0, 100, {128, 512}}}) {
    SW_ASSIGN(const std::string rows, time_sequences(opened, ids, decoder, scenario, repeats));
    table += rows;
  }
  SW_ASSIGN(const std::string rows, time_replays(opened, ids, decoder, repeats));
  return table + rows + format("\n8 decode steps: %.1f ms.\n", 1e3 * median(steps));
}

}  // namespace sw::bench
