#include "api/handles.h"
#include "context/repo_context.h"

using namespace sw;       // NOLINT(google-build-using-namespace): the C boundary
using namespace sw::api;  // NOLINT(google-build-using-namespace)

namespace {

constexpr uint64_t kFileBytesMax = uint64_t{64} << 20;
constexpr const char* kStrategies[] = {"ours", "random", "path", "bm25", "skeletons"};

Status read_index_options(const sw_workspace_options* options, IndexOptions& out) {
  sw_workspace_options o = SW_WORKSPACE_OPTIONS_INIT;
  SW_TRY(read_options(options, o, "sw_workspace_options"));
  if (o.n_threads < 0 || o.n_threads > 2) return error(Code::argument, "n_threads is %d; 1 or 2, or 0 for the default", o.n_threads);
  if (o.file_bytes_max > kFileBytesMax) return error(Code::argument, "file_bytes_max is over 64 MiB");
  if (o.store_folder != nullptr) out.store_folder = o.store_folder;
  if (o.n_threads > 0) out.n_threads = o.n_threads;
  if (o.file_bytes_max > 0) out.walk.file_bytes_max = o.file_bytes_max;
  return {};
}

Status read_text(const char* text, size_t length, const char* name, std::string& out) {
  if (text == nullptr && length > 0) return missing(name);
  if (length > 0) out.assign(text, length);
  return {};
}

Status read_strategy(const char* name, Strategy& out) {
  if (name == nullptr) return {};
  for (size_t i = 0; i < std::size(kStrategies); ++i) {
    if (std::string_view(name) != kStrategies[i]) continue;
    out = static_cast<Strategy>(i);
    return {};
  }
  return error(Code::argument, "unknown strategy '%s'", name);
}

Status read_edits(const sw_context_query& q, ContextQuery& out) {
  if (q.edits == nullptr && q.n_edits > 0) return missing("edits");
  for (size_t i = 0; i < q.n_edits; ++i) {
    if (q.edits[i].path == nullptr || q.edits[i].diff == nullptr) return missing("a path or diff of edits");
    out.recent_edits.push_back({q.edits[i].path, q.edits[i].diff});
  }
  return {};
}

// What of a query does not depend on the place.
Status read_limits(const sw_context_query& q, ContextQuery& out) {
  if (q.budget_tokens > 0) out.budget_tokens = q.budget_tokens;
  out.budget_ms = q.budget_ms;
  if (q.tokens_per_s != 0) out.tokens_per_s = q.tokens_per_s;
  SW_TRY(read_edits(q, out));
  SW_TRY(read_strategy(q.strategy, out.strategy));
  out.seed = q.seed;
  return {};
}

Status read_query(const sw_context_query* query, ContextQuery& out) {
  if (query == nullptr) return missing("query");
  sw_context_query q = SW_CONTEXT_QUERY_INIT;
  SW_TRY(read_struct(query, &q, sizeof q, "sw_context_query"));
  if (q.path == nullptr) return missing("path");
  out.path = q.path;
  SW_TRY(read_text(q.before, q.before_length, "before", out.before));
  SW_TRY(read_text(q.after, q.after_length, "after", out.after));
  if (q.window_begin > q.window_end) return error(Code::argument, "the window ends before it begins");
  out.window_begin = q.window_begin;
  out.window_end = q.window_end;
  if (q.header != nullptr) out.header = q.header;
  SW_TRY(read_limits(q, out));
  if (q.previous != nullptr) out.previous = q.previous->context;
  return {};
}

// The query of a buffer at a cursor.
Status ask_for_buffer(sw_buffer& buffer, size_t offset, ContextQuery& out) {
  SW_TRY(buffer.text.check_offset(offset));
  const FillSettings& settings = buffer.loaded->settings;
  const std::string& text = buffer.text.str();
  const Windows w = buffer.windows.place(text, offset, {settings.prefix_window_bytes, settings.suffix_window_bytes});
  out.path = buffer.path;
  out.before = text.substr(w.prefix_begin, offset - w.prefix_begin);
  out.after = text.substr(offset, w.suffix_end - offset);
  out.window_begin = w.prefix_begin;
  out.window_end = w.suffix_end;
  out.header = settings.document;
  out.budget_tokens = settings.context_tokens;
  const StoreStats stats = buffer.loaded->engine->store()->stats();
  if (stats.seconds_run > 0) out.tokens_per_s = double(stats.tokens_run) / stats.seconds_run;
  out.previous = buffer.repo_context;
  return {};
}

Status tell(const IndexedFile& file, uint64_t line, sw_workspace_file_fn fn, void* user) {
  const std::string language(file.language == nullptr ? "" : file.language->name);
  sw_workspace_file out = SW_WORKSPACE_FILE_INIT;
  out.path = file.path.c_str();
  out.language = language.c_str();
  out.bytes = file.record->n_bytes;
  out.lines = file.record->n_lines;
  out.line = line;
  return fn(user, &out) == 0 ? Status() : Status(Code::cancelled, "cancelled by the callback");
}

}  // namespace

extern "C" {

sw_status sw_workspace_open(const sw_tokenizer* tokenizer, const char* folder, const sw_workspace_options* options, sw_workspace** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (folder == nullptr) return missing("folder");
    IndexOptions o;
    SW_TRY(read_index_options(options, o));
    auto workspace = std::make_unique<sw_workspace>();
    SW_ASSIGN(workspace->index, RepoIndex::open(folder, std::move(o)));
    if (tokenizer != nullptr) workspace->builder = std::make_unique<ContextBuilder>(tokenizer->tokenizer);
    *out = workspace.release();
    return {};
  });
}

void sw_workspace_free(sw_workspace* workspace) { delete workspace; }

sw_status sw_workspace_update(sw_workspace* workspace, const char* const* paths, size_t n_paths, const sw_run_options* options) {
  return guard([&]() -> Status {
    if (workspace == nullptr) return missing("workspace");
    std::vector<std::string> list;
    SW_TRY(read_strings(paths, n_paths, "paths", "a path", list));
    Control control;
    SW_TRY(read_run_options(options, control));
    return list.empty() ? workspace->index->update(control) : workspace->index->update(list, control);
  });
}

const char* sw_skip_reason_name(int32_t reason) {
  if (reason < 0 || static_cast<size_t>(reason) >= kSkipReasons) return "unknown";
  return name_of(static_cast<SkipReason>(reason));
}

sw_status sw_workspace_get_stats(const sw_workspace* workspace, sw_workspace_stats* out) {
  return guard([&]() -> Status {
    if (workspace == nullptr) return missing("workspace");
    static_assert(kSkipReasons == SW_SKIP_REASONS);
    const IndexStats stats = workspace->index->stats();
    sw_workspace_stats info = SW_WORKSPACE_STATS_INIT;
    info.files = stats.files;
    info.lines = stats.lines;
    info.bytes = stats.bytes;
    info.chunks = stats.chunks;
    info.definitions = stats.definitions;
    info.skeleton_bytes = stats.skeleton_bytes;
    info.memory_bytes = stats.memory_bytes;
    info.unchanged = stats.unchanged;
    info.reread = stats.reread;
    info.from_store = stats.from_store;
    info.made = stats.made;
    for (size_t i = 0; i < kSkipReasons; ++i) info.skipped[i] = stats.skipped[i];
    info.store_failed = stats.store_trouble.empty() ? 0 : 1;
    return write_info(info, out, "sw_workspace_stats");
  });
}

sw_status sw_workspace_list(const sw_workspace* workspace, sw_workspace_file_fn on_file, void* user) {
  return guard([&]() -> Status {
    if (workspace == nullptr) return missing("workspace");
    if (on_file == nullptr) return missing("on_file");
    for (const auto& file : workspace->index->snapshot()->files) SW_TRY(tell(*file, 0, on_file, user));
    return {};
  });
}

sw_status sw_workspace_find(const sw_workspace* workspace, const char* name, size_t length, sw_workspace_file_fn on_place, void* user) {
  return guard([&]() -> Status {
    if (workspace == nullptr) return missing("workspace");
    if (name == nullptr && length > 0) return missing("name");
    if (on_place == nullptr) return missing("on_place");
    const Term term = term_of({length > 0 ? name : "", length});
    for (const auto& file : workspace->index->snapshot()->files) {
      for (const FileRecord::Definition& definition : file->record->definitions) {
        if (definition.name == term) SW_TRY(tell(*file, definition.first_line, on_place, user));
      }
    }
    return {};
  });
}

sw_status sw_workspace_context(sw_workspace* workspace, const sw_context_query* query, const sw_run_options* options, sw_context** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (workspace == nullptr) return missing("workspace");
    ContextQuery q;
    SW_TRY(read_query(query, q));
    Control control;
    SW_TRY(read_run_options(options, control));
    if (workspace->builder == nullptr) return error(Code::state, "the workspace was opened without a tokenizer");
    SW_ASSIGN(auto context, workspace->builder->build(*workspace->index->snapshot(), q, control));
    *out = new sw_context{std::move(context)};
    return {};
  });
}

sw_status sw_buffer_update_context(sw_buffer* buffer, sw_workspace* workspace, size_t offset, const sw_context_query* query,
                                   const sw_run_options* options, int32_t* changed) {
  return guard([&]() -> Status {
    if (changed != nullptr) *changed = 0;
    if (buffer == nullptr) return missing("buffer");
    if (workspace == nullptr) return missing("workspace");
    Control control;
    SW_TRY(read_run_options(options, control));
    if (workspace->builder == nullptr) return error(Code::state, "the workspace was opened without a tokenizer");
    if (workspace->builder->tokenizer().hash() != buffer->loaded->tokenizer->hash()) {
      return error(Code::mismatch, "the workspace was opened with another tokenizer than the model's");
    }
    ContextQuery q;
    SW_TRY(ask_for_buffer(*buffer, offset, q));
    sw_context_query limits = SW_CONTEXT_QUERY_INIT;
    SW_TRY(read_options(query, limits, "sw_context_query"));
    SW_TRY(read_limits(limits, q));
    SW_ASSIGN(auto context, workspace->builder->build(*workspace->index->snapshot(), q, control));
    const bool kept = context->kept && buffer->context != nullptr;
    if (!kept) buffer->context = prompt_context(*context);
    buffer->repo_context = std::move(context);
    if (changed != nullptr) *changed = kept ? 0 : 1;
    return {};
  });
}

void sw_context_free(sw_context* context) { delete context; }

sw_status sw_context_get_info(const sw_context* context, sw_context_info* out) {
  return guard([&]() -> Status {
    if (context == nullptr) return missing("context");
    const RepoContext& c = *context->context;
    sw_context_info info = SW_CONTEXT_INFO_INIT;
    info.n_parts = c.parts.size();
    info.n_stable = c.n_stable;
    info.n_tokens = c.n_tokens;
    info.n_stable_tokens = c.n_stable_tokens;
    info.kept = c.kept ? 1 : 0;
    return write_info(info, out, "sw_context_info");
  });
}

sw_status sw_context_get_part(const sw_context* context, size_t index, sw_context_part* out) {
  return guard([&]() -> Status {
    if (context == nullptr) return missing("context");
    const auto& parts = context->context->parts;
    if (index >= parts.size()) return error(Code::argument, "part %zu of %zu", index, parts.size());
    const ContextPart& part = parts[index];
    sw_context_part info = SW_CONTEXT_PART_INIT;
    info.kind = name_of(part.kind);
    info.path = part.path.c_str();
    info.first_line = part.first_line;
    info.text = part.text.c_str();
    info.length = part.text.size();
    info.ids = part.ids->data();
    info.n_ids = part.ids->size();
    info.score = part.score;
    info.why = part.why.c_str();
    return write_info(info, out, "sw_context_part");
  });
}

}  // extern "C"
