/* Steps on tokens, logits and states. */
#include <stdlib.h>
#include <string.h>

#include "runner.h"

static void step_engine(Run* run) {
  sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
  sw_engine* engine = NULL;
  char* store = path_of(run, "store");
  options.n_threads = (int32_t)number_of(run, "threads", 0);
  options.policy = text_of(run, "policy");
  options.store_folder = store;
  if (outcome(run, sw_engine_create(&options, &engine))) keep(run, ENGINE, engine);
  free(store);
}

static void step_model(Run* run) {
  sw_model_info info = SW_MODEL_INFO_INIT;
  sw_model* model = NULL;
  char* path = path_of(run, "path");
  if (outcome(run, sw_model_open(object_of(run, "on"), path, NULL, &model))) {
    keep(run, MODEL, model);
    sw_model_get_info(model, &info);
    put_text(run->out, "name", info.name, strlen(info.name));
    fprintf(run->out, " vocab_size=%d state_bytes=%llu tied=%d fill_mode=%d", (int)info.vocab_size, (unsigned long long)info.state_bytes,
            info.tied != 0, (int)info.fill_mode);
  }
  free(path);
}

static size_t vocab_size(const Run* run) { return (size_t)number_of(run, "vocab_size", 16384); }

static sw_status encode(const sw_tokenizer* tokenizer, const char* text, size_t length, uint32_t flags, int32_t** ids, size_t* n) {
  *ids = NULL;
  const sw_status status = sw_tokenizer_encode(tokenizer, text, length, flags, NULL, 0, n);
  if (status != SW_OK) return status;
  *ids = malloc((*n + 1) * sizeof **ids);
  return sw_tokenizer_encode(tokenizer, text, length, flags, *ids, *n, n);
}

static void step_encode(Run* run) {
  int32_t* ids = NULL;
  size_t n = 0;
  const uint32_t flags = flag_of(run, "continuation") ? SW_ENCODE_CONTINUATION : SW_ENCODE_TEXT;
  const sw_tokenizer* tokenizer = sw_model_tokenizer(object_of(run, "on"));
  if (outcome(run, encode(tokenizer, text_of(run, "text"), text_length(run, "text"), flags, &ids, &n))) put_ids(run->out, "ids", ids, n);
  free(ids);
}

static void step_decode(Run* run) {
  size_t n = 0, length = 0;
  int32_t* ids = ids_of(run, &n);
  char text[4096];
  if (outcome(run, sw_tokenizer_decode(sw_model_tokenizer(object_of(run, "on")), ids, n, text, sizeof text, &length))) {
    put_text(run->out, "text", text, length);
  }
  free(ids);
}

static void step_detokenize(Run* run) {
  size_t n = 0;
  int32_t* ids = ids_of(run, &n);
  sw_detokenizer* stream = NULL;
  sw_status status = sw_detokenizer_create(sw_model_tokenizer(object_of(run, "on")), 1, &stream);
  if (outcome(run, status)) {
    for (size_t i = 0; i <= n; ++i) {
      const char* text = NULL;
      size_t length = 0;
      if (sw_detokenizer_push(stream, i < n ? ids[i] : -1, &text, &length) != SW_OK) exit(2);
      put_text(run->out, "piece", text, length);
    }
  }
  sw_detokenizer_free(stream);
  free(ids);
}

static void step_control(Run* run) {
  int32_t id = -1;
  if (outcome(run, sw_tokenizer_control_id(sw_model_tokenizer(object_of(run, "on")), text_of(run, "name"), &id))) {
    fprintf(run->out, " id=%d", (int)id);
  }
}

static void step_sequence(Run* run) {
  sw_sequence* sequence = NULL;
  if (outcome(run, sw_sequence_create(object_of(run, "on"), &sequence))) keep(run, SEQUENCE, sequence);
}

/* A callback that C can only let fail by its result. */
static int32_t stop_at_once(void* user, uint64_t done, uint64_t total) {
  (void)user, (void)done, (void)total;
  return 1;
}

/* Text is encoded by the model of the newest "model" step, ids are taken as they are. */
static int32_t* ids_to_append(Run* run, size_t* n) {
  if (text_of(run, "text") == NULL) return ids_of(run, n);
  int32_t* ids = NULL;
  for (size_t i = run->n_objects; i > 0; --i) {
    if (run->objects[i - 1].kind != MODEL) continue;
    encode(sw_model_tokenizer(run->objects[i - 1].pointer), text_of(run, "text"), text_length(run, "text"), SW_ENCODE_TEXT, &ids, n);
    break;
  }
  return ids;
}

static void step_append(Run* run) {
  sw_run_options options = SW_RUN_OPTIONS_INIT;
  sw_cancel* cancel = NULL;
  sw_sequence* sequence = object_of(run, "on");
  size_t n = 0;
  int32_t* ids = ids_to_append(run, &n);
  float* logits = flag_of(run, "logits") ? malloc(n * vocab_size(run) * sizeof *logits) : NULL;
  if (sw_cancel_create(&cancel) != SW_OK) exit(2);
  if (flag_of(run, "cancelled")) sw_cancel_set(cancel);
  options.cancel = cancel;
  options.deadline_ms = number_of(run, "deadline_ms", 0);
  if (text_of(run, "progress") != NULL) options.progress = stop_at_once;
  if (outcome(run, sw_sequence_append(sequence, ids, n, &options, logits))) {
    fprintf(run->out, " length=%zu", sw_sequence_length(sequence));
    if (logits != NULL) put_crc(run->out, "logits", logits, n * vocab_size(run) * sizeof *logits);
  }
  sw_cancel_free(cancel);
  free(logits);
  free(ids);
}

static void step_logits(Run* run) {
  const size_t n = vocab_size(run);
  float* logits = malloc(n * sizeof *logits);
  if (outcome(run, sw_sequence_logits(object_of(run, "on"), logits, n))) put_crc(run->out, "crc", logits, n * sizeof *logits);
  free(logits);
}

/* The model of these scenarios: 16 layers, 16 heads of 64 by 128, 3 rows of 1,280 inputs. The library refuses other counts. */
static void step_state(Run* run) {
  const size_t n_ssm = 16 * 16 * 64 * 128, n_conv = 16 * 3 * 1280;
  float* ssm = malloc(n_ssm * sizeof *ssm);
  float* conv = malloc(n_conv * sizeof *conv);
  if (outcome(run, sw_sequence_state(object_of(run, "on"), ssm, n_ssm, conv, n_conv))) {
    put_crc(run->out, "ssm", ssm, n_ssm * sizeof *ssm);
    put_crc(run->out, "conv", conv, n_conv * sizeof *conv);
  }
  free(ssm);
  free(conv);
}

static sw_sampling_options sampling_of(const Run* run) {
  sw_sampling_options sampling = SW_SAMPLING_OPTIONS_INIT;
  json_object *options = NULL, *value = NULL;
  if (!json_object_object_get_ex(run->step, "options", &options)) return sampling;
  if (json_object_object_get_ex(options, "temperature", &value)) sampling.temperature = (float)json_object_get_double(value);
  if (json_object_object_get_ex(options, "top_k", &value)) sampling.top_k = json_object_get_int(value);
  if (json_object_object_get_ex(options, "top_p", &value)) sampling.top_p = (float)json_object_get_double(value);
  if (json_object_object_get_ex(options, "min_p", &value)) sampling.min_p = (float)json_object_get_double(value);
  if (json_object_object_get_ex(options, "seed", &value)) sampling.seed = (uint64_t)json_object_get_int64(value);
  return sampling;
}

static void step_sample(Run* run) {
  const sw_sampling_options sampling = sampling_of(run);
  int32_t id = -1;
  if (outcome(run, sw_sequence_sample(object_of(run, "on"), &sampling, &id))) fprintf(run->out, " id=%d", (int)id);
}

static void step_generate(Run* run) {
  const sw_sampling_options sampling = sampling_of(run);
  sw_sequence* sequence = object_of(run, "on");
  int32_t ids[64];
  size_t n = 0;
  sw_status status = SW_OK;
  while (status == SW_OK && n < (size_t)number_of(run, "n", 0)) {
    status = sw_sequence_sample(sequence, &sampling, &ids[n]);
    if (status == SW_OK) status = sw_sequence_append(sequence, &ids[n++], 1, NULL, NULL);
  }
  if (outcome(run, status)) put_ids(run->out, "ids", ids, n);
}

static void step_tokens(Run* run) {
  const sw_sequence* sequence = object_of(run, "on");
  sw_sequence_stats stats = SW_SEQUENCE_STATS_INIT;
  if (outcome(run, sw_sequence_get_stats(sequence, &stats))) {
    put_ids(run->out, "ids", sw_sequence_tokens(sequence), sw_sequence_length(sequence));
    fprintf(run->out, " rewinds=%llu", (unsigned long long)stats.rewinds);
  }
}

static void step_fork(Run* run) {
  sw_sequence* fork = NULL;
  if (outcome(run, sw_sequence_fork(object_of(run, "on"), &fork))) keep(run, SEQUENCE, fork);
}

static void step_rewind(Run* run) {
  sw_sequence* sequence = object_of(run, "on");
  if (outcome(run, sw_sequence_rewind(sequence, (size_t)number_of(run, "length", 0), NULL))) {
    fprintf(run->out, " length=%zu", sw_sequence_length(sequence));
  }
}

static void step_snapshot(Run* run) {
  sw_snapshot* snapshot = NULL;
  if (outcome(run, sw_sequence_snapshot(object_of(run, "on"), &snapshot))) {
    keep(run, SNAPSHOT, snapshot);
    fprintf(run->out, " length=%zu bytes=%llu", sw_snapshot_length(snapshot), (unsigned long long)sw_snapshot_bytes(snapshot));
  }
}

static void step_restore(Run* run) {
  sw_sequence* sequence = object_of(run, "on");
  if (outcome(run, sw_sequence_restore(sequence, object_of(run, "from")))) fprintf(run->out, " length=%zu", sw_sequence_length(sequence));
}

static void step_save(Run* run) {
  char* path = path_of(run, "path");
  outcome(run, sw_snapshot_save(object_of(run, "on"), path, NULL));
  free(path);
}

static void step_load(Run* run) {
  sw_snapshot* snapshot = NULL;
  char* path = path_of(run, "path");
  if (outcome(run, sw_snapshot_load(object_of(run, "on"), path, NULL, &snapshot))) {
    keep(run, SNAPSHOT, snapshot);
    fprintf(run->out, " length=%zu", sw_snapshot_length(snapshot));
  }
  free(path);
}

const Step low_level_steps[] = {
    {"engine", step_engine},     {"model", step_model},   {"encode", step_encode},     {"decode", step_decode},
    {"detokenize", step_detokenize}, {"control", step_control}, {"sequence", step_sequence}, {"append", step_append},
    {"logits", step_logits},     {"state", step_state},   {"sample", step_sample},     {"generate", step_generate},
    {"tokens", step_tokens},     {"fork", step_fork},     {"rewind", step_rewind},     {"snapshot", step_snapshot},
    {"restore", step_restore},   {"save", step_save},     {"load", step_load},         {NULL, NULL}};
