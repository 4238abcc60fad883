#include "complete_explain.h"

#include <algorithm>
#include <cstdio>

#include "options.h"

namespace sw::tool {
namespace {

constexpr const char* kKinds[] = {"unknown", "control", "text", "context", "head", "tail", "suffix", "prefix", "instruction"};

const char* kind_name(sw_part_kind kind) { return kind > 0 && kind < static_cast<sw_part_kind>(std::size(kKinds)) ? kKinds[kind] : kKinds[0]; }

size_t line_of(std::string_view text, size_t offset) {
  return static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(std::min(offset, text.size())), '\n')) + 1;
}

std::string lines(std::string_view text, size_t begin, size_t end) {
  const size_t first = line_of(text, begin), last = std::max(first, line_of(text, end > begin ? end - 1 : end));
  return "lines " + std::to_string(first) + " to " + std::to_string(last);
}

// Which of the file's lines the part shows; "" for others.
std::string place_of(const sw_prompt_part& part, const sw_request_stats& s, std::string_view text) {
  switch (part.kind) {
    case SW_PART_HEAD: return lines(text, s.prefix_begin, s.head_end);
    case SW_PART_TAIL: return lines(text, s.tail_begin, s.suffix_end);
    case SW_PART_PREFIX: return lines(text, s.prefix_end - part.n_bytes, s.prefix_end);
    case SW_PART_SUFFIX: return lines(text, s.suffix_begin, s.suffix_begin + part.n_bytes);
    default: return "";
  }
}

std::string part_line(const sw_prompt_part& part, size_t at, const sw_request_stats& stats, std::string_view text) {
  const char* run = at + part.n_tokens <= stats.reused_tokens ? "kept" : at >= stats.reused_tokens ? "run" : "run from here";
  char line[80];
  std::snprintf(line, sizeof line, "  %7zu  %6zu tokens  %8zu bytes  %-13s  %-11s  ", at, part.n_tokens, part.n_bytes, run, kind_name(part.kind));
  std::string out = line + std::string(part.name);
  if (const std::string place = place_of(part, stats, text); !place.empty()) out += (*part.name != '\0' ? ", " : "") + place;
  if (*part.why != '\0') out += "  (" + std::string(part.why) + ")";
  return out;
}

std::string option_line(const sw_plan_option& option) {
  char line[160];
  std::snprintf(line, sizeof line, "  %-8s %-6s  %7zu tokens, %7zu to run, price %9.0f%s", mode_name(option.mode), layout_name(option.layout),
                option.n_tokens, option.n_run, option.price, option.chosen != 0 ? "  <- chosen" : "");
  return line;
}

}  // namespace

std::string explained(const sw_request* request, const sw_request_stats& stats, std::string_view text) {
  std::string out = "plans:\n";
  sw_plan_option option = SW_PLAN_OPTION_INIT;
  for (size_t i = 0; sw_request_plan_option(request, i, &option) == SW_OK; ++i) out += option_line(option) + "\n";
  out += "prompt:\n";
  sw_prompt_part part = SW_PROMPT_PART_INIT;
  size_t at = 0;
  for (size_t i = 0; sw_request_part(request, i, &part) == SW_OK; ++i) {
    out += part_line(part, at, stats, text) + "\n";
    at += part.n_tokens;
  }
  char line[160];
  std::snprintf(line, sizeof line, "state: resumed from %s after %zu of %zu tokens (%zu of them replayed from the log), %zu run", source_name(stats.source),
                stats.reused_tokens, stats.prompt_tokens, stats.replayed_tokens, stats.prompt_tokens - stats.reused_tokens);
  return out + line;
}

Json plan_json(const sw_request* request) {
  Json json{{"options", Json::array()}, {"parts", Json::array()}};
  sw_plan_option option = SW_PLAN_OPTION_INIT;
  for (size_t i = 0; sw_request_plan_option(request, i, &option) == SW_OK; ++i) {
    json["options"].push_back({{"mode", mode_name(option.mode)}, {"layout", layout_name(option.layout)}, {"tokens", option.n_tokens},
                               {"run", option.n_run}, {"price", option.price}, {"chosen", option.chosen != 0}});
  }
  sw_prompt_part part = SW_PROMPT_PART_INIT;
  for (size_t i = 0; sw_request_part(request, i, &part) == SW_OK; ++i) {
    json["parts"].push_back({{"kind", kind_name(part.kind)}, {"name", part.name}, {"why", part.why}, {"bytes", part.n_bytes},
                             {"tokens", part.n_tokens}});
  }
  return json;
}

}  // namespace sw::tool
