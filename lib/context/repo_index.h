// The index of one workspace: a record for each file, kept up to date by walks or by lists of changed paths.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/control.h"
#include "base/status.h"
#include "context/file_record.h"
#include "context/index_store.h"
#include "context/walk.h"

namespace sw {

struct IndexedFile {
  std::string path;  // relative to the workspace
  ContentHash hash{};
  const Language* language = nullptr;
  std::shared_ptr<const FileRecord> record;
};

// The index at one moment. Immutable: any thread may read it while the index goes on.
struct IndexSnapshot {
  std::shared_ptr<const WorkspaceFiles> workspace;
  std::vector<std::shared_ptr<const IndexedFile>> files;  // by path
  uint64_t version = 0;                                   // rises with each change of `files`

  // -1 when there is none.
  ptrdiff_t find(std::string_view path) const;
};

struct IndexOptions {
  std::string store_folder;  // "": memory only
  int n_threads = 2;         // 1 or 2
  WalkOptions walk;
};

struct IndexStats {
  uint64_t files = 0, lines = 0, bytes = 0, chunks = 0, definitions = 0;
  uint64_t skeleton_bytes = 0, memory_bytes = 0;
  SkipCounts skipped{};  // of the last whole walk, and by contents
  // Of the last update.
  uint64_t unchanged = 0;     // by size and time
  uint64_t reread = 0;        // read and hashed
  uint64_t from_store = 0;    // records that the disk had
  uint64_t made = 0;          // records that had to be made
  uint64_t unreadable = 0;    // files, counted in `skipped` too
  std::string store_trouble;  // "" when there is no store or no trouble
};

// One update at a time, others wait; snapshot() and stats() never wait for one.
class RepoIndex {
 public:
  // Opens, reads nothing yet: the snapshot is empty until update(). Errors: not_found, io; argument for n_threads or a store folder
  // that is not the user's alone.
  static Result<std::shared_ptr<RepoIndex>> open(const std::string& folder, IndexOptions options);

  // Walks the whole workspace. Progress in files, of all that were found; callbacks come from the calling thread. After an error, cancel
  // included, what was done stays and the rest is as it was.
  Status update(const Control& control);
  // Looks at these paths only, relative to the workspace. A folder, an ignore file or a path that cannot be judged alone makes it a
  // whole walk.
  Status update(const std::vector<std::string>& paths, const Control& control);

  std::shared_ptr<const IndexSnapshot> snapshot() const;
  IndexStats stats() const;

 private:
  // What is known of a path: indexed or skipped.
  struct Known {
    SeenFile seen;
    std::shared_ptr<const IndexedFile> file;  // null when skipped
  };
  using KnownFiles = std::unordered_map<std::string, Known>;
  struct Work;

  RepoIndex(std::shared_ptr<const WorkspaceFiles> files, IndexOptions options, std::unique_ptr<IndexStore> store, std::string name)
      : files_(std::move(files)), options_(std::move(options)), store_(std::move(store)), name_(std::move(name)) {}

  Status look_at(const std::vector<FoundFile>& found, const Control& control, IndexStats& report);
  void work(Work& work, const Control& control) const;
  Status look_at_one(const FoundFile& found, const Known* before, Work& work, const Control& control, Known& now) const;
  Result<std::shared_ptr<const FileRecord>> record_of(const std::string& text, const RecordKey& key, const Language* language, Work& work,
                                                      const Control& control) const;
  void load_seen();
  void publish(IndexStats report);

  const std::shared_ptr<const WorkspaceFiles> files_;
  const IndexOptions options_;
  const std::unique_ptr<IndexStore> store_;  // null: memory only
  const std::string name_;                   // of the workspace, in the store

  std::mutex updating_;
  KnownFiles known_;                                       // guarded by updating_
  std::unordered_map<std::string, SeenFile> seen_before_;  // by an earlier process; guarded by updating_
  bool seen_loaded_ = false;
  SkipCounts walk_skipped_{};  // by the last walk; guarded by updating_

  mutable std::mutex publishing_;
  std::shared_ptr<const IndexSnapshot> snapshot_;  // guarded by publishing_, as is stats_
  IndexStats stats_;
};

}  // namespace sw
