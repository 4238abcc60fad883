#include "outcome.h"

#include <cerrno>
#include <system_error>

#include "interrupt.h"

namespace sw::tool {

const char* exit_code_help() {
  return "Exit codes:\n"
         "  0    it worked\n"
         "  1    the work failed: no memory, a full disk, a completion that could not be made\n"
         "  2    wrong usage: an unknown option, a value out of range, a mode that the model cannot do\n"
         "  3    the model or the tokenizer cannot be opened\n"
         "  4    bad input: text that is not UTF-8, a cursor off the text, ids outside the vocabulary\n"
         "  130  interrupted by Ctrl-C (128 + the number of the signal)";
}

Outcome from_status_text(sw_status status, int exit_code, std::string_view where, std::string_view text) {
  if (status == SW_OK) return success();
  if (status == SW_E_CANCELLED && interrupted()) return interrupted_outcome();
  std::string message(where);
  if (!message.empty()) message += ": ";
  if (text.empty()) {
    message += sw_status_name(status);
  } else {
    message += text;
  }
  return failure(exit_code, status, std::move(message));
}

Outcome from_status(sw_status status, int exit_code, std::string_view where) {
  return from_status_text(status, exit_code, where, status == SW_OK ? "" : sw_last_error());
}

Outcome from_errno(int error, int exit_code, std::string_view where) {
  sw_status status = SW_E_IO;
  if (error == ENOENT || error == ENOTDIR) status = SW_E_NOT_FOUND;
  if (error == ENOMEM) status = SW_E_NO_MEMORY;
  return failure(exit_code, status, std::string(where) + ": " + std::generic_category().message(error));
}

}  // namespace sw::tool
