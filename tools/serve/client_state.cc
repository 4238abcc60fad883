#include "serve/client_state.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "serve/privacy.h"

namespace sw::tool {
namespace {

// The edit that a content change means; without a range it is the whole text.
std::optional<Edit> edit_of(const Json& change, const Document& document, Encoding encoding) {
  const Json& text = member(change, "text");
  if (!text.is_string()) return std::nullopt;
  Edit edit = {0, document.text().size(), text.get<std::string>()};
  if (const Json& range = member(change, "range"); !range.is_null()) {
    const auto start = position_of(member(range, "start"));
    const auto end = position_of(member(range, "end"));
    if (!start || !end) return std::nullopt;
    edit.begin = document.offset(*start, encoding);
    edit.end = document.offset(*end, encoding);
    if (edit.begin > edit.end) std::swap(edit.begin, edit.end);
  }
  return edit;
}

int64_t version_of(const Json& params) {
  const Json& version = member(member(params, "textDocument"), "version");
  return version.is_number_integer() ? version.get<int64_t>() : 0;
}

}  // namespace

std::string uri_of(const Json& params) {
  return text_of(member(params, "textDocument"), "uri");
}

std::vector<std::string> ClientState::initialize(const Json& params) {
  encoding_ = chosen_encoding(params);
  const Json& progress = member(member(member(params, "capabilities"), "window"), "workDoneProgress");
  wants_progress_ = progress.is_boolean() && progress.get<bool>();
  const auto add_folder = [&](const std::string& uri) {
    if (const std::string path = path_of_uri(uri); !path.empty()) folders_.push_back(path);
  };
  const Json& folders = member(params, "workspaceFolders");
  if (folders.is_array()) {
    for (const Json& folder : folders) add_folder(text_of(folder, "uri"));
  } else {
    add_folder(text_of(params, "rootUri"));
  }
  auto problems = values_.merge(member(params, "initializationOptions"), "initializationOptions");
  refresh();
  return problems;
}

std::vector<std::string> ClientState::configure(const Json& params) {
  auto problems = values_.merge(member(params, "settings"), "workspace/didChangeConfiguration");
  refresh();
  return problems;
}

OpenDocument* ClientState::open(const Json& params) {
  const Json& item = member(params, "textDocument");
  const Json& text = member(item, "text");
  const std::string uri = text_of(item, "uri");
  if (uri.empty() || !text.is_string()) return nullptr;
  auto& slot = documents_[uri];
  slot = std::make_unique<OpenDocument>();
  slot->uri = uri;
  slot->language = text_of(item, "languageId");
  slot->version = version_of(params);
  slot->document.set_text(text.get<std::string>());
  return slot.get();
}

OpenDocument* ClientState::change(const Json& params, const OnEdit& on_edit) {
  OpenDocument* open = find(uri_of(params));
  const Json& changes = member(params, "contentChanges");
  if (open == nullptr || !changes.is_array()) return open;
  open->version = version_of(params);
  for (const Json& change : changes) {
    const bool is_whole = member(change, "range").is_null();
    const auto edit = edit_of(change, open->document, encoding_);
    if (!edit || (open->lost && !is_whole)) {
      open->lost = true;
      continue;
    }
    if (is_whole) open->lost = false;
    open->document.apply(*edit);
    on_edit(*edit);
  }
  return open;
}

std::vector<OpenDocument*> ClientState::lose(const PassedOver& message) {
  if (!may_hold_text(message)) return {};
  const bool opens = message.method == "textDocument/didOpen";
  if (opens && !message.uri.empty() && find(message.uri) == nullptr) {
    open({{"textDocument", {{"uri", message.uri}, {"languageId", message.language}, {"text", ""}}}});
  }
  std::vector<OpenDocument*> lost;
  for (const auto& [uri, open] : documents_) {
    const bool is_meant = message.uri.empty() || uri == message.uri;  // any of them, when nobody can say which
    if (is_meant && !std::exchange(open->lost, true)) lost.push_back(open.get());
  }
  return lost;
}

OpenDocument* ClientState::find(const std::string& uri) {
  const auto found = documents_.find(uri);
  return found == documents_.end() ? nullptr : found->second.get();
}

}  // namespace sw::tool
