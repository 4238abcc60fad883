#include "tokenizer/tokenized_text.h"

#include <algorithm>

namespace sw {
namespace {

size_t common_prefix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

size_t common_suffix(std::string_view a, std::string_view b, size_t max) {
  size_t n = 0;
  while (n < max && a[a.size() - 1 - n] == b[b.size() - 1 - n]) ++n;
  return n;
}

}  // namespace

TokenizedText::TokenizedText(std::shared_ptr<const Tokenizer> tokenizer, bool at_start)
    : tokenizer_(std::move(tokenizer)), at_start_(at_start) {}

Result<std::vector<TokenId>> TokenizedText::encode(std::string_view text, bool from_start) const {
  return from_start && at_start_ ? tokenizer_->encode(text) : tokenizer_->encode_continuation(text);
}

// Where each id ends, if their bytes are exactly [begin, end) of the text.
bool TokenizedText::measure(const std::vector<TokenId>& ids, size_t begin, size_t end, std::vector<size_t>& ends) const {
  size_t at = begin;
  size_t dummy = begin == 0 && has_dummy() ? 1 : 0;  // a byte that the text does not have
  for (const TokenId id : ids) {
    const size_t n = tokenizer_->bytes_of(id).size();
    if (n == 0) return false;  // the unknown token hides how much it stands for
    at += n - std::min(n, dummy);
    dummy -= std::min(n, dummy);
    ends.push_back(at);
  }
  return at == end;
}

size_t TokenizedText::n_before(size_t offset) const {
  if (offset == 0) return 0;
  return static_cast<size_t>(std::upper_bound(ends_.begin(), ends_.end(), offset) - ends_.begin());
}

Status TokenizedText::assign_whole(std::string_view text) {
  text_.clear();
  ids_.clear();
  ends_.clear();
  SW_ASSIGN(std::vector<TokenId> ids, encode(text, true));
  text_ = text;
  ids_ = std::move(ids);
  measured_ = measure(ids_, 0, text_.size(), ends_);
  return {};
}

Status TokenizedText::assign(std::string_view text) {
  const size_t same = common_prefix(text_, text);
  if (same == text.size() && same == text_.size()) return {};
  if (!measured_ || text_.empty() || text.empty()) return assign_whole(text);
  size_t begin = same;
  while (begin > 0 && !(tokenizer_->can_cut(text_, begin) && tokenizer_->can_cut(text, begin))) --begin;
  const size_t tail = common_suffix(text_, text, std::min(text_.size(), text.size()) - same);
  size_t old_end = text_.size() - tail, end = text.size() - tail;
  const auto ends_here = [&] {
    const bool inside = old_end > 0 && end > 0;  // the start of a text is no place to go on at: it may carry the dummy prefix
    return inside && tokenizer_->can_cut(text_, old_end) && tokenizer_->can_cut(text, end);
  };
  while (old_end < text_.size() && !ends_here()) ++old_end, ++end;

  auto encoded = encode(text.substr(begin, end - begin), begin == 0);
  std::vector<size_t> ends;
  if (!encoded.ok() || !measure(encoded.value(), begin, end, ends)) return assign_whole(text);
  const std::vector<TokenId>& ids = encoded.value();
  const auto first = static_cast<ptrdiff_t>(n_before(begin)), last = static_cast<ptrdiff_t>(n_before(old_end));
  for (size_t i = static_cast<size_t>(last); i < ends_.size(); ++i) ends_[i] = ends_[i] - old_end + end;
  ids_.erase(ids_.begin() + first, ids_.begin() + last);
  ends_.erase(ends_.begin() + first, ends_.begin() + last);
  ids_.insert(ids_.begin() + first, ids.begin(), ids.end());
  ends_.insert(ends_.begin() + first, ends.begin(), ends.end());
  text_ = text;
  return {};
}

size_t TokenizedText::last_cut(size_t begin, size_t offset) const {
  if (!measured_ || offset <= begin) return begin;
  size_t at = offset - 1;
  while (at > begin && !tokenizer_->can_cut(text_, at)) --at;
  return at;
}

Result<std::vector<TokenId>> TokenizedText::range(size_t begin, size_t end) const {
  const std::string_view text = text_;
  if (!measured_) return encode(text.substr(begin, end - begin), begin == 0);
  size_t from = begin;
  if (begin > 0) {
    while (from < end && !tokenizer_->can_cut(text, from)) ++from;
  }
  return range_from(begin, from, end, begin == 0 && at_start_);
}

Result<std::vector<TokenId>> TokenizedText::range_as(bool from_start, size_t begin, size_t end) const {
  if (from_start == (begin == 0 && at_start_)) return range(begin, end);
  const std::string_view text = text_;
  if (!measured_) {
    const std::string_view part = text.substr(begin, end - begin);
    return from_start ? tokenizer_->encode(part) : tokenizer_->encode_continuation(part);
  }
  // What stands at the start may be encoded otherwise, up to the first place behind it at which the text may be cut.
  size_t from = std::min(begin + 1, end);
  while (from < end && !tokenizer_->can_cut(text, from)) ++from;
  return range_from(begin, from, end, from_start);
}

// [begin, from) and what follows the last cut are encoded, what lies between is there.
Result<std::vector<TokenId>> TokenizedText::range_from(size_t begin, size_t from, size_t end, bool from_start) const {
  const std::string_view text = text_;
  const auto encode_part = [&](size_t at, size_t stop) {
    const std::string_view part = text.substr(at, stop - at);
    return from_start && at == begin ? tokenizer_->encode(part) : tokenizer_->encode_continuation(part);
  };
  size_t to = end;
  while (to > from && !tokenizer_->can_cut(text, to)) --to;
  SW_ASSIGN(std::vector<TokenId> ids, encode_part(begin, from));
  ids.insert(ids.end(), ids_.begin() + static_cast<ptrdiff_t>(n_before(from)), ids_.begin() + static_cast<ptrdiff_t>(n_before(to)));
  if (to == end) return ids;
  SW_ASSIGN(const std::vector<TokenId> rest, encode_part(to, end));
  ids.insert(ids.end(), rest.begin(), rest.end());
  return ids;
}

}  // namespace sw
