// The index against trees that change, stores that break, and work that is stopped.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "context/repo_index.h"
#include "unit/context/folders.h"

namespace sw {
namespace {

using test::Folder;
using Random = std::mt19937;

size_t below(Random& random, size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); }

std::string some_python(unsigned seed) {
  Random random(seed);
  std::string text =
      "\"\"\"Module " + std::to_string(seed) + ".\"\"\"\nimport os\nfrom module" + std::to_string(seed / 2) + " import thing\n\n";
  for (size_t i = 1 + below(random, 8); i > 0; --i) {
    const std::string name = "work_" + std::to_string(below(random, 1000));
    text += "def " + name + "(left, right):\n    \"\"\"Does it.\"\"\"\n    total = left + helper" + std::to_string(below(random, 50)) +
            "(right)\n    return total\n\n\n";
  }
  return text;
}

void fill(const Folder& root, unsigned n_files) {
  for (unsigned i = 0; i < n_files; ++i) root.write("pkg" + std::to_string(i % 7) + "/module" + std::to_string(i) + ".py", some_python(i));
}

// What an index says, without what depends on how it came to it.
std::vector<std::string> contents(const IndexSnapshot& index) {
  std::vector<std::string> out;
  for (const auto& file : index.files) out.push_back(file->path + '\n' + write_record(*file->record));
  return out;
}

std::shared_ptr<RepoIndex> open(const Folder& root, const std::string& store = "", int n_threads = 2) {
  IndexOptions options;
  options.store_folder = store;
  options.n_threads = n_threads;
  auto index = RepoIndex::open(root.path(), options);
  EXPECT_TRUE(index.ok()) << index.status().message();
  return std::move(index).value();
}

std::vector<std::string> fresh(const Folder& root) {
  const auto index = open(root, "", 1);
  EXPECT_TRUE(index->update({}).ok());
  return contents(*index->snapshot());
}

TEST(RepoIndex, AfterAnyChangesItIsThatOfAFreshWalk) {
  Folder root, store;
  fill(root, 40);
  const auto index = open(root, store / "s");
  ASSERT_TRUE(index->update({}).ok());
  Random random(1);
  for (int step = 0; step < 40; ++step) {
    std::vector<std::string> paths;
    for (size_t n = 1 + below(random, 3); n > 0; --n) {
      const size_t i = below(random, 50);
      paths.push_back("pkg" + std::to_string(i % 7) + "/module" + std::to_string(i) + ".py");
      const size_t what = below(random, 5);
      if (what == 0) std::filesystem::remove(root / paths.back());
      if (what == 1) root.write(paths.back(), "x = \"" + std::string(1, '\0') + "\"\n");
      if (what == 2) root.write(".gitignore", below(random, 2) == 0 ? "pkg3/\n" : "");
      if (what == 2) paths.push_back(".gitignore");
      if (what > 2) root.write(paths.back(), some_python(static_cast<unsigned>(below(random, 1000))));
    }
    ASSERT_TRUE((below(random, 4) == 0 ? index->update({}) : index->update(paths, {})).ok());
    ASSERT_EQ(contents(*index->snapshot()), fresh(root)) << "step " << step;
  }
}

TEST(RepoIndex, ARestartParsesNothingAgain) {
  Folder root, store;
  fill(root, 60);
  std::vector<std::string> first;
  {
    const auto index = open(root, store / "s");
    ASSERT_TRUE(index->update({}).ok());
    EXPECT_EQ(index->stats().made, index->stats().files);
    first = contents(*index->snapshot());
  }
  const auto index = open(root, store / "s");
  ASSERT_TRUE(index->update({}).ok());
  EXPECT_EQ(index->stats().made, 0u);
  EXPECT_EQ(index->stats().from_store, 60u);
  EXPECT_EQ(contents(*index->snapshot()), first);
  root.write("pkg1/module1.py", some_python(777));
  ASSERT_TRUE(index->update({}).ok());
  EXPECT_EQ(index->stats().made, 1u);
}

// Flipped bytes, cut files, files of others, other versions: the index is right all the same, and the store works again.
TEST(RepoIndex, ABrokenStoreIsMadeAgain) {
  Folder root;
  fill(root, 30);
  const auto expected = fresh(root);
  for (unsigned seed = 0; seed < 40; ++seed) {
    Folder store;
    const std::string folder = store / "s", path = folder + "/" + IndexStore::kFileName;
    { ASSERT_TRUE(open(root, folder)->update({}).ok()); }
    Random random(seed);
    const size_t size = std::filesystem::file_size(path);
    std::string bytes(size, '\0');
    std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(size));
    const size_t how = seed % 4;
    if (how == 0) bytes.resize(below(random, size));
    if (how == 1) bytes = "not a database, but a file of someone's\n" + std::string(below(random, 5000), 'x');
    for (size_t i = 0; how > 1 && i < (how == 2 ? 1 : 200); ++i) bytes[below(random, size)] ^= static_cast<char>(1 + below(random, 255));
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    {
      const auto index = open(root, folder);
      ASSERT_TRUE(index->update({}).ok());
      ASSERT_EQ(contents(*index->snapshot()), expected) << "seed " << seed;
    }
    const auto index = open(root, folder);
    ASSERT_TRUE(index->update({}).ok());
    ASSERT_EQ(contents(*index->snapshot()), expected) << "seed " << seed;
  }
}

TEST(RepoIndex, AStoreOfAnotherVersionIsNotRead) {
  Folder root, store;
  fill(root, 5);
  const std::string folder = store / "s";
  { ASSERT_TRUE(open(root, folder)->update({}).ok()); }
  std::fstream file(folder + "/" + IndexStore::kFileName, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(63);  // the last byte of user_version in the header of a database
  file.put(99);
  file.close();
  const auto index = open(root, folder);
  ASSERT_TRUE(index->update({}).ok());
  EXPECT_EQ(index->stats().made, 5u);
}

TEST(RepoIndex, StoreFoldersOfOthersAreRefused) {
  Folder root, store;
  std::filesystem::create_directory(store / "open");
  std::filesystem::permissions(store / "open", std::filesystem::perms{0777});
  IndexOptions options;
  options.store_folder = store / "open";
  EXPECT_EQ(RepoIndex::open(root.path(), options).status().code(), Code::argument);
}

TEST(FileRecord, BytesThatAreNotOneAreRefused) {
  const std::string text = some_python(3);
  const auto record = make_record(text, language_of("a.py", ""), {}).value();
  const std::string bytes = write_record(*record);
  EXPECT_EQ(write_record(*read_record(bytes)), bytes);
  for (size_t n = 0; n < bytes.size(); ++n) EXPECT_EQ(read_record(std::string_view(bytes).substr(0, n)), nullptr);
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string broken = bytes;
    broken[below(random, broken.size())] ^= static_cast<char>(1 << below(random, 8));
    EXPECT_EQ(read_record(broken), nullptr);
  }
}

TEST(RepoIndex, StoppedAnywhereItStaysUsable) {
  Folder root, store;
  fill(root, 300);
  const auto expected = fresh(root);
  for (int n = 0; n < 12; ++n) {
    const auto index = open(root, n % 2 == 0 ? store / "s" : std::string());
    std::atomic<bool> cancel{false};
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(n * n * 400));
      cancel = true;
    });
    const Status stopped = index->update(Control{&cancel, {}, {}});
    canceller.join();
    EXPECT_TRUE(stopped.ok() || stopped.code() == Code::cancelled) << stopped.message();
    const auto partial = contents(*index->snapshot());
    EXPECT_TRUE(std::includes(expected.begin(), expected.end(), partial.begin(), partial.end()));
    ASSERT_TRUE(index->update({}).ok());
    ASSERT_EQ(contents(*index->snapshot()), expected);
  }
}

// Corrupted source files change nothing but their own records.
TEST(RepoIndex, CorruptedFilesAreAloneInIt) {
  Folder root;
  fill(root, 100);
  const auto index = open(root);
  ASSERT_TRUE(index->update({}).ok());
  const auto before = contents(*index->snapshot());
  Random random(5);
  for (unsigned i = 0; i < 500; ++i) {
    std::string text = some_python(i);
    for (size_t n = 1 + below(random, 40); n > 0; --n) text[below(random, text.size())] = static_cast<char>(below(random, 256));
    if (i % 5 == 0) text.resize(below(random, text.size()));
    root.write("broken/file" + std::to_string(i) + (i % 3 == 0 ? ".cc" : i % 3 == 1 ? ".py" : ".rs"), text);
  }
  ASSERT_TRUE(index->update({}).ok());
  std::vector<std::string> others;
  for (const std::string& file : contents(*index->snapshot())) {
    if (!file.starts_with("broken/")) others.push_back(file);
  }
  EXPECT_EQ(others, before);
}

TEST(RepoIndex, ReadersAndProcessesAtOnce) {
  Folder root, store;
  fill(root, 80);
  const auto expected = fresh(root);
  const auto a = open(root, store / "s"), b = open(root, store / "s");
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      const auto snapshot = a->snapshot();
      EXPECT_TRUE(std::is_sorted(snapshot->files.begin(), snapshot->files.end(), [](auto& x, auto& y) { return x->path < y->path; }));
    }
  });
  std::thread other([&] { EXPECT_TRUE(b->update({}).ok()); });
  EXPECT_TRUE(a->update({}).ok());
  other.join();
  done = true;
  reader.join();
  EXPECT_EQ(contents(*a->snapshot()), expected);
  EXPECT_EQ(contents(*b->snapshot()), expected);
}

}  // namespace
}  // namespace sw
