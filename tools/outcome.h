// How a command ended: an exit code, the status behind it and one sentence for the user.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "sidewinder/sidewinder.h"

namespace sw::tool {

// Documented in --help, in the man page and in exit_code_help().
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,        // the work itself failed: no memory, a full disk, a failed completion
  kExitUsage = 2,         // the command line asks for something impossible
  kExitNoModel = 3,       // the model or the tokenizer cannot be opened
  kExitBadInput = 4,      // the text, the cursor or the ids are not usable
  kExitInterrupted = 130  // 128 + SIGINT; other signals likewise
};

// The table of exit codes, for --help and for the man page.
const char* exit_code_help();

struct [[nodiscard]] Outcome {
  int exit_code = kExitOk;
  sw_status status = SW_OK;
  std::string message;

  bool ok() const { return exit_code == kExitOk; }
};

inline Outcome success() {
  return {};
}
inline Outcome failure(int exit_code, sw_status status, std::string message) {
  return {exit_code, status, std::move(message)};
}
inline Outcome usage_error(std::string message) {
  return failure(kExitUsage, SW_E_ARGUMENT, std::move(message));
}
inline Outcome bad_input(std::string message) {
  return failure(kExitBadInput, SW_E_ARGUMENT, std::move(message));
}

// The outcome of a call of the library: its own text, after `where` when that is not empty. A call that was cancelled
// because of a signal is reported as interrupted, whatever exit_code says.
Outcome from_status(sw_status status, int exit_code, std::string_view where = {});
Outcome from_status_text(sw_status status, int exit_code, std::string_view where, std::string_view text);

// What errno says, about `where`.
Outcome from_errno(int error, int exit_code, std::string_view where);

}  // namespace sw::tool

// Returns from the calling function when `expression` did not go well.
#define SW_TRY(expression)                                                            \
  do {                                                                                \
    if (::sw::tool::Outcome outcome_ = (expression); !outcome_.ok()) return outcome_; \
  } while (false)
