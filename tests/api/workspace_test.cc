// Workspaces and contexts through the C API: wrong arguments, owners, threads.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "sidewinder/sidewinder.h"
#include "unit/context/folders.h"

namespace sw::test {
namespace {

template <auto free_function>
struct Release {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using Workspace = std::unique_ptr<sw_workspace, Release<sw_workspace_free>>;
using Context = std::unique_ptr<sw_context, Release<sw_context_free>>;
using Tokens = std::unique_ptr<sw_tokenizer, Release<sw_tokenizer_free>>;

class WorkspaceApi : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 20; ++i) {
      const std::string n = std::to_string(i);
      root_.write("pkg/part" + n + ".py",
                  "import os\n\n\nclass Part" + n + ":\n    def run_" + n + "(self, value):\n        return value + " + n + "\n");
    }
    sw_tokenizer* tokenizer = nullptr;
    ASSERT_EQ(sw_tokenizer_open(SW_SOURCE_DIR "/models/nano/tokenizer.model", &tokenizer), SW_OK);
    const Tokens owner(tokenizer);  // freed before the workspace: it holds its own
    workspace_ = open(tokenizer);
    ASSERT_EQ(sw_workspace_update(workspace_.get(), nullptr, 0, nullptr), SW_OK) << sw_last_error();
  }

  Workspace open(const sw_tokenizer* tokenizer) {
    sw_workspace* raw = nullptr;
    EXPECT_EQ(sw_workspace_open(tokenizer, root_.path().c_str(), nullptr, &raw), SW_OK) << sw_last_error();
    return Workspace(raw);
  }

  static sw_context_query query() {
    static constexpr char kBefore[] = "from pkg.part3 import Part3\n\nPart3().";
    sw_context_query query = SW_CONTEXT_QUERY_INIT;
    query.path = "pkg/part1.py";
    query.before = kBefore;
    query.before_length = sizeof kBefore - 1;
    return query;
  }

  sw_status ask(const sw_context_query& query, Context& out) {
    sw_context* raw = reinterpret_cast<sw_context*>(uintptr_t{0x10});
    const sw_status status = sw_workspace_context(workspace_.get(), &query, nullptr, &raw);
    EXPECT_EQ(status == SW_OK, raw != nullptr);
    out.reset(raw);
    return status;
  }

  Folder root_;
  Workspace workspace_;
};

TEST_F(WorkspaceApi, AContextOutlivesItsWorkspace) {
  Context context;
  ASSERT_EQ(ask(query(), context), SW_OK) << sw_last_error();
  workspace_.reset();
  sw_context_info info = SW_CONTEXT_INFO_INIT;
  ASSERT_EQ(sw_context_get_info(context.get(), &info), SW_OK);
  ASSERT_GT(info.n_parts, 5u);
  size_t n_tokens = 0;
  bool declares = false;
  for (size_t i = 0; i < info.n_parts; ++i) {
    sw_context_part part = SW_CONTEXT_PART_INIT;
    ASSERT_EQ(sw_context_get_part(context.get(), i, &part), SW_OK);
    n_tokens += part.n_ids;
    EXPECT_EQ(std::string(part.text, part.length), part.text);
    declares |= std::string(part.kind) == "declarations" && std::string(part.text).find("run_3") != std::string::npos;
  }
  EXPECT_EQ(n_tokens, info.n_tokens);
  EXPECT_TRUE(declares);
  sw_context_part part = SW_CONTEXT_PART_INIT;
  EXPECT_EQ(sw_context_get_part(context.get(), info.n_parts, &part), SW_E_ARGUMENT);
}

TEST_F(WorkspaceApi, ListsAndFinds) {
  struct Met {
    std::vector<std::string> paths;
    uint64_t line = 0;
  };
  const auto meet = [](void* user, const sw_workspace_file* file) -> int32_t {
    static_cast<Met*>(user)->paths.push_back(file->path);
    static_cast<Met*>(user)->line = file->line;
    return 0;
  };
  Met all, found;
  ASSERT_EQ(sw_workspace_list(workspace_.get(), meet, &all), SW_OK);
  EXPECT_EQ(all.paths.size(), 20u);
  ASSERT_EQ(sw_workspace_find(workspace_.get(), "run_7", 5, meet, &found), SW_OK);
  EXPECT_EQ(found.paths, std::vector<std::string>{"pkg/part7.py"});
  EXPECT_EQ(found.line, 4u);
  const auto stop = [](void*, const sw_workspace_file*) -> int32_t { return 1; };
  EXPECT_EQ(sw_workspace_list(workspace_.get(), stop, nullptr), SW_E_CANCELLED);
}

TEST_F(WorkspaceApi, WrongArgumentsAreRefused) {
  sw_workspace* raw = reinterpret_cast<sw_workspace*>(uintptr_t{0x10});
  EXPECT_EQ(sw_workspace_open(nullptr, nullptr, nullptr, &raw), SW_E_ARGUMENT);
  EXPECT_EQ(raw, nullptr);
  EXPECT_EQ(sw_workspace_open(nullptr, "/no/such/folder", nullptr, &raw), SW_E_NOT_FOUND);
  EXPECT_EQ(sw_workspace_open(nullptr, "/", nullptr, nullptr), SW_E_ARGUMENT);
  sw_workspace_options options = SW_WORKSPACE_OPTIONS_INIT;
  options.n_threads = 3;
  EXPECT_EQ(sw_workspace_open(nullptr, root_.path().c_str(), &options, &raw), SW_E_ARGUMENT);
  EXPECT_EQ(sw_workspace_update(nullptr, nullptr, 0, nullptr), SW_E_ARGUMENT);
  EXPECT_EQ(sw_workspace_update(workspace_.get(), nullptr, 1, nullptr), SW_E_ARGUMENT);
  sw_workspace_stats stats = SW_WORKSPACE_STATS_INIT;
  EXPECT_EQ(sw_workspace_get_stats(nullptr, &stats), SW_E_ARGUMENT);
  EXPECT_EQ(sw_workspace_get_stats(workspace_.get(), nullptr), SW_E_ARGUMENT);
  EXPECT_EQ(sw_workspace_list(workspace_.get(), nullptr, nullptr), SW_E_ARGUMENT);
  EXPECT_EQ(sw_workspace_find(workspace_.get(), nullptr, 1, nullptr, nullptr), SW_E_ARGUMENT);
  EXPECT_STREQ(sw_skip_reason_name(-1), "unknown");
  EXPECT_STREQ(sw_skip_reason_name(SW_SKIP_REASONS), "unknown");
  EXPECT_STREQ(sw_skip_reason_name(SW_SKIP_REASONS - 1), "minified");
  const auto refused = [&](auto&& change, sw_status status = SW_E_ARGUMENT) {
    sw_context_query q = query();
    change(q);
    Context context;
    EXPECT_EQ(ask(q, context), status);
  };
  refused([](sw_context_query& q) { q.path = nullptr; });
  refused([](sw_context_query& q) { q.before = nullptr; });
  refused([](sw_context_query& q) { q.window_begin = 1; });
  refused([](sw_context_query& q) { q.budget_tokens = 262145; });
  refused([](sw_context_query& q) { q.strategy = "best"; });
  refused([](sw_context_query& q) { q.header = "no newline"; });
  refused([](sw_context_query& q) { q.n_edits = 1; });
  refused([](sw_context_query& q) { q.struct_size = 3; });
  workspace_ = open(nullptr);
  refused([](sw_context_query&) {}, SW_E_STATE);
  sw_workspace_free(nullptr);
  sw_context_free(nullptr);
}

TEST_F(WorkspaceApi, AnOlderCallersQueryIsShorter) {
  sw_context_query q = query();
  q.struct_size = offsetof(sw_context_query, budget_ms);
  q.strategy = "not read";
  Context context;
  EXPECT_EQ(ask(q, context), SW_OK) << sw_last_error();
}

TEST_F(WorkspaceApi, OneWriterManyReaders) {
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        Context context;
        EXPECT_EQ(ask(query(), context), SW_OK) << sw_last_error();
      }
    });
  }
  for (int i = 0; i < 30; ++i) {
    root_.write("pkg/part3.py", "class Part3:\n    def changed_" + std::to_string(i) + "(self):\n        pass\n");
    const char* path = "pkg/part3.py";
    EXPECT_EQ(sw_workspace_update(workspace_.get(), &path, 1, nullptr), SW_OK) << sw_last_error();
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace sw::test
