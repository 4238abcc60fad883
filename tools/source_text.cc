#include "source_text.h"

#include <algorithm>

#include "input.h"
#include "options.h"

namespace sw::tool {

void add_source_options(CLI::App& app, SourceFlags& flags) {
  app.add_option("FILE", flags.path, "A file of code; - for standard input")->required();
  app.add_option("--language", flags.language,
                 "The language, \"python\"; told by the file's name and first line without it")
      ->type_name("NAME");
  add_json_option(app, flags.json);
}

Outcome read_source(const SourceFlags& flags, SourceText& out) {
  SW_TRY(read_text(flags.path, out.text));
  out.language = flags.language;
  if (out.language.empty()) {
    const size_t line = std::min(out.text.find('\n'), out.text.size());
    const char* found = sw_text_language(flags.path.c_str(), out.text.data(), line);
    if (found != nullptr) out.language = found;
  }
  if (!out.language.empty()) out.options.language = out.language.c_str();
  return success();
}

size_t line_number(const std::string& text, size_t offset) {
  return 1 + static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(std::min(offset, text.size())), '\n'));
}

}  // namespace sw::tool
