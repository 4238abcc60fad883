// The files that the tests of lib/context work on.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "context/language.h"
#include "context/syntax_tree.h"

namespace sw::test {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Sample {
  std::string name;  // of the file
  const Language* language;
  std::string text;
};

// tests/unit/context/samples: a file of each language that has a grammar, without syntax errors.
inline std::vector<Sample> samples() {
  std::vector<Sample> found;
  for (const auto& entry : std::filesystem::directory_iterator(SW_SOURCE_DIR "/tests/unit/context/samples")) {
    const std::string text = read_file(entry.path());
    found.push_back({entry.path().filename().string(), language_of(entry.path().string(), text.substr(0, text.find('\n'))), text});
  }
  return found;
}

// Files of this repository and of the system, at most `n_max` of each kind and 200 KB each. Where the system has none there are fewer.
inline std::vector<Sample> real_files(size_t n_max) {
  namespace fs = std::filesystem;
  std::vector<Sample> found;
  for (const char* folder : {SW_SOURCE_DIR "/lib", SW_SOURCE_DIR "/tests/e2e", SW_SOURCE_DIR "/docs", SW_SOURCE_DIR "/scripts",
                             "/usr/include/linux", "/usr/lib/python3/dist-packages", "/usr/lib/python3.11/json"}) {
    std::vector<fs::path> paths;
    std::error_code ignored;
    for (fs::recursive_directory_iterator it(folder, ignored), end; it != end; it.increment(ignored)) {
      if (it->path().filename() == "node_modules") it.disable_recursion_pending();
      if (it->is_regular_file(ignored) && it->file_size(ignored) < 200000) paths.push_back(it->path());
    }
    std::sort(paths.begin(), paths.end());
    const size_t step = std::max<size_t>(1, paths.size() / n_max);
    for (size_t i = 0; i < paths.size(); i += step) {
      const std::string text = read_file(paths[i]);
      const Language* language = language_of(paths[i].string(), text.substr(0, text.find('\n')));
      if (language != nullptr) found.push_back({paths[i].string(), language, text});
    }
  }
  return found;
}

// Null where the language has no grammar, and where a second is not enough: some grammars recover from some errors in exponential time.
inline std::shared_ptr<const SyntaxTree> parse(const Language& language, std::string_view text, const SyntaxTree* old = nullptr) {
  Control control;
  control.deadline = Clock::now() + std::chrono::seconds(1);
  auto tree = SyntaxTree::parse(language, text, control, old);
  return tree.ok() ? std::move(tree).value() : nullptr;
}

}  // namespace sw::test
