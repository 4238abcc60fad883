// A file of code as `chunks` and `skeleton` read it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "outcome.h"

namespace sw::tool {

struct SourceFlags {
  std::string path;
  std::string language;  // "": by name and first line
  bool json = false;
};

struct SourceText {
  std::string text;
  std::string language;  // "": nobody knows it
  sw_text_options options = SW_TEXT_OPTIONS_INIT;  // with `language`, which this object owns
};

void add_source_options(CLI::App& app, SourceFlags& flags);
Outcome read_source(const SourceFlags& flags, SourceText& out);

// Line of a byte, from 1.
size_t line_number(const std::string& text, size_t offset);

}  // namespace sw::tool
