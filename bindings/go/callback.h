/* Go's callbacks take a number where C's take a pointer: Go does not put numbers into pointers. */
#ifndef SIDEWINDER_GO_CALLBACK_H
#define SIDEWINDER_GO_CALLBACK_H

#include <stdint.h>

#include <sidewinder/sidewinder.h>

void sw_go_set_log(sw_engine_options* options, uintptr_t user);
void sw_go_set_progress(sw_run_options* options, uintptr_t user);
void sw_go_set_complete(sw_complete_options* options, uintptr_t user);
sw_status sw_go_list_files(const sw_workspace* workspace, uintptr_t user);
sw_status sw_go_find(const sw_workspace* workspace, const char* name, size_t length, uintptr_t user);
sw_status sw_go_list_store(sw_store* store, uintptr_t user);
sw_status sw_go_verify_store(sw_store* store, int32_t remove_bad, const sw_run_options* options, uintptr_t user, sw_store_report* out);

#endif
