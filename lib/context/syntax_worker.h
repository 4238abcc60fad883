// Parses open documents beside everything else, so that who needs a tree never waits for one.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "context/syntax_tree.h"

namespace sw {

// One thread, which starts with the first document. All functions may be called from any thread.
//
// A document's newest text supersedes those that wait; a parse that runs is not given up for a newer text, so that
// steady typing does not keep a large file from ever having a tree. Where a tree has errors it depends on what was
// reused of the last one; it is published, and once nothing else waits the text is parsed again from nothing: at rest
// the tree is that of a fresh parse.
class SyntaxWorker {
 public:
  using DocumentId = uint64_t;

  struct Options {
    std::chrono::milliseconds parse_time_max{1000};   // of one parse; what takes longer has no tree of that text
    std::chrono::milliseconds retry_after{10000};     // and is not tried again before, whatever is typed
  };

  // The tree of a document's newest text, or the newest there is, moved to that text.
  struct View {
    std::shared_ptr<const SyntaxTree> tree;      // null when none was ever parsed
    std::shared_ptr<const std::string> text;     // the newest, to which the tree's ranges belong
    uint64_t version = 0;                        // of the text
    uint64_t parsed_version = 0;                 // of the text that was parsed; equal when the tree is not stale
  };

  SyntaxWorker() : SyntaxWorker(Options{}) {}
  explicit SyntaxWorker(const Options& options) : options_(options) {}
  // Waits for a running parse no longer than until it next looks at its cancel flag: every few hundred steps of the parser.
  ~SyntaxWorker();
  SyntaxWorker(const SyntaxWorker&) = delete;
  SyntaxWorker& operator=(const SyntaxWorker&) = delete;

  // `text` is the document's text from now on; `edits`, in order, made it of the text of the last update, and may be
  // empty when nobody knows them. Versions are the caller's and grow; an update with an older one is ignored.
  void update(DocumentId id, const Language& language, uint64_t version, std::shared_ptr<const std::string> text,
              std::span<const TextEdit> edits);
  // Forgets the document.
  void close(DocumentId id);

  // Never waits for a parse: moves the last tree by the edits since. Empty for an unknown document.
  View last_good(DocumentId id) const;

  // Until nothing waits or runs, errors are parsed afresh, or the time comes; false in the last case.
  bool wait_idle(Clock::time_point time) const;

 private:
  struct Document {
    const Language* language = nullptr;
    std::shared_ptr<const std::string> text;
    uint64_t version = 0;
    uint64_t opened = 0;                            // tells it from another one of the same id
    uint64_t touched = 0;                           // counts updates of all documents: the last touched goes first
    bool waiting = false;                           // the newest text has no tree yet
    bool unsettled = false;                         // its tree has errors and was not parsed from nothing
    Clock::time_point not_before{};                 // after a parse that took too long
    std::shared_ptr<const SyntaxTree> tree;         // of good_text
    std::shared_ptr<const std::string> good_text;
    uint64_t good_version = 0;
    std::vector<std::pair<uint64_t, TextEdit>> edits;  // since good_version, each with the version it led to
    bool edits_known = true;
  };

  struct Job {
    DocumentId id = 0;
    Document document;  // as it was when the job began
    bool afresh = false;
  };

  void run();
  bool next_job(Job& job);
  const Document* most_urgent(Job& job, std::optional<Clock::time_point>& wake_at) const;
  std::shared_ptr<const SyntaxTree> parse(const Job& job, bool& too_long) const;
  void publish(const Job& job, std::shared_ptr<const SyntaxTree> tree, bool too_long);
  static std::shared_ptr<const SyntaxTree> moved_tree(const Document& document);

  const Options options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<DocumentId, Document> documents_;
  uint64_t n_updates_ = 0;
  bool stopping_ = false;
  bool running_ = false;
  DocumentId running_id_ = 0;
  bool running_afresh_ = false;
  std::atomic<bool> cancel_{false};  // of the job that runs
  std::thread thread_;
};

}  // namespace sw
