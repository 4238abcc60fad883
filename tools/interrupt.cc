#include "interrupt.h"

#include <csignal>

namespace sw::tool {
namespace {

volatile std::sig_atomic_t caught_signal = 0;
sw_cancel* flag = nullptr;  // lives as long as the process: a handler may run at any time

extern "C" void on_signal(int signal_number) {
  caught_signal = signal_number;
  sw_cancel_set(flag);
  std::signal(signal_number, SIG_DFL);  // who asks twice is not made to wait
}

}  // namespace

Outcome install_interrupt_handlers() {
  SW_TRY(from_status(sw_cancel_create(&flag), kExitFailed));
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // no SA_RESTART: a read that waits for input comes back
  for (int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before = {};
    if (sigaction(signal_number, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;  // nohup
    sigaction(signal_number, &action, nullptr);
  }
  std::signal(SIGXFSZ, SIG_IGN);  // a file over the process's limit is an error of the write, not the end
  return success();
}

bool interrupted() {
  return caught_signal != 0;
}

Outcome interrupted_outcome() {
  const int signal_number = caught_signal;
  return failure(128 + signal_number, SW_E_CANCELLED, signal_number == SIGINT ? "interrupted" : "terminated");
}

const sw_cancel* interrupt_flag() {
  return flag;
}

}  // namespace sw::tool
