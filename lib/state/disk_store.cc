#include "state/disk_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace sw {
namespace {

constexpr std::chrono::milliseconds kPutPatience{100};  // who holds the lock evicts for all
constexpr std::chrono::milliseconds kGcPatience{5000};

// Those that no version can use.
bool is_rubbish(MissReason reason) { return reason == MissReason::damaged || reason == MissReason::truncated; }

std::string name_of_file(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string text_of(const char (&hex)[32]) { return hex[0] == '\0' ? std::string() : std::string(hex, sizeof hex); }

Status check_arguments(const StateLayout& layout, std::span<const int32_t> tokens, size_t n_floats) {
  if (tokens.empty()) return error(Code::argument, "a state before the first token is zero and is not stored");
  if (n_floats == layout.n_floats) return {};
  return error(Code::argument, "%zu floats are given for a state of %zu", n_floats, layout.n_floats);
}

// Whether the file, by its header, is of this caller and the first `length` of these tokens.
bool check_belongs(const StoreFile& file, const StoreHeader& expected, std::span<const int32_t> tokens, uint64_t length, Verdict& verdict) {
  MissReason reason = compare(file.header(), expected);
  if (reason == MissReason::none) {
    StoreHeader wanted = expected;
    TokenHash hash;
    hash.update(tokens.first(std::min<size_t>(tokens.size(), length)));
    hash.put(wanted);
    if (wanted.n_tokens != length || wanted.key() != file.header().key()) reason = MissReason::other_tokens;
  }
  if (reason != MissReason::none) verdict = {reason, file.path() + ": a state that is not the one asked for: " + name_of(reason)};
  return reason == MissReason::none;
}

}  // namespace

uint64_t DiskStats::misses_total() const { return std::accumulate(misses.begin(), misses.end(), uint64_t{0}); }

Result<std::shared_ptr<DiskStore>> DiskStore::open(std::string folder, const Options& options) {
  SW_ASSIGN(StoreFolder opened, StoreFolder::open(std::move(folder)));
  std::shared_ptr<DiskStore> store(new DiskStore(std::move(opened), options));  // make_shared cannot see the constructor
  store->stats_.leftovers = store->folder_.remove_leftovers();
  return store;
}

void DiskStore::tell(const std::vector<std::string>& news) const {
  for (const std::string& text : news) options_.log(LogLevel::warning, text);
}

// A file is turned away once. Rubbish goes; what another version or model wrote stays.
void DiskStore::reject_locked(const StoreKey& key, const Verdict& verdict, std::vector<std::string>& news) {
  ++stats_.rejected[static_cast<size_t>(verdict.reason)];
  const bool removed = is_rubbish(verdict.reason) && ::unlink(folder_.path_of(key).c_str()) == 0;
  index_.reject(key, verdict.reason, removed);
  if (is_rubbish(verdict.reason)) news.push_back(verdict.why + (removed ? "; removed" : "; it cannot be removed"));
}

Status DiskStore::refresh_locked(std::vector<std::string>& news) {
  SW_ASSIGN(const auto turned_away, index_.refresh(folder_));
  for (const auto& [key, verdict] : turned_away) reject_locked(key, verdict, news);
  return {};
}

Result<std::optional<StoreEntry>> DiskStore::find(const StoreIdentity& identity, const StateLayout& layout,
                                                  std::span<const int32_t> tokens, uint64_t longer_than) {
  SW_ASSIGN(const StoreHeader expected, store_header(identity, layout, options_.codec));
  std::vector<std::string> news;
  StoreIndex::Found found;
  {
    const std::lock_guard lock(mutex_);
    if (refresh_locked(news).ok()) {
      found = index_.find(expected, tokens, longer_than);
    } else {
      found.reason = MissReason::unreadable;
    }
    if (!found.entry) ++stats_.misses[static_cast<size_t>(found.reason)];
  }
  tell(news);
  return found.entry;
}

Result<Verdict> DiskStore::load(const StoreEntry& entry, const StoreIdentity& identity, const StateLayout& layout,
                                std::span<const int32_t> tokens, std::span<float> out, const Control& control) {
  SW_TRY(check_arguments(layout, tokens, out.size()));
  SW_ASSIGN(const StoreHeader expected, store_header(identity, layout, options_.codec));
  auto [file, verdict] = StoreFile::open(folder_.path_of(entry.key), entry.key);
  const bool belongs = verdict.reason != MissReason::none || check_belongs(file, expected, tokens, entry.length, verdict);
  if (verdict.reason == MissReason::none) {
    auto loaded = file.load(layout, tokens, out, options_.allocator, control);
    if (!loaded.ok()) {
      std::fill(out.begin(), out.end(), 0.0f);
      return std::move(loaded).status();
    }
    verdict = std::move(loaded).value();
  }
  if (verdict.reason == MissReason::none) {
    file.touch();
    const std::lock_guard lock(mutex_);
    ++stats_.hits;
    return verdict;
  }
  std::fill(out.begin(), out.end(), 0.0f);
  std::vector<std::string> news;
  {
    const std::lock_guard lock(mutex_);
    ++stats_.misses[static_cast<size_t>(verdict.reason)];
    if (!belongs || verdict.reason == MissReason::gone) {
      index_.drop(entry.key);  // another file has the name now, or the caller mixed things up: the next find() looks again
      index_.stale();
    } else {
      reject_locked(entry.key, verdict, news);
    }
  }
  tell(news);
  return verdict;
}

Status DiskStore::check_not_paused() {
  const std::lock_guard lock(mutex_);
  if (Clock::now() >= paused_until_) return {};
  ++stats_.puts_paused;
  return error(Code::state, "%s: not written to for a while, for %u writes in a row failed; see to the disk", folder().c_str(), failures_);
}

bool DiskStore::is_present(const StoreKey& key) const {
  auto [file, verdict] = StoreFile::open(folder_.path_of(key), key);
  if (verdict.reason == MissReason::none) file.touch();
  return verdict.reason == MissReason::none;
}

void DiskStore::count_put(const Status& status) {
  std::vector<std::string> news;
  {
    const std::lock_guard lock(mutex_);
    if (status.ok()) {
      ++stats_.puts;
      failures_ = 0;
      index_.stale();
    } else if (status.code() != Code::cancelled && status.code() != Code::deadline && status.code() != Code::argument) {
      ++stats_.put_failures;
      if (status.code() == Code::io && ++failures_ >= options_.failures_max) {
        paused_until_ = Clock::now() + options_.pause;
        news.push_back(folder() + ": the state store is not written to for a while: " + status.message());
      }
    }
  }
  tell(news);
}

Status DiskStore::put(const StoreIdentity& identity, const StateLayout& layout, std::span<const int32_t> tokens,
                      std::span<const float> state, const Control& control) {
  SW_TRY(check_arguments(layout, tokens, state.size()));
  SW_ASSIGN(StoreHeader header, store_header(identity, layout, options_.codec));
  SW_TRY(check_not_paused());
  TokenHash hash;
  hash.update(tokens);
  hash.put(header);
  header.payload_bytes = encoded_bytes_max(layout, options_.codec);
  if (header.file_bytes() > options_.bytes_max) {
    return error(Code::no_memory, "%s: a state of %llu bytes does not fit a store of %llu; give it more", folder().c_str(),
                 static_cast<unsigned long long>(header.file_bytes()), static_cast<unsigned long long>(options_.bytes_max));
  }
  const StoreKey key = header.key();
  if (is_present(key)) {
    const std::lock_guard lock(mutex_);
    ++stats_.puts_present;
    return {};
  }
  Status status = folder_.ensure();
  if (status.ok()) {
    // Before, so that a process that dies in between, time and again, does not fill the disk; and after, for others write as well.
    make_room(options_.bytes_max - header.file_bytes(), std::nullopt);
    status = write_store_file(folder_.path_of(key), header, layout, tokens, state, options_.allocator, options_.durable, control);
  }
  count_put(status);
  if (status.ok()) make_room(options_.bytes_max, key);
  return status;
}

void DiskStore::make_room(uint64_t bytes_max, std::optional<StoreKey> keep) {
  if (shrink(bytes_max, keep, kPutPatience).ok()) return;
  const std::lock_guard lock(mutex_);
  ++stats_.evictions_skipped;
}

Result<StoreRemoved> DiskStore::shrink(uint64_t bytes_max, std::optional<StoreKey> keep, std::chrono::milliseconds patience) {
  SW_ASSIGN(const StoreRemoved removed, folder_.shrink(bytes_max, keep, patience));
  const std::lock_guard lock(mutex_);
  stats_.evicted += removed.files;
  stats_.evicted_bytes += removed.bytes;
  stats_.leftovers += removed.leftovers;
  if (removed.files > 0) index_.stale();
  return removed;
}

Result<StoreRemoved> DiskStore::gc(uint64_t bytes_max) { return shrink(bytes_max, std::nullopt, kGcPatience); }

Result<std::vector<StoreFileInfo>> DiskStore::list() const {
  SW_ASSIGN(const auto names, folder_.names());
  std::vector<std::pair<int64_t, StoreFileInfo>> files;
  for (const StoreName& name : names) {
    const std::string path = folder_.path_of(name.key);
    struct stat stat;
    if (::lstat(path.c_str(), &stat) != 0) continue;
    StoreFileInfo info;
    info.name = name_of_file(path);
    info.bytes = static_cast<uint64_t>(stat.st_size);
    info.used_at = stat.st_mtim.tv_sec;
    const auto [file, verdict] = StoreFile::open(path, name.key);
    info.reason = verdict.reason;
    if (info.reason == MissReason::none) {
      const StoreHeader& header = file.header();
      info.n_tokens = header.n_tokens;
      info.codec = header.codec();
      info.weights = text_of(header.weights);
      info.tokenizer = text_of(header.tokenizer);
      info.numerics = text_of(header.numerics);
    }
    files.emplace_back(stat.st_mtim.tv_nsec, std::move(info));
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return std::tie(b.second.used_at, b.first, a.second.name) < std::tie(a.second.used_at, a.first, b.second.name);
  });
  std::vector<StoreFileInfo> infos;
  infos.reserve(files.size());
  for (auto& file : files) infos.push_back(std::move(file.second));
  return infos;
}

Result<StoreReport> DiskStore::verify(bool remove_bad, const Control& control) {
  SW_ASSIGN(const auto files, list());
  uint64_t total = 0;
  for (const StoreFileInfo& info : files) total += info.bytes;
  StoreReport report;
  Control inner{control.cancel, control.deadline, nullptr};
  inner.progress = [&](uint64_t done, uint64_t) { return !control.progress || control.progress(report.bytes + done, total); };
  SW_ASSIGN(const auto names, folder_.names());
  for (const StoreName& name : names) {
    const std::string path = folder_.path_of(name.key);
    auto [file, verdict] = StoreFile::open(path, name.key);
    if (verdict.reason == MissReason::gone) continue;
    if (verdict.reason == MissReason::none) {
      SW_ASSIGN(verdict, file.verify(inner));
      report.bytes += file.header().file_bytes();
    }
    ++report.checked;
    if (verdict.reason == MissReason::other_version) ++report.other_version;
    if (verdict.reason == MissReason::none || verdict.reason == MissReason::other_version) continue;
    const bool removed = remove_bad && is_rubbish(verdict.reason) && ::unlink(path.c_str()) == 0;
    report.bad.push_back({name_of_file(path), verdict.reason, std::move(verdict.why), removed});
  }
  return report;
}

DiskStats DiskStore::stats() {
  std::vector<std::string> news;
  DiskStats stats;
  {
    const std::lock_guard lock(mutex_);
    (void)refresh_locked(news);  // what cannot be listed now keeps its last figures
    stats_.files = index_.good().files;
    stats_.bytes = index_.good().bytes;
    stats_.foreign_files = index_.foreign().files;
    stats_.paused = Clock::now() < paused_until_;
    stats = stats_;
  }
  tell(news);
  return stats;
}

}  // namespace sw
