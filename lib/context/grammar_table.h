// The grammars of this build. The table is made by make_grammar_table.py; it is empty in a build without grammars.
#pragma once

#include <span>
#include <string_view>

extern "C" {
typedef struct TSLanguage TSLanguage;
}

namespace sw {

struct GrammarEntry {
  std::string_view language;  // Language::name
  const TSLanguage* (*grammar)(void);
  std::string_view query;  // of lib/context/queries; empty: the language has nothing to outline
};

std::span<const GrammarEntry> grammar_table();

}  // namespace sw
