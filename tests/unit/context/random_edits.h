// Random edits of a text, for laws.
#pragma once

#include <algorithm>
#include <iterator>
#include <random>
#include <string>

namespace sw::test {

// Replaces a random place of `text`, most often by nothing much: a letter, a bracket, a line, half a construct, bytes that are no text.
inline void random_edit(std::mt19937& random, std::string& text) {
  static const std::string kInserted[] = {"x",    "(",           ")",   "{",   "}",   "\"",   "'",
                                          "\n",   " ",           "foo", "if ", "/*",  "*/",   "# ",
                                          "  \n", "return x;\n", "\t",  "é",   "1",   "\r\n", std::string(1, '\0'),
                                          "\xff", ":",           ";",   "<",   "日本"};
  const size_t begin = random() % (text.size() + 1);
  const size_t removed = random() % 3 == 0 ? random() % 12 : 0;
  const size_t end = std::min(text.size(), begin + removed);
  const std::string inserted = random() % 5 == 0 ? "" : kInserted[random() % std::size(kInserted)];
  text.replace(begin, end - begin, inserted);
}

}  // namespace sw::test
