// How alike two texts are: what share of their runs of three identifiers they have in common.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sw {

// Sorted, each once.
using Shingles = std::vector<uint64_t>;
Shingles shingles_of(std::string_view text);

// |a and b| / |a or b|, 0 to 1; 0 when either is empty.
double jaccard(const Shingles& a, const Shingles& b);

}  // namespace sw
