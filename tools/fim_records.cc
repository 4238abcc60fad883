#include "fim_records.h"

#include <algorithm>
#include <stdexcept>

namespace sw::tool {
namespace {

constexpr const char* kWriter = "eval fim";

Json result_json(const FimResult& result) {
  const Judgement& j = result.judgement;
  Json json{{"budget", result.budget},
            {"context_tokens", result.context_tokens},
            {"prompt_tokens", result.prompt_tokens},
            {"shown", result.shown},
            {"finish", result.finish},
            {"exact", j.exact},
            {"similarity", j.similarity},
            {"has_name", j.has_name},
            {"ended", j.ended},
            {"ms", result.ms}};
  if (!result.prompt.empty()) json["prompt"] = result.prompt;
  return json;
}

Json record_json(const FimRecord& record) {
  Json json{{"hole", hole_json(record.hole)}, {"results", Json::array()}};
  for (const FimResult& result : record.results) json["results"].push_back(result_json(result));
  return json;
}

FimHole parse_hole(const Json& json) {
  return {json.at("package"), json.at("path"), json.at("language"), json.at("kind"), json.at("name"),
          json.at("begin"),   json.at("end"),  json.at("line"),     json.at("text")};
}

FimResult parse_result(const Json& json) {
  FimResult result;
  result.budget = json.at("budget");
  result.context_tokens = json.at("context_tokens");
  result.prompt_tokens = json.at("prompt_tokens");
  result.shown = json.at("shown");
  result.finish = json.at("finish");
  result.judgement = {json.at("exact"), json.at("similarity"), json.at("has_name"), json.at("ended")};
  result.ms = json.at("ms");
  return result;
}

FimSettings parse_settings(const Json& json) {
  FimSettings settings;
  settings.model = json.at("model");
  settings.model_name = json.at("model_name");
  settings.budgets = json.at("budgets").get<std::vector<uint32_t>>();
  settings.mode = json.at("mode");
  settings.prefix_bytes = json.at("prefix_bytes");
  settings.suffix_bytes = json.at("suffix_bytes");
  if (settings.budgets.empty() || settings.budgets[0] != 0) throw std::runtime_error("its first budget is not 0");
  return settings;
}

FimRecord parse_record(const Json& json, const std::vector<uint32_t>& budgets) {
  FimRecord record;
  record.hole = parse_hole(json.at("hole"));
  for (const Json& result : json.at("results")) record.results.push_back(parse_result(result));
  const auto same = [](const FimResult& result, uint32_t budget) { return result.budget == budget; };
  if (!std::equal(record.results.begin(), record.results.end(), budgets.begin(), budgets.end(), same)) {
    throw std::runtime_error("its budgets are not those of the settings");
  }
  return record;
}

}  // namespace

Json hole_json(const FimHole& hole) {
  return Json{{"package", hole.package}, {"path", hole.path}, {"language", hole.language}, {"kind", hole.kind}, {"name", hole.name},
              {"begin", hole.begin},     {"end", hole.end},   {"line", hole.line},         {"text", hole.text}};
}

Json settings_json(const FimSettings& settings) {
  return Json{{"model", settings.model},
              {"model_name", settings.model_name},
              {"budgets", settings.budgets},
              {"mode", settings.mode},
              {"prefix_bytes", settings.prefix_bytes},
              {"suffix_bytes", settings.suffix_bytes}};
}

Outcome read_fim_file(const std::string& path, FimFile& out) {
  return read_record_file(
      path, kWriter, [&](const Json& json) { out.settings = parse_settings(json); },
      [&](const Json& json) { out.records.push_back(parse_record(json, out.settings.budgets)); }, out.whole_bytes);
}

Outcome FimWriter::open(const std::string& path, const FimSettings& settings, std::vector<FimRecord>& before) {
  return file_.open(path, kWriter, settings_json(settings),
                    [&](const Json& json) { before.push_back(parse_record(json, settings.budgets)); });
}

Outcome FimWriter::write(const FimRecord& record) { return file_.write(record_json(record)); }

}  // namespace sw::tool
