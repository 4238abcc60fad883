// Prompts by every layout: whatever was edited, and whichever plan was the cheapest, a prompt holds the ids that its windows and documents
// have by themselves, and the completion is that of a cold run of it.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "support/session.h"

namespace sw::test {
namespace {

using Ids = std::vector<int32_t>;

std::string read_source(const std::string& path) {
  std::ifstream file(std::string(SW_SOURCE_DIR) + "/" + path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

struct Vocabulary {
  const char* name;
  std::string path;
  int size;
};

// A tiny model with random weights behind a real vocabulary.
class Layouts : public testing::TestWithParam<Vocabulary> {
 protected:
  void SetUp() override {
    const Vocabulary& vocabulary = GetParam();
    if (!std::filesystem::exists(vocabulary.path)) {
      std::cerr << "*** SKIPPED, NOT TESTED: " << vocabulary.path << " is not there\n";
      GTEST_SKIP();
    }
    TinySpec spec = shapes()[0];
    spec.vocab_size = vocabulary.size;
    write_hf(folder_.path(), spec);
    std::filesystem::copy_file(vocabulary.path, folder_.path("tokenizer.model"), std::filesystem::copy_options::overwrite_existing);
    engine_ = make_engine(1, 0, 3 << 20);  // room for a handful of states: many are evicted
    sw_model* model = nullptr;
    ASSERT_STATUS(SW_OK, sw_model_open(engine_.get(), folder_.path().c_str(), nullptr, &model));
    model_.reset(model);
    for (const auto& [name, id] : {std::pair{"[SUFFIX]", &suffix_}, {"[PREFIX]", &prefix_}, {"[MIDDLE]", &middle_}}) {
      ASSERT_STATUS(SW_OK, sw_tokenizer_control_id(sw_model_tokenizer(model), name, id));
    }
  }

  Ids encode(const std::string& text, uint32_t flags) const {
    Ids ids(text.size() + 8);
    size_t n = 0;
    EXPECT_STATUS(SW_OK, sw_tokenizer_encode(sw_model_tokenizer(model_.get()), text.data(), text.size(), flags, ids.data(), ids.size(), &n));
    ids.resize(n);
    return ids;
  }

  TempDir folder_;
  EngineHandle engine_;
  ModelHandle model_;
  int32_t suffix_ = 0, prefix_ = 0, middle_ = 0;
};

struct Document {
  std::string path, text;
};

// One buffer that is edited and completed at random.
class Session {
 public:
  Session(sw_model* model, std::string text, uint64_t seed) : model_(model), text_(std::move(text)), random_(seed) {
    sw_buffer_options options = SW_BUFFER_OPTIONS_INIT;
    options.path = "src/it.cc";
    sw_buffer* raw = nullptr;
    EXPECT_STATUS(SW_OK, sw_buffer_create(model, &options, text_.data(), text_.size(), &raw));
    buffer_.reset(raw);
    cursor_ = text_.size() / 2;
  }

  void edit() {
    const size_t kind = random_() % 20;
    if (kind == 0) cursor_ = random_() % (text_.size() + 1);                              // far away
    if (kind < 4) cursor_ = std::min(text_.size(), cursor_ + random_() % 600);            // further down
    if (kind >= 4 && kind < 7) cursor_ -= std::min(cursor_, size_t{random_() % 600});     // further up
    while (!is_boundary(cursor_)) --cursor_;
    constexpr const char* kTyped[] = {"x", "é", "\n", "    ", "return ", "日本", ")", "if (a < b) {\n  f(a);\n}\n", "\r\n", ""};
    const std::string typed = kTyped[random_() % std::size(kTyped)];
    size_t begin = cursor_ - std::min(cursor_, size_t{random_() % 4 == 0 ? random_() % 40 : 0});
    while (!is_boundary(begin)) --begin;
    ASSERT_STATUS(SW_OK, sw_buffer_edit(buffer_.get(), begin, cursor_, typed.data(), typed.size()));
    text_.replace(begin, cursor_ - begin, typed);
    cursor_ = begin + typed.size();
  }

  void change_context() {
    documents_.clear();
    for (size_t i = random_() % 4; i > 0; --i) {
      documents_.push_back({"lib/f" + std::to_string(random_() % 5) + ".h", random_() % 5 == 0 ? "" : "int f" + std::to_string(random_() % 5) + "();\n// end"});
    }
    std::vector<sw_document> given;
    for (const Document& d : documents_) given.push_back({sizeof(sw_document), d.path.c_str(), d.text.data(), d.text.size()});
    ASSERT_STATUS(SW_OK, sw_buffer_set_context(buffer_.get(), given.data(), given.size()));
  }

  void refill() { ASSERT_STATUS(SW_OK, sw_buffer_refill(buffer_.get(), random_() % 3000, nullptr, nullptr)); }

  RequestHandle complete(sw_layout layout, sw_fill_mode mode) {
    sw_complete_options o = SW_COMPLETE_OPTIONS_INIT;
    o.mode = mode;
    o.layout = layout;
    o.max_tokens = 5;
    o.prefix_window_bytes = 3000;
    o.suffix_window_bytes = 900;
    sw_request* raw = nullptr;
    EXPECT_STATUS(SW_OK, sw_complete(buffer_.get(), cursor_, &o, &raw));
    EXPECT_STATUS(SW_OK, sw_request_wait(raw, -1));
    EXPECT_STATUS(SW_OK, sw_request_status(raw));
    return RequestHandle(raw);
  }

  std::string slice(size_t begin, size_t end) const { return text_.substr(begin, end - begin); }
  bool is_boundary(size_t at) const { return at >= text_.size() || (static_cast<unsigned char>(text_[at]) & 0xc0) != 0x80; }
  size_t cursor() const { return cursor_; }
  size_t size() const { return text_.size(); }
  const std::vector<Document>& documents() const { return documents_; }
  std::mt19937_64& random() { return random_; }

 private:
  sw_model* model_;
  BufferHandle buffer_;
  std::string text_;
  size_t cursor_;
  std::vector<Document> documents_;
  std::mt19937_64 random_;
};

void append(Ids& ids, const Ids& more) { ids.insert(ids.end(), more.begin(), more.end()); }

std::string line_ended(std::string text) { return text.empty() || text.back() != '\n' ? text + "\n" : text; }

class LayoutLaws : public Layouts {
 protected:
  // Each part encoded by itself, from the text as the test knows it.
  Ids expected(const Session& session, const sw_request_stats& s) const {
    Ids ids{1};
    const bool is_spm = s.mode == SW_FILL_SPM;
    for (const Document& d : session.documents()) append(ids, encode(line_ended("+++++ " + d.path + "\n" + d.text), SW_ENCODE_CONTINUATION));
    const bool is_split = s.layout == SW_LAYOUT_SPLIT;
    for (const auto& [begin, end] : {std::pair{s.prefix_begin, s.head_end}, {s.tail_begin, s.suffix_end}}) {
      if (!is_split || begin == end) continue;
      append(ids, encode("+++++ src/it.cc\n", SW_ENCODE_CONTINUATION));
      append(ids, encode(session.slice(begin, end), SW_ENCODE_CONTINUATION));
      if (session.slice(end - 1, end) != "\n") append(ids, encode("\n", SW_ENCODE_CONTINUATION));
    }
    const Ids suffix = encode(session.slice(session.cursor(), s.tail_begin), SW_ENCODE_CONTINUATION);
    const Ids prefix = encode(session.slice(s.head_end, session.cursor()), SW_ENCODE_TEXT);
    if (is_spm) {
      ids.push_back(suffix_);
      append(ids, suffix);
    }
    ids.push_back(prefix_);
    append(ids, prefix);
    if (!is_spm) {
      ids.push_back(suffix_);
      append(ids, suffix);
      ids.push_back(middle_);
    }
    return ids;
  }

  void check_windows(const Session& session, const sw_request_stats& s) const {
    ASSERT_LE(s.prefix_begin, s.head_end);
    ASSERT_LE(s.head_end, session.cursor());
    ASSERT_LE(session.cursor(), s.tail_begin);
    ASSERT_LE(s.tail_begin, s.suffix_end);
    ASSERT_LE(s.suffix_end, session.size());
    for (const size_t at : {s.prefix_begin, s.head_end, s.tail_begin, s.suffix_end}) ASSERT_TRUE(session.is_boundary(at));
    ASSERT_LE(session.cursor() - s.prefix_begin, 3000u + 3000 / 4);
    ASSERT_LE(s.suffix_end - session.cursor(), 900u + 900 / 4);
  }

  void check_parts(const sw_request* request, size_t n_tokens) const {
    size_t sum = 0;
    sw_prompt_part part = SW_PROMPT_PART_INIT;
    size_t i = 0;
    for (; sw_request_part(request, i, &part) == SW_OK; ++i) sum += part.n_tokens;
    ASSERT_EQ(sum, n_tokens);
    ASSERT_EQ(sw_request_part(request, i, &part), SW_E_NOT_FOUND);
    int n_chosen = 0;
    sw_plan_option option = SW_PLAN_OPTION_INIT;
    double least = 0, chosen = 0;
    for (size_t o = 0; sw_request_plan_option(request, o, &option) == SW_OK; ++o) {
      least = o == 0 ? option.price : std::min(least, option.price);
      n_chosen += option.chosen;
      if (option.chosen != 0) chosen = option.price;
    }
    ASSERT_EQ(n_chosen, 1);
    ASSERT_EQ(chosen, least);
  }

  // The completion is the likeliest tokens after the prompt, run from nothing.
  void check_completion(const sw_request* request, const Ids& prompt) const {
    sw_candidate c = SW_CANDIDATE_INIT;
    ASSERT_STATUS(SW_OK, sw_request_candidate(request, 0, &c));
    const SequenceHandle cold = make_sequence(model_.get());
    ASSERT_STATUS(SW_OK, sw_sequence_append(cold.get(), prompt.data(), prompt.size(), nullptr, nullptr));
    for (size_t i = 0; i < c.n_ids; ++i) {
      int32_t id = -1;
      ASSERT_STATUS(SW_OK, sw_sequence_sample(cold.get(), nullptr, &id));
      ASSERT_EQ(id, c.ids[i]) << "token " << i;
      ASSERT_STATUS(SW_OK, sw_sequence_append(cold.get(), &id, 1, nullptr, nullptr));
    }
  }

  void check(Session& session, sw_layout layout, sw_fill_mode mode) {
    const RequestHandle request = session.complete(layout, mode);
    const sw_request_stats s = stats_of(request.get());
    ASSERT_NO_FATAL_FAILURE(check_windows(session, s));
    const Ids prompt(s.prompt, s.prompt + s.prompt_tokens);
    ASSERT_EQ(prompt, expected(session, s)) << "layout " << s.layout << ", cursor " << session.cursor();
    ASSERT_NO_FATAL_FAILURE(check_parts(request.get(), prompt.size()));
    if (session.random()() % 4 == 0) {
      ASSERT_NO_FATAL_FAILURE(check_completion(request.get(), prompt));
    }
    ++n_by_layout_[s.layout];
  }

  // Random edits of one text, each followed by a request.
  void check_series(const std::string& path, const std::string& text, int n_edits) {
    SCOPED_TRACE(path);
    Session session(model_.get(), text, text.size());
    for (int i = 0; i < n_edits; ++i) {
      ASSERT_NO_FATAL_FAILURE(session.edit());
      const size_t kind = session.random()() % 30;
      if (kind == 0) {
        ASSERT_NO_FATAL_FAILURE(session.change_context());
      } else if (kind < 4) {
        ASSERT_NO_FATAL_FAILURE(session.refill());
      }
      const sw_layout layout = session.random()() % 3 == 0 ? static_cast<sw_layout>(session.random()() % 5) : SW_LAYOUT_AUTO;
      const sw_fill_mode mode = session.random()() % 12 == 0 ? SW_FILL_PSM : SW_FILL_SPM;
      ASSERT_NO_FATAL_FAILURE(check(session, layout, mode)) << "edit " << i;
    }
  }

  size_t n_by_layout_[8] = {};
};

TEST_P(LayoutLaws, EveryPromptIsThatOfItsWindowsAndEveryCompletionThatOfAColdRun) {
  for (const char* path : {"lib/state/store.cc", "models/recipe/format.py"}) {
    ASSERT_NO_FATAL_FAILURE(check_series(path, read_source(path), 200));
  }
  EXPECT_GT(n_by_layout_[SW_LAYOUT_WHOLE], 0u);
  EXPECT_GT(n_by_layout_[SW_LAYOUT_SPLIT], 0u);
  EXPECT_GT(n_by_layout_[SW_LAYOUT_NEAR], 0u);
}

TEST_P(LayoutLaws, InEveryLanguage) {
  size_t n_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(SW_SOURCE_DIR) + "/tests/unit/context/samples")) {
    const std::string path = "tests/unit/context/samples/" + entry.path().filename().string();
    std::string text = read_source(path);
    while (text.size() < 6000) text += std::string(text);  // beyond the windows
    ASSERT_NO_FATAL_FAILURE(check_series(path, text, 25));
    ++n_files;
  }
  EXPECT_GT(n_files, 20u);
}

// While one types, each prompt goes on where the last one ended, by every layout that ends in the prefix. In a text that nobody edits: where its
// windows jump is then known.
TEST_P(LayoutLaws, TypingReRunsWhatIsTyped) {
  for (const sw_layout layout : {SW_LAYOUT_WHOLE, SW_LAYOUT_SPLIT, SW_LAYOUT_NEAR, SW_LAYOUT_AUTO}) {
    const std::string text = read_source("LICENSE") + read_source("LICENSE");
    sw_buffer* raw = nullptr;
    ASSERT_STATUS(SW_OK, sw_buffer_create(model_.get(), nullptr, text.data(), text.size(), &raw));
    const BufferHandle buffer(raw);
    const size_t begin = text.find('\n', text.size() / 2) + 1;
    size_t n_run = 0;
    for (size_t i = 0; i < 60; ++i) {
      ASSERT_STATUS(SW_OK, sw_buffer_edit(raw, begin + i, begin + i, &"int value = other(value) + 1; "[i % 30], 1));
      sw_complete_options o = SW_COMPLETE_OPTIONS_INIT;
      o.mode = SW_FILL_SPM;
      o.layout = layout;
      o.max_tokens = -1;
      o.prefix_window_bytes = 3000;
      o.suffix_window_bytes = 900;
      sw_request* request = nullptr;
      ASSERT_STATUS(SW_OK, sw_complete(raw, begin + i + 1, &o, &request));
      const RequestHandle handle(request);
      ASSERT_STATUS(SW_OK, sw_request_wait(request, -1));
      const sw_request_stats s = stats_of(request);
      if (i >= 8) n_run += s.prompt_tokens - s.reused_tokens;  // by then what is far was shown, too
    }
    EXPECT_LE(n_run, 52u * 4) << "layout " << layout;
  }
}

// What is shown stays while it is typed, without a run of the model; anything else asks it.
TEST_P(LayoutLaws, TypingWhatIsShownKeepsTheRest) {
  const std::string text = read_source("lib/state/store.cc");
  const size_t begin = text.find('\n', text.size() / 2) + 1;
  std::mt19937_64 random(3);
  int n_through = 0;
  for (int round = 0; round < 20; ++round) {
    sw_buffer* raw = nullptr;
    ASSERT_STATUS(SW_OK, sw_buffer_create(model_.get(), nullptr, text.data(), text.size(), &raw));
    const BufferHandle buffer(raw);
    sw_complete_options o = SW_COMPLETE_OPTIONS_INIT;
    o.max_tokens = 8;
    o.type_through = 1;
    o.sampling.temperature = 1;
    o.sampling.seed = random();
    const auto complete = [&](size_t at) {
      sw_request* request = nullptr;
      EXPECT_STATUS(SW_OK, sw_complete(raw, at, &o, &request));
      EXPECT_STATUS(SW_OK, sw_request_wait(request, -1));
      EXPECT_STATUS(SW_OK, sw_request_status(request));
      return RequestHandle(request);
    };
    const auto text_of = [](const sw_request* request) {
      sw_candidate c = SW_CANDIDATE_INIT;
      EXPECT_STATUS(SW_OK, sw_request_candidate(request, 0, &c));
      return std::string(c.text, c.length);
    };
    const RequestHandle first = complete(begin);
    const std::string shown = text_of(first.get());
    size_t at = 0;
    while (at < shown.size()) {
      size_t n = 1 + random() % 3;
      while (at + n < shown.size() && (static_cast<unsigned char>(shown[at + n]) & 0xc0) == 0x80) ++n;
      const std::string typed = shown.substr(at, n);
      ASSERT_STATUS(SW_OK, sw_buffer_edit(raw, begin + at, begin + at, typed.data(), typed.size()));
      at += typed.size();
      const RequestHandle next = complete(begin + at);
      const sw_request_stats s = stats_of(next.get());
      if (at < shown.size()) {
        ASSERT_EQ(s.source, SW_SOURCE_SHOWN);
        ASSERT_EQ(s.generated_tokens, 0u);
        ASSERT_EQ(text_of(next.get()), shown.substr(at));
        ++n_through;
      } else {
        ASSERT_NE(s.source, SW_SOURCE_SHOWN) << "all of it was typed";
      }
    }
    // Another place, a deletion, another text: none of them goes on with what was shown.
    (void)complete(begin);
    switch (round % 3) {
      case 0: break;
      case 1: ASSERT_STATUS(SW_OK, sw_buffer_edit(raw, begin - 1, begin, nullptr, 0)); break;
      default: ASSERT_STATUS(SW_OK, sw_buffer_edit(raw, begin, begin, "\x01", 1));
    }
    const size_t place = round % 3 == 2 ? begin + 1 : begin - 1;
    ASSERT_NE(stats_of(complete(place).get()).source, SW_SOURCE_SHOWN);
  }
  EXPECT_GT(n_through, 10);
}

TEST_P(LayoutLaws, UnlikelyTextIsNotShown) {
  sw_buffer* raw = nullptr;
  ASSERT_STATUS(SW_OK, sw_buffer_create(model_.get(), nullptr, "int main() {\n", 13, &raw));
  const BufferHandle buffer(raw);
  for (const double least : {-100.0, -1e-9}) {
    sw_complete_options o = SW_COMPLETE_OPTIONS_INIT;
    o.max_tokens = 4;
    o.logprob_min = least;
    sw_request* request = nullptr;
    ASSERT_STATUS(SW_OK, sw_complete(raw, 13, &o, &request));
    const RequestHandle handle(request);
    ASSERT_STATUS(SW_OK, sw_request_wait(request, -1));
    sw_candidate c = SW_CANDIDATE_INIT;
    ASSERT_STATUS(SW_OK, sw_request_candidate(request, 0, &c));
    EXPECT_EQ(c.finish == SW_FINISH_UNLIKELY, least > -1) << c.cut;
    EXPECT_EQ(c.length == 0, least > -1 || c.raw_length == 0);
  }
  sw_complete_options o = SW_COMPLETE_OPTIONS_INIT;
  o.logprob_min = 0.5;
  sw_request* request = nullptr;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_complete(raw, 13, &o, &request));
}

TEST_P(LayoutLaws, RefusesWhatIsNoDocument) {
  sw_buffer* raw = nullptr;
  ASSERT_STATUS(SW_OK, sw_buffer_create(model_.get(), nullptr, "x", 1, &raw));
  const BufferHandle buffer(raw);
  sw_document document = SW_DOCUMENT_INIT;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_set_context(raw, nullptr, 1));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_set_context(raw, &document, 1));
  document.path = "a\xff";
  document.text = "x";
  document.length = 1;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_set_context(raw, &document, 1));
  document.path = "a";
  document.text = "\xc3";
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_set_context(raw, &document, 1));
  document.struct_size = 4;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_buffer_set_context(raw, &document, 1));
  EXPECT_STATUS(SW_OK, sw_buffer_set_context(raw, nullptr, 0));
}

INSTANTIATE_TEST_SUITE_P(Vocabularies, LayoutLaws,
                         testing::Values(Vocabulary{"embedded", std::string(SW_SOURCE_DIR) + "/models/nano/tokenizer.model", 16384},
                                         Vocabulary{"v3", std::string(SW_SHARED_DIR) + "/data/tokenizer.model.v3", 32768}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace sw::test
