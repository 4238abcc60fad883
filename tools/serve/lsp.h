// JSON-RPC messages of the language server protocol: reading them without trust, and making them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json_output.h"
#include "serve/document.h"

namespace sw::tool {

enum RpcError : int {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kServerNotInitialized = -32002,
  kRequestFailed = -32803,
  kRequestCancelled = -32800
};

// The version of what daemon and forwarder say to each other.
inline constexpr int kProtocolVersion = 1;

// A message, or why the bytes are none. Halves of surrogate pairs, which editors do send, become U+FFFD: as wide, so columns stay right.
std::optional<Json> parse_message(std::string_view body, std::string& why);

// What can be told of a message that was too large to be read, by its ends; "" for what they do not show.
struct PassedOver {
  bool is_object = false;
  std::string method, uri, language;
};
PassedOver passed_over(std::string_view ends);
// Whether it may have been a document's text or a change of it: also when nobody can say.
bool may_hold_text(const PassedOver& message);
inline constexpr const char* kPassedOver = "a message of more than 32 MiB was passed over";

Json result_message(const Json& id, Json result);
Json error_message(const Json& id, int code, const std::string& text);
Json notification(const std::string& method, Json params);
Json request_message(const Json& id, const std::string& method, Json params);

bool is_request(const Json& message);
bool is_notification(const Json& message);
bool is_response(const Json& message);

// The member `name` of an object, or null. Never throws.
const Json& member(const Json& object, const char* name);
std::string text_of(const Json& object, const char* name);  // "" when it is no string
std::optional<Position> position_of(const Json& json);

Encoding chosen_encoding(const Json& initialize_params);
Json initialize_result(Encoding encoding);

}  // namespace sw::tool
