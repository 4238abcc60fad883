// sidewinder synth: a checkpoint of random weights, for measuring and for tests.
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "command.h"
#include "input.h"
#include "interrupt.h"
#include "json_output.h"
#include "options.h"
#include "output_file.h"
#include "synth_random.h"
#include "synth_shape.h"
#include "terminal.h"

namespace sw::tool {
namespace {

constexpr uint64_t kPartElements = uint64_t{1} << 20;  // what one thread makes at a time

struct Flags {
  std::string shape;
  std::string layout = "hf";
  std::string dtype = "bf16";
  std::string out;
  std::string tokenizer;
  int layers = 0;
  int vocab = 0;
  int threads = 0;
  uint64_t seed = 0;
  uint64_t shard_bytes = 0;
  bool force = false;
  bool json = false;
};

struct Shard {
  std::string file;
  std::vector<const SynthTensor*> tensors;
  std::string header;  // with its length in front
  uint64_t data_bytes = 0;
};

struct Plan {
  SynthShape shape;
  SynthType type = SynthType::bf16;
  std::vector<SynthTensor> tensors;
  std::vector<Shard> shards;
  SynthConfig config;
  uint64_t n_parameters = 0;
  uint64_t n_bytes = 0;
};

std::string shard_file(const std::string& layout, size_t i, size_t n) {
  if (layout == "mistral") return "consolidated.safetensors";
  if (n == 1) return "model.safetensors";
  char name[64];
  std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", i + 1, n);
  return name;
}

// Length and JSON, padded with spaces so that the data begins at a multiple of 64 bytes: what is measured later is the
// kernels and not the luck of a header's length.
std::string header_of(const Shard& shard, SynthType type) {
  Json header;
  header["__metadata__"]["format"] = "pt";
  uint64_t offset = 0;
  for (const SynthTensor* tensor : shard.tensors) {
    const uint64_t n_bytes = tensor->n_elements() * bytes_of(type);
    header[tensor->name] = {
        {"dtype", safetensors_name(type)}, {"shape", tensor->shape}, {"data_offsets", {offset, offset + n_bytes}}};
    offset += n_bytes;
  }
  std::string text = header.dump();
  while ((8 + text.size()) % 64 != 0) text += ' ';
  std::string length(8, '\0');
  for (size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);
  return length + text;
}

void cut_into_shards(const Flags& flags, Plan& plan) {
  std::vector<const SynthTensor*> sorted;
  for (const SynthTensor& tensor : plan.tensors) sorted.push_back(&tensor);
  // By name within a shard, as the usual writer does; shards follow the order of the layers.
  plan.shards.emplace_back();
  for (const SynthTensor* tensor : sorted) {
    const uint64_t n_bytes = tensor->n_elements() * bytes_of(plan.type);
    const bool full = flags.shard_bytes > 0 && plan.shards.back().data_bytes > 0 &&
                      plan.shards.back().data_bytes + n_bytes > flags.shard_bytes;
    if (full) plan.shards.emplace_back();
    plan.shards.back().tensors.push_back(tensor);
    plan.shards.back().data_bytes += n_bytes;
    plan.n_parameters += tensor->n_elements();
    plan.n_bytes += n_bytes;
  }
  for (size_t i = 0; i < plan.shards.size(); ++i) {
    Shard& shard = plan.shards[i];
    std::sort(shard.tensors.begin(), shard.tensors.end(),
              [](const SynthTensor* a, const SynthTensor* b) { return a->name < b->name; });
    shard.file = shard_file(flags.layout, i, plan.shards.size());
    shard.header = header_of(shard, plan.type);
  }
}

Outcome make_plan(const Flags& flags, Plan& plan) {
  const std::optional<SynthShape> shape = synth_shape(flags.shape);
  if (!shape) return usage_error("no shape is called " + flags.shape);
  plan.shape = *shape;
  if (flags.layers > 0) plan.shape.n_layers = flags.layers;
  if (flags.vocab > 0) plan.shape.vocab_size = flags.vocab;
  plan.type = synth_type(flags.dtype);
  if (flags.shard_bytes > 0 && flags.layout == "mistral") {
    return usage_error("the mistral layout is one file: --shard-bytes does not go with it");
  }
  SW_TRY(synth_config(plan.shape, flags.layout, flags.dtype, plan.config));
  plan.tensors = synth_tensors(plan.shape, flags.layout);
  cut_into_shards(flags, plan);
  return success();
}

Outcome prepare_folder(const Flags& flags, const Plan& plan) {
  std::error_code error;
  std::filesystem::create_directories(flags.out, error);
  if (error) return from_errno(error.value(), kExitFailed, flags.out);
  for (const char* config : {"config.json", "params.json"}) {
    const std::string path = flags.out + "/" + config;
    if (!flags.force && std::filesystem::exists(path, error)) {
      return usage_error(path + ": there is a checkpoint already; --force writes over it");
    }
  }
  struct statvfs space = {};
  if (statvfs(flags.out.c_str(), &space) != 0) return from_errno(errno, kExitFailed, flags.out);
  const uint64_t free_bytes = static_cast<uint64_t>(space.f_bavail) * space.f_frsize;
  if (free_bytes < plan.n_bytes) {
    return failure(kExitFailed, SW_E_IO,
                   flags.out + ": the checkpoint needs " + readable_bytes(plan.n_bytes) + ", " +
                       readable_bytes(free_bytes) + " are free");
  }
  return success();
}

// A stretch of one tensor and where it goes.
struct Part {
  const SynthTensor* tensor;
  uint64_t begin;
  size_t n;
  uint64_t file_offset;
};

std::vector<Part> parts_of(const Shard& shard, SynthType type) {
  std::vector<Part> parts;
  uint64_t offset = shard.header.size();
  for (const SynthTensor* tensor : shard.tensors) {
    for (uint64_t begin = 0; begin < tensor->n_elements(); begin += kPartElements) {
      const uint64_t n = std::min(kPartElements, tensor->n_elements() - begin);
      parts.push_back({tensor, begin, static_cast<size_t>(n), offset + begin * bytes_of(type)});
    }
    offset += tensor->n_elements() * bytes_of(type);
  }
  return parts;
}

// Makes and writes the parts of one shard with several threads; the first failure stops all.
class ShardWriter {
 public:
  ShardWriter(const Shard& shard, const Plan& plan, uint64_t seed, OutputFile& file)
      : parts_(parts_of(shard, plan.type)), type_(plan.type), seed_(seed), file_(file) {}

  Outcome run(int n_threads, uint64_t done_before, uint64_t total, Progress& progress) {
    running_ = n_threads;
    std::vector<std::thread> threads;
    for (int i = 0; i < n_threads; ++i) threads.emplace_back([this] { work(); });
    while (running_ > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      progress.update(done_before + n_done_, total);
    }
    for (std::thread& thread : threads) thread.join();
    if (outcome_.ok() && interrupted()) return interrupted_outcome();
    return outcome_;
  }

 private:
  void work() {
    std::vector<std::byte> bytes(kPartElements * bytes_of(type_));
    for (size_t i = next_++; i < parts_.size() && !failed_ && !interrupted(); i = next_++) {
      const Part& part = parts_[i];
      const size_t n_bytes = part.n * bytes_of(type_);
      draw_weights(*part.tensor, seed_, part.begin, part.n, type_, bytes.data());
      if (Outcome outcome = file_.write_at(bytes.data(), n_bytes, part.file_offset); !outcome.ok()) {
        const std::lock_guard<std::mutex> lock(mutex_);
        failed_ = true;
        outcome_ = std::move(outcome);
      }
      n_done_ += n_bytes;
    }
    --running_;
  }

  const std::vector<Part> parts_;
  const SynthType type_;
  const uint64_t seed_;
  OutputFile& file_;
  std::atomic<size_t> next_{0};
  std::atomic<uint64_t> n_done_{0};
  std::atomic<int> running_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  Outcome outcome_;
};

Outcome write_index(const Flags& flags, const Plan& plan) {
  if (plan.shards.size() == 1) return success();
  std::map<std::string, std::string> sorted;
  for (const Shard& shard : plan.shards) {
    for (const SynthTensor* tensor : shard.tensors) sorted[tensor->name] = shard.file;
  }
  Json index;
  index["metadata"]["total_size"] = plan.n_bytes;
  index["weight_map"] = sorted;
  return write_text_file(flags.out + "/model.safetensors.index.json", index.dump(2) + "\n");
}

Outcome copy_tokenizer(const Flags& flags) {
  if (flags.tokenizer.empty()) return success();
  std::string bytes;
  SW_TRY(read_text(flags.tokenizer, bytes));
  const char* name = flags.layout == "mistral" ? "tokenizer.model.v3" : "tokenizer.model";
  return write_text_file(flags.out + "/" + name, bytes);
}

// The config comes last: a folder without one is no checkpoint. Shards that were finished before a failure go again.
Outcome write_all(const Flags& flags, const Plan& plan) {
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const int n_threads = flags.threads > 0 ? flags.threads : cores;
  Progress progress("writing", Progress::Unit::bytes);
  uint64_t done = 0;
  for (const Shard& shard : plan.shards) {
    OutputFile file;
    SW_TRY(file.open(flags.out + "/" + shard.file));
    SW_TRY(file.write_at(shard.header.data(), shard.header.size(), 0));
    SW_TRY(ShardWriter(shard, plan, flags.seed, file).run(n_threads, done, plan.n_bytes, progress));
    SW_TRY(file.commit(OutputFile::Sync::no));
    done += shard.data_bytes;
  }
  SW_TRY(write_index(flags, plan));
  SW_TRY(copy_tokenizer(flags));
  return write_text_file(flags.out + "/" + plan.config.file, plan.config.text);
}

void remove_shards(const Flags& flags, const Plan& plan) {
  std::error_code ignored;
  for (const Shard& shard : plan.shards) std::filesystem::remove(flags.out + "/" + shard.file, ignored);
  std::filesystem::remove(flags.out + "/model.safetensors.index.json", ignored);
}

Outcome run(const Flags& flags) {
  const auto start = std::chrono::steady_clock::now();
  Plan plan;
  SW_TRY(make_plan(flags, plan));
  SW_TRY(prepare_folder(flags, plan));
  if (Outcome outcome = write_all(flags, plan); !outcome.ok()) {
    if (!flags.force) remove_shards(flags, plan);
    return outcome;
  }
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (!flags.json) {
    return print(flags.out + ": " + plan.shape.name + ", " + std::to_string(plan.shape.n_layers) + " layers, " +
                 grouped(plan.n_parameters) + " parameters, " + readable_bytes(plan.n_bytes) + "\n");
  }
  Json result;
  result["out"] = flags.out;
  result["shape"] = plan.shape.name;
  result["layout"] = flags.layout;
  result["dtype"] = flags.dtype;
  result["seed"] = flags.seed;
  result["n_layers"] = plan.shape.n_layers;
  result["vocab_size"] = plan.shape.vocab_size;
  result["parameters"] = plan.n_parameters;
  result["weight_bytes"] = plan.n_bytes;
  result["shards"] = plan.shards.size();
  result["total_ms"] = ms;
  return print_json(result);
}

}  // namespace

void add_synth(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("synth", "Write a checkpoint of random weights of a known shape, for measuring");
  app->add_option("--shape", flags->shape, "The shape")->required()->check(CLI::IsMember(synth_shape_names()));
  app->add_option("--out", flags->out, "Folder to write; made when it is not there")->required()->type_name("DIR");
  app->add_option("--layout", flags->layout, "How the files are named and laid out")
      ->check(CLI::IsMember({"hf", "mistral", "mamba_ssm"}))
      ->capture_default_str();
  app->add_option("--dtype", flags->dtype, "Type of all tensors")
      ->check(CLI::IsMember({"bf16", "f16", "f32"}))
      ->capture_default_str();
  app->add_option("--layers", flags->layers, "Other number of layers")->check(CLI::Range(1, 4096))->type_name("N");
  app->add_option("--vocab", flags->vocab, "Other size of the vocabulary")
      ->check(CLI::Range(1, 1 << 24))
      ->type_name("N");
  app->add_option("--seed", flags->seed, "Same seed, same weights: in every layout, for any number of threads")
      ->type_name("N");
  app->add_option("--shard-bytes", flags->shard_bytes, "Begin a new file before this many bytes of weights")
      ->check(CLI::PositiveNumber)
      ->type_name("BYTES");
  app->add_option("--tokenizer", flags->tokenizer, "Copy this SentencePiece model into the folder; else there is none")
      ->type_name("FILE");
  app->add_option("--threads", flags->threads, "Threads; 0: one for each core")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  app->add_flag("--force", flags->force, "Write over a checkpoint that is there");
  add_json_option(*app, flags->json);
  app->footer(
      "The numbers are tame: matrices are normal with a standard deviation of 1 / sqrt(inputs), norms and D are 1, A "
      "is "
      "uniform from -1 to -16, softplus(dt_bias) log-uniform from 0.001 to 0.1. The text such a model makes is noise.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
