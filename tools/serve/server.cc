#include "serve/server.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "interrupt.h"

namespace sw::tool {
namespace {

constexpr size_t kClientsMax = 256;
constexpr int kPauseMs = 100;
constexpr int kRoundMs = 1000;  // timers are looked at as often, and signals that came between two looks

Clock::duration minutes(double n) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double, std::ratio<60>>(n));
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

const char* state_name(ModelHost::State state) {
  constexpr const char* kNames[] = {"unloaded", "loading", "ready", "failed"};
  return kNames[static_cast<int>(state)];
}

// Of this process, in bytes: a field of /proc/self/smaps_rollup.
Json memory_json() {
  Json out = {{"rss", nullptr}, {"pss", nullptr}};
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string line; std::getline(file, line);) {
    const auto value = [&] { return std::strtoull(line.c_str() + 4, nullptr, 10) * 1024; };
    if (line.starts_with("Rss:")) out["rss"] = value();
    if (line.starts_with("Pss:")) out["pss"] = value();
  }
  return out;
}

Json model_json(const ModelHost& host) {
  Json out = {{"state", state_name(host.state())}, {"loads", host.n_loads()}};
  sw_model_info info = SW_MODEL_INFO_INIT;
  sw_engine_info engine = SW_ENGINE_INFO_INIT;
  if (host.state() == ModelHost::State::failed) out["error"] = host.error();
  if (host.state() != ModelHost::State::ready || sw_model_get_info(host.model(), &info) != SW_OK || sw_engine_get_info(host.engine(), &engine) != SW_OK) return out;
  out["name"] = info.name;
  out["path"] = info.path;
  out["device"] = info.device == SW_DEVICE_CUDA ? engine.device_name : "CPU";
  out["weightBytes"] = info.weight_bytes;
  out["stateBytes"] = engine.snapshot_bytes;
  out["stateBytesMax"] = engine.snapshot_bytes_max;
  out["tokensRun"] = engine.tokens_run;
  out["tokensReused"] = engine.tokens_reused;
  out["loadMs"] = host.load_ms();
  return out;
}

}  // namespace

Server::Server(SettingValues values)
    : values_(std::move(values)),
      model_(values_.of_process(), wake_),
      completer_(model_, wake_),
      repositories_(model_, completer_, wake_),
      services_{model_, completer_, repositories_, [this] { return status(); }},
      idle_unload_minutes_(values_.settings().idle_unload_minutes),
      keep_alive_minutes_(values_.settings().keep_alive_minutes) {}

Outcome Server::run_alone() {
  clients_.emplace_back(services_, Wire(STDIN_FILENO, STDOUT_FILENO), values_, false);
  while (!clients_.empty() && !interrupted()) round(nullptr);
  model_.unload();
  if (interrupted()) return interrupted_outcome();
  return left_well_ ? success() : failure(kExitFailed, SW_E_STATE, "the editor left without a shutdown request");
}

Outcome Server::run_shared(Listener listener) {
  while (!interrupted() && !time_to_leave()) round(&listener);
  clients_.clear();
  model_.unload();
  return success();
}

void Server::round(const Listener* listener) {
  std::vector<pollfd> polled = {{wake_.fd(), POLLIN, 0}};
  if (listener != nullptr) polled.push_back({listener->fd(), POLLIN, 0});
  for (const Client& client : clients_) client.wire.add_to(polled);
  if (poll(polled.data(), polled.size(), wait_ms()) < 0) return;  // a signal
  if (polled[0].revents != 0) wake_.clear();
  for (auto client = clients_.begin(); client != clients_.end();) {
    const bool stays = serve(*client, polled);
    if (!stays) left_well_ = client->session.ended_well();
    if (!stays && clients_.size() == 1) alone_since_ = Clock::now();
    client = stays ? std::next(client) : clients_.erase(client);
  }
  if (listener != nullptr && polled[1].revents != 0) accept_from(*listener);
  follow_model();
  repositories_.step();
  completer_.pump();
  keep_or_unload();
}

int Server::wait_ms() const {
  return completer_.idle() && repositories_.waits() ? kPauseMs : kRoundMs;
}

void Server::accept_from(const Listener& listener) {
  for (Descriptor socket = listener.accept(); socket.valid(); socket = listener.accept()) {
    if (clients_.size() < kClientsMax) clients_.emplace_back(services_, Wire(std::move(socket)), values_, true);
  }
}

// False: the client is to go. What nobody thought of costs one client its connection, and the others nothing.
bool Server::serve(Client& client, const std::vector<pollfd>& polled) {
  try {
    return serve_messages(client, polled);
  } catch (const std::exception& error) {
    print_note(std::string("a client's message could not be handled, its connection is closed: ") + error.what());
    return false;
  }
}

bool Server::serve_messages(Client& client, const std::vector<pollfd>& polled) {
  const bool connected = client.wire.serve(polled);
  std::string_view body;
  for (auto event = client.wire.next(body); event != MessageReader::Event::none && !client.session.ended(); event = client.wire.next(body)) {
    client.session.handle(event, body);
  }
  if (client.session.is_client()) {
    idle_unload_minutes_ = client.session.settings().idle_unload_minutes;
    keep_alive_minutes_ = client.session.settings().keep_alive_minutes;
  }
  return connected && !client.session.ended() && !client.wire.overfull();
}

void Server::follow_model() {
  const bool changed = model_.collect();
  const int percent = model_.state() == ModelHost::State::loading ? model_.percent() : -1;
  if (!changed && percent == told_percent_) return;
  told_percent_ = percent;
  for (Client& client : clients_) client.session.model_changed();
}

void Server::keep_or_unload() {
  if (keep_alive_minutes_ <= 0 || model_.state() != ModelHost::State::ready || !completer_.idle() || repositories_.busy()) return;
  if (Clock::now() - completer_.last_used() < minutes(keep_alive_minutes_)) return;
  for (Client& client : clients_) client.session.drop_buffers();
  completer_.drop_last();
  repositories_.drop();
  model_.unload();
}

bool Server::time_to_leave() {
  return clients_.empty() && Clock::now() - alone_since_ >= minutes(idle_unload_minutes_);
}

Json Server::status() const {
  Json clients = Json::array();
  for (const Client& client : clients_) {
    if (client.session.is_client()) clients.push_back(client.session.json());
  }
  Json out = {{"pid", getpid()}, {"version", sw_version()}, {"protocol", kProtocolVersion}, {"uptimeS", seconds_since(started_)}};
  out["model"] = model_json(model_);
  out["memory"] = memory_json();
  out["clients"] = std::move(clients);
  out["folders"] = repositories_.json();
  out["requests"] = completer_.statistics().json();
  return out;
}

}  // namespace sw::tool
