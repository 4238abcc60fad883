// Chunks and outlines through the C API.
#include <cstring>

#include "support/session.h"

namespace sw::test {
namespace {

const std::string kText =
    "import os\n\n# Adds.\ndef add(a, b):\n    return a + b\n\n\nclass C:\n    def m(self):\n        return os.path\n";

sw_text_options python() {
  sw_text_options options = SW_TEXT_OPTIONS_INIT;
  options.language = "python";
  return options;
}

std::unique_ptr<sw_outline, Free> outline_of(const std::string& text, const sw_text_options* options) {
  sw_outline* out = nullptr;
  EXPECT_STATUS(SW_OK, sw_text_outline(text.data(), text.size(), options, nullptr, &out));
  return std::unique_ptr<sw_outline, Free>(out);
}

TEST(Syntax, LanguagesByNameAndFirstLine) {
  EXPECT_STREQ(sw_text_language("a/b.py", nullptr, 0), "python");
  EXPECT_STREQ(sw_text_language("tool", "#!/bin/sh\nx", 9), "bash");
  EXPECT_EQ(sw_text_language("tool", nullptr, 0), nullptr);
  EXPECT_EQ(sw_text_language(nullptr, "#!/bin/sh", 9), nullptr);
}

TEST(Syntax, ChunksCoverTheText) {
  for (const size_t limit : {1, 30, 0}) {
    sw_text_options options = python();
    options.chunk_size_max = limit;
    size_t n = 0;
    ASSERT_STATUS(SW_OK, sw_text_chunks(kText.data(), kText.size(), &options, nullptr, nullptr, 0, &n));
    std::vector<sw_chunk> chunks(n + 2, {7, 7, 7});
    size_t again = 0;
    ASSERT_STATUS(SW_OK, sw_text_chunks(kText.data(), kText.size(), &options, nullptr, chunks.data(), n - 1, &again));
    EXPECT_EQ(again, n);
    EXPECT_EQ(chunks[n - 1].begin, 7u);  // beyond the capacity nothing is written
    ASSERT_STATUS(SW_OK, sw_text_chunks(kText.data(), kText.size(), &options, nullptr, chunks.data(), chunks.size(), &again));
    size_t at = 0;
    for (size_t i = 0; i < n; ++i) {
      EXPECT_EQ(chunks[i].begin, at);
      at = chunks[i].end;
    }
    EXPECT_EQ(at, kText.size());
  }
}

TEST(Syntax, OutlineOfAText) {
  const sw_text_options options = python();
  const auto outline = outline_of(kText, &options);
  sw_outline_info info = SW_OUTLINE_INFO_INIT;
  ASSERT_STATUS(SW_OK, sw_outline_get_info(outline.get(), &info));
  ASSERT_EQ(info.n_declarations, 3u);
  EXPECT_EQ(std::strlen(info.skeleton), info.skeleton_length);
  EXPECT_EQ(std::string(info.skeleton).find("return"), std::string::npos);
  EXPECT_EQ(info.has_errors, 0);
  EXPECT_EQ(info.n_errors, 0u);
  sw_declaration d = SW_DECLARATION_INIT;
  ASSERT_STATUS(SW_OK, sw_outline_declaration(outline.get(), 2, &d));
  EXPECT_STREQ(d.name, "m");
  EXPECT_STREQ(d.kind, "method");
  EXPECT_EQ(d.parent, 1);
  ASSERT_STATUS(SW_OK, sw_outline_declaration(outline.get(), 0, &d));
  EXPECT_EQ(kText.substr(d.doc_begin, d.doc_end - d.doc_begin), "# Adds.");
  EXPECT_EQ(d.begin, d.doc_begin);
  size_t begin = 0, end = 0;
  ASSERT_EQ(info.n_imports, 1u);
  EXPECT_STREQ(sw_outline_import(outline.get(), 0, &begin, &end), "os");
  EXPECT_EQ(kText.substr(begin, end - begin), "import os");
  EXPECT_STREQ(sw_outline_import(outline.get(), 0, nullptr, nullptr), "os");
  for (size_t i = 1; i < info.n_references; ++i) {
    EXPECT_LT(std::strcmp(sw_outline_reference(outline.get(), i - 1), sw_outline_reference(outline.get(), i)), 0);
  }
}

// Each fault on a line of its own is one error more.
TEST(Syntax, ErrorsAreCounted) {
  const sw_text_options options = python();
  size_t before = 0;
  for (int n = 0; n < 4; ++n) {
    std::string text(kText);
    for (int i = 0; i < n; ++i) text += "\n\ndef broken" + std::to_string(i) + "(a:\n    return 1\n\n\ndef whole" + std::to_string(i) + "(b):\n    return 2\n";
    const auto outline = outline_of(text, &options);
    sw_outline_info info = SW_OUTLINE_INFO_INIT;
    ASSERT_STATUS(SW_OK, sw_outline_get_info(outline.get(), &info));
    ASSERT_EQ(info.by_syntax, 1);
    EXPECT_EQ(info.has_errors, n > 0 ? 1 : 0);
    if (n > 0) {
      EXPECT_GT(info.n_errors, before);
    }
    before = info.n_errors;
  }
}

TEST(Syntax, WhatIsNotThere) {
  const auto outline = outline_of(kText, nullptr);
  sw_outline_info info = SW_OUTLINE_INFO_INIT;
  ASSERT_STATUS(SW_OK, sw_outline_get_info(outline.get(), &info));
  EXPECT_EQ(info.by_syntax, 0);
  EXPECT_GT(info.n_declarations, 0u);
  sw_declaration d = SW_DECLARATION_INIT;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_outline_declaration(outline.get(), info.n_declarations, &d));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_outline_declaration(nullptr, 0, &d));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_outline_declaration(outline.get(), 0, nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_outline_get_info(nullptr, &info));
  EXPECT_EQ(sw_outline_import(outline.get(), info.n_imports, nullptr, nullptr), nullptr);
  EXPECT_EQ(sw_outline_import(nullptr, 0, nullptr, nullptr), nullptr);
  EXPECT_EQ(sw_outline_reference(outline.get(), info.n_references), nullptr);
  EXPECT_EQ(sw_outline_reference(nullptr, 0), nullptr);
  sw_outline_free(nullptr);
}

TEST(Syntax, Arguments) {
  size_t n = 5;
  sw_outline* out = reinterpret_cast<sw_outline*>(uintptr_t{0x10});
  sw_text_options options = python();
  EXPECT_STATUS(SW_E_ARGUMENT, sw_text_chunks(nullptr, 1, &options, nullptr, nullptr, 0, &n));
  EXPECT_EQ(n, 0u);
  EXPECT_STATUS(SW_E_ARGUMENT, sw_text_chunks("x", 1, &options, nullptr, nullptr, 1, &n));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_text_chunks("x", 1, &options, nullptr, nullptr, 0, nullptr));
  EXPECT_STATUS(SW_OK, sw_text_chunks(nullptr, 0, nullptr, nullptr, nullptr, 0, &n));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_text_outline(nullptr, 1, &options, nullptr, &out));
  EXPECT_EQ(out, nullptr);
  EXPECT_STATUS(SW_E_ARGUMENT, sw_text_outline("x", 1, &options, nullptr, nullptr));
  options.language = "klingon";
  EXPECT_STATUS(SW_E_ARGUMENT, sw_text_outline("x", 1, &options, nullptr, &out));
  EXPECT_NE(std::string(sw_last_error()).find("klingon"), std::string::npos);
  options = python();
  options.parse_ms_max = -1;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_text_outline("x", 1, &options, nullptr, &out));
  options = python();
  options.struct_size = sizeof options + 8;
  struct {
    sw_text_options options;
    uint64_t more;
  } newer{options, 1};
  EXPECT_STATUS(SW_E_ARGUMENT, sw_text_outline("x", 1, &newer.options, nullptr, &out));
}

TEST(Syntax, StopsWhenAsked) {
  std::string text;
  while (text.size() < 20000000) text += "x = f(1, [2, 3], {4: 5})\n";
  const sw_text_options options = python();
  sw_cancel* cancel = nullptr;
  ASSERT_STATUS(SW_OK, sw_cancel_create(&cancel));
  sw_cancel_set(cancel);
  sw_run_options run = SW_RUN_OPTIONS_INIT;
  run.cancel = cancel;
  size_t n = 0;
  const bool has_grammars = [&] {
    sw_outline_info info = SW_OUTLINE_INFO_INIT;
    return sw_outline_get_info(outline_of(kText, &options).get(), &info) == SW_OK && info.by_syntax != 0;
  }();
  if (!has_grammars) GTEST_SKIP() << "a build without grammars";
  EXPECT_STATUS(SW_E_CANCELLED, sw_text_chunks(text.data(), text.size(), &options, &run, nullptr, 0, &n));
  sw_cancel_free(cancel);
  run.cancel = nullptr;
  run.deadline_ms = 20;
  EXPECT_STATUS(SW_E_DEADLINE, sw_text_chunks(text.data(), text.size(), &options, &run, nullptr, 0, &n));
  // A parse that takes too long is no error: lines stand in for it.
  sw_text_options hasty = python();
  hasty.parse_ms_max = 1;
  EXPECT_STATUS(SW_OK, sw_text_chunks(text.data(), text.size(), &hasty, nullptr, nullptr, 0, &n));
  EXPECT_GT(n, 1000u);
}

}  // namespace
}  // namespace sw::test
