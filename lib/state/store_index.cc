#include "state/store_index.h"

#include <algorithm>
#include <unordered_set>

namespace sw {
namespace {

// Times of folders are as coarse as the kernel's clock, and those of network file systems as coarse as they like: a folder
// that changed so shortly before it was listed may change again without showing it.
constexpr std::chrono::milliseconds kSettled{1000};
constexpr std::chrono::seconds kAgain{60};
constexpr size_t kRemovedMax = 4096;
constexpr size_t kVersionsMax = 4;

std::chrono::nanoseconds wall_clock() { return std::chrono::system_clock::now().time_since_epoch(); }

}  // namespace

StoreIndex::Totals StoreIndex::foreign() const {
  Totals totals;
  for (const auto& [key, rejected] : rejected_) totals.files += rejected.removed ? 0 : 1;
  return totals;
}

bool StoreIndex::is_known(const StoreName& name) const {
  if (const auto it = files_.find(name.key); it != files_.end()) return it->second.inode == name.inode;
  const auto it = rejected_.find(name.key);
  return it != rejected_.end() && !it->second.removed && it->second.inode == name.inode && Clock::now() < it->second.again;
}

Verdict StoreIndex::read(const StoreFolder& folder, const StoreName& name) {
  auto [file, verdict] = StoreFile::open(folder.path_of(name.key), name.key);
  if (verdict.reason == MissReason::other_version && versions_.size() < kVersionsMax) versions_.insert(file.header().version);
  if (verdict.reason != MissReason::none) return verdict;
  files_.insert_or_assign(name.key, Known{file.header(), name.inode});
  by_tokens_[tokens_of(file.header())].push_back(name.key);
  good_bytes_ += file.header().file_bytes();
  return verdict;
}

Result<std::vector<std::pair<StoreKey, Verdict>>> StoreIndex::refresh(const StoreFolder& folder) {
  std::vector<std::pair<StoreKey, Verdict>> turned_away;
  const auto changed = folder.changed();
  if (changed && seen_at_ == changed) return turned_away;
  const auto now = wall_clock();
  SW_ASSIGN(const auto names, folder.names());

  std::unordered_set<StoreKey, Hash> there;
  for (const StoreName& name : names) there.insert(name.key);
  std::vector<StoreKey> gone;
  for (const auto& [key, known] : files_) {
    if (!there.contains(key)) gone.push_back(key);
  }
  for (const StoreKey& key : gone) drop(key);
  std::erase_if(rejected_, [&](const auto& r) { return !r.second.removed && !there.contains(r.first); });

  for (const StoreName& name : names) {
    if (is_known(name)) continue;
    drop(name.key);
    Verdict verdict = read(folder, name);
    if (verdict.reason == MissReason::none || verdict.reason == MissReason::gone) continue;
    rejected_.insert_or_assign(name.key, Rejected{verdict.reason, name.inode, false, {}});
    turned_away.emplace_back(name.key, std::move(verdict));
  }
  seen_at_.reset();
  if (changed && now - *changed > kSettled) seen_at_ = changed;
  return turned_away;
}

StoreIndex::Found StoreIndex::find(const StoreHeader& expected, std::span<const int32_t> tokens, uint64_t longer_than) {
  Found found{std::nullopt, MissReason::absent};
  TokenHash hash;
  StoreHeader wanted = expected;
  uint64_t at = 0;
  for (auto it = by_tokens_.begin(); it != by_tokens_.end(); it = by_tokens_.lower_bound(Tokens{at + 1, 0, 0})) {
    const uint64_t length = std::get<0>(it->first);
    if (length > tokens.size()) break;
    hash.update(tokens.subspan(at, length - at));
    at = length;
    hash.put(wanted);
    const auto same = by_tokens_.find(tokens_of(wanted));
    if (same == by_tokens_.end()) continue;
    for (const StoreKey& key : same->second) {
      const StoreHeader& header = files_.at(key).header;
      const MissReason reason = compare(header, expected);
      if (reason == MissReason::none) found.entry = StoreEntry{length, header.file_bytes(), key};
      found.reason = found.entry && found.entry->length == length ? MissReason::none : reason;
    }
  }
  if (found.entry && found.entry->length > longer_than) return {found.entry, MissReason::none};
  if (found.reason == MissReason::none) found.reason = MissReason::not_longer;
  const MissReason rejected = why_rejected(expected, tokens, longer_than);
  return {std::nullopt, rejected != MissReason::none ? rejected : found.reason};
}

// The name says which tokens a file is of even when its header cannot be believed; the length is all that must be guessed.
MissReason StoreIndex::why_rejected(const StoreHeader& expected, std::span<const int32_t> tokens, uint64_t longer_than) {
  if (rejected_.empty()) return MissReason::none;
  TokenHash hash;
  StoreHeader wanted = expected;
  auto deepest = rejected_.end();
  for (size_t n = 1; n <= tokens.size(); ++n) {
    hash.update(tokens.subspan(n - 1, 1));
    if (n <= longer_than) continue;
    hash.put(wanted);
    for (const uint32_t version : versions_) {
      wanted.version = version;
      if (const auto it = rejected_.find(wanted.key()); it != rejected_.end()) deepest = it;
    }
  }
  if (deepest == rejected_.end()) return MissReason::none;
  const MissReason reason = deepest->second.reason;
  if (deepest->second.removed) rejected_.erase(deepest);
  return reason;
}

void StoreIndex::reject(const StoreKey& key, MissReason reason, bool removed) {
  uint64_t inode = 0;
  if (const auto it = files_.find(key); it != files_.end()) inode = it->second.inode;
  if (const auto it = rejected_.find(key); it != rejected_.end()) inode = it->second.inode;
  drop(key);
  if (removed && rejected_.size() >= kRemovedMax) return;
  const bool passing = reason == MissReason::unreadable || reason == MissReason::no_memory;
  rejected_.insert_or_assign(key, Rejected{reason, inode, removed, passing ? Clock::now() + kAgain : Clock::time_point::max()});
}

void StoreIndex::drop(const StoreKey& key) {
  rejected_.erase(key);
  const auto it = files_.find(key);
  if (it == files_.end()) return;
  good_bytes_ -= it->second.header.file_bytes();
  const auto tokens = by_tokens_.find(tokens_of(it->second.header));
  std::erase(tokens->second, key);
  if (tokens->second.empty()) by_tokens_.erase(tokens);
  files_.erase(it);
}

}  // namespace sw
