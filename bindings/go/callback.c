#include "callback.h"

// Exported by callback.go.
extern void swGoLog(uintptr_t user, sw_log_level level, char* text, size_t length);
extern int32_t swGoProgress(uintptr_t user, uint64_t done, uint64_t total);
extern int32_t swGoText(uintptr_t user, int32_t index, char* text, size_t length);
extern void swGoDone(uintptr_t user);
extern int32_t swGoFile(uintptr_t user, void* file);
extern int32_t swGoEntry(uintptr_t user, void* entry);

static void on_log(void* user, sw_log_level level, const char* text, size_t length) {
  swGoLog((uintptr_t)user, level, (char*)(uintptr_t)text, length);
}

static int32_t on_progress(void* user, uint64_t done, uint64_t total) { return swGoProgress((uintptr_t)user, done, total); }

static int32_t on_text(void* user, int32_t index, const char* text, size_t length) {
  return swGoText((uintptr_t)user, index, (char*)(uintptr_t)text, length);
}

static void on_done(void* user, sw_request* request) {
  (void)request;
  swGoDone((uintptr_t)user);
}

static int32_t on_file(void* user, const sw_workspace_file* file) { return swGoFile((uintptr_t)user, (void*)(uintptr_t)file); }

static int32_t on_entry(void* user, const sw_store_entry* entry) { return swGoEntry((uintptr_t)user, (void*)(uintptr_t)entry); }

void sw_go_set_log(sw_engine_options* options, uintptr_t user) {
  options->log = on_log;
  options->log_user = (void*)user;
}

void sw_go_set_progress(sw_run_options* options, uintptr_t user) {
  options->progress = on_progress;
  options->progress_user = (void*)user;
}

void sw_go_set_complete(sw_complete_options* options, uintptr_t user) {
  options->on_text = on_text;
  options->on_done = on_done;
  options->user = (void*)user;
}

sw_status sw_go_list_files(const sw_workspace* workspace, uintptr_t user) { return sw_workspace_list(workspace, on_file, (void*)user); }

sw_status sw_go_find(const sw_workspace* workspace, const char* name, size_t length, uintptr_t user) {
  return sw_workspace_find(workspace, name, length, on_file, (void*)user);
}

sw_status sw_go_list_store(sw_store* store, uintptr_t user) { return sw_store_list(store, on_entry, (void*)user); }

sw_status sw_go_verify_store(sw_store* store, int32_t remove_bad, const sw_run_options* options, uintptr_t user, sw_store_report* out) {
  return sw_store_verify(store, remove_bad, options, on_entry, (void*)user, out);
}
