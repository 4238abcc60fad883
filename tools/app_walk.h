// The command line, looked at from outside: what the man page and the shell completions are made from.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace sw::tool {

std::vector<const CLI::App*> visible_commands(const CLI::App& root);
std::vector<const CLI::Option*> named_options(const CLI::App& app);
std::vector<const CLI::Option*> positionals(const CLI::App& app);

std::vector<std::string> spellings(const CLI::Option& option);  // "-h", "--help"
bool takes_value(const CLI::Option& option);
std::vector<std::string> choices(const CLI::Option& option);  // of a value from a fixed list
std::string value_name(const CLI::Option& option);            // "FILE", or the choices as a|b|c
bool wants_file(const CLI::Option& option);
bool wants_folder(const CLI::Option& option);

}  // namespace sw::tool
