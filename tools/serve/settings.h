// The settings: what editor-plugins/settings.json lists, and the values that flags and editors give.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "json_output.h"

namespace sw::tool {

struct Settings {
  bool enable = true;
  std::vector<std::pair<std::string, bool>> languages;
  std::vector<std::string> exclude;
  int max_tokens = 0;
  int64_t time_budget_ms = 0;
  int multiline = 0;  // as sw_complete_options.multiline
  int candidates = 1;
  double logprob_min = 0;
  bool cut_at_syntax = false;
  bool type_through = false;
  bool skip_unlikely_places = false;
  bool idle_work = false;
  size_t file_bytes_max = 0;
  bool repository_context = false;
  uint32_t context_tokens = 0;
  double keep_alive_minutes = 0;
  double idle_unload_minutes = 0;
  std::string endpoint;
  std::string log_level;

  bool language_enabled(const std::string& language) const;
};

// The list itself, and the globs of files that nothing is ever read of.
const Json& settings_table();

// All settings by name. Starts as the defaults.
class SettingValues {
 public:
  SettingValues();

  // Takes over what `given`, which is `origin`, holds: an object of settings or one with such an object as "sidewinder"; null: nothing. What
  // cannot be taken is left out, of a list the item alone, and told in a sentence each: once, until it is given something else.
  std::vector<std::string> merge(const Json& given, const std::string& origin);
  // One that a flag gives as text.
  Outcome set_text(const std::string& name, const std::string& text);

  const Json& json() const { return values_; }
  Settings settings() const;
  // Those that one process has one of: a change needs another process.
  Json of_process() const;

 private:
  std::vector<std::string> take(const Json& given, const std::string& origin);
  std::string take_one(const Json& entry, const Json& value);

  Json values_;
  std::map<std::string, std::string> problems_;  // told, by setting; "" for what is no object of settings
};

// "maxTokens" as a flag: "--max-tokens".
std::string flag_of(const std::string& name);

}  // namespace sw::tool
