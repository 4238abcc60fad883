#include <algorithm>
#include <cstdio>
#include <cstring>

#include "api/handles.h"

namespace sw::api {
namespace {

static_assert(int(Code::ok) == SW_OK && int(Code::argument) == SW_E_ARGUMENT && int(Code::not_found) == SW_E_NOT_FOUND &&
              int(Code::io) == SW_E_IO && int(Code::format) == SW_E_FORMAT && int(Code::unsupported) == SW_E_UNSUPPORTED &&
              int(Code::no_memory) == SW_E_NO_MEMORY && int(Code::cancelled) == SW_E_CANCELLED &&
              int(Code::deadline) == SW_E_DEADLINE && int(Code::state) == SW_E_STATE && int(Code::mismatch) == SW_E_MISMATCH &&
              int(Code::internal) == SW_E_INTERNAL);

thread_local char last_error[4096];

void note(const char* text, size_t length) noexcept {
  const size_t room = sizeof last_error - 1;
  size_t n = std::min(length, room);
  if (n < length) {
    n = room - 3;
    while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xc0) == 0x80) --n;  // cut between characters
    std::memcpy(last_error + n, "...", 4);
  } else {
    last_error[n] = '\0';
  }
  std::memmove(last_error, text, n);
}

}  // namespace

sw_status fail(const Status& status) noexcept {
  note(status.message().data(), status.message().size());
  return static_cast<sw_status>(status.code());
}

sw_status fail(sw_status code, const char* text) noexcept {
  note(text, std::strlen(text));
  return code;
}

Status read_struct(const void* options, void* out, size_t out_bytes, const char* name) {
  size_t size;
  std::memcpy(&size, options, sizeof size);
  if (size < sizeof size || size > 4096) {
    return error(Code::argument, "%s.struct_size is %zu; fill the struct by its INIT macro", name, size);
  }
  const auto* bytes = static_cast<const unsigned char*>(options);
  for (size_t i = out_bytes; i < size; ++i) {
    if (bytes[i] != 0) return error(Code::argument, "%s has a field set that this version does not know (byte %zu)", name, i);
  }
  std::memcpy(static_cast<unsigned char*>(out) + sizeof size, bytes + sizeof size, std::min(size, out_bytes) - sizeof size);
  return {};
}

Status write_struct(const void* value, size_t value_bytes, void* out, const char* name) {
  size_t size;
  std::memcpy(&size, out, sizeof size);
  if (size < sizeof size || size > 4096) {
    return error(Code::argument, "%s.struct_size is %zu; fill the struct by its INIT macro", name, size);
  }
  auto* bytes = static_cast<unsigned char*>(out);
  const size_t n = std::min(size, value_bytes);
  std::memcpy(bytes + sizeof size, static_cast<const unsigned char*>(value) + sizeof size, n - sizeof size);
  std::memset(bytes + n, 0, size - n);
  return {};
}

Status read_run_options(const sw_run_options* options, Control& out) {
  sw_run_options o = SW_RUN_OPTIONS_INIT;
  SW_TRY(read_options(options, o, "sw_run_options"));
  if (o.deadline_ms < 0) return error(Code::argument, "deadline_ms is %lld; it must be 0 or more", static_cast<long long>(o.deadline_ms));
  if (o.cancel != nullptr) out.cancel = &o.cancel->set;
  if (o.deadline_ms > 0) out.deadline = Clock::now() + std::chrono::milliseconds(std::min<int64_t>(o.deadline_ms, int64_t{1} << 40));
  if (o.progress != nullptr) {
    out.progress = [progress = o.progress, user = o.progress_user](uint64_t done, uint64_t total) {
      return progress(user, done, total) == 0;
    };
  }
  return {};
}

Status read_sampling(const sw_sampling_options* options, SamplingOptions& out) {
  sw_sampling_options o = SW_SAMPLING_OPTIONS_INIT;
  SW_TRY(read_options(options, o, "sw_sampling_options"));
  out.temperature = o.temperature;
  out.top_k = o.top_k;
  out.top_p = o.top_p == 0 ? 1.0f : o.top_p;
  out.min_p = o.min_p;
  out.seed = o.seed;
  return check_sampling(out);
}

}  // namespace sw::api

extern "C" {

uint32_t sw_api_version(void) { return SW_API_MAJOR * 65536u + SW_API_MINOR; }

const char* sw_version(void) { return SW_VERSION; }

const char* sw_last_error(void) { return sw::api::last_error; }

const char* sw_status_name(sw_status status) {
  switch (status) {
    case SW_OK: return "SW_OK";
    case SW_E_ARGUMENT: return "SW_E_ARGUMENT";
    case SW_E_NOT_FOUND: return "SW_E_NOT_FOUND";
    case SW_E_IO: return "SW_E_IO";
    case SW_E_FORMAT: return "SW_E_FORMAT";
    case SW_E_UNSUPPORTED: return "SW_E_UNSUPPORTED";
    case SW_E_NO_MEMORY: return "SW_E_NO_MEMORY";
    case SW_E_CANCELLED: return "SW_E_CANCELLED";
    case SW_E_DEADLINE: return "SW_E_DEADLINE";
    case SW_E_STATE: return "SW_E_STATE";
    case SW_E_MISMATCH: return "SW_E_MISMATCH";
    case SW_E_INTERNAL: return "SW_E_INTERNAL";
    default: return "SW_E_UNKNOWN";
  }
}

}  // extern "C"
