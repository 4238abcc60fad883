/* The least that a C program does: open a model, run tokens, go back, run them again. Usage: minimal MODEL_FOLDER */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sidewinder/sidewinder.h"

static int failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, sw_last_error());
  return 1;
}

static int run(sw_sequence* sequence, const sw_model_info* info, float* first, float* again) {
  const int32_t ids[5] = {0, 1, 2, 3, 1};
  const size_t n_logits = (size_t)info->vocab_size;
  int32_t next = -1;
  if (sw_sequence_append(sequence, ids, 5, NULL, NULL) != SW_OK) return failed("append");
  if (sw_sequence_logits(sequence, first, n_logits) != SW_OK) return failed("logits");
  if (sw_sequence_sample(sequence, NULL, &next) != SW_OK) return failed("sample");
  if (sw_sequence_rewind(sequence, 2, NULL) != SW_OK) return failed("rewind");
  if (sw_sequence_length(sequence) != 2) return failed("length");
  if (sw_sequence_append(sequence, ids + 2, 3, NULL, NULL) != SW_OK) return failed("append again");
  if (sw_sequence_logits(sequence, again, n_logits) != SW_OK) return failed("logits again");
  if (memcmp(first, again, n_logits * sizeof *first) != 0) return failed("the resumed logits differ");
  printf("next token %d of %d, the same after a rewind\n", (int)next, (int)info->vocab_size);
  return next >= 0 && next < info->vocab_size ? 0 : failed("a token outside the vocabulary");
}

int main(int argc, char** argv) {
  sw_engine* engine = NULL;
  sw_model* model = NULL;
  sw_sequence* sequence = NULL;
  sw_engine_options engine_options = SW_ENGINE_OPTIONS_INIT;
  sw_model_options model_options = SW_MODEL_OPTIONS_INIT;
  sw_model_info info = SW_MODEL_INFO_INIT;
  float* logits;
  int result;
  if (argc != 2 || sw_api_version() >> 16 != SW_API_MAJOR) return failed("usage: minimal MODEL_FOLDER");
  engine_options.n_threads = 1;
  model_options.without_tokenizer = 1;
  if (sw_engine_create(&engine_options, &engine) != SW_OK) return failed("engine");
  if (sw_model_open(engine, argv[1], &model_options, &model) != SW_OK) return failed("model");
  sw_engine_free(engine); /* the model keeps what it needs */
  if (sw_model_get_info(model, &info) != SW_OK) return failed("info");
  if (sw_sequence_create(model, &sequence) != SW_OK) return failed("sequence");
  logits = (float*)malloc((size_t)info.vocab_size * 2 * sizeof *logits);
  if (logits == NULL) return failed("no memory");
  result = run(sequence, &info, logits, logits + info.vocab_size);
  free(logits);
  sw_sequence_free(sequence);
  sw_model_free(model);
  return result;
}
