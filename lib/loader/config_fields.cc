#include "loader/config_fields.h"

#include <cmath>
#include <limits>
#include <optional>

#include "loader/printable.h"

namespace sw {
namespace {

std::optional<double> as_number(const Json& json) {
  if (const auto* n = std::get_if<uint64_t>(&json.value)) return static_cast<double>(*n);
  if (const auto* n = std::get_if<int64_t>(&json.value)) return static_cast<double>(*n);
  if (const auto* n = std::get_if<double>(&json.value)) return *n;
  return std::nullopt;
}

// A bound of 1e300 means "no bound" as much as Infinity does; the cast alone would be undefined.
float clamp_to_float(double value) {
  return value > std::numeric_limits<float>::max() ? std::numeric_limits<float>::infinity() : static_cast<float>(value);
}

}  // namespace

const Json::Member* ConfigFields::find(std::string_view key) const {
  const Json::Member* member = find_member(object_, key);
  return member == nullptr || member->value.is_null() ? nullptr : member;
}

Status ConfigFields::fail(Code code, std::string_view key, const std::string& why) const {
  const Json::Member* member = find_member(object_, key);
  const std::string name = scope_.empty() ? std::string(key) : scope_ + "." + std::string(key);
  const std::string place =
      member == nullptr ? "" : format(" at byte %llu", static_cast<unsigned long long>(member->offset));
  return error(code, "%s: '%s'%s: %s", path_.c_str(), printable(name).c_str(), place.c_str(), why.c_str());
}

Status ConfigFields::require(std::string_view key) const {
  return has(key) ? Status() : fail(Code::format, key, "missing");
}

Status ConfigFields::count(std::string_view key, int high, int* out) const {
  const Json::Member* member = find(key);
  if (member == nullptr) return {};
  const uint64_t* n = member->value.unsigned_integer();
  if (n == nullptr || *n < 1 || *n > static_cast<uint64_t>(high)) {
    return fail(Code::format, key, format("must be an integer from 1 to %d", high));
  }
  *out = static_cast<int>(*n);
  return {};
}

Status ConfigFields::number(std::string_view key, double low, double high, double* out) const {
  const Json::Member* member = find(key);
  if (member == nullptr) return {};
  const std::optional<double> n = as_number(member->value);
  if (!n || !std::isfinite(*n) || *n < low || *n > high) {
    return fail(Code::format, key, format("must be a finite number from %g to %g", low, high));
  }
  *out = *n;
  return {};
}

Status ConfigFields::boolean(std::string_view key, bool* out) const {
  const Json::Member* member = find(key);
  if (member == nullptr) return {};
  const bool* value = std::get_if<bool>(&member->value.value);
  if (value == nullptr) return fail(Code::format, key, "must be true or false");
  *out = *value;
  return {};
}

Status ConfigFields::text(std::string_view key, std::string* out) const {
  const Json::Member* member = find(key);
  if (member == nullptr) return {};
  const std::string* value = member->value.string();
  if (value == nullptr) return fail(Code::format, key, "must be a string");
  *out = *value;
  return {};
}

Status ConfigFields::dt_limits(std::string_view key, Mamba2Config* out) const {
  out->dt_min = 0.0f;
  out->dt_max = std::numeric_limits<float>::infinity();
  const Json::Member* member = find(key);
  if (member == nullptr) return {};
  const Json::Array* limits = member->value.array();
  const bool is_pair = limits != nullptr && limits->size() == 2;
  const std::optional<double> low = is_pair ? as_number((*limits)[0]) : std::nullopt;
  const std::optional<double> high = is_pair ? as_number((*limits)[1]) : std::nullopt;
  // Written so that NaN fails.
  if (!low || !high || !(*low >= 0.0 && *low <= *high && std::isfinite(clamp_to_float(*low)))) {
    return fail(Code::format, key, "must be [low, high] with 0 <= low <= high and low finite");
  }
  out->dt_min = clamp_to_float(*low);
  out->dt_max = clamp_to_float(*high);
  return {};
}

int ConfigFields::token_id(std::string_view key) const {
  const Json::Member* member = find(key);
  if (member == nullptr) return -1;
  const Json* value = &member->value;
  if (const Json::Array* list = value->array()) {
    if (list->empty()) return -1;
    value = &list->front();
  }
  const uint64_t* id = value->unsigned_integer();
  return id != nullptr && *id < kDimensionMax ? static_cast<int>(*id) : -1;
}

}  // namespace sw
