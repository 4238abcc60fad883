#include "base/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace sw {
namespace {

constexpr uid_t kNobody = 65534;

class MappedFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/sw_mapped_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  static std::string content(const MappedFile& file) {
    return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
  }
  static void expect_refused(const std::string& path, Code code) {
    const auto file = MappedFile::open(path);
    ASSERT_FALSE(file.ok()) << path;
    EXPECT_EQ(file.status().code(), code) << file.status().message();
    EXPECT_TRUE(file.status().message().starts_with(path + ": ")) << file.status().message();
  }

  std::string folder_;
};

TEST_F(MappedFileTest, HoldsTheFilesBytesWhateverItsSize) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  for (const size_t n : {size_t{0}, size_t{1}, page - 1, page, page + 1, 3 * page + 17}) {
    std::string bytes(n, '\0');
    for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>(i * 31 + i / 256);
    const std::string name = write("file" + std::to_string(n), bytes);
    const auto file = MappedFile::open(name);
    ASSERT_TRUE(file.ok()) << file.status().message();
    EXPECT_EQ(file.value()->path(), name);
    ASSERT_EQ(file.value()->bytes().size(), n);
    EXPECT_TRUE(content(*file.value()) == bytes);
  }
}

TEST_F(MappedFileTest, OutlivesTheFilesName) {
  const std::string name = write("short-lived", "still here");
  const auto file = MappedFile::open(name);
  ASSERT_TRUE(file.ok());
  std::filesystem::remove(name);
  EXPECT_EQ(content(*file.value()), "still here");
}

TEST_F(MappedFileTest, FollowsLinksToFiles) {
  write("target", "content");
  std::filesystem::create_symlink("target", path("link"));
  const auto file = MappedFile::open(path("link"));
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(content(*file.value()), "content");
}

TEST_F(MappedFileTest, MissingFilesAreNotFound) {
  expect_refused(path("missing"), Code::not_found);
  expect_refused(path("missing/deeper"), Code::not_found);
  expect_refused("", Code::not_found);
  write("file", "x");
  expect_refused(path("file") + "/below", Code::not_found);
  std::filesystem::create_symlink("nowhere", path("dangling"));
  expect_refused(path("dangling"), Code::not_found);
  std::filesystem::create_symlink("loop", path("loop"));
  expect_refused(path("loop"), Code::io);
}

// None of these may block, although opening or reading some of them would.
TEST_F(MappedFileTest, OnlyRegularFilesAreMapped) {
  expect_refused(folder_, Code::io);
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  expect_refused(path("fifo"), Code::io);
  expect_refused("/dev/null", Code::io);
  expect_refused("/dev/zero", Code::io);

  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name = path("s");
  ASSERT_LT(name.size(), sizeof(address.sun_path));
  std::strcpy(address.sun_path, name.c_str());
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  expect_refused(name, Code::io);
  ::close(listener);
}

TEST_F(MappedFileTest, FilesThatMayNotBeReadAreRefused) {
  const std::string name = write("secret", "x");
  ASSERT_EQ(::chmod(name.c_str(), 0), 0);
  const bool is_root = ::geteuid() == 0;  // root may read everything: be somebody else for a moment
  if (is_root && ::seteuid(kNobody) != 0) GTEST_SKIP() << "NOT TESTED: cannot give up root";
  expect_refused(name, Code::io);
  if (is_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
}

size_t n_open_descriptors() {
  size_t n = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) n += entry.path().empty() ? 0 : 1;
  return n;
}

TEST_F(MappedFileTest, KeepsNoDescriptorOpen) {
  const std::string name = write("file", "content");
  const size_t n_before = n_open_descriptors();
  const auto file = MappedFile::open(name);
  const auto folder = MappedFile::open(folder_);
  ASSERT_TRUE(file.ok());
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(n_open_descriptors(), n_before);
}

}  // namespace
}  // namespace sw
