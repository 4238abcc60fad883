#include "record_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "input.h"

namespace sw::tool {

Outcome read_record_file(const std::string& path, const std::string& writer, const TakeRecord& take_settings, const TakeRecord& take,
                         uint64_t& whole_bytes) {
  std::string text;
  SW_TRY(read_text(path, text));
  whole_bytes = 0;
  size_t n_lines = 0;
  for (size_t begin = 0, end = 0; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    ++n_lines;
    try {
      const Json json = Json::parse(text.begin() + static_cast<ptrdiff_t>(begin), text.begin() + static_cast<ptrdiff_t>(end));
      if (n_lines == 1) {
        take_settings(json.at("settings"));
      } else {
        take(json);
      }
    } catch (const std::exception& error) {  // nlohmann::json speaks by exceptions
      return bad_input(path + ", line " + std::to_string(n_lines) + ": not what " + writer + " writes: " + error.what());
    }
    whole_bytes = end + 1;
  }
  return success();
}

RecordWriter::~RecordWriter() {
  if (fd_ >= 0) close(fd_);
}

Outcome RecordWriter::open(const std::string& path, const std::string& writer, const Json& settings, const TakeRecord& take) {
  path_ = path;
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd_ < 0) return from_errno(errno, kExitFailed, path);
  struct stat status = {};
  if (fstat(fd_, &status) != 0) return from_errno(errno, kExitFailed, path);
  if (!S_ISREG(status.st_mode)) return usage_error(path + " is no regular file: records are read from it again");
  if (flock(fd_, LOCK_EX | LOCK_NB) != 0) return usage_error(path + ": another run writes to it; wait for its end, or name another file");
  Json found;
  uint64_t whole_bytes = 0;
  const auto take_settings = [&](const Json& json) { found = json; };
  const auto take_own = [&](const Json& json) {
    if (found == settings) take(json);
  };
  SW_TRY(read_record_file(path, writer, take_settings, take_own, whole_bytes));
  if (whole_bytes > 0 && found != settings) {
    return usage_error(path + " was written with other settings, " + json_text(found) + " and not " + json_text(settings) + ": name another file");
  }
  if (ftruncate(fd_, static_cast<off_t>(whole_bytes)) != 0) return from_errno(errno, kExitFailed, path);
  return whole_bytes > 0 ? success() : write(Json{{"settings", settings}});
}

Outcome RecordWriter::write(const Json& record) {
  if (fd_ < 0) return success();
  const std::string line = json_text(record) + "\n";
  for (size_t at = 0; at < line.size();) {
    const ssize_t n = ::write(fd_, line.data() + at, line.size() - at);
    if (n < 0 && errno != EINTR) return from_errno(errno, kExitFailed, path_);
    if (n > 0) at += static_cast<size_t>(n);
  }
  return success();
}

}  // namespace sw::tool
