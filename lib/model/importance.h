// How much a squared error in each column of a matrix counts: the mean square of the activations that the column meets.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

namespace sw {

// By the matrix's role (loader/roles.h), (n_cols,). Of a matrix without an entry all columns count alike.
class Importance {
 public:
  void set(const std::string& role, std::vector<float> columns) { by_role_[role] = std::move(columns); }
  std::span<const float> of(const std::string& role) const {
    const auto found = by_role_.find(role);
    return found == by_role_.end() ? std::span<const float>() : std::span<const float>(found->second);
  }
  bool empty() const { return by_role_.empty(); }
  // XXH3-128 of all of it, 32 hex digits.
  std::string hash() const;

 private:
  std::map<std::string, std::vector<float>> by_role_;
};

}  // namespace sw
