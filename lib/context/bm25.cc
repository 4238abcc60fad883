#include "context/bm25.h"

#include <algorithm>
#include <bitset>
#include <cmath>

namespace sw {
namespace {

constexpr float kSaturation = 1.2f;  // k1
constexpr float kLength = 0.75f;     // b

struct Match {
  uint32_t document;
  uint16_t query;
  uint8_t count;
};

// Finds a term among those of a query. Most terms of a chunk are not there, and one bit says so.
class TermTable {
 public:
  explicit TermTable(const std::vector<QueryTerm>& query) : query_(query) {
    for (const QueryTerm& q : query) maybe_.set(q.term % kBits);
  }
  ptrdiff_t find(Term term) const {
    if (!maybe_.test(term % kBits)) return -1;
    const auto at = std::lower_bound(query_.begin(), query_.end(), term, [](const QueryTerm& q, Term t) { return q.term < t; });
    return at != query_.end() && at->term == term ? at - query_.begin() : -1;
  }

 private:
  static constexpr size_t kBits = size_t{1} << 16;
  const std::vector<QueryTerm>& query_;
  std::bitset<kBits> maybe_;
};

struct Documents {
  std::vector<ScoredChunk> chunks;
  std::vector<float> length;
  std::vector<Match> matches;
  std::vector<uint32_t> frequency;  // of each query term, in documents
  double n_words = 0;
};

Documents match_all(const IndexSnapshot& index, const std::vector<QueryTerm>& query) {
  const TermTable table(query);
  Documents out;
  out.frequency.resize(query.size());
  for (uint32_t f = 0; f < index.files.size(); ++f) {
    const FileRecord& record = *index.files[f]->record;
    for (uint32_t c = 0; c < record.chunks.size(); ++c) {
      const FileRecord::Chunk& chunk = record.chunks[c];
      const auto document = static_cast<uint32_t>(out.chunks.size());
      for (uint32_t i = chunk.first_term; i < chunk.first_term + chunk.n_terms; ++i) {
        const ptrdiff_t q = table.find(record.terms[i]);
        if (q < 0) continue;
        ++out.frequency[static_cast<size_t>(q)];
        out.matches.push_back({document, static_cast<uint16_t>(q), record.counts[i]});
      }
      out.chunks.push_back({f, c, 0.0f});
      out.length.push_back(static_cast<float>(chunk.n_words));
      out.n_words += chunk.n_words;
    }
  }
  return out;
}

}  // namespace

std::vector<QueryTerm> query_of(std::string_view before, std::string_view after, double half_distance) {
  std::vector<std::string_view> names;
  for_each_identifier(before, [&](std::string_view name, size_t) { names.push_back(name); });
  const size_t cursor = names.size();
  for_each_identifier(after, [&](std::string_view name, size_t) { names.push_back(name); });
  std::vector<QueryTerm> query;
  std::vector<Term> terms;
  for (size_t i = 0; i < names.size(); ++i) {
    const size_t distance = i < cursor ? cursor - i : i - cursor + 1;
    const auto weight = static_cast<float>(half_distance / (half_distance + static_cast<double>(distance)));
    terms.clear();
    append_terms(names[i], terms);
    for (const Term term : terms) query.push_back({term, weight});
  }
  // Each term once, with its largest weight.
  std::sort(query.begin(), query.end(),
            [](const QueryTerm& a, const QueryTerm& b) { return a.term != b.term ? a.term < b.term : a.weight > b.weight; });
  query.erase(std::unique(query.begin(), query.end(), [](const QueryTerm& a, const QueryTerm& b) { return a.term == b.term; }),
              query.end());
  constexpr size_t kTermsMax = UINT16_MAX;
  query.resize(std::min(query.size(), kTermsMax), QueryTerm{});
  return query;
}

std::vector<ScoredChunk> best_chunks(const IndexSnapshot& index, const std::vector<QueryTerm>& query, size_t n_max,
                                     const std::function<float(uint32_t file)>& weight) {
  Documents documents = match_all(index, query);
  const auto n = static_cast<float>(documents.chunks.size());
  const float mean_length = documents.chunks.empty() ? 1.0f : std::max(1.0f, static_cast<float>(documents.n_words) / n);
  std::vector<float> rarity(query.size());
  for (size_t q = 0; q < query.size(); ++q) {
    const auto frequency = static_cast<float>(documents.frequency[q]);
    rarity[q] = query[q].weight * std::log1p((n - frequency + 0.5f) / (frequency + 0.5f));
  }
  for (const Match& match : documents.matches) {
    const auto count = static_cast<float>(match.count);
    const float long_by = 1.0f - kLength + kLength * documents.length[match.document] / mean_length;
    documents.chunks[match.document].score += rarity[match.query] * count * (kSaturation + 1.0f) / (count + kSaturation * long_by);
  }
  auto& chunks = documents.chunks;
  float file_weight = 1;
  for (size_t i = 0; i < chunks.size(); ++i) {  // those of one file follow each other
    if (i == 0 || chunks[i].file != chunks[i - 1].file) file_weight = weight(chunks[i].file);
    chunks[i].score *= file_weight;
  }
  std::erase_if(chunks, [](const ScoredChunk& c) { return c.score <= 0.0f; });
  const size_t n_best = std::min(n_max, chunks.size());
  std::partial_sort(chunks.begin(), chunks.begin() + static_cast<ptrdiff_t>(n_best), chunks.end(),
                    [](const ScoredChunk& a, const ScoredChunk& b) {
                      if (a.score != b.score) return a.score > b.score;
                      return a.file != b.file ? a.file < b.file : a.chunk < b.chunk;
                    });
  chunks.resize(n_best);
  return std::move(chunks);
}

}  // namespace sw
