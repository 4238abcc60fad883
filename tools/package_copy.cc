#include "package_copy.h"

#include <cstdlib>
#include <filesystem>

#include "output_file.h"
#include "terminal.h"

namespace sw::tool {

namespace fs = std::filesystem;

Outcome PackageCopy::open(const Package& package, const sw_tokenizer* tokenizer) {
  close();
  std::error_code failed;
  std::string pattern = (fs::temp_directory_path(failed) / "sidewinder-eval-XXXXXX").string();
  if (failed || ::mkdtemp(pattern.data()) == nullptr) return from_errno(errno, kExitFailed, pattern);
  folder_ = pattern;
  name_ = package.name;
  for (const std::string& path : package.files) {
    const fs::path target = fs::path(folder_) / path;
    fs::create_directories(target.parent_path(), failed);
    fs::copy_file(fs::path(package.folder) / path, target, failed);
    if (failed) return failure(kExitFailed, SW_E_IO, target.string() + ": " + failed.message());
  }
  return open_workspace({}, folder_, tokenizer, workspace_);
}

Outcome PackageCopy::replace(const std::string& path, const std::string& text) {
  SW_TRY(write_text_file(folder_ + "/" + path, text));
  const char* const changed = path.c_str();
  const sw_run_options options = run_options(nullptr);
  return from_status(sw_workspace_update(workspace_.get(), &changed, 1, &options), kExitFailed);
}

void PackageCopy::close() {
  workspace_.reset();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
  folder_.clear();
}

}  // namespace sw::tool
