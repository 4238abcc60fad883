#include "input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <nlohmann/json.hpp>

#include "interrupt.h"
#include "terminal.h"

namespace sw::tool {
namespace {

class File {
 public:
  explicit File(const std::string& path) : fd_(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ > STDERR_FILENO) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Outcome too_long(const std::string& name) {
  return bad_input(name + ": longer than " + readable_bytes(kTextBytesMax) + ", the most that is read");
}

Outcome id_of(const nlohmann::json& value, size_t i, const std::string& name, int32_t& out) {
  const std::string where = name + ": ids[" + std::to_string(i) + "] ";
  if (!value.is_number_integer()) return bad_input(where + "is " + value.dump().substr(0, 40) + ", not a whole number");
  constexpr int64_t largest = std::numeric_limits<int32_t>::max();
  const bool huge = value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(largest);
  if (huge || value.get<int64_t>() > largest || value.get<int64_t>() < 0) {
    return bad_input(where + "is " + value.dump() + ", which is no token id");
  }
  out = value.get<int32_t>();
  return success();
}

}  // namespace

std::string display_name(const std::string& path) {
  return path == "-" ? "standard input" : path;
}

Outcome read_text(const std::string& path, std::string& out) {
  const std::string name = display_name(path);
  const File file(path);
  if (file.fd() < 0) return from_errno(errno, kExitBadInput, name);
  struct stat status = {};
  if (fstat(file.fd(), &status) != 0) return from_errno(errno, kExitBadInput, name);
  if (S_ISDIR(status.st_mode)) return from_errno(EISDIR, kExitBadInput, name);

  size_t expected = size_t{64} << 10;
  if (S_ISREG(status.st_mode)) {
    if (static_cast<uint64_t>(status.st_size) > kTextBytesMax) return too_long(name);
    expected = static_cast<size_t>(status.st_size) + 1;  // one more, to see the end at once
  }
  out.clear();
  for (size_t length = 0;;) {
    if (out.size() == length) out.resize(std::max(expected, length * 2));
    const ssize_t n = read(file.fd(), out.data() + length, out.size() - length);
    if (interrupted()) return interrupted_outcome();
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return from_errno(errno, kExitBadInput, name);
    length += static_cast<size_t>(n);
    if (length > kTextBytesMax) return too_long(name);
    if (n == 0) {
      out.resize(length);
      return success();
    }
  }
}

Outcome parse_ids(const std::string& text, const std::string& name, std::vector<int32_t>& out) {
  nlohmann::json document;
  try {
    document = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return bad_input(name + ": not JSON at byte " + std::to_string(error.byte == 0 ? 0 : error.byte - 1));
  }
  if (document.is_object()) {
    const auto found = document.find("ids");
    if (found == document.end()) return bad_input(name + ": an object without \"ids\"");
    nlohmann::json ids = std::move(*found);
    document = std::move(ids);
  }
  if (!document.is_array()) return bad_input(name + ": not a JSON list of token ids");
  out.clear();
  out.reserve(document.size());
  for (size_t i = 0; i < document.size(); ++i) {
    int32_t id = 0;
    SW_TRY(id_of(document[i], i, name, id));
    out.push_back(id);
  }
  return success();
}

Outcome read_ids(const std::string& path, std::vector<int32_t>& out) {
  std::string text;
  SW_TRY(read_text(path, text));
  return parse_ids(text, display_name(path), out);
}

Outcome check_ids(const std::vector<int32_t>& ids, int32_t vocab_size, const std::string& name) {
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= vocab_size) {
      return bad_input(name + ": ids[" + std::to_string(i) + "] is " + std::to_string(ids[i]) +
                       ", outside the vocabulary of " + std::to_string(vocab_size));
    }
  }
  return success();
}

}  // namespace sw::tool
