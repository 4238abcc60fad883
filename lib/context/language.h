// The languages that files of a workspace are written in: their names, how a file is told to be of one, how its comments begin.
#pragma once

#include <span>
#include <string_view>

namespace sw {

struct Language {
  std::string_view name;          // "python", "cpp": lower case, also the name of its queries
  std::string_view line_comment;  // "#", "//"; empty where the language has none
};

// The language of a file, by its name, then by its first line ("#!/usr/bin/env python3"); null when nobody knows. `path` may be
// relative; neither needs to exist on disk. The result lives as long as the program.
const Language* language_of(std::string_view path, std::string_view first_line);

// By its own name ("python"); null when nobody knows it.
const Language* language_named(std::string_view name);

// All of them, with and without a grammar.
std::span<const Language> all_languages();

}  // namespace sw
