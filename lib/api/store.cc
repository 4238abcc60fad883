#include "api/handles.h"
#include "state/disk_store.h"

using namespace sw;       // NOLINT(google-build-using-namespace): the C boundary
using namespace sw::api;  // NOLINT(google-build-using-namespace)

struct sw_store {
  std::shared_ptr<DiskStore> store;
};

namespace {

Status tell(const sw_store_entry& entry, sw_store_entry_fn fn, void* user) {
  if (fn(user, &entry) == 0) return {};
  return {Code::cancelled, "cancelled by the callback"};
}

}  // namespace

extern "C" {

const char* sw_store_reason_name(int32_t reason) {
  if (reason < 0 || static_cast<size_t>(reason) >= kMissReasons) return "unknown";
  return name_of(static_cast<MissReason>(reason));
}

sw_status sw_store_open(const char* folder, sw_store** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (folder == nullptr) return missing("folder");
    SW_ASSIGN(auto store, DiskStore::open(folder, {}));
    *out = new sw_store{std::move(store)};
    return {};
  });
}

void sw_store_free(sw_store* store) { delete store; }

sw_status sw_store_list(sw_store* store, sw_store_entry_fn on_entry, void* user) {
  return guard([&]() -> Status {
    if (store == nullptr) return missing("store");
    if (on_entry == nullptr) return missing("on_entry");
    SW_ASSIGN(const auto files, store->store->list());
    for (const StoreFileInfo& file : files) {
      const std::string codec = file.codec.name();
      sw_store_entry entry = SW_STORE_ENTRY_INIT;
      entry.name = file.name.c_str();
      entry.reason = static_cast<int32_t>(file.reason);
      entry.why = file.reason == MissReason::none ? "" : name_of(file.reason);
      entry.bytes = file.bytes;
      entry.used_at = file.used_at;
      entry.n_tokens = file.n_tokens;
      entry.codec = codec.c_str();
      entry.weights = file.weights.c_str();
      entry.tokenizer = file.tokenizer.c_str();
      SW_TRY(tell(entry, on_entry, user));
    }
    return {};
  });
}

sw_status sw_store_verify(sw_store* store, int32_t remove_bad, const sw_run_options* options, sw_store_entry_fn on_bad, void* user,
                          sw_store_report* out) {
  return guard([&]() -> Status {
    if (store == nullptr) return missing("store");
    Control control;
    SW_TRY(read_run_options(options, control));
    SW_ASSIGN(const StoreReport report, store->store->verify(remove_bad != 0, control));
    sw_store_report info = SW_STORE_REPORT_INIT;
    info.checked = report.checked;
    info.bytes = report.bytes;
    info.other_version = report.other_version;
    info.bad = report.bad.size();
    for (const StoreReport::Bad& bad : report.bad) info.removed += bad.removed ? 1 : 0;
    SW_TRY(write_info(info, out, "sw_store_report"));
    for (const StoreReport::Bad& bad : report.bad) {
      sw_store_entry entry = SW_STORE_ENTRY_INIT;
      entry.name = bad.name.c_str();
      entry.reason = static_cast<int32_t>(bad.reason);
      entry.why = bad.why.c_str();
      entry.codec = entry.weights = entry.tokenizer = "";
      entry.removed = bad.removed ? 1 : 0;
      if (on_bad != nullptr) SW_TRY(tell(entry, on_bad, user));
    }
    return {};
  });
}

sw_status sw_store_gc(sw_store* store, uint64_t bytes_max, uint64_t* n_files, uint64_t* n_bytes) {
  return guard([&]() -> Status {
    if (n_files != nullptr) *n_files = 0;
    if (n_bytes != nullptr) *n_bytes = 0;
    if (store == nullptr) return missing("store");
    SW_ASSIGN(const StoreRemoved removed, store->store->gc(bytes_max));
    if (n_files != nullptr) *n_files = removed.files;
    if (n_bytes != nullptr) *n_bytes = removed.bytes;
    return {};
  });
}

}  // extern "C"
