#include "context/rank.h"

#include <algorithm>
#include <string>

namespace sw {
namespace {

constexpr size_t kNamesMax = 64;

std::string_view folder_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

// The names of a path or an import, the last first. Names that mean "this one" do not count.
std::vector<std::string_view> names_of(std::string_view text) {
  std::vector<std::string_view> names;
  for (size_t end = text.size(); end > 0 && names.size() < kNamesMax;) {
    const size_t at = text.find_last_of("/.:\\*{}, ", end - 1);
    const size_t begin = at == text.npos ? 0 : at + 1;
    const std::string_view name = text.substr(begin, end - begin);
    if (!name.empty() && name != "crate" && name != "self" && name != "super") names.push_back(name);
    end = at == text.npos ? 0 : at;
  }
  return names;
}

// The names of a path without its extension; without the last one too where that stands for its folder.
std::vector<std::string_view> module_names(std::string_view path) {
  const size_t slash = path.rfind('/') + 1;
  const size_t dot = path.rfind('.');
  if (dot != path.npos && dot > slash) path = path.substr(0, dot);
  std::vector<std::string_view> names = names_of(path);
  const auto stands_for_folder = [](std::string_view n) {
    return n == "__init__" || n == "index" || n == "mod" || n == "lib" || n == "main";
  };
  if (names.size() > 1 && stands_for_folder(names.front())) names.erase(names.begin());
  return names;
}

// What an import names, the last first, an extension left out.
std::vector<std::string_view> import_names(std::string_view target) {
  for (const std::string_view extension :
       {".h", ".hpp", ".hh", ".hxx", ".js", ".ts", ".jsx", ".tsx", ".mjs", ".py", ".rb", ".php", ".css", ".cuh"}) {
    if (target.ends_with(extension)) return names_of(target.substr(0, target.size() - extension.size()));
  }
  return names_of(target);
}

}  // namespace

size_t path_distance(std::string_view a, std::string_view b) {
  const auto count = [](std::string_view folder) { return folder.empty() ? 0 : std::count(folder.begin(), folder.end(), '/') + 1; };
  const std::string_view in_a = folder_of(a), in_b = folder_of(b);
  size_t same = 0;
  for (size_t i = 0; i <= std::min(in_a.size(), in_b.size()); ++i) {
    const bool ends_a = i == in_a.size() || in_a[i] == '/', ends_b = i == in_b.size() || in_b[i] == '/';
    if (ends_a && ends_b && i > 0) ++same;
    if (i < in_a.size() && i < in_b.size() && in_a[i] != in_b[i]) break;
  }
  return static_cast<size_t>(count(in_a) + count(in_b)) - 2 * same;
}

ImportMap::ImportMap(const IndexSnapshot& index) : index_(index) {
  for (uint32_t f = 0; f < index.files.size(); ++f) {
    const std::string& path = index.files[f]->path;
    const auto names = module_names(path);
    if (!names.empty()) by_name_.emplace(term_of(names[0]), f);
    const auto folders = names_of(folder_of(path));  // an import of Go names a folder
    if (!folders.empty() && (names.empty() || folders[0] != names[0])) by_name_.emplace(term_of(folders[0]), f);
  }
}

size_t ImportMap::matching_names(const std::vector<std::string_view>& wanted, uint32_t file) const {
  const auto count = [&](const std::vector<std::string_view>& names) {
    size_t n = 0;
    while (n < names.size() && n < wanted.size() && names[n] == wanted[n]) ++n;
    return n;
  };
  const std::string& path = index_.files[file]->path;
  return std::max(count(module_names(path)), count(names_of(folder_of(path))));
}

std::vector<uint32_t> ImportMap::resolve(std::string_view target, std::string_view from) const {
  struct Candidate {
    size_t n_names, distance;
    uint32_t file;
  };
  std::vector<std::string_view> names = import_names(target);
  // The last name may be what is imported and no file: "a.b.Name", "crate::a::Name".
  for (int dropped = 0; dropped < 2 && !names.empty(); ++dropped, names.erase(names.begin())) {
    std::vector<Candidate> found;
    const auto [first, last] = by_name_.equal_range(term_of(names[0]));
    constexpr size_t kCandidatesMax = 4096;
    for (auto at = first; at != last && found.size() < kCandidatesMax; ++at) {
      const size_t n = matching_names(names, at->second);
      const std::string& path = index_.files[at->second]->path;
      if (n > 0 && path != from) found.push_back({n, path_distance(path, from), at->second});
    }
    if (found.empty()) continue;
    std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
      if (a.n_names != b.n_names) return a.n_names > b.n_names;
      return a.distance != b.distance ? a.distance < b.distance : a.file < b.file;
    });
    std::vector<uint32_t> files;
    for (const Candidate& c : found) {
      if (c.n_names == found[0].n_names && files.size() < kFilesPerImport) files.push_back(c.file);
    }
    return files;
  }
  return {};
}

std::vector<NearFile> files_by_nearness(const IndexSnapshot& index, const ImportMap& imports, std::string_view path) {
  std::vector<NearFile> near;
  std::vector<bool> taken(index.files.size());
  const ptrdiff_t self = index.find(path);
  if (self >= 0) taken[static_cast<size_t>(self)] = true;
  const auto take_imports = [&](uint32_t of, int hops) {
    for (const std::string& target : index.files[of]->record->imports) {
      for (const uint32_t file : imports.resolve(target, index.files[of]->path)) {
        if (taken[file]) continue;
        taken[file] = true;
        near.push_back({file, hops});
      }
    }
  };
  if (self >= 0) take_imports(static_cast<uint32_t>(self), 1);
  const size_t n_first = near.size();
  for (size_t i = 0; i < n_first; ++i) take_imports(near[i].file, 2);
  struct Far {
    size_t distance;
    uint32_t file;
  };
  std::vector<Far> rest;
  for (uint32_t f = 0; f < index.files.size(); ++f) {
    if (!taken[f]) rest.push_back({path_distance(index.files[f]->path, path), f});
  }
  std::stable_sort(rest.begin(), rest.end(), [](const Far& a, const Far& b) { return a.distance < b.distance; });
  for (const Far& far : rest) near.push_back({far.file, 3});
  return near;
}

}  // namespace sw
