// What the records of eval model say together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bootstrap.h"
#include "eval_model_records.h"

namespace sw::tool {

// One figure with its interval, over the holes for which it can be asked.
struct ModelFigure {
  const char* name = "";
  Estimate estimate;
  size_t n = 0;  // 0: for none
};

// Bits a byte of documents.
struct ModelBits {
  std::string language;  // "all"
  Estimate per_byte;
  size_t n_documents = 0;
  uint64_t n_bytes = 0, n_tokens = 0;
};

// Holes of a kind, filled in one way.
struct ModelGroup {
  std::string kind, order, language;  // language "all": of every one
  bool context = false;
  size_t n_holes = 0;
  std::vector<ModelFigure> figures;
};

struct ModelReport {
  std::vector<ModelBits> bits;  // all, then by language
  double mean_of_languages = 0;
  std::vector<ModelGroup> groups;  // by kind, order and context: all, then by language
  std::vector<ModelGroup> gains;   // with the context over without it, hole by hole, of all languages
};

ModelReport report_model(const std::vector<ModelRecord>& records, uint64_t seed);
Json model_report_json(const ModelReport& report, const ModelSettings& settings);
std::string model_report_table(const ModelReport& report, const ModelSettings& settings);

}  // namespace sw::tool
