// Checks that several loader tests share.
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "loader/checkpoint.h"
#include "loader/roles.h"

namespace sw::test {

inline void expect_error(const Status& status, Code code, const std::vector<std::string>& parts) {
  EXPECT_EQ(static_cast<int>(status.code()), static_cast<int>(code)) << status.message();
  for (const std::string& part : parts) {
    EXPECT_NE(status.message().find(part), std::string::npos) << "no \"" << part << "\" in: " << status.message();
  }
}

struct Role {
  std::string role;
  TensorView view;
};

inline std::vector<Role> roles_of(const Checkpoint& checkpoint) {
  std::vector<Role> out;
  const auto add = [&](const std::string& role, const TensorView& view) {
    out.push_back({role, view});
    return Status();
  };
  EXPECT_TRUE(for_each_role(checkpoint, add).ok());
  return out;
}

// Reads every byte of every view, which must lie in its file: a sanitizer sees what a mapping's last page would hide.
inline uint64_t touch(const Checkpoint& checkpoint) {
  uint64_t sum = 0;
  for (const auto& [role, view] : roles_of(checkpoint)) {
    EXPECT_TRUE(view.file != nullptr) << role;
    const std::span<const std::byte> file = view.file->bytes();
    EXPECT_LE(view.file_offset, file.size()) << role;
    EXPECT_LE(view.n_bytes, file.size() - view.file_offset) << role;
    EXPECT_EQ(view.data, file.data() + view.file_offset) << role;
    for (uint64_t i = 0; i < view.n_bytes; ++i) sum = sum * 31 + std::to_integer<uint64_t>(view.data[i]);
  }
  return sum;
}

inline std::string hash_of(const Checkpoint& checkpoint) {
  const Result<std::string> hash = hash_weights(checkpoint, Control{});
  EXPECT_TRUE(hash.ok()) << hash.status().message();
  return hash.ok() ? hash.value() : "";
}

}  // namespace sw::test
