#include "eval_model_report.h"

#include <cstdio>
#include <map>
#include <tuple>

namespace sw::tool {
namespace {

struct Measure {
  const char* name;
  std::optional<double> (*of)(const ModelFill& fill);
};

constexpr Measure kMeasures[] = {
    {"exact", [](const ModelFill& f) { return std::optional<double>(f.raw_judgement.exact); }},
    {"first_line", [](const ModelFill& f) { return std::optional<double>(f.raw_judgement.first_line); }},
    {"ended", [](const ModelFill& f) { return std::optional<double>(f.raw_judgement.ended); }},
    {"ended_right",
     [](const ModelFill& f) { return f.raw_judgement.first_line ? std::optional<double>(f.raw_judgement.exact) : std::nullopt; }},
    {"ran_past", [](const ModelFill& f) { return std::optional<double>(f.raw_judgement.ran_past); }},
    {"shown_exact", [](const ModelFill& f) { return std::optional<double>(f.shown_judgement.exact); }},
    {"similarity", [](const ModelFill& f) { return std::optional<double>(f.shown_judgement.similarity); }},
    {"names", [](const ModelFill& f) { return f.shown_judgement.names; }},
    {"fits", [](const ModelFill& f) { return std::optional<double>(f.shown_judgement.fits); }},
    {"syntax", [](const ModelFill& f) { return f.shown_judgement.syntax ? std::optional<double>(*f.shown_judgement.syntax) : std::nullopt; }},
};

using Fills = std::vector<const ModelFill*>;

ModelFigure figure_of(const Measure& measure, const std::vector<double>& values, uint64_t seed) {
  return {measure.name, bootstrap_mean(values, seed), values.size()};
}

std::vector<ModelFigure> figures_of(const Fills& fills, uint64_t seed) {
  std::vector<ModelFigure> figures;
  for (const Measure& measure : kMeasures) {
    std::vector<double> values;
    for (const ModelFill* fill : fills) {
      if (const auto value = measure.of(*fill)) values.push_back(*value);
    }
    figures.push_back(figure_of(measure, values, seed));
  }
  return figures;
}

// Of pairs (without, with) for which both can be asked.
std::vector<ModelFigure> gains_of(const std::vector<std::pair<const ModelFill*, const ModelFill*>>& pairs, uint64_t seed) {
  std::vector<ModelFigure> figures;
  for (const Measure& measure : kMeasures) {
    std::vector<double> values;
    for (const auto& [without, with] : pairs) {
      const auto before = measure.of(*without), after = measure.of(*with);
      if (before && after) values.push_back(*after - *before);
    }
    figures.push_back(figure_of(measure, values, seed));
  }
  return figures;
}

void add_bits(const std::vector<ModelRecord>& records, uint64_t seed, ModelReport& report) {
  std::map<std::string, std::vector<const ModelRecord*>> by_language;
  for (const ModelRecord& record : records) {
    if (record.kind != "document") continue;
    by_language[""].push_back(&record);
    by_language[record.language].push_back(&record);
  }
  for (const auto& [language, documents] : by_language) {
    ModelBits row{language.empty() ? "all" : language, {}, documents.size(), 0, 0};
    std::vector<double> bits, bytes;
    for (const ModelRecord* document : documents) {
      bits.push_back(document->bits);
      bytes.push_back(static_cast<double>(document->n_bytes));
      row.n_bytes += document->n_bytes;
      row.n_tokens += document->n_tokens;
    }
    row.per_byte = bootstrap_ratio(bits, bytes, seed);
    if (!language.empty()) report.mean_of_languages += row.per_byte.mean / static_cast<double>(by_language.size() - 1);
    report.bits.push_back(row);
  }
}

void add_groups(const std::vector<ModelRecord>& records, uint64_t seed, ModelReport& report) {
  std::map<std::tuple<std::string, std::string, bool>, std::map<std::string, Fills>> groups;
  for (const ModelRecord& record : records) {
    for (const ModelFill& fill : record.fills) {
      auto& group = groups[{record.kind, fill.order, fill.context}];
      group[""].push_back(&fill);
      group[record.language].push_back(&fill);
    }
  }
  for (const auto& [key, by_language] : groups) {
    const auto& [kind, order, context] = key;
    for (const auto& [language, fills] : by_language) {
      report.groups.push_back({kind, order, language.empty() ? "all" : language, context, fills.size(), figures_of(fills, seed)});
    }
  }
}

void add_gains(const std::vector<ModelRecord>& records, uint64_t seed, ModelReport& report) {
  std::map<std::pair<std::string, std::string>, std::vector<std::pair<const ModelFill*, const ModelFill*>>> pairs;
  for (const ModelRecord& record : records) {
    for (const ModelFill& with : record.fills) {
      for (const ModelFill& without : record.fills) {
        if (with.context && !without.context && with.order == without.order) pairs[{record.kind, with.order}].emplace_back(&without, &with);
      }
    }
  }
  for (const auto& [key, both] : pairs) report.gains.push_back({key.first, key.second, "all", true, both.size(), gains_of(both, seed)});
}

Json to_json(const Estimate& estimate, size_t n) {
  return n == 0 ? Json() : Json{{"mean", estimate.mean}, {"low", estimate.low}, {"high", estimate.high}, {"n", n}};
}

Json to_json(const ModelGroup& group) {
  Json json{{"kind", group.kind}, {"order", group.order}, {"context", group.context}, {"language", group.language}, {"holes", group.n_holes}};
  for (const ModelFigure& figure : group.figures) json[figure.name] = to_json(figure.estimate, figure.n);
  return json;
}

std::string percent(const ModelFigure& figure, bool with_interval, bool with_sign) {
  char text[64] = "-";
  const Estimate& e = figure.estimate;
  if (figure.n > 0 && with_interval) {
    std::snprintf(text, sizeof text, with_sign ? "%+.1f [%+.1f, %+.1f]" : "%.1f [%.1f, %.1f]", 100 * e.mean, 100 * e.low, 100 * e.high);
  } else if (figure.n > 0) {
    std::snprintf(text, sizeof text, "%.1f", 100 * e.mean);
  }
  return text;
}

std::string way_of(const ModelGroup& group) { return group.kind + " " + group.order + (group.context ? " with R" : ""); }

// A measure a line, a way to fill a column.
std::string table_of(const std::string& title, const std::vector<const ModelGroup*>& groups, bool with_sign) {
  if (groups.empty()) return "";
  char cell[80];
  std::snprintf(cell, sizeof cell, "\n%-14s", title.c_str());
  std::string out = cell;
  for (const ModelGroup* group : groups) {
    std::snprintf(cell, sizeof cell, "  %22s", way_of(*group).c_str());
    out += cell;
  }
  std::snprintf(cell, sizeof cell, "\n%-14s", "holes");
  out += cell;
  for (const ModelGroup* group : groups) {
    std::snprintf(cell, sizeof cell, "  %22zu", group->n_holes);
    out += cell;
  }
  for (size_t m = 0; m < groups[0]->figures.size(); ++m) {
    std::snprintf(cell, sizeof cell, "\n%-14s", groups[0]->figures[m].name);
    out += cell;
    for (const ModelGroup* group : groups) {
      std::snprintf(cell, sizeof cell, "  %22s", percent(group->figures[m], true, with_sign).c_str());
      out += cell;
    }
  }
  return out + "\n";
}

// A language a line, the measures of one way.
std::string languages_of(const std::vector<const ModelGroup*>& groups) {
  char cell[80];
  std::string out = "\n";
  for (const ModelGroup* group : groups) {
    if (group == groups[0]) {
      std::snprintf(cell, sizeof cell, "%-14s %5s", way_of(*group).c_str(), "holes");
      out += cell;
      for (const ModelFigure& figure : group->figures) out += std::string(" ") + figure.name;
    }
    std::snprintf(cell, sizeof cell, "\n%-14s %5zu", group->language.c_str(), group->n_holes);
    out += cell;
    for (const ModelFigure& figure : group->figures) {
      std::snprintf(cell, sizeof cell, " %*s", static_cast<int>(std::string_view(figure.name).size()), percent(figure, false, false).c_str());
      out += cell;
    }
  }
  return out + "\n";
}

std::string bits_table(const ModelReport& report) {
  if (report.bits.empty()) return "";
  std::string out = "\nbits a byte     documents\n";
  char line[120];
  for (const ModelBits& row : report.bits) {
    std::snprintf(line, sizeof line, "%-14s %10zu   %.4f [%.4f, %.4f]\n", row.language.c_str(), row.n_documents, row.per_byte.mean, row.per_byte.low,
                  row.per_byte.high);
    out += line;
  }
  const ModelBits& all = report.bits[0];
  std::snprintf(line, sizeof line, "%-14s %10s   %.4f\n%llu bytes, %.3f a token\n", "mean", "", report.mean_of_languages,
                static_cast<unsigned long long>(all.n_bytes), static_cast<double>(all.n_bytes) / static_cast<double>(all.n_tokens));
  return out + line;
}

}  // namespace

ModelReport report_model(const std::vector<ModelRecord>& records, uint64_t seed) {
  ModelReport report;
  add_bits(records, seed, report);
  add_groups(records, seed, report);
  add_gains(records, seed, report);
  return report;
}

Json model_report_json(const ModelReport& report, const ModelSettings& settings) {
  Json json{{"settings", settings_json(settings)}, {"bits_per_byte", Json::object()}, {"fills", Json::array()}, {"gains", Json::array()}};
  for (const ModelBits& row : report.bits) {
    Json bits = to_json(row.per_byte, row.n_documents);
    bits["bytes"] = row.n_bytes;
    bits["tokens"] = row.n_tokens;
    json["bits_per_byte"][row.language] = std::move(bits);
  }
  if (!report.bits.empty()) json["bits_per_byte"]["mean_of_languages"] = report.mean_of_languages;
  for (const ModelGroup& group : report.groups) json["fills"].push_back(to_json(group));
  for (const ModelGroup& group : report.gains) json["gains"].push_back(to_json(group));
  return json;
}

std::string model_report_table(const ModelReport& report, const ModelSettings& settings) {
  std::string out = settings.model_name + " " + settings.weights + ", model " + settings.model.substr(0, 12) + ", holes " + settings.holes +
                    "; percent, with 95 % intervals\n" + bits_table(report);
  std::map<std::string, std::vector<const ModelGroup*>> by_kind, by_way;
  std::vector<const ModelGroup*> gains;
  for (const ModelGroup& group : report.groups) {
    by_way[way_of(group)].push_back(&group);
    if (group.language == "all") by_kind[group.kind].push_back(&group);
  }
  for (const ModelGroup& group : report.gains) gains.push_back(&group);
  for (const auto& [kind, groups] : by_kind) out += table_of(kind, groups, false);
  out += table_of("gain by R", gains, true);
  for (const auto& [way, groups] : by_way) out += languages_of(groups);
  return out;
}

}  // namespace sw::tool
