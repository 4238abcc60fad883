// sidewinder skeleton: what a file declares, without bodies.
#include "command.h"
#include "handles.h"
#include "json_output.h"
#include "source_text.h"

namespace sw::tool {
namespace {

Outcome declarations(const sw_outline* outline, const std::string& text, size_t n, Json& out) {
  out = Json::array();
  size_t line = 1, counted = 0;  // signatures begin in the order of the text
  for (size_t i = 0; i < n; ++i) {
    sw_declaration d = SW_DECLARATION_INIT;
    if (const sw_status status = sw_outline_declaration(outline, i, &d); status != SW_OK) return from_status(status, kExitFailed);
    line += line_number(text.substr(counted, d.signature_begin - counted), SIZE_MAX) - 1;
    counted = d.signature_begin;
    Json json;
    json["name"] = d.name;
    json["kind"] = d.kind;
    json["parent"] = d.parent < 0 ? Json() : Json(d.parent);
    json["line"] = line;
    json["begin"] = d.begin;
    json["end"] = d.end;
    json["signature"] = text.substr(d.signature_begin, d.signature_end - d.signature_begin);
    json["doc"] = d.doc_end > d.doc_begin ? Json(text.substr(d.doc_begin, d.doc_end - d.doc_begin)) : Json();
    out.push_back(json);
  }
  return success();
}

Outcome to_json(const SourceFlags& flags, const SourceText& source, const sw_outline* outline, const sw_outline_info& info, Json& json) {
  json["path"] = flags.path;
  json["language"] = source.language.empty() ? Json() : Json(source.language);
  json["by"] = info.by_syntax != 0 ? "syntax" : "lines";
  json["errors"] = info.has_errors != 0;
  SW_TRY(declarations(outline, source.text, info.n_declarations, json["declarations"]));
  json["imports"] = Json::array();
  for (size_t i = 0; i < info.n_imports; ++i) json["imports"].push_back(sw_outline_import(outline, i, nullptr, nullptr));
  json["references"] = Json::array();
  for (size_t i = 0; i < info.n_references; ++i) json["references"].push_back(sw_outline_reference(outline, i));
  json["skeleton"] = std::string(info.skeleton, info.skeleton_length);
  return success();
}

Outcome run(const SourceFlags& flags) {
  SourceText source;
  SW_TRY(read_source(flags, source));
  const sw_run_options run = run_options(nullptr);
  sw_outline* made = nullptr;
  sw_status status = sw_text_outline(source.text.data(), source.text.size(), &source.options, &run, &made);
  const Outline outline(made);
  if (status != SW_OK) return from_status(status, kExitBadInput);
  sw_outline_info info = SW_OUTLINE_INFO_INIT;
  status = sw_outline_get_info(outline.get(), &info);
  if (status != SW_OK) return from_status(status, kExitFailed);
  if (!flags.json) return print(visible(std::string_view(info.skeleton, info.skeleton_length)));
  Json json;
  SW_TRY(to_json(flags, source, outline.get(), info, json));
  return print_json(json);
}

}  // namespace

void add_skeleton(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<SourceFlags>();
  CLI::App* app = root.add_subcommand("skeleton", "What a file of code declares, without bodies");
  add_source_options(*app, *flags);
  app->footer(
      "Every line is one of the file: declarations up to their bodies, each after the first line of its documentation. With\n"
      "--json also byte ranges, imports and the names that the file uses; \"by\" says whether a syntax tree was there or lines\n"
      "and indentation had to do.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
