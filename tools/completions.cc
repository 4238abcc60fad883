// sidewinder completions SHELL: completion scripts, from the command line's own description.
#include "app_walk.h"
#include "command.h"
#include "terminal.h"

namespace sw::tool {
namespace {

std::string joined(const std::vector<std::string>& words, const char* separator = " ") {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : separator) + word;
  return out;
}

std::vector<std::string> option_words(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::Option* option : named_options(app)) {
    for (const std::string& name : spellings(*option)) words.push_back(name);
  }
  return words;
}

std::vector<std::string> command_names(const CLI::App& root) {
  std::vector<std::string> names;
  for (const CLI::App* command : visible_commands(root)) names.push_back(command->get_name());
  return names;
}

// ------------------------------------------------------------------------------------------------------------- bash

std::string bash_option_case(const CLI::Option& option) {
  const std::string pattern = "        " + joined(spellings(option), "|") + ")\n          ";
  if (!choices(option).empty()) {
    return pattern + "COMPREPLY=($(compgen -W '" + joined(choices(option)) + "' -- \"$cur\"))\n          return ;;\n";
  }
  if (wants_folder(option)) return pattern + "COMPREPLY=($(compgen -d -- \"$cur\"))\n          return ;;\n";
  if (wants_file(option)) return pattern + "COMPREPLY=($(compgen -f -- \"$cur\"))\n          return ;;\n";
  return pattern + "return ;;\n";
}

std::string bash_positional(const CLI::App& command) {
  for (const CLI::Option* option : positionals(command)) {
    if (!choices(*option).empty()) return "$(compgen -W '" + joined(choices(*option)) + "' -- \"$cur\")";
    return wants_folder(*option) ? "$(compgen -d -- \"$cur\")" : "$(compgen -f -- \"$cur\")";
  }
  return "";
}

std::string bash_command_case(const CLI::App& command) {
  std::string out = "    " + command.get_name() + ")\n      case \"$prev\" in\n";
  for (const CLI::Option* option : named_options(command)) {
    if (takes_value(*option)) out += bash_option_case(*option);
  }
  out += "      esac\n      if [[ $cur == -* ]]; then\n        COMPREPLY=($(compgen -W '" +
         joined(option_words(command)) + "' -- \"$cur\"))\n      else\n        COMPREPLY=(" + bash_positional(command) +
         ")\n      fi ;;\n";
  return out;
}

std::string bash_script(const CLI::App& root) {
  std::string out =
      "# bash completion for sidewinder, made by: sidewinder completions bash\n"
      "_sidewinder() {\n"
      "  local cur prev command i\n"
      "  cur=${COMP_WORDS[COMP_CWORD]}\n"
      "  prev=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  command=\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    if [[ ${COMP_WORDS[i]} != -* ]]; then command=${COMP_WORDS[i]}; break; fi\n"
      "  done\n"
      "  COMPREPLY=()\n"
      "  case \"$command\" in\n";
  for (const CLI::App* command : visible_commands(root)) out += bash_command_case(*command);
  out += "    *)\n      COMPREPLY=($(compgen -W '" + joined(command_names(root)) + " " + joined(option_words(root)) +
         "' -- \"$cur\")) ;;\n  esac\n}\ncomplete -o filenames -F _sidewinder sidewinder\n";
  return out;
}

// -------------------------------------------------------------------------------------------------------------- zsh

// For single quotes.
std::string zsh_quoted(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out;
}

// For single quotes, and for the parts of _arguments' specifications.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else if (c == '[' || c == ']' || c == ':' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string zsh_value(const CLI::Option& option) {
  if (!takes_value(option)) return "";
  std::string action = " ";
  if (!choices(option).empty()) {
    action = "(" + joined(choices(option)) + ")";
  } else if (wants_folder(option)) {
    action = "_files -/";
  } else if (wants_file(option)) {
    action = "_files";
  }
  const std::string name = choices(option).empty() ? value_name(option) : "value";
  return ":" + zsh_text(name) + ":" + action;
}

std::string zsh_command_case(const CLI::App& command) {
  std::string out = "    " + command.get_name() + ")\n      _arguments \\\n";
  for (const CLI::Option* option : named_options(command)) {
    for (const std::string& name : spellings(*option)) {
      out += "        '" + name + "[" + zsh_text(option->get_description()) + "]" + zsh_value(*option) + "' \\\n";
    }
  }
  for (const CLI::Option* option : positionals(command)) out += "        '" + zsh_value(*option) + "' \\\n";
  return out + "        ;;\n";
}

std::string zsh_script(const CLI::App& root) {
  std::string out =
      "#compdef sidewinder\n"
      "# zsh completion for sidewinder, made by: sidewinder completions zsh\n"
      "_sidewinder() {\n"
      "  local -a commands\n"
      "  commands=(\n";
  for (const CLI::App* command : visible_commands(root)) {
    out += "    '" + command->get_name() + ":" + zsh_quoted(command->get_description()) + "'\n";
  }
  out +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe -t commands 'command' commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $command in\n";
  for (const CLI::App* command : visible_commands(root)) out += zsh_command_case(*command);
  return out + "  esac\n}\n_sidewinder \"$@\"\n";
}

// ------------------------------------------------------------------------------------------------------------- fish

std::string fish_text(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string fish_option(const std::string& condition, const CLI::Option& option) {
  std::string out = "complete -c sidewinder -n '" + condition + "'";
  for (const std::string& name : option.get_snames()) out += " -s " + name;
  // A long name of one letter, like --n, is -l n all the same.
  for (const std::string& name : option.get_lnames()) out += " -l " + name;
  if (takes_value(option)) {
    out += " -r";
    if (!choices(option).empty()) {
      out += " -f -a '" + joined(choices(option)) + "'";
    } else if (wants_folder(option)) {
      out += " -f -a '(__fish_complete_directories)'";
    } else {
      out += wants_file(option) ? " -F" : " -f";
    }
  }
  return out + " -d '" + fish_text(option.get_description()) + "'\n";
}

std::string fish_script(const CLI::App& root) {
  std::string out = "# fish completion for sidewinder, made by: sidewinder completions fish\n";
  for (const CLI::App* command : visible_commands(root)) {
    out += "complete -c sidewinder -f -n __fish_use_subcommand -a " + command->get_name() + " -d '" +
           fish_text(command->get_description()) + "'\n";
  }
  for (const CLI::Option* option : named_options(root)) out += fish_option("__fish_use_subcommand", *option);
  for (const CLI::App* command : visible_commands(root)) {
    const std::string condition = "__fish_seen_subcommand_from " + command->get_name();
    for (const CLI::Option* option : named_options(*command)) out += fish_option(condition, *option);
    for (const CLI::Option* option : positionals(*command)) {
      out += "complete -c sidewinder -n '" + condition + "'";
      out += choices(*option).empty() ? " -F\n" : " -f -a '" + joined(choices(*option)) + "'\n";
    }
  }
  return out;
}

}  // namespace

void add_completions(CLI::App& root, Commands& commands) {
  CLI::App* app = root.add_subcommand("completions", "Print the completion script for a shell");
  app->group("");
  auto shell = std::make_shared<std::string>();
  app->add_option("SHELL", *shell, "The shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  commands.push_back({app, [&root, shell] {
                        if (*shell == "bash") return print(bash_script(root));
                        return print(*shell == "zsh" ? zsh_script(root) : fish_script(root));
                      }});
}

}  // namespace sw::tool
