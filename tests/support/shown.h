// What a completion gave, to be compared.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "support/session.h"

namespace sw::test {

// A candidate with all that it says.
struct Shown {
  std::string text, raw, cut;
  std::vector<int32_t> ids;
  double logprob = 0, suffix_logprob = 0;
  sw_finish finish = 0;
  bool operator==(const Shown&) const = default;
};

inline void PrintTo(const Shown& s, std::ostream* out) { *out << "'" << s.raw << "' " << s.logprob << " finish " << s.finish << " (" << s.cut << ")"; }

inline std::vector<Shown> candidates_of(const sw_request* request) {
  std::vector<Shown> out;
  for (size_t i = 0; i < sw_request_n_candidates(request); ++i) {
    sw_candidate c = SW_CANDIDATE_INIT;
    EXPECT_STATUS(SW_OK, sw_request_candidate(request, i, &c));
    EXPECT_EQ(c.text[c.length], '\0');
    EXPECT_EQ(c.raw[c.raw_length], '\0');
    out.push_back({std::string(c.text, c.length), std::string(c.raw, c.raw_length), c.cut, std::vector<int32_t>(c.ids, c.ids + c.n_ids),
                   c.logprob, c.suffix_logprob, c.finish});
  }
  return out;
}

}  // namespace sw::test
