#include "trace.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>

#include "input.h"

namespace sw::tool {
namespace {

using Json = nlohmann::json;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

bool all_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// zlib's reader passes plain files through.
Outcome read_gzip(const std::string& path, std::string& out) {
  const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (file == nullptr) return from_errno(errno, kExitBadInput, path);
  std::vector<char> part(size_t{1} << 20);
  for (;;) {
    const int n = gzread(file.get(), part.data(), static_cast<unsigned>(part.size()));
    if (n < 0) {
      int code = 0;
      return bad_input(path + ": not a whole gzip file: " + gzerror(file.get(), &code));
    }
    if (n == 0) break;
    out.append(part.data(), static_cast<size_t>(n));
    if (out.size() > kTextBytesMax) return bad_input(path + ": more than 512 MiB when unpacked");
  }
  int code = Z_OK;
  (void)gzerror(file.get(), &code);
  return code == Z_OK || code == Z_STREAM_END ? success() : bad_input(path + ": the gzip file ends too early");
}

// "2020-09-10T04:23:15.000Z"; 0 when it is something else.
double seconds_of(const Json& time) {
  if (time.is_number()) return time.get<double>() / 1000;
  if (!time.is_string()) return 0;
  std::tm tm{};
  double seconds = 0;
  const int n = std::sscanf(time.get_ref<const std::string&>().c_str(), "%d-%d-%dT%d:%d:%lf", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                            &tm.tm_hour, &tm.tm_min, &seconds);
  if (n != 6) return 0;
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  return static_cast<double>(timegm(&tm)) + seconds;
}

bool is_patch(const Json& patch) {
  return patch.is_array() && patch.size() == 3 && patch[0].is_number_unsigned() && patch[1].is_number_unsigned() &&
         patch[2].is_string();
}

Outcome to_transaction(const Json& json, const std::string& where, Transaction& out) {
  if (!json.is_object() || !json.contains("patches") || !json["patches"].is_array()) {
    return bad_input(where + " is no object with a list \"patches\"");
  }
  if (json.contains("time")) out.time = seconds_of(json["time"]);
  for (const Json& patch : json["patches"]) {
    if (!is_patch(patch)) return bad_input(where + ": a patch is [position, n_deleted, \"inserted\"]");
    out.patches.push_back({patch[0].get<size_t>(), patch[1].get<size_t>(), patch[2].get<std::string>()});
  }
  return success();
}

}  // namespace

Outcome read_trace(const std::string& path, Trace& out) {
  std::string text;
  SW_TRY(read_gzip(path, text));
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return bad_input(path + ": not JSON");
  if (!json.is_object() || !json.contains("txns") || !json["txns"].is_array()) {
    return bad_input(path + ": not a trace: it has no list \"txns\"");
  }
  for (const auto& [key, content] : {std::pair{"startContent", &out.start}, std::pair{"endContent", &out.end}}) {
    if (!json.contains(key)) continue;
    if (!json[key].is_string()) return bad_input(path + ": \"" + key + "\" is no text");
    *content = json[key].get<std::string>();
  }
  for (const Json& transaction : json["txns"]) {
    const std::string where = path + ": transaction " + std::to_string(out.transactions.size());
    SW_TRY(to_transaction(transaction, where, out.transactions.emplace_back()));
  }
  return success();
}

TraceText::TraceText(std::string text) : text_(std::move(text)), is_ascii_(all_ascii(text_)) {}

size_t TraceText::offset_of(size_t from, size_t n_characters) const {
  if (is_ascii_) return n_characters <= text_.size() - from ? from + n_characters : std::string::npos;
  size_t at = from;
  for (; n_characters > 0 && at < text_.size(); --n_characters) {
    ++at;
    while (at < text_.size() && is_continuation(text_[at])) ++at;
  }
  return n_characters == 0 ? at : std::string::npos;
}

Outcome TraceText::apply(const Patch& patch, Edit& out) {
  out.begin = offset_of(0, patch.position);
  out.end = out.begin == std::string::npos ? out.begin : offset_of(out.begin, patch.n_deleted);
  if (out.end == std::string::npos) {
    return bad_input("the patch at character " + std::to_string(patch.position) + " lies off the text");
  }
  text_.replace(out.begin, out.end - out.begin, patch.text);
  is_ascii_ = is_ascii_ && all_ascii(patch.text);
  return success();
}

}  // namespace sw::tool
