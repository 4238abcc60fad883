// What the programs that measure the state store share: models, code as tokens, a clock, the memory's copy bandwidth,
// lines of JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/thread_pool.h"
#include "base/status.h"
#include "model/host_model.h"
#include "tokenizer/tokenizer.h"

namespace sw::bench {

using Json = nlohmann::ordered_json;

double seconds();  // of a clock that never goes back
double mean(const std::vector<double>& values);
double median(std::vector<double> values);
double quantile(std::vector<double> values, double q);  // nearest rank; q in [0, 1]

// One line on standard output.
void print(const Json& json);
// One line on standard error.
void note(const char* format, ...) __attribute__((format(printf, 1, 2)));

// The folder of the embedded model in the source tree.
std::string nano_folder();

struct Opened {
  std::shared_ptr<const HostModel> model;
  std::shared_ptr<const Tokenizer> tokenizer;
};

// With as many threads as there are cores, as the engine does when it is told nothing.
Result<Opened> open_model(const std::string& folder);

// A file as the model sees it: "begin of text", then at most n_max tokens.
Result<std::vector<int32_t>> tokens_of(const Tokenizer& tokenizer, const std::string& path, size_t n_max);

// Files of code: of this repository, and of Debian's Python where it is installed.
std::vector<std::string> some_code();

// The first tokens of a file, run through the model in chunks.
Result<State> state_after(const HostModel& model, std::span<const int32_t> ids);

// memcpy between two buffers beyond the caches, by one thread or several. Bytes copied a second, each of them read and
// written.
class CopyBandwidth {
 public:
  explicit CopyBandwidth(size_t n_bytes);
  double measure(int n_threads);

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  size_t n_bytes_;
  std::unique_ptr<std::byte, Free> from_, to_;
};

}  // namespace sw::bench
