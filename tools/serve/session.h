// One client of the server: LSP over one stream.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "serve/client_state.h"
#include "serve/completer.h"
#include "serve/repositories.h"
#include "serve/wire.h"

namespace sw::tool {

// What sessions share.
struct Services {
  ModelHost& model;
  Completer& completer;
  Repositories& repositories;
  std::function<Json()> status;
};

class Session {
 public:
  // A shared server's clients must first say which protocol they speak.
  Session(const Services& services, Wire& wire, SettingValues values, bool must_attach);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void handle(MessageReader::Event event, std::string_view body);
  void model_changed();  // tells the editor
  void drop_buffers();   // before the model is unloaded
  bool ended() const { return stage_ == Stage::ended; }
  bool ended_well() const { return shut_down_; }
  const Settings& settings() const { return state_.settings(); }
  bool is_client() const { return is_attached_; }
  Json json() const;

 private:
  enum class Stage { fresh, running, ended };

  void pass_over(const PassedOver& message);
  void handle_request(const Json& message);
  void handle_notification(const Json& message);
  void refuse_or_attach(const Json& message);
  void initialize(const Json& id, const Json& params);
  void open(const Json& params);
  void change(const Json& params);
  void close(const Json& params);
  void configure(const Json& params);
  void inline_completion(const Json& id, const Json& params);
  void document_text(const Json& id, const Json& params);
  void execute(const Json& id, const Json& params);
  bool may_complete(const OpenDocument& open) const;
  std::optional<Ask> ask_of(const Json& id, const Json& params);
  std::shared_ptr<LiveBuffer> buffer_of(const OpenDocument& open);
  std::string folder_of(const std::string& path) const;
  void saved(const Json& params);
  void focused(const Json& params);
  void tell_status();
  void tell_progress();
  void begin_progress(const Json& token);
  void report(const Json& token, const char* kind, Json value);
  void send(const Json& message) { wire_.send(message); }
  void log(int level, const std::string& text);
  void tell_problems(const std::vector<std::string>& problems);

  const Services& services_;
  Wire& wire_;
  ClientState state_;
  bool is_attached_;
  Stage stage_ = Stage::fresh;
  bool shut_down_ = false;
  int64_t pid_ = 0;
  std::string name_;
  std::map<const OpenDocument*, std::shared_ptr<LiveBuffer>> buffers_;
  std::string told_status_;
  std::vector<Json> progress_tokens_;  // where loading is shown
  bool shows_loading_ = false;
  uint64_t n_tokens_ = 0;
};

}  // namespace sw::tool
