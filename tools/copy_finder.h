// The longest runs of texts that stand, to the byte, somewhere in a large corpus that is read once, file by file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sw::tool {

inline constexpr size_t kCopyBytesMin = 50;  // shorter ones are anybody's

// Each run of white space becomes one blank; none is left at the ends.
std::string squeezed(std::string_view text);

// What a model wrote, and what it was shown before; both squeezed.
struct WrittenText {
  std::string text, prompt;
};

// A run of a text.
struct Copy {
  size_t begin = 0, length = 0;  // bytes of the squeezed text; length 0: none
  size_t fresh = 0;              // of those, without the longest part that the prompt holds, too
  std::string place;             // where it was met first
};

struct Copies {
  Copy longest;
  Copy freshest;  // the one with most that the prompt does not hold
};

// The k-grams of the texts (k = kCopyBytesMin) by a rolling hash (Karp & Rabin 1987); a hit is compared byte by byte and followed to its end.
class CopyFinder {
 public:
  explicit CopyFinder(std::vector<WrittenText> texts);

  void look_in(std::string_view file, const std::string& place);
  const std::vector<WrittenText>& texts() const { return texts_; }
  const std::vector<Copies>& found() const { return found_; }  // for each text

 private:
  struct Gram {
    uint64_t hash;
    uint32_t text, at;
  };

  bool may_hold(uint64_t hash) const;
  void meet(std::string_view file, size_t at, uint64_t hash, const std::string& place);
  void note(uint32_t text, const Copy& copy);
  size_t fresh_bytes(uint32_t text, size_t begin, size_t length);

  std::vector<WrittenText> texts_;
  std::vector<Copies> found_;
  std::vector<Gram> grams_;      // by hash
  std::vector<uint64_t> filter_;  // a bit for some bits of each hash
  std::map<std::pair<uint32_t, std::pair<size_t, size_t>>, size_t> fresh_;  // what was worked out before
};

// The length of the longest text that both hold.
size_t longest_common_run(std::string_view a, std::string_view b);

}  // namespace sw::tool
