#include "complete/fill_settings.h"

#include <algorithm>
#include <optional>

#include "context/repo_context.h"
#include "loader/json.h"
#include "loader/vocabulary.h"

namespace sw {
namespace {

using Kind = TemplateItem::Kind;

constexpr size_t kWindowMax = size_t{1} << 24;

constexpr const char* kInstruction =
    "Complete the code at <CURSOR> in {path}. Reply with only the text that replaces <CURSOR>, in one code block, "
    "without repeating what is around it.\n```{language}\n{prefix}<CURSOR>{suffix}\n```";

std::optional<FillMode> fill_mode_of(std::string_view name) {
  for (const FillMode mode : {FillMode::spm, FillMode::psm, FillMode::instruct, FillMode::prefix}) {
    if (name == fill_mode_name(mode)) return mode;
  }
  return std::nullopt;
}

TemplateItem control(const char* name) { return {Kind::control, name, false}; }
TemplateItem slot(Kind kind, bool start_of_text) { return {kind, "", start_of_text}; }

// The templates of Mistral's tokenizer v3 (mistral-common); BOS only where the vocabulary has one, and the weights' file does not say
// that prompts go without.
PromptTemplate with_bos(const Checkpoint& checkpoint, const Tokenizer& tokenizer, PromptTemplate items) {
  if (tokenizer.bos_id() >= 0 && (checkpoint.vocabulary == nullptr || checkpoint.vocabulary->add_bos)) {
    items.insert(items.begin(), {Kind::control, std::string(tokenizer.piece(tokenizer.bos_id())), false});
  }
  return items;
}

PromptTemplate spm_template() {
  return {control("[SUFFIX]"), slot(Kind::suffix, false), control("[PREFIX]"), slot(Kind::prefix, true)};
}
PromptTemplate psm_template() {
  return {control("[PREFIX]"), slot(Kind::prefix, true), control("[SUFFIX]"), slot(Kind::suffix, false), control("[MIDDLE]")};
}
PromptTemplate instruct_template() { return {control("[INST]"), slot(Kind::instruction, true), control("[/INST]")}; }

FillSettings infer(const Checkpoint& checkpoint, const Tokenizer& tokenizer) {
  const auto has = [&](const char* name) { return tokenizer.control_id(name).has_value(); };
  FillSettings settings;
  settings.instruction = kInstruction;
  settings.modes[FillMode::prefix] = with_bos(checkpoint, tokenizer, {slot(Kind::prefix, true)});
  const bool fim = has("[PREFIX]") && has("[SUFFIX]");
  if (fim) settings.modes[FillMode::spm] = with_bos(checkpoint, tokenizer, spm_template());
  if (fim && has("[MIDDLE]")) settings.modes[FillMode::psm] = with_bos(checkpoint, tokenizer, psm_template());
  if (has("[INST]") && has("[/INST]")) {
    settings.modes[FillMode::instruct] = with_bos(checkpoint, tokenizer, instruct_template());
    settings.mode = FillMode::instruct;
    settings.note = fim ? "inferred: an instruction-tuned vocabulary. It has FIM tokens, but Codestral Mamba, which uses it, was "
                          "not trained to fill in with them (its makers say so): spm and psm only when asked for"
                        : "inferred: an instruction-tuned vocabulary without FIM tokens";
  } else if (fim) {
    settings.mode = FillMode::spm;
    settings.note = "inferred: the vocabulary has FIM tokens and no instruction tokens";
  } else {
    settings.note = "inferred: the vocabulary has neither FIM nor instruction tokens, so only left to right";
  }
  return settings;
}

// A template that does not say where documents of other files go has them first: after BOS, or where the user's message begins.
void place_context(const Tokenizer& tokenizer, PromptTemplate& items) {
  const auto is = [](Kind kind) { return [kind](const TemplateItem& item) { return item.kind == kind; }; };
  if (std::any_of(items.begin(), items.end(), is(Kind::context))) return;
  auto at = std::find_if(items.begin(), items.end(), is(Kind::instruction));
  if (at == items.end()) {
    const bool bos = tokenizer.bos_id() >= 0 && items.front().kind == Kind::control && items.front().text == tokenizer.piece(tokenizer.bos_id());
    at = items.begin() + (bos ? 1 : 0);
  }
  items.insert(at, slot(Kind::context, false));
}

// Reads sidewinder.json; every refusal names the file and the byte.
class SettingsReader {
 public:
  SettingsReader(const std::string& path, const Tokenizer& tokenizer) : path_(path), tokenizer_(tokenizer) {}

  Result<FillSettings> read() {
    SW_ASSIGN(const Json root, read_json_file(path_, {}));
    const auto* object = root.object();
    if (object == nullptr) return error(Code::format, "%s: byte 0: not a JSON object", path_.c_str());
    FillSettings settings;
    settings.instruction = kInstruction;
    SW_TRY(read_string(*object, "name", settings.name));
    SW_TRY(read_string(*object, "document", settings.document));
    if (const auto* windows = find_member(*object, "windows")) SW_TRY(read_windows(*windows, settings));
    const auto* fill_in = find_member(*object, "fill_in");
    if (fill_in == nullptr) return error(Code::format, "%s: no \"fill_in\"", path_.c_str());
    SW_TRY(read_fill_in(*fill_in, settings));
    return settings;
  }

 private:
  Status refuse(const Json::Member& member, const char* what) const {
    return error(Code::format, "%s: byte %llu: \"%s\" %s", path_.c_str(), static_cast<unsigned long long>(member.offset),
                 member.key.c_str(), what);
  }

  Status read_string(const Json::Object& object, const char* key, std::string& out) const {
    const auto* member = find_member(object, key);
    if (member == nullptr) return {};
    if (member->value.string() == nullptr) return refuse(*member, "must be a string");
    out = *member->value.string();
    return {};
  }

  Status read_windows(const Json::Member& windows, FillSettings& settings) const {
    const auto* object = windows.value.object();
    if (object == nullptr) return refuse(windows, "must be an object");
    SW_TRY(read_number(*object, "context_tokens", kContextTokensMax, settings.context_tokens));
    SW_TRY(read_number(*object, "prefix_bytes", kWindowMax, settings.prefix_window_bytes));
    return read_number(*object, "suffix_bytes", kWindowMax, settings.suffix_window_bytes);
  }

  Status read_number(const Json::Object& object, const char* key, size_t max, size_t& out) const {
    const auto* member = find_member(object, key);
    if (member == nullptr) return {};
    const uint64_t* n = member->value.unsigned_integer();
    if (n == nullptr || *n > max) return refuse(*member, format("must be a whole number, at most %zu", max).c_str());
    out = static_cast<size_t>(*n);
    return {};
  }

  Status read_fill_in(const Json::Member& fill_in, FillSettings& settings) const {
    const auto* object = fill_in.value.object();
    if (object == nullptr) return refuse(fill_in, "must be an object");
    SW_TRY(read_string(*object, "note", settings.note));
    SW_TRY(read_string(*object, "instruction", settings.instruction));
    const auto* modes = find_member(*object, "modes");
    if (modes == nullptr || modes->value.object() == nullptr || modes->value.object()->empty()) {
      return refuse(modes == nullptr ? fill_in : *modes, "needs \"modes\", an object with at least one prompt template");
    }
    for (const Json::Member& mode : *modes->value.object()) {
      const auto id = fill_mode_of(mode.key);
      if (!id) return refuse(mode, "is not a mode; there are spm, psm, instruct and prefix");
      SW_TRY(read_template(mode, settings.modes[*id]));
    }
    const auto* member = find_member(*object, "default");
    const std::string* name = member == nullptr ? nullptr : member->value.string();
    const auto chosen = name == nullptr ? std::nullopt : fill_mode_of(*name);
    if (!chosen || settings.modes.count(*chosen) == 0) {
      return refuse(member == nullptr ? fill_in : *member, "needs \"default\", one of its modes");
    }
    settings.mode = *chosen;
    SW_TRY(read_modes(*object, "alternatives", settings, settings.alternatives));
    return read_modes(*object, "token_healing", settings, settings.healed);
  }

  // Leaves `out` as it is where the key is missing.
  Status read_modes(const Json::Object& fill_in, const char* key, const FillSettings& settings, std::vector<FillMode>& out) const {
    const auto* member = find_member(fill_in, key);
    if (member == nullptr) return {};
    out.clear();
    const auto* names = member->value.array();
    if (names == nullptr) return refuse(*member, "must be a list of modes");
    for (const Json& name : *names) {
      const auto mode = name.string() == nullptr ? std::nullopt : fill_mode_of(*name.string());
      if (!mode || settings.modes.count(*mode) == 0) return refuse(*member, "must name modes that there are templates for");
      out.push_back(*mode);
    }
    return {};
  }

  Status read_template(const Json::Member& mode, PromptTemplate& out) const {
    const auto* items = mode.value.array();
    if (items == nullptr || items->empty()) return refuse(mode, "must be a list of prompt parts");
    for (const Json& item : *items) {
      const auto* object = item.object();
      if (object == nullptr || object->empty()) return refuse(mode, "must hold objects: {\"control\"}, {\"text\"} or {\"slot\"}");
      SW_TRY(read_item(mode, *object, out.emplace_back()));
    }
    return {};
  }

  Status read_item(const Json::Member& mode, const Json::Object& object, TemplateItem& item) const {
    bool has_kind = false;
    for (const Json::Member& member : object) {
      if (member.key == "start_of_text") {
        const bool* flag = std::get_if<bool>(&member.value.value);
        if (flag == nullptr) return refuse(member, "must be true or false");
        item.start_of_text = *flag;
        continue;
      }
      const std::string* text = member.value.string();
      if (text == nullptr) return refuse(member, "must be a string");
      if (has_kind) return refuse(member, "is one too many: a prompt part is a control, a text or a slot");
      SW_TRY(read_kind(member, *text, item));
      has_kind = true;
    }
    return has_kind ? Status() : refuse(mode, "has a part that is neither control, text nor slot");
  }

  Status read_kind(const Json::Member& member, const std::string& text, TemplateItem& item) const {
    item.text = text;
    if (member.key == "control") {
      item.kind = Kind::control;
      if (!tokenizer_.control_id(text)) return refuse(member, "names a control token that the tokenizer does not have");
    } else if (member.key == "text") {
      item.kind = Kind::text;
    } else if (member.key == "slot" && text == "prefix") {
      item.kind = Kind::prefix;
    } else if (member.key == "slot" && text == "suffix") {
      item.kind = Kind::suffix;
    } else if (member.key == "slot" && text == "instruction") {
      item.kind = Kind::instruction;
    } else if (member.key == "slot" && text == "context") {
      item.kind = Kind::context;
    } else {
      return refuse(member, "is not a prompt part; there are control, text, and slot: context, prefix, suffix or instruction");
    }
    return {};
  }

  const std::string& path_;
  const Tokenizer& tokenizer_;
};

}  // namespace

const char* fill_mode_name(FillMode mode) {
  switch (mode) {
    case FillMode::spm: return "spm";
    case FillMode::psm: return "psm";
    case FillMode::instruct: return "instruct";
    case FillMode::prefix: return "prefix";
    case FillMode::model_default: break;
  }
  return "default";
}

bool FillSettings::heals(FillMode asked) const { return std::find(healed.begin(), healed.end(), asked) != healed.end(); }

uint32_t FillSettings::mode_bits() const {
  uint32_t bits = 0;
  for (const auto& [id, items] : modes) bits |= 1u << static_cast<int>(id);
  return bits;
}

std::string default_name(const Checkpoint& checkpoint) {
  std::string path = checkpoint.directory;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  std::string name = path.substr(path.rfind('/') + 1);
  if (checkpoint.layout == Layout::gguf && name.ends_with(".gguf")) name.resize(name.size() - 5);
  return name;
}

Result<FillSettings> fill_settings(const Checkpoint& checkpoint, const Tokenizer& tokenizer) {
  FillSettings settings;
  if (checkpoint.settings_path.empty()) {
    settings = infer(checkpoint, tokenizer);
  } else {
    SW_ASSIGN(settings, SettingsReader(checkpoint.settings_path, tokenizer).read());
  }
  if (settings.name.empty()) settings.name = default_name(checkpoint);
  for (auto& [mode, items] : settings.modes) place_context(tokenizer, items);
  return settings;
}

}  // namespace sw
