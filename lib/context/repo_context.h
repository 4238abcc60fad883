// What a model is shown of the rest of a workspace when it completes at a cursor.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/control.h"
#include "context/bm25.h"
#include "context/rank.h"
#include "context/repo_index.h"
#include "context/token_cache.h"
#include "tokenizer/tokenizer.h"

namespace sw {

enum class PartKind : uint8_t {
  skeleton,      // what a file declares
  file,          // a whole file
  edit,          // a recent change, as the caller gave it
  declarations,  // behind the names near the cursor, once more
  chunk,         // a piece of a file that shares many words with the text at the cursor
};
const char* name_of(PartKind kind);  // "skeleton"

struct ContextPart {
  PartKind kind;
  std::string path;
  size_t first_line = 0;  // from 0
  std::string text;       // a header line, the piece, a newline
  // Of `text` by itself, as a continuation: those of all parts, joined, are the ids of their texts joined.
  std::shared_ptr<const std::vector<TokenId>> ids;
  double score = 0;  // larger is better; compare within one kind
  std::string why;
  ContentHash hash{};  // of the file that the piece was cut from
};

struct RecentEdit {
  std::string path;
  std::string diff;
};

// Builders to measure ours against, each with one idea.
enum class Strategy : uint8_t { ours, random_files, near_files, chunks, skeletons };

struct RepoContext;

struct ContextQuery {
  std::string path;                         // of the file that is edited, relative to the workspace; need not be in the index
  std::string before, after;                // the text around the cursor that the model is shown anyway
  size_t window_begin = 0, window_end = 0;  // where that text lies in the file, bytes
  size_t budget_tokens = 32'768;
  double budget_ms = 0;  // of prefill, with tokens_per_s; 0: only tokens count. The smaller budget wins
  double tokens_per_s = 0;
  std::vector<RecentEdit> recent_edits;   // the newest last
  std::string header = "+++++ {path}\n";  // before each part; {path} is filled in
  Strategy strategy = Strategy::ours;
  uint64_t seed = 0;                            // of random_files
  std::shared_ptr<const RepoContext> previous;  // kept as it is while the query changes little; may be null
};

inline constexpr size_t kContextTokensMax = 262'144;

// Immutable.
struct RepoContext {
  std::vector<ContextPart> parts;  // far to near: the stable ones, then those that follow the cursor, the best last
  size_t n_stable = 0;             // parts; they depend on the index, the path and the budget alone
  size_t n_tokens = 0;
  size_t n_stable_tokens = 0;
  bool kept = false;  // taken over from `previous`

  // Of the query, to tell how much the next one differs.
  std::string path;
  size_t budget = 0;
  Strategy strategy = Strategy::ours;
  std::string header;
  std::vector<QueryTerm> query;
};

// Builds contexts over snapshots of one workspace. May be used from several threads at once.
class ContextBuilder {
 public:
  explicit ContextBuilder(std::shared_ptr<const Tokenizer> tokenizer) : tokenizer_(tokenizer), tokens_(std::move(tokenizer)) {}

  const Tokenizer& tokenizer() const { return *tokenizer_; }

  // Never more than the budget. The same for the same arguments. Files that changed since they were indexed are left out. Errors: argument
  // (a header without a newline at its end, a budget over kContextTokensMax, text that is not UTF-8), cancelled, deadline.
  Result<std::shared_ptr<const RepoContext>> build(const IndexSnapshot& index, const ContextQuery& query, const Control& control);

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  TokenCache tokens_;
};

}  // namespace sw
