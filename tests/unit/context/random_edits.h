// Random edits of a text, for laws.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "context/text_edit.h"

namespace sw::test {

// As many rounds, times SW_TEST_TIMES in the environment: for a long search by hand.
inline int more(int n_rounds) {
  const char* times = std::getenv("SW_TEST_TIMES");
  return times == nullptr ? n_rounds : n_rounds * std::max(1, std::atoi(times));
}

// Replaces a random place of `text`, most often by nothing much: a letter, a bracket, a line, half a construct, bytes that are no text.
inline TextEdit random_edit(std::mt19937& random, std::string& text) {
  static const std::string kInserted[] = {"x",    "(",           ")",   "{",   "}",   "\"",   "'",
                                          "\n",   " ",           "foo", "if ", "/*",  "*/",   "# ",
                                          "  \n", "return x;\n", "\t",  "é",   "1",   "\r\n", std::string(1, '\0'),
                                          "\xff", ":",           ";",   "<",   "日本"};
  const size_t begin = random() % (text.size() + 1);
  const size_t removed = random() % 3 == 0 ? random() % 12 : 0;
  const size_t end = std::min(text.size(), begin + removed);
  const std::string inserted = random() % 5 == 0 ? "" : kInserted[random() % std::size(kInserted)];
  text.replace(begin, end - begin, inserted);
  return {begin, end, inserted.size()};
}

// An edit after which most texts are as right as before: a blank more, a comment's letter, a line twice.
inline TextEdit mild_edit(std::mt19937& random, std::string& text) {
  const size_t at = random() % (text.size() + 1);
  const size_t line = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  const size_t end = std::min(text.find('\n', line), text.size() - 1) + 1;
  std::string inserted;
  if (random() % 3 == 0) inserted = text.substr(line, end - line);
  if (inserted.empty()) inserted = "\n";
  text.insert(line, inserted);
  return {line, line, inserted.size()};
}

}  // namespace sw::test
