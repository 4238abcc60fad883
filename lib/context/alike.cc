#include "context/alike.h"

#include <algorithm>

#include "context/identifiers.h"

namespace sw {

Shingles shingles_of(std::string_view text) {
  constexpr uint64_t kMix = 0x9E3779B97F4A7C15;
  Shingles shingles;
  uint64_t a = 0, b = 0;
  size_t n = 0;
  for_each_identifier(text, [&](std::string_view word, size_t) {
    const uint64_t c = term_of(word);
    if (++n >= 3) shingles.push_back(((a * kMix) ^ b) * kMix ^ c);
    a = b;
    b = c;
  });
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  return shingles;
}

double jaccard(const Shingles& a, const Shingles& b) {
  if (a.empty() || b.empty()) return 0;
  size_t same = 0;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    same += *i == *j ? 1 : 0;
    const bool step_i = *i <= *j, step_j = *j <= *i;
    if (step_i) ++i;
    if (step_j) ++j;
  }
  return static_cast<double>(same) / static_cast<double>(a.size() + b.size() - same);
}

}  // namespace sw
