// The completion after the next accept, run while nothing else waits.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "complete/completion.h"

namespace sw {

// The task that is asked for when the result's best candidate has been accepted whole, but for when; nothing when there is none to accept.
std::optional<CompletionTask> accepted(const CompletionTask& task, const CompletionResult& result);

// One such completion. The buffer's thread asks for it, the engine's worker runs it.
class Ahead : public std::enable_shared_from_this<Ahead> {
 public:
  // Posts it, once.
  void start(CompletionTask task);
  // Its result, if there is one and `task` is what it was run for.
  std::optional<CompletionResult> take(const CompletionTask& task);
  // It is not wanted any more.
  void drop();
  // The same, and returns when it holds nothing of model and engine. `engine` is its. Throws nothing.
  void stop(Engine& engine);

 private:
  void post(Engine& engine);
  void run();

  std::mutex mutex_;                    // guards all below
  std::mutex running_;                  // held while it runs; taken before mutex_
  bool dropped_ = false;
  std::shared_ptr<const CompletionTask> task_;  // null before it is known, and once dropped
  std::optional<CompletionResult> result_;
};

}  // namespace sw
