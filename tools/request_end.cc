#include "request_end.h"

#include "interrupt.h"

namespace sw::tool {

Outcome finish(sw_request* request) {
  for (;;) {
    const sw_status status = sw_request_wait(request, 50);
    if (status == SW_OK) break;
    if (status != SW_E_DEADLINE) return from_status(status, kExitFailed);
    if (interrupted()) sw_request_cancel(request);
  }
  return from_status_text(sw_request_status(request), kExitFailed, {}, sw_request_error(request));
}

}  // namespace sw::tool
