// Pieces of files as parts of a prompt, within a budget of tokens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "context/repo_context.h"

namespace sw {

// The texts of files as they were indexed, each read once.
class IndexedTexts {
 public:
  explicit IndexedTexts(const IndexSnapshot& index) : index_(index) {}
  // Null when the file is gone, unreadable or not what was indexed. Lives as long as this.
  const std::string* of(uint32_t file);

 private:
  const IndexSnapshot& index_;
  std::unordered_map<uint32_t, std::string> texts_;  // empty: none to be had
};

// Takes parts until the budget is spent.
class Packer {
 public:
  Packer(TokenCache& tokens, std::string header, size_t budget) : tokens_(tokens), header_(std::move(header)), budget_(budget) {}

  size_t left() const { return budget_ - used_; }
  size_t used() const { return used_; }
  // False when the part did not fit. `piece` is trimmed at its end and given the header; empty pieces are never taken.
  Result<bool> add(ContextPart part, std::string_view piece);
  // As many whole lines of the piece as `n_max` tokens and the budget hold; false when that is less than a few.
  Result<bool> add_start(ContextPart part, std::string_view piece, size_t n_max);

  // In the order in which they were taken.
  std::vector<ContextPart> parts() && { return std::move(parts_); }
  const std::vector<ContextPart>& parts() const& { return parts_; }

 private:
  std::string text_of(const std::string& path, std::string_view piece) const;

  TokenCache& tokens_;
  const std::string header_;
  const size_t budget_;
  size_t used_ = 0;
  std::vector<ContextPart> parts_;
};

}  // namespace sw
