// The index on disk: one SQLite database a folder, shared by workspaces and processes. A cache: what is broken, foreign or of another
// version is thrown away and made again; nothing of it is believed unchecked.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "context/file_record.h"
#include "context/skip.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sw {

// What was known of a path when it was last looked at.
struct SeenFile {
  uint64_t size = 0;
  int64_t changed_ns = 0;
  ContentHash hash{};
  std::optional<SkipReason> skipped;  // by its contents
};

// A record's name: its contents and what read them.
struct RecordKey {
  ContentHash hash;
  std::string language;  // "" for none
};

// Safe from many threads; calls wait for each other, and up to a few seconds for other processes. After an error that nothing can mend the
// store goes silent: it finds nothing and keeps nothing, and trouble() says why.
class IndexStore {
 public:
  // Makes `folder` and what is missing above it, for its owner only. Errors: io; argument for a folder that others own or can write to.
  static Result<std::unique_ptr<IndexStore>> open(const std::string& folder);
  ~IndexStore();

  // `workspace` names one: its absolute path.
  std::unordered_map<std::string, SeenFile> seen(const std::string& workspace);
  std::shared_ptr<const FileRecord> find(const RecordKey& key);
  // Queued, and written in one go when there is enough of it, or at flush(): other processes wait for no more than that.
  void keep(const RecordKey& key, const FileRecord& record);
  // Nothing: there is no such file any more.
  void keep_seen(const std::string& workspace, const std::string& path, const std::optional<SeenFile>& file);
  void flush();
  // Removes records that no path of any workspace has.
  void remove_unused();

  std::string trouble() const;  // "" when there was none
  static constexpr const char* kFileName = "index.sqlite";

 private:
  class Statement;
  explicit IndexStore(std::string path) : path_(std::move(path)) {}

  struct PendingRecord {
    RecordKey key;
    std::string bytes;
  };
  struct PendingSeen {
    std::string workspace, path;
    std::optional<SeenFile> file;
  };

  bool open_database();
  bool set_up();
  bool is_ours();
  void close();
  bool execute(const char* sql);
  void write_pending();
  int write(const PendingRecord& pending);
  int write(const PendingSeen& pending);
  // False when a statement failed; a broken database is thrown away and made again.
  bool done(int result);

  const std::string path_;
  mutable std::mutex mutex_;
  sqlite3* database_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> prepared_;
  std::vector<PendingRecord> records_;
  std::vector<PendingSeen> seen_;
  int n_remade_ = 0;
  std::string trouble_;
};

}  // namespace sw
