// What an editor has told about itself: settings, folders, documents. A forwarder keeps it to tell it again; a session works with it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "serve/document.h"
#include "serve/lsp.h"
#include "serve/settings.h"

namespace sw::tool {

struct OpenDocument {
  std::string uri;
  std::string language;
  int64_t version = 0;
  Document document{""};
  bool lost = false;  // a change could not be understood, or read: the text is not the editor's until it sends the whole of it
};

class ClientState {
 public:
  explicit ClientState(SettingValues values) : values_(std::move(values)) { refresh(); }

  // Params of the LSP methods of these names. Problems are told in a sentence each.
  std::vector<std::string> initialize(const Json& params);
  std::vector<std::string> configure(const Json& params);
  OpenDocument* open(const Json& params);
  using OnEdit = std::function<void(const Edit&)>;
  OpenDocument* change(const Json& params, const OnEdit& on_edit);
  // A message that was too large to be read may have held a document's text: that document is lost. Those that are so from now on.
  std::vector<OpenDocument*> lose(const PassedOver& message);
  void close(const std::string& uri) { documents_.erase(uri); }

  OpenDocument* find(const std::string& uri);
  std::map<std::string, std::unique_ptr<OpenDocument>>& documents() { return documents_; }
  const Settings& settings() const { return settings_; }
  const SettingValues& values() const { return values_; }
  Encoding encoding() const { return encoding_; }
  const std::vector<std::string>& folders() const { return folders_; }
  bool wants_progress() const { return wants_progress_; }

 private:
  void refresh() { settings_ = values_.settings(); }

  SettingValues values_;
  Settings settings_;
  Encoding encoding_ = Encoding::utf16;
  bool wants_progress_ = false;
  std::vector<std::string> folders_;
  std::map<std::string, std::unique_ptr<OpenDocument>> documents_;
};

// The uri of params.textDocument; "" when there is none.
std::string uri_of(const Json& params);

}  // namespace sw::tool
