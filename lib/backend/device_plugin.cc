#include "backend/device_plugin.h"

#include <dlfcn.h>

#include <cstring>
#include <filesystem>
#include <vector>

namespace sw {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "libsidewinder-cuda.so";

// The folder of the shared library, or of the program, that holds this code.
fs::path own_folder() {
  Dl_info info;
  if (::dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code failed;
  fs::path file = fs::canonical(info.dli_fname, failed);
  if (failed) file = fs::canonical("/proc/self/exe", failed);  // a program started by a bare name
  return failed ? fs::path() : file.parent_path();
}

std::vector<fs::path> places() {
  const fs::path own = own_folder();
  if (own.empty()) return {};
  return {own / kFile, own / "sidewinder" / kFile, own / "../../kernels/cuda" / kFile};  // the last: <build>/lib/api
}

Result<std::string> find_plugin(const std::string& path) {
  std::error_code failed;
  std::string looked;
  const std::vector<fs::path> candidates = path.empty() ? places() : std::vector<fs::path>{fs::path(path)};
  for (const fs::path& place : candidates) {
    const fs::path file = fs::absolute(place, failed).lexically_normal();  // dlopen would search for a bare name
    if (fs::is_regular_file(file, failed)) return file.string();
    looked += (looked.empty() ? "" : ", ") + file.string();
  }
  return error(Code::not_found, "no CUDA plugin: looked for %s", looked.c_str());
}

Result<const cuda::DeviceTable*> load_table(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = ::dlerror();
    return error(Code::unsupported, "%s cannot be loaded: %s", path.c_str(), why != nullptr ? why : "no reason given");
  }
  const auto function = reinterpret_cast<cuda::DeviceTableFunction>(::dlsym(library, cuda::kDeviceTableSymbol));
  if (function == nullptr) return error(Code::mismatch, "%s is no plugin: it has no %s", path.c_str(), cuda::kDeviceTableSymbol);
  const cuda::DeviceTable* table = function(cuda::kDeviceVersion);
  if (table == nullptr || table->version != cuda::kDeviceVersion || table->struct_size < sizeof(cuda::DeviceTable)) {
    return error(Code::mismatch, "%s is a plugin of another version; this library needs version %u: install both from one build",
                 path.c_str(), cuda::kDeviceVersion);
  }
  return table;
}

void* allocate_pinned(void* user, size_t n_bytes, size_t) {
  const auto* table = static_cast<const cuda::DeviceTable*>(user);
  void* memory = nullptr;
  cuda::DeviceText text = {};
  return table->host_alloc(n_bytes, &memory, &text) == cuda::DeviceStatus::ok ? memory : nullptr;  // whole pages: aligned for all
}

void release_pinned(void* user, void* memory, size_t) { static_cast<const cuda::DeviceTable*>(user)->host_free(memory); }

}  // namespace

Status device_status(cuda::DeviceStatus status, const cuda::DeviceText& text, const std::string& what) {
  using cuda::DeviceStatus;
  Code code = Code::internal;
  switch (status) {
    case DeviceStatus::ok: return {};
    case DeviceStatus::no_driver:
    case DeviceStatus::old_driver:
    case DeviceStatus::no_device:
    case DeviceStatus::unsupported: code = Code::unsupported; break;
    case DeviceStatus::no_memory: code = Code::no_memory; break;
    case DeviceStatus::failed: code = Code::io; break;
    case DeviceStatus::argument: break;
  }
  const std::string why(text.text, ::strnlen(text.text, sizeof text.text));
  return error(code, "%s: %s", what.c_str(), why.empty() ? "no reason given" : why.c_str());
}

Result<std::shared_ptr<const DevicePlugin>> DevicePlugin::open(const std::string& path, int index) {
  SW_ASSIGN(const std::string file, find_plugin(path));
  SW_ASSIGN(const cuda::DeviceTable* const table, load_table(file));
  cuda::DeviceInfo info = {};
  cuda::DeviceText text = {};
  SW_TRY(device_status(table->probe(index, &info, &text), text, format("CUDA device %d cannot be used", index)));
  std::shared_ptr<DevicePlugin> plugin(new DevicePlugin(table, index, file));
  plugin->name_ = format("%.*s, compute capability %d.%d, driver %d.%d", static_cast<int>(sizeof info.name), info.name,
                         info.compute_capability / 10, info.compute_capability % 10, info.driver_version / 1000,
                         info.driver_version % 1000 / 10);
  return std::shared_ptr<const DevicePlugin>(std::move(plugin));
}

uint64_t DevicePlugin::bytes_free() const {
  cuda::DeviceInfo info = {};
  cuda::DeviceText text = {};
  return table_->probe(index_, &info, &text) == cuda::DeviceStatus::ok ? info.bytes_free : 0;
}

Allocator DevicePlugin::pinned_allocator() const {
  return {allocate_pinned, release_pinned, const_cast<cuda::DeviceTable*>(table_)};
}

}  // namespace sw
