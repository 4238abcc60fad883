// Arguments that are missing, of another version, or out of range: a status, and nothing is changed.
#include <algorithm>
#include <cmath>

#include "contract.h"

namespace sw::test {
namespace {

// ---------------------------------------------------------------------------------------------------------- NULL arguments

#define EXPECT_NULL_RESULT(type, call)       \
  do {                                       \
    auto* out = garbage<type>();             \
    EXPECT_STATUS(SW_E_ARGUMENT, call);      \
    EXPECT_EQ(out, nullptr) << #call;        \
  } while (0)

TEST_F(Contract, NullForEnginesTokenizersAndModels) {
  sw_engine* engine = engine_.get();
  sw_model* model = model_.get();
  const sw_tokenizer* tokenizer = sw_model_tokenizer(model);
  const int32_t ids[4] = {1, 2, 3, 4};
  int32_t id = 5;
  size_t n = 5;
  const char* text = garbage<char>();
  char chars[8];
  EXPECT_STATUS(SW_E_ARGUMENT, sw_engine_create(nullptr, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_cancel_create(nullptr));
  sw_engine_info engine_info = SW_ENGINE_INFO_INIT;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_engine_get_info(nullptr, &engine_info));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_engine_get_info(engine, nullptr));
  sw_store_stats store_stats = SW_STORE_STATS_INIT;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_engine_get_store_stats(nullptr, &store_stats));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_engine_get_store_stats(engine, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_engine_trim(nullptr, 0));
  EXPECT_NULL_RESULT(sw_tokenizer, sw_tokenizer_open(nullptr, &out));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_open("x", nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_encode(nullptr, "a", 1, 0, nullptr, 0, &n));
  EXPECT_EQ(n, 0u);
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_encode(tokenizer, nullptr, 1, 0, nullptr, 0, &n));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_encode(tokenizer, "a", 1, 0, nullptr, 1, &n));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_encode(tokenizer, "a", 1, 0, nullptr, 0, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_encode(tokenizer, "a", 1, 2, nullptr, 0, &n));
  EXPECT_STATUS(SW_OK, sw_tokenizer_encode(tokenizer, nullptr, 0, 0, nullptr, 0, &n));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_decode(nullptr, ids, 1, chars, 8, &n));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_decode(tokenizer, nullptr, 1, chars, 8, &n));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_decode(tokenizer, ids, 1, nullptr, 8, &n));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_decode(tokenizer, ids, 1, chars, 8, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_control_id(nullptr, "<s>", &id));
  EXPECT_EQ(id, 0);
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_control_id(tokenizer, nullptr, &id));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_tokenizer_control_id(tokenizer, "<s>", nullptr));
  EXPECT_STATUS(SW_E_NOT_FOUND, sw_tokenizer_control_id(tokenizer, "[NO SUCH]", &id));
  EXPECT_NULL_RESULT(sw_detokenizer, sw_detokenizer_create(nullptr, 0, &out));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_detokenizer_create(tokenizer, 0, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_detokenizer_push(nullptr, 1, &text, &n));
  EXPECT_NULL_RESULT(sw_model, sw_model_open(nullptr, "x", nullptr, &out));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_model_open(engine, "x", nullptr, nullptr));
  sw_model_info model_info = SW_MODEL_INFO_INIT;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_model_get_info(nullptr, &model_info));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_model_get_info(model, nullptr));
  EXPECT_NULL_RESULT(const char, sw_model_hash(nullptr, nullptr, &out));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_model_hash(model, nullptr, nullptr));
}

TEST_F(Contract, NullForSequencesAndSnapshots) {
  sw_model* model = model_.get();
  sw_sequence* sequence = sequence_.get();
  sw_snapshot* snapshot = snapshot_.get();
  const std::string path = folder_.path("file");
  const int32_t ids[4] = {1, 2, 3, 4};
  int32_t id = 5;
  float floats[4];
  EXPECT_NULL_RESULT(sw_sequence, sw_sequence_create(nullptr, &out));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_create(model, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_append(nullptr, ids, 1, nullptr, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_append(sequence, nullptr, 1, nullptr, nullptr));
  EXPECT_STATUS(SW_OK, sw_sequence_append(sequence, nullptr, 0, nullptr, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_logits(nullptr, floats, 4));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_logits(sequence, nullptr, 4));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_logits(sequence, floats, 4));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_state(nullptr, floats, 4, nullptr, 0));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_state(sequence, floats, 4, nullptr, 0));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_state(sequence, nullptr, 0, floats, 4));
  EXPECT_STATUS(SW_OK, sw_sequence_state(sequence, nullptr, 0, nullptr, 0));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_sample(nullptr, nullptr, &id));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_sample(sequence, nullptr, nullptr));
  EXPECT_NULL_RESULT(sw_sequence, sw_sequence_fork(nullptr, &out));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_fork(sequence, nullptr));
  EXPECT_NULL_RESULT(sw_snapshot, sw_sequence_snapshot(nullptr, &out));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_snapshot(sequence, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_restore(nullptr, snapshot));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_restore(sequence, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_rewind(nullptr, 0, nullptr));
  sw_sequence_stats sequence_stats = SW_SEQUENCE_STATS_INIT;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_get_stats(nullptr, &sequence_stats));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_get_stats(sequence, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_snapshot_save(nullptr, path.c_str(), nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_snapshot_save(snapshot, nullptr, nullptr));
  EXPECT_NULL_RESULT(sw_snapshot, sw_snapshot_load(nullptr, path.c_str(), nullptr, &out));
  EXPECT_NULL_RESULT(sw_snapshot, sw_snapshot_load(model, nullptr, nullptr, &out));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_snapshot_load(model, path.c_str(), nullptr, nullptr));
}

TEST_F(Contract, NullForBuffersAndRequests) {
  sw_model* model = model_.get();
  sw_buffer* buffer = buffer_.get();
  const char* text = garbage<char>();
  size_t n = 5;
  EXPECT_NULL_RESULT(sw_buffer, sw_buffer_create(nullptr, nullptr, "", 0, &out));
  EXPECT_NULL_RESULT(sw_buffer, sw_buffer_create(model, nullptr, nullptr, 1, &out));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_create(model, nullptr, "", 0, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_edit(nullptr, 0, 0, "", 0));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_edit(buffer, 0, 0, nullptr, 1));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_text(nullptr, &text, &n));
  EXPECT_EQ(text, nullptr);
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_text(buffer, nullptr, &n));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_text(buffer, &text, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_offset(nullptr, 0, 0, 0, &n));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_offset(buffer, 0, 0, 0, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_offset(buffer, 0, 0, 3, &n));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_refill(nullptr, 10, nullptr, &n));
  EXPECT_EQ(n, 0u);
  EXPECT_STATUS(SW_OK, sw_buffer_refill(buffer, 10, nullptr, nullptr));
  EXPECT_NULL_RESULT(sw_sequence, sw_buffer_fork(nullptr, &out));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_fork(buffer, nullptr));
  EXPECT_NULL_RESULT(sw_request, sw_complete(nullptr, 0, nullptr, &out));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_complete(buffer, 0, nullptr, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_request_wait(nullptr, 0));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_request_status(nullptr));
  sw_candidate candidate = SW_CANDIDATE_INIT;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_request_candidate(nullptr, 0, &candidate));
  sw_request_stats request_stats = SW_REQUEST_STATS_INIT;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_request_get_stats(nullptr, &request_stats));
  const RequestHandle request = complete(14, nullptr);
  ASSERT_STATUS(SW_OK, sw_request_wait(request.get(), -1));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_request_candidate(request.get(), 0, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_request_candidate(request.get(), 100, &candidate));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_request_get_stats(request.get(), nullptr));
}

TEST(Nothing, NullIsIgnoredWhereTheCommentSaysSo) {
  sw_engine_free(nullptr);
  sw_cancel_free(nullptr);
  sw_cancel_set(nullptr);
  sw_cancel_clear(nullptr);
  sw_tokenizer_free(nullptr);
  sw_detokenizer_free(nullptr);
  sw_model_free(nullptr);
  sw_sequence_free(nullptr);
  sw_snapshot_retain(nullptr);
  sw_snapshot_free(nullptr);
  sw_buffer_free(nullptr);
  sw_request_cancel(nullptr);
  sw_request_free(nullptr);
  EXPECT_EQ(sw_tokenizer_vocab_size(nullptr), 0);
  EXPECT_EQ(sw_model_tokenizer(nullptr), nullptr);
  EXPECT_EQ(sw_sequence_length(nullptr), 0u);
  EXPECT_EQ(sw_sequence_tokens(nullptr), nullptr);
  EXPECT_EQ(sw_snapshot_bytes(nullptr), 0u);
  EXPECT_EQ(sw_snapshot_length(nullptr), 0u);
  EXPECT_EQ(sw_request_poll(nullptr), 1);
  EXPECT_EQ(sw_request_n_candidates(nullptr), 0u);
  EXPECT_STREQ(sw_request_error(nullptr), "");
  EXPECT_STREQ(sw_status_name(SW_E_IO), "SW_E_IO");
  EXPECT_STREQ(sw_status_name(12345), "SW_E_UNKNOWN");
  EXPECT_STREQ(sw_status_name(-1), "SW_E_UNKNOWN");
  EXPECT_EQ(sw_api_version(), SW_API_MAJOR * 65536u + SW_API_MINOR);
}

// ------------------------------------------------------------------------------------------------------------ struct_size

// Calls with a struct of every size that a caller may have: `call` takes a pointer to it. Memory beyond it is a sanitizer's.
template <class T, class Call>
void check_option_sizes(const T& defaults, const Call& call) {
  for (size_t size = sizeof(size_t); size <= sizeof(T) + 64; ++size) {
    std::vector<unsigned char> bytes(size, 0);
    std::memcpy(bytes.data(), &defaults, std::min(size, sizeof(T)));
    std::memcpy(bytes.data(), &size, sizeof size);
    SCOPED_TRACE("size " + std::to_string(size));
    EXPECT_STATUS(SW_OK, call(reinterpret_cast<const T*>(bytes.data())));
    if (size > sizeof(T)) {
      bytes[sizeof(T) + size % (size - sizeof(T))] = 1;
      EXPECT_STATUS(SW_E_ARGUMENT, call(reinterpret_cast<const T*>(bytes.data())));
    }
  }
  for (const size_t size : {size_t{0}, size_t{1}, sizeof(size_t) - 1, size_t{4097}, SIZE_MAX}) {
    T options = defaults;
    options.struct_size = size;
    EXPECT_STATUS(SW_E_ARGUMENT, call(&options));
  }
}

// And of those that the library fills: it writes no byte beyond, and zero where it knows nothing.
template <class T, class Call>
void check_info_sizes(const Call& call) {
  T whole{};
  whole.struct_size = sizeof(T);
  ASSERT_STATUS(SW_OK, call(&whole));
  for (size_t size = sizeof(size_t); size <= sizeof(T) + 64; ++size) {
    std::vector<unsigned char> bytes(size, 0xaa);
    std::memcpy(bytes.data(), &size, sizeof size);
    ASSERT_STATUS(SW_OK, call(reinterpret_cast<T*>(bytes.data())));
    ASSERT_EQ(std::memcmp(bytes.data(), &size, sizeof size), 0) << "the caller's struct_size stays";
    const size_t known = std::min(size, sizeof(T));
    if (known > sizeof(size_t)) {
      const auto* expected = reinterpret_cast<const unsigned char*>(&whole);
      ASSERT_TRUE(std::equal(bytes.data() + sizeof(size_t), bytes.data() + known, expected + sizeof(size_t))) << "size " << size;
    }
    for (size_t i = known; i < size; ++i) ASSERT_EQ(bytes[i], 0) << "size " << size;
  }
  for (const size_t size : {size_t{0}, size_t{7}, size_t{4097}, SIZE_MAX}) {
    T info{};
    info.struct_size = size;
    EXPECT_STATUS(SW_E_ARGUMENT, call(&info));
  }
}

TEST_F(Contract, OptionStructsOfEverySize) {
  sw_engine_options engine_options = SW_ENGINE_OPTIONS_INIT;
  engine_options.n_threads = 1;
  check_option_sizes<sw_engine_options>(engine_options, [](const sw_engine_options* o) {
    sw_engine* engine = nullptr;
    const sw_status status = sw_engine_create(o, &engine);
    EXPECT_EQ(engine != nullptr, status == SW_OK);
    sw_engine_free(engine);
    return status;
  });
  check_option_sizes<sw_run_options>(SW_RUN_OPTIONS_INIT,
                                     [&](const sw_run_options* o) { return sw_sequence_rewind(sequence_.get(), 3, o); });
  check_option_sizes<sw_run_options>(SW_RUN_OPTIONS_INIT,
                                     [&](const sw_run_options* o) { return sw_buffer_refill(buffer_.get(), 3, o, nullptr); });
  check_option_sizes<sw_sampling_options>(SW_SAMPLING_OPTIONS_INIT, [&](const sw_sampling_options* o) {
    int32_t id = 0;
    return sw_sequence_sample(sequence_.get(), o, &id);
  });
  check_option_sizes<sw_model_options>(SW_MODEL_OPTIONS_INIT, [&](const sw_model_options* o) {
    sw_model* model = nullptr;
    const sw_status status = sw_model_open(engine_.get(), folder_.path().c_str(), o, &model);
    sw_model_free(model);
    return status;
  });
  check_option_sizes<sw_quantize_options>(SW_QUANTIZE_OPTIONS_INIT, [&](const sw_quantize_options* o) {
    const TempDir out;
    return sw_checkpoint_quantize(engine_.get(), folder_.path().c_str(), SW_WEIGHTS_Q8, out.path("x").c_str(), o);
  });
  check_option_sizes<sw_buffer_options>(SW_BUFFER_OPTIONS_INIT, [&](const sw_buffer_options* o) {
    sw_buffer* buffer = nullptr;
    const sw_status status = sw_buffer_create(model_.get(), o, "", 0, &buffer);
    sw_buffer_free(buffer);
    return status;
  });
  sw_complete_options complete_options = SW_COMPLETE_OPTIONS_INIT;
  complete_options.max_tokens = 1;
  check_option_sizes<sw_complete_options>(complete_options, [&](const sw_complete_options* o) {
    sw_request* request = nullptr;
    const sw_status status = sw_complete(buffer_.get(), 4, o, &request);
    sw_request_free(request);
    return status;
  });
}

TEST_F(Contract, NestedStructsAreNotReadBeyondTheirEnd) {
  for (const size_t size : {sizeof(sw_run_options) + 1, size_t{4096}, size_t{4097}, SIZE_MAX, size_t{0}}) {
    sw_model_options options = SW_MODEL_OPTIONS_INIT;
    options.run.struct_size = size;
    sw_model* model = nullptr;
    EXPECT_STATUS(SW_E_ARGUMENT, sw_model_open(engine_.get(), folder_.path().c_str(), &options, &model));
    sw_complete_options complete_options = SW_COMPLETE_OPTIONS_INIT;
    complete_options.sampling.struct_size = size;
    sw_request* request = nullptr;
    EXPECT_STATUS(SW_E_ARGUMENT, sw_complete(buffer_.get(), 4, &complete_options, &request));
  }
}

TEST_F(Contract, InfoStructsOfEverySize) {
  check_info_sizes<sw_engine_info>([&](sw_engine_info* out) { return sw_engine_get_info(engine_.get(), out); });
  check_info_sizes<sw_store_stats>([&](sw_store_stats* out) { return sw_engine_get_store_stats(engine_.get(), out); });
  check_info_sizes<sw_model_info>([&](sw_model_info* out) { return sw_model_get_info(model_.get(), out); });
  check_info_sizes<sw_sequence_stats>([&](sw_sequence_stats* out) { return sw_sequence_get_stats(sequence_.get(), out); });
  const RequestHandle request = complete(14, nullptr);
  ASSERT_STATUS(SW_OK, sw_request_wait(request.get(), -1));
  ASSERT_STATUS(SW_OK, sw_request_status(request.get()));
  check_info_sizes<sw_candidate>([&](sw_candidate* out) { return sw_request_candidate(request.get(), 0, out); });
  check_info_sizes<sw_request_stats>([&](sw_request_stats* out) { return sw_request_get_stats(request.get(), out); });
}

// -------------------------------------------------------------------------------------------------------- option values

TEST_F(Contract, ValuesOutOfRangeAreRefused) {
  const auto engine_with = [](auto change) {
    sw_engine_options o = SW_ENGINE_OPTIONS_INIT;
    o.n_threads = 1;
    change(o);
    sw_engine* engine = garbage<sw_engine>();
    const sw_status status = sw_engine_create(&o, &engine);
    EXPECT_EQ(engine, nullptr);
    return status;
  };
  static const sw_allocator no_allocate = {nullptr, [](void*, void*, size_t) {}, nullptr};
  static const sw_allocator no_release = {[](void*, size_t, size_t) -> void* { return nullptr; }, nullptr, nullptr};
  EXPECT_STATUS(SW_E_ARGUMENT, engine_with([](auto& o) { o.n_threads = -1; }));
  EXPECT_STATUS(SW_E_ARGUMENT, engine_with([](auto& o) { o.n_threads = 1025; }));
  for (const int nice : {-1, 20, 1000}) EXPECT_STATUS(SW_E_ARGUMENT, engine_with([nice](auto& o) { o.nice = nice; }));
  for (const int spin : {-2, 1000001}) EXPECT_STATUS(SW_E_ARGUMENT, engine_with([spin](auto& o) { o.spin_us = spin; }));
  EXPECT_STATUS(SW_E_ARGUMENT, engine_with([](auto& o) { o.cpu_mask = 0x80000000u; }));
  EXPECT_STATUS(SW_E_ARGUMENT, engine_with([](auto& o) { o.allocator = &no_allocate; }));
  EXPECT_STATUS(SW_E_ARGUMENT, engine_with([](auto& o) { o.allocator = &no_release; }));
  EXPECT_STATUS(SW_E_ARGUMENT, engine_with([](auto& o) { o.log_level = 9; }));
  for (const char* policy : {"", "nothing", "Default", "grid", "grid:0", "grid:x", "geometric:", "geometric:-1", "default:2"}) {
    EXPECT_STATUS(SW_E_ARGUMENT, engine_with([policy](auto& o) { o.policy = policy; }));
    EXPECT_NE(std::string(sw_last_error()).find(policy), std::string::npos) << sw_last_error();
  }
}

TEST_F(Contract, EveryPolicyIsTaken) {
  for (const char* policy : {"default", "none", "running", "grid:528", "geometric:12"}) {
    sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
    options.n_threads = 1;
    options.policy = policy;
    sw_engine* engine = nullptr;
    EXPECT_STATUS(SW_OK, sw_engine_create(&options, &engine));
    sw_engine_free(engine);
  }
}

TEST_F(Contract, SamplingValuesOutOfRangeAreRefused) {
  const auto sampled_with = [&](auto change) {
    sw_sampling_options o = SW_SAMPLING_OPTIONS_INIT;
    change(o);
    int32_t id = 7;
    const sw_status status = sw_sequence_sample(sequence_.get(), &o, &id);
    EXPECT_EQ(id, 0);
    return status;
  };
  EXPECT_STATUS(SW_E_ARGUMENT, sampled_with([](auto& o) { o.temperature = -1; }));
  EXPECT_STATUS(SW_E_ARGUMENT, sampled_with([](auto& o) { o.temperature = NAN; }));
  EXPECT_STATUS(SW_E_ARGUMENT, sampled_with([](auto& o) { o.temperature = INFINITY; }));
  EXPECT_STATUS(SW_E_ARGUMENT, sampled_with([](auto& o) { o.top_k = -1; }));
  EXPECT_STATUS(SW_E_ARGUMENT, sampled_with([](auto& o) { o.top_p = 1.5f; }));
  EXPECT_STATUS(SW_E_ARGUMENT, sampled_with([](auto& o) { o.top_p = -0.1f; }));
  EXPECT_STATUS(SW_E_ARGUMENT, sampled_with([](auto& o) { o.top_p = NAN; }));
  EXPECT_STATUS(SW_E_ARGUMENT, sampled_with([](auto& o) { o.min_p = 1.1f; }));
  EXPECT_STATUS(SW_E_ARGUMENT, sampled_with([](auto& o) { o.min_p = NAN; }));
}

TEST_F(Contract, CompletionValuesOutOfRangeAreRefused) {
  const auto complete_with = [&](auto change, size_t offset = 4) {
    sw_complete_options o = SW_COMPLETE_OPTIONS_INIT;
    o.max_tokens = 1;
    change(o);
    sw_request* request = garbage<sw_request>();
    const sw_status status = sw_complete(buffer_.get(), offset, &o, &request);
    EXPECT_EQ(request, nullptr);
    return status;
  };
  static const char* const empty_stop[] = {""};
  static const char* const null_stop[] = {nullptr};
  static const char* const bad_stop[] = {"\xa9"};
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.max_tokens = 65537; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.n_candidates = 17; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.n_candidates = -1; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.mode = 5; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.mode = -1; }));
  EXPECT_STATUS(SW_E_UNSUPPORTED, complete_with([](auto& o) { o.mode = SW_FILL_INSTRUCT; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.multiline = 3; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.time_budget_ms = -1; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.n_stop = 1; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.n_stop = 1, o.stop = empty_stop; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.n_stop = 1, o.stop = null_stop; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.n_stop = 1, o.stop = bad_stop; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto& o) { o.sampling.temperature = -1; }));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto&) {}, 1000));
  EXPECT_STATUS(SW_E_ARGUMENT, complete_with([](auto&) {}, SIZE_MAX));
  sw_run_options run = SW_RUN_OPTIONS_INIT;
  run.deadline_ms = -1;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_sequence_append(sequence_.get(), nullptr, 0, &run, nullptr));
}

TEST_F(Contract, TheLargestValuesAreTaken) {
  // The largest values of what has no upper bound.
  sw_complete_options huge = SW_COMPLETE_OPTIONS_INIT;
  huge.max_tokens = 2;
  huge.time_budget_ms = INT64_MAX;
  huge.prefix_window_bytes = SIZE_MAX;
  huge.suffix_window_bytes = SIZE_MAX;
  const RequestHandle request = complete(14, &huge);
  ASSERT_STATUS(SW_OK, sw_request_wait(request.get(), INT64_MAX));
  EXPECT_STATUS(SW_OK, sw_request_status(request.get()));
  sw_request_stats stats = SW_REQUEST_STATS_INIT;
  ASSERT_STATUS(SW_OK, sw_request_get_stats(request.get(), &stats));
  EXPECT_EQ(stats.prefix_begin, 0u);
  EXPECT_EQ(stats.suffix_end, sizeof kText - 1);
}

TEST_F(Contract, ABufferWithoutACompletionHasNothingToForkOrRefill) {
  sw_sequence* none = garbage<sw_sequence>();
  EXPECT_STATUS(SW_E_STATE, sw_buffer_fork(buffer_.get(), &none));
  EXPECT_EQ(none, nullptr);
  size_t n = 5;
  EXPECT_STATUS(SW_OK, sw_buffer_refill(buffer_.get(), 1000, nullptr, &n));
  EXPECT_EQ(n, 0u);
  ASSERT_STATUS(SW_OK, sw_request_wait(complete(14, nullptr).get(), -1));
  sw_sequence* fork = nullptr;
  ASSERT_STATUS(SW_OK, sw_buffer_fork(buffer_.get(), &fork));
  const SequenceHandle handle(fork);
  EXPECT_STATUS(SW_OK, sw_buffer_refill(buffer_.get(), 0, nullptr, &n));
  EXPECT_EQ(n, 0u);
  sw_run_options run = SW_RUN_OPTIONS_INIT;
  run.deadline_ms = -1;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_refill(buffer_.get(), 10, &run, &n));
  run = SW_RUN_OPTIONS_INIT;
  run.progress = [](void*, uint64_t, uint64_t) -> int32_t { return 1; };
  EXPECT_STATUS(SW_E_CANCELLED, sw_buffer_refill(buffer_.get(), 10, &run, &n));
  EXPECT_EQ(n, 0u);
  EXPECT_STATUS(SW_OK, sw_buffer_refill(buffer_.get(), SIZE_MAX, nullptr, &n));
}

// Prompts are placed and tokens counted, and that is all.
TEST_F(Contract, AModelThatCountsComputesNothing) {
  sw_model_options options = SW_MODEL_OPTIONS_INIT;
  options.count_only = 1;
  sw_model* opened = nullptr;
  ASSERT_STATUS(SW_OK, sw_model_open(engine_.get(), folder_.path().c_str(), &options, &opened));
  const ModelHandle model(opened);
  EXPECT_EQ(info_of(opened).kept_bytes, info_.kept_bytes) << "states take their bytes of the budget all the same";
  const SequenceHandle sequence = make_sequence(opened);
  const int32_t ids[] = {1, 2, 3};
  std::vector<float> logits(3 * static_cast<size_t>(info_.vocab_size));
  int32_t id = 7;
  EXPECT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids, 3, nullptr, nullptr));
  EXPECT_EQ(sw_sequence_length(sequence.get()), 3u);
  EXPECT_STATUS(SW_E_STATE, sw_sequence_logits(sequence.get(), logits.data(), static_cast<size_t>(info_.vocab_size)));
  EXPECT_STATUS(SW_E_STATE, sw_sequence_sample(sequence.get(), nullptr, &id));
  sw_buffer* made = nullptr;
  ASSERT_STATUS(SW_OK, sw_buffer_create(opened, nullptr, kText, sizeof kText - 1, &made));
  const BufferHandle buffer(made);
  for (const int32_t max_tokens : {-1, 4}) {
    sw_complete_options complete_options = SW_COMPLETE_OPTIONS_INIT;
    complete_options.max_tokens = max_tokens;
    sw_request* asked = nullptr;
    ASSERT_STATUS(SW_OK, sw_complete(made, 14, &complete_options, &asked));
    const RequestHandle request(asked);
    ASSERT_STATUS(SW_OK, sw_request_wait(asked, -1));
    EXPECT_STATUS(max_tokens < 0 ? SW_OK : SW_E_STATE, sw_request_status(asked));
  }
}

TEST_F(Contract, AnEmptySequenceHasNoLogits) {
  const SequenceHandle empty = make_sequence(model_.get());
  std::vector<float> logits(static_cast<size_t>(info_.vocab_size));
  int32_t id = 3;
  EXPECT_STATUS(SW_E_STATE, sw_sequence_logits(empty.get(), logits.data(), logits.size()));
  EXPECT_STATUS(SW_E_STATE, sw_sequence_sample(empty.get(), nullptr, &id));
  EXPECT_STATUS(SW_OK, sw_sequence_rewind(sequence_.get(), 0, nullptr));
  EXPECT_STATUS(SW_E_STATE, sw_sequence_logits(sequence_.get(), logits.data(), logits.size()));
  EXPECT_EQ(bytes_of(empty.get(), info_), bytes_of(sequence_.get(), info_)) << "no token is the zero state";
}

TEST_F(Contract, AModelWithoutTokenizerReadsNoText) {
  const ModelHandle model = open_weights(engine_.get(), folder_.path());
  EXPECT_EQ(sw_model_tokenizer(model.get()), nullptr);
  EXPECT_EQ(info_of(model.get()).fill_modes, 0u);
  EXPECT_EQ(std::filesystem::path(folder_.path()).filename().string(), info_of(model.get()).name);
  sw_buffer* buffer = garbage<sw_buffer>();
  EXPECT_STATUS(SW_E_STATE, sw_buffer_create(model.get(), nullptr, "", 0, &buffer));
  EXPECT_EQ(buffer, nullptr);
}

}  // namespace
}  // namespace sw::test
