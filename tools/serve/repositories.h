// The indexes of the folders that editors have open, and what the model reads of them. All of it is done while nothing else is, on a thread of
// its own: a buffer is lent to it, and comes back as soon as it is wanted.
#pragma once

#include <map>
#include <set>
#include <string>

#include "serve/completer.h"
#include "serve/job_thread.h"
#include "workspace.h"

namespace sw::tool {

class Repositories {
 public:
  Repositories(ModelHost& model, Completer& completer, const Wake& wake) : model_(model), completer_(completer), thread_(wake) {}

  void use(const std::string& folder);                             // it is worth having
  void changed(const std::string& folder, const std::string& path);  // a file was saved
  void step();                                                     // of the loop: collects what is done, starts what can be
  bool waits() const;                                              // for a pause
  bool busy() const { return thread_.busy(); }
  // Before the model is unloaded, when not busy: an index counts with the model's tokenizer.
  void drop() { folders_.clear(); }
  Json json() const;

 private:
  struct Folder {
    std::shared_ptr<sw_workspace> workspace;  // null until it is first indexed
    std::set<std::string> changed;            // paths in it; "" for all
    uint64_t n_updates = 0;
    Clock::time_point walked{};
    std::string problem;
  };
  struct Work {
    std::string folder;
    std::shared_ptr<LiveBuffer> buffer;  // null: an update of the index
    size_t offset = 0;
    uint64_t n_updates = 0;
    // Written by the thread.
    std::shared_ptr<sw_workspace> workspace;
    Outcome outcome;
  };

  void collect();
  bool start_update();
  bool start_context();
  bool is_due(const LiveBuffer& buffer, size_t offset) const;
  void start(std::shared_ptr<Work> work, JobThread::Job job);

  ModelHost& model_;
  Completer& completer_;
  std::map<std::string, Folder> folders_;
  std::shared_ptr<Work> work_;
  JobThread thread_;  // last: it ends before what its jobs use
};

}  // namespace sw::tool
