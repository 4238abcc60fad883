// Starts a process that outlives this one.
#pragma once

#include <string>
#include <vector>

#include "outcome.h"

namespace sw::tool {

// In a session of its own, without standard input and output; what it says on standard error goes to `log_path`.
Outcome launch(const std::string& program, const std::vector<std::string>& arguments, const std::string& log_path);

// The file of the running program.
std::string own_program();

}  // namespace sw::tool
