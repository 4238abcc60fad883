#include "corpus.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "input.h"
#include "interrupt.h"
#include "json_output.h"
#include "terminal.h"

namespace sw::tool {
namespace {

constexpr size_t kFileBytesMax = size_t{256} << 20;
constexpr size_t kBlockBytes = size_t{1} << 20;

namespace fs = std::filesystem;

// What was read so far, on the screen.
class Reader {
 public:
  explicit Reader(const VisitFile& visit) : visit_(visit), progress_("reading", Progress::Unit::bytes) {}

  Outcome read(const std::string& path) {
    if (path == "-") return read_lines(stdin, display_name(path));
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status)) return read_folder(path);
    return path.ends_with(".jsonl") ? read_lines_of(path) : read_file(path, path);
  }

 private:
  Outcome take(std::string_view text, const std::string& place) {
    visit_(text, place);
    n_bytes_ += text.size();
    progress_.say(readable_bytes(n_bytes_));
    return interrupted() ? interrupted_outcome() : success();
  }

  Outcome read_folder(const std::string& folder) {
    std::vector<std::string> paths;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      if (at->is_regular_file(error) && !at->is_symlink(error)) paths.push_back(at->path().string());
    }
    if (error) return from_errno(error.value(), kExitBadInput, folder);
    std::sort(paths.begin(), paths.end());
    for (const std::string& path : paths) SW_TRY(path.ends_with(".jsonl") ? read_lines_of(path) : read_file(path, path));
    return success();
  }

  Outcome read_file(const std::string& path, const std::string& place) {
    std::error_code error;
    const auto n_bytes = fs::file_size(path, error);
    if (error) return from_errno(error.value(), kExitBadInput, path);
    if (n_bytes > kFileBytesMax) return bad_input(path + " is larger than 256 MiB: no source file; leave it out");
    std::string text;
    SW_TRY(read_text(path, text));
    return take(text, place);
  }

  Outcome read_lines_of(const std::string& path) {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
    return file == nullptr ? from_errno(errno, kExitBadInput, path) : read_lines(file.get(), path);
  }

  Outcome read_lines(FILE* file, const std::string& name) {
    std::string held;
    size_t n_lines = 0;
    while (true) {
      const size_t before = held.size();
      held.resize(before + kBlockBytes);
      const size_t n = std::fread(held.data() + before, 1, kBlockBytes, file);
      held.resize(before + n);
      if (n == 0 && std::ferror(file) != 0) return from_errno(errno, kExitBadInput, name);
      if (n == 0 && !held.empty()) held += '\n';
      size_t begin = 0;
      for (size_t end = 0; (end = held.find('\n', std::max(begin, before))) != held.npos; begin = end + 1) {
        SW_TRY(take_line(std::string_view(held).substr(begin, end - begin), name, ++n_lines));
      }
      held.erase(0, begin);
      if (n == 0) return success();
      if (held.size() > kFileBytesMax) return bad_input(name + ", line " + std::to_string(n_lines + 1) + ": longer than 256 MiB");
    }
  }

  Outcome take_line(std::string_view line, const std::string& name, size_t number) {
    std::string text, place;
    try {
      const Json json = Json::parse(line);
      text = json.at("t");
      place = json.at("p").get<std::string>() + "/" + json.at("f").get<std::string>();
    } catch (const std::exception& error) {  // nlohmann::json speaks by exceptions
      return bad_input(name + ", line " + std::to_string(number) + ": not {\"p\": package, \"f\": path, \"t\": text}: " + error.what());
    }
    return take(text, place);
  }

  const VisitFile& visit_;
  Progress progress_;
  uint64_t n_bytes_ = 0;
};

}  // namespace

Outcome read_corpus(const std::vector<std::string>& paths, const VisitFile& visit) {
  Reader reader(visit);
  for (const std::string& path : paths) SW_TRY(reader.read(path));
  return success();
}

}  // namespace sw::tool
