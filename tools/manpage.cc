// sidewinder manpage: the man page, from the command line's own description.
#include "app_walk.h"
#include "command.h"
#include "sidewinder/sidewinder.h"
#include "terminal.h"

namespace sw::tool {
namespace {

// Text for troff: no character of it is a command.
std::string escaped(const std::string& text) {
  std::string out;
  bool line_start = true;
  for (char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    line_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(const std::string& text) {
  return "\\fB" + escaped(text) + "\\fR";
}
std::string italic(const std::string& text) {
  return "\\fI" + escaped(text) + "\\fR";
}

std::string option_entry(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : spellings(option)) names += (names.empty() ? "" : ", ") + bold(name);
  if (takes_value(option)) names += " " + italic(value_name(option));
  std::string text = option.get_description();
  if (!option.get_default_str().empty()) text += " (default: " + option.get_default_str() + ")";
  if (option.get_required()) text += " (required)";
  return ".TP\n" + names + "\n" + escaped(text) + "\n";
}

std::string positional_entry(const CLI::Option& option) {
  return ".TP\n" + italic(option.get_name(true)) + "\n" + escaped(option.get_description()) + "\n";
}

std::string synopsis(const CLI::App& command) {
  std::string line = bold("sidewinder " + command.get_name());
  for (const CLI::Option* option : named_options(command)) {
    if (!option->get_required()) continue;
    const std::string value = choices(*option).empty() ? value_name(*option) : "NAME";
    line += " " + bold(spellings(*option).back()) + " " + italic(value);
  }
  line += " [" + italic("options") + "]";
  for (const CLI::Option* option : positionals(command)) {
    const std::string name = choices(*option).empty() ? italic(option->get_name(true)) : bold(value_name(*option));
    line += option->get_required() ? " " + name : " [" + name + "]";
  }
  return line + "\n.br\n";
}

std::string paragraphs(const std::string& text) {
  std::string out;
  for (const std::string& line : CLI::detail::split(text, '\n')) out += ".PP\n" + escaped(line) + "\n";
  return out;
}

std::string command_section(const CLI::App& command) {
  std::string out = ".SS " + escaped(command.get_name()) + "\n" + escaped(command.get_description()) + ".\n";
  for (const CLI::Option* option : positionals(command)) out += positional_entry(*option);
  for (const CLI::Option* option : named_options(command)) out += option_entry(*option);
  if (!command.get_footer().empty()) out += paragraphs(command.get_footer());
  return out;
}

std::string exit_section() {
  std::string out = ".SH EXIT STATUS\n";
  bool first = true;
  for (const std::string& line : CLI::detail::split(exit_code_help(), '\n')) {
    if (first) {  // the title
      first = false;
      continue;
    }
    const std::string entry = CLI::detail::trim_copy(line);
    const size_t space = entry.find(' ');
    out += ".TP\n" + bold(entry.substr(0, space)) + "\n" + escaped(CLI::detail::trim_copy(entry.substr(space))) + "\n";
  }
  return out;
}

const char* example_section() {
  return ".SH EXAMPLES\n"
         ".TP\n"
         "Complete at line 12, column 5 of a file with the embedded model\n"
         "sidewinder complete src/main.py:12:5\n"
         ".TP\n"
         "The same for a text that is not saved, as JSON\n"
         "sidewinder complete \\-\\-line 12 \\-\\-col 5 \\-\\-path src/main.py \\-\\-json < text\n"
         ".TP\n"
         "Measure a model of Codestral Mamba\\(aqs shape with four layers\n"
         "sidewinder synth \\-\\-shape codestral \\-\\-layers 4 \\-\\-out /tmp/c4 && sidewinder bench decode "
         "\\-\\-model "
         "/tmp/c4\n";
}

const char* environment_section() {
  return ".SH ENVIRONMENT\n"
         ".TP\n"
         "\\fBNO_COLOR\\fR\n"
         "When set and not empty, nothing is coloured; ghost text then stands between {+ and +}.\n"
         ".TP\n"
         "\\fBTERM\\fR\n"
         "\"dumb\" or nothing: as with NO_COLOR.\n";
}

std::string page(const CLI::App& root) {
  std::string out = ".TH SIDEWINDER 1 \"\" \"sidewinder " + escaped(sw_version()) + "\" \"User Commands\"\n";
  out += ".SH NAME\nsidewinder \\- code completion on this machine, from Mamba\\-2 models\n";
  out += ".SH SYNOPSIS\n.nh\n";
  for (const CLI::App* command : visible_commands(root)) out += synopsis(*command);
  out +=
      ".hy\n.SH DESCRIPTION\n" + escaped(root.get_description()) +
      ". Everything runs in this process: nothing is sent anywhere. Without \\fB\\-\\-model\\fR the small model that "
      "comes with the program is used. Long work shows a progress line when standard error is a terminal; Ctrl\\-C "
      "stops it cleanly, a second one at once.\n";
  out += ".SH COMMANDS\n";
  for (const CLI::App* command : visible_commands(root)) out += command_section(*command);
  return out + exit_section() + environment_section() + example_section();
}

}  // namespace

void add_manpage(CLI::App& root, Commands& commands) {
  CLI::App* app = root.add_subcommand("manpage", "Print the man page");
  app->group("");
  commands.push_back({app, [&root] { return print(page(root)); }});
}

}  // namespace sw::tool
