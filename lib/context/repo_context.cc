#include "context/repo_context.h"

#include <algorithm>
#include <random>
#include <unordered_map>
#include <unordered_set>

#include "context/alike.h"
#include "context/pack.h"

namespace sw {
namespace {

constexpr double kHalfDistance = 30;  // identifiers from the cursor at which a word counts half
constexpr double kSameQuery = 0.7;    // share of the query's weight that must stay for the context to stay
constexpr double kAlikeMax = 0.5;     // with the text at the cursor
constexpr double kTwinMax = 0.8;      // with a better chunk
constexpr float kOwnFile = 0.5f;      // what a chunk of the same file counts: its head and tail are often in the window already
constexpr float kNearFile = 0.25f;    // how much more a chunk counts in the same folder; less with each step away
constexpr size_t kNearBytes = 2048;   // of the text at the cursor that a chunk is compared with
constexpr size_t kNamesNear = 40;     // whose declarations are shown once more
constexpr size_t kDefinersMax = 4;    // a name that more files define says little
constexpr size_t kChunksMax = 2000;   // candidates
constexpr size_t kMissesMax = 16;     // parts that did not fit before packing ends
constexpr size_t kDeclarationBytes = 1500;

// How a budget is shared out. Measured: docs/repo-index.md.
struct Shares {
  size_t volatile_tokens;  // edits, declarations, chunks
  size_t declarations;     // of those
  size_t edits;            // of those
  size_t skeleton_max;     // of one file
};

Shares shares_of(size_t budget, Strategy strategy) {
  if (strategy == Strategy::chunks) return {budget, 0, 0, 0};
  if (strategy != Strategy::ours) return {0, 0, 0, budget};
  const size_t volatile_tokens = std::min(budget - budget / 4, size_t{8192} + budget / 8);
  return {volatile_tokens, volatile_tokens / 5, volatile_tokens / 8, std::max<size_t>(budget / 8, 256)};
}

std::string_view tail(std::string_view text, size_t n) { return text.substr(text.size() - std::min(n, text.size())); }

double total_weight(const std::vector<QueryTerm>& query) {
  double sum = 0;
  for (const QueryTerm& q : query) sum += q.weight;
  return sum;
}

// Weighted Jaccard: the smaller weights over the larger ones.
double alike(const std::vector<QueryTerm>& a, const std::vector<QueryTerm>& b) {
  double smaller = 0;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    if (i->term == j->term) smaller += std::min(i->weight, j->weight);
    const bool step_i = i->term <= j->term, step_j = j->term <= i->term;
    if (step_i) ++i;
    if (step_j) ++j;
  }
  const double larger = total_weight(a) + total_weight(b) - smaller;
  return larger > 0 ? smaller / larger : 1;
}

class Building {
 public:
  Building(const IndexSnapshot& index, const ContextQuery& query, TokenCache& tokens, const Control& control, RepoContext& out)
      : index_(index),
        query_(query),
        control_(control),
        out_(out),
        imports_(index),
        texts_(index),
        shares_(shares_of(out.budget, query.strategy)),
        fixed_(tokens, query.header, out.budget - shares_.volatile_tokens),
        edits_(tokens, query.header, shares_.edits),
        declarations_(tokens, query.header, shares_.declarations),
        self_(index.find(query.path)) {}

  Status run(TokenCache& tokens) {
    near_ = files_by_nearness(index_, imports_, query_.path);
    if (query_.strategy == Strategy::random_files) std::shuffle(near_.begin(), near_.end(), std::mt19937_64(query_.seed));
    if (query_.strategy == Strategy::ours || query_.strategy == Strategy::skeletons) SW_TRY(add_skeletons());
    if (query_.strategy != Strategy::chunks) SW_TRY(add_files());
    if (query_.strategy == Strategy::ours) {
      SW_TRY(add_edits());
      SW_TRY(add_declarations());
    }
    Packer chunks(tokens, query_.header, shares_.volatile_tokens - edits_.used() - declarations_.used());
    if (shares_.volatile_tokens > 0) SW_TRY(add_chunks(chunks));
    put_together(std::move(chunks));
    return {};
  }

 private:
  std::string why_near(const NearFile& near) const {
    if (near.hops == 1) return "imported";
    if (near.hops == 2) return "imported by what is imported";
    return "path distance " + std::to_string(path_distance(index_.files[near.file]->path, query_.path));
  }

  ContextPart part_of(PartKind kind, uint32_t file) const {
    ContextPart part;
    part.kind = kind;
    part.path = index_.files[file]->path;
    part.hash = index_.files[file]->hash;
    return part;
  }

  ContextPart near_part(PartKind kind, size_t rank) const {
    ContextPart part = part_of(kind, near_[rank].file);
    part.score = 1.0 / static_cast<double>(1 + rank);
    part.why = why_near(near_[rank]);
    return part;
  }

  Status add_skeletons() {
    size_t n_misses = 0;
    for (size_t rank = 0; rank < near_.size() && n_misses < kMissesMax; ++rank) {
      SW_TRY(control_.check());
      const std::string& skeleton = index_.files[near_[rank].file]->record->skeleton;
      if (skeleton.empty()) continue;
      SW_ASSIGN(const bool taken, fixed_.add_start(near_part(PartKind::skeleton, rank), skeleton, shares_.skeleton_max));
      n_misses += taken ? 0 : 1;
    }
    n_skeletons_ = fixed_.parts().size();
    return {};
  }

  // Whole files, when the skeletons leave room.
  Status add_files() {
    size_t n_misses = 0;
    for (size_t rank = 0; rank < near_.size() && n_misses < kMissesMax && fixed_.left() > 0; ++rank) {
      SW_TRY(control_.check());
      const std::string* text = texts_.of(near_[rank].file);
      if (text == nullptr) continue;
      SW_ASSIGN(bool taken, fixed_.add(near_part(PartKind::file, rank), *text));
      if (!taken && query_.strategy != Strategy::ours) {
        SW_ASSIGN(taken, fixed_.add_start(near_part(PartKind::file, rank), *text, fixed_.left()));
      }
      n_misses += taken ? 0 : 1;
    }
    return {};
  }

  // The newest first while packing.
  Status add_edits() {
    for (size_t i = query_.recent_edits.size(); i-- > 0;) {
      ContextPart part{};
      part.kind = PartKind::edit;
      part.path = query_.recent_edits[i].path;
      part.why = "recent edit";
      part.score = 1.0 / static_cast<double>(query_.recent_edits.size() - i);
      SW_ASSIGN(const bool taken, edits_.add(std::move(part), query_.recent_edits[i].diff));
      if (!taken) break;
    }
    return {};
  }

  // Names near the cursor, the nearest first, each once.
  std::vector<std::string_view> names_near() const {
    std::vector<std::string_view> names;
    for_each_identifier(tail(query_.before, kNearBytes), [&](std::string_view name, size_t) { names.push_back(name); });
    std::reverse(names.begin(), names.end());
    std::unordered_set<std::string_view> met;
    std::erase_if(names, [&](std::string_view name) { return name.size() < 3 || !met.insert(name).second; });
    names.resize(std::min(names.size(), kNamesNear));
    return names;
  }

  struct Definer {
    uint32_t file, definition;
  };

  // Where the names are defined, outside of this file.
  std::unordered_map<Term, std::vector<Definer>> definers(const std::vector<std::string_view>& names) const {
    std::unordered_map<Term, std::vector<Definer>> found;
    for (const std::string_view name : names) found[term_of(name)];
    for (uint32_t f = 0; f < index_.files.size(); ++f) {
      if (static_cast<ptrdiff_t>(f) == self_) continue;
      const auto& definitions = index_.files[f]->record->definitions;
      for (uint32_t d = 0; d < definitions.size(); ++d) {
        const auto at = found.find(definitions[d].name);
        if (at != found.end()) at->second.push_back({f, d});
      }
    }
    return found;
  }

  // Its signature and those of what it holds.
  static std::string declaration_text(const std::string& text, const FileRecord& record, uint32_t definition) {
    std::string out;
    uint32_t end = 0;
    const FileRecord::Definition& outer = record.definitions[definition];
    for (uint32_t i = definition; i < record.definitions.size() && out.size() < kDeclarationBytes; ++i) {
      const FileRecord::Definition& d = record.definitions[i];
      if (d.begin >= outer.body_end) break;
      if (d.begin < end || d.body_end > outer.body_end) continue;  // within a signature that is there
      out.append(text, d.begin, std::min<size_t>(d.end - d.begin, kDeclarationBytes));
      out += '\n';
      end = d.end;
    }
    return out;
  }

  Status add_declarations() {
    const auto names = names_near();
    const auto found = definers(names);
    std::unordered_map<uint32_t, size_t> rank_of;
    for (size_t rank = 0; rank < near_.size(); ++rank) rank_of[near_[rank].file] = rank;
    std::unordered_set<uint64_t> met;
    for (size_t i = 0; i < names.size(); ++i) {
      auto places = found.at(term_of(names[i]));
      if (places.empty() || places.size() > kDefinersMax) continue;
      const Definer best = *std::min_element(places.begin(), places.end(),
                                             [&](const Definer& a, const Definer& b) { return rank_of[a.file] < rank_of[b.file]; });
      const std::string* text = texts_.of(best.file);
      if (text == nullptr || !met.insert(uint64_t{best.file} << 32 | best.definition).second) continue;
      const FileRecord& record = *index_.files[best.file]->record;
      ContextPart part = part_of(PartKind::declarations, best.file);
      part.first_line = record.definitions[best.definition].first_line;
      part.score = 1.0 / static_cast<double>(1 + i);
      part.why = "declares " + std::string(names[i]);
      SW_ASSIGN(const bool taken, declarations_.add(std::move(part), declaration_text(*text, record, best.definition)));
      if (!taken && declarations_.left() < 64) break;
    }
    return {};
  }

  bool overlaps_window(const ScoredChunk& scored) const {
    if (static_cast<ptrdiff_t>(scored.file) != self_) return false;
    const FileRecord::Chunk& chunk = index_.files[scored.file]->record->chunks[scored.chunk];
    return chunk.begin < query_.window_end && chunk.end > query_.window_begin;
  }

  std::string why_chunk(std::string_view text, const std::vector<std::string_view>& names) const {
    std::unordered_set<std::string_view> in_chunk;
    for_each_identifier(text, [&](std::string_view name, size_t) { in_chunk.insert(name); });
    std::string shared;
    size_t n = 0;
    for (const std::string_view name : names) {
      if (n >= 4 || in_chunk.count(name) == 0) continue;
      shared += (n++ == 0 ? "" : ", ") + std::string(name);
    }
    return n == 0 ? "shares words" : "shares " + shared;
  }

  // What the place of a file makes of its chunks' scores.
  float file_weight(uint32_t file) const {
    if (query_.strategy != Strategy::ours) return 1;
    if (static_cast<ptrdiff_t>(file) == self_) return kOwnFile;
    return 1 + kNearFile / static_cast<float>(1 + path_distance(index_.files[file]->path, query_.path));
  }

  Status add_chunks(Packer& packer) {
    const std::string at_cursor = std::string(tail(query_.before, kNearBytes)) + query_.after.substr(0, kNearBytes / 4);
    const Shingles near = shingles_of(at_cursor);
    const auto names = names_near();
    std::vector<Shingles> taken_before;
    size_t n_misses = 0;
    const auto weight = [&](uint32_t file) { return file_weight(file); };
    for (const ScoredChunk& scored : best_chunks(index_, out_.query, kChunksMax, weight)) {
      if (n_misses >= kMissesMax || packer.left() < 16) break;
      SW_TRY(control_.check());
      const std::string* text = overlaps_window(scored) ? nullptr : texts_.of(scored.file);
      if (text == nullptr) continue;
      const FileRecord::Chunk& chunk = index_.files[scored.file]->record->chunks[scored.chunk];
      const std::string_view piece = std::string_view(*text).substr(chunk.begin, chunk.end - chunk.begin);
      Shingles shingles = shingles_of(piece);
      const auto twin = [&](const Shingles& other) { return jaccard(shingles, other) > kTwinMax; };
      if (jaccard(shingles, near) > kAlikeMax || std::any_of(taken_before.begin(), taken_before.end(), twin)) continue;
      ContextPart part = part_of(PartKind::chunk, scored.file);
      part.first_line = chunk.first_line;
      part.score = scored.score;
      part.why = why_chunk(piece, names);
      SW_ASSIGN(const bool taken, packer.add(std::move(part), piece));
      if (taken) taken_before.push_back(std::move(shingles));
      n_misses += taken ? 0 : 1;
    }
    return {};
  }

  // Far to near: packers took the best first.
  void put_together(Packer chunks) {
    const auto append = [&](std::vector<ContextPart> parts) {
      for (size_t i = parts.size(); i-- > 0;) {
        out_.n_tokens += parts[i].ids->size();
        out_.parts.push_back(std::move(parts[i]));
      }
    };
    std::vector<ContextPart> fixed = std::move(fixed_).parts();
    const auto middle = fixed.begin() + static_cast<ptrdiff_t>(n_skeletons_);
    std::vector<ContextPart> files(std::make_move_iterator(middle), std::make_move_iterator(fixed.end()));
    fixed.erase(middle, fixed.end());
    append(std::move(fixed));
    append(std::move(files));
    out_.n_stable = out_.parts.size();
    out_.n_stable_tokens = out_.n_tokens;
    append(std::move(edits_).parts());
    append(std::move(chunks).parts());
    append(std::move(declarations_).parts());
  }

  const IndexSnapshot& index_;
  const ContextQuery& query_;
  const Control& control_;
  RepoContext& out_;
  const ImportMap imports_;
  IndexedTexts texts_;
  const Shares shares_;
  Packer fixed_, edits_, declarations_;
  const ptrdiff_t self_;
  std::vector<NearFile> near_;
  size_t n_skeletons_ = 0;
};

Result<size_t> budget_of(const ContextQuery& query) {
  if (query.budget_tokens > kContextTokensMax) {
    return error(Code::argument, "a budget of %zu tokens; at most %zu", query.budget_tokens, kContextTokensMax);
  }
  if (query.budget_ms < 0 || query.tokens_per_s < 0) return error(Code::argument, "a budget in time below 0");
  if (query.budget_ms == 0 || query.tokens_per_s == 0) return query.budget_tokens;
  const double by_time = query.budget_ms / 1000 * query.tokens_per_s;
  return by_time < static_cast<double>(query.budget_tokens) ? static_cast<size_t>(by_time) : query.budget_tokens;
}

Status check(const ContextQuery& query) {
  if (!query.header.ends_with('\n')) return error(Code::argument, "the header of a part must end with a newline");
  for (const std::string* text : {&query.header, &query.before, &query.after, &query.path}) {
    if (first_invalid_utf8(*text)) return error(Code::argument, "the query is not UTF-8");
  }
  for (const RecentEdit& edit : query.recent_edits) {
    if (first_invalid_utf8(edit.path) || first_invalid_utf8(edit.diff)) return error(Code::argument, "a recent edit is not UTF-8");
  }
  return {};
}

// What was built before still says what the files say, and does not lie in the window.
bool still_true(const RepoContext& before, const IndexSnapshot& index, const ContextQuery& query) {
  for (const ContextPart& part : before.parts) {
    if (part.kind == PartKind::edit) continue;
    const ptrdiff_t file = index.find(part.path);
    if (file < 0 || index.files[static_cast<size_t>(file)]->hash != part.hash) return false;
    if (part.path != query.path) continue;
    for (const FileRecord::Chunk& chunk : index.files[static_cast<size_t>(file)]->record->chunks) {
      if (chunk.first_line == part.first_line && chunk.begin < query.window_end && chunk.end > query.window_begin) return false;
    }
  }
  return true;
}

bool may_stay(const RepoContext& before, const RepoContext& now, const IndexSnapshot& index, const ContextQuery& query) {
  return before.path == now.path && before.budget == now.budget && before.strategy == now.strategy && before.header == now.header &&
         alike(before.query, now.query) >= kSameQuery && still_true(before, index, query);
}

}  // namespace

const char* name_of(PartKind kind) {
  static constexpr const char* kNames[] = {"skeleton", "file", "edit", "declarations", "chunk"};
  return kNames[static_cast<size_t>(kind)];
}

Result<std::shared_ptr<const RepoContext>> ContextBuilder::build(const IndexSnapshot& index, const ContextQuery& query,
                                                                 const Control& control) {
  SW_TRY(check(query));
  auto out = std::make_shared<RepoContext>();
  out->path = query.path;
  SW_ASSIGN(out->budget, budget_of(query));
  out->strategy = query.strategy;
  out->header = query.header;
  out->query = query_of(query.before, query.after, kHalfDistance);
  if (query.previous != nullptr && may_stay(*query.previous, *out, index, query)) {
    auto kept = std::make_shared<RepoContext>(*query.previous);  // with the query it was built for: small steps do not add up unseen
    kept->kept = true;
    return std::shared_ptr<const RepoContext>(std::move(kept));
  }
  Building building(index, query, tokens_, control, *out);
  SW_TRY(building.run(tokens_));
  return std::shared_ptr<const RepoContext>(std::move(out));
}

}  // namespace sw
