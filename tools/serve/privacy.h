// Which documents nothing is read of.
#pragma once

#include <string>

#include "serve/settings.h"

namespace sw::tool {

// The path that a file: URI names; "" for any other URI.
std::string path_of_uri(const std::string& uri);

// False for files that hold secrets, by their name, and for those that the user excludes. Decided before anything of the text is looked at.
bool may_read(const std::string& uri, const Settings& settings);

}  // namespace sw::tool
