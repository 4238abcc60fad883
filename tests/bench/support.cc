#include "support.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "backend/cores.h"

namespace sw::bench {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(std::lround(q * static_cast<double>(values.size() - 1)))];
}

void print(const Json& json) {
  std::printf("%s\n", json.dump().c_str());
  std::fflush(stdout);
}

void note(const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::vfprintf(stderr, format, args);
  va_end(args);
  std::fputc('\n', stderr);
}

std::string nano_folder() {
  return SW_SOURCE_DIR "/models/nano";
}

Result<Opened> open_model(const std::string& folder) {
  SW_ASSIGN(Checkpoint checkpoint, open_checkpoint(folder));
  Opened opened;
  if (checkpoint.tokenizer_path.empty())
    return error(Code::not_found, "%s: there is no tokenizer in the folder", folder.c_str());
  SW_ASSIGN(opened.tokenizer, Tokenizer::open(checkpoint.tokenizer_path));
  auto backend = std::make_shared<Backend>(Backend::kDefaultRows, ThreadOptions(usable_cores()), system_allocator());
  SW_ASSIGN(opened.model, HostModel::create(std::move(checkpoint), std::move(backend)));
  return opened;
}

Result<std::vector<int32_t>> tokens_of(const Tokenizer& tokenizer, const std::string& path, size_t n_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return error(Code::not_found, "%s: cannot be read", path.c_str());
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  SW_ASSIGN(std::vector<int32_t> ids, tokenizer.encode(text));
  if (tokenizer.bos_id() >= 0) ids.insert(ids.begin(), tokenizer.bos_id());
  if (ids.size() > n_max) ids.resize(n_max);
  return ids;
}

std::vector<std::string> some_code() {
  namespace fs = std::filesystem;
  const std::string root = SW_SOURCE_DIR;
  std::vector<std::string> paths = {root + "/lib/state/codec.cc", root + "/lib/state/store.cc",
                                    root + "/lib/state/sequence.cc", root + "/tools/synth.cc"};
  for (const char* name : {"argparse.py", "ast.py", "difflib.py", "inspect.py"}) {
    for (const auto& folder : fs::directory_iterator("/usr/lib")) {
      const fs::path path = folder.path() / name;
      if (folder.path().filename().string().starts_with("python3.") && fs::is_regular_file(path))
        paths.push_back(path.string());
    }
  }
  return paths;
}

Result<State> state_after(const HostModel& model, std::span<const int32_t> ids) {
  SW_ASSIGN(State state, model.new_state());
  const auto chunk = static_cast<size_t>(model.chunk_len());
  for (size_t at = 0; at < ids.size(); at += chunk)
    model.forward(state, ids.subspan(at, std::min(chunk, ids.size() - at)), nullptr);
  return state;
}

void CopyBandwidth::Free::operator()(std::byte* p) const {
  std::free(p);
}

CopyBandwidth::CopyBandwidth(size_t n_bytes)
    : n_bytes_(n_bytes),
      from_(static_cast<std::byte*>(std::aligned_alloc(64, n_bytes))),
      to_(static_cast<std::byte*>(std::aligned_alloc(64, n_bytes))) {
  if (from_ == nullptr || to_ == nullptr) std::abort();
  std::memset(from_.get(), 1, n_bytes);
  std::memset(to_.get(), 2, n_bytes);
}

double CopyBandwidth::measure(int n_threads) {
  const size_t part = n_bytes_ / static_cast<size_t>(n_threads);
  const auto copy = [&](int i) {
    const size_t begin = static_cast<size_t>(i) * part;
    std::memcpy(to_.get() + begin, from_.get() + begin, part);
  };
  const double start = seconds();
  std::vector<std::thread> threads;
  for (int i = 1; i < n_threads; ++i) threads.emplace_back(copy, i);
  copy(0);
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(part) * n_threads / (seconds() - start);
}

}  // namespace sw::bench
