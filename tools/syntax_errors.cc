#include "syntax_errors.h"

#include "handles.h"
#include "terminal.h"

namespace sw::tool {
namespace {

// The records' languages but for one go by our names; what their files are called says more where there is a dialect.
const char* grammar_of(const PinnedHole& hole) {
  const char* by_path = sw_text_language(hole.path.c_str(), nullptr, 0);
  if (by_path != nullptr && std::string_view(by_path) == "tsx") return by_path;
  return hole.language == "shell" ? "bash" : hole.language.c_str();
}

}  // namespace

Outcome SyntaxErrors::read() { return count(hole_.middle, before_); }

Outcome SyntaxErrors::judge(std::string_view text, std::optional<bool>& out) const {
  std::optional<size_t> after;
  SW_TRY(count(text, after));
  if (before_ && after) out = *after <= *before_;
  return success();
}

Outcome SyntaxErrors::count(std::string_view text, std::optional<size_t>& out) const {
  std::string whole = hole_.prefix;
  whole.append(text).append(hole_.suffix);
  sw_text_options options = SW_TEXT_OPTIONS_INIT;
  options.language = grammar_of(hole_);
  const sw_run_options run = run_options(nullptr);
  sw_outline* raw = nullptr;
  const sw_status status = sw_text_outline(whole.data(), whole.size(), &options, &run, &raw);
  const Outline outline(raw);
  if (status == SW_E_ARGUMENT) return success();  // a language that nobody knows
  SW_TRY(from_status(status, kExitFailed, hole_.path));
  sw_outline_info info = SW_OUTLINE_INFO_INIT;
  SW_TRY(from_status(sw_outline_get_info(raw, &info), kExitFailed));
  if (info.by_syntax != 0) out = info.n_errors;
  return success();
}

}  // namespace sw::tool
