// BM25 over the chunks of an index: Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009.
//
// There is no inverted index: a query goes over the terms of all chunks. It needs no memory and leaves nothing to be kept up to date; what
// it costs is in docs/repo-index.md.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "context/repo_index.h"

namespace sw {

struct QueryTerm {
  Term term;
  float weight;
};

// Terms of the text around a cursor, each once, by term. Those near the cursor weigh more: `half_distance` identifiers away half as much.
std::vector<QueryTerm> query_of(std::string_view before, std::string_view after, double half_distance);

struct ScoredChunk {
  uint32_t file, chunk;  // in the snapshot; in the file's record
  float score;           // above 0
};

// The best first; ties by file and chunk. Scores are multiplied by weight(file); 0 leaves a file out, but its chunks still count as
// documents.
std::vector<ScoredChunk> best_chunks(const IndexSnapshot& index, const std::vector<QueryTerm>& query, size_t n_max,
                                     const std::function<float(uint32_t file)>& weight);

}  // namespace sw
