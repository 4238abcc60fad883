// Reads the members of a config object: types and ranges checked, absent ones keep their default.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "loader/config.h"
#include "loader/json.h"

namespace sw {

constexpr int kDimensionMax = 1 << 20;  // above every real model, small enough that products of two fit easily

class ConfigFields {
 public:
  // `scope` is "" for the root, or the name of the object inside it. Both arguments are borrowed.
  ConfigFields(const Json::Object& object, const std::string& path, std::string scope = "")
      : object_(object), path_(path), scope_(std::move(scope)) {}

  const std::string& path() const { return path_; }

  // The member, or null when it is absent or JSON null.
  const Json::Member* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }

  Status require(std::string_view key) const;
  // An integer in [1, high].
  Status count(std::string_view key, int high, int* out) const;
  // A finite number in [low, high]; integers count as numbers.
  Status number(std::string_view key, double low, double high, double* out) const;
  Status boolean(std::string_view key, bool* out) const;
  Status text(std::string_view key, std::string* out) const;
  // [low, high] with 0 <= low <= high; high may be infinite.
  Status dt_limits(std::string_view key, Mamba2Config* out) const;
  // A token id, or the first of a list; -1 for anything else: it is a hint at best.
  int token_id(std::string_view key) const;

  // "config.json: 'key' at byte N: why"
  Status fail(Code code, std::string_view key, const std::string& why) const;

 private:
  const Json::Object& object_;
  const std::string& path_;
  std::string scope_;
};

// The dialects. Each returns the config before check_config.
Result<ModelConfig> config_from_hf(const ConfigFields& root);
Result<ModelConfig> config_from_mamba_ssm(const ConfigFields& root);
Result<ModelConfig> config_from_mistral(const ConfigFields& root);

// What must hold between the numbers, whatever the dialect.
Status check_config(const ModelConfig& config, const std::string& path);

}  // namespace sw
