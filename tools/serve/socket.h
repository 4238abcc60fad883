// Where a user's servers are found: sockets in a folder that only the user can enter.
#pragma once

#include <string>
#include <vector>

#include "json_output.h"
#include "outcome.h"
#include "serve/wire.h"

namespace sw::tool {

// The folder, made when it is missing: "sidewinder" in $XDG_RUNTIME_DIR, else /tmp/sidewinder-UID. An error when others can write to it.
Outcome socket_folder(std::string& out);
// The socket of the server with these settings: its name holds the protocol's version, so that versions do not meet.
std::string socket_name(const Json& process_settings);
std::vector<std::string> sockets_in(const std::string& folder);

// A connection, checked to lead to a process of the same user: SW_E_MISMATCH when it does not.
Outcome connect_to(const std::string& path, Descriptor& out);

// A listening socket. Who holds the lock beside it is the server; a socket that a dead one left is replaced.
class Listener {
 public:
  Listener() = default;
  // SW_E_STATE when another server holds the lock.
  static Outcome open(const std::string& path, Listener& out);
  ~Listener();
  Listener(Listener&&) = default;
  Listener& operator=(Listener&&) = default;

  int fd() const { return socket_.get(); }
  const std::string& path() const { return path_; }
  // The next client, if it is of the same user.
  Descriptor accept() const;

 private:
  std::string path_;
  Descriptor lock_, socket_;
};

// True: a server holds the lock of this socket, or is about to.
bool is_served(const std::string& path);

}  // namespace sw::tool
