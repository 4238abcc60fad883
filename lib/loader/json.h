// Strict JSON from files that are not trusted, as a tree whose members know their byte offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"

namespace sw {

struct JsonRules {
  size_t bytes_max = size_t{1} << 20;
  size_t values_max = size_t{1} << 16;  // scalars, arrays and objects together: bounds the memory of the tree
  int depth_max = 32;
  // Bare Infinity, -Infinity and NaN, as Python's json writes them, and {"__float__": "Infinity"}, as transformers 5
  // writes them, are numbers.
  bool nonfinite = false;
};

struct Json {
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;  // in file order, keys unique

  // Integers that fit are uint64_t, or int64_t when written with a minus sign.
  std::variant<std::nullptr_t, bool, uint64_t, int64_t, double, std::string, Array, Object> value;

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value); }
  const Array* array() const { return std::get_if<Array>(&value); }
  const Object* object() const { return std::get_if<Object>(&value); }
  const std::string* string() const { return std::get_if<std::string>(&value); }
  const uint64_t* unsigned_integer() const { return std::get_if<uint64_t>(&value); }
};

struct Json::Member {
  std::string key;
  uint64_t offset = 0;  // of the key's opening quote in the file
  Json value;
};

// Parses `text`, which begins `base_offset` bytes into the file `path`. Duplicate keys, trailing bytes, invalid UTF-8,
// comments and anything beyond `rules` are errors that name the file and the byte.
Result<Json> parse_json(std::string_view text, const std::string& path, uint64_t base_offset, const JsonRules& rules);

// The same for a whole file.
Result<Json> read_json_file(const std::string& path, const JsonRules& rules);

// The member called `key`, or null.
const Json::Member* find_member(const Json::Object& object, std::string_view key);

}  // namespace sw
