/* The header alone, first, as strict C11. Every macro is used, since an unused one is never compiled. */
#include "sidewinder/sidewinder.h"

#if SW_API_MAJOR != 1
#error "another major version needs another test"
#endif

typedef struct {
  sw_engine_options engine;
  sw_engine_info engine_info;
  sw_run_options run;
  sw_model_options model;
  sw_quantize_options quantize;
  sw_model_info model_info;
  sw_sampling_options sampling;
  sw_sequence_stats sequence;
  sw_buffer_options buffer;
  sw_complete_options complete;
  sw_candidate candidate;
  sw_request_stats request;
} all_structs;

/* Filled at run time and at compile time: the INIT macros must be constant expressions. */
static const all_structs constants = {
    SW_ENGINE_OPTIONS_INIT, SW_ENGINE_INFO_INIT,    SW_RUN_OPTIONS_INIT,    SW_MODEL_OPTIONS_INIT,    SW_QUANTIZE_OPTIONS_INIT, SW_MODEL_INFO_INIT,
    SW_SAMPLING_OPTIONS_INIT, SW_SEQUENCE_STATS_INIT, SW_BUFFER_OPTIONS_INIT, SW_COMPLETE_OPTIONS_INIT, SW_CANDIDATE_INIT,
    SW_REQUEST_STATS_INIT};

/* struct_size comes first and says the size: what every version relies on. */
#define CHECK_STRUCT(type, init)                                                  \
  do {                                                                            \
    const type value = init;                                                      \
    if (offsetof(type, struct_size) != 0 || value.struct_size != sizeof value) {  \
      return 1;                                                                   \
    }                                                                             \
  } while (0)

int main(void) {
  CHECK_STRUCT(sw_engine_options, SW_ENGINE_OPTIONS_INIT);
  CHECK_STRUCT(sw_engine_info, SW_ENGINE_INFO_INIT);
  CHECK_STRUCT(sw_run_options, SW_RUN_OPTIONS_INIT);
  CHECK_STRUCT(sw_model_options, SW_MODEL_OPTIONS_INIT);
  CHECK_STRUCT(sw_quantize_options, SW_QUANTIZE_OPTIONS_INIT);
  CHECK_STRUCT(sw_model_info, SW_MODEL_INFO_INIT);
  CHECK_STRUCT(sw_sampling_options, SW_SAMPLING_OPTIONS_INIT);
  CHECK_STRUCT(sw_sequence_stats, SW_SEQUENCE_STATS_INIT);
  CHECK_STRUCT(sw_buffer_options, SW_BUFFER_OPTIONS_INIT);
  CHECK_STRUCT(sw_complete_options, SW_COMPLETE_OPTIONS_INIT);
  CHECK_STRUCT(sw_candidate, SW_CANDIDATE_INIT);
  CHECK_STRUCT(sw_request_stats, SW_REQUEST_STATS_INIT);
  return constants.model.run.struct_size == sizeof(sw_run_options) ? 0 : 1;
}
