/* Runs bindings/conformance/scenarios.json by the C API alone and prints one line a step: what the other languages must print too. */
#ifndef SIDEWINDER_CONFORMANCE_RUNNER_H
#define SIDEWINDER_CONFORMANCE_RUNNER_H

#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>

#include "sidewinder/sidewinder.h"

typedef enum Kind { ENGINE = 1, MODEL, SEQUENCE, SNAPSHOT, BUFFER, REQUEST, WORKSPACE } Kind;

/* What a step named by "as". */
typedef struct Object {
  char name[32];
  Kind kind;
  void* pointer; /* NULL once closed */
} Object;

typedef struct Run {
  const char* model;  /* for $MODEL */
  const char* folder; /* for $TMP */
  FILE* out;
  Object objects[64];
  size_t n_objects;
  json_object* step;
} Run;

/* What the step says; NULL, 0 or "" when it does not. Texts have $MODEL and $TMP filled in and are valid until the step is over. */
const char* text_of(const Run* run, const char* key);
size_t text_length(const Run* run, const char* key);
int64_t number_of(const Run* run, const char* key, int64_t otherwise);
int flag_of(const Run* run, const char* key);
int32_t* ids_of(const Run* run, size_t* n);
char* path_of(const Run* run, const char* key);

/* The object that the step names by `key`. */
void* object_of(const Run* run, const char* key);
Object* find_object(Run* run, const char* key);
void keep(Run* run, Kind kind, void* pointer);
void close_object(Object* object);

/* The line's outcome. ok() is followed by what the step adds, each with a blank before it. */
void ok(const Run* run);
void failed(const Run* run, sw_status status, const char* why);
int outcome(const Run* run, sw_status status);
void put_text(FILE* out, const char* name, const char* text, size_t length);
void put_ids(FILE* out, const char* name, const int32_t* ids, size_t n);
void put_crc(FILE* out, const char* name, const void* bytes, size_t n);
void put_double(FILE* out, const char* name, double value);

typedef struct Step {
  const char* op;
  void (*run)(Run* run);
} Step;

extern const Step low_level_steps[];
extern const Step completion_steps[];
extern const Step side_steps[];

#endif
