#include "serve/settings.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "serve/settings_text.h"

namespace sw::tool {
namespace {

bool has_type(const Json& value, const std::string& type) {
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer() || (value.is_number() && value.get<double>() == std::floor(value.get<double>()));
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

std::vector<std::string> types_of(const Json& entry) {
  const Json& type = entry.at("type");
  if (type.is_string()) return {type.get<std::string>()};
  return type.get<std::vector<std::string>>();
}

bool items_fit(const Json& entry, const Json& value) {
  if (!value.is_structured()) return true;
  const std::string type = entry.at("items");
  return std::all_of(value.begin(), value.end(), [&](const Json& item) { return has_type(item, type); });
}

bool fits(const Json& entry, const Json& value) {
  const auto types = types_of(entry);
  if (std::none_of(types.begin(), types.end(), [&](const std::string& type) { return has_type(value, type); })) return false;
  if (value.is_number()) return value.get<double>() >= entry.at("minimum").get<double>() && value.get<double>() <= entry.at("maximum").get<double>();
  if (value.is_string() && entry.contains("enum")) {
    const Json& allowed = entry["enum"];
    return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
  }
  return items_fit(entry, value);
}

std::string wanted(const Json& entry) {
  std::string text;
  for (const std::string& type : types_of(entry)) text += (text.empty() ? "" : " or ") + type;
  if (entry.contains("enum")) text += ", one of " + json_text(entry["enum"]);
  if (entry.contains("minimum")) text += ", " + json_text(entry["minimum"]) + " to " + json_text(entry["maximum"]);
  return text;
}

const Json* find_entry(const std::string& name) {
  for (const Json& entry : settings_table().at("settings")) {
    if (entry.at("name") == name) return &entry;
  }
  return nullptr;
}

int multiline_of(const std::string& name) {
  if (name == "never") return 1;
  return name == "always" ? 2 : 0;
}

}  // namespace

const Json& settings_table() {
  static const Json table = Json::parse(settings_text());
  return table;
}

SettingValues::SettingValues() : values_(Json::object()) {
  for (const Json& entry : settings_table().at("settings")) values_[entry.at("name").get<std::string>()] = entry.at("default");
}

std::vector<std::string> SettingValues::merge(const Json& given) {
  std::vector<std::string> problems;
  if (!given.is_object()) return problems;
  if (const auto own = given.find("sidewinder"); own != given.end() && own->is_object()) return merge(*own);
  for (const auto& [name, value] : given.items()) {
    const Json* entry = find_entry(name);
    if (entry == nullptr || value.is_null()) continue;  // of another version, or not set
    if (fits(*entry, value)) {
      values_[name] = value;
    } else {
      problems.push_back("setting " + name + ": " + json_text(value).substr(0, 80) + " cannot be used; give " + wanted(*entry));
    }
  }
  return problems;
}

Outcome SettingValues::set_text(const std::string& name, const std::string& text) {
  const Json* entry = find_entry(name);
  if (entry == nullptr) return usage_error("no setting " + name);
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded() || !fits(*entry, value)) value = text;
  if (!fits(*entry, value)) return usage_error(flag_of(name) + " " + text + " cannot be used; give " + wanted(*entry));
  values_[name] = value;
  return success();
}

Settings SettingValues::settings() const {
  Settings s;
  s.enable = values_["enable"];
  for (const auto& [language, on] : values_["languages"].items()) s.languages.emplace_back(language, on.get<bool>());
  s.exclude = values_["exclude"].get<std::vector<std::string>>();
  s.max_tokens = values_["maxTokens"];
  s.time_budget_ms = values_["timeBudgetMs"];
  s.multiline = multiline_of(values_["multiline"]);
  s.candidates = values_["candidates"];
  s.logprob_min = values_["logprobMin"];
  s.cut_at_syntax = values_["cutAtSyntax"];
  s.type_through = values_["typeThrough"];
  s.skip_unlikely_places = values_["skipUnlikelyPlaces"];
  s.idle_work = values_["idleWork"];
  s.file_bytes_max = values_["maxFileKB"].get<size_t>() << 10;
  s.repository_context = values_["repositoryContext"];
  s.context_tokens = values_["contextTokens"];
  s.keep_alive_minutes = values_["keepAliveMinutes"];
  s.idle_unload_minutes = values_["idleUnloadMinutes"];
  s.endpoint = values_["endpoint"];
  s.log_level = values_["logLevel"];
  return s;
}

Json SettingValues::of_process() const {
  Json out = Json::object();
  for (const Json& entry : settings_table().at("settings")) {
    if (entry.value("scope", "") == "process") out[entry.at("name").get<std::string>()] = values_.at(entry.at("name").get<std::string>());
  }
  return out;
}

bool Settings::language_enabled(const std::string& language) const {
  bool others = true;
  for (const auto& [name, on] : languages) {
    if (name == language) return on;
    if (name == "*") others = on;
  }
  return others;
}

std::string flag_of(const std::string& name) {
  std::string out = "--";
  for (size_t i = 0; i < name.size(); ++i) {
    const bool upper = std::isupper(static_cast<unsigned char>(name[i])) != 0;
    const bool begins_word = upper && i > 0 && std::islower(static_cast<unsigned char>(name[i - 1])) != 0;
    if (begins_word) out += '-';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
  }
  return out;
}

}  // namespace sw::tool
