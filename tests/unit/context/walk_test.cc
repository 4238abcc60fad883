// Walks over trees that are large, looping, unreadable or hostile: they end and say what they passed over.
#include "context/walk.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <random>

#include "context/secret_names.h"
#include "unit/context/folders.h"

namespace sw {
namespace {

using test::Folder;

Found walked(const Folder& root, const Control& control = {}) {
  const auto files = WorkspaceFiles::open(root.path()).value();
  auto found = walk(*files, {}, control);
  EXPECT_TRUE(found.ok()) << found.status().message();
  return std::move(found).value();
}

uint64_t count(const Found& found, SkipReason reason) { return found.skipped[static_cast<size_t>(reason)]; }

std::vector<std::string> paths(const Found& found) {
  std::vector<std::string> out;
  for (const FoundFile& file : found.files) out.push_back(file.path);
  return out;
}

TEST(Walk, SaysWhatItPassedOver) {
  Folder root, outside;
  outside.write("secret.py", "x = 1\n");
  for (const char* name : {"a.py", "lib/b.py", ".env", ".env.local", "tls/server.pem", "id_rsa", ".ssh/id_ed25519", "Credentials.json",
                           "data.csv", ".git/config", "out/x.o", "lib/kept.log.py"}) {
    root.write(name, "text\n");
  }
  root.write("big.py", std::string((1 << 20) + 1, 'x'));
  root.write(".gitignore", "*.o\nout/\n");
  root.write("odd\nname.py", "x\n");
  std::filesystem::create_symlink(root.path(), root / "loop");
  std::filesystem::create_symlink(outside.path(), root / "lib/away");
  std::filesystem::create_symlink(outside / "secret.py", root / "lib/away.py");
  ASSERT_EQ(::mkfifo((root / "pipe.py").c_str(), 0600), 0);
  const Found found = walked(root);
  EXPECT_EQ(paths(found), (std::vector<std::string>{".gitignore", "a.py", "lib/b.py", "lib/kept.log.py"}));
  EXPECT_EQ(count(found, SkipReason::link), 3u);
  EXPECT_EQ(count(found, SkipReason::secret), 6u);
  EXPECT_EQ(count(found, SkipReason::repository), 1u);
  EXPECT_EQ(count(found, SkipReason::ignored), 1u);
  EXPECT_EQ(count(found, SkipReason::huge), 1u);
  EXPECT_EQ(count(found, SkipReason::special), 1u);
  EXPECT_EQ(count(found, SkipReason::data), 1u);
  EXPECT_EQ(count(found, SkipReason::odd_name), 1u);
}

// In whatever letters, wherever it lies, with anything for the stars.
TEST(Walk, SecretsAreTheNamesThatEditorsKeepBackToo) {
  std::mt19937 random(1);
  for (const std::string_view glob : kSecretGlobs) {
    for (int i = 0; i < 20; ++i) {
      std::string path;
      for (const char c : glob) {
        const bool upper = random() % 2 == 0 && c >= 'a' && c <= 'z';
        path += c == '*' ? std::string(random() % 2 + (glob.starts_with("*/") ? 1 : 0), 'a') : std::string(1, upper ? static_cast<char>(c - 'a' + 'A') : c);
      }
      if (path.find('/') == path.npos && i % 2 == 0) path = "some/folder/" + path;
      EXPECT_EQ(skipped_by_name(path, false), SkipReason::secret) << path;
      EXPECT_EQ(skipped_by_name(path + "/x", true), std::nullopt) << "a folder is walked";
    }
  }
  for (const char* path : {".ssh/config", ".aws/credentials", "home/.kube/config", "prod.env", "_netrc"}) EXPECT_EQ(skipped_by_name(path, false), SkipReason::secret) << path;
  for (const char* path : {"environment.py", "keys.py", "ssh/config", "kube/config", ".kube/config.py", "id.rs", "a/credentials/b.py"}) {
    EXPECT_EQ(skipped_by_name(path, false), std::nullopt) << path;
  }
}

TEST(Walk, OnePathIsJudgedAsByAWholeWalk) {
  Folder root;
  for (const char* name : {"a.py", "b/c.py", "b/d/e.o", "b/d/f.py", ".env", "x/y.py"}) root.write(name, "text\n");
  root.write(".gitignore", "*.o\nx/\n");
  std::filesystem::create_symlink(root / "b", root / "link");
  const auto files = WorkspaceFiles::open(root.path()).value();
  const auto all = paths(walked(root));
  for (const char* path : {"a.py", "b/c.py", "b/d/e.o", "b/d/f.py", ".env", "x/y.py", "link/c.py"}) {
    const auto one = look_up(*files, path, {});
    ASSERT_TRUE(one.ok()) << path << ": " << one.status().message();
    EXPECT_EQ(one.value().file.has_value(), std::count(all.begin(), all.end(), path) > 0) << path;
  }
  for (const char* path : {"", "gone", "../a.py", "b/../a.py", "/a.py", "b", "a.py/x"})
    EXPECT_FALSE(look_up(*files, path, {}).ok()) << path;
}

TEST(Walk, ReadsNothingThroughLinks) {
  Folder root, outside;
  outside.write("in/secret", "x\n");
  std::filesystem::create_symlink(outside.path(), root / "folder");
  std::filesystem::create_symlink(outside / "in/secret", root / "file");
  const auto files = WorkspaceFiles::open(root.path()).value();
  for (const char* path : {"file", "folder/in/secret",
                           "../"
                           "x",
                           "/etc/passwd", "."})
    EXPECT_FALSE(files->read(path, 100).ok()) << path;
}

TEST(Walk, UnreadableFoldersAreCounted) {
  Folder root;
  for (const char* name : {"a.py", "closed/b.py", "open/c.py"}) root.write(name, "text\n");
  std::filesystem::permissions(root.path(), std::filesystem::perms{0755});
  std::filesystem::permissions(root / "closed", std::filesystem::perms{0});
  const pid_t child = ::fork();
  if (child == 0) {  // root reads everything: another user walks
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(77);
    const Found found = walked(root);
    ::_exit(found.files.size() == 2 && count(found, SkipReason::unreadable) == 1 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  std::filesystem::permissions(root / "closed", std::filesystem::perms{0755});
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "NOT TESTED: cannot become another user";
  EXPECT_EQ(status, 0);
}

TEST(Walk, AHundredThousandFilesAndDeepFolders) {
  Folder root;
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "d/";
  std::filesystem::create_directories(root / deep);
  for (int i = 0; i < 100; ++i) {
    const std::string folder = root / ("f" + std::to_string(i));
    std::filesystem::create_directories(folder);
    std::filesystem::create_symlink("..", folder + "/up");
    for (int j = 0; j < 1000; ++j) std::ofstream(folder + "/" + std::to_string(j) + ".py");
  }
  const Found found = walked(root);
  EXPECT_EQ(found.files.size(), 100'000u);
  EXPECT_EQ(count(found, SkipReason::link), 100u);
  EXPECT_EQ(count(found, SkipReason::unreadable), 1u);  // what lies too deep
  EXPECT_TRUE(std::adjacent_find(found.files.begin(), found.files.end(), [](auto& a, auto& b) { return a.path == b.path; }) ==
              found.files.end());
  const auto files = WorkspaceFiles::open(root.path()).value();
  for (const uint64_t stop_at : {0u, 1u, 1000u, 50'000u}) {
    Control control;
    control.progress = [&](uint64_t done, uint64_t) { return done < stop_at; };
    EXPECT_EQ(walk(*files, {}, control).status().code(), Code::cancelled);
  }
}

TEST(Skip, ByContents) {
  EXPECT_EQ(skipped_by_contents(""), std::nullopt);
  EXPECT_EQ(skipped_by_contents("int x;\n"), std::nullopt);
  EXPECT_EQ(skipped_by_contents(std::string_view("a\0b", 3)), SkipReason::binary);
  EXPECT_EQ(skipped_by_contents("caf\xe9\n"), SkipReason::binary);
  EXPECT_EQ(skipped_by_contents("// Code generated by protoc-gen-go. DO NOT EDIT.\npackage x\n"), SkipReason::generated);
  EXPECT_EQ(skipped_by_contents("x\n-----BEGIN RSA PRIVATE KEY-----\nabc\n"), SkipReason::secret);
  EXPECT_EQ(skipped_by_contents("begin = \"-----BEGIN RSA PRIVATE KEY-----\"\n"), std::nullopt);
  EXPECT_EQ(skipped_by_contents("/* x */\n" + std::string(3000, ';')), SkipReason::minified);
  EXPECT_EQ(skipped_by_contents("x = 1\n" + std::string(400, 'y') + "\n"), std::nullopt);
}

}  // namespace
}  // namespace sw
