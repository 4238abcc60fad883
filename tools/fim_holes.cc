#include "fim_holes.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>

#include "block_hole.h"
#include "cross_holes.h"
#include "input.h"
#include "terminal.h"
#include "words.h"
#include "workspace.h"

namespace sw::tool {
namespace {

constexpr size_t kLineBytesMin = 4, kLineBytesMax = 120;  // of what is cut out of a line
constexpr size_t kFileBytesMax = 200'000;
constexpr size_t kCandidatesPerHole = 4;  // many lines are in no block, or in one with another hole

// What one package has of one language, each in the order in which it is to be taken.
struct Supply {
  std::vector<FimHole> lines, blocks;
};

int32_t on_file(void* user, const sw_workspace_file* file) {
  static_cast<std::vector<std::string>*>(user)->push_back(file->path);
  return 0;
}

// A definition that the index does not know, as of a function within another.
bool leads_to_definition(std::string_view before) {
  std::string_view last;
  for_each_word(before, [&](std::string_view word) { last = word; });
  constexpr std::string_view kWords[] = {"class", "const", "def", "enum", "fn", "func", "function", "interface", "let", "struct", "type", "var"};
  return std::find(std::begin(kWords), std::end(kWords), last) != std::end(kWords) && (before.ends_with(' ') || before.ends_with('\t'));
}

// Whether what follows is code: not in a comment, nor, as far as one line can say, in a string.
bool leads_to_code(std::string_view before, bool python) {
  if (before.find(python ? "#" : "//") != before.npos || before.find("/*") != before.npos) return false;
  return std::all_of(std::begin("\"'`"), std::end("\"'`") - 1, [&](char quote) { return std::count(before.begin(), before.end(), quote) % 2 == 0; });
}

// A line of one name alone is, as a rule, an entry of a list of imports.
bool is_name_alone(std::string_view line) {
  size_t n_words = 0;
  for_each_word(line, [&](std::string_view) { ++n_words; });
  return n_words < 2 && line.find('(') == line.npos;
}

size_t line_of(std::string_view text, size_t at) { return static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n')) + 1; }

FimHole cut(const std::string& text, const std::string& package, const Hole& found, const char* kind, Range range) {
  return {package, found.path, found.language, kind, found.name, range.begin, range.end, line_of(text, range.begin), text.substr(range.begin, range.end - range.begin)};
}

// Takes a line, or the block around it, for a hole if it is fit to be one.
void add_hole(const std::string& text, const std::string& package, const Hole& found, bool want_block, Supply& out) {
  const bool python = found.language == "python";
  const std::string_view line = std::string_view(text).substr(found.begin, found.end - found.begin);
  const size_t at = find_word(line, found.name);
  const std::string_view rest = line.substr(at, line.find_last_not_of(" \t\r") + 1 - at);
  if (!leads_to_code(line.substr(0, at), python) || leads_to_definition(line.substr(0, at)) || is_name_alone(line)) return;
  if (want_block) {
    if (const auto range = block_around(text, found.begin, python)) out.blocks.push_back(cut(text, package, found, "block", *range));
  } else if (rest.size() >= kLineBytesMin && rest.size() <= kLineBytesMax) {
    out.lines.push_back(cut(text, package, found, "line", {found.begin + at, found.begin + at + rest.size()}));
  }
}

bool overlap(const FimHole& a, const FimHole& b) { return a.path == b.path && a.begin < b.end && b.begin < a.end; }

void drop_overlaps(Supply& supply) {
  std::vector<FimHole> kept;
  for (auto* list : {&supply.blocks, &supply.lines}) {
    std::erase_if(*list, [&](const FimHole& hole) {
      if (std::any_of(kept.begin(), kept.end(), [&](const FimHole& other) { return overlap(hole, other); })) return true;
      kept.push_back(hole);
      return false;
    });
  }
}

// Lines and blocks in turn, so that which is which does not depend on how many are wanted.
Outcome supply_of(const sw_workspace* workspace, const Package& package, const FimSelection& selection, const std::string& language, size_t n_max,
                  Supply& out) {
  std::vector<Hole> found;
  HoleOptions options;
  options.seed = selection.seed;
  options.language = language;
  options.n_max = n_max * kCandidatesPerHole;
  options.skip = [&](const std::string& path) { return selection.skip.contains(package.name + "/" + path); };
  SW_TRY(find_holes(workspace, package.folder, options, found));
  for (size_t i = 0; i < found.size(); ++i) {
    std::string text;
    SW_TRY(read_text(package.folder + "/" + found[i].path, text));
    if (text.size() > kFileBytesMax) continue;
    add_hole(text, package.name, found[i], selection.kind == "block" || (selection.kind == "both" && i % 2 == 1), out);
  }
  drop_overlaps(out);
  return success();
}

// One of each package in turn.
void deal(const std::vector<const std::vector<FimHole>*>& lists, size_t n, std::vector<FimHole>& out) {
  const size_t longest = std::accumulate(lists.begin(), lists.end(), size_t{0}, [](size_t most, const auto* list) { return std::max(most, list->size()); });
  for (size_t i = 0; i < longest; ++i) {
    for (const auto* list : lists) {
      if (n > 0 && i < list->size()) {
        out.push_back((*list)[i]);
        --n;
      }
    }
  }
}

Outcome name_packages(const std::vector<std::string>& folders, std::vector<Package>& out) {
  std::set<std::string> names;
  for (const std::string& folder : folders) {
    std::error_code failed;
    const std::string name = std::filesystem::canonical(folder, failed).filename().string();
    if (!names.insert(name).second) return usage_error(folder + ": another of the folders is called " + name + " too, and records go by that name");
    out.push_back({name, folder, {}});
  }
  std::sort(out.begin(), out.end(), [](const Package& a, const Package& b) { return a.name < b.name; });
  return success();
}

}  // namespace

Outcome choose_holes(const std::vector<std::string>& folders, const FimSelection& selection, Chosen& out) {
  SW_TRY(name_packages(folders, out.packages));
  const size_t n_languages = selection.languages.size();
  const size_t n_most = (selection.n_holes + n_languages - 1) / n_languages;
  std::vector<std::vector<Supply>> supplies(n_languages);  // by language and package
  for (Package& package : out.packages) {
    Workspace workspace;
    SW_TRY(open_workspace({}, package.folder, nullptr, workspace));
    SW_TRY(from_status(sw_workspace_list(workspace.get(), on_file, &package.files), kExitFailed));
    for (size_t l = 0; l < n_languages; ++l) {
      SW_TRY(supply_of(workspace.get(), package, selection, selection.languages[l], n_most, supplies[l].emplace_back()));
    }
  }
  for (size_t l = 0; l < n_languages; ++l) {
    const size_t n = selection.n_holes / n_languages + (l < selection.n_holes % n_languages ? 1 : 0);
    const size_t n_blocks = selection.kind == "both" ? n / 2 : selection.kind == "block" ? n : 0;
    std::vector<const std::vector<FimHole>*> lines, blocks;
    for (const Supply& supply : supplies[l]) {
      lines.push_back(&supply.lines);
      blocks.push_back(&supply.blocks);
    }
    deal(lines, n - n_blocks, out.holes);
    deal(blocks, n_blocks, out.holes);
  }
  std::stable_sort(out.holes.begin(), out.holes.end(), [](const FimHole& a, const FimHole& b) { return a.package < b.package; });
  return success();
}

}  // namespace sw::tool
