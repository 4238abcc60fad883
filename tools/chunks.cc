// sidewinder chunks: the parts that a file is cut into for a prompt.
#include <array>
#include <cstdio>
#include <vector>

#include "command.h"
#include "json_output.h"
#include "source_text.h"

namespace sw::tool {
namespace {

struct Flags {
  SourceFlags source;
  size_t max = 0;
};

Outcome cut(const SourceText& source, std::vector<sw_chunk>& out) {
  const sw_run_options run = run_options(nullptr);
  size_t n = 0;
  const auto call = [&] {
    return sw_text_chunks(source.text.data(), source.text.size(), &source.options, &run, out.data(), out.size(), &n);
  };
  // There are no more chunks than lines; most often far fewer.
  out.resize(source.text.size() / 1000 + 16);
  sw_status status = call();
  if (status == SW_OK && n > out.size()) {
    out.resize(n);
    status = call();
  }
  out.resize(n);
  return status == SW_OK ? success() : from_status(status, kExitBadInput);
}

size_t count_non_blank(std::string_view text) {
  size_t n = 0;
  for (const char c : text) n += static_cast<unsigned char>(c) > ' ' && (c & 0xc0) != 0x80;
  return n;
}

struct Lines {
  size_t first, last;
};

// Lines of a chunk, from 1.
Lines lines_of(const std::string& text, const sw_chunk& chunk) {
  const size_t first = chunk.first_line + 1;
  return {first, first + line_number(text.substr(chunk.begin, chunk.end - chunk.begin - 1), SIZE_MAX) - 1};
}

std::string to_row(const std::string& text, const sw_chunk& chunk) {
  const std::string part = text.substr(chunk.begin, chunk.end - chunk.begin);
  const Lines lines = lines_of(text, chunk);
  const size_t from = part.find_first_not_of("\r\n");
  const std::string head = from == std::string::npos
                               ? ""
                               : part.substr(from, std::min<size_t>(part.find_first_of("\r\n", from) - from, 100));
  std::array<char, 64> columns;
  std::snprintf(columns.data(), columns.size(), "%6zu-%-6zu %6zu  ", lines.first, lines.last, count_non_blank(part));
  return columns.data() + visible(head) + "\n";
}

Json to_json(const std::string& text, const sw_chunk& chunk) {
  const Lines lines = lines_of(text, chunk);
  Json json;
  json["begin"] = chunk.begin;
  json["end"] = chunk.end;
  json["first_line"] = lines.first;
  json["last_line"] = lines.last;
  json["non_blank"] = count_non_blank(std::string_view(text).substr(chunk.begin, chunk.end - chunk.begin));
  return json;
}

Outcome run(const Flags& flags) {
  SourceText source;
  SW_TRY(read_source(flags.source, source));
  source.options.chunk_size_max = flags.max;
  std::vector<sw_chunk> chunks;
  SW_TRY(cut(source, chunks));
  if (!flags.source.json) {
    for (const sw_chunk& chunk : chunks) SW_TRY(print(to_row(source.text, chunk)));
    return success();
  }
  Json json;
  json["path"] = flags.source.path;
  json["language"] = source.language.empty() ? Json() : Json(source.language);
  json["chunks"] = Json::array();
  for (const sw_chunk& chunk : chunks) json["chunks"].push_back(to_json(source.text, chunk));
  return print_json(json);
}

}  // namespace

void add_chunks(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("chunks", "Cut a file of code into chunks, where its syntax breaks");
  add_source_options(*app, flags->source);
  app->add_option("--max", flags->max, "Characters of a chunk that are not blanks; 1500 without it")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  app->footer(
      "Prints a row for each chunk: its lines, its characters that are not blanks, its first line. Chunks are whole lines and\n"
      "cover the file exactly once. Files in a language without a grammar are cut by their indentation.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
