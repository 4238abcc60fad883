#include "serve/lsp.h"

#include <algorithm>

namespace sw::tool {
namespace {

constexpr int kDepthMax = 100;  // no message of the protocol is nested half as deep

bool too_deep(std::string_view body) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDepthMax) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

// The code unit of a "\uXXXX" at `at`, or -1.
int escaped_unit(std::string_view body, size_t at) {
  if (at + 6 > body.size() || body[at] != '\\' || body[at + 1] != 'u') return -1;
  int unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) {
    const char c = body[i];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool is_high(int unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low(int unit) {
  return unit >= 0xdc00 && unit < 0xe000;
}

std::string without_lone_surrogates(std::string_view body) {
  std::string out(body);
  for (size_t at = out.find('\\'); at != std::string::npos; at = out.find('\\', at)) {
    const int unit = escaped_unit(out, at);
    if (is_high(unit) && is_low(escaped_unit(out, at + 6))) {
      at += 12;
    } else if (is_high(unit) || is_low(unit)) {
      out.replace(at, 6, "\\ufffd");
      at += 6;
    } else {
      at += 2;
    }
  }
  return out;
}

// The first string that is a member `name` of anything in a part of a message. Within strings quotes are escaped: what looks like a member is one.
std::string string_member(std::string_view part, const std::string& name) {
  const std::string key = '"' + name + '"';
  for (size_t at = part.find(key); at != part.npos; at = part.find(key, at + 1)) {
    const size_t colon = part.find_first_not_of(" \t\r\n", at + key.size());
    const size_t begin = colon == part.npos || part[colon] != ':' ? part.npos : part.find_first_not_of(" \t\r\n", colon + 1);
    if (begin == part.npos || part[begin] != '"') continue;
    size_t end = begin + 1;
    while (end < part.size() && part[end] != '"') end += part[end] == '\\' ? 2 : 1;
    if (end >= part.size()) continue;
    const Json value = Json::parse(part.substr(begin, end + 1 - begin), nullptr, false);
    if (value.is_string()) return value.get<std::string>();
  }
  return "";
}

}  // namespace

PassedOver passed_over(std::string_view ends) {
  const size_t begin = ends.find_first_not_of(" \t\r\n");
  return {begin != ends.npos && ends[begin] == '{', string_member(ends, "method"), string_member(ends, "uri"), string_member(ends, "languageId")};
}

bool may_hold_text(const PassedOver& message) {
  if (!message.is_object) return false;
  return message.method.empty() || message.method == "textDocument/didOpen" || message.method == "textDocument/didChange";
}

std::optional<Json> parse_message(std::string_view body, std::string& why) {
  if (too_deep(body)) {
    why = "nested more than " + std::to_string(kDepthMax) + " deep";
    return std::nullopt;
  }
  try {
    Json message = body.find("\\ud") == body.npos && body.find("\\uD") == body.npos ? Json::parse(body) : Json::parse(without_lone_surrogates(body));
    if (message.is_object()) return message;
    why = "a message is one object; batches are no part of the protocol";
  } catch (const Json::exception& error) {
    why = error.what();
  }
  return std::nullopt;
}

Json result_message(const Json& id, Json result) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

Json error_message(const Json& id, int code, const std::string& text) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", text}}}};
}

Json notification(const std::string& method, Json params) {
  return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
}

Json request_message(const Json& id, const std::string& method, Json params) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
}

bool is_request(const Json& message) {
  return member(message, "method").is_string() && (member(message, "id").is_string() || member(message, "id").is_number_integer());
}
bool is_notification(const Json& message) {
  return member(message, "method").is_string() && !message.contains("id");
}
bool is_response(const Json& message) {
  return !message.contains("method") && message.contains("id");
}

const Json& member(const Json& object, const char* name) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(name);
  return found == object.end() ? null : *found;
}

std::string text_of(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : "";
}

std::optional<Position> position_of(const Json& json) {
  const Json& line = member(json, "line");
  const Json& character = member(json, "character");
  if (!line.is_number_unsigned() || !character.is_number_unsigned()) return std::nullopt;
  return Position{line.get<uint64_t>(), character.get<uint64_t>()};
}

// What the text is kept in comes first; without a word of the client it is what LSP began with.
Encoding chosen_encoding(const Json& initialize_params) {
  const Json& offered = member(member(member(initialize_params, "capabilities"), "general"), "positionEncodings");
  const auto offers = [&](const char* name) { return offered.is_array() && std::find(offered.begin(), offered.end(), name) != offered.end(); };
  if (offers("utf-8")) return Encoding::utf8;
  return !offers("utf-16") && offers("utf-32") ? Encoding::utf32 : Encoding::utf16;
}

Json initialize_result(Encoding encoding) {
  constexpr const char* kNames[] = {"utf-8", "utf-16", "utf-32"};
  return {{"capabilities",
           {{"positionEncoding", kNames[static_cast<int>(encoding)]},
            {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", true}}},
            {"inlineCompletionProvider", {{"workDoneProgress", true}}},
            {"executeCommandProvider", {{"commands", {"sidewinder.didAccept"}}}}}},
          {"serverInfo", {{"name", "sidewinder"}, {"version", sw_version()}}}};
}

}  // namespace sw::tool
