/* A ring of bytes. */
#include <stdlib.h>
#include "ring.h"

#define RING_MAX 4096
#define MIN(a, b) ((a) < (b) ? (a) : (b))

/** A ring. */
struct ring {
  unsigned char *bytes;
  size_t size, begin;
};

typedef struct ring ring_t;

enum mode { MODE_READ, MODE_WRITE = 2 };

static const int kDefaultSize = 64;

int ring_count(const struct ring *ring);

/*
 * Makes a ring.
 */
struct ring *ring_create(size_t size) {
  struct ring *ring = malloc(sizeof *ring);
  if (ring == NULL || size > RING_MAX) return NULL;
  ring->bytes = calloc(size, 1);
  ring->size = MIN(size, RING_MAX);
  return ring;
}

static void ring_free(struct ring *ring) {
  free(ring->bytes);
  free(ring);
}
