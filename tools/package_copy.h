// A package as somebody sees it who is writing one of its files.
#pragma once

#include <string>

#include "fim_holes.h"
#include "workspace.h"

namespace sw::tool {

// The package's files in a temporary folder, with their index. The package itself is only read.
class PackageCopy {
 public:
  PackageCopy() = default;
  ~PackageCopy() { close(); }
  PackageCopy(const PackageCopy&) = delete;
  PackageCopy& operator=(const PackageCopy&) = delete;

  Outcome open(const Package& package, const sw_tokenizer* tokenizer);
  // Puts `text` in the place of one file's, there and in the index, so that nothing else of it can be shown.
  Outcome replace(const std::string& path, const std::string& text);
  sw_workspace* workspace() const { return workspace_.get(); }
  const std::string& name() const { return name_; }

 private:
  void close();

  std::string name_, folder_;
  Workspace workspace_;
};

}  // namespace sw::tool
