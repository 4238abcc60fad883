// Small layouts, states that follow from their tokens, and folders that go away.
#pragma once

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "model/state.h"
#include "state/disk_store.h"

namespace sw::test {

// Like StateLayout::of: every part on a cache line, so with padding wherever a size is no multiple of 16.
inline StateLayout make_layout(size_t n_blocks, size_t conv_size, size_t n_rows, size_t d_state, size_t d_model) {
  StateLayout layout;
  size_t end = 0;
  const auto place = [&](size_t size) {
    const size_t offset = end;
    end += (size + 15) / 16 * 16;
    return offset;
  };
  for (size_t i = 0; i < n_blocks; ++i) {
    StateLayout::Block block;
    block.conv_size = conv_size;
    block.conv_offset = place(conv_size);
    block.ssm_size = n_rows * d_state;
    block.ssm_offset = place(block.ssm_size);
    block.d_state = d_state;
    layout.blocks.push_back(block);
  }
  layout.hidden_size = d_model;
  layout.hidden_offset = place(d_model);
  layout.n_floats = end;
  return layout;
}

inline StateLayout small_layout() { return make_layout(2, 21, 12, 20, 19); }

// Calls fill(index) for every float that is not padding.
template <class F>
std::vector<float> make_state(const StateLayout& layout, F&& fill) {
  std::vector<float> state(layout.n_floats, 0.0f);
  const auto part = [&](size_t offset, size_t size) {
    for (size_t i = offset; i < offset + size; ++i) state[i] = fill(i);
  };
  for (const auto& block : layout.blocks) {
    part(block.conv_offset, block.conv_size);
    part(block.ssm_offset, block.ssm_size);
  }
  part(layout.hidden_offset, layout.hidden_size);
  return state;
}

// Magnitudes over a few powers of two around a small value, as in real states.
inline std::vector<float> realistic_state(const StateLayout& layout, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  return make_state(layout, [&](size_t) { return normal(random) * std::exp2(normal(random) * 2 - 5); });
}

// A sequence of tokens by number; the first tokens of two numbers differ.
inline std::vector<int32_t> tokens_of(uint64_t number, size_t n) {
  std::vector<int32_t> tokens(n);
  uint64_t x = number * 0x9E3779B97F4A7C15u + 1;
  for (auto& token : tokens) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    token = static_cast<int32_t>(x >> 44);
  }
  return tokens;
}

// The state that these tokens must have: any process can tell a wrong one.
inline std::vector<float> state_of(const StateLayout& layout, std::span<const int32_t> tokens, uint64_t model = 0) {
  uint64_t x = 0x243F6A8885A308D3u + model;
  for (const int32_t token : tokens) x = (x ^ static_cast<uint64_t>(token)) * 0x100000001B3u;
  return make_state(layout, [&](size_t) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    return static_cast<float>(static_cast<int64_t>(x)) * 0x1p-66f;
  });
}

inline StoreIdentity identity(char weights = 'a', char tokenizer = 'b', const std::string& numerics = "ref 1") {
  return {std::string(32, weights), std::string(32, tokenizer), numerics};
}

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/sw-store-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) names.push_back(entry.path().filename().string());
    return names;
  }
  // The paths of the states, and the files aside.
  std::vector<std::string> states() const { return ending(".state", true); }
  std::vector<std::string> asides() const { return ending(".state.", false); }
  uint64_t bytes() const {
    uint64_t n = 0;
    for (const auto& path : states()) {
      std::error_code gone;
      const auto size = std::filesystem::file_size(path, gone);
      if (!gone) n += size;
    }
    return n;
  }

 private:
  std::vector<std::string> ending(const std::string& text, bool at_end) const {
    std::vector<std::string> found;
    for (const auto& name : names()) {
      const size_t at = name.find(text);
      if (at != std::string::npos && (at + text.size() == name.size()) == at_end) found.push_back(path_ + "/" + name);
    }
    return found;
  }
  std::string path_;
};

inline std::vector<char> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::string& path, std::span<const char> bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline DiskStore::Options quick() {
  DiskStore::Options options;
  options.durable = false;
  return options;
}

// What a caller does: looks for the longest, loads it, and goes on to shorter ones. Zero: nothing was found.
inline uint64_t fetch(DiskStore& store, const StoreIdentity& who, const StateLayout& layout, std::span<const int32_t> tokens,
                      std::vector<float>& out) {
  out.assign(layout.n_floats, -1.0f);
  for (int i = 0; i < 100; ++i) {
    const auto found = store.find(who, layout, tokens);
    if (!found.ok() || !found.value()) return 0;
    const auto loaded = store.load(*found.value(), who, layout, tokens, out, {});
    if (loaded.ok() && loaded.value().reason == MissReason::none) return found.value()->length;
  }
  return 0;
}

}  // namespace sw::test
