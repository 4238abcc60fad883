// Where the embedded model lies, told by where this code lies: nothing is compiled in, so an installed prefix may be moved.
#include <dlfcn.h>

#include <filesystem>

#include "api/handles.h"

namespace sw::api {
namespace {

namespace fs = std::filesystem;

// The folder of the shared library, or of the program that holds this code.
fs::path own_folder() {
  Dl_info info;
  if (::dladdr(reinterpret_cast<const void*>(&sw_api_version), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code failed;
  fs::path file = fs::canonical(info.dli_fname, failed);
  if (failed) file = fs::canonical("/proc/self/exe", failed);  // a program started by a bare name
  return failed ? fs::path() : file.parent_path();
}

bool is_model(const fs::path& folder) {
  std::error_code failed;
  return fs::is_regular_file(folder / "config.json", failed);
}

}  // namespace

Result<std::string> embedded_model_path() {
  const fs::path start = own_folder();
  std::string looked;
  // <prefix>/lib/<triplet>/libsidewinder.so and <prefix>/bin/sidewinder: the model is in <prefix>/share/sidewinder/models/nano.
  // <source>/<build>/lib/libsidewinder.so: it is in <source>/models/nano.
  for (const char* place : {"share/sidewinder/models/nano", "models/nano"}) {
    fs::path folder = start;
    for (int up = 0; up < 4 && !folder.empty() && folder != folder.root_path(); ++up) {
      if (is_model(folder / place)) return (folder / place).string();
      looked += (looked.empty() ? "" : ", ") + (folder / place).string();
      folder = folder.parent_path();
    }
  }
  return error(Code::not_found, "the embedded model is not installed beside the library; name a model folder. Looked in: %s",
               looked.c_str());
}

}  // namespace sw::api
