// Ctrl-C and SIGTERM: the first asks the work to stop cleanly, the second ends the process at once.
#pragma once

#include "outcome.h"
#include "sidewinder/sidewinder.h"

namespace sw::tool {

// Installs the handlers. Once, before any work.
Outcome install_interrupt_handlers();

bool interrupted();
Outcome interrupted_outcome();  // exit code 128 + signal

// The flag that the handlers set, for sw_run_options.cancel.
const sw_cancel* interrupt_flag();

}  // namespace sw::tool
