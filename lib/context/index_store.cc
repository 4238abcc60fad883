#include "context/index_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace sw {
namespace {

constexpr int kApplicationId = 0x53574958;  // "SWIX"
// Raise it whenever records would come out otherwise from the same text: other chunks, other queries, other fields.
constexpr int kSchemaVersion = 1;
constexpr int kBusyMs = 5000;
constexpr size_t kPendingMax = 256;
constexpr int kRemakeMax = 2;

constexpr const char* kRecordsTable =
    "CREATE TABLE records(hash BLOB NOT NULL, language TEXT NOT NULL, record BLOB NOT NULL, PRIMARY KEY(hash, language)) WITHOUT ROWID";
constexpr const char* kSeenTable =
    "CREATE TABLE seen(workspace TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, changed_ns INTEGER NOT NULL, hash BLOB NOT "
    "NULL, "
    "skipped INTEGER NOT NULL, PRIMARY KEY(workspace, path)) WITHOUT ROWID";

bool is_broken(int result) { return result == SQLITE_CORRUPT || result == SQLITE_NOTADB || result == SQLITE_FORMAT; }

std::string_view blob(sqlite3_stmt* row, int column) {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(row, column));
  return data == nullptr ? std::string_view() : std::string_view(data, static_cast<size_t>(sqlite3_column_bytes(row, column)));
}

void bind(sqlite3_stmt* statement, int i, std::string_view text) {
  sqlite3_bind_text(statement, i, text.data() == nullptr ? "" : text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}
void bind(sqlite3_stmt* statement, int i, const ContentHash& hash) {
  sqlite3_bind_blob(statement, i, hash.data(), static_cast<int>(hash.size()), SQLITE_STATIC);
}
void bind(sqlite3_stmt* statement, int i, int64_t value) { sqlite3_bind_int64(statement, i, value); }

std::optional<SeenFile> read_seen(sqlite3_stmt* row) {
  SeenFile file;
  file.size = static_cast<uint64_t>(sqlite3_column_int64(row, 1));
  file.changed_ns = sqlite3_column_int64(row, 2);
  const std::string_view hash = blob(row, 3);
  const int64_t skipped = sqlite3_column_int64(row, 4);
  if (hash.size() != file.hash.size() || skipped < -1 || skipped >= static_cast<int64_t>(kSkipReasons)) return {};
  std::memcpy(file.hash.data(), hash.data(), hash.size());
  if (skipped >= 0) file.skipped = static_cast<SkipReason>(skipped);
  return file;
}

// The folder, made for its owner only. Who can write an index can make the model read anything.
Status make_folder(const std::string& folder) {
  std::error_code failed;
  const std::filesystem::path above = std::filesystem::path(folder).parent_path();
  if (!above.empty()) std::filesystem::create_directories(above, failed);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return error(Code::io, "%s: %s", folder.c_str(), std::strerror(errno));
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return error(Code::io, "%s: %s", folder.c_str(), std::strerror(errno));
  if (!S_ISDIR(info.st_mode)) return error(Code::io, "%s: not a folder", folder.c_str());
  if (info.st_uid != ::geteuid() || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return error(Code::argument, "%s: others own it or can write to it; an index must be its owner's alone", folder.c_str());
  }
  return {};
}

}  // namespace

// A prepared statement, ready to be bound; reset when it goes.
class IndexStore::Statement {
 public:
  Statement(IndexStore& store, const char* sql) {
    sqlite3_stmt*& kept = store.prepared_[sql];
    if (kept == nullptr) result_ = sqlite3_prepare_v3(store.database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &kept, nullptr);
    statement_ = kept;
  }
  ~Statement() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <class... Values>
  Statement& with(const Values&... values) {
    int i = 0;
    (bind(statement_, ++i, values), ...);
    return *this;
  }
  int step() { return result_ != SQLITE_OK ? result_ : sqlite3_step(statement_); }
  sqlite3_stmt* row() { return statement_; }

 private:
  sqlite3_stmt* statement_ = nullptr;
  int result_ = SQLITE_OK;
};

Result<std::unique_ptr<IndexStore>> IndexStore::open(const std::string& folder) {
  SW_TRY(make_folder(folder));
  std::unique_ptr<IndexStore> store(new IndexStore(folder + '/' + kFileName));
  const std::lock_guard lock(store->mutex_);
  store->open_database();
  return store;
}

IndexStore::~IndexStore() {
  flush();
  close();
}

void IndexStore::close() {
  for (auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
  prepared_.clear();
  sqlite3_close(database_);
  database_ = nullptr;
}

bool IndexStore::execute(const char* sql) { return sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }

// What is there is used if it is ours; else it goes, and a new one takes its place.
bool IndexStore::open_database() {
  for (; n_remade_ <= kRemakeMax; ++n_remade_) {
    const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);  // SQLite's own would be readable by others
    if (fd >= 0) ::close(fd);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
    if (fd >= 0 && sqlite3_open_v2(path_.c_str(), &database_, flags, nullptr) == SQLITE_OK && set_up()) return true;
    const int result = database_ == nullptr ? SQLITE_CANTOPEN : sqlite3_errcode(database_);
    trouble_ = database_ == nullptr ? std::strerror(errno) : sqlite3_errmsg(database_);
    close();
    if (result == SQLITE_BUSY || result == SQLITE_LOCKED || result == SQLITE_CANTOPEN || result == SQLITE_READONLY || result == SQLITE_FULL)
      return false;
    for (const char* end : {"", "-wal", "-shm", "-journal"}) ::unlink((path_ + end).c_str());
  }
  return false;
}

bool IndexStore::set_up() {
  sqlite3_busy_timeout(database_, kBusyMs);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  if (!execute("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")) return false;
  if (!execute("BEGIN IMMEDIATE")) return false;
  {
    Statement tables(*this, "SELECT count(*) FROM sqlite_schema");
    if (tables.step() != SQLITE_ROW) return false;
    if (sqlite3_column_int64(tables.row(), 0) > 0) {
      const bool ours = is_ours();
      return execute("COMMIT") && ours;
    }
  }
  const std::string ids =
      "PRAGMA application_id=" + std::to_string(kApplicationId) + "; PRAGMA user_version=" + std::to_string(kSchemaVersion);
  return execute(ids.c_str()) && execute(kRecordsTable) && execute(kSeenTable) && execute("COMMIT");
}

// The tables are those of this version, word for word, and there is nothing else.
bool IndexStore::is_ours() {
  const auto number = [&](const char* pragma) {
    Statement asked(*this, pragma);
    return asked.step() == SQLITE_ROW ? sqlite3_column_int64(asked.row(), 0) : -1;
  };
  if (number("PRAGMA application_id") != kApplicationId || number("PRAGMA user_version") != kSchemaVersion) return false;
  Statement schema(*this, "SELECT sql FROM sqlite_schema ORDER BY name");
  for (const char* table : {kRecordsTable, kSeenTable}) {
    if (schema.step() != SQLITE_ROW || blob(schema.row(), 0) != table) return false;
  }
  return schema.step() == SQLITE_DONE;
}

bool IndexStore::done(int result) {
  if (result == SQLITE_DONE || result == SQLITE_ROW) return true;
  trouble_ = sqlite3_errmsg(database_);
  if (!is_broken(result & 0xff)) return false;
  close();
  for (const char* end : {"", "-wal", "-shm"}) ::unlink((path_ + end).c_str());
  ++n_remade_;
  open_database();
  return false;
}

int IndexStore::write(const PendingRecord& pending) {
  Statement insert(*this, "INSERT OR REPLACE INTO records(hash, language, record) VALUES(?1, ?2, ?3)");
  insert.with(pending.key.hash, std::string_view(pending.key.language));
  sqlite3_bind_blob64(insert.row(), 3, pending.bytes.data(), pending.bytes.size(), SQLITE_STATIC);
  return insert.step();
}

int IndexStore::write(const PendingSeen& pending) {
  if (!pending.file) {
    Statement remove(*this, "DELETE FROM seen WHERE workspace=?1 AND path=?2");
    return remove.with(std::string_view(pending.workspace), std::string_view(pending.path)).step();
  }
  const SeenFile& file = *pending.file;
  Statement insert(*this, "INSERT OR REPLACE INTO seen(workspace, path, size, changed_ns, hash, skipped) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  const int64_t skipped = file.skipped ? static_cast<int64_t>(*file.skipped) : -1;
  insert.with(std::string_view(pending.workspace), std::string_view(pending.path), static_cast<int64_t>(file.size), file.changed_ns,
              file.hash, skipped);
  return insert.step();
}

// All of it or nothing; what cannot be written is not kept, and made again by the next process.
void IndexStore::write_pending() {
  const auto records = std::exchange(records_, {});
  const auto seen = std::exchange(seen_, {});
  if (database_ == nullptr || (records.empty() && seen.empty())) return;
  int result = execute("BEGIN IMMEDIATE") ? SQLITE_DONE : sqlite3_errcode(database_);
  for (size_t i = 0; i < records.size() && result == SQLITE_DONE; ++i) result = write(records[i]);
  for (size_t i = 0; i < seen.size() && result == SQLITE_DONE; ++i) result = write(seen[i]);
  if (result == SQLITE_DONE && !execute("COMMIT")) result = sqlite3_errcode(database_);
  if (!done(result) && database_ != nullptr) (void)execute("ROLLBACK");
}

std::unordered_map<std::string, SeenFile> IndexStore::seen(const std::string& workspace) {
  const std::lock_guard lock(mutex_);
  std::unordered_map<std::string, SeenFile> out;
  if (database_ == nullptr) return out;
  int result = SQLITE_ROW;
  {
    Statement rows(*this, "SELECT path, size, changed_ns, hash, skipped FROM seen WHERE workspace=?1");
    rows.with(std::string_view(workspace));
    while ((result = rows.step()) == SQLITE_ROW) {
      if (const auto file = read_seen(rows.row())) out.emplace(blob(rows.row(), 0), *file);
    }
  }
  if (!done(result)) out.clear();
  return out;
}

std::shared_ptr<const FileRecord> IndexStore::find(const RecordKey& key) {
  const std::lock_guard lock(mutex_);
  if (database_ == nullptr) return nullptr;
  std::shared_ptr<const FileRecord> record;
  int result = SQLITE_DONE;
  {
    Statement rows(*this, "SELECT record FROM records WHERE hash=?1 AND language=?2");
    rows.with(key.hash, std::string_view(key.language));
    result = rows.step();
    if (result == SQLITE_ROW) record = read_record(blob(rows.row(), 0));
  }
  return done(result) ? record : nullptr;
}

void IndexStore::keep(const RecordKey& key, const FileRecord& record) {
  std::string bytes = write_record(record);
  const std::lock_guard lock(mutex_);
  records_.push_back({key, std::move(bytes)});
  if (records_.size() >= kPendingMax) write_pending();
}

void IndexStore::keep_seen(const std::string& workspace, const std::string& path, const std::optional<SeenFile>& file) {
  const std::lock_guard lock(mutex_);
  seen_.push_back({workspace, path, file});
  if (seen_.size() >= kPendingMax) write_pending();
}

void IndexStore::flush() {
  const std::lock_guard lock(mutex_);
  write_pending();
}

void IndexStore::remove_unused() {
  const std::lock_guard lock(mutex_);
  write_pending();
  if (database_ != nullptr) (void)execute("DELETE FROM records WHERE hash NOT IN (SELECT hash FROM seen)");
}

std::string IndexStore::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace sw
