#include "serve/repositories.h"

#include <algorithm>

namespace sw::tool {
namespace {

constexpr auto kPause = std::chrono::milliseconds(300);    // without a request: then somebody reads rather than types
constexpr auto kWalkAgainAfter = std::chrono::minutes(5);  // files change behind the editor's back too
constexpr size_t kFarBytes = size_t{8} << 10;              // the cursor has left what the context was chosen for
constexpr size_t kFoldersMax = 64;

sw_run_options run_with(const sw_cancel* cancel) {
  sw_run_options options = SW_RUN_OPTIONS_INIT;
  options.cancel = cancel;
  return options;
}

Outcome update(const std::string& folder, const std::vector<std::string>& paths, const sw_tokenizer* tokenizer, const sw_cancel* cancel,
               std::shared_ptr<sw_workspace>& workspace) {
  if (!workspace) {
    sw_workspace_options options = SW_WORKSPACE_OPTIONS_INIT;
    options.n_threads = 1;  // the other cores are the editor's
    sw_workspace* raw = nullptr;
    SW_TRY(from_status(sw_workspace_open(tokenizer, folder.c_str(), &options, &raw), kExitFailed));
    workspace.reset(raw, sw_workspace_free);
  }
  std::vector<const char*> names;
  for (const std::string& path : paths) names.push_back(path.c_str());
  const sw_run_options run = run_with(cancel);
  return from_status(sw_workspace_update(workspace.get(), names.data(), names.size(), &run), kExitFailed, folder);
}

Outcome choose_context(sw_buffer* buffer, sw_workspace* workspace, size_t offset, uint32_t budget_tokens, const sw_cancel* cancel) {
  sw_context_query query = SW_CONTEXT_QUERY_INIT;
  query.budget_tokens = budget_tokens;
  const sw_run_options run = run_with(cancel);
  return from_status(sw_buffer_update_context(buffer, workspace, offset, &query, &run, nullptr), kExitFailed);
}

}  // namespace

void Repositories::use(const std::string& folder) {
  if (folder.empty() || (folders_.size() >= kFoldersMax && folders_.count(folder) == 0)) return;
  Folder& used = folders_[folder];
  if (used.walked == Clock::time_point{} || Clock::now() - used.walked > kWalkAgainAfter) {
    used.changed.insert("");
    used.walked = Clock::now();
  }
}

void Repositories::changed(const std::string& folder, const std::string& path) {
  if (const auto known = folders_.find(folder); known != folders_.end()) known->second.changed.insert(path);
}

void Repositories::step() {
  if (thread_.collect()) collect();
  if (thread_.busy()) {
    if (work_->buffer && (work_->buffer->has_waiting_edits() || completer_.n_waiting() > 0)) thread_.cancel();
    return;
  }
  if (model_.state() == ModelHost::State::ready && !start_update()) start_context();
}

void Repositories::collect() {
  const auto work = std::exchange(work_, nullptr);
  Folder& folder = folders_[work->folder];
  const bool was_cancelled = work->outcome.status == SW_E_CANCELLED;
  folder.problem = was_cancelled ? "" : work->outcome.message;
  if (!work->buffer) {
    folder.workspace = work->workspace;
    ++folder.n_updates;
    return;
  }
  if (!was_cancelled) work->buffer->note_context(work->n_updates, work->offset);
  work->buffer->take_back();
}

void Repositories::start(std::shared_ptr<Work> work, JobThread::Job job) {
  if (thread_.start(std::move(job))) {
    work_ = std::move(work);
  } else if (work->buffer) {
    work->buffer->take_back();
  }
}

bool Repositories::start_update() {
  const auto found = std::find_if(folders_.begin(), folders_.end(), [](const auto& entry) { return !entry.second.changed.empty(); });
  if (found == folders_.end()) return false;
  auto& [name, folder] = *found;
  const bool all = folder.changed.count("") != 0;
  std::vector<std::string> paths(all ? folder.changed.end() : folder.changed.begin(), folder.changed.end());
  folder.changed.clear();
  auto work = std::make_shared<Work>();
  work->folder = name;
  work->workspace = folder.workspace;
  const sw_tokenizer* tokenizer = sw_model_tokenizer(model_.model());
  start(work, [work, paths = std::move(paths), tokenizer](const sw_cancel* cancel) {
    work->outcome = update(work->folder, paths, tokenizer, cancel, work->workspace);
  });
  return true;
}

// Whether the context is another one now: the index or the place has changed. Each failure waits for the next change.
bool Repositories::is_due(const LiveBuffer& buffer, size_t offset) const {
  const auto folder = folders_.find(buffer.folder());
  if (!buffer.wants_context() || folder == folders_.end() || !folder->second.workspace) return false;
  const size_t far = std::max(offset, buffer.context_offset()) - std::min(offset, buffer.context_offset());
  return buffer.context_updates() != folder->second.n_updates || far > kFarBytes;
}

bool Repositories::waits() const {
  const auto& buffer = completer_.last_buffer();
  return !thread_.busy() && buffer && is_due(*buffer, completer_.last_offset());
}

bool Repositories::start_context() {
  const auto& buffer = completer_.last_buffer();
  if (!waits() || !completer_.idle() || Clock::now() - completer_.last_used() < kPause || !buffer->exists()) return false;
  const Folder& folder = folders_.at(buffer->folder());
  auto work = std::make_shared<Work>();
  work->folder = buffer->folder();
  work->buffer = buffer;
  work->offset = std::min(completer_.last_offset(), buffer->text_bytes());
  work->n_updates = folder.n_updates;
  work->workspace = folder.workspace;
  const uint32_t budget = buffer->context_tokens();
  sw_buffer* lent = buffer->lend();
  start(work, [work, lent, budget](const sw_cancel* cancel) {
    work->outcome = choose_context(lent, work->workspace.get(), work->offset, budget, cancel);
  });
  return true;
}

Json Repositories::json() const {
  Json out = Json::array();
  for (const auto& [name, folder] : folders_) {
    Json entry = {{"folder", name}, {"updates", folder.n_updates}};
    sw_workspace_stats stats = SW_WORKSPACE_STATS_INIT;
    if (folder.workspace && sw_workspace_get_stats(folder.workspace.get(), &stats) == SW_OK) {
      entry["files"] = stats.files;
      entry["memoryBytes"] = stats.memory_bytes;
    }
    if (!folder.problem.empty()) entry["problem"] = folder.problem;
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace sw::tool
