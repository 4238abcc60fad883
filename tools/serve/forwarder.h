// The editor's side: a thin process between an editor and the server that all windows share. It keeps the documents' text, so that it can tell a
// new server everything when the old one has died, and passes nothing on of files that must not be read.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "serve/client_state.h"
#include "serve/model_host.h"
#include "serve/socket.h"
#include "serve/wire.h"

namespace sw::tool {

class Forwarder {
 public:
  // `program` is what to start a server with.
  Forwarder(SettingValues values, std::string program);

  // Until the editor leaves.
  Outcome run();

 private:
  struct Pending {
    Json message;
    int n_lost = 0;  // servers that died with it
  };

  void round();
  void from_editor(MessageReader::Event event, std::string_view body);
  void handle(MessageReader::Event event, std::string_view body);
  void pass_over(const PassedOver& message);
  void handle_request(const Json& message);
  void handle_notification(const Json& message, std::string_view body);
  void initialize(const Json& message);
  void open(const Json& message, std::string_view body);
  void change(const Json& message, std::string_view body);
  void close(const Json& message, std::string_view body);
  void configure(const Json& message);
  void ask(const Json& message);
  void from_server(std::string_view body);
  void serve_server(const std::vector<pollfd>& polled);

  void seek_server();  // connects, or starts a server and tries again soon
  void tell_open(const OpenDocument& open);
  void introduce();    // tells a new server everything
  void lose_server();
  void give_up(const std::string& why);
  Outcome locate();
  Outcome start_server();
  void watch_editor(const Json& params);
  void pass(std::string_view body);
  void reply(const Json& message) { editor_.send(message); }
  bool readable(const std::string& uri) const;

  const std::string program_;
  ClientState state_;
  Wire editor_;
  std::optional<Wire> server_;
  bool introduced_ = false;  // the server has taken us
  std::string socket_path_;
  Json initialize_params_;
  bool is_initialized_ = false, shut_down_ = false, left_ = false;
  std::map<Json, Pending> pending_;
  std::vector<Clock::time_point> losses_;  // servers that died on us lately
  Clock::time_point next_try_{}, seek_until_{};
  Clock::time_point next_start_{};
  bool seeking_ = false;
  Descriptor editor_process_;
};

}  // namespace sw::tool
