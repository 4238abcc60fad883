#include "context/syntax_worker.h"

#include <new>
#include <utility>

namespace sw {
namespace {

constexpr size_t kPendingEditsMax = 256;  // beyond, the difference of the texts is found anew

}  // namespace

SyntaxWorker::~SyntaxWorker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    cancel_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SyntaxWorker::update(DocumentId id, const Language& language, uint64_t version, std::shared_ptr<const std::string> text,
                          std::span<const TextEdit> edits) {
  {
    const std::lock_guard lock(mutex_);
    Document& document = documents_[id];
    if (document.text != nullptr && version <= document.version) return;
    if (document.language != &language) {
      document = Document{};
      document.language = &language;
      document.opened = n_updates_ + 1;
    }
    const bool room = document.edits.size() + edits.size() <= kPendingEditsMax;
    document.edits_known = document.edits_known && room && (!edits.empty() || document.text == nullptr);
    if (!document.edits_known) document.edits.clear();
    for (size_t i = 0; i < edits.size() && document.edits_known; ++i) document.edits.emplace_back(version, edits[i]);
    document.text = std::move(text);
    document.version = version;
    document.touched = ++n_updates_;
    document.waiting = true;
    document.unsettled = false;
    if (running_ && running_afresh_) cancel_ = true;  // work for idle times
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  changed_.notify_all();
}

void SyntaxWorker::close(DocumentId id) {
  {
    const std::lock_guard lock(mutex_);
    documents_.erase(id);
    if (running_ && running_id_ == id) cancel_ = true;
  }
  changed_.notify_all();
}

SyntaxWorker::View SyntaxWorker::last_good(DocumentId id) const {
  Document document;
  {
    const std::lock_guard lock(mutex_);
    const auto found = documents_.find(id);
    if (found == documents_.end()) return {};
    document = found->second;
  }
  return {moved_tree(document), document.text, document.version, document.good_version};
}

bool SyntaxWorker::wait_idle(Clock::time_point time) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, time, [&] {
    if (running_) return false;
    for (const auto& [id, document] : documents_) {
      if (document.waiting || document.unsettled) return false;
    }
    return true;
  });
}

std::shared_ptr<const SyntaxTree> SyntaxWorker::moved_tree(const Document& document) {
  if (document.tree == nullptr || document.good_version == document.version) return document.tree;
  std::vector<TextEdit> edits;
  for (const auto& [version, edit] : document.edits) edits.push_back(edit);
  // Edits that do not fit, and unknown ones, make one of the difference.
  if (!document.edits_known) edits.assign(1, {0, document.good_text->size() + 1, 0});
  return document.tree->moved(*document.good_text, edits, *document.text);
}

// Jobs, with the last holds on old trees, end outside the lock: freeing a large tree takes milliseconds.
void SyntaxWorker::run() {
  for (bool more = true; more;) {
    try {
      Job job;
      more = next_job(job);
      if (!more) break;
      bool too_long = false;
      std::shared_ptr<const SyntaxTree> tree;
      try {
        tree = parse(job, too_long);
      } catch (const std::bad_alloc&) {
        too_long = true;  // another time
      }
      publish(job, std::move(tree), too_long);
      changed_.notify_all();
    } catch (const std::bad_alloc&) {  // not even for a job
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

// False when the worker is to end. The job's document stays waiting or unsettled until its tree is published.
bool SyntaxWorker::next_job(Job& job) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::optional<Clock::time_point> wake_at;
    if (const Document* document = most_urgent(job, wake_at)) {
      job.document = *document;
      running_ = true;
      running_id_ = job.id;
      running_afresh_ = job.afresh;
      cancel_ = false;
      return true;
    }
    if (wake_at) {
      changed_.wait_until(lock, *wake_at);
    } else {
      changed_.wait(lock);
    }
  }
  return false;
}

// Documents that wait, the last touched first; then those with errors.
const SyntaxWorker::Document* SyntaxWorker::most_urgent(Job& job, std::optional<Clock::time_point>& wake_at) const {
  const Clock::time_point now = Clock::now();
  const Document* best = nullptr;
  for (const auto& [id, document] : documents_) {
    if (!document.waiting && !document.unsettled) continue;
    if (document.not_before > now) {
      wake_at = wake_at ? std::min(*wake_at, document.not_before) : document.not_before;
      continue;
    }
    const auto urgency = [](const Document& d) { return std::pair(d.waiting, d.touched); };
    if (best != nullptr && urgency(*best) > urgency(document)) continue;
    best = &document;
    job.id = id;
    job.afresh = !document.waiting;
  }
  return best;
}

std::shared_ptr<const SyntaxTree> SyntaxWorker::parse(const Job& job, bool& too_long) const {
  Control control;
  control.cancel = &cancel_;
  control.deadline = Clock::now() + options_.parse_time_max;
  const auto old = job.afresh ? nullptr : moved_tree(job.document);
  auto parsed = SyntaxTree::parse(*job.document.language, *job.document.text, control, old.get());
  too_long = !parsed.ok() && parsed.status().code() != Code::cancelled;
  return parsed.ok() ? std::move(parsed).value() : nullptr;
}

void SyntaxWorker::publish(const Job& job, std::shared_ptr<const SyntaxTree> tree, bool too_long) {
  const std::lock_guard lock(mutex_);
  running_ = false;
  const auto found = documents_.find(job.id);
  if (found == documents_.end() || found->second.opened != job.document.opened) return;
  Document& document = found->second;
  if (too_long) document.not_before = Clock::now() + options_.retry_after;
  const bool newest = document.version == job.document.version;
  const bool cancelled = tree == nullptr && cancel_ && !too_long;
  if (newest && !cancelled) {
    document.waiting = false;
    document.unsettled = !job.afresh && !too_long && tree != nullptr && job.document.tree != nullptr && tree->has_errors();
  }
  if (tree == nullptr) return;
  document.tree = std::move(tree);
  document.good_text = job.document.text;
  document.good_version = job.document.version;
  document.edits_known = document.edits_known || newest;
  std::erase_if(document.edits, [&](const auto& edit) { return edit.first <= job.document.version; });
}

}  // namespace sw
