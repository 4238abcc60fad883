#include "serve/session.h"

#include <algorithm>

#include "serve/privacy.h"

namespace sw::tool {
namespace {

constexpr int kLogError = 1, kLogWarning = 2, kLogInfo = 3;  // LSP's MessageType

int log_level_of(const std::string& name) {
  if (name == "error") return kLogError;
  if (name == "warning") return kLogWarning;
  return name == "info" ? kLogInfo : kLogInfo + 1;
}

}  // namespace

Session::Session(const Services& services, Wire& wire, SettingValues values, bool must_attach)
    : services_(services), wire_(wire), state_(std::move(values)), is_attached_(!must_attach) {}

Session::~Session() {
  services_.completer.forget_owner(this);
}

void Session::handle(MessageReader::Event event, std::string_view body) {
  if (event == MessageReader::Event::too_large) return pass_over(passed_over(body));
  std::string why = "bytes without a Content-Length";
  const auto message = event == MessageReader::Event::message ? parse_message(body, why) : std::nullopt;
  if (!message) {
    send(error_message(nullptr, kParseError, "a message was passed over: " + why));
  } else if (is_request(*message)) {
    handle_request(*message);
  } else if (is_notification(*message)) {
    handle_notification(*message);
  } else if (!is_response(*message)) {
    send(error_message(nullptr, kInvalidRequest, "neither request, notification nor response"));
  }
}

void Session::pass_over(const PassedOver& message) {
  if (stage_ != Stage::running || !may_hold_text(message)) return send(error_message(nullptr, kParseError, kPassedOver));
  if (!may_read(message.uri, state_.settings())) return;
  for (const OpenDocument* lost : state_.lose(message)) {
    services_.completer.forget(lost);
    log(kLogWarning, lost->uri + ": " + kPassedOver + "; nothing is suggested until a smaller whole text is sent");
  }
}

void Session::handle_request(const Json& message) {
  const Json& id = message["id"];
  const Json& params = member(message, "params");
  const std::string method = message["method"];
  if (method == "sidewinder/status") return send(result_message(id, services_.status()));
  if (!is_attached_) return refuse_or_attach(message);
  if (method == "initialize" && stage_ == Stage::fresh) return initialize(id, params);
  if (stage_ == Stage::fresh) return send(error_message(id, kServerNotInitialized, method + " before initialize"));
  if (shut_down_) return send(error_message(id, kInvalidRequest, method + " after shutdown"));
  if (method == "textDocument/inlineCompletion") return inline_completion(id, params);
  if (method == "workspace/executeCommand") return execute(id, params);
  if (method == "sidewinder/text") return document_text(id, params);
  if (method == "shutdown") {
    shut_down_ = true;
    return send(result_message(id, nullptr));
  }
  if (method == "initialize") return send(error_message(id, kInvalidRequest, "initialize twice"));
  send(error_message(id, kMethodNotFound, "no method " + method));
}

void Session::handle_notification(const Json& message) {
  const Json& params = member(message, "params");
  const std::string method = message["method"];
  if (method == "exit") stage_ = Stage::ended;
  if (stage_ != Stage::running) return;
  if (method == "textDocument/didOpen") return open(params);
  if (method == "textDocument/didChange") return change(params);
  if (method == "textDocument/didClose") return close(params);
  if (method == "textDocument/didSave") return saved(params);
  if (method == "textDocument/didFocus") return focused(params);
  if (method == "workspace/didChangeConfiguration") return configure(params);
  if (method == "$/cancelRequest") {
    services_.completer.cancel(this, member(params, "id"));
  } else if (method == "textDocument/didShowCompletion") {
    ++services_.completer.statistics().shown;
  } else if (method == "textDocument/didPartiallyAcceptCompletion") {
    ++services_.completer.statistics().partly_accepted;
  }
}

// The first word of a client of a shared server.
void Session::refuse_or_attach(const Json& message) {
  const Json& params = member(message, "params");
  const Json& protocol = member(params, "protocol");
  if (message["method"] == "sidewinder/attach" && protocol == kProtocolVersion) {
    is_attached_ = true;
    const Json& pid = member(params, "pid");
    pid_ = pid.is_number_integer() ? pid.get<int64_t>() : 0;
    return send(result_message(message["id"], {{"protocol", kProtocolVersion}, {"version", sw_version()}}));
  }
  const std::string said = protocol.is_null() ? "none" : json_text(protocol).substr(0, 40);
  send(error_message(message["id"], kInvalidRequest,
                     "this server speaks protocol " + std::to_string(kProtocolVersion) + " of sidewinder " + sw_version() + " and the client " + said +
                         ": start the client's server with its own version of the program, or end this one (sidewinder status says its pid)"));
  stage_ = Stage::ended;
}

void Session::initialize(const Json& id, const Json& params) {
  const auto problems = state_.initialize(params);
  name_ = text_of(member(params, "clientInfo"), "name");
  stage_ = Stage::running;
  send(result_message(id, initialize_result(state_.encoding())));
  tell_problems(problems);
  tell_status();
}

void Session::tell_problems(const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) log(kLogWarning, problem);
}

void Session::log(int level, const std::string& text) {
  if (level <= log_level_of(state_.settings().log_level)) send(notification("window/logMessage", {{"type", level}, {"message", text}}));
}

void Session::open(const Json& params) {
  const std::string uri = uri_of(params);
  if (const OpenDocument* before = state_.find(uri)) {
    services_.completer.forget(before);
    buffers_.erase(before);
  }
  if (!may_read(uri, state_.settings())) return;
  const OpenDocument* opened = state_.open(params);
  if (opened != nullptr && may_complete(*opened)) services_.model.want();
  tell_status();
}

void Session::change(const Json& params) {
  const OpenDocument* open = state_.find(uri_of(params));
  if (open == nullptr) return;
  const bool was_lost = open->lost;
  services_.completer.edited(open);
  const auto buffer = buffers_.find(open);
  state_.change(params, [&](const Edit& edit) {
    if (buffer != buffers_.end()) buffer->second->edit(edit);
  });
  if (open->lost && !was_lost) log(kLogWarning, open->uri + ": a change could not be understood; nothing is suggested until the whole text is sent");
}

void Session::close(const Json& params) {
  const std::string uri = uri_of(params);
  if (const OpenDocument* open = state_.find(uri)) {
    services_.completer.forget(open);
    buffers_.erase(open);
    state_.close(uri);
  }
}

void Session::configure(const Json& params) {
  tell_problems(state_.configure(params));
  std::vector<std::string> excluded;
  for (const auto& [uri, open] : state_.documents()) {
    if (!may_read(uri, state_.settings())) excluded.push_back(uri);
  }
  for (const std::string& uri : excluded) close({{"textDocument", {{"uri", uri}}}});
  tell_status();
}

bool Session::may_complete(const OpenDocument& open) const {
  const Settings& settings = state_.settings();
  return settings.enable && settings.language_enabled(open.language) && !open.lost && open.document.text().size() <= settings.file_bytes_max;
}

std::shared_ptr<LiveBuffer> Session::buffer_of(const OpenDocument& open) {
  auto& buffer = buffers_[&open];
  if (!buffer) {
    const std::string path = path_of_uri(open.uri);
    const std::string folder = folder_of(path);
    const size_t shown_from = folder.empty() ? path.rfind('/') + 1 : folder.size() + 1;  // relative to the folder that holds it
    buffer = std::make_shared<LiveBuffer>(path.substr(shown_from), folder);
  }
  const Settings& settings = state_.settings();
  buffer->want_context(settings.repository_context && !buffer->folder().empty(), settings.context_tokens);
  if (buffer->wants_context()) services_.repositories.use(buffer->folder());
  return buffer;
}

// The innermost of the editor's folders that holds the file; "" when none does.
std::string Session::folder_of(const std::string& path) const {
  std::string found;
  for (const std::string& folder : state_.folders()) {
    if (path.starts_with(folder + "/") && folder.size() > found.size()) found = folder;
  }
  return found;
}

void Session::saved(const Json& params) {
  const std::string path = path_of_uri(uri_of(params));
  const std::string folder = folder_of(path);
  if (!folder.empty()) services_.repositories.changed(folder, path.substr(folder.size() + 1));
}

// Somebody is about to type there.
void Session::focused(const Json& params) {
  const OpenDocument* open = state_.find(uri_of(params));
  if (open != nullptr && may_complete(*open)) services_.model.want();
  tell_status();
}

std::optional<Ask> Session::ask_of(const Json& id, const Json& params) {
  const OpenDocument* open = state_.find(uri_of(params));
  const auto position = position_of(member(params, "position"));
  if (open == nullptr || !position || !may_complete(*open)) return std::nullopt;
  const Json& version = member(member(params, "textDocument"), "version");
  if (version.is_number_integer() && version != open->version) return std::nullopt;  // of a text that is not this one
  Ask ask;
  ask.owner = this;
  ask.id = id;
  ask.document = open;
  ask.buffer = buffer_of(*open);
  ask.position = *position;
  ask.offset = open->document.offset(*position, state_.encoding());
  ask.send = [this](const Json& message) { send(message); };
  const Json& context = member(params, "context");
  const Settings& settings = state_.settings();
  const bool by_hand = member(context, "triggerKind") == 1;
  ask.options.n_candidates = by_hand ? settings.candidates : 1;
  ask.options.max_tokens = settings.max_tokens;
  ask.options.time_budget_ms = settings.time_budget_ms;
  ask.options.multiline = settings.multiline;
  ask.options.logprob_min = settings.logprob_min;
  ask.options.cut_at_syntax = settings.cut_at_syntax ? 1 : 0;
  ask.options.type_through = settings.type_through ? 1 : 0;
  ask.options.only_at_useful = settings.skip_unlikely_places && !by_hand ? 1 : 0;
  ask.options.ahead = settings.idle_work ? 1 : 0;
  ask.options.layout = SW_LAYOUT_AUTO;
  const Json& chosen = member(context, "selectedCompletionInfo");
  const auto begin = position_of(member(member(chosen, "range"), "start"));
  if (begin && member(chosen, "text").is_string()) {
    const size_t at = open->document.offset(*begin, state_.encoding());
    if (at <= ask.offset) ask.selected = Selected{chosen["range"], at, text_of(chosen, "text")};
  }
  return ask;
}

void Session::inline_completion(const Json& id, const Json& params) {
  if (auto ask = ask_of(id, params)) {
    const Json& token = member(params, "workDoneToken");
    services_.completer.ask(std::move(*ask));
    const bool loading = services_.model.state() == ModelHost::State::loading;
    if (loading && (token.is_string() || token.is_number_integer())) begin_progress(token);
    tell_status();
  } else {
    send(result_message(id, nullptr));
  }
}

// For tests and reports of errors: the text as the server has it, and as the engine has it where it has it already.
void Session::document_text(const Json& id, const Json& params) {
  const OpenDocument* open = state_.find(uri_of(params));
  if (open == nullptr || open->lost) return send(result_message(id, nullptr));
  Json engine_text;
  const auto buffer = buffers_.find(open);
  const char* text = nullptr;
  size_t length = 0;
  if (buffer != buffers_.end() && buffer->second->get() != nullptr && sw_buffer_text(buffer->second->get(), &text, &length) == SW_OK) {
    engine_text = std::string(text, length);
  }
  send(result_message(id, {{"version", open->version}, {"text", open->document.text()}, {"engineText", std::move(engine_text)}}));
}

void Session::execute(const Json& id, const Json& params) {
  const std::string command = text_of(params, "command");
  if (command != "sidewinder.didAccept") return send(error_message(id, kInvalidParams, "no command " + command));
  ++services_.completer.statistics().accepted;
  send(result_message(id, nullptr));
}

void Session::drop_buffers() {
  for (const auto& [open, buffer] : buffers_) buffer->drop();
}

void Session::model_changed() {
  tell_status();
}

void Session::tell_status() {
  if (stage_ != Stage::running) return;
  tell_progress();
  const ModelHost& model = services_.model;
  const bool loading = model.state() == ModelHost::State::loading;
  std::string kind = "Normal", text;
  if (!state_.settings().enable) {
    kind = "Inactive";
    text = "switched off";
  } else if (model.state() == ModelHost::State::failed) {
    kind = "Error";
    text = model.error();
  } else if (loading) {
    text = "loading the model " + std::to_string(model.percent()) + "%";
  }
  const Json params = {{"busy", loading}, {"kind", kind}, {"message", text}};
  if (std::string now = json_text(params); now != told_status_) {
    told_status_ = std::move(now);
    send(notification("didChangeStatus", params));
  }
}

void Session::begin_progress(const Json& token) {
  progress_tokens_.push_back(token);
  report(token, "begin", {{"title", "Sidewinder: loading the model"}, {"cancellable", false}, {"percentage", services_.model.percent()}});
}

void Session::report(const Json& token, const char* kind, Json value) {
  value["kind"] = kind;
  send(notification("$/progress", {{"token", token}, {"value", std::move(value)}}));
}

void Session::tell_progress() {
  const ModelHost& model = services_.model;
  const bool loading = model.state() == ModelHost::State::loading;
  if (loading && !shows_loading_ && state_.wants_progress()) {
    const Json token = "sidewinder:load:" + std::to_string(++n_tokens_);
    send(request_message(token, "window/workDoneProgress/create", {{"token", token}}));
    begin_progress(token);
  }
  shows_loading_ = loading;
  for (const Json& token : progress_tokens_) {
    if (loading) {
      report(token, "report", {{"percentage", model.percent()}});
    } else {
      report(token, "end", {{"message", model.state() == ModelHost::State::ready ? "the model is loaded" : model.error()}});
    }
  }
  if (!loading) progress_tokens_.clear();
}

Json Session::json() const {
  return {{"pid", pid_}, {"name", name_}, {"documents", buffers_.size()}, {"folders", state_.folders()}};
}

}  // namespace sw::tool
