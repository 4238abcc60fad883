// What a measurement found, hole by hole: JSON lines in a file that a later run goes on with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fim_holes.h"
#include "fim_judge.h"
#include "json_output.h"
#include "record_file.h"

namespace sw::tool {

// One completion.
struct FimResult {
  uint32_t budget = 0;
  size_t context_tokens = 0, prompt_tokens = 0;
  std::string shown;
  std::string finish;
  Judgement judgement;
  double ms = 0;
  std::string prompt;  // "" unless it was asked for
};

struct FimRecord {
  FimHole hole;
  std::vector<FimResult> results;  // by budget, ascending; the first is 0
};

// All that changes what a model writes into the same hole. Files that differ in it do not belong together.
struct FimSettings {
  std::string model;  // its hash
  std::string model_name;
  std::vector<uint32_t> budgets;
  std::string mode;
  size_t prefix_bytes = 0, suffix_bytes = 0;

  friend bool operator==(const FimSettings&, const FimSettings&) = default;
};

Json hole_json(const FimHole& hole);
Json settings_json(const FimSettings& settings);

// A file's settings and records. A last line without its newline was not finished: `whole_bytes` ends before it.
struct FimFile {
  FimSettings settings;
  std::vector<FimRecord> records;
  uint64_t whole_bytes = 0;
};
Outcome read_fim_file(const std::string& path, FimFile& out);

// Writes records as they come.
class FimWriter {
 public:
  // Goes on behind what the file has, which goes to `before`; a new one begins with the settings.
  Outcome open(const std::string& path, const FimSettings& settings, std::vector<FimRecord>& before);
  Outcome write(const FimRecord& record);

 private:
  RecordWriter file_;
};

}  // namespace sw::tool
