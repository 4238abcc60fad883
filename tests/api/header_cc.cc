// The header alone, first, as strict C++ of several standards.
#include "sidewinder/sidewinder.h"

template <class T>
bool starts_with_size(const T& value) {
  return value.struct_size == sizeof(T) && static_cast<const void*>(&value) == static_cast<const void*>(&value.struct_size);
}

int main() {
  const sw_engine_options engine = SW_ENGINE_OPTIONS_INIT;
  const sw_engine_info engine_info = SW_ENGINE_INFO_INIT;
  const sw_run_options run = SW_RUN_OPTIONS_INIT;
  const sw_model_options model = SW_MODEL_OPTIONS_INIT;
  const sw_model_info model_info = SW_MODEL_INFO_INIT;
  const sw_sampling_options sampling = SW_SAMPLING_OPTIONS_INIT;
  const sw_sequence_stats sequence = SW_SEQUENCE_STATS_INIT;
  const sw_buffer_options buffer = SW_BUFFER_OPTIONS_INIT;
  const sw_complete_options complete = SW_COMPLETE_OPTIONS_INIT;
  const sw_candidate candidate = SW_CANDIDATE_INIT;
  const sw_request_stats request = SW_REQUEST_STATS_INIT;
  const bool right = starts_with_size(engine) && starts_with_size(engine_info) && starts_with_size(run) && starts_with_size(model) &&
                     starts_with_size(model_info) && starts_with_size(sampling) && starts_with_size(sequence) &&
                     starts_with_size(buffer) && starts_with_size(complete) && starts_with_size(candidate) && starts_with_size(request);
  return right && model_info.bos_id == -1 && model.run.struct_size == sizeof run ? 0 : 1;
}
