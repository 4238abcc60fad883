#include "complete/prompt.h"

#include <algorithm>
#include <span>

namespace sw {
namespace {

using Kind = TemplateItem::Kind;

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

// The number of ids up to and including the last one that ends a line; 0 when none does.
size_t last_line_start(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  for (size_t n = ids.size(); n > 0; --n) {
    if (tokenizer.bytes_of(ids[n - 1]).ends_with('\n')) return n;
  }
  return 0;
}

// Writes one prompt, part by part.
class PromptWriter {
 public:
  PromptWriter(const FillSettings& settings, bool heal, const std::shared_ptr<const Tokenizer>& tokenizer, const PromptParts& parts, Far far,
               const TokenizedText& window)
      : settings_(settings),
        heal_(heal),
        tokenizer_(*tokenizer),
        parts_(parts),
        far_(far),
        head_size_(far == Far::in_windows ? 0 : parts.head_size),
        tail_size_(far == Far::in_windows ? 0 : parts.tail_size),
        window_(window) {}

  Status write(const TemplateItem& item) {
    switch (item.kind) {
      case Kind::control: return write_control(item);
      case Kind::text: return write_text(PartKind::text, item.text, item.start_of_text);
      case Kind::context: return write_context();
      case Kind::prefix: return write_prefix(item.start_of_text);
      case Kind::suffix: return write_suffix(item.start_of_text);
      case Kind::instruction: return write_instruction(item.start_of_text);
    }
    return error(Code::internal, "unknown prompt part");
  }

  Prompt finish() {
    prompt_.marks.push_back(prompt_.ids.size());
    std::sort(prompt_.marks.begin(), prompt_.marks.end());
    prompt_.marks.erase(std::unique(prompt_.marks.begin(), prompt_.marks.end()), prompt_.marks.end());
    return std::move(prompt_);
  }

 private:
  using PartKind = PromptPart::Kind;

  size_t cursor() const { return parts_.prefix.size(); }

  void add(PartKind kind, std::string name, size_t n_bytes, std::span<const TokenId> ids, std::string why = {}) {
    prompt_.ids.insert(prompt_.ids.end(), ids.begin(), ids.end());
    prompt_.parts.push_back({kind, std::move(name), std::move(why), n_bytes, ids.size()});
  }
  void mark() { prompt_.marks.push_back(prompt_.ids.size()); }

  Result<std::vector<TokenId>> encode(const std::string& text, bool start_of_text) const {
    return start_of_text ? tokenizer_.encode(text) : tokenizer_.encode_continuation(text);
  }

  Status write_control(const TemplateItem& item) {
    const auto id = tokenizer_.control_id(item.text);
    if (!id) return error(Code::mismatch, "the tokenizer has no control token '%s'", item.text.c_str());
    add(PartKind::control, item.text, 0, std::span(&*id, 1));
    return {};
  }

  Status write_text(PartKind kind, const std::string& text, bool start_of_text) {
    SW_ASSIGN(const auto ids, encode(text, start_of_text));
    add(kind, {}, text.size(), ids);
    mark();
    return {};
  }

  Status write_instruction(bool start_of_text) {
    return write_text(PartKind::instruction, fill_instruction(settings_.instruction, parts_), start_of_text);
  }

  Status write_context() {
    if (parts_.context != nullptr) {
      const PromptContext& context = *parts_.context;
      for (size_t i = 0; i < context.documents.size(); ++i) {
        const ContextDocument& document = context.documents[i];
        add(PartKind::context, document.path, document.text.size(), *document.ids, document.why);
        if (i + 1 == context.n_stable) mark();
      }
      if (!context.documents.empty()) mark();
    }
    SW_TRY(write_set_apart(PartKind::head, 0, head_size_));
    const size_t end = cursor() + parts_.suffix.size();
    return write_set_apart(PartKind::tail, end - tail_size_, end);
  }

  // A part of the file as a document of its own.
  Status write_set_apart(PartKind kind, size_t begin, size_t end) {
    if (begin == end || far_ == Far::nowhere) return {};
    SW_ASSIGN(std::vector<TokenId> ids, tokenizer_.encode_continuation(document_header(settings_.document, parts_.path)));
    SW_ASSIGN(const std::vector<TokenId> body, window_.range_as(false, begin, end));
    ids.insert(ids.end(), body.begin(), body.end());
    if (window_.text()[end - 1] != '\n') {
      SW_ASSIGN(const std::vector<TokenId> newline, tokenizer_.encode_continuation("\n"));
      ids.insert(ids.end(), newline.begin(), newline.end());
    }
    add(kind, parts_.path, end - begin, ids);
    mark();
    return {};
  }

  Result<std::vector<TokenId>> prefix_ids(size_t end, bool start_of_text) const {
    return window_.range_as(start_of_text, head_size_, end);
  }

  Status write_prefix(bool start_of_text) {
    const size_t at = prompt_.ids.size(), cut = window_.last_cut(head_size_, cursor());
    SW_ASSIGN(auto ids, prefix_ids(cursor(), start_of_text));
    SW_ASSIGN(const auto stable, prefix_ids(cut, start_of_text));
    if (heal_ && can_heal(cut, std::span(ids).subspan(std::min(stable.size(), ids.size())))) {
      prompt_.typed = parts_.prefix.substr(cut);
      ids = stable;
    }
    prompt_.text = prompt_.ids;
    if (head_size_ == 0) {
      prompt_.text.insert(prompt_.text.end(), window_.ids().begin(), window_.ids().end());
    }
    add(PartKind::prefix, parts_.path, cursor() - head_size_ - prompt_.typed.size(), ids);
    if (const size_t line = last_line_start(tokenizer_, ids)) prompt_.marks.push_back(at + line);
    prompt_.stable = at + stable.size();
    prompt_.marks.push_back(prompt_.stable);
    mark();
    return {};
  }

  // True when tokens can spell what is typed behind `cut`, and the prefix keeps a token before it: the first of a text may carry a mark
  // that no later one does.
  bool can_heal(size_t cut, std::span<const TokenId> typed) const {
    return cut > head_size_ &&
           std::none_of(typed.begin(), typed.end(), [&](TokenId id) { return tokenizer_.is_control(id); });
  }

  Status write_suffix(bool start_of_text) {
    const size_t end = cursor() + parts_.suffix.size() - tail_size_;
    SW_ASSIGN(const auto ids, window_.range_as(start_of_text, cursor(), end));
    add(PartKind::suffix, parts_.path, end - cursor(), ids);
    mark();
    return {};
  }

  const FillSettings& settings_;
  const bool heal_;
  const Tokenizer& tokenizer_;
  const PromptParts& parts_;
  const Far far_;
  const size_t head_size_, tail_size_;  // what the windows leave to it
  const TokenizedText& window_;
  Prompt prompt_;
};

}  // namespace

bool can_split(const FillSettings& settings, FillMode mode) {
  const auto it = settings.modes.find(mode);
  if (it == settings.modes.end()) return false;
  const auto has = [&](Kind kind) {
    return std::any_of(it->second.begin(), it->second.end(), [&](const TemplateItem& item) { return item.kind == kind; });
  };
  return has(Kind::context) && has(Kind::prefix) && has(Kind::suffix);
}

Result<Prompt> build_prompt(const FillSettings& settings, FillMode mode, bool heal, const std::shared_ptr<const Tokenizer>& tokenizer,
                            const PromptParts& parts, Far far, std::unique_ptr<TokenizedText>& window) {
  const std::vector<TemplateItem>& items = settings.modes.at(mode);
  const auto is_prefix = [](const TemplateItem& item) { return item.kind == Kind::prefix; };
  const auto prefix = std::find_if(items.begin(), items.end(), is_prefix);
  SW_TRY(encode_window(tokenizer, parts, prefix != items.end() && prefix->start_of_text, window));
  PromptWriter writer(settings, heal, tokenizer, parts, far, *window);
  for (const TemplateItem& item : items) SW_TRY(writer.write(item));
  Prompt prompt = writer.finish();
  // Only a template that ends in the prefix, and shows what follows it nowhere else, goes on with it.
  const bool ends_in_prefix = prefix != items.end() && std::next(prefix) == items.end();
  if (!ends_in_prefix) prompt.stable = 0;
  const bool is_whole = far == Far::in_windows || parts.head_size + parts.tail_size == 0;
  const bool goes_on = ends_in_prefix && is_whole &&
                       std::none_of(items.begin(), prefix, [](const TemplateItem& item) {
                         return item.kind == Kind::suffix || item.kind == Kind::instruction;
                       });
  if (!goes_on) prompt.text.clear();
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
