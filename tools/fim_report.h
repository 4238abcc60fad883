// What records say together: by kind of hole, language and budget.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bootstrap.h"
#include "fim_records.h"

namespace sw::tool {

// In parts of 1.
struct FimRow {
  uint32_t budget = 0;
  double context_tokens = 0;  // mean
  double has_name = 0, ended = 0;
  Estimate exact, similarity;
  Estimate exact_gain, similarity_gain;  // over budget 0, hole by hole
};

struct FimGroup {
  std::string kind, language;  // "all": of every one
  size_t n_holes = 0, n_packages = 0;
  std::vector<FimRow> rows;  // by budget
};

// Each kind and language, then all languages of each kind, then all.
std::vector<FimGroup> group_records(const std::vector<FimRecord>& records, uint64_t seed);

Json fim_report_json(const std::vector<FimGroup>& groups, const FimSettings& settings);
std::string fim_report_table(const std::vector<FimGroup>& groups, const FimSettings& settings);

}  // namespace sw::tool
