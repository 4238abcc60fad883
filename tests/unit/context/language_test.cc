#include "context/language.h"

#include <gtest/gtest.h>

#include "tests/unit/context/samples.h"

namespace sw {
namespace {

std::string name_of(std::string_view path, std::string_view first_line = "") {
  const Language* language = language_of(path, first_line);
  return language == nullptr ? "" : std::string(language->name);
}

TEST(LanguageOf, NamesExtensionsAndFirstLines) {
  EXPECT_EQ(name_of("src/a.b/main.py"), "python");
  EXPECT_EQ(name_of("MAIN.PY"), "python");
  EXPECT_EQ(name_of("x.C"), "cpp");
  EXPECT_EQ(name_of("x.h"), "cpp");
  EXPECT_EQ(name_of("C:\\work\\x.tsx"), "tsx");
  EXPECT_EQ(name_of("Cargo.lock"), "toml");
  EXPECT_EQ(name_of("a/Makefile"), "make");
  EXPECT_EQ(name_of(".bashrc"), "bash");
  EXPECT_EQ(name_of("tool", "#!/usr/bin/env -S python3.11 -u"), "python");
  EXPECT_EQ(name_of("tool", "#! /bin/sh -e\r"), "bash");
  EXPECT_EQ(name_of("tool", "#!/usr/bin/env NODE_ENV=x node"), "javascript");
  EXPECT_EQ(name_of("script.rb", "#!/bin/sh"), "ruby");
}

TEST(LanguageOf, WhatNobodyKnows) {
  for (const char* path : {"", "/", "a.unknown", "py", ".py", "a.", "a.py/"}) EXPECT_EQ(name_of(path), "") << path;
  for (const char* line : {"#!", "#!/", "#! \t", "#!/usr/bin/env", "#!3.11", "#!/bin/unknown", "int x;", "#!/usr/bin/env -S"}) {
    EXPECT_EQ(name_of("tool", line), "") << line;
  }
}

TEST(Languages, HaveOneNameEach) {
  for (const Language& language : all_languages()) EXPECT_EQ(language_named(language.name), &language);
  EXPECT_EQ(language_named("nothing"), nullptr);
}

}  // namespace
}  // namespace sw
