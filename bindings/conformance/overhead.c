/* What one token costs a C caller, beside what it costs a binding's: the same calls, timed in the same way.
 *
 * Usage: overhead MODEL_FOLDER     prints "append NS sample NS decode NS", medians. `append` is a call that computes nothing (count_only). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sidewinder/sidewinder.h"

enum { CALLS = 2000, STEPS = 60 };

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_value(const void* a, const void* b) {
  const int64_t x = *(const int64_t*)a, y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

static int64_t median(int64_t* times, size_t n) {
  qsort(times, n, sizeof *times, by_value);
  return times[n / 2];
}

static void must(sw_status status) {
  if (status == SW_OK) return;
  fprintf(stderr, "overhead: %s\n", sw_last_error());
  exit(1);
}

static int64_t append_ns(sw_model* model, size_t n) {
  static int64_t times[CALLS];
  sw_sequence* sequence = NULL;
  const int32_t id = 300;
  must(sw_sequence_create(model, &sequence));
  for (size_t i = 0; i < n; ++i) {
    const int64_t begin = now_ns();
    must(sw_sequence_append(sequence, &id, 1, NULL, NULL));
    times[i] = now_ns() - begin;
  }
  sw_sequence_free(sequence);
  return median(times, n);
}

static int64_t sample_ns(sw_model* model) {
  static int64_t times[CALLS];
  sw_sequence* sequence = NULL;
  const int32_t ids[2] = {300, 301};
  must(sw_sequence_create(model, &sequence));
  must(sw_sequence_append(sequence, ids, 2, NULL, NULL));
  for (size_t i = 0; i < CALLS; ++i) {
    int32_t id = 0;
    const int64_t begin = now_ns();
    must(sw_sequence_sample(sequence, NULL, &id));
    times[i] = now_ns() - begin;
  }
  sw_sequence_free(sequence);
  return median(times, CALLS);
}

int main(int argc, char** argv) {
  sw_engine* engine = NULL;
  sw_model *counted = NULL, *model = NULL;
  sw_model_options count_only = SW_MODEL_OPTIONS_INIT;
  if (argc != 2) return 2;
  count_only.count_only = 1;
  must(sw_engine_create(NULL, &engine));
  must(sw_model_open(engine, argv[1], &count_only, &counted));
  must(sw_model_open(engine, argv[1], NULL, &model));
  printf("append %lld sample %lld decode %lld\n", (long long)append_ns(counted, CALLS), (long long)sample_ns(model),
         (long long)append_ns(model, STEPS));
  sw_model_free(counted);
  sw_model_free(model);
  sw_engine_free(engine);
  return 0;
}
