#include "runner.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static json_object* get(const Run* run, const char* key) {
  json_object* value = NULL;
  json_object_object_get_ex(run->step, key, &value);
  return value;
}

const char* text_of(const Run* run, const char* key) {
  json_object* value = get(run, key);
  return value == NULL ? NULL : json_object_get_string(value);
}

size_t text_length(const Run* run, const char* key) {
  json_object* value = get(run, key);
  return value == NULL ? 0 : (size_t)json_object_get_string_len(value);
}

int64_t number_of(const Run* run, const char* key, int64_t otherwise) {
  json_object* value = get(run, key);
  return value == NULL ? otherwise : json_object_get_int64(value);
}

int flag_of(const Run* run, const char* key) {
  json_object* value = get(run, key);
  return value != NULL && json_object_get_boolean(value);
}

/* The step's ids, `repeat` times; the caller frees them. */
int32_t* ids_of(const Run* run, size_t* n) {
  json_object* list = get(run, "ids");
  const size_t count = json_object_array_length(list);
  const size_t repeat = (size_t)number_of(run, "repeat", 1);
  int32_t* ids = malloc((count * repeat + 1) * sizeof *ids);
  *n = count * repeat;
  for (size_t i = 0; i < *n; ++i) ids[i] = (int32_t)json_object_get_int(json_object_array_get_idx(list, i % count));
  return ids;
}

/* A path with $MODEL and $TMP filled in; the caller frees it. NULL when there is none. */
char* path_of(const Run* run, const char* key) {
  const char* text = text_of(run, key);
  if (text == NULL) return NULL;
  const char* root = strncmp(text, "$MODEL", 6) == 0 ? run->model : strncmp(text, "$TMP", 4) == 0 ? run->folder : "";
  const char* rest = *root == '\0' ? text : text + (root == run->model ? 6 : 4);
  const size_t size = strlen(root) + strlen(rest) + 1;
  char* path = malloc(size);
  snprintf(path, size, "%s%s", root, rest);
  return path;
}

Object* find_object(Run* run, const char* key) {
  const char* name = text_of(run, key);
  for (size_t i = run->n_objects; name != NULL && i > 0; --i) {
    if (strcmp(run->objects[i - 1].name, name) == 0) return &run->objects[i - 1];
  }
  fprintf(stderr, "a step asks for an object that is not there: %s\n", json_object_to_json_string(run->step));
  exit(2);
}

void* object_of(const Run* run, const char* key) { return find_object((Run*)(uintptr_t)run, key)->pointer; }

void keep(Run* run, Kind kind, void* pointer) {
  Object* object = &run->objects[run->n_objects++];
  snprintf(object->name, sizeof object->name, "%s", text_of(run, "as"));
  object->kind = kind;
  object->pointer = pointer;
}

void close_object(Object* object) {
  void* p = object->pointer;
  object->pointer = NULL;
  switch (object->kind) {
    case ENGINE: sw_engine_free(p); break;
    case MODEL: sw_model_free(p); break;
    case SEQUENCE: sw_sequence_free(p); break;
    case SNAPSHOT: sw_snapshot_free(p); break;
    case BUFFER: sw_buffer_free(p); break;
    case REQUEST: sw_request_free(p); break;
    case WORKSPACE: sw_workspace_free(p); break;
  }
}

void ok(const Run* run) { fputs("ok", run->out); }

/* The text with the two folders named as the scenario names them. */
static void put_error(const Run* run, const char* why) {
  while (*why != '\0') {
    const size_t n_model = strlen(run->model), n_folder = strlen(run->folder);
    if (strncmp(why, run->model, n_model) == 0) {
      fputs("$MODEL", run->out);
      why += n_model;
    } else if (strncmp(why, run->folder, n_folder) == 0) {
      fputs("$TMP", run->out);
      why += n_folder;
    } else {
      fputc(*why++, run->out);
    }
  }
}

void failed(const Run* run, sw_status status, const char* why) {
  fputs(sw_status_name(status), run->out);
  if (flag_of(run, "no_text")) return;
  fputc(' ', run->out);
  put_error(run, why);
}

int outcome(const Run* run, sw_status status) {
  if (status == SW_OK) {
    ok(run);
  } else {
    failed(run, status, sw_last_error());
  }
  return status == SW_OK;
}

void put_text(FILE* out, const char* name, const char* text, size_t length) {
  fprintf(out, " %s=\"", name);
  for (size_t i = 0; i < length; ++i) {
    const unsigned char c = (unsigned char)text[i];
    if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') {
      fprintf(out, "\\x%02x", c);
    } else {
      fputc(c, out);
    }
  }
  fputc('"', out);
}

void put_ids(FILE* out, const char* name, const int32_t* ids, size_t n) {
  fprintf(out, " %s=[", name);
  for (size_t i = 0; i < n; ++i) fprintf(out, i == 0 ? "%d" : ",%d", (int)ids[i]);
  fputc(']', out);
}

void put_crc(FILE* out, const char* name, const void* bytes, size_t n) {
  fprintf(out, " %s=%08lx", name, crc32_z(0, bytes, n));
}

void put_double(FILE* out, const char* name, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  fprintf(out, " %s=%016llx", name, (unsigned long long)bits);
}

static void run_steps(Run* run, json_object* steps, const char* prefix);

typedef struct Branch {
  Run run;
  json_object* steps;
  char prefix[96];
  char* text;
  size_t size;
} Branch;

static void* run_branch(void* argument) {
  Branch* branch = argument;
  run_steps(&branch->run, branch->steps, branch->prefix);
  while (branch->run.n_objects > 0) close_object(&branch->run.objects[--branch->run.n_objects]);
  fclose(branch->run.out);
  return NULL;
}

/* Each branch on a thread of its own, with objects of its own; their lines come one branch after the other. */
static void together(Run* run, const char* prefix, size_t index) {
  enum { BRANCHES = 4 };
  static Branch branches[BRANCHES];
  pthread_t threads[BRANCHES];
  json_object* lists = get(run, "branches");
  const size_t n = json_object_array_length(lists);
  for (size_t i = 0; i < n && i < BRANCHES; ++i) {
    Branch* b = &branches[i];
    *b = (Branch){.run = {.model = run->model, .folder = run->folder}, .steps = json_object_array_get_idx(lists, i)};
    snprintf(b->prefix, sizeof b->prefix, "%s%zu.%zu.", prefix, index, i);
    b->run.out = open_memstream(&b->text, &b->size);
    if (pthread_create(&threads[i], NULL, run_branch, b) != 0) exit(2);
  }
  for (size_t i = 0; i < n && i < BRANCHES; ++i) {
    pthread_join(threads[i], NULL);
    fputs(branches[i].text, run->out);
    free(branches[i].text);
  }
}

static void run_step(Run* run, const char* op) {
  const Step* tables[] = {low_level_steps, completion_steps, side_steps};
  for (size_t t = 0; t < sizeof tables / sizeof *tables; ++t) {
    for (const Step* step = tables[t]; step->op != NULL; ++step) {
      if (strcmp(step->op, op) == 0) {
        step->run(run);
        return;
      }
    }
  }
  fprintf(stderr, "no such step: %s\n", op);
  exit(2);
}

static void run_steps(Run* run, json_object* steps, const char* prefix) {
  for (size_t i = 0; i < json_object_array_length(steps); ++i) {
    run->step = json_object_array_get_idx(steps, i);
    const char* op = text_of(run, "op");
    if (strcmp(op, "together") == 0) {
      together(run, prefix, i);
      continue;
    }
    fprintf(run->out, "%s%zu %s: ", prefix, i, op);
    run_step(run, op);
    fputc('\n', run->out);
  }
}

int main(int argc, char** argv) {
  json_object* file = argc == 4 ? json_object_from_file(argv[1]) : NULL;
  json_object* scenarios = NULL;
  if (file == NULL || !json_object_object_get_ex(file, "scenarios", &scenarios)) {
    fprintf(stderr, "usage: conformance SCENARIOS MODEL_FOLDER EMPTY_FOLDER\n");
    return 2;
  }
  for (size_t i = 0; i < json_object_array_length(scenarios); ++i) {
    json_object *scenario = json_object_array_get_idx(scenarios, i), *name = NULL, *steps = NULL;
    json_object_object_get_ex(scenario, "name", &name);
    json_object_object_get_ex(scenario, "steps", &steps);
    char prefix[64];
    snprintf(prefix, sizeof prefix, "%s/", json_object_get_string(name));
    Run run = {.model = argv[2], .folder = argv[3], .out = stdout};
    run_steps(&run, steps, prefix);
    while (run.n_objects > 0) close_object(&run.objects[--run.n_objects]);
  }
  json_object_put(file);
  return 0;
}
