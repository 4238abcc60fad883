#include "serve/completer.h"

#include <algorithm>

namespace sw::tool {
namespace {

constexpr size_t kWaitingMax = 64;
constexpr auto kWaitForModel = std::chrono::seconds(60);

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void answer_null(Ask& ask) {
  ask.send(result_message(ask.id, nullptr));
}

void on_done(void* user, sw_request*) {
  static_cast<const Wake*>(user)->ring();
}

Json point(Position position) {
  return {{"line", position.line}, {"character", position.character}};
}

Json item_of(const Ask& ask, const sw_candidate& candidate) {
  Json item;
  const std::string text(candidate.text, candidate.length);
  item["insertText"] = ask.selected ? ask.selected->text + text : text;
  item["range"] = ask.selected ? ask.selected->range : Json{{"start", point(ask.position)}, {"end", point(ask.position)}};
  item["command"] = {{"title", "accepted"}, {"command", "sidewinder.didAccept"}, {"arguments", Json::array()}};
  return item;
}

// Candidates with something to insert, each text once.
Json items_of(const Ask& ask) {
  Json items = Json::array();
  std::vector<std::string> seen;
  for (size_t i = 0; i < sw_request_n_candidates(ask.request.get()); ++i) {
    sw_candidate candidate = SW_CANDIDATE_INIT;
    if (sw_request_candidate(ask.request.get(), i, &candidate) != SW_OK || candidate.length == 0) continue;
    const std::string text(candidate.text, candidate.length);
    if (std::find(seen.begin(), seen.end(), text) != seen.end()) continue;
    seen.push_back(text);
    items.push_back(item_of(ask, candidate));
  }
  return items;
}

Json stats_json(const sw_request_stats& stats) {
  return {{"totalMs", stats.total_ms},
          {"queueMs", stats.queue_ms},
          {"promptMs", stats.prompt_ms},
          {"firstTokenMs", stats.first_token_ms},
          {"promptTokens", stats.prompt_tokens},
          {"reusedTokens", stats.reused_tokens},
          {"generatedTokens", stats.generated_tokens},
          {"source", source_name(stats.source)},
          {"layout", layout_name(stats.layout)}};
}

}  // namespace

void Completer::ask(Ask ask) {
  ++statistics_.asked;
  last_used_ = Clock::now();
  remove_where([&](const Ask& other) { return other.document == ask.document; },
               [&](Ask& other) {
                 ++statistics_.superseded;
                 answer_null(other);
               });
  model_.want();
  if (waiting_.size() == kWaitingMax) {
    answer_null(waiting_.front());
    waiting_.pop_front();
  }
  waiting_.push_back(std::move(ask));
  pump();
}

// Takes out those that are wanted, waiting or running, each after `answer`.
void Completer::remove_where(const Wanted& wanted, const std::function<void(Ask&)>& answer) {
  for (auto ask = waiting_.begin(); ask != waiting_.end();) {
    if (wanted(*ask)) {
      answer(*ask);
      ask = waiting_.erase(ask);
    } else {
      ++ask;
    }
  }
  if (running_ && wanted(*running_)) {
    answer(*running_);
    stop_running();
  }
}

void Completer::stop_running() {
  sw_request_cancel(running_->request.get());
  stopping_.push_back(std::move(running_->request));
  running_.reset();
}

bool Completer::cancel(const void* owner, const Json& id) {
  bool found = false;
  remove_where([&](const Ask& ask) { return ask.owner == owner && ask.id == id; },
               [&](Ask& ask) {
                 found = true;
                 ++statistics_.cancelled;
                 ask.send(error_message(ask.id, kRequestCancelled, "cancelled"));
               });
  return found;
}

void Completer::edited(const OpenDocument* document) {
  for (auto ask = waiting_.begin(); ask != waiting_.end();) {
    if (ask->document == document) {
      answer_null(*ask);
      ask = waiting_.erase(ask);
    } else {
      ++ask;
    }
  }
}

void Completer::forget(const OpenDocument* document) {
  remove_where([&](const Ask& ask) { return ask.document == document; }, answer_null);
}

void Completer::forget_owner(const void* owner) {
  remove_where([&](const Ask& ask) { return ask.owner == owner; }, [](Ask&) {});
}

void Completer::pump() {
  stopping_.remove_if([](const Request& request) { return sw_request_poll(request.get()) != 0; });
  if (running_ && sw_request_poll(running_->request.get()) != 0) {
    finish(*running_);
    running_.reset();
    last_used_ = Clock::now();
  }
  const bool hopeless = model_.state() == ModelHost::State::failed;
  while (!waiting_.empty() && (hopeless || Clock::now() - waiting_.front().begun > kWaitForModel)) {
    answer_null(waiting_.front());
    waiting_.pop_front();
  }
  if (model_.state() != ModelHost::State::ready) return;
  for (auto ask = waiting_.rbegin(); !running_ && ask != waiting_.rend(); ++ask) {
    if (ask->buffer->is_lent()) continue;
    Ask next = std::move(*ask);
    waiting_.erase(std::next(ask).base());
    start(next);
    pump();  // it may be done already: what is shown was typed on
    return;
  }
}

void Completer::start(Ask& ask) {
  const Outcome made = ask.buffer->make(model_.model(), ask.document->language, ask.document->document.text());
  if (!made.ok()) return fail(ask, made.message);
  last_buffer_ = ask.buffer;
  last_offset_ = ask.offset;
  if (start_request(ask, ask.buffer->get()) != SW_OK) return fail(ask, sw_last_error());
  running_ = std::move(ask);
}

// The editor shows nothing; sidewinder status says why.
void Completer::fail(Ask& ask, const std::string& why) {
  ++statistics_.failed;
  statistics_.last_error = why;
  answer_null(ask);
}

// With a selected item of the menu the text is completed as if it had been taken; the engine copies what it needs, so it is taken back at once.
sw_status Completer::start_request(Ask& ask, sw_buffer* buffer) {
  size_t offset = ask.offset;
  std::string replaced;
  if (ask.selected) {
    replaced = ask.document->document.text().substr(ask.selected->begin, ask.offset - ask.selected->begin);
    ask.buffer->edit({ask.selected->begin, ask.offset, ask.selected->text});
    offset = ask.selected->begin + ask.selected->text.size();
    if (!ask.buffer->exists()) return SW_E_NO_MEMORY;
  }
  ask.options.on_done = on_done;
  ask.options.user = const_cast<Wake*>(&wake_);
  sw_request* raw = nullptr;
  const sw_status status = sw_complete(buffer, offset, &ask.options, &raw);
  ask.request.reset(raw);
  if (ask.selected) ask.buffer->edit({ask.selected->begin, offset, replaced});
  return status;
}

void Completer::finish(Ask& ask) {
  sw_request_stats stats = SW_REQUEST_STATS_INIT;
  const sw_status status = sw_request_status(ask.request.get());
  const bool usable = status == SW_OK || status == SW_E_DEADLINE;  // late: what there is counts
  if (!usable || sw_request_get_stats(ask.request.get(), &stats) != SW_OK) {
    fail(ask, sw_request_error(ask.request.get()));
    return;
  }
  Json items = items_of(ask);
  statistics_.answered += items.empty() ? 0 : 1;
  ask.send(result_message(ask.id, {{"items", std::move(items)}, {"stats", stats_json(stats)}}));
  const double ms = ms_since(ask.begun);
  statistics_.reply.add(ms);
  statistics_.overhead.add(ms - stats.total_ms);
}

}  // namespace sw::tool
