#include "copy_finder.h"

#include <algorithm>
#include <cctype>

namespace sw::tool {
namespace {

constexpr uint64_t kBase = 0x9e3779b97f4a7c15u;  // odd; sums are modulo 2^64
constexpr size_t kFilterBits = size_t{1} << 24;

uint64_t power(uint64_t base, size_t n) {
  uint64_t out = 1;
  for (; n > 0; --n) out *= base;
  return out;
}

// Calls visit(at, hash) for each k-gram.
template <class Visit>
void for_each_gram(std::string_view text, const Visit& visit) {
  static const uint64_t out_of_it = power(kBase, kCopyBytesMin);
  uint64_t hash = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    hash = hash * kBase + static_cast<unsigned char>(text[i]) + 1;
    if (i >= kCopyBytesMin) hash -= out_of_it * (static_cast<unsigned char>(text[i - kCopyBytesMin]) + 1u);
    if (i + 1 >= kCopyBytesMin) visit(i + 1 - kCopyBytesMin, hash);
  }
}

// Low bits of such a sum know the last bytes alone.
size_t filter_bit(uint64_t hash) { return ((hash ^ hash >> 29) * kBase) >> 40; }
static_assert(kFilterBits == size_t{1} << (64 - 40));

}  // namespace

std::string squeezed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool blank = false;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      blank = true;
      continue;
    }
    if (blank && !out.empty()) out += ' ';
    blank = false;
    out += c;
  }
  return out;
}

size_t longest_common_run(std::string_view a, std::string_view b) {
  std::vector<uint32_t> row(b.size() + 1);  // row[j + 1]: the run that ends at a[i] and b[j]
  uint32_t longest = 0;
  for (const char c : a) {
    for (size_t j = b.size(); j > 0; --j) {
      row[j] = b[j - 1] == c ? row[j - 1] + 1 : 0;
      longest = std::max(longest, row[j]);
    }
  }
  return longest;
}

CopyFinder::CopyFinder(std::vector<WrittenText> texts) : texts_(std::move(texts)), found_(texts_.size()), filter_(kFilterBits / 64) {
  for (uint32_t t = 0; t < texts_.size(); ++t) {
    for_each_gram(texts_[t].text, [&](size_t at, uint64_t hash) { grams_.push_back({hash, t, static_cast<uint32_t>(at)}); });
  }
  std::sort(grams_.begin(), grams_.end(), [](const Gram& a, const Gram& b) { return a.hash < b.hash; });
  for (const Gram& gram : grams_) filter_[filter_bit(gram.hash) / 64] |= uint64_t{1} << filter_bit(gram.hash) % 64;
}

bool CopyFinder::may_hold(uint64_t hash) const { return (filter_[filter_bit(hash) / 64] >> filter_bit(hash) % 64 & 1u) != 0; }

void CopyFinder::look_in(std::string_view file, const std::string& place) {
  const std::string text = squeezed(file);
  for_each_gram(text, [&](size_t at, uint64_t hash) {
    if (may_hold(hash)) meet(text, at, hash, place);
  });
}

void CopyFinder::meet(std::string_view file, size_t at, uint64_t hash, const std::string& place) {
  const auto less = [](const Gram& gram, uint64_t value) { return gram.hash < value; };
  for (auto gram = std::lower_bound(grams_.begin(), grams_.end(), hash, less); gram != grams_.end() && gram->hash == hash; ++gram) {
    const std::string_view text = texts_[gram->text].text;
    if (at > 0 && gram->at > 0 && file[at - 1] == text[gram->at - 1]) continue;  // a run that began before: it was met there
    const size_t n_max = std::min(file.size() - at, text.size() - gram->at);
    size_t n = 0;
    while (n < n_max && file[at + n] == text[gram->at + n]) ++n;
    if (n >= kCopyBytesMin) note(gram->text, {gram->at, n, 0, place});
  }
}

void CopyFinder::note(uint32_t text, const Copy& copy) {
  Copies& found = found_[text];
  if (copy.length <= found.longest.length && copy.length <= found.freshest.fresh) return;
  Copy measured = copy;
  measured.fresh = fresh_bytes(text, copy.begin, copy.length);
  if (measured.length > found.longest.length) found.longest = measured;
  if (measured.fresh > found.freshest.fresh) found.freshest = measured;
}

size_t CopyFinder::fresh_bytes(uint32_t text, size_t begin, size_t length) {
  const auto [entry, is_new] = fresh_.try_emplace({text, {begin, length}}, 0);
  if (is_new) {
    entry->second = length - longest_common_run(std::string_view(texts_[text].text).substr(begin, length), texts_[text].prompt);
  }
  return entry->second;
}

}  // namespace sw::tool
