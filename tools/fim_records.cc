#include "fim_records.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "input.h"

namespace sw::tool {
namespace {

Json result_json(const FimResult& result) {
  const Judgement& j = result.judgement;
  Json json{{"budget", result.budget},
            {"context_tokens", result.context_tokens},
            {"prompt_tokens", result.prompt_tokens},
            {"shown", result.shown},
            {"finish", result.finish},
            {"exact", j.exact},
            {"similarity", j.similarity},
            {"has_name", j.has_name},
            {"ended", j.ended},
            {"ms", result.ms}};
  if (!result.prompt.empty()) json["prompt"] = result.prompt;
  return json;
}

Json record_json(const FimRecord& record) {
  Json json{{"hole", hole_json(record.hole)}, {"results", Json::array()}};
  for (const FimResult& result : record.results) json["results"].push_back(result_json(result));
  return json;
}

FimHole parse_hole(const Json& json) {
  return {json.at("package"), json.at("path"), json.at("language"), json.at("kind"), json.at("name"),
          json.at("begin"),   json.at("end"),  json.at("line"),     json.at("text")};
}

FimResult parse_result(const Json& json) {
  FimResult result;
  result.budget = json.at("budget");
  result.context_tokens = json.at("context_tokens");
  result.prompt_tokens = json.at("prompt_tokens");
  result.shown = json.at("shown");
  result.finish = json.at("finish");
  result.judgement = {json.at("exact"), json.at("similarity"), json.at("has_name"), json.at("ended")};
  result.ms = json.at("ms");
  return result;
}

FimSettings parse_settings(const Json& json) {
  FimSettings settings;
  settings.model = json.at("model");
  settings.model_name = json.at("model_name");
  settings.budgets = json.at("budgets").get<std::vector<uint32_t>>();
  settings.mode = json.at("mode");
  settings.prefix_bytes = json.at("prefix_bytes");
  settings.suffix_bytes = json.at("suffix_bytes");
  if (settings.budgets.empty() || settings.budgets[0] != 0) throw std::runtime_error("its first budget is not 0");
  return settings;
}

FimRecord parse_record(const Json& json, const std::vector<uint32_t>& budgets) {
  FimRecord record;
  record.hole = parse_hole(json.at("hole"));
  for (const Json& result : json.at("results")) record.results.push_back(parse_result(result));
  const auto same = [](const FimResult& result, uint32_t budget) { return result.budget == budget; };
  if (!std::equal(record.results.begin(), record.results.end(), budgets.begin(), budgets.end(), same)) {
    throw std::runtime_error("its budgets are not those of the settings");
  }
  return record;
}

// One line of a file: its first holds the settings.
void parse_line(const std::string& line, bool is_first, FimFile& out) {
  const Json json = Json::parse(line);
  if (is_first) {
    out.settings = parse_settings(json.at("settings"));
  } else {
    out.records.push_back(parse_record(json, out.settings.budgets));
  }
}

}  // namespace

Json hole_json(const FimHole& hole) {
  return Json{{"package", hole.package}, {"path", hole.path}, {"language", hole.language}, {"kind", hole.kind}, {"name", hole.name},
              {"begin", hole.begin},     {"end", hole.end},   {"line", hole.line},         {"text", hole.text}};
}

Json settings_json(const FimSettings& settings) {
  return Json{{"model", settings.model},
              {"model_name", settings.model_name},
              {"budgets", settings.budgets},
              {"mode", settings.mode},
              {"prefix_bytes", settings.prefix_bytes},
              {"suffix_bytes", settings.suffix_bytes}};
}

Outcome read_fim_file(const std::string& path, FimFile& out) {
  std::string text;
  SW_TRY(read_text(path, text));
  size_t n_lines = 0;
  for (size_t begin = 0, end = 0; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    ++n_lines;
    try {
      parse_line(text.substr(begin, end - begin), n_lines == 1, out);
    } catch (const std::exception& error) {  // nlohmann::json speaks by exceptions
      return bad_input(path + ", line " + std::to_string(n_lines) + ": not what eval fim writes: " + error.what());
    }
    out.whole_bytes = end + 1;
  }
  return success();
}

FimWriter::~FimWriter() {
  if (fd_ >= 0) close(fd_);
}

Outcome FimWriter::open(const std::string& path, const FimSettings& settings, std::vector<FimRecord>& before) {
  path_ = path;
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd_ < 0) return from_errno(errno, kExitFailed, path);
  struct stat status = {};
  if (fstat(fd_, &status) != 0) return from_errno(errno, kExitFailed, path);
  if (!S_ISREG(status.st_mode)) return usage_error(path + " is no regular file: records are read from it again");
  if (flock(fd_, LOCK_EX | LOCK_NB) != 0) return usage_error(path + ": another run writes to it; wait for its end, or name another file");
  FimFile file;
  SW_TRY(read_fim_file(path, file));
  if (file.whole_bytes == 0) {
    if (ftruncate(fd_, 0) != 0) return from_errno(errno, kExitFailed, path);
    return write_line(Json{{"settings", settings_json(settings)}});
  }
  if (!(file.settings == settings)) {
    return usage_error(path + " was written with other settings, " + json_text(settings_json(file.settings)) + " and not " +
                       json_text(settings_json(settings)) + ": name another file");
  }
  if (ftruncate(fd_, static_cast<off_t>(file.whole_bytes)) != 0) return from_errno(errno, kExitFailed, path);
  before = std::move(file.records);
  return success();
}

Outcome FimWriter::write(const FimRecord& record) { return fd_ < 0 ? success() : write_line(record_json(record)); }

Outcome FimWriter::write_line(const Json& json) {
  const std::string line = json_text(json) + "\n";
  for (size_t at = 0; at < line.size();) {
    const ssize_t n = ::write(fd_, line.data() + at, line.size() - at);
    if (n < 0 && errno != EINTR) return from_errno(errno, kExitFailed, path_);
    if (n > 0) at += static_cast<size_t>(n);
  }
  return success();
}

}  // namespace sw::tool
