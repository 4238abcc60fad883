// The relatives of plain Mamba-2 that are known well enough to refuse by name, by what their config or tensors say.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "loader/config_fields.h"

namespace sw {

// unsupported, naming the family and the key, when one of `fields` asks for a family that is not implemented.
Status refuse_family(const ConfigFields& fields);

// What family a tensor belongs to that is not implemented, or "". `name` is canonical (see weights.cc).
std::string_view refused_family_of(std::string_view name);

}  // namespace sw
