#include "context/language.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace sw {
namespace {

constexpr Language kLanguages[] = {
    {"bash", "#"},    {"c", "//"},     {"c_sharp", "//"},    {"cpp", "//"},    {"css", ""},      {"cuda", "//"},   {"go", "//"},
    {"html", ""},     {"java", "//"},  {"javascript", "//"}, {"json", ""},     {"kotlin", "//"}, {"lua", "--"},    {"markdown", ""},
    {"php", "//"},    {"python", "#"}, {"ruby", "#"},        {"rust", "//"},   {"scala", "//"},  {"sql", "--"},    {"swift", "//"},
    {"toml", "#"},    {"tsx", "//"},   {"typescript", "//"}, {"yaml", "#"},    {"zig", "//"},
    // Without a grammar.
    {"cmake", "#"},   {"dart", "//"},  {"elixir", "#"},      {"haskell", "--"}, {"julia", "#"},  {"make", "#"},    {"meson", "#"},
    {"ocaml", ""},    {"perl", "#"},   {"r", "#"},           {"text", ""},     {"vim", "\""},
};

struct Sign {
  std::string_view sign;  // an extension without its dot, a whole name, or an interpreter
  std::string_view language;
};

constexpr Sign kExtensions[] = {
    {"bash", "bash"},   {"bats", "bash"},     {"sh", "bash"},       {"ksh", "bash"},      {"zsh", "bash"},       {"c", "c"},
    {"h", "cpp"},       {"cs", "c_sharp"},    {"csx", "c_sharp"},   {"cc", "cpp"},        {"cpp", "cpp"},        {"cxx", "cpp"},
    {"c++", "cpp"},     {"hh", "cpp"},        {"hpp", "cpp"},       {"hxx", "cpp"},       {"h++", "cpp"},        {"inl", "cpp"},
    {"ipp", "cpp"},     {"ixx", "cpp"},       {"tpp", "cpp"},       {"ino", "cpp"},       {"css", "css"},        {"cu", "cuda"},
    {"cuh", "cuda"},    {"go", "go"},         {"html", "html"},     {"htm", "html"},      {"xhtml", "html"},     {"java", "java"},
    {"js", "javascript"}, {"cjs", "javascript"}, {"mjs", "javascript"}, {"jsx", "javascript"}, {"json", "json"},  {"jsonc", "json"},
    {"webmanifest", "json"}, {"kt", "kotlin"}, {"kts", "kotlin"},   {"lua", "lua"},       {"md", "markdown"},    {"markdown", "markdown"},
    {"mkd", "markdown"}, {"php", "php"},      {"phtml", "php"},     {"py", "python"},     {"pyi", "python"},     {"pyw", "python"},
    {"rb", "ruby"},     {"gemspec", "ruby"},  {"rake", "ruby"},     {"rs", "rust"},       {"scala", "scala"},    {"sbt", "scala"},
    {"sc", "scala"},    {"sql", "sql"},       {"swift", "swift"},   {"toml", "toml"},     {"tsx", "tsx"},        {"ts", "typescript"},
    {"cts", "typescript"}, {"mts", "typescript"}, {"yaml", "yaml"}, {"yml", "yaml"},      {"zig", "zig"},        {"zon", "zig"},
    {"cmake", "cmake"}, {"dart", "dart"},     {"ex", "elixir"},     {"exs", "elixir"},    {"hs", "haskell"},     {"jl", "julia"},
    {"mk", "make"},     {"ml", "ocaml"},      {"mli", "ocaml"},     {"pl", "perl"},       {"pm", "perl"},        {"r", "r"},
    {"rst", "text"},    {"txt", "text"},      {"vim", "vim"},
};

constexpr Sign kNames[] = {
    {".bash_profile", "bash"},
    {".bashrc", "bash"},
    {".profile", "bash"},
    {".zshrc", "bash"},
    {"PKGBUILD", "bash"},
    {".babelrc", "json"},
    {".eslintrc", "json"},
    {"composer.lock", "json"},
    {"Gemfile", "ruby"},
    {"Rakefile", "ruby"},
    {"Vagrantfile", "ruby"},
    {"Cargo.lock", "toml"},
    {"Pipfile", "toml"},
    {"poetry.lock", "toml"},
    {"uv.lock", "toml"},
    {".clang-format", "yaml"},
    {".clang-tidy", "yaml"},
    {"CMakeLists.txt", "cmake"},
    {"Makefile", "make"},
    {"GNUmakefile", "make"},
    {"makefile", "make"},
    {"meson.build", "meson"},
    {"meson_options.txt", "meson"},
    {"meson.options", "meson"},
    {"SConstruct", "python"},
    {"BUILD", "python"},
    {"BUILD.bazel", "python"},
    {"WORKSPACE", "python"},
    {".vimrc", "vim"},
};

constexpr Sign kInterpreters[] = {
    {"bash", "bash"}, {"dash", "bash"},      {"ksh", "bash"},        {"sh", "bash"},     {"zsh", "bash"},    {"bun", "typescript"},
    {"deno", "typescript"}, {"node", "javascript"}, {"nodejs", "javascript"}, {"lua", "lua"}, {"luajit", "lua"}, {"php", "php"},
    {"pypy", "python"}, {"python", "python"}, {"ruby", "ruby"},      {"swift", "swift"}, {"perl", "perl"},   {"Rscript", "r"},
    {"make", "make"}, {"ts-node", "typescript"}, {"tsx", "typescript"},
};

const Language* named(std::string_view name) {
  const auto found = std::find_if(std::begin(kLanguages), std::end(kLanguages), [&](const Language& l) { return l.name == name; });
  return found == std::end(kLanguages) ? nullptr : found;
}

template <size_t n>
const Language* look_up(const Sign (&signs)[n], std::string_view sign) {
  for (const Sign& s : signs) {
    if (s.sign == sign) return named(s.language);
  }
  return nullptr;
}

constexpr size_t kExtensionMax = 16;

const Language* by_extension(std::string_view file) {
  const size_t dot = file.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || file.size() - dot - 1 > kExtensionMax) return nullptr;
  const std::string_view extension = file.substr(dot + 1);
  if (extension == "C" || extension == "H") return named("cpp");
  std::array<char, kExtensionMax> lower{};  // no string: nothing here may throw, for sw_text_language()
  std::transform(extension.begin(), extension.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return look_up(kExtensions, std::string_view(lower.data(), extension.size()));
}

// "#!/usr/bin/env -S python3.11 -u": the interpreter's name without its folder and version.
const Language* by_first_line(std::string_view line) {
  if (!line.starts_with("#!")) return nullptr;
  line.remove_prefix(2);
  while (true) {
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return nullptr;
    const size_t end = std::min(line.find_first_of(" \t\r\n", begin), line.size());
    std::string_view word = line.substr(begin, end - begin);
    line.remove_prefix(end);
    word.remove_prefix(word.rfind('/') == std::string_view::npos ? 0 : word.rfind('/') + 1);
    if (word == "env" || word.starts_with('-') || word.find('=') != std::string_view::npos) continue;
    const size_t last = word.find_last_not_of("0123456789.");
    return last == std::string_view::npos ? nullptr : look_up(kInterpreters, word.substr(0, last + 1));
  }
}

}  // namespace

const Language* language_of(std::string_view path, std::string_view first_line) {
  const size_t slash = path.find_last_of("/\\");
  const std::string_view file = slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (const Language* language = look_up(kNames, file)) return language;
  if (const Language* language = by_extension(file)) return language;
  return by_first_line(first_line);
}

const Language* language_named(std::string_view name) { return named(name); }

std::span<const Language> all_languages() { return kLanguages; }

}  // namespace sw
