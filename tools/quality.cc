// sidewinder quality: what a weight format costs, against the weights as they are stored, over texts that the model has not seen.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "command.h"
#include "input.h"
#include "interrupt.h"
#include "json_output.h"
#include "options.h"
#include "request_end.h"
#include "terminal.h"
#include "tokens.h"

namespace sw::tool {
namespace {

constexpr int kHoleTokens = 48;

struct Flags {
  ModelFlags model;
  std::vector<std::string> files;
  std::vector<std::string> formats;
  std::vector<std::string> others;
  int tokens = 1024;
  int holes = 4;
  bool json = false;
};

// A text, and the lines whose second half a model is to give back.
struct Sample {
  std::string text;
  std::vector<int32_t> ids;
  std::vector<std::pair<size_t, size_t>> holes;  // begin and end in `text`
};

// What one model made of the samples. Of the reference, also what the others are compared with.
struct Result {
  std::string name;
  double bits = 0;            // of all tokens but each sample's first
  double kl = 0;              // sum over tokens of KL(reference || this), in bits
  uint64_t n_tokens = 0, n_bytes = 0, n_same = 0, n_holes = 0, n_filled = 0;
};

struct Loaded {
  Model model;
  Result result;
};

Outcome read_samples(const Flags& flags, const sw_tokenizer* tokenizer, std::vector<Sample>& out) {
  for (const std::string& file : flags.files) {
    Sample sample;
    SW_TRY(read_text(file, sample.text));
    SW_TRY(encode(tokenizer, sample.text, SW_ENCODE_TEXT, display_name(file), sample.ids));
    if (sample.ids.size() > static_cast<size_t>(flags.tokens)) sample.ids.resize(static_cast<size_t>(flags.tokens));
    std::vector<std::pair<size_t, size_t>> lines;
    for (size_t begin = 0; begin < sample.text.size();) {
      const size_t end = std::min(sample.text.find('\n', begin), sample.text.size());
      const size_t first = sample.text.find_first_not_of(" \t", begin);
      if (first < end && end - first >= 16) lines.emplace_back(first + (end - first) / 2, end);
      begin = end + 1;
    }
    for (int i = 1; i <= flags.holes && !lines.empty(); ++i) {
      auto hole = lines[lines.size() * static_cast<size_t>(i) / (static_cast<size_t>(flags.holes) + 1)];
      while ((static_cast<unsigned char>(sample.text[hole.first]) & 0xc0) == 0x80) ++hole.first;  // not inside a character
      sample.holes.push_back(hole);
    }
    out.push_back(std::move(sample));
  }
  return success();
}

// Logits to log2 of probabilities, in place.
void to_log2(std::vector<float>& row) {
  const float largest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (const float l : row) sum += std::exp(double{l} - largest);
  const double norm = largest + std::log(sum);
  for (float& l : row) l = static_cast<float>((l - norm) * M_LOG2E);
}

// All models side by side over one sample, token by token: no table of logits is kept.
Outcome compare(std::vector<Loaded>& models, const sw_tokenizer* tokenizer, const Sample& sample) {
  std::vector<Sequence> sequences;
  std::vector<std::vector<float>> rows;
  for (Loaded& loaded : models) {
    sw_sequence* raw = nullptr;
    SW_TRY(from_status(sw_sequence_create(loaded.model.get(), &raw), kExitFailed));
    sequences.emplace_back(raw);
    sw_model_info info;
    SW_TRY(get_info(loaded.model.get(), info));
    rows.emplace_back(static_cast<size_t>(info.vocab_size));
  }
  const sw_run_options options = run_options(nullptr);
  for (size_t t = 0; t + 1 < sample.ids.size(); ++t) {
    const auto next = static_cast<size_t>(sample.ids[t + 1]);
    for (size_t m = 0; m < models.size(); ++m) {
      SW_TRY(from_status(sw_sequence_append(sequences[m].get(), &sample.ids[t], 1, &options, rows[m].data()), kExitFailed));
      to_log2(rows[m]);
      Result& result = models[m].result;
      result.bits -= rows[m][next];
      ++result.n_tokens;
      const auto best = [](const std::vector<float>& row) { return std::max_element(row.begin(), row.end()) - row.begin(); };
      result.n_same += best(rows[m]) == best(rows[0]) ? 1 : 0;
      for (size_t i = 0; m > 0 && i < rows[m].size(); ++i) result.kl += std::exp2(double{rows[0][i]}) * (double{rows[0][i]} - rows[m][i]);
    }
  }
  std::string text;
  SW_TRY(decode(tokenizer, {sample.ids.begin() + (sample.ids.empty() ? 0 : 1), sample.ids.end()}, "a sample", text));
  for (Loaded& loaded : models) loaded.result.n_bytes += text.size();
  return interrupted() ? interrupted_outcome() : success();
}

// One greedy completion of one line.
Outcome fill(sw_model* model, const std::string& text, size_t offset, std::string& out) {
  sw_buffer* raw_buffer = nullptr;
  const sw_buffer_options buffer_options = SW_BUFFER_OPTIONS_INIT;
  SW_TRY(from_status(sw_buffer_create(model, &buffer_options, text.data(), text.size(), &raw_buffer), kExitBadInput));
  const Buffer buffer(raw_buffer);
  sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
  options.max_tokens = kHoleTokens;
  options.multiline = 1;
  sw_request* raw = nullptr;
  SW_TRY(from_status(sw_complete(buffer.get(), offset, &options, &raw), kExitFailed));
  const Request request(raw);
  SW_TRY(finish(raw));
  sw_candidate candidate = SW_CANDIDATE_INIT;
  SW_TRY(from_status(sw_request_candidate(raw, 0, &candidate), kExitFailed));
  out.assign(candidate.text, candidate.length);
  return success();
}

Outcome fill_holes(Loaded& loaded, const Sample& sample) {
  for (const auto& [begin, end] : sample.holes) {
    std::string found;
    SW_TRY(fill(loaded.model.get(), sample.text.substr(0, begin) + sample.text.substr(end), begin, found));
    ++loaded.result.n_holes;
    loaded.result.n_filled += found == sample.text.substr(begin, end - begin) ? 1 : 0;
  }
  return success();
}

Outcome show(const std::vector<Loaded>& models, bool as_json) {
  Json json = Json::array();
  std::string out = "                  bits/byte   KL, bits   same first   lines filled\n";
  for (const Loaded& loaded : models) {
    const Result& r = loaded.result;
    const double n = std::max<double>(1, static_cast<double>(r.n_tokens)), per_byte = r.bits / std::max<double>(1, static_cast<double>(r.n_bytes));
    json.push_back({{"weights", r.name}, {"tokens", r.n_tokens}, {"bytes", r.n_bytes}, {"bits_per_byte", per_byte}, {"kl_bits", r.kl / n},
                    {"same_argmax", static_cast<double>(r.n_same) / n}, {"holes", r.n_holes}, {"filled", r.n_filled}});
    char line[128];
    std::snprintf(line, sizeof line, "%-16s %10.4f %10.5f %11.2f%% %7llu of %llu\n", r.name.c_str(), per_byte, r.kl / n,
                  100 * static_cast<double>(r.n_same) / n, static_cast<unsigned long long>(r.n_filled), static_cast<unsigned long long>(r.n_holes));
    out += line;
  }
  return as_json ? print_json(json) : print(out);
}

Outcome open_as(const Flags& flags, sw_engine* engine, const std::string& path, const std::string& format, std::vector<Loaded>& models) {
  Loaded loaded;
  ModelFlags model = flags.model;
  model.path = path;
  model.weights = format;
  SW_TRY(open_model(engine, model, WantTokenizer::yes, loaded.model));
  sw_model_info info;
  SW_TRY(get_info(loaded.model.get(), info));
  loaded.result.name = models.empty() ? std::string("stored, ") + info.weights : path != flags.model.path ? path : format;
  models.push_back(std::move(loaded));
  return success();
}

Outcome run(const Flags& flags) {
  Engine engine;
  std::vector<Loaded> models;
  SW_TRY(open_engine(flags.model.engine, engine));
  SW_TRY(open_as(flags, engine.get(), flags.model.path, "", models));
  for (const std::string& format : flags.formats.empty() && flags.others.empty() ? std::vector<std::string>{"q8", "q4"} : flags.formats) {
    SW_TRY(open_as(flags, engine.get(), flags.model.path, format, models));
  }
  for (const std::string& other : flags.others) SW_TRY(open_as(flags, engine.get(), other, "", models));
  const sw_tokenizer* tokenizer = sw_model_tokenizer(models[0].model.get());
  std::vector<Sample> samples;
  SW_TRY(read_samples(flags, tokenizer, samples));
  Progress progress("measuring", Progress::Unit::items);
  for (size_t i = 0; i < samples.size(); ++i) {
    progress.update(i, samples.size());
    SW_TRY(compare(models, tokenizer, samples[i]));
    for (Loaded& loaded : models) SW_TRY(fill_holes(loaded, samples[i]));
  }
  progress.clear();
  return show(models, flags.json);
}

}  // namespace

void add_quality(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("quality", "Measure what int8 and int4 weights cost: bits per byte, divergence, lines filled in");
  app->add_option("FILE", flags->files, "Texts that the model was not trained on")->required()->type_name("FILE");
  app->add_option("--format", flags->formats, "Compare this format with the weights as stored; default: q8 and q4")
      ->check(CLI::IsMember({"f32", "bf16", "q8", "q4"}));
  app->add_option("--other", flags->others, "Compare this checkpoint, of the same tokenizer")->type_name("DIR");
  app->add_option("--tokens", flags->tokens, "At most so many tokens of a file")->check(CLI::Range(2, 1 << 20))->capture_default_str();
  app->add_option("--holes", flags->holes, "Lines of a file whose second half is to be filled in, exactly")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  add_model_options(*app, flags->model);
  add_json_option(*app, flags->json);
  app->footer(
      "KL is that of a format's next token against the stored weights', in bits a token; same first is how often both find the same token "
      "likeliest. --weights is ignored.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
