// The n-th allocation fails, for each n, in every function that allocates: a status, no result, nothing lost, and all usable after.
//
// This program's operator new serves the library too; a second way to fail is the engine's own allocator.
#include <cstdlib>
#include <functional>

#include "support/failing_new.h"
#include "support/session.h"
#include "unit/loader/gguf_writer.h"

#if defined(__SANITIZE_ADDRESS__)
// A parser that ran out of memory on the way is left as it is: nobody may touch it any more (lib/context/runtime_memory.h).
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
  return "leak:sw_tree_sitter_malloc\nleak:sw_tree_sitter_calloc\nleak:sw_tree_sitter_realloc\n";
}
#endif

namespace sw::test {
namespace {

class Memory : public testing::Test {
 protected:
  void SetUp() override {
    write_tiny_completer(folder_.path(), nano_vocabulary());
    sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
    options.n_threads = 2;
    const sw_allocator allocator = {failing_allocate, [](void*, void* p, size_t) { std::free(p); }, nullptr};
    options.allocator = &allocator;
    sw_engine* engine = nullptr;
    ASSERT_STATUS(SW_OK, sw_engine_create(&options, &engine));
    engine_.reset(engine);
    sw_model* model = nullptr;
    ASSERT_STATUS(SW_OK, sw_model_open(engine, folder_.path().c_str(), nullptr, &model));
    model_.reset(model);
    info_ = info_of(model);
    std::mt19937_64 random(4);
    ids_ = random_ids(random, 150, info_.vocab_size);
  }

  // Buffers come from the same count as everything else.
  static void* failing_allocate(void*, size_t n_bytes, size_t alignment) { return counted_allocate(n_bytes, alignment, __builtin_return_address(0)); }

  // Calls `call` with the n-th allocation failing, for n = 0, 1, ... until it needs no n-th; beyond the first hundreds, which are all
  // tried, in steps of a tenth: opening a vocabulary makes tens of thousands alike. After each failure `check` looks at
  // what is left. `may_do_without`: the call may succeed although an allocation failed, since what it was for is a convenience.
  void fail_each(const std::function<sw_status()>& call, const std::function<void()>& check = {}, bool may_do_without = false) {
    int n_failures = 0;
    for (int64_t n = 0; n < 10'000'000; n += n < 300 ? 1 : n / 10) {
      SCOPED_TRACE("allocation " + std::to_string(n));
      fired = false;
      countdown = n;
      const sw_status status = call();
      countdown = -1;
      if (status != SW_OK || !may_do_without || !fired) {
        ASSERT_EQ(status, fired ? SW_E_NO_MEMORY : SW_OK) << sw_last_error();
      }
      n_failures += status == SW_E_NO_MEMORY ? 1 : 0;
      if (check) check();
      if (HasFailure()) return;
      if (!fired) {
        ASSERT_GT(n_failures, 0) << "nothing was allocated: the test tested nothing";
        return;
      }
    }
    FAIL() << "the call never needs less";
  }

  // Makes an object and frees it again; *out must be NULL after a failure.
  template <class T>
  void fail_each_creation(const std::function<sw_status(T**)>& create, bool may_do_without = false) {
    fail_each(
        [&] {
          T* out = reinterpret_cast<T*>(uintptr_t{0x10});
          const sw_status status = create(&out);
          countdown = -1;
          if (status != SW_OK) {
            EXPECT_EQ(out, nullptr);
          } else {
            Free()(out);
          }
          return status;
        },
        {}, may_do_without);
  }

  SequenceHandle started() {
    SequenceHandle sequence = make_sequence(model_.get());
    EXPECT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids_.data(), ids_.size(), nullptr, nullptr));
    return sequence;
  }

  BufferHandle buffer() {
    sw_buffer* out = nullptr;
    EXPECT_STATUS(SW_OK, sw_buffer_create(model_.get(), nullptr, kText.data(), kText.size(), &out));
    return BufferHandle(out);
  }

  const std::string kText = "def add(first_number, second_number):\n    return first_number + second_number\n\nprint(add(1, 2))\n";
  TempDir folder_;
  EngineHandle engine_;
  ModelHandle model_;
  sw_model_info info_{};
  std::vector<int32_t> ids_;
};

TEST_F(Memory, EngineAndCancel) {
  for (const int n_threads : {1, 3}) {
    fail_each_creation<sw_engine>(
        [&](sw_engine** out) {
          sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
          options.n_threads = n_threads;
          return sw_engine_create(&options, out);
        },
        // A thread that cannot be started is done without.
        n_threads > 1);
  }
  fail_each_creation<sw_cancel>([](sw_cancel** out) { return sw_cancel_create(out); });
}

TEST_F(Memory, Tokenizer) {
  const std::string path = folder_.path("tokenizer.model");
  fail_each_creation<sw_tokenizer>([&](sw_tokenizer** out) { return sw_tokenizer_open(path.c_str(), out); });
  const sw_tokenizer* tokenizer = sw_model_tokenizer(model_.get());
  size_t n = 0;
  fail_each([&] { return sw_tokenizer_encode(tokenizer, kText.data(), kText.size(), SW_ENCODE_TEXT, nullptr, 0, &n); });
  fail_each([&] { return sw_tokenizer_encode(tokenizer, kText.data(), kText.size(), SW_ENCODE_CONTINUATION, nullptr, 0, &n); });
  fail_each([&] { return sw_tokenizer_decode(tokenizer, ids_.data(), ids_.size(), nullptr, 0, &n); });
  fail_each_creation<sw_detokenizer>([&](sw_detokenizer** out) { return sw_detokenizer_create(tokenizer, 0, out); }, true);
}

TEST_F(Memory, Model) {
  const std::string folder = folder_.path();
  for (const int check_weights : {0, 1}) {
    fail_each_creation<sw_model>([&](sw_model** out) {
      sw_model_options options = SW_MODEL_OPTIONS_INIT;
      options.check_weights = check_weights;
      return sw_model_open(engine_.get(), folder.c_str(), &options, out);
    });
  }
  if (!nano_folder().empty()) {
    fail_each_creation<sw_model>([&](sw_model** out) {
      sw_model_options options = SW_MODEL_OPTIONS_INIT;
      options.without_tokenizer = 1;
      return sw_model_open(engine_.get(), nullptr, &options, out);
    });
  }
  GgufWriter gguf = block_model(block_spec(), [](size_t i) { return kBlockTypes[i % std::size(kBlockTypes)]; }).gguf;
  gguf.set("tokenizer.ggml.model", "llama").set("tokenizer.ggml.tokens", std::vector<std::string>{"<unk>", "<s>", "</s>"});
  gguf.set_numbers<float>("tokenizer.ggml.scores", kF32, {0, 0, 0}).set_numbers<int32_t>("tokenizer.ggml.token_type", kI32, {2, 3, 3});
  const TempDir files;
  const std::string file = files.path("m.gguf");
  write_file(file, gguf.file());
  fail_each_creation<sw_model>([&](sw_model** out) {
    sw_model_options options = SW_MODEL_OPTIONS_INIT;
    options.without_tokenizer = 1;
    return sw_model_open(engine_.get(), file.c_str(), &options, out);
  });
  const ModelHandle fresh = open_weights(engine_.get(), folder_.path());
  fail_each([&] {
    const char* hash = nullptr;
    const sw_status status = sw_model_hash(fresh.get(), nullptr, &hash);
    EXPECT_EQ(hash != nullptr, status == SW_OK);
    return status;
  });
}

TEST_F(Memory, Quantize) {
  const char* text = kText.c_str();
  sw_quantize_options options = SW_QUANTIZE_OPTIONS_INIT;
  options.calibration = &text;
  options.n_calibration = 1;
  const TempDir out;
  const std::string from = folder_.path(), to = out.path("x");
  fail_each([&] { return sw_checkpoint_quantize(engine_.get(), from.c_str(), SW_WEIGHTS_Q4, to.c_str(), &options); },
            [&] { std::filesystem::remove_all(to); });
}

TEST_F(Memory, SequencesStayWhereTheyAre) {
  fail_each_creation<sw_sequence>([&](sw_sequence** out) { return sw_sequence_create(model_.get(), out); });
  const Bytes cold = cold_bytes(model_.get(), ids_);
  // After a failed append a whole number of chunks is in, and the rest can follow.
  std::vector<float> logits(ids_.size() * static_cast<size_t>(info_.vocab_size));
  SequenceHandle sequence;
  fail_each(
      [&] {
        const int64_t armed = countdown.exchange(-1);
        sequence = make_sequence(model_.get());
        countdown = armed;
        return sw_sequence_append(sequence.get(), ids_.data(), ids_.size(), nullptr, logits.data());
      },
      [&] {
        const size_t length = sw_sequence_length(sequence.get());
        const Bytes here = bytes_of(sequence.get(), info_);
        EXPECT_EQ(here, cold_bytes(model_.get(), {ids_.begin(), ids_.begin() + std::ptrdiff_t(length)}));
        EXPECT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids_.data() + length, ids_.size() - length, nullptr, nullptr));
        EXPECT_EQ(bytes_of(sequence.get(), info_), cold);
      },
      true);
}

TEST_F(Memory, ForkSnapshotSaveLoad) {
  const SequenceHandle sequence = started();
  const Bytes before = bytes_of(sequence.get(), info_);
  fail_each_creation<sw_sequence>([&](sw_sequence** out) { return sw_sequence_fork(sequence.get(), out); });
  const uint64_t kept = info_of(engine_.get()).snapshot_bytes;
  fail_each_creation<sw_snapshot>([&](sw_snapshot** out) { return sw_sequence_snapshot(sequence.get(), out); });
  EXPECT_EQ(info_of(engine_.get()).snapshot_bytes, kept) << "a failed snapshot gives its budget back";

  sw_snapshot* taken = nullptr;
  ASSERT_STATUS(SW_OK, sw_sequence_snapshot(sequence.get(), &taken));
  const SnapshotHandle snapshot(taken);
  TempDir files;
  const std::string path = files.path("a name that is long enough to need memory of its own");
  write_file(path, "what was there");
  const std::string old = read_file(path);
  bool saved = false;
  fail_each(
      [&] {
        const sw_status status = sw_snapshot_save(snapshot.get(), path.c_str(), nullptr);
        saved = status == SW_OK;
        return status;
      },
      [&] {
        EXPECT_EQ(listing(files.path()).size(), 1u) << "a file was left behind";
        if (!saved) {
          EXPECT_EQ(read_file(path), old);
        }
      });
  fail_each_creation<sw_snapshot>([&](sw_snapshot** out) { return sw_snapshot_load(model_.get(), path.c_str(), nullptr, out); });
  EXPECT_EQ(bytes_of(sequence.get(), info_), before);
}

TEST_F(Memory, RewindAndRestoreChangeNothingWhenTheyFail) {
  const Bytes cold = cold_bytes(model_.get(), ids_);
  const Bytes half = cold_bytes(model_.get(), {ids_.begin(), ids_.begin() + 70});
  SequenceHandle sequence = started();
  sw_status last = SW_OK;
  fail_each([&] { return last = sw_sequence_rewind(sequence.get(), 70, nullptr); },
            [&] { EXPECT_EQ(bytes_of(sequence.get(), info_), last == SW_OK ? half : cold); });
  // Into a new sequence: one that has held as many tokens needs no memory for it.
  sequence = make_sequence(model_.get());
  const Bytes empty = bytes_of(sequence.get(), info_);
  const SequenceHandle other = make_sequence(model_.get());
  ASSERT_STATUS(SW_OK, sw_sequence_append(other.get(), ids_.data(), 70, nullptr, nullptr));
  sw_snapshot* taken = nullptr;
  ASSERT_STATUS(SW_OK, sw_sequence_snapshot(other.get(), &taken));
  const SnapshotHandle snapshot(taken);
  fail_each([&] { return last = sw_sequence_restore(sequence.get(), snapshot.get()); },
            [&] { EXPECT_EQ(bytes_of(sequence.get(), info_), last == SW_OK ? half : empty); });
  // To another model of the same weights: the hashes are compared first.
  const ModelHandle again = open_weights(engine_.get(), folder_.path());
  const SequenceHandle there = make_sequence(again.get());
  fail_each([&] { return sw_sequence_restore(there.get(), snapshot.get()); });
  EXPECT_EQ(bytes_of(there.get(), info_), half);
}

TEST_F(Memory, LogitsAndSampling) {
  SequenceHandle sequence = started();
  std::vector<float> logits(static_cast<size_t>(info_.vocab_size));
  fail_each([&] { return sw_sequence_logits(sequence.get(), logits.data(), logits.size()); });
  sequence = started();
  sw_sampling_options options = SW_SAMPLING_OPTIONS_INIT;
  options.temperature = 1;
  options.top_k = 5;
  int32_t id = -1;
  fail_each([&] { return sw_sequence_sample(sequence.get(), &options, &id); });
  EXPECT_EQ(bytes_of(sequence.get(), info_), cold_bytes(model_.get(), ids_));
}

TEST_F(Memory, Buffers) {
  sw_buffer_options options = SW_BUFFER_OPTIONS_INIT;
  options.path = "a/path/that/is/long/enough/to/need/memory/of/its/own.py";
  fail_each_creation<sw_buffer>(
      [&](sw_buffer** out) { return sw_buffer_create(model_.get(), &options, kText.data(), kText.size(), out); });
  BufferHandle edited;
  const std::string insert(5000, 'x');
  const auto text_of = [&] {
    const char* text = nullptr;
    size_t length = 0;
    EXPECT_STATUS(SW_OK, sw_buffer_text(edited.get(), &text, &length));
    return std::string(text, length);
  };
  edited = buffer();
  sw_status last = SW_OK;
  fail_each([&] { return last = sw_buffer_edit(edited.get(), 4, 7, insert.data(), insert.size()); },
            [&] { EXPECT_EQ(text_of(), last == SW_OK ? kText.substr(0, 4) + insert + kText.substr(7) : kText); });
}

// Files whose trees, names or tokens could not be had for lack of memory may be missing until the next update; what is there is whole.
TEST_F(Memory, Workspaces) {
  const TempDir root;
  const std::string folder = root.path();
  for (int i = 0; i < 3; ++i) {
    const std::string n = std::to_string(i);
    write_file(root.path("part" + n + ".py"), "import os\n\n\nclass Part" + n + ":\n    def run_" + n + "(self, v):\n        return v + " + n + "\n");
  }
  sw_workspace_options options = SW_WORKSPACE_OPTIONS_INIT;
  options.n_threads = 1;
  const sw_tokenizer* tokenizer = sw_model_tokenizer(model_.get());
  fail_each_creation<sw_workspace>([&](sw_workspace** out) {
    const sw_status opened = sw_workspace_open(tokenizer, folder.c_str(), &options, out);
    if (opened != SW_OK) return opened;
    const sw_status updated = sw_workspace_update(*out, nullptr, 0, nullptr);
    countdown = -1;
    EXPECT_STATUS(SW_OK, sw_workspace_update(*out, nullptr, 0, nullptr));  // with memory again, all is there
    sw_workspace_stats stats = SW_WORKSPACE_STATS_INIT;
    EXPECT_STATUS(SW_OK, sw_workspace_get_stats(*out, &stats));
    EXPECT_EQ(stats.files, 3u);
    int n_places = 0;
    const auto count = [](void* n, const sw_workspace_file*) { return ++*static_cast<int*>(n), 0; };
    EXPECT_STATUS(SW_OK, sw_workspace_find(*out, "run_1", 5, count, &n_places));
    EXPECT_EQ(n_places, 1);
    if (updated == SW_OK) return updated;
    sw_workspace_free(*out);
    *out = nullptr;
    return updated;
  }, true);
  sw_workspace* made = nullptr;
  ASSERT_STATUS(SW_OK, sw_workspace_open(tokenizer, folder.c_str(), &options, &made));
  const std::unique_ptr<sw_workspace, Free> workspace(made);
  ASSERT_STATUS(SW_OK, sw_workspace_update(made, nullptr, 0, nullptr));
  sw_context_query query = SW_CONTEXT_QUERY_INIT;
  query.path = "part1.py";
  query.before = "Part2().";
  query.before_length = 8;
  fail_each_creation<sw_context>([&](sw_context** out) { return sw_workspace_context(made, &query, nullptr, out); }, true);
}

struct Outcome {
  sw_status status = SW_OK;
  std::vector<std::string> texts;
};

Outcome outcome_of(const sw_request* request) {
  Outcome out;
  EXPECT_STATUS(SW_OK, sw_request_wait(request, -1));
  out.status = sw_request_status(request);
  for (size_t i = 0; i < sw_request_n_candidates(request); ++i) {
    sw_candidate candidate = SW_CANDIDATE_INIT;
    EXPECT_STATUS(SW_OK, sw_request_candidate(request, i, &candidate));
    out.texts.emplace_back(candidate.raw, candidate.raw_length);
  }
  return out;
}

// What is kept, planned and logged is a convenience: it may be missing, never wrong.
TEST_F(Memory, RefillForkAndTrim) {
  sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
  options.max_tokens = 3;
  options.mode = SW_FILL_PREFIX;
  const BufferHandle edited = buffer();
  const auto completed = [&] {
    sw_request* request = nullptr;
    EXPECT_STATUS(SW_OK, sw_complete(edited.get(), 60, &options, &request));
    const Outcome outcome = outcome_of(request);
    sw_request_free(request);
    EXPECT_EQ(outcome.status, SW_OK);
    return outcome.texts;
  };
  const std::vector<std::string> expected = completed();
  fail_each_creation<sw_sequence>([&](sw_sequence** out) { return sw_buffer_fork(edited.get(), out); });
  fail_each(
      [&] {
        const int64_t armed = countdown.exchange(-1);
        EXPECT_STATUS(SW_OK, sw_engine_trim(engine_.get(), 0));
        EXPECT_EQ(completed(), expected);
        countdown = armed;
        size_t n_run = 99;
        const sw_status status = sw_buffer_refill(edited.get(), 500, nullptr, &n_run);
        EXPECT_LE(n_run, 500u);
        return status;
      },
      [&] { EXPECT_EQ(completed(), expected); }, true);
  fail_each(
      [&] {
        const int64_t armed = countdown.exchange(-1);
        const SequenceHandle sequence = started();
        countdown = armed;
        return sw_engine_trim(engine_.get(), 0);
      },
      [&] { EXPECT_EQ(completed(), expected); }, true);
  EXPECT_STATUS(SW_OK, sw_engine_trim(engine_.get(), 0));
  EXPECT_EQ(info_of(engine_.get()).snapshot_bytes, 0u);
}

// What is run ahead may not come, and a buffer that has it may be freed: neither needs memory that must not fail.
TEST_F(Memory, LookingAhead) {
  sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
  options.max_tokens = 4;
  options.ahead = 1;
  fail_each(
      [&] {
        const int64_t armed = countdown.exchange(-1);
        BufferHandle fresh = buffer();
        countdown = armed;
        sw_request* out = nullptr;
        const sw_status started = sw_complete(fresh.get(), 60, &options, &out);
        sw_status status = started;
        if (started == SW_OK) {
          EXPECT_STATUS(SW_OK, sw_request_wait(out, -1));
          status = sw_request_status(out);
          (void)sw_buffer_refill(fresh.get(), 1, nullptr, nullptr);  // returns after what was run ahead
        }
        fresh.reset();
        sw_request_free(out);
        countdown = -1;
        return status;
      },
      {}, true);
}

TEST_F(Memory, CompletionAndItsWorker) {
  sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
  options.max_tokens = 4;
  for (const sw_fill_mode mode : {SW_FILL_SPM, SW_FILL_PREFIX}) {
    options.mode = mode;
    options.n_candidates = mode == SW_FILL_PREFIX ? 2 : 1;
    const BufferHandle expected_in = buffer();
    sw_request* request = nullptr;
    ASSERT_STATUS(SW_OK, sw_complete(expected_in.get(), 60, &options, &request));
    const Outcome expected = outcome_of(request);
    sw_request_free(request);
    ASSERT_EQ(expected.status, SW_OK);
    ASSERT_FALSE(expected.texts.empty());

    const BufferHandle used = buffer();  // keeps its cache over all failures
    fail_each(
        [&] {
          sw_request* out = reinterpret_cast<sw_request*>(uintptr_t{0x10});
          sw_status status = sw_complete(used.get(), 60, &options, &out);
          if (status != SW_OK) {
            EXPECT_EQ(out, nullptr);
            return status;
          }
          EXPECT_STATUS(SW_OK, sw_request_wait(out, -1));
          countdown = -1;
          const Outcome got = outcome_of(out);
          EXPECT_TRUE(got.status == SW_OK || got.texts.empty()) << "what failed is not half shown";
          if (got.status == SW_OK) {
            EXPECT_EQ(got.texts, expected.texts);
          }
          sw_request_free(out);
          return got.status;
        },
        {}, true);
    // A new engine's first request starts the worker.
    const EngineHandle engine = make_engine(1);
    sw_model* opened = nullptr;
    ASSERT_STATUS(SW_OK, sw_model_open(engine.get(), folder_.path().c_str(), nullptr, &opened));
    const ModelHandle model(opened);
    fail_each(
        [&] {
          sw_buffer* fresh = nullptr;
          const int64_t armed = countdown.exchange(-1);
          EXPECT_STATUS(SW_OK, sw_buffer_create(opened, nullptr, kText.data(), kText.size(), &fresh));
          const BufferHandle handle(fresh);
          countdown = armed;
          sw_request* out = nullptr;
          sw_status status = sw_complete(fresh, 60, &options, &out);
          if (status != SW_OK) return status;
          EXPECT_STATUS(SW_OK, sw_request_wait(out, -1));
          countdown = -1;
          const Outcome got = outcome_of(out);
          if (got.status == SW_OK) {
            EXPECT_EQ(got.texts, expected.texts);
          }
          sw_request_free(out);
          return got.status;
        },
        {}, true);
  }
}

}  // namespace
}  // namespace sw::test
