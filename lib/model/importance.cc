#include "model/importance.h"

#include "loader/hasher.h"

namespace sw {

std::string Importance::hash() const {
  Hasher hasher;
  for (const auto& [role, columns] : by_role_) {
    hasher.text(role);
    hasher.number(uint64_t{columns.size()});
    for (const float value : columns) hasher.number(value);
  }
  return hasher.digits();
}

}  // namespace sw
