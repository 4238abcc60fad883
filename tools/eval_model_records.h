// What eval model found, record by record, in a file that a later run goes on with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval_model_judge.h"
#include "record_file.h"

namespace sw::tool {

// One way to fill a hole.
struct ModelFill {
  std::string order;     // "spm", "psm"
  bool context = false;  // whether the prompt shows the hole's context
  size_t prompt_tokens = 0;
  std::string raw, shown, finish;
  RawJudgement raw_judgement;
  ShownJudgement shown_judgement;
  double ms = 0;
  std::string prompt;  // "" unless it was asked for
};

struct ModelRecord {
  size_t line = 0;  // of the file of holes
  std::string kind, language, package, path;
  double bits = 0;  // of a document, with the bytes and tokens that they are for
  uint64_t n_bytes = 0, n_tokens = 0;
  std::vector<ModelFill> fills;  // of a hole
};

// All that changes what a model writes into the same hole, and which holes they are. Files that differ in it do not belong together.
struct ModelSettings {
  std::string model;  // its hash
  std::string model_name, weights;
  std::vector<std::string> orders;
  std::string holes;  // the file's hash
};

Json settings_json(const ModelSettings& settings);

struct ModelFile {
  ModelSettings settings;
  std::vector<ModelRecord> records;
  uint64_t whole_bytes = 0;
};
Outcome read_model_file(const std::string& path, ModelFile& out);

class ModelWriter {
 public:
  Outcome open(const std::string& path, const ModelSettings& settings, std::vector<ModelRecord>& before);
  Outcome write(const ModelRecord& record);

 private:
  RecordWriter file_;
};

}  // namespace sw::tool
