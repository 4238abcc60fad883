// The message loop: clients, the model, timers. One thread; it waits for nothing but the next event.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "serve/session.h"
#include "serve/socket.h"

namespace sw::tool {

class Server {
 public:
  explicit Server(SettingValues values);

  // One client on standard input and output, until it leaves.
  Outcome run_alone();
  // All that come to the socket, until nobody has been there for long.
  Outcome run_shared(Listener listener);

 private:
  struct Client {
    Client(const Services& services, Wire stream, const SettingValues& values, bool must_attach)
        : wire(std::move(stream)), session(services, wire, values, must_attach) {}
    Wire wire;
    Session session;
  };

  void round(const Listener* listener);
  void accept_from(const Listener& listener);
  bool serve(Client& client, const std::vector<pollfd>& polled);
  bool serve_messages(Client& client, const std::vector<pollfd>& polled);
  void follow_model();
  void keep_or_unload();
  int wait_ms() const;
  bool time_to_leave();
  Json status() const;

  const SettingValues values_;
  Wake wake_;
  ModelHost model_;
  Completer completer_;
  Repositories repositories_;
  const Services services_;
  std::list<Client> clients_;
  bool left_well_ = true;
  double idle_unload_minutes_, keep_alive_minutes_;
  Clock::time_point alone_since_ = Clock::now();
  const Clock::time_point started_ = Clock::now();
  int told_percent_ = -1;
};

}  // namespace sw::tool
