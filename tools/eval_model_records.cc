#include "eval_model_records.h"

#include <algorithm>
#include <stdexcept>

namespace sw::tool {
namespace {

constexpr const char* kWriter = "eval model";

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

template <class T>
std::optional<T> optional_of(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional<T>(json.get<T>());
}

Json fill_json(const ModelFill& fill) {
  const RawJudgement& raw = fill.raw_judgement;
  const ShownJudgement& shown = fill.shown_judgement;
  Json json{{"order", fill.order},
            {"context", fill.context},
            {"prompt_tokens", fill.prompt_tokens},
            {"raw", fill.raw},
            {"ended", raw.ended},
            {"exact", raw.exact},
            {"first_line", raw.first_line},
            {"ran_past", raw.ran_past},
            {"shown", fill.shown},
            {"finish", fill.finish},
            {"shown_exact", shown.exact},
            {"similarity", shown.similarity},
            {"fits", shown.fits},
            {"names", or_null(shown.names)},
            {"syntax", or_null(shown.syntax)},
            {"ms", fill.ms}};
  if (!fill.prompt.empty()) json["prompt"] = fill.prompt;
  return json;
}

Json record_json(const ModelRecord& record) {
  Json json{{"line", record.line}, {"kind", record.kind}, {"language", record.language}, {"package", record.package}, {"path", record.path}};
  if (record.kind == "document") {
    json["bits"] = record.bits;
    json["bytes"] = record.n_bytes;
    json["tokens"] = record.n_tokens;
    return json;
  }
  json["fills"] = Json::array();
  for (const ModelFill& fill : record.fills) json["fills"].push_back(fill_json(fill));
  return json;
}

ModelFill parse_fill(const Json& json) {
  ModelFill fill;
  fill.order = json.at("order");
  fill.context = json.at("context");
  fill.prompt_tokens = json.at("prompt_tokens");
  fill.raw = json.at("raw");
  fill.raw_judgement = {json.at("ended"), json.at("exact"), json.at("first_line"), json.at("ran_past")};
  fill.shown = json.at("shown");
  fill.finish = json.at("finish");
  fill.shown_judgement = {json.at("shown_exact"), json.at("similarity"), json.at("fits"), optional_of<double>(json.at("names")),
                          optional_of<bool>(json.at("syntax"))};
  fill.ms = json.at("ms");
  return fill;
}

ModelRecord parse_record(const Json& json) {
  ModelRecord record;
  record.line = json.at("line");
  record.kind = json.at("kind");
  record.language = json.at("language");
  record.package = json.at("package");
  record.path = json.at("path");
  if (record.kind == "document") {
    record.bits = json.at("bits");
    record.n_bytes = json.at("bytes");
    record.n_tokens = json.at("tokens");
    if (record.n_bytes == 0 || record.n_tokens == 0) throw std::runtime_error("a document of nothing");
    return record;
  }
  for (const Json& fill : json.at("fills")) record.fills.push_back(parse_fill(fill));
  return record;
}

ModelSettings parse_settings(const Json& json) {
  return {json.at("model"), json.at("model_name"), json.at("weights"), json.at("orders").get<std::vector<std::string>>(), json.at("holes")};
}

}  // namespace

Json settings_json(const ModelSettings& settings) {
  return Json{{"model", settings.model},
              {"model_name", settings.model_name},
              {"weights", settings.weights},
              {"orders", settings.orders},
              {"holes", settings.holes}};
}

Outcome read_model_file(const std::string& path, ModelFile& out) {
  return read_record_file(
      path, kWriter, [&](const Json& json) { out.settings = parse_settings(json); },
      [&](const Json& json) { out.records.push_back(parse_record(json)); }, out.whole_bytes);
}

Outcome ModelWriter::open(const std::string& path, const ModelSettings& settings, std::vector<ModelRecord>& before) {
  return file_.open(path, kWriter, settings_json(settings), [&](const Json& json) { before.push_back(parse_record(json)); });
}

Outcome ModelWriter::write(const ModelRecord& record) { return file_.write(record_json(record)); }

}  // namespace sw::tool
