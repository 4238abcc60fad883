/* Steps on texts, workspaces and the store on disk. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runner.h"

/* Makes the folders of the path and writes the file. */
static void step_write(Run* run) {
  char* path = path_of(run, "path");
  for (char* slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(path, 0700) != 0 && errno != EEXIST) exit(2);
    *slash = '/';
  }
  FILE* file = fopen(path, "wb");
  if (file == NULL) exit(2);
  fwrite(text_of(run, "text"), 1, text_length(run, "text"), file);
  fclose(file);
  free(path);
  ok(run);
}

static void step_language(Run* run) {
  const char* language = sw_text_language(text_of(run, "path"), text_of(run, "first_line"), text_length(run, "first_line"));
  ok(run);
  put_text(run->out, "language", language == NULL ? "" : language, language == NULL ? 0 : strlen(language));
}

static void step_chunks(Run* run) {
  sw_text_options options = SW_TEXT_OPTIONS_INIT;
  sw_chunk chunks[64];
  size_t n = 0;
  options.language = text_of(run, "language");
  options.chunk_size_max = (size_t)number_of(run, "size", 0);
  if (!outcome(run, sw_text_chunks(text_of(run, "text"), text_length(run, "text"), &options, NULL, chunks, 64, &n))) return;
  for (size_t i = 0; i < n; ++i) fprintf(run->out, " %zu-%zu@%zu", chunks[i].begin, chunks[i].end, chunks[i].first_line);
}

static void step_outline(Run* run) {
  sw_text_options options = SW_TEXT_OPTIONS_INIT;
  sw_outline_info info = SW_OUTLINE_INFO_INIT;
  sw_outline* outline = NULL;
  options.language = text_of(run, "language");
  if (!outcome(run, sw_text_outline(text_of(run, "text"), text_length(run, "text"), &options, NULL, &outline))) return;
  sw_outline_get_info(outline, &info);
  for (size_t i = 0; i < info.n_declarations; ++i) {
    sw_declaration d = SW_DECLARATION_INIT;
    sw_outline_declaration(outline, i, &d);
    fprintf(run->out, " %s:%s@%zu-%zu<%lld", d.kind, d.name, d.begin, d.end, (long long)d.parent);
  }
  for (size_t i = 0; i < info.n_imports; ++i) {
    size_t begin = 0, end = 0;
    const char* name = sw_outline_import(outline, i, &begin, &end);
    fprintf(run->out, " import:%s@%zu-%zu", name, begin, end);
  }
  for (size_t i = 0; i < info.n_references; ++i) fprintf(run->out, " %s", sw_outline_reference(outline, i));
  put_text(run->out, "skeleton", info.skeleton, info.skeleton_length);
  sw_outline_free(outline);
}

static int32_t put_file(void* user, const sw_workspace_file* file) {
  const Run* run = user;
  fprintf(run->out, " %s:%s:%llu:%llu", file->path, file->language, (unsigned long long)file->bytes, (unsigned long long)file->line);
  return 0;
}

static void put_context(const Run* run, sw_workspace* workspace, json_object* query) {
  sw_context_query q = SW_CONTEXT_QUERY_INIT;
  sw_context_info info = SW_CONTEXT_INFO_INIT;
  sw_context* context = NULL;
  json_object *path = NULL, *before = NULL, *after = NULL, *budget = NULL;
  json_object_object_get_ex(query, "path", &path);
  json_object_object_get_ex(query, "before", &before);
  json_object_object_get_ex(query, "after", &after);
  json_object_object_get_ex(query, "budget_tokens", &budget);
  q.path = json_object_get_string(path);
  q.before = json_object_get_string(before);
  q.before_length = (size_t)json_object_get_string_len(before);
  q.after = json_object_get_string(after);
  q.after_length = (size_t)json_object_get_string_len(after);
  q.window_end = q.before_length + q.after_length;
  q.budget_tokens = (uint32_t)json_object_get_int(budget);
  if (sw_workspace_context(workspace, &q, NULL, &context) != SW_OK) exit(2);
  sw_context_get_info(context, &info);
  fprintf(run->out, " tokens=%zu stable=%zu", info.n_tokens, info.n_stable);
  for (size_t i = 0; i < info.n_parts; ++i) {
    sw_context_part part = SW_CONTEXT_PART_INIT;
    sw_context_get_part(context, i, &part);
    fprintf(run->out, " %s:%s@%llu", part.kind, part.path, (unsigned long long)part.first_line);
    put_text(run->out, "text", part.text, part.length);
    put_ids(run->out, "ids", part.ids, part.n_ids);
  }
  sw_context_free(context);
}

static void step_workspace(Run* run) {
  sw_workspace_stats stats = SW_WORKSPACE_STATS_INIT;
  sw_workspace* workspace = NULL;
  json_object* query = NULL;
  char* path = path_of(run, "path");
  sw_status status = sw_workspace_open(sw_model_tokenizer(object_of(run, "on")), path, NULL, &workspace);
  free(path);
  if (status == SW_OK) status = sw_workspace_update(workspace, NULL, 0, NULL);
  if (!outcome(run, status)) {
    sw_workspace_free(workspace);
    return;
  }
  keep(run, WORKSPACE, workspace);
  sw_workspace_get_stats(workspace, &stats);
  fprintf(run->out, " files=%llu definitions=%llu", (unsigned long long)stats.files, (unsigned long long)stats.definitions);
  sw_workspace_list(workspace, put_file, run);
  sw_workspace_find(workspace, text_of(run, "find"), text_length(run, "find"), put_file, run);
  if (json_object_object_get_ex(run->step, "query", &query)) put_context(run, workspace, query);
}

static void step_update_context(Run* run) {
  int32_t changed = -1;
  if (outcome(run, sw_buffer_update_context(object_of(run, "on"), object_of(run, "from"), (size_t)number_of(run, "offset", 0), NULL, NULL,
                                            &changed))) {
    fprintf(run->out, " changed=%d", (int)changed);
  }
}

static void step_save_states(Run* run) { outcome(run, sw_engine_save(object_of(run, "on"), NULL)); }

static int32_t put_entry(void* user, const sw_store_entry* entry) {
  const Run* run = user;
  fprintf(run->out, " reason=%d tokens=%llu codec=%s", (int)entry->reason, (unsigned long long)entry->n_tokens, entry->codec);
  return 0;
}

static void step_store(Run* run) {
  sw_store_report report = SW_STORE_REPORT_INIT;
  sw_store* store = NULL;
  uint64_t n_files = 0;
  char* path = path_of(run, "path");
  sw_status status = sw_store_open(path, &store);
  free(path);
  if (!outcome(run, status)) return;
  sw_store_list(store, put_entry, run);
  sw_store_verify(store, 0, NULL, NULL, NULL, &report);
  sw_store_gc(store, 0, &n_files, NULL);
  fprintf(run->out, " checked=%llu bad=%llu removed=%llu", (unsigned long long)report.checked, (unsigned long long)report.bad,
          (unsigned long long)n_files);
  sw_store_free(store);
}

const Step side_steps[] = {{"write", step_write},         {"language", step_language},   {"chunks", step_chunks},
                           {"outline", step_outline},     {"workspace", step_workspace}, {"update_context", step_update_context},
                           {"save_states", step_save_states}, {"store", step_store},     {NULL, NULL}};
