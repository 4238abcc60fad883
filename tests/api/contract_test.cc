// What holds beyond one call: the last error, lifetimes, threads and callbacks.
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "contract.h"

extern char** environ;

namespace sw::test {
namespace {

// ------------------------------------------------------------------------------------------------------------- last error

TEST_F(Contract, LastErrorIsCutAtACharacter) {
  for (size_t n = 4060; n < 4110; ++n) {
    std::string path = folder_.path() + "/" + std::string(n % 7, 'x');
    while (path.size() < n) path += "\xe4\xbd\xa0";  // a three-byte character
    sw_tokenizer* tokenizer = nullptr;
    ASSERT_NE(sw_tokenizer_open(path.c_str(), &tokenizer), SW_OK);
    const std::string text = sw_last_error();
    ASSERT_LE(text.size(), 4095u);
    if (text.size() < n) {
      ASSERT_EQ(text.substr(text.size() - 3), "...");
    }
    // Valid to the end: the buffer takes it as a text.
    sw_buffer* buffer = nullptr;
    ASSERT_STATUS(SW_OK, sw_buffer_create(model_.get(), nullptr, text.data(), text.size(), &buffer));
    sw_buffer_free(buffer);
  }
}

TEST_F(Contract, LastErrorIsTheThreadsOwnAndStaysOnSuccess) {
  sw_tokenizer* tokenizer = nullptr;
  ASSERT_STATUS(SW_E_NOT_FOUND, sw_tokenizer_open("/no/such/one", &tokenizer));
  const std::string mine = sw_last_error();
  EXPECT_NE(mine.find("/no/such/one"), std::string::npos);
  std::string theirs_before, theirs_after;
  std::thread([&] {
    theirs_before = sw_last_error();
    (void)sw_tokenizer_open("/another", &tokenizer);
    theirs_after = sw_last_error();
  }).join();
  EXPECT_EQ(theirs_before, "");
  EXPECT_NE(theirs_after.find("/another"), std::string::npos);
  EXPECT_STATUS(SW_OK, sw_sequence_append(sequence_.get(), nullptr, 0, nullptr, nullptr));
  EXPECT_EQ(sw_last_error(), mine);
}

// --------------------------------------------------------------------------------------------------- lifetimes and threads

TEST_F(Contract, FreedInEveryOrderWhatIsLeftWorks) {
  std::array<int, 5> order{0, 1, 2, 3, 4};
  do {
    EngineHandle engine = make_engine(2);
    sw_model* opened = nullptr;
    ASSERT_STATUS(SW_OK, sw_model_open(engine.get(), folder_.path().c_str(), nullptr, &opened));
    ModelHandle model(opened);
    SequenceHandle sequence = make_sequence(opened);
    const int32_t ids[] = {5, 6, 7};
    ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids, 3, nullptr, nullptr));
    sw_snapshot* taken = nullptr;
    ASSERT_STATUS(SW_OK, sw_sequence_snapshot(sequence.get(), &taken));
    SnapshotHandle snapshot(taken);
    sw_buffer* made = nullptr;
    ASSERT_STATUS(SW_OK, sw_buffer_create(opened, nullptr, kText, 20, &made));
    BufferHandle buffer(made);
    sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
    options.max_tokens = 3;
    sw_request* asked = nullptr;
    ASSERT_STATUS(SW_OK, sw_complete(made, 14, &options, &asked));
    RequestHandle request(asked);
    for (const int which : order) {
      switch (which) {
        case 0: engine.reset(); break;
        case 1: model.reset(); break;
        case 2: sequence.reset(); break;
        case 3: snapshot.reset(); break;
        default: buffer.reset(); break;
      }
      if (sequence) {
        EXPECT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids, 3, nullptr, nullptr));
      }
      if (sequence && snapshot) {
        EXPECT_STATUS(SW_OK, sw_sequence_restore(sequence.get(), snapshot.get()));
      }
      if (snapshot) {
        EXPECT_EQ(sw_snapshot_length(snapshot.get()), 3u);
      }
    }
    ASSERT_STATUS(SW_OK, sw_request_wait(request.get(), -1));
    EXPECT_STATUS(SW_OK, sw_request_status(request.get()));
    EXPECT_EQ(sw_request_n_candidates(request.get()), 1u);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(Contract, TwoEnginesAtOnceGiveTheSame) {
  const EngineHandle one = make_engine(1), three = make_engine(3);
  const ModelHandle a = open_weights(one.get(), folder_.path()), b = open_weights(three.get(), folder_.path());
  std::mt19937_64 random(1);
  const auto ids = random_ids(random, 200, info_.vocab_size);
  Bytes from_a, from_b;
  std::thread other([&] { from_b = cold_bytes(b.get(), ids); });
  from_a = cold_bytes(a.get(), ids);
  other.join();
  EXPECT_EQ(from_a, from_b);
}

TEST_F(Contract, SequencesOfOneModelRunOnManyThreads) {
  std::mt19937_64 random(2);
  std::vector<std::vector<int32_t>> ids;
  std::vector<Bytes> expected;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(random_ids(random, 150 + random() % 200, info_.vocab_size));
    expected.push_back(cold_bytes(model_.get(), ids.back()));
  }
  std::vector<std::thread> threads;
  std::atomic<int> n_right{0};
  for (size_t i = 0; i < ids.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 3; ++round) {
        const SequenceHandle sequence = make_sequence(model_.get());
        for (size_t at = 0; at < ids[i].size();) {
          const size_t n = std::min<size_t>(1 + (at * 7 + i) % 60, ids[i].size() - at);
          EXPECT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids[i].data() + at, n, nullptr, nullptr));
          at += n;
        }
        const char* hash = nullptr;
        EXPECT_STATUS(SW_OK, sw_model_hash(model_.get(), nullptr, &hash));
        sw_snapshot_retain(snapshot_.get());
        sw_snapshot_free(snapshot_.get());
        info_of(engine_.get());
        if (bytes_of(sequence.get(), info_) == expected[i]) ++n_right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(n_right, 12);
}

TEST_F(Contract, EnginesComeAndGoOnManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 60; ++round) make_engine(2 + round % 2);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// -------------------------------------------------------------------------------------------------------------- callbacks

TEST_F(Contract, TheLogGetsWholeMessagesAtItsLevel) {
  struct Seen {
    std::atomic<int> n{0};
    static void log(void* user, sw_log_level level, const char* text, size_t length) {
      EXPECT_EQ(std::strlen(text), length);
      EXPECT_LE(level, SW_LOG_DEBUG);
      ++static_cast<Seen*>(user)->n;
    }
  };
  Seen debug, errors;
  sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
  options.n_threads = 1;
  options.log = Seen::log;
  options.log_level = SW_LOG_DEBUG;
  options.log_user = &debug;
  sw_engine* engine = nullptr;
  ASSERT_STATUS(SW_OK, sw_engine_create(&options, &engine));
  sw_engine_free(engine);
  options.log_level = SW_LOG_ERROR;
  options.log_user = &errors;
  ASSERT_STATUS(SW_OK, sw_engine_create(&options, &engine));
  sw_engine_free(engine);
  EXPECT_GT(debug.n, 0);
  EXPECT_EQ(errors.n, 0);
}

TEST_F(Contract, TheAllocatorGetsBackWhatItGave) {
  struct Counting {
    std::atomic<int64_t> n_bytes{0};
    std::atomic<int> n_calls{0};
    static void* allocate(void* user, size_t n_bytes, size_t alignment) {
      EXPECT_EQ(alignment & (alignment - 1), 0u);
      EXPECT_LE(alignment, 4096u);
      auto* self = static_cast<Counting*>(user);
      self->n_bytes += static_cast<int64_t>(n_bytes);
      ++self->n_calls;
      return std::aligned_alloc(alignment, (n_bytes + alignment - 1) / alignment * alignment);
    }
    static void release(void* user, void* memory, size_t n_bytes) {
      static_cast<Counting*>(user)->n_bytes -= static_cast<int64_t>(n_bytes);
      std::free(memory);
    }
  };
  Counting counting;
  {
    sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
    options.n_threads = 1;
    {
      const sw_allocator allocator = {Counting::allocate, Counting::release, &counting};
      options.allocator = &allocator;
      sw_engine* engine = nullptr;
      ASSERT_STATUS(SW_OK, sw_engine_create(&options, &engine));
      engine_.reset(engine);
    }
    const ModelHandle model = open_weights(engine_.get(), folder_.path());
    const SequenceHandle sequence = make_sequence(model.get());
    std::vector<int32_t> ids(200, 1);
    ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids.data(), ids.size(), nullptr, nullptr));
    EXPECT_GE(counting.n_bytes, static_cast<int64_t>(info_of(model.get()).state_bytes));
    engine_.reset();
  }
  EXPECT_EQ(counting.n_bytes, 0);
  EXPECT_GT(counting.n_calls, 5);
}

// ------------------------------------------------------------------------------------------------------------- C program

TEST_F(Contract, TheMinimalProgramRuns) {
  std::string exe = SW_MINIMAL_EXE, folder = folder_.path();
  char* argv[] = {exe.data(), folder.data(), nullptr};
  pid_t pid = 0;
  ASSERT_EQ(::posix_spawn(&pid, exe.c_str(), nullptr, nullptr, argv, environ), 0);
  int status = -1;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace sw::test
