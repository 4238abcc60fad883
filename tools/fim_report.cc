#include "fim_report.h"

#include <cstdio>
#include <map>
#include <set>

namespace sw::tool {
namespace {

using Refs = std::vector<const FimRecord*>;

template <class Value>
std::vector<double> values_of(const Refs& records, size_t budget, const Value& value) {
  std::vector<double> out;
  for (const FimRecord* record : records) out.push_back(value(record->results[budget]));
  return out;
}

template <class Value>
std::vector<double> gains_of(const Refs& records, size_t budget, const Value& value) {
  std::vector<double> out = values_of(records, budget, value), without = values_of(records, 0, value);
  for (size_t i = 0; i < out.size(); ++i) out[i] -= without[i];
  return out;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

FimRow row_of(const Refs& records, size_t budget, uint64_t seed) {
  const auto exact = [](const FimResult& r) { return r.judgement.exact ? 1.0 : 0.0; };
  const auto similarity = [](const FimResult& r) { return r.judgement.similarity; };
  FimRow row;
  row.budget = records[0]->results[budget].budget;
  row.context_tokens = mean_of(values_of(records, budget, [](const FimResult& r) { return static_cast<double>(r.context_tokens); }));
  row.has_name = mean_of(values_of(records, budget, [](const FimResult& r) { return r.judgement.has_name ? 1.0 : 0.0; }));
  row.ended = mean_of(values_of(records, budget, [](const FimResult& r) { return r.judgement.ended ? 1.0 : 0.0; }));
  row.exact = bootstrap_mean(values_of(records, budget, exact), seed);
  row.similarity = bootstrap_mean(values_of(records, budget, similarity), seed);
  row.exact_gain = bootstrap_mean(gains_of(records, budget, exact), seed);
  row.similarity_gain = bootstrap_mean(gains_of(records, budget, similarity), seed);
  return row;
}

FimGroup group_of(const std::string& kind, const std::string& language, const Refs& records, uint64_t seed) {
  FimGroup group{kind, language, records.size(), 0, {}};
  std::set<std::string> packages;
  for (const FimRecord* record : records) packages.insert(record->hole.package);
  group.n_packages = packages.size();
  for (size_t b = 0; b < records[0]->results.size(); ++b) group.rows.push_back(row_of(records, b, seed));
  return group;
}

Json to_json(const Estimate& estimate) { return Json{{"mean", estimate.mean}, {"low", estimate.low}, {"high", estimate.high}}; }

std::string cell(const Estimate& estimate, bool with_sign) {
  char text[64];
  std::snprintf(text, sizeof text, with_sign ? "%+6.1f [%+6.1f, %+6.1f]" : "%6.1f [%6.1f, %6.1f]", 100 * estimate.mean, 100 * estimate.low,
                100 * estimate.high);
  return text;
}

}  // namespace

std::vector<FimGroup> group_records(const std::vector<FimRecord>& records, uint64_t seed) {
  std::map<std::string, std::map<std::string, Refs>> by_kind;
  Refs all;
  for (const FimRecord& record : records) {
    by_kind[record.hole.kind][record.hole.language].push_back(&record);
    by_kind[record.hole.kind]["all"].push_back(&record);
    all.push_back(&record);
  }
  std::vector<FimGroup> groups;
  for (auto& [kind, by_language] : by_kind) {
    for (auto& [language, refs] : by_language) {
      if (language != "all") groups.push_back(group_of(kind, language, refs, seed));
    }
    groups.push_back(group_of(kind, "all", by_language["all"], seed));
  }
  if (by_kind.size() > 1) groups.push_back(group_of("all", "all", all, seed));
  return groups;
}

Json fim_report_json(const std::vector<FimGroup>& groups, const FimSettings& settings) {
  Json json{{"settings", settings_json(settings)}, {"groups", Json::array()}};
  for (const FimGroup& group : groups) {
    Json rows = Json::array();
    for (const FimRow& row : group.rows) {
      rows.push_back(Json{{"budget", row.budget},
                          {"context_tokens", row.context_tokens},
                          {"exact", to_json(row.exact)},
                          {"similarity", to_json(row.similarity)},
                          {"has_name", row.has_name},
                          {"ended", row.ended},
                          {"exact_gain", to_json(row.exact_gain)},
                          {"similarity_gain", to_json(row.similarity_gain)}});
    }
    json["groups"].push_back(Json{
        {"kind", group.kind}, {"language", group.language}, {"holes", group.n_holes}, {"packages", group.n_packages}, {"budgets", std::move(rows)}});
  }
  return json;
}

std::string fim_report_table(const std::vector<FimGroup>& groups, const FimSettings& settings) {
  std::string out = settings.model_name + ", " + settings.mode + ", windows of " + std::to_string(settings.prefix_bytes) + " and " +
                    std::to_string(settings.suffix_bytes) + " bytes; percent, with 95 % intervals\n";
  char line[160];
  for (const FimGroup& group : groups) {
    std::snprintf(line, sizeof line, "\n%s, %s: %zu holes of %zu packages\n%8s %8s  %-24s%-24s%6s %6s  %-26s%s\n", group.kind.c_str(),
                  group.language.c_str(), group.n_holes, group.n_packages, "budget", "tokens", " exact", " similarity", "name", "ended",
                  "more exact than without", "more similar");
    out += line;
    for (const FimRow& row : group.rows) {
      std::snprintf(line, sizeof line, "%8u %8.0f  %s  %s %6.1f %6.1f", row.budget, row.context_tokens, cell(row.exact, false).c_str(),
                    cell(row.similarity, false).c_str(), 100 * row.has_name, 100 * row.ended);
      out += line;
      if (row.budget > 0) out += "  " + cell(row.exact_gain, true) + "  " + cell(row.similarity_gain, true);
      out += "\n";
    }
  }
  return out;
}

}  // namespace sw::tool
