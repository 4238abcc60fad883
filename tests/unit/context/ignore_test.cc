// Ignore rules against git itself, over random trees and patterns.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "context/ignore_rules.h"
#include "unit/context/folders.h"

namespace sw {
namespace {

using Random = std::mt19937;
using test::Folder;

size_t below(Random& random, size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); }

template <size_t n>
std::string one_of(Random& random, const char* const (&list)[n]) {
  return list[below(random, n)];
}

std::string random_name(Random& random) {
  std::string name;
  for (size_t i = 1 + below(random, 3); i > 0; --i) name += "aab.c- []!#*\\Z9"[below(random, below(random, 3) == 0 ? 15 : 5)];
  return name == "." || name == ".." || name.front() == '.' ? "x" + name : name;
}

std::string random_pattern(Random& random) {
  static constexpr const char* kParts[] = {
      "a",    "b",          "c",   ".",   "a",    "b",    "*",    "*",     "**",          "?",
      "/",    "/",          "**/", "/**", "[ab]", "[!a]", "[^b]", "[a-c]", "[[:alpha:]]", "[[:digit:].]",
      "[]a]", "[a",         "\\a", "\\*", "\\ ",  " ",    "#",    "!",     "[a-]",        "[\\]a]",
      "-",    "[[:nope:]]", "[[:", "x",   "[!]",  "***",  "\\",   "/*",    "*.c"};
  std::string pattern = below(random, 6) == 0 ? "!" : "";
  if (below(random, 5) == 0) pattern += "/";
  for (size_t i = 1 + below(random, 4); i > 0; --i) pattern += one_of(random, kParts);
  if (below(random, 5) == 0) pattern += "/";
  return pattern;
}

struct Tree {
  std::vector<std::string> folders{""};
  std::vector<std::pair<std::string, bool>> entries;  // path, is it a folder
  std::map<std::string, std::string> ignore_files;    // by folder
};

Tree random_tree(Random& random, const Folder& root) {
  Tree tree;
  std::set<std::string> taken;
  for (int i = 0; i < 60; ++i) {
    const std::string& above = tree.folders[below(random, tree.folders.size())];
    const std::string path = above.empty() ? random_name(random) : above + "/" + random_name(random);
    if (!taken.insert(path).second) continue;
    const bool is_folder = below(random, 3) == 0;
    tree.entries.emplace_back(path, is_folder);
    if (!is_folder) root.write(path, "");
    if (is_folder) std::filesystem::create_directories(root / path);
    if (is_folder && std::count(path.begin(), path.end(), '/') < 4) tree.folders.push_back(path);
  }
  for (const std::string& folder : tree.folders) {
    if (!folder.empty() && below(random, 2) == 0) continue;
    std::string text = below(random, 9) == 0 ? "\xEF\xBB\xBF" : "";
    for (size_t i = below(random, 7); i > 0; --i) text += random_pattern(random) + (below(random, 8) == 0 ? "\r\n" : "\n");
    tree.ignore_files[folder] = text;
    root.write(folder.empty() ? ".gitignore" : folder + "/.gitignore", text);
  }
  return tree;
}

std::set<std::string> ignored_by_git(const Folder& root, const Tree& tree) {
  std::string asked;
  for (const auto& [path, is_folder] : tree.entries) asked += path + '\0';
  Folder aside;
  aside.write("asked", asked);
  const std::string git = "git -C '" + root.path() + "' -c core.excludesFile=/dev/null ";
  EXPECT_EQ(std::system((git + "init -q . 2>/dev/null").c_str()), 0);
  const std::string command = git + "check-ignore --no-index -z --stdin <'" + (aside / "asked") + "' >'" + (aside / "said") + "'";
  const int code = std::system(command.c_str());
  EXPECT_TRUE(WEXITSTATUS(code) <= 1) << code;  // 1: none is
  std::ifstream said(aside / "said", std::ios::binary);
  std::set<std::string> out;
  for (std::string path; std::getline(said, path, '\0');) out.insert(path);
  return out;
}

// As a walk does: a folder's own rules only once it is entered, and nothing below an ignored one.
bool ignored_by_us(const Tree& tree, const std::string& path, bool is_folder) {
  std::shared_ptr<const IgnoreRules> rules;
  for (size_t begin = 0;;) {
    const std::string folder = path.substr(0, begin == 0 ? 0 : begin - 1);
    const auto file = tree.ignore_files.find(folder);
    if (file != tree.ignore_files.end()) {
      auto more = std::make_shared<IgnoreRules>(rules, folder);
      more->add(file->second);
      rules = more;
    }
    const size_t end = path.find('/', begin);
    const std::string entry = path.substr(0, end);
    if (rules != nullptr && rules->ignored(entry, end != path.npos || is_folder)) return true;
    if (end == path.npos) return false;
    begin = end + 1;
  }
}

TEST(IgnoreRules, AreThoseOfGit) {
  if (std::system("git --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "NOT TESTED: there is no git";
  size_t n_paths = 0, n_ignored = 0;
  for (unsigned seed = 0; seed < 250; ++seed) {
    Random random(seed);
    const Folder root;
    const Tree tree = random_tree(random, root);
    const auto git = ignored_by_git(root, tree);
    for (const auto& [path, is_folder] : tree.entries) {
      ++n_paths;
      n_ignored += git.count(path);
      ASSERT_EQ(ignored_by_us(tree, path, is_folder), git.count(path) > 0) << "seed " << seed << " path " << path << " in " << [&] {
        std::string all;
        for (const auto& [folder, text] : tree.ignore_files) all += "\n" + folder + "/.gitignore:\n" + text;
        return all;
      }();
    }
  }
  EXPECT_GT(n_paths, 8000u);
  EXPECT_GT(n_ignored, n_paths / 10);
  EXPECT_LT(n_ignored, n_paths * 9 / 10);
}

// A pattern that makes a backtracking matcher take forever.
TEST(IgnoreRules, HostilePatternsEnd) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "**/*a*";
  const Glob glob(pattern + "b", true);
  EXPECT_FALSE(glob.matches(std::string(3000, 'a') + "/" + std::string(1000, 'a')));
  EXPECT_TRUE(Glob("*a*a*a*a*b", false).matches(std::string(3000, 'a') + "b"));
}

TEST(IgnoreRules, LaterFilesAndDeeperFoldersWin) {
  auto above = std::make_shared<IgnoreRules>(nullptr, "");
  above->add("*.py\n");
  above->add("!keep.py\n");
  IgnoreRules below(above, "deep");
  below.add("keep.py\n!other.py\n");
  EXPECT_TRUE(above->ignored("any.py", false));
  EXPECT_FALSE(above->ignored("keep.py", false));
  EXPECT_TRUE(below.ignored("deep/keep.py", false));
  EXPECT_FALSE(below.ignored("deep/other.py", false));
  EXPECT_TRUE(below.ignored("deep/any.py", false));
}

}  // namespace
}  // namespace sw
