// The queue of completions of all clients: one at a time in the engine, the newest first, one of each document.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "serve/client_state.h"
#include "serve/live_buffer.h"
#include "serve/model_host.h"
#include "serve/statistics.h"

namespace sw::tool {

// What the completion menu has selected: the suggestion goes on from there.
struct Selected {
  Json range;
  size_t begin = 0;  // in the document, in bytes
  std::string text;
};

struct Ask {
  const void* owner = nullptr;  // the session
  Json id;
  std::shared_ptr<LiveBuffer> buffer;
  const OpenDocument* document = nullptr;  // open as long as the ask is in the queue
  size_t offset = 0;
  Position position;
  std::optional<Selected> selected;
  sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
  std::function<void(const Json& message)> send;
  Clock::time_point begun = Clock::now();
  Request request;
};

class Completer {
 public:
  Completer(ModelHost& model, const Wake& wake) : model_(model), wake_(wake) {}

  void ask(Ask ask);                                  // an older one of the same document is answered null
  bool cancel(const void* owner, const Json& id);     // answered as cancelled
  void edited(const OpenDocument* document);          // what waits for the old text is answered null
  void forget(const OpenDocument* document);          // closed: answered null
  void forget_owner(const void* owner);               // gone: not answered
  void pump();                                        // finishes and starts what can be
  bool idle() const { return !running_ && waiting_.empty() && stopping_.empty(); }
  Clock::time_point last_used() const { return last_used_; }
  size_t n_waiting() const { return waiting_.size(); }
  Statistics& statistics() { return statistics_; }
  const Statistics& statistics() const { return statistics_; }
  // The buffer that was last completed in, with the place.
  void drop_last() { last_buffer_.reset(); }
  const std::shared_ptr<LiveBuffer>& last_buffer() const { return last_buffer_; }
  size_t last_offset() const { return last_offset_; }

 private:
  using Wanted = std::function<bool(const Ask&)>;
  void remove_where(const Wanted& wanted, const std::function<void(Ask&)>& answer);
  void stop_running();
  void start(Ask& ask);
  void fail(Ask& ask, const std::string& why);
  sw_status start_request(Ask& ask, sw_buffer* buffer);
  void finish(Ask& ask);

  ModelHost& model_;
  const Wake& wake_;
  std::deque<Ask> waiting_;  // oldest first
  std::optional<Ask> running_;
  std::list<Request> stopping_;  // cancelled, not yet done: freeing them now would wait
  Clock::time_point last_used_ = Clock::now();
  std::shared_ptr<LiveBuffer> last_buffer_;
  size_t last_offset_ = 0;
  Statistics statistics_;
};

}  // namespace sw::tool
