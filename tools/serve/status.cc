// sidewinder status: the servers that run for this user.
#include <poll.h>

#include <chrono>
#include <cstdio>

#include "command.h"
#include "options.h"
#include "serve/lsp.h"
#include "serve/socket.h"

namespace sw::tool {
namespace {

constexpr int kAnswerMs = 3000;

// What the server behind a socket says of itself; null when it does not within a few seconds.
Json ask_status(const std::string& path) {
  Descriptor socket;
  if (!connect_to(path, socket).ok()) return nullptr;
  Wire wire(std::move(socket));
  wire.send(request_message(1, "sidewinder/status", Json::object()));
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kAnswerMs);
  for (;;) {
    std::vector<pollfd> polled;
    wire.add_to(polled);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0 || poll(polled.data(), polled.size(), static_cast<int>(left)) <= 0 || !wire.serve(polled)) return nullptr;
    std::string_view body;
    if (wire.next(body) != MessageReader::Event::message) continue;
    std::string why;
    const auto message = parse_message(body, why);
    return message ? member(*message, "result") : Json();
  }
}

Outcome statuses(Json& out) {
  out = Json::array();
  std::string folder;
  SW_TRY(socket_folder(folder));
  for (const std::string& path : sockets_in(folder)) {
    if (!is_served(path)) continue;  // what a dead server left
    Json status = ask_status(path);
    out.push_back({{"socket", path}, {"status", std::move(status)}});
  }
  return success();
}

std::string bytes_text(const Json& bytes) {
  return bytes.is_number_unsigned() ? readable_bytes(bytes.get<uint64_t>()) : "?";
}

std::string latency_text(const Json& latency) {
  const Json& p50 = member(latency, "p50");
  const Json& p95 = member(latency, "p95");
  if (!p50.is_number() || !p95.is_number()) return "none yet";
  char text[64];
  std::snprintf(text, sizeof text, "%.1f ms p50, %.1f ms p95", p50.get<double>(), p95.get<double>());
  return text;
}

std::string number_text(const Json& number) {
  return number.is_number_unsigned() ? grouped(number.get<uint64_t>()) : "?";
}

std::string to_text(const std::string& socket, const Json& s) {
  if (!s.is_object()) return socket + ": the server does not answer; end it by its pid and remove the socket\n";
  const Json &model = member(s, "model"), &requests = member(s, "requests"), &memory = member(s, "memory");
  std::string out = socket + "\n";
  out += "  server    sidewinder " + text_of(s, "version") + ", pid " + number_text(member(s, "pid")) + ", protocol " + number_text(member(s, "protocol")) + "\n";
  out += "  model     " + text_of(model, "state");
  if (model.contains("name")) out += ", " + text_of(model, "name") + " on " + text_of(model, "device") + ", weights " + bytes_text(member(model, "weightBytes"));
  if (model.contains("error")) out += ": " + text_of(model, "error");
  out += "\n  memory    " + bytes_text(member(memory, "rss")) + " resident, " + bytes_text(member(memory, "pss")) + " its share; kept states " +
         bytes_text(member(model, "stateBytes")) + "\n";
  out += "  requests  " + number_text(member(requests, "asked")) + ", " + number_text(member(requests, "answered")) + " answered with a suggestion, " +
         number_text(member(requests, "accepted")) + " accepted\n";
  out += "  latency   " + latency_text(member(requests, "replyMs")) + "; outside the engine " + latency_text(member(requests, "overheadMs")) + "\n";
  for (const Json& client : member(s, "clients")) {
    out += "  client    pid " + number_text(member(client, "pid")) + " " + text_of(client, "name") + ", " + number_text(member(client, "documents")) + " documents\n";
  }
  for (const Json& folder : member(s, "folders")) {
    out += "  index     " + text_of(folder, "folder") + ", " + number_text(member(folder, "files")) + " files\n";
  }
  return out;
}

Outcome run(bool json) {
  Json all;
  SW_TRY(statuses(all));
  if (json) return print_json(all);
  if (all.empty()) return print("no server runs; the first editor starts one\n");
  std::string text;
  for (const Json& one : all) text += to_text(text_of(one, "socket"), one["status"]);
  return print(visible(text));
}

}  // namespace

void add_status(CLI::App& root, Commands& commands) {
  auto json = std::make_shared<bool>(false);
  CLI::App* app = root.add_subcommand("status", "Show the servers that run for this user: models, clients, memory, latencies");
  add_json_option(*app, *json);
  app->footer("--json prints [{\"socket\", \"status\": {\"pid\", \"version\", \"protocol\", \"uptimeS\", \"model\", \"memory\", \"clients\", \"folders\", \"requests\"}}]; "
              "status is null for a server that does not answer.");
  commands.push_back({app, [json] { return run(*json); }});
}

}  // namespace sw::tool
