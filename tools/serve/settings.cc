#include "serve/settings.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

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

// The first item of an array or object that is not of the type its entry says, and how many there are.
struct Misfits {
  std::string place;  // behind the setting's name: "[2]", ".python"
  Json first;
  size_t n = 0;
};

// The other items.
Json fitting_items(const Json& entry, const Json& value, Misfits& misfits) {
  const std::string type = entry.at("items");
  Json fitting = value.is_array() ? Json::array() : Json::object();
  for (const auto& [key, item] : value.items()) {
    if (!has_type(item, type)) {
      if (misfits.n++ > 0) continue;
      misfits.place = value.is_array() ? "[" + key + "]" : "." + key;
      misfits.first = item;
    } else if (value.is_array()) {
      fitting.push_back(item);
    } else {
      fitting[key] = item;
    }
  }
  return fitting;
}

bool is_of_a_type(const Json& entry, const Json& value) {
  const auto types = types_of(entry);
  return std::any_of(types.begin(), types.end(), [&](const std::string& type) { return has_type(value, type); });
}

bool fits(const Json& entry, const Json& value) {
  if (!is_of_a_type(entry, value)) return false;
  if (value.is_number()) return value.get<double>() >= entry.at("minimum").get<double>() && value.get<double>() <= entry.at("maximum").get<double>();
  if (value.is_string() && entry.contains("enum")) {
    const Json& allowed = entry["enum"];
    return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
  }
  Misfits misfits;
  if (value.is_structured()) fitting_items(entry, value, misfits);
  return misfits.n == 0;
}

std::string wanted(const Json& entry) {
  std::string text;
  for (const std::string& type : types_of(entry)) text += (text.empty() ? "" : " or ") + type;
  if (entry.contains("items")) text += " of " + entry["items"].get<std::string>();
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

std::string shown(const Json& value) {
  return json_text(value).substr(0, 80);
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

std::vector<std::string> SettingValues::merge(const Json& given, const std::string& origin) {
  const Json* settings = &given;
  if (const auto own = given.find("sidewinder"); own != given.end() && !own->is_null()) settings = &*own;
  if (settings->is_object()) {
    problems_.erase("");
    return take(*settings, origin);
  }
  if (settings->is_null()) return {};
  const std::string problem = origin + ": " + shown(*settings) + " is no object of settings";
  return std::exchange(problems_[""], problem) == problem ? std::vector<std::string>() : std::vector{problem};
}

std::vector<std::string> SettingValues::take(const Json& given, const std::string& origin) {
  std::vector<std::string> news;
  for (const auto& [name, value] : given.items()) {
    const Json* entry = find_entry(name);
    if (entry == nullptr || value.is_null()) continue;  // of another version, or not set
    const std::string trouble = take_one(*entry, value);
    const std::string problem = trouble.empty() ? "" : origin + ": setting " + name + trouble;
    if (std::exchange(problems_[name], problem) != problem && !problem.empty()) news.push_back(problem);
  }
  return news;
}

// What of the value cannot be taken, told so that it goes on from the setting's name; "" when all can.
std::string SettingValues::take_one(const Json& entry, const Json& value) {
  Misfits misfits{"", value, 1};
  if (value.is_structured() && is_of_a_type(entry, value)) {
    misfits = {};
    values_[entry.at("name").get<std::string>()] = fitting_items(entry, value, misfits);
  } else if (fits(entry, value)) {
    misfits.n = 0;
    values_[entry.at("name").get<std::string>()] = value;
  }
  if (misfits.n == 0) return "";
  const std::string others = misfits.n > 1 ? ", nor " + std::to_string(misfits.n - 1) + " others" : "";
  return misfits.place + ": " + shown(misfits.first) + " cannot be used" + others + "; give " + wanted(entry);
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
