#include "context/grammar.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "base/status.h"
#include "context/grammar_table.h"

namespace sw {
namespace {

struct QueryDelete {
  void operator()(TSQuery* query) const { ts_query_delete(query); }
};
using QueryPtr = std::unique_ptr<TSQuery, QueryDelete>;

const GrammarEntry* entry_of(const Language& language) {
  const auto table = grammar_table();
  const auto found = std::find_if(table.begin(), table.end(), [&](const GrammarEntry& e) { return e.language == language.name; });
  return found == table.end() ? nullptr : &*found;
}

QueryPtr compile(const GrammarEntry& entry, std::string& problem) {
  static constexpr const char* kNames[] = {"", "syntax", "node type", "field", "capture", "structure", "language"};
  uint32_t at = 0;
  TSQueryError kind = TSQueryErrorNone;
  QueryPtr query(ts_query_new(entry.grammar(), entry.query.data(), static_cast<uint32_t>(entry.query.size()), &at, &kind));
  if (query == nullptr) {
    const auto line = 1 + std::count(entry.query.begin(), entry.query.begin() + std::min<size_t>(at, entry.query.size()), '\n');
    problem = format("%s.scm, line %td: wrong %s", std::string(entry.language).c_str(), line, kNames[kind]);
  }
  return query;
}

struct Compiled {
  std::once_flag once;
  QueryPtr query;
};

}  // namespace

const TSLanguage* grammar_of(const Language& language) {
  const GrammarEntry* entry = entry_of(language);
  return entry == nullptr ? nullptr : entry->grammar();
}

const TSQuery* outline_query(const Language& language) {
  static std::vector<Compiled> compiled(grammar_table().size());
  const GrammarEntry* entry = entry_of(language);
  if (entry == nullptr || entry->query.empty()) return nullptr;
  Compiled& slot = compiled[static_cast<size_t>(entry - grammar_table().data())];
  std::call_once(slot.once, [&] {
    std::string problem;
    slot.query = compile(*entry, problem);
  });
  return slot.query.get();
}

std::string outline_query_error(const Language& language) {
  const GrammarEntry* entry = entry_of(language);
  std::string problem;
  if (entry != nullptr && !entry->query.empty()) compile(*entry, problem);
  return problem;
}

}  // namespace sw
