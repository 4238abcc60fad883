#include "complete/prompt.h"

#include <algorithm>

namespace sw {
namespace {

using Kind = TemplateItem::Kind;

// The start of the first line that begins in [at, limit]; the first whole character from `at` on when there is none.
size_t next_line_start(std::string_view text, size_t at, size_t limit) {
  if (at == 0 || text[at - 1] == '\n') return at;
  const size_t newline = text.substr(0, limit).find('\n', at);
  if (newline != std::string_view::npos) return newline + 1;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  return at;
}

// One pass, so that what the code holds is never taken for a placeholder.
std::string fill_instruction(const std::string& instruction, const PromptParts& parts) {
  std::string out;
  std::string_view rest = instruction;
  const std::pair<std::string_view, std::string_view> values[] = {
      {"{path}", parts.path.empty() ? std::string_view("a file") : parts.path},
      {"{language}", parts.language},
      {"{prefix}", parts.prefix},
      {"{suffix}", parts.suffix},
  };
  while (!rest.empty()) {
    const auto* hit = std::find_if(std::begin(values), std::end(values), [&](const auto& v) { return rest.starts_with(v.first); });
    if (hit != std::end(values)) {
      out += hit->second;
      rest.remove_prefix(hit->first.size());
    } else {
      out += rest.front();
      rest.remove_prefix(1);
    }
  }
  return out;
}

// The two windows as one text, encoded.
Status encode_window(const std::shared_ptr<const Tokenizer>& tokenizer, const PromptParts& parts, bool start_of_text,
                     std::unique_ptr<TokenizedText>& window) {
  if (window == nullptr || window->at_start() != start_of_text) window = std::make_unique<TokenizedText>(tokenizer, start_of_text);
  return window->assign(parts.prefix + parts.suffix);
}

Result<std::vector<TokenId>> encode_item(const TemplateItem& item, const FillSettings& settings, const Tokenizer& tokenizer,
                                         const PromptParts& parts, const TokenizedText& window) {
  const auto encode = [&](const std::string& text) {
    return item.start_of_text ? tokenizer.encode(text) : tokenizer.encode_continuation(text);
  };
  const size_t cursor = parts.prefix.size();
  switch (item.kind) {
    case Kind::control:
      if (const auto id = tokenizer.control_id(item.text)) return std::vector<TokenId>{*id};
      return error(Code::mismatch, "the tokenizer has no control token '%s'", item.text.c_str());
    case Kind::text: return encode(item.text);
    case Kind::prefix: return window.range(0, cursor);
    case Kind::suffix: return item.start_of_text || cursor == 0 ? encode(parts.suffix) : window.range(cursor, window.text().size());
    case Kind::instruction: return encode(fill_instruction(settings.instruction, parts));
  }
  return error(Code::internal, "unknown prompt part");
}

// The number of ids up to and including the last one that ends a line; 0 when none does.
size_t last_line_start(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  for (size_t n = ids.size(); n > 0; --n) {
    if (tokenizer.bytes_of(ids[n - 1]).ends_with('\n')) return n;
  }
  return 0;
}

}  // namespace

Windows place_windows(std::string_view text, size_t cursor, size_t prefix_bytes, size_t suffix_bytes) {
  Windows windows{0, cursor, text.size()};
  prefix_bytes = std::min(prefix_bytes, text.size());  // so that no sum below overflows
  if (cursor > prefix_bytes + prefix_bytes / 4) {
    const size_t grid = std::max<size_t>(prefix_bytes / 4, 1);
    const size_t at = (cursor - prefix_bytes) / grid * grid;
    // A line start further on than the grid would make the window much too small, and one near the cursor would move with typing.
    windows.prefix_begin = next_line_start(text, at, std::min(at + grid, cursor));
  }
  if (text.size() - cursor > suffix_bytes) {
    size_t end = cursor + suffix_bytes;
    const size_t newline = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
    if (newline != std::string_view::npos && newline >= cursor) {
      end = newline + 1;
    } else {
      while (end > cursor && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    }
    windows.suffix_end = end;
  }
  return windows;
}

Result<Prompt> build_prompt(const FillSettings& settings, FillMode mode, const std::shared_ptr<const Tokenizer>& tokenizer,
                            const PromptParts& parts, std::unique_ptr<TokenizedText>& window) {
  const std::vector<TemplateItem>& items = settings.modes.at(mode);
  const auto is_prefix = [](const TemplateItem& item) { return item.kind == Kind::prefix; };
  const auto prefix = std::find_if(items.begin(), items.end(), is_prefix);
  SW_TRY(encode_window(tokenizer, parts, prefix != items.end() && prefix->start_of_text, window));
  Prompt prompt;
  for (const TemplateItem& item : items) {
    SW_ASSIGN(const std::vector<TokenId> ids, encode_item(item, settings, *tokenizer, parts, *window));
    if (is_prefix(item)) {
      if (const size_t line = last_line_start(*tokenizer, ids)) prompt.marks.push_back(prompt.ids.size() + line);
      prompt.stable = prompt.ids.size() + window->n_stable(parts.prefix.size());
      prompt.marks.push_back(prompt.stable);
      prompt.text = prompt.ids;
      prompt.text.insert(prompt.text.end(), window->ids().begin(), window->ids().end());
    }
    prompt.ids.insert(prompt.ids.end(), ids.begin(), ids.end());
    if (item.kind != Kind::control) prompt.marks.push_back(prompt.ids.size());
  }
  prompt.marks.push_back(prompt.ids.size());
  std::sort(prompt.marks.begin(), prompt.marks.end());
  prompt.marks.erase(std::unique(prompt.marks.begin(), prompt.marks.end()), prompt.marks.end());
  // Only a template that ends in the prefix, and shows what follows it nowhere else, goes on with it.
  const bool ends_in_prefix = prefix != items.end() && std::next(prefix) == items.end();
  if (!ends_in_prefix) prompt.stable = 0;
  const bool goes_on = ends_in_prefix &&
                       std::none_of(items.begin(), prefix, [](const TemplateItem& item) {
                         return item.kind == Kind::suffix || item.kind == Kind::instruction;
                       });
  if (!goes_on) prompt.text = prompt.ids;
  return prompt;
}

std::string code_of_reply(std::string_view reply) {
  const size_t fence = reply.find("```");
  if (fence == std::string_view::npos) {
    const size_t text = reply.starts_with(' ') ? 1 : 0;  // the first piece of a reply carries a space mark
    return std::string(reply.substr(text));
  }
  const size_t line = reply.find('\n', fence);
  if (line == std::string_view::npos) return "";  // still in the fence's own line
  std::string_view code = reply.substr(line + 1);
  const size_t close = code.find("\n```");
  if (code.starts_with("```")) return "";
  return std::string(code.substr(0, close));
}

}  // namespace sw
