/* Steps on buffers and completions. */
#include <stdlib.h>
#include <string.h>

#include "runner.h"

static void step_buffer(Run* run) {
  sw_buffer_options options = SW_BUFFER_OPTIONS_INIT;
  sw_buffer* buffer = NULL;
  options.path = text_of(run, "path");
  options.language = text_of(run, "language");
  if (outcome(run, sw_buffer_create(object_of(run, "on"), &options, text_of(run, "text"), text_length(run, "text"), &buffer))) {
    keep(run, BUFFER, buffer);
  }
}

static void step_edit(Run* run) {
  outcome(run, sw_buffer_edit(object_of(run, "on"), (size_t)number_of(run, "begin", 0), (size_t)number_of(run, "end", 0),
                              text_of(run, "text"), text_length(run, "text")));
}

static void step_text(Run* run) {
  const char* text = NULL;
  size_t length = 0;
  if (outcome(run, sw_buffer_text(object_of(run, "on"), &text, &length))) put_text(run->out, "text", text, length);
}

static void step_offset(Run* run) {
  size_t offset = 0;
  if (outcome(run, sw_buffer_offset(object_of(run, "on"), (size_t)number_of(run, "line", 0), (size_t)number_of(run, "column", 0),
                                    (sw_column_unit)number_of(run, "unit", 0), &offset))) {
    fprintf(run->out, " offset=%zu", offset);
  }
}

static void step_position(Run* run) {
  size_t line = 0, column = 0;
  if (outcome(run, sw_buffer_position(object_of(run, "on"), (size_t)number_of(run, "offset", 0), (sw_column_unit)number_of(run, "unit", 0),
                                      &line, &column))) {
    fprintf(run->out, " line=%zu column=%zu", line, column);
  }
}

static void step_context(Run* run) {
  sw_document documents[8];
  json_object* list = NULL;
  json_object_object_get_ex(run->step, "documents", &list);
  const size_t n = json_object_array_length(list);
  for (size_t i = 0; i < n; ++i) {
    json_object* pair = json_object_array_get_idx(list, i);
    json_object* text = json_object_array_get_idx(pair, 1);
    documents[i] = (sw_document)SW_DOCUMENT_INIT;
    documents[i].path = json_object_get_string(json_object_array_get_idx(pair, 0));
    documents[i].text = json_object_get_string(text);
    documents[i].length = (size_t)json_object_get_string_len(text);
  }
  outcome(run, sw_buffer_set_context(object_of(run, "on"), documents, n));
}

/* The pieces of candidate 0, joined, and when to stop. */
typedef struct Pieces {
  char text[65536];
  size_t length;
  int64_t n;
  int64_t stop_after;
} Pieces;

static int32_t on_text(void* user, int32_t index, const char* text, size_t length) {
  Pieces* pieces = user;
  if (index != 0) return 0;
  if (length < sizeof pieces->text - pieces->length) {
    memcpy(pieces->text + pieces->length, text, length);
    pieces->length += length;
  }
  ++pieces->n;
  return pieces->stop_after > 0 && pieces->n >= pieces->stop_after ? 1 : 0;
}

static json_object* option(const Run* run, const char* key) {
  json_object *options = NULL, *value = NULL;
  if (!json_object_object_get_ex(run->step, "options", &options)) return NULL;
  json_object_object_get_ex(options, key, &value);
  return value;
}

static void read_options(const Run* run, const char** stops, sw_complete_options* o) {
  o->mode = json_object_get_int(option(run, "mode"));
  o->max_tokens = json_object_get_int(option(run, "max_tokens"));
  o->n_candidates = json_object_get_int(option(run, "n_candidates"));
  o->multiline = json_object_get_int(option(run, "multiline"));
  o->layout = json_object_get_int(option(run, "layout"));
  o->heal = json_object_get_int(option(run, "heal"));
  o->ahead = json_object_get_boolean(option(run, "ahead"));
  o->only_at_useful = json_object_get_boolean(option(run, "only_at_useful"));
  o->cold = json_object_get_boolean(option(run, "cold"));
  o->sampling.temperature = (float)json_object_get_double(option(run, "temperature"));
  o->sampling.seed = (uint64_t)json_object_get_int64(option(run, "seed"));
  json_object* stop = option(run, "stop");
  o->n_stop = stop == NULL ? 0 : json_object_array_length(stop);
  for (size_t i = 0; i < o->n_stop; ++i) stops[i] = json_object_get_string(json_object_array_get_idx(stop, i));
  o->stop = stops;
}

static void put_candidates(const Run* run, const sw_request* request) {
  for (size_t i = 0; i < sw_request_n_candidates(request); ++i) {
    sw_candidate c = SW_CANDIDATE_INIT;
    if (sw_request_candidate(request, i, &c) != SW_OK) exit(2);
    put_text(run->out, "text", c.text, c.length);
    put_text(run->out, "raw", c.raw, c.raw_length);
    put_ids(run->out, "ids", c.ids, c.n_ids);
    put_double(run->out, "logprob", c.logprob);
    put_double(run->out, "suffix_logprob", c.suffix_logprob);
    fprintf(run->out, " finish=%d", (int)c.finish);
    put_text(run->out, "cut", c.cut, strlen(c.cut));
  }
}

static void put_prompt(const Run* run, const sw_request* request) {
  sw_request_stats stats = SW_REQUEST_STATS_INIT;
  if (sw_request_get_stats(request, &stats) != SW_OK) exit(2);
  put_crc(run->out, "prompt", stats.prompt, stats.prompt_tokens * sizeof *stats.prompt);
  size_t n_tokens = 0, n_parts = 0, n_plans = 0;
  sw_prompt_part part = SW_PROMPT_PART_INIT;
  sw_plan_option plan = SW_PLAN_OPTION_INIT;
  while (sw_request_part(request, n_parts, &part) == SW_OK) {
    ++n_parts;
    n_tokens += part.n_tokens;
  }
  while (sw_request_plan_option(request, n_plans, &plan) == SW_OK) ++n_plans;
  fprintf(run->out, " tokens=%zu parts=%zu part_tokens=%zu plans=%zu mode=%d layout=%d", stats.prompt_tokens, n_parts, n_tokens, n_plans,
          (int)stats.mode, (int)stats.layout);
}

/* Completes, waits, and says what came of it; with `pieces` also how it came. */
static void complete(Run* run, Pieces* pieces) {
  sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
  const char* stops[16];
  sw_request* request = NULL;
  read_options(run, stops, &options);
  if (pieces != NULL) {
    pieces->stop_after = number_of(run, "stop_after", number_of(run, "raise_after", 0));
    options.on_text = on_text;
    options.user = pieces;
  }
  if (!outcome(run, sw_complete(object_of(run, "on"), (size_t)number_of(run, "offset", 0), &options, &request))) return;
  if (sw_request_wait(request, -1) != SW_OK) exit(2);
  fprintf(run->out, " %s", sw_status_name(sw_request_status(request)));
  if (pieces != NULL) {
    fprintf(run->out, " pieces=%lld", (long long)pieces->n);
    put_text(run->out, "stream", pieces->text, pieces->length);
  }
  put_candidates(run, request);
  put_prompt(run, request);
  sw_request_free(request);
}

static void step_complete(Run* run) { complete(run, NULL); }

static void step_stream(Run* run) {
  Pieces* pieces = calloc(1, sizeof *pieces);
  complete(run, pieces);
  free(pieces);
}

static void step_start(Run* run) {
  sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
  const char* stops[16];
  sw_request* request = NULL;
  read_options(run, stops, &options);
  if (outcome(run, sw_complete(object_of(run, "on"), (size_t)number_of(run, "offset", 0), &options, &request))) {
    keep(run, REQUEST, request);
  }
}

static void step_cancel(Run* run) {
  sw_request_cancel(object_of(run, "on"));
  ok(run);
}

static void step_wait(Run* run) {
  const sw_request* request = object_of(run, "on");
  if (sw_request_wait(request, -1) != SW_OK) exit(2);
  if (sw_request_status(request) != SW_OK) {
    failed(run, sw_request_status(request), sw_request_error(request));
    return;
  }
  ok(run);
  put_candidates(run, request);
}

static void step_buffer_fork(Run* run) {
  sw_sequence* fork = NULL;
  if (outcome(run, sw_buffer_fork(object_of(run, "on"), &fork))) {
    keep(run, SEQUENCE, fork);
    put_ids(run->out, "ids", sw_sequence_tokens(fork), sw_sequence_length(fork));
  }
}

static void step_refill(Run* run) {
  size_t n = 0;
  if (outcome(run, sw_buffer_refill(object_of(run, "on"), (size_t)number_of(run, "max_tokens", 0), NULL, &n))) fprintf(run->out, " run=%zu", n);
}

static void step_close(Run* run) {
  close_object(find_object(run, "on"));
  ok(run);
}

/* What the library says to a handle that is no more: here that is NULL. */
static void step_use_closed(Run* run) {
  const Object* object = find_object(run, "on");
  sw_engine_info engine_info = SW_ENGINE_INFO_INIT;
  sw_model_info model_info = SW_MODEL_INFO_INIT;
  float logit;
  sw_status status = SW_OK;
  switch (object->kind) {
    case ENGINE: status = sw_engine_get_info(object->pointer, &engine_info); break;
    case MODEL: status = sw_model_get_info(object->pointer, &model_info); break;
    case SEQUENCE: status = sw_sequence_logits(object->pointer, &logit, 1); break;
    case SNAPSHOT: status = sw_snapshot_save(object->pointer, "nowhere", NULL); break;
    case BUFFER: status = sw_buffer_edit(object->pointer, 0, 0, "", 0); break;
    case REQUEST: status = sw_request_wait(object->pointer, 0); break;
    case WORKSPACE: status = sw_workspace_update(object->pointer, NULL, 0, NULL); break;
  }
  fputs(status == SW_OK ? "ok" : sw_status_name(status), run->out);
}

const Step completion_steps[] = {
    {"buffer", step_buffer},   {"edit", step_edit},     {"text", step_text},     {"offset", step_offset},
    {"position", step_position},
    {"context", step_context}, {"complete", step_complete}, {"stream", step_stream}, {"start", step_start},
    {"cancel", step_cancel},   {"wait", step_wait},     {"buffer_fork", step_buffer_fork}, {"refill", step_refill},
    {"close", step_close},     {"use_closed", step_use_closed}, {NULL, NULL}};
