#include "serve/privacy.h"

#include <fnmatch.h>

#include <algorithm>

namespace sw::tool {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
    } else {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

bool matches(const std::string& glob, const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::string& subject = glob.find('/') == std::string::npos ? name : path;
  return fnmatch(glob.c_str(), subject.c_str(), FNM_CASEFOLD) == 0;
}

bool is_secret(const std::string& path) {
  const Json& globs = settings_table().at("secrets");
  return std::any_of(globs.begin(), globs.end(), [&](const Json& glob) { return matches(glob.get<std::string>(), path); });
}

// "untitled:Untitled-1", "vscode-notebook-cell:/home/me/a.ipynb#X": what stands for a path in a URI of any scheme.
std::string path_of_any_uri(const std::string& uri) {
  const size_t scheme = uri.find(':');
  const std::string rest = scheme == std::string::npos ? uri : uri.substr(scheme + 1);
  return percent_decoded(rest.substr(0, rest.find_first_of("?#")));
}

}  // namespace

std::string path_of_uri(const std::string& uri) {
  constexpr std::string_view kFile = "file://";
  if (!uri.starts_with(kFile)) return "";
  const size_t path = uri.find('/', kFile.size());  // after the host, which is empty or this one
  return path == std::string::npos ? "" : percent_decoded(std::string_view(uri).substr(path));
}

bool may_read(const std::string& uri, const Settings& settings) {
  const std::string path = path_of_any_uri(uri);
  const auto excludes = [&](const std::string& glob) { return matches(glob, path); };
  return !is_secret(path) && std::none_of(settings.exclude.begin(), settings.exclude.end(), excludes);
}

}  // namespace sw::tool
