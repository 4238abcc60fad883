#include "context/repo_index.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "context/ignore_rules.h"

namespace sw {
namespace {

// A file that changed as recently as this may change again within the clock's grain: its time says nothing yet.
constexpr std::chrono::seconds kSettled{2};
constexpr int64_t kTimeUnknown = -1;
constexpr std::chrono::milliseconds kProgressEvery{50};

std::string_view first_line(std::string_view text) { return text.substr(0, std::min(text.find('\n'), text.size())); }

bool is_ignore_file(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::any_of(std::begin(kIgnoreFiles), std::end(kIgnoreFiles), [&](const char* ignore) { return name == ignore; });
}

int64_t settled_before_ns() {
  const auto now = std::chrono::system_clock::now() - kSettled;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
}

}  // namespace

// One update, shared by its threads.
struct RepoIndex::Work {
  const std::vector<FoundFile>* found;
  std::vector<std::optional<Known>> now;  // in the order of `found`; nothing: not looked at, or gone
  std::vector<uint8_t> looked_at;
  int64_t settled_ns = 0;
  std::atomic<size_t> next{0};
  std::atomic<uint64_t> n_done{0}, unchanged{0}, reread{0}, from_store{0}, made{0}, unreadable{0};
  std::atomic<bool> stop{false};
  std::mutex failing;
  Status failed;  // the first
};

ptrdiff_t IndexSnapshot::find(std::string_view path) const {
  const auto at = std::lower_bound(files.begin(), files.end(), path, [](const auto& file, std::string_view p) { return file->path < p; });
  return at != files.end() && (*at)->path == path ? at - files.begin() : -1;
}

Result<std::shared_ptr<RepoIndex>> RepoIndex::open(const std::string& folder, IndexOptions options) {
  if (options.n_threads < 1 || options.n_threads > 2)
    return error(Code::argument, "n_threads is %d; an index takes 1 or 2", options.n_threads);
  SW_ASSIGN(auto files, WorkspaceFiles::open(folder));
  std::unique_ptr<IndexStore> store;
  if (!options.store_folder.empty()) {
    SW_ASSIGN(store, IndexStore::open(options.store_folder));
  }
  std::error_code failed;
  std::string name = std::filesystem::canonical(folder, failed).string();
  auto index = std::shared_ptr<RepoIndex>(new RepoIndex(std::move(files), std::move(options), std::move(store), failed ? folder : name));
  index->publish({});
  return index;
}

std::shared_ptr<const IndexSnapshot> RepoIndex::snapshot() const {
  const std::lock_guard lock(publishing_);
  return snapshot_;
}

IndexStats RepoIndex::stats() const {
  const std::lock_guard lock(publishing_);
  return stats_;
}

void RepoIndex::load_seen() {
  if (store_ != nullptr && !seen_loaded_) seen_before_ = store_->seen(name_);
  seen_loaded_ = true;
}

Status RepoIndex::update(const Control& control) {
  const std::lock_guard lock(updating_);
  load_seen();
  SW_ASSIGN(const Found found, walk(*files_, options_.walk, Control{control.cancel, control.deadline, {}}));
  IndexStats report;
  walk_skipped_ = found.skipped;
  const Status looked = look_at(found.files, control, report);
  if (looked.ok()) {
    std::unordered_map<std::string_view, bool> there;
    for (const FoundFile& file : found.files) there.emplace(file.path, true);
    std::erase_if(known_, [&](const auto& known) { return there.count(known.first) == 0; });
    for (const auto& [path, seen] : seen_before_) {
      if (there.count(path) == 0 && store_ != nullptr) store_->keep_seen(name_, path, std::nullopt);
    }
    seen_before_.clear();  // all of it is in known_ now
    if (store_ != nullptr) store_->remove_unused();
  }
  publish(std::move(report));
  return looked;
}

Status RepoIndex::update(const std::vector<std::string>& paths, const Control& control) {
  std::vector<FoundFile> found;
  std::vector<std::string> gone;
  for (const std::string& path : paths) {
    const auto one = look_up(*files_, path, options_.walk);
    const bool known = snapshot()->find(path) >= 0;
    if (is_ignore_file(path) || (!one.ok() && !known)) return update(control);
    if (one.ok() && one.value().file) found.push_back(*one.value().file);
    if (!one.ok() || !one.value().file) gone.push_back(path);
  }
  const std::lock_guard lock(updating_);
  load_seen();
  IndexStats report;
  for (const std::string& path : gone) {
    known_.erase(path);
    if (store_ != nullptr) store_->keep_seen(name_, path, std::nullopt);
  }
  const Status looked = look_at(found, control, report);
  publish(std::move(report));
  return looked;
}

// Fills known_ for the files of `found` that it comes to.
Status RepoIndex::look_at(const std::vector<FoundFile>& found, const Control& control, IndexStats& report) {
  Work shared{};
  shared.found = &found;
  shared.now.resize(found.size());
  shared.looked_at.resize(found.size());
  shared.settled_ns = settled_before_ns();
  const Control quiet{control.cancel, control.deadline, {}};
  std::vector<std::thread> threads;
  const size_t n_threads = std::min<size_t>(static_cast<size_t>(options_.n_threads), found.size());
  try {
    for (size_t i = 0; i < n_threads; ++i) threads.emplace_back([&] { work(shared, quiet); });
  } catch (const std::system_error&) {  // no more threads: with those there are, or this one
    if (threads.empty()) work(shared, quiet);
  }
  Status told;
  while (shared.n_done < found.size() && !shared.stop) {
    std::this_thread::sleep_for(found.size() < 16 ? std::chrono::milliseconds(1) : kProgressEvery);
    told = control.step(shared.n_done, found.size());
    if (!told.ok()) shared.stop = true;
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < found.size(); ++i) {
    if (shared.looked_at[i] == 0) continue;
    if (shared.now[i]) {
      known_[found[i].path] = std::move(*shared.now[i]);
    } else {
      known_.erase(found[i].path);
    }
  }
  if (store_ != nullptr) store_->flush();
  report.unchanged = shared.unchanged;
  report.reread = shared.reread;
  report.from_store = shared.from_store;
  report.made = shared.made;
  report.unreadable = shared.unreadable;
  return told.ok() ? std::move(shared.failed) : told;
}

void RepoIndex::work(Work& work, const Control& control) const {
  const std::vector<FoundFile>& found = *work.found;
  for (size_t i = work.next++; i < found.size() && !work.stop; i = work.next++) {
    const auto before = known_.find(found[i].path);
    Known now;
    Status status;
    try {
      status = look_at_one(found[i], before == known_.end() ? nullptr : &before->second, work, control, now);
    } catch (const std::bad_alloc&) {
      status = Status(Code::no_memory, "out of memory");
    }
    if (status.ok()) {
      work.now[i] = std::move(now);
    } else if (status.code() == Code::not_found || status.code() == Code::io || status.code() == Code::unsupported) {
      ++work.unreadable;
    } else {
      const std::lock_guard lock(work.failing);
      if (work.failed.ok()) work.failed = std::move(status);
      work.stop = true;
      return;
    }
    work.looked_at[i] = 1;
    ++work.n_done;
  }
}

Status RepoIndex::look_at_one(const FoundFile& found, const Known* before, Work& work, const Control& control, Known& now) const {
  const auto is_same = [&](const SeenFile& seen) { return seen.size == found.size && seen.changed_ns == found.changed_ns; };
  SW_TRY(control.check());
  if (before != nullptr && is_same(before->seen)) {
    now = *before;
    ++work.unchanged;
    return {};
  }
  const auto earlier = seen_before_.find(found.path);
  if (earlier != seen_before_.end() && is_same(earlier->second)) {
    now.seen = earlier->second;
    if (now.seen.skipped) return {};
    // A file of no known extension is told by its first line, which would have to be read: its language is asked for without.
    const Language* language = language_of(found.path, "");
    auto record = store_->find({now.seen.hash, language == nullptr ? "" : std::string(language->name)});
    if (record != nullptr && record->n_bytes == found.size) {
      now.file = std::make_shared<IndexedFile>(IndexedFile{found.path, now.seen.hash, language, std::move(record)});
      ++work.unchanged;
      ++work.from_store;
      return {};
    }
  }
  SW_ASSIGN(const std::string text, files_->read(found.path, options_.walk.file_bytes_max));
  ++work.reread;
  now.seen = {text.size(), found.changed_ns < work.settled_ns ? found.changed_ns : kTimeUnknown, hash_of(text), skipped_by_contents(text)};
  if (!now.seen.skipped) {
    const Language* language = language_of(found.path, first_line(text));
    const RecordKey key{now.seen.hash, language == nullptr ? "" : std::string(language->name)};
    const bool same_text =
        before != nullptr && before->file != nullptr && before->file->hash == key.hash && before->file->language == language;
    auto record = same_text ? before->file->record : nullptr;
    if (record == nullptr) {
      SW_ASSIGN(record, record_of(text, key, language, work, control));
    }
    now.file = std::make_shared<IndexedFile>(IndexedFile{found.path, now.seen.hash, language, std::move(record)});
  }
  if (store_ != nullptr) store_->keep_seen(name_, found.path, now.seen);
  return {};
}

Result<std::shared_ptr<const FileRecord>> RepoIndex::record_of(const std::string& text, const RecordKey& key, const Language* language,
                                                               Work& work, const Control& control) const {
  if (store_ != nullptr) {
    auto record = store_->find(key);
    if (record != nullptr && record->n_bytes == text.size()) {
      ++work.from_store;
      return record;
    }
  }
  SW_ASSIGN(auto record, make_record(text, language, control));
  ++work.made;
  if (store_ != nullptr) store_->keep(key, *record);
  return record;
}

void RepoIndex::publish(IndexStats report) {
  auto snapshot = std::make_shared<IndexSnapshot>();
  snapshot->workspace = files_;
  report.files = report.lines = report.bytes = report.chunks = report.definitions = report.skeleton_bytes = report.memory_bytes = 0;
  report.skipped = walk_skipped_;
  report.skipped[static_cast<size_t>(SkipReason::unreadable)] += report.unreadable;
  for (const auto& [path, known] : known_) {
    if (known.seen.skipped) ++report.skipped[static_cast<size_t>(*known.seen.skipped)];
    if (known.file == nullptr) continue;
    const FileRecord& record = *known.file->record;
    snapshot->files.push_back(known.file);
    report.lines += record.n_lines;
    report.bytes += record.n_bytes;
    report.chunks += record.chunks.size();
    report.definitions += record.definitions.size();
    report.skeleton_bytes += record.skeleton.size();
    report.memory_bytes += record.memory_bytes() + 2 * path.size() + sizeof(Known) + sizeof(IndexedFile);
  }
  report.files = snapshot->files.size();
  if (store_ != nullptr) report.store_trouble = store_->trouble();
  std::sort(snapshot->files.begin(), snapshot->files.end(), [](const auto& a, const auto& b) { return a->path < b->path; });
  const std::lock_guard lock(publishing_);
  snapshot->version = snapshot_ == nullptr ? 0 : snapshot_->version + 1;
  snapshot_ = std::move(snapshot);
  stats_ = std::move(report);
}

}  // namespace sw
