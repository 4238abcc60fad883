#include "app_walk.h"

namespace sw::tool {

std::vector<const CLI::App*> visible_commands(const CLI::App& root) {
  return root.get_subcommands([](const CLI::App* app) { return !app->get_group().empty(); });
}

std::vector<const CLI::Option*> named_options(const CLI::App& app) {
  return app.get_options(
      [](const CLI::Option* option) { return option->nonpositional() && !option->get_group().empty(); });
}

std::vector<const CLI::Option*> positionals(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> out;
  for (const std::string& name : option.get_snames()) out.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.push_back("--" + name);
  return out;
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

// A check against a fixed list shows in the type's name as "TEXT:{a,b,c}".
std::vector<std::string> choices(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t begin = type.find('{'), end = type.rfind('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

std::string value_name(const CLI::Option& option) {
  std::string out;
  for (const std::string& choice : choices(option)) out += (out.empty() ? "" : "|") + choice;
  if (!out.empty()) return out;
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));  // checks on ranges follow the colon
}

bool wants_file(const CLI::Option& option) {
  return value_name(option) == "FILE";
}
bool wants_folder(const CLI::Option& option) {
  return value_name(option) == "DIR";
}

}  // namespace sw::tool
