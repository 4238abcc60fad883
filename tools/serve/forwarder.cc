#include "serve/forwarder.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "interrupt.h"
#include "serve/launch.h"
#include "serve/privacy.h"

namespace sw::tool {
namespace {

constexpr auto kBetweenTries = std::chrono::milliseconds(10);
constexpr auto kSeekFor = std::chrono::seconds(20);        // a server that is not there then does not come
constexpr auto kBetweenStarts = std::chrono::seconds(2);
constexpr auto kLossesWithin = std::chrono::minutes(1);
constexpr size_t kLossesMax = 5;  // within that time: then it is left alone
constexpr size_t kPendingMax = 256;
constexpr int kRoundMs = 1000;

// Notifications that are sent on as they are. No others: what they hold is not known.
constexpr const char* kPassed[] = {"$/cancelRequest", "textDocument/didSave", "textDocument/didFocus", "textDocument/didShowCompletion",
                                   "textDocument/didPartiallyAcceptCompletion"};

constexpr const char* kAttachId = "sidewinder:attach";
constexpr const char* kInitializeId = "sidewinder:initialize";

}  // namespace

Forwarder::Forwarder(SettingValues values, std::string program)
    : program_(std::move(program)), state_(std::move(values)), editor_(STDIN_FILENO, STDOUT_FILENO) {}

Outcome Forwarder::run() {
  while (!left_ && !interrupted()) round();
  if (interrupted()) return interrupted_outcome();
  return shut_down_ ? success() : failure(kExitFailed, SW_E_STATE, "the editor left without a shutdown request");
}

void Forwarder::round() {
  std::vector<pollfd> polled;
  // While the editor does not read, nothing more is read for it.
  editor_.add_to(polled);
  if (server_ && !editor_.overfull()) server_->add_to(polled);
  const bool watched = editor_process_.valid();
  if (watched) polled.push_back({editor_process_.get(), POLLIN, 0});
  const int wait_ms = seeking_ ? static_cast<int>(std::chrono::milliseconds(kBetweenTries).count()) : kRoundMs;
  if (poll(polled.data(), polled.size(), wait_ms) < 0) return;  // a signal
  const bool editor_is_there = editor_.serve(polled);
  std::string_view body;
  for (auto event = editor_.next(body); event != MessageReader::Event::none && !left_; event = editor_.next(body)) from_editor(event, body);
  left_ = left_ || !editor_is_there || (watched && polled.back().revents != 0);
  serve_server(polled);
  if (seeking_ && Clock::now() >= next_try_) seek_server();
}

void Forwarder::serve_server(const std::vector<pollfd>& polled) {
  if (!server_) return;
  const bool connected = server_->serve(polled);
  std::string_view body;
  for (auto event = server_->next(body); event != MessageReader::Event::none && server_; event = server_->next(body)) {
    if (event == MessageReader::Event::message) from_server(body);
  }
  if (server_ && (!connected || server_->overfull())) lose_server();
}

// ------------------------------------------------------------------------------------------------------ from the editor

void Forwarder::from_editor(MessageReader::Event event, std::string_view body) {
  try {
    handle(event, body);
  } catch (const std::exception& error) {
    print_note(std::string("a message of the editor could not be handled: ") + error.what());
  }
}

void Forwarder::handle(MessageReader::Event event, std::string_view body) {
  if (event == MessageReader::Event::too_large) return pass_over(passed_over(body));
  std::string why = "bytes without a Content-Length";
  const auto message = event == MessageReader::Event::message ? parse_message(body, why) : std::nullopt;
  if (!message) {
    reply(error_message(nullptr, kParseError, "a message was passed over: " + why));
  } else if (is_request(*message)) {
    handle_request(*message);
  } else if (is_notification(*message)) {
    handle_notification(*message, body);
  } else if (is_response(*message)) {
    pass(body);
  } else {
    reply(error_message(nullptr, kInvalidRequest, "neither request, notification nor response"));
  }
}

// The server has no text of what is lost, and gets the whole of it when there is one again.
void Forwarder::pass_over(const PassedOver& message) {
  if (!is_initialized_ || !may_hold_text(message)) return reply(error_message(nullptr, kParseError, kPassedOver));
  for (const OpenDocument* lost : state_.lose(message)) {
    if (!readable(lost->uri)) continue;
    if (server_) server_->send(notification("textDocument/didClose", {{"textDocument", {{"uri", lost->uri}}}}));
    const std::string text = lost->uri + ": " + kPassedOver + "; nothing is suggested until a smaller whole text is sent";
    reply(notification("window/logMessage", {{"type", 2}, {"message", text}}));
  }
}

void Forwarder::handle_request(const Json& message) {
  const Json& id = message["id"];
  const std::string method = message["method"];
  if (method == "initialize" && !is_initialized_) return initialize(message);
  if (!is_initialized_) return reply(error_message(id, kServerNotInitialized, method + " before initialize"));
  if (shut_down_ || method == "initialize") return reply(error_message(id, kInvalidRequest, method + " after " + (shut_down_ ? "shutdown" : "initialize")));
  if (method == "shutdown") {
    shut_down_ = true;
    return reply(result_message(id, nullptr));
  }
  if (method == "textDocument/inlineCompletion" || method == "workspace/executeCommand" || method.starts_with("sidewinder/")) return ask(message);
  reply(error_message(id, kMethodNotFound, "no method " + method));
}

void Forwarder::handle_notification(const Json& message, std::string_view body) {
  const std::string method = message["method"];
  if (method == "exit") left_ = true;
  if (!is_initialized_) return;
  if (method == "textDocument/didOpen") return open(message, body);
  if (method == "textDocument/didChange") return change(message, body);
  if (method == "textDocument/didClose") return close(message, body);
  if (method == "workspace/didChangeConfiguration") return configure(message);
  const std::string uri = uri_of(member(message, "params"));
  const bool known = std::find(std::begin(kPassed), std::end(kPassed), method) != std::end(kPassed);
  if (known && (uri.empty() || readable(uri))) pass(body);
}

void Forwarder::initialize(const Json& message) {
  initialize_params_ = member(message, "params");
  is_initialized_ = true;
  for (const std::string& problem : state_.initialize(initialize_params_)) reply(notification("window/logMessage", {{"type", 2}, {"message", problem}}));
  watch_editor(initialize_params_);
  reply(result_message(message["id"], initialize_result(state_.encoding())));
  seek_server();
}

// An editor that is killed does not always close its end: children of it may hold it open.
void Forwarder::watch_editor(const Json& params) {
  const Json& pid = member(params, "processId");
  const bool is_one = pid.is_number_unsigned() && pid.get<uint64_t>() > 0 && pid.get<uint64_t>() <= std::numeric_limits<pid_t>::max();
  if (is_one) editor_process_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid.get<pid_t>(), 0)));
}

bool Forwarder::readable(const std::string& uri) const {
  return may_read(uri, state_.settings());
}

void Forwarder::open(const Json& message, std::string_view body) {
  const Json& params = member(message, "params");
  if (state_.open(params) != nullptr && readable(uri_of(params))) pass(body);
}

void Forwarder::change(const Json& message, std::string_view body) {
  const Json& params = member(message, "params");
  const OpenDocument* open = state_.find(uri_of(params));
  const bool was_lost = open != nullptr && open->lost;
  state_.change(params, [](const Edit&) {});
  if (open == nullptr || !readable(open->uri) || !server_) return;
  if (was_lost && !open->lost) {
    tell_open(*open);  // a server that came meanwhile has not been told of it
  } else {
    pass(body);
  }
}

void Forwarder::close(const Json& message, std::string_view body) {
  const std::string uri = uri_of(member(message, "params"));
  state_.close(uri);
  if (readable(uri)) pass(body);
}

// Another model is another server. Else the server is told; what may be read now is opened there, what may not any more it closes itself.
void Forwarder::configure(const Json& message) {
  std::vector<const OpenDocument*> hidden;
  for (const auto& [uri, open] : state_.documents()) {
    if (!readable(uri)) hidden.push_back(open.get());
  }
  for (const std::string& problem : state_.configure(member(message, "params"))) reply(notification("window/logMessage", {{"type", 2}, {"message", problem}}));
  losses_.clear();
  const std::string before = socket_path_;
  if (const Outcome located = locate(); !located.ok()) return give_up(located.message);
  if (socket_path_ != before || !server_) {
    server_.reset();
    return seek_server();
  }
  server_->send(notification("workspace/didChangeConfiguration", {{"settings", state_.values().json()}}));
  for (const OpenDocument* open : hidden) {
    if (readable(open->uri) && !open->lost) tell_open(*open);
  }
}

void Forwarder::ask(const Json& message) {
  const std::string uri = uri_of(member(message, "params"));
  const bool hidden = !uri.empty() && !readable(uri);
  if (hidden || (!server_ && !seeking_) || pending_.size() >= kPendingMax) return reply(result_message(message["id"], nullptr));
  pending_[message["id"]] = {message, 0};
  if (server_) server_->send(message);  // else when there is one
}

void Forwarder::pass(std::string_view body) {
  if (server_) server_->send_text(body);
}

// ------------------------------------------------------------------------------------------------------ from the server

void Forwarder::from_server(std::string_view body) {
  std::string why;
  const auto message = parse_message(body, why);
  if (!message) return;
  if (!is_response(*message)) return editor_.send_text(body);
  const Json& id = (*message)["id"];
  const Json& error = member(*message, "error");
  if (id == kAttachId && !error.is_null()) return give_up(text_of(error, "message"));
  if (id == kInitializeId) introduced_ = true;
  if (id == kAttachId || id == kInitializeId) return;
  if (pending_.erase(id) != 0) editor_.send_text(body);
}

// ------------------------------------------------------------------------------------------------------------ a server

Outcome Forwarder::locate() {
  constexpr std::string_view kUnix = "unix:";
  const std::string& endpoint = state_.settings().endpoint;
  if (endpoint.starts_with(kUnix)) {
    socket_path_ = endpoint.substr(kUnix.size());
    return success();
  }
  if (endpoint != "auto" && endpoint != "alone") return bad_input("endpoint " + endpoint + ": give auto, alone or unix:PATH; nothing is sent over a network");
  std::string folder;
  SW_TRY(socket_folder(folder));
  socket_path_ = folder + "/" + socket_name(state_.values().of_process());
  return success();
}

void Forwarder::seek_server() {
  const auto now = Clock::now();
  if (!seeking_) {
    if (const Outcome located = locate(); !located.ok()) return give_up(located.message);
    seeking_ = true;
    seek_until_ = now + kSeekFor;
    next_start_ = now;
  }
  next_try_ = now + kBetweenTries;
  Descriptor socket;
  const Outcome connected = connect_to(socket_path_, socket);
  if (connected.ok()) {
    server_.emplace(std::move(socket));
    seeking_ = false;
    return introduce();
  }
  if (now > seek_until_ || connected.status == SW_E_MISMATCH) return give_up(connected.message);
  const bool is_ours = !state_.settings().endpoint.starts_with("unix:");
  if (!is_ours || now < next_start_ || is_served(socket_path_)) return;
  next_start_ = now + kBetweenStarts;
  if (const Outcome started = start_server(); !started.ok()) give_up(started.message);
}

Outcome Forwarder::start_server() {
  std::vector<std::string> arguments = {"serve", "--daemon", socket_path_};
  const Json settings = state_.values().json();
  const Json of_process = state_.values().of_process();
  for (const auto& [name, value] : of_process.items()) {
    if (value == "") continue;  // its default; a flag takes the next word for one that is empty
    arguments.push_back(flag_of(name) + "=" + (value.is_string() ? value.get<std::string>() : json_text(value)));  // one word: a value may begin with "-"
  }
  for (const char* name : {"idleUnloadMinutes", "keepAliveMinutes"}) {
    arguments.push_back(flag_of(name) + "=" + json_text(settings.at(name)));
  }
  return launch(program_, arguments, socket_path_ + ".log");
}

// In one go, without waiting for answers: who we are, the settings, all documents, what is still to be answered.
void Forwarder::introduce() {
  introduced_ = false;
  server_->send(request_message(kAttachId, "sidewinder/attach", {{"protocol", kProtocolVersion}, {"version", sw_version()}, {"pid", getpid()}}));
  Json params = initialize_params_.is_object() ? initialize_params_ : Json::object();
  params["initializationOptions"] = state_.values().json();
  server_->send(request_message(kInitializeId, "initialize", std::move(params)));
  server_->send(notification("initialized", Json::object()));
  for (const auto& [uri, open] : state_.documents()) {
    if (readable(uri) && !open->lost) tell_open(*open);
  }
  for (const auto& [id, pending] : pending_) server_->send(pending.message);
}

void Forwarder::tell_open(const OpenDocument& open) {
  server_->send(notification("textDocument/didOpen", {{"textDocument",
                                                       {{"uri", open.uri},
                                                        {"languageId", open.language},
                                                        {"version", open.version},
                                                        {"text", open.document.text()}}}}));
}

// What was asked is asked again, but only once: it may be what killed the server. One that went before it had taken us was on its way out.
void Forwarder::lose_server() {
  server_.reset();
  if (!introduced_) {
    seeking_ = true;
    return;
  }
  for (auto pending = pending_.begin(); pending != pending_.end();) {
    if (++pending->second.n_lost > 1) {
      reply(result_message(pending->first, nullptr));
      pending = pending_.erase(pending);
    } else {
      ++pending;
    }
  }
  const auto now = Clock::now();
  losses_.erase(std::remove_if(losses_.begin(), losses_.end(), [&](auto when) { return now - when > kLossesWithin; }), losses_.end());
  losses_.push_back(now);
  if (losses_.size() > kLossesMax) return give_up("the server ended " + std::to_string(losses_.size()) + " times within a minute; its log is " + socket_path_ + ".log");
  seek_server();
}

// Until the settings change. The editor goes on without suggestions.
void Forwarder::give_up(const std::string& why) {
  server_.reset();
  seeking_ = false;
  for (const auto& [id, pending] : pending_) reply(result_message(id, nullptr));
  pending_.clear();
  reply(notification("didChangeStatus", {{"busy", false}, {"kind", "Error"}, {"message", why}}));
  reply(notification("window/logMessage", {{"type", 1}, {"message", "sidewinder: " + why}}));
}

}  // namespace sw::tool
