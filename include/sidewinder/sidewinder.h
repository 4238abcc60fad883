/**
 * Sidewinder: code completion from a state space model, in process.
 *
 * This header is the whole public API. C11; also valid C++.
 *
 * Two levels. High: sw_buffer and sw_complete() fill in code at a cursor. Low: sw_sequence runs tokens and gives logits
 * and recurrent states, with fork, snapshot, restore and rewind. Beside them, sw_workspace indexes a folder of source files.
 *
 * Conventions, which hold for every function unless its comment says otherwise:
 *   - A fallible call returns an sw_status; its result is the last parameter and is NULL or 0 on error. The text for the
 *     calling thread's last failed call is sw_last_error(); a request carries its own status and text.
 *   - `sw_x** out` is owned by the caller and released by sw_x_free(); free functions accept NULL. A returned pointer
 *     that is not an out parameter is borrowed from the object that it was asked of.
 *   - An object keeps alive what it was made from: the engine outlives its models, a model its sequences and buffers,
 *     whatever the order in which they are freed.
 *   - Text is UTF-8, (const char*, size_t), offsets in bytes. NUL is a character like any other.
 *   - Option structs start with struct_size; fill them by their INIT macro. Zero means default. NULL for an option
 *     pointer means all defaults.
 *   - Threads: an engine, model, tokenizer, snapshot, workspace, context and cancel may be used from several threads at once. A sequence,
 *     buffer, detokenizer and request belong to one thread at a time, except for what is said at sw_request_cancel().
 *     Callbacks may come from another thread and must not call back into the object that is calling.
 *   - Nothing here prints, exits, aborts, reads the environment, or touches the network. No state outside the engine.
 *
 * Licence: Apache-2.0.
 */
#ifndef SIDEWINDER_SIDEWINDER_H
#define SIDEWINDER_SIDEWINDER_H

#include <stddef.h>
#include <stdint.h>

#if defined(SW_STATIC)
#define SW_API
#elif defined(_WIN32)
#if defined(SW_BUILDING)
#define SW_API __declspec(dllexport)
#else
#define SW_API __declspec(dllimport)
#endif
#else
#define SW_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Version of this header. Same major: binary compatible. */
#define SW_API_MAJOR 1
#define SW_API_MINOR 0

/* ------------------------------------------------------------------------------------------------ status and version */

/** The outcome of a call. Values are only ever added. */
typedef int32_t sw_status;
enum {
  SW_OK = 0,
  SW_E_ARGUMENT = 1,    /**< the caller passed something impossible; nothing was changed */
  SW_E_NOT_FOUND = 2,   /**< no such file, model, token or mode */
  SW_E_IO = 3,          /**< the operating system or a device failed; its reason is in the text */
  SW_E_FORMAT = 4,      /**< a file is not what it claims to be */
  SW_E_UNSUPPORTED = 5, /**< understood, not implemented */
  SW_E_NO_MEMORY = 6,   /**< an allocation failed or a budget is spent; objects stay usable */
  SW_E_CANCELLED = 7,   /**< the caller asked to stop */
  SW_E_DEADLINE = 8,    /**< the caller's time was over */
  SW_E_STATE = 9,       /**< the object cannot do that now */
  SW_E_MISMATCH = 10,   /**< two things that must belong together do not: tokenizer and weights, snapshot and model */
  SW_E_INTERNAL = 11    /**< a bug in the library; please report it with the text */
};

/**
 * The version of the library that is running: major * 65536 + minor.
 *
 * Ownership: none.
 * Errors:    never fails.
 * Threads:   any.
 * Since:     1.0
 */
SW_API uint32_t sw_api_version(void);

/**
 * The version of the library as text, "0.1.0".
 *
 * Ownership: a static string.
 * Errors:    never fails.
 * Threads:   any.
 * Since:     1.0
 */
SW_API const char* sw_version(void);

/**
 * What the last failed call on this thread said, in full: what, where, and what to do. At most 4,095 bytes; longer texts
 * are cut at a character and end in "...". "" when nothing failed yet on this thread.
 *
 * Ownership: a thread-local buffer, valid until the next failed call on this thread.
 * Errors:    never fails; a successful call leaves it as it was.
 * Threads:   each thread has its own.
 * Since:     1.0
 */
SW_API const char* sw_last_error(void);

/**
 * The name of a status, "SW_E_IO"; "SW_E_UNKNOWN" for a number that this version does not know.
 *
 * Ownership: a static string.
 * Errors:    never fails.
 * Threads:   any.
 * Since:     1.0
 */
SW_API const char* sw_status_name(sw_status status);

/* ------------------------------------------------------------------------------------------------------------ engine */

/** Owns the threads, the memory and the choice of kernels. One per process is usual; several are fine. */
typedef struct sw_engine sw_engine;

/** How loud a message is. */
typedef int32_t sw_log_level;
enum { SW_LOG_ERROR = 1, SW_LOG_WARNING = 2, SW_LOG_INFO = 3, SW_LOG_DEBUG = 4 };

/** Receives messages: `text` is `length` bytes of UTF-8, also NUL-terminated, valid during the call. Any thread. */
typedef void (*sw_log_fn)(void* user, sw_log_level level, const char* text, size_t length);

/** Memory for large buffers (states, activations, logits). `allocate` returns NULL when there is none. Any thread. */
typedef struct sw_allocator {
  void* (*allocate)(void* user, size_t n_bytes, size_t alignment); /**< alignment: a power of two, at most 4096 */
  void (*release)(void* user, void* memory, size_t n_bytes);
  void* user;
} sw_allocator;

/**
 * Bits of sw_engine_options.cpu_mask: which kernel rows may be bound. 0 means all that the processor has but SW_CPU_AMX_BF16, which rounds the
 * activations of products with bf16 weights to bf16, as other runtimes do: a resumed state still equals a cold one to the byte, but logits are
 * further from those of exact products (docs/quantisation.md), so it must be asked for. With SW_CPU_AMX_* an engine asks Linux for the tile registers, for the whole process; from then on the system refuses alternate signal stacks (sigaltstack)
 * smaller than AT_MINSIGSTKSZ. Where it says no, the engine runs without them; sw_engine_info.kernels tells.
 */
enum {
  SW_CPU_REF = 1,
  SW_CPU_AVX2 = 2,
  SW_CPU_AVX512 = 4,
  SW_CPU_AVX512_VNNI = 8,
  SW_CPU_NEON = 16,
  SW_CPU_NEON_DOT = 32,
  SW_CPU_AVX_VNNI = 64,
  SW_CPU_AMX_INT8 = 128,
  SW_CPU_AMX_BF16 = 256
};

/**
 * Where models run. On a CUDA device the weights are copied there, kept states stay in memory of the host that the device's driver
 * gives, and not the sw_allocator. A call that runs tokens may then also fail with SW_E_NO_MEMORY, and with SW_E_IO when the device
 * failed: the sequence is empty, the model is to be opened again.
 */
typedef int32_t sw_device;
enum {
  SW_DEVICE_CPU = 0,  /**< the default */
  SW_DEVICE_AUTO = 1, /**< a CUDA device where there is a usable one, for models that it can run; else the CPU */
  SW_DEVICE_CUDA = 2  /**< a CUDA device, or an error that says why not */
};

typedef struct sw_engine_options {
  size_t struct_size;
  int32_t n_threads;            /**< compute threads, of which the thread that calls is one; 0: one for each core that this process may use,
                                     but for one of them where there are more than two (docs/threads.md) */
  uint32_t cpu_mask;            /**< SW_CPU_* bits; 0: the best there is of those that round no activations */
  sw_log_fn log;                /**< NULL: silence */
  void* log_user;
  sw_log_level log_level;       /**< 0: SW_LOG_WARNING */
  const sw_allocator* allocator; /**< copied; NULL: the C library's */
  uint64_t snapshot_bytes_max;  /**< host memory for all kept states and input logs of all sequences and buffers; 0: 1 GiB */
  const char* policy;           /**< which states are kept: NULL or "default"; to measure against: "none", "running", "grid:N",
                                     "geometric:N" (docs/state-store.md) */
  const char* store_folder;     /**< NULL: states live in memory alone. Else they are also written here, so that the next process goes on
                                     where this one was. They hold tokens, that is the text: the folder is made for its owner only */
  uint64_t store_bytes_max;     /**< of the whole folder; 0: 4 GiB */
  const char* store_codec;      /**< how states are written: NULL or "f32+zstd", or "f32" */
  sw_device device;             /**< SW_DEVICE_*. Results of the CPU and of a device differ in the last bits, so their states never mix */
  int32_t device_index;         /**< of the CUDA device */
  const char* device_plugin;    /**< the file of the CUDA plugin; NULL: libsidewinder-cuda.so beside this library, or in a folder
                                     "sidewinder" there. It stays loaded until the process ends */
  int32_t idle_refill;          /**< not 0: when nothing has been asked for 0.3 s, the engine does the work of sw_buffer_refill() for the
                                     buffers that had completions, the latest first, and stops within a chunk when it is wanted */
  int32_t pin_threads;          /**< not 0: each of the engine's threads stays on one core, where the system allows it */
  int32_t nice;                 /**< 0 to 19: how much lower than that of the creating thread the priority of the engine's threads is. The
                                     threads of callers keep theirs */
  int32_t spin_us;              /**< how long a compute thread looks for work before it sleeps, in microseconds; 0: 50; -1: it sleeps at
                                     once; at most 1,000,000 */
} sw_engine_options;
#define SW_ENGINE_OPTIONS_INIT { sizeof(sw_engine_options), 0, 0, NULL, NULL, 0, NULL, 0, NULL, NULL, 0, NULL, 0, 0, NULL, 0, 0, 0, 0 }

/**
 * Starts an engine.
 *
 * Ownership: the caller owns *out. The options are copied.
 * Errors:    SW_E_ARGUMENT for a NULL out, n_threads outside 0..1024, nice outside 0..19, spin_us outside -1..1000000, an allocator
 *            with a NULL function, an unknown policy or codec or device, or a cpu_mask that leaves no row; SW_E_UNSUPPORTED for a codec that rounds; SW_E_IO when the folder
 *            cannot be made or belongs to another user; SW_E_NO_MEMORY. With SW_DEVICE_CUDA also SW_E_NOT_FOUND without the plugin,
 *            SW_E_MISMATCH for one of another version, SW_E_UNSUPPORTED without a driver, with too old a one, or without a
 *            usable device.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_engine_create(const sw_engine_options* options, sw_engine** out);

/**
 * Releases the caller's hold. What still uses the engine keeps it running until that is freed too.
 *
 * Ownership: ends the caller's.
 * Errors:    never fails; NULL is ignored.
 * Threads:   any.
 * Since:     1.0
 */
SW_API void sw_engine_free(sw_engine* engine);

typedef struct sw_engine_info {
  size_t struct_size;
  int32_t n_threads;
  uint32_t cpu_features;  /**< SW_CPU_* bits of the processor */
  const char* kernels;    /**< op=row pairs, "embed=avx512 rms_norm=avx512 ..."; lives as long as the engine */
  uint64_t snapshot_bytes_max;
  uint64_t snapshot_bytes; /**< kept now */
  uint64_t tokens_run;     /**< through the model, since the engine started */
  uint64_t tokens_reused;  /**< that a resumed state spared */
  sw_device device;        /**< SW_DEVICE_CPU or SW_DEVICE_CUDA: where models run that the device can run (sw_model_info says where one does) */
  const char* device_name; /**< "NVIDIA H200, compute capability 9.0, driver 13.0"; "" on the CPU */
  const char* device_note; /**< why it is not the CUDA device, with SW_DEVICE_AUTO; else "" */
} sw_engine_info;
#define SW_ENGINE_INFO_INIT { sizeof(sw_engine_info), 0, 0, NULL, 0, 0, 0, 0, 0, NULL, NULL }

/**
 * Fills *out with what the engine runs on and has done. struct_size must be set.
 *
 * Ownership: strings are borrowed from the engine.
 * Errors:    SW_E_ARGUMENT.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_engine_get_info(const sw_engine* engine, sw_engine_info* out);

/* ------------------------------------------------------------------------------------------------- cancel and progress */

/** A flag that stops work from another thread. */
typedef struct sw_cancel sw_cancel;

/**
 * Makes a flag, not set.
 *
 * Ownership: the caller owns *out and keeps it until every call that uses it has returned.
 * Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_cancel_create(sw_cancel** out);

/**
 * Sets the flag: calls that were given it return SW_E_CANCELLED within one chunk of work.
 *
 * Ownership: unchanged.
 * Errors:    never fails; NULL is ignored.
 * Threads:   any, also from a signal handler.
 * Since:     1.0
 */
SW_API void sw_cancel_set(sw_cancel* cancel);

/**
 * Clears the flag for another use.
 *
 * Ownership: unchanged.
 * Errors:    never fails; NULL is ignored.
 * Threads:   any.
 * Since:     1.0
 */
SW_API void sw_cancel_clear(sw_cancel* cancel);

/**
 * Releases the flag.
 *
 * Ownership: ends the caller's.
 * Errors:    never fails; NULL is ignored.
 * Threads:   not while a call uses it.
 * Since:     1.0
 */
SW_API void sw_cancel_free(sw_cancel* cancel);

/** Called between chunks of long work, in units that the call names. Return 0 to go on, anything else to stop. */
typedef int32_t (*sw_progress_fn)(void* user, uint64_t done, uint64_t total);

/** How one call runs. The pointers are used during the call only. */
typedef struct sw_run_options {
  size_t struct_size;
  const sw_cancel* cancel;  /**< NULL: cannot be cancelled */
  sw_progress_fn progress;  /**< NULL: silent */
  void* progress_user;
  int64_t deadline_ms;      /**< from the start of the call; 0: none */
} sw_run_options;
#define SW_RUN_OPTIONS_INIT { sizeof(sw_run_options), NULL, NULL, NULL, 0 }

/* ------------------------------------------------------------------------------------------------------ kept states */

/** From what a prompt was resumed. */
typedef int32_t sw_source;
enum {
  SW_SOURCE_NOTHING = 0, /**< all of it was run */
  SW_SOURCE_RUNNING = 1, /**< the state after the last prompt or what was generated after it */
  SW_SOURCE_LOG = 2,     /**< a kept state and the input log, without a forward pass */
  SW_SOURCE_KEPT = 3,    /**< a kept state */
  SW_SOURCE_DISK = 4,    /**< a state from the store on disk */
  SW_SOURCE_SHOWN = 5,   /**< nothing was run: the rest of the last completion */
  SW_SOURCE_AHEAD = 6    /**< nothing was run since it was asked for: it had been made ready (sw_complete_options.ahead) */
};

/** Why a state on disk was not used. Names: sw_store_reason_name(). */
enum { SW_STORE_REASONS = 15 };

/** What the state store of an engine holds and has done. */
typedef struct sw_store_stats {
  size_t struct_size;
  uint64_t prompts[5];         /**< counted by SW_SOURCE_* */
  uint64_t missed_unknown;     /**< prompts that had to run more than 64 tokens because their text had not been seen */
  uint64_t missed_evicted;     /**< ... because a state that was there had been evicted for the budget's sake */
  uint64_t missed_policy;      /**< ... because the policy keeps no states */
  uint64_t tokens_run;         /**< through the model */
  uint64_t tokens_idle;        /**< of those, by sw_buffer_refill() */
  uint64_t tokens_reused;      /**< of prompts: spared by any source */
  uint64_t tokens_replayed;    /**< of those, rebuilt from the input log */
  uint64_t states_kept;        /**< now */
  uint64_t states_made;
  uint64_t states_evicted;
  uint64_t state_bytes;        /**< now, with snapshots */
  uint64_t log_bytes;          /**< now */
  uint64_t bytes_peak;         /**< of both together */
  uint64_t bytes_max;          /**< their budget */
  double seconds_saved;        /**< tokens reused but not replayed, at the measured time of a token */
  uint64_t disk_files;         /**< of the store's folder, that this version can read; 0 without one, as are the following */
  uint64_t disk_bytes;
  uint64_t disk_hits;
  uint64_t disk_misses;        /**< lookups that found nothing of use */
  uint64_t disk_rejected[SW_STORE_REASONS]; /**< files that were turned away, by reason */
  uint64_t disk_writes;
  uint64_t disk_write_failures;
  uint64_t disk_evicted;
  uint64_t disk_leftovers;     /**< of writers that had died, removed */
  uint64_t disk_audits;        /**< states from disk that were run again while idle, and compared */
  uint64_t disk_audits_failed; /**< of those, different: after the first the folder is cleared and not read any more */
} sw_store_stats;
#define SW_STORE_STATS_INIT                                                                                              \
  { sizeof(sw_store_stats), {0, 0, 0, 0, 0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0, 0, 0, 0,                  \
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, 0, 0, 0, 0, 0 }

/**
 * The name of a reason, "damaged"; "unknown" for a number that this version does not know.
 *
 * Ownership: a static string.
 * Errors:    never fails.
 * Threads:   any.
 * Since:     1.0
 */
SW_API const char* sw_store_reason_name(int32_t reason);

/**
 * Fills *out with what the state store holds and has done since the engine started. struct_size must be set.
 *
 * Ownership: none.
 * Errors:    SW_E_ARGUMENT.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_engine_get_store_stats(const sw_engine* engine, sw_store_stats* out);

/**
 * Writes to the store's folder what a restart would miss. The engine does so by itself when nothing has been asked of it for a while;
 * this is for the end of a process. Progress in states.
 *
 * Ownership: unchanged.
 * Errors:    SW_E_ARGUMENT; SW_E_STATE without a store_folder; SW_E_IO (a full disk, a read-only folder), SW_E_CANCELLED,
 *            SW_E_DEADLINE, SW_E_NO_MEMORY. What was written stays.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_engine_save(sw_engine* engine, const sw_run_options* options);

/**
 * Gives memory back: drops kept states, the least useful first, and input logs until at most `n_bytes` are held. Snapshots of the
 * caller stay. 0 drops all. Results are the same, the next prompts cost more.
 *
 * Ownership: unchanged.
 * Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_engine_trim(sw_engine* engine, uint64_t n_bytes);

/* --------------------------------------------------------------------------------------------------------- tokenizer */

/** Text to token ids and back. Immutable. */
typedef struct sw_tokenizer sw_tokenizer;

/** Bits of sw_tokenizer_encode()'s flags. */
enum {
  SW_ENCODE_TEXT = 0,         /**< from the start of a text: with the model's dummy prefix, if it has one */
  SW_ENCODE_CONTINUATION = 1  /**< goes on from other text: no dummy prefix */
};

/**
 * Opens a SentencePiece model file.
 *
 * Ownership: the caller owns *out.
 * Errors:    SW_E_NOT_FOUND, SW_E_IO, SW_E_FORMAT, SW_E_UNSUPPORTED (a model that would change code), SW_E_NO_MEMORY.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_tokenizer_open(const char* path, sw_tokenizer** out);

/**
 * Releases the caller's hold.
 *
 * Ownership: ends the caller's. Not for a borrowed tokenizer.
 * Errors:    never fails; NULL is ignored.
 * Threads:   any.
 * Since:     1.0
 */
SW_API void sw_tokenizer_free(sw_tokenizer* tokenizer);

/**
 * Number of pieces: ids are 0 to this minus 1.
 *
 * Ownership: none.
 * Errors:    0 for NULL.
 * Threads:   any.
 * Since:     1.0
 */
SW_API int32_t sw_tokenizer_vocab_size(const sw_tokenizer* tokenizer);

/**
 * Encodes text. Control tokens never come from text. Writes at most `capacity` ids and always the whole count to *n_ids.
 *
 * Shapes:    ids (capacity,); ids may be NULL when capacity is 0, to ask for the count.
 * Ownership: the caller's array.
 * Errors:    SW_E_ARGUMENT for NULL, unknown flags, or text that is not UTF-8 (the text of the error says at which byte);
 *            SW_E_NO_MEMORY.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_tokenizer_encode(const sw_tokenizer* tokenizer, const char* text, size_t length, uint32_t flags,
                                     int32_t* ids, size_t capacity, size_t* n_ids);

/**
 * Decodes ids as SentencePiece does: control tokens vanish, the dummy prefix is taken off. Writes at most `capacity` bytes
 * and always the whole count to *length. No NUL is appended.
 *
 * Shapes:    text (capacity,); may be NULL when capacity is 0.
 * Ownership: the caller's array.
 * Errors:    SW_E_ARGUMENT for NULL or an id outside the vocabulary (the error says which); SW_E_NO_MEMORY.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_tokenizer_decode(const sw_tokenizer* tokenizer, const int32_t* ids, size_t n_ids, char* text,
                                     size_t capacity, size_t* length);

/**
 * The id of a control token by name: "[PREFIX]", "</s>".
 *
 * Ownership: none.
 * Errors:    SW_E_ARGUMENT; SW_E_NOT_FOUND when the vocabulary has no such control token.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_tokenizer_control_id(const sw_tokenizer* tokenizer, const char* name, int32_t* out);

/** Turns a stream of ids into text of whole characters. */
typedef struct sw_detokenizer sw_detokenizer;

/**
 * Starts a stream. With at_text_start, one leading space of the first text piece is dropped, as decoding a whole text does;
 * without it, the ids continue other text.
 *
 * Ownership: the caller owns *out.
 * Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_detokenizer_create(const sw_tokenizer* tokenizer, int32_t at_text_start, sw_detokenizer** out);

/**
 * Adds one id and gives the text that it completes, never half a character; *length may be 0. id -1 ends the stream: what
 * was held back comes out as U+FFFD.
 *
 * Ownership: *text is borrowed until the next push or free.
 * Errors:    SW_E_ARGUMENT for NULL or an id outside the vocabulary; SW_E_NO_MEMORY.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_detokenizer_push(sw_detokenizer* detokenizer, int32_t id, const char** text, size_t* length);

/**
 * Releases the stream.
 *
 * Ownership: ends the caller's.
 * Errors:    never fails; NULL is ignored.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API void sw_detokenizer_free(sw_detokenizer* detokenizer);

/* ------------------------------------------------------------------------------------------------------------- model */

/** Weights, tokenizer and fill-in settings. Immutable. */
typedef struct sw_model sw_model;

/** How a model fills in; also which of them it can do (bits 1 << mode). */
typedef int32_t sw_fill_mode;
enum {
  SW_FILL_DEFAULT = 0,  /**< the model's own */
  SW_FILL_SPM = 1,      /**< FIM tokens, [SUFFIX] suffix [PREFIX] prefix, middle follows: typing is a pure append */
  SW_FILL_PSM = 2,      /**< FIM tokens, [PREFIX] prefix [SUFFIX] suffix [MIDDLE], middle follows */
  SW_FILL_INSTRUCT = 3, /**< a chat prompt that shows the hole */
  SW_FILL_PREFIX = 4    /**< left to right; cut against the suffix, candidates ranked by how likely they make it */
};

/** How a CUDA device holds the matrices. Fewer bits are faster and rounder: results differ, and states do not mix. */
typedef int32_t sw_device_weights;
enum {
  SW_DEVICE_WEIGHTS_BF16 = 0, /**< the default; float16 and float32 are rounded once */
  SW_DEVICE_WEIGHTS_INT8 = 1, /**< one scale for 64 weights */
  SW_DEVICE_WEIGHTS_INT4 = 2  /**< one scale for 64 weights */
};

/**
 * How the CPU holds the matrices: in_proj, out_proj, embedding and head. Fewer bits are faster and rounder: results differ, and states do
 * not mix. int8 and int4 have one scale for 32 weights and round the other factor of a product to int8 as well (docs/quantisation.md).
 */
typedef int32_t sw_weights;
enum {
  SW_WEIGHTS_STORED = 0, /**< the default: as the checkpoint has them, mapped; of a GGUF file, blocks that no kernel reads become int8 or
                              int4 when it is opened: Q8_0, Q5_0 and Q4_0 exactly, the others rounded. sw_model_info.weights_note tells */
  SW_WEIGHTS_BF16 = 1,   /**< float16 and float32 are rounded once; bfloat16 stays mapped */
  SW_WEIGHTS_Q8 = 2,     /**< int8; made when the model is opened, unless the checkpoint is stored so */
  SW_WEIGHTS_Q4 = 3,     /**< int4; likewise */
  SW_WEIGHTS_F32 = 4     /**< float32, exact for all that is not packed: four bytes a weight */
};

typedef struct sw_model_options {
  size_t struct_size;
  sw_run_options run;      /**< progress in bytes */
  int32_t check_weights;   /**< not 0: read every weight, refuse NaN and infinity */
  int32_t without_tokenizer; /**< not 0: open the weights alone, even if no tokenizer lies beside them */
  int32_t count_only;      /**< not 0: nothing is computed. Prompts are placed and tokens counted as if they were run, and states
                                take their bytes of the budget but no memory; there are no logits. To measure policies. Never on
                                a device */
  sw_device_weights device_weights; /**< on a CUDA device; the CPU takes weights as they are stored */
  const char* tokenizer;     /**< a tokenizer file to use instead of the one in the weights' file or beside it; NULL: that. With count_only it may have
                                another vocabulary */
  sw_weights weights;        /**< on the CPU; a CUDA device takes device_weights. A checkpoint that is stored packed opens as it is, or not */
  uint64_t device_bytes_max; /**< memory of a CUDA device that this model's sequences may take, beside its weights; 0: what there is. Those
                                that ran longest ago give up their ways back before one is refused with SW_E_NO_MEMORY */
} sw_model_options;
#define SW_MODEL_OPTIONS_INIT { sizeof(sw_model_options), SW_RUN_OPTIONS_INIT, 0, 0, 0, 0, NULL, 0, 0 }

/**
 * Opens the checkpoint in the folder `path`: Hugging Face transformers, Mistral or mamba_ssm layout; or the GGUF file `path`, or the only
 * one in a folder without safetensors. The weights are mapped, not read, unless another format of them is to be made; a CUDA device gets a copy. NULL opens the embedded default model, which lies beside the library.
 *
 * Ownership: the caller owns *out.
 * Errors:    SW_E_NOT_FOUND, SW_E_IO, SW_E_FORMAT (file, tensor and byte offset are named), SW_E_UNSUPPORTED (the family is
 *            named), SW_E_MISMATCH (tokenizer and vocabulary; `weights` that stored
 *            ones cannot become), SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY. With
 *            SW_DEVICE_CUDA also SW_E_UNSUPPORTED for shapes that the device's kernels do not cover, SW_E_NO_MEMORY when it is too
 *            small and SW_E_IO when it failed; with SW_DEVICE_AUTO the model then runs on the CPU, and a warning is logged.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_model_open(sw_engine* engine, const char* path, const sw_model_options* options, sw_model** out);

/** How a checkpoint is quantized; zero and empty mean default. */
typedef struct sw_quantize_options {
  size_t struct_size;
  sw_run_options run;        /**< progress in bytes of weights, each counted twice: written, compared; a calibration goes before with as many
                                bytes again for every 4096 tokens */
  const char* const* calibration; /**< for SW_WEIGHTS_Q4: texts of the kind that the model will see, source files for one. The model reads them,
                                and scales are chosen by how much each column of a matrix then counts */
  size_t n_calibration;      /**< 0: all columns count alike */
  uint32_t calibration_tokens; /**< at most so many of each text, no more than 16384; 0: 1024 */
} sw_quantize_options;
#define SW_QUANTIZE_OPTIONS_INIT { sizeof(sw_quantize_options), SW_RUN_OPTIONS_INIT, NULL, 0, 0 }

/**
 * Writes the checkpoint at `path` with its matrices in the format `to`, SW_WEIGHTS_Q8 or SW_WEIGHTS_Q4, as a new folder `folder`, with
 * tokenizer and settings: sw_model_open() then maps it. What is written is read again and compared with what it was made of before the
 * folder is complete. A call that was stopped leaves its part there, and the next one with the same arguments goes on from it; a calibration
 * is made again. Memory: some MB, pages of the files come and go; with a calibration also one state, at most 16,384 tokens' activations, and
 * what sw_model_open() holds of blocks of GGUF.
 *
 * Ownership: nothing is kept.
 * Errors:    as sw_model_open(); SW_E_ARGUMENT for another format, the same folder, or a calibration with SW_WEIGHTS_Q8, without a token or
 *            not UTF-8; SW_E_MISMATCH when matrices are already packed in another format, or in this one and are to be calibrated, or
 *            when `folder` holds something else, such as the part of another calibration; SW_E_STATE when somebody is writing there;
 *            SW_E_FORMAT when a weight has no such form, or when what was read again is different (the part is then removed); SW_E_IO.
 * Threads:   any; one at a time for a folder.
 * Since:     1.0
 */
SW_API sw_status sw_checkpoint_quantize(sw_engine* engine, const char* path, sw_weights to, const char* folder,
                                        const sw_quantize_options* options);

/**
 * Releases the caller's hold.
 *
 * Ownership: ends the caller's.
 * Errors:    never fails; NULL is ignored.
 * Threads:   any.
 * Since:     1.0
 */
SW_API void sw_model_free(sw_model* model);

typedef struct sw_model_info {
  size_t struct_size;
  const char* path;
  const char* name;      /**< from sidewinder.json, else the folder's or file's name */
  const char* layout;    /**< "hf", "mistral", "mamba_ssm", "gguf" */
  int32_t vocab_size;    /**< rows of the embedding */
  int32_t d_model;
  int32_t n_layers;
  int32_t d_inner;       /**< of the first layer, as are the next five */
  int32_t n_heads;
  int32_t head_dim;
  int32_t d_state;
  int32_t n_groups;
  int32_t d_conv;
  int32_t tied;          /**< not 0: the head is the embedding */
  uint64_t n_parameters;
  uint64_t weight_bytes;
  uint64_t state_bytes;  /**< one float32 state: all ssm_state and conv_state */
  uint32_t fill_modes;   /**< bits 1 << SW_FILL_* that can be asked for */
  sw_fill_mode fill_mode; /**< what SW_FILL_DEFAULT means here */
  const char* fill_note; /**< why, in a sentence */
  int32_t bos_id;        /**< -1: none */
  int32_t eos_id;        /**< -1: none */
  uint64_t kept_bytes;   /**< of the budget that one kept state takes: state_bytes, the last activations and padding */
  sw_device device;      /**< SW_DEVICE_CPU or SW_DEVICE_CUDA: where it runs */
  const char* device_note; /**< why not on the engine's device, with SW_DEVICE_AUTO; else "" */
  const char* document_header; /**< before each document of another file: "+++++ {path}\n" */
  uint32_t context_tokens; /**< of such documents, unless asked otherwise */
  const char* weights;   /**< of the matrices: "F32", "F16", "BF16", "Q8" or "Q4"; "mixed" when they differ; with count_only also "Q4_K" etc. */
  const char* weights_note; /**< what the stored matrices became when the model was opened, and what that lost (relative L2 over all of them):
                                 "Q4_K (98 matrices) held as Q8, relative error 0.0048"; "" when they are held as stored */
} sw_model_info;
#define SW_MODEL_INFO_INIT \
  { sizeof(sw_model_info), NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, -1, -1, 0, 0, NULL, NULL, 0, NULL, NULL }

/**
 * Fills *out. struct_size must be set.
 *
 * Ownership: strings are borrowed from the model.
 * Errors:    SW_E_ARGUMENT.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_model_get_info(const sw_model* model, sw_model_info* out);

/**
 * The identity of the weights: 32 hex digits, the same for the same weights in another layout. Reads every byte the first
 * time; progress in bytes.
 *
 * Ownership: *out is borrowed from the model.
 * Errors:    SW_E_ARGUMENT, SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_model_hash(const sw_model* model, const sw_run_options* options, const char** out);

/**
 * The model's tokenizer, NULL when it was opened without one.
 *
 * Ownership: borrowed from the model; not to be freed.
 * Errors:    NULL for NULL.
 * Threads:   any.
 * Since:     1.0
 */
SW_API const sw_tokenizer* sw_model_tokenizer(const sw_model* model);

/* ----------------------------------------------------------------------------------------------- sequence (low level) */

/** A run of tokens through a model: the recurrent state after the last one, and kept states to rewind to. */
typedef struct sw_sequence sw_sequence;

/** The recurrent state after some tokens. Immutable, reference-counted, never larger than the model's state_bytes and change. */
typedef struct sw_snapshot sw_snapshot;

/**
 * An empty sequence: state zero, no token.
 *
 * Ownership: the caller owns *out.
 * Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
 * Threads:   the sequence belongs to one thread at a time.
 * Since:     1.0
 */
SW_API sw_status sw_sequence_create(sw_model* model, sw_sequence** out);

/**
 * Releases the sequence. The states that were kept along its tokens stay until they are evicted: whoever runs the same tokens finds
 * them. sw_engine_trim() drops them.
 *
 * Ownership: ends the caller's.
 * Errors:    never fails; NULL is ignored.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API void sw_sequence_free(sw_sequence* sequence);

/**
 * Runs one token for each of several sequences of one model, with one pass over its weights for up to 16 of them: what sw_sequence_append()
 * of each alone does, in the same bytes.
 *
 * Shapes:    sequences (n,), ids (n,); logits NULL or (n, vocab_size) float32, those after each token.
 * Ownership: the caller's arrays.
 * Errors:    SW_E_ARGUMENT for an id outside the vocabulary, a sequence that is there twice, or sequences of different models;
 *            SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY: then nothing was run. A device that fails leaves all of them empty.
 * Threads:   one at a time for each of the sequences.
 * Since:     1.0
 */
SW_API sw_status sw_sequences_step(sw_sequence* const* sequences, size_t n, const int32_t* ids, const sw_run_options* options, float* logits);

/**
 * Runs tokens. The bytes of the state and of the logits after a token do not depend on how tokens were cut into calls, nor
 * on the number of threads. Progress in tokens.
 *
 * Shapes:    ids (n_ids,); logits NULL or (n_ids, vocab_size) float32, those after each of the tokens.
 * Ownership: the caller's arrays.
 * Errors:    SW_E_ARGUMENT for an id outside the vocabulary (the sequence is unchanged); SW_E_CANCELLED and SW_E_DEADLINE leave
 *            the sequence after the last whole chunk: sw_sequence_length() says how far it came; SW_E_NO_MEMORY likewise.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_sequence_append(sw_sequence* sequence, const int32_t* ids, size_t n_ids,
                                    const sw_run_options* options, float* logits);

/**
 * Number of tokens that the state has seen.
 *
 * Ownership: none.
 * Errors:    0 for NULL.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API size_t sw_sequence_length(const sw_sequence* sequence);

/**
 * The tokens that the state has seen, (sw_sequence_length(),). NULL for NULL.
 *
 * Ownership: borrowed until the sequence changes.
 * Errors:    NULL for NULL.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API const int32_t* sw_sequence_tokens(const sw_sequence* sequence);

/**
 * Copies the logits after the last token.
 *
 * Shapes:    out (vocab_size,) float32; n_out must be vocab_size.
 * Ownership: the caller's array.
 * Errors:    SW_E_ARGUMENT; SW_E_STATE for an empty sequence; SW_E_NO_MEMORY.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_sequence_logits(sw_sequence* sequence, float* out, size_t n_out);

/**
 * Copies the recurrent state after the last token.
 *
 * Shapes:    ssm_state NULL or (n_layers, n_heads, head_dim, d_state); conv_state NULL or (n_layers, d_conv - 1, d_conv_in),
 *            oldest row first, before the convolution; d_conv_in = d_inner + 2 * n_groups * d_state. float32; the counts are
 *            in floats and must be exact.
 * Ownership: the caller's arrays.
 * Errors:    SW_E_ARGUMENT.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_sequence_state(const sw_sequence* sequence, float* ssm_state, size_t n_ssm, float* conv_state,
                                   size_t n_conv);

typedef struct sw_sampling_options {
  size_t struct_size;
  float temperature; /**< 0: the likeliest token */
  int32_t top_k;     /**< 0: all */
  float top_p;       /**< 0 or 1: all; else the fewest likeliest tokens that hold this much probability */
  float min_p;       /**< 0: all; else tokens at least this likely relative to the likeliest */
  uint64_t seed;
} sw_sampling_options;
#define SW_SAMPLING_OPTIONS_INIT { sizeof(sw_sampling_options), 0.0f, 0, 0.0f, 0.0f, 0 }

/**
 * Draws the next token from the logits after the last one. The draw depends on the logits, the options and the length of the
 * sequence alone, so the same seed gives the same text after a rewind.
 *
 * Ownership: none.
 * Errors:    SW_E_ARGUMENT for NULL or a value out of range; SW_E_STATE for an empty sequence; SW_E_NO_MEMORY.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_sequence_sample(sw_sequence* sequence, const sw_sampling_options* options, int32_t* out);

/**
 * A second sequence at the same place; neither sees the other's tokens afterwards. Kept states are shared.
 *
 * Ownership: the caller owns *out.
 * Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
 * Threads:   one at a time for `sequence`; the fork may then go to another thread.
 * Since:     1.0
 */
SW_API sw_status sw_sequence_fork(const sw_sequence* sequence, sw_sequence** out);

/**
 * Copies the recurrent state of `sequence` after its last token.
 *
 * Shapes:    as sw_sequence_state().
 * Ownership: the caller owns *out.
 * Errors:    SW_E_ARGUMENT; SW_E_NO_MEMORY, also when the snapshot budget is spent. *out is NULL on error.
 * Threads:   one at a time for `sequence`; a snapshot is immutable and may be shared.
 * Since:     1.0
 */
SW_API sw_status sw_sequence_snapshot(const sw_sequence* sequence, sw_snapshot** out);

/**
 * Puts `sequence` where the snapshot was taken, tokens included. Byte for byte as if it had never gone on.
 *
 * Ownership: unchanged.
 * Errors:    SW_E_ARGUMENT; SW_E_MISMATCH for a snapshot of other weights; SW_E_NO_MEMORY. The sequence is unchanged on error.
 * Threads:   one at a time for `sequence`.
 * Since:     1.0
 */
SW_API sw_status sw_sequence_restore(sw_sequence* sequence, const sw_snapshot* snapshot);

/**
 * Goes back to the state after the first `length` tokens. Byte for byte the state that was there. For the last few hundred tokens it
 * costs no forward pass: the state is rebuilt from a kept one and the log of inputs; further back it is re-run from the nearest kept
 * state. Progress in tokens re-run.
 *
 * Ownership: unchanged.
 * Errors:    SW_E_ARGUMENT for a length beyond the sequence's; SW_E_CANCELLED, SW_E_DEADLINE and SW_E_NO_MEMORY leave the
 *            sequence as it was.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_sequence_rewind(sw_sequence* sequence, size_t length, const sw_run_options* options);

typedef struct sw_sequence_stats {
  size_t struct_size;
  uint64_t tokens_run;    /**< through the model, re-runs included */
  uint64_t tokens_rerun;  /**< of those, because of a rewind */
  uint64_t rewinds;
  uint64_t kept_states;   /**< along its text, whoever made them */
  uint64_t kept_bytes;
  uint64_t tokens_replayed; /**< rebuilt from the input log, without a forward pass */
} sw_sequence_stats;
#define SW_SEQUENCE_STATS_INIT { sizeof(sw_sequence_stats), 0, 0, 0, 0, 0, 0 }

/**
 * Fills *out. struct_size must be set.
 *
 * Ownership: none.
 * Errors:    SW_E_ARGUMENT.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_sequence_get_stats(const sw_sequence* sequence, sw_sequence_stats* out);

/**
 * Takes another hold of a snapshot; each needs its own sw_snapshot_free().
 *
 * Ownership: the caller owns one more.
 * Errors:    never fails; NULL is ignored.
 * Threads:   any.
 * Since:     1.0
 */
SW_API void sw_snapshot_retain(sw_snapshot* snapshot);

/**
 * Releases one hold.
 *
 * Ownership: ends one of the caller's.
 * Errors:    never fails; NULL is ignored.
 * Threads:   any.
 * Since:     1.0
 */
SW_API void sw_snapshot_free(sw_snapshot* snapshot);

/**
 * Bytes of memory that the snapshot holds. 0 for NULL.
 *
 * Ownership: none.
 * Errors:    0 for NULL.
 * Threads:   any.
 * Since:     1.0
 */
SW_API uint64_t sw_snapshot_bytes(const sw_snapshot* snapshot);

/**
 * Number of tokens before the snapshot. 0 for NULL.
 *
 * Ownership: none.
 * Errors:    0 for NULL.
 * Threads:   any.
 * Since:     1.0
 */
SW_API size_t sw_snapshot_length(const sw_snapshot* snapshot);

/**
 * Writes the snapshot to a file: float32, checksummed, tied to the weights. Written aside, synced and renamed: on error the file
 * at `path` is what it was before.
 *
 * Ownership: unchanged.
 * Errors:    SW_E_ARGUMENT, SW_E_IO (a full disk, a read-only folder), SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_snapshot_save(const sw_snapshot* snapshot, const char* path, const sw_run_options* options);

/**
 * Reads a snapshot that sw_snapshot_save() wrote with the same weights.
 *
 * Ownership: the caller owns *out.
 * Errors:    SW_E_NOT_FOUND, SW_E_IO, SW_E_FORMAT (anything that does not check out), SW_E_MISMATCH (other weights, other
 *            kernels' numbers), SW_E_NO_MEMORY, SW_E_CANCELLED, SW_E_DEADLINE.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_snapshot_load(sw_model* model, const char* path, const sw_run_options* options, sw_snapshot** out);

/* ------------------------------------------------------------------------------------------------- store on disk */

/** A folder of states, as an engine with store_folder makes it. To look after it; engines may use it meanwhile. */
typedef struct sw_store sw_store;

/**
 * Opens a folder of states and removes what dead writers left in it. Makes it when it is missing.
 *
 * Ownership: the caller owns *out.
 * Errors:    SW_E_ARGUMENT; SW_E_IO when it cannot be made or read, or belongs to another user; SW_E_NO_MEMORY.
 * Threads:   any; a store may be used from several threads at once.
 * Since:     1.0
 */
SW_API sw_status sw_store_open(const char* folder, sw_store** out);

/**
 * Releases it. The folder stays.
 *
 * Ownership: ends the caller's.
 * Errors:    never fails; NULL is ignored.
 * Threads:   any, once.
 * Since:     1.0
 */
SW_API void sw_store_free(sw_store* store);

typedef struct sw_store_entry {
  size_t struct_size;
  const char* name;      /**< of the file in the folder */
  int32_t reason;        /**< 0: good, as far as looked; else why not: then only name, reason, why and bytes hold */
  const char* why;       /**< in words, "" when good */
  uint64_t bytes;
  int64_t used_at;       /**< seconds since 1970 */
  uint64_t n_tokens;
  const char* codec;
  const char* weights;   /**< identity of the model, see sw_model_hash() */
  const char* tokenizer; /**< identity of its vocabulary; "" when unknown */
  int32_t removed;       /**< not 0: by sw_store_verify() */
} sw_store_entry;
#define SW_STORE_ENTRY_INIT { sizeof(sw_store_entry), NULL, 0, NULL, 0, 0, 0, NULL, NULL, NULL, 0 }

/** Receives one entry, valid during the call. Return 0 to go on, anything else to stop. */
typedef int32_t (*sw_store_entry_fn)(void* user, const sw_store_entry* entry);

/**
 * Gives every state, the most recently used first. Only headers are read.
 *
 * Ownership: entries are borrowed during the call.
 * Errors:    SW_E_ARGUMENT, SW_E_IO, SW_E_NO_MEMORY; SW_E_CANCELLED when `on_entry` stopped it.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_store_list(sw_store* store, sw_store_entry_fn on_entry, void* user);

typedef struct sw_store_report {
  size_t struct_size;
  uint64_t checked;       /**< files read to their last byte */
  uint64_t bytes;
  uint64_t bad;
  uint64_t removed;       /**< of those */
  uint64_t other_version; /**< cannot be judged by this one */
} sw_store_report;
#define SW_STORE_REPORT_INIT { sizeof(sw_store_report), 0, 0, 0, 0, 0 }

/**
 * Reads every file and compares its checksum. With remove_bad, truncated and damaged files are removed. Progress in bytes.
 *
 * Ownership: on_bad, which may be NULL, gets each bad file, borrowed during the call. *out is the caller's.
 * Errors:    SW_E_ARGUMENT, SW_E_IO, SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY. Bad files are no error.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_store_verify(sw_store* store, int32_t remove_bad, const sw_run_options* options, sw_store_entry_fn on_bad,
                                 void* user, sw_store_report* out);

/**
 * Removes states, those that were not used for longest first, until at most `bytes_max` are left; 0 removes all.
 *
 * Ownership: n_files and n_bytes, which may be NULL, get what was removed.
 * Errors:    SW_E_ARGUMENT, SW_E_IO; SW_E_STATE while another process does the same.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_store_gc(sw_store* store, uint64_t bytes_max, uint64_t* n_files, uint64_t* n_bytes);

/* ---------------------------------------------------------------------------------------------- text and its syntax */

/**
 * The language of a file, "python", by its name and then by its first line ("#!/usr/bin/env python3"). The file need not exist.
 *
 * Ownership: a static string; NULL when nobody knows, and for a NULL path.
 * Errors:    never fails.
 * Threads:   any.
 * Since:     1.0
 */
SW_API const char* sw_text_language(const char* path, const char* first_line, size_t first_line_length);

/** How a text is read. Any bytes are a text here, also what is not UTF-8. */
typedef struct sw_text_options {
  size_t struct_size;
  const char* language;      /**< "python"; NULL, or a language without a grammar: lines and indentation alone */
  size_t chunk_size_max;     /**< characters of a chunk that are not blanks; 0: 1500 */
  int64_t parse_ms_max;      /**< of the parse; beyond, lines and indentation are used. 0: 2000 */
} sw_text_options;
#define SW_TEXT_OPTIONS_INIT { sizeof(sw_text_options), NULL, 0, 0 }

/** A part of a text: whole lines. */
typedef struct sw_chunk {
  size_t begin;       /**< byte range of the text */
  size_t end;
  size_t first_line;  /**< from 0 */
} sw_chunk;

/**
 * Cuts a text into chunks that cover it exactly once and break it where its syntax breaks. A chunk is larger than chunk_size_max only where
 * a single line is. Writes at most `capacity` chunks and always the whole count to *n_chunks. Progress in bytes.
 *
 * Shapes:    chunks (capacity,); chunks may be NULL when capacity is 0, to ask for the count.
 * Ownership: the caller's array.
 * Errors:    SW_E_ARGUMENT for NULL or an unknown language; SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_text_chunks(const char* text, size_t length, const sw_text_options* options, const sw_run_options* run,
                                sw_chunk* chunks, size_t capacity, size_t* n_chunks);

/** What a text declares, imports and refers to. Immutable. */
typedef struct sw_outline sw_outline;

/**
 * Reads the outline of a text. Half-typed code loses at most what is broken. Progress in bytes.
 *
 * Ownership: the caller owns *out, which keeps nothing of `text`.
 * Errors:    SW_E_ARGUMENT for NULL or an unknown language; SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_text_outline(const char* text, size_t length, const sw_text_options* options, const sw_run_options* run,
                                 sw_outline** out);

/**
 * Releases an outline.
 *
 * Ownership: ends the caller's; what was borrowed from it ends too.
 * Errors:    never fails; NULL is ignored.
 * Threads:   not while another thread uses it.
 * Since:     1.0
 */
SW_API void sw_outline_free(sw_outline* outline);

typedef struct sw_outline_info {
  size_t struct_size;
  size_t n_declarations;
  size_t n_imports;
  size_t n_references;
  int32_t by_syntax;        /**< 1: from a syntax tree; 0: from lines and indentation */
  int32_t has_errors;       /**< 1: the tree has errors, as that of half-typed code */
  const char* skeleton;     /**< declarations without bodies, in lines of the text, (skeleton_length,) and NUL-terminated */
  size_t skeleton_length;
  size_t n_errors;          /**< of the tree: places that fit nowhere, and what is missing */
} sw_outline_info;
#define SW_OUTLINE_INFO_INIT { sizeof(sw_outline_info), 0, 0, 0, 0, 0, NULL, 0, 0 }

/**
 * Fills *out. struct_size must be set.
 *
 * Ownership: the skeleton is borrowed from the outline.
 * Errors:    SW_E_ARGUMENT.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_outline_get_info(const sw_outline* outline, sw_outline_info* out);

typedef struct sw_declaration {
  size_t struct_size;
  const char* name;
  const char* kind;        /**< "function", "method", "class", "type", "constant", "field", "module", "macro" */
  int64_t parent;          /**< index of the declaration around it; -1 at the top */
  size_t begin;            /**< byte range of the text, with the body and the documentation above */
  size_t end;
  size_t signature_begin;  /**< up to the body */
  size_t signature_end;
  size_t doc_begin;        /**< empty when it has no documentation */
  size_t doc_end;
} sw_declaration;
#define SW_DECLARATION_INIT { sizeof(sw_declaration), NULL, NULL, 0, 0, 0, 0, 0, 0, 0 }

/**
 * Declaration `index`, in the order of the text; a parent stands before what is in it.
 *
 * Ownership: strings are borrowed from the outline.
 * Errors:    SW_E_ARGUMENT.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_outline_declaration(const sw_outline* outline, size_t index, sw_declaration* out);

/**
 * What import `index` names, "os.path", without quotes; with its byte range of the text in *begin and *end, unless those are NULL.
 *
 * Ownership: borrowed from the outline; NULL when there is no such import.
 * Errors:    never fails.
 * Threads:   any.
 * Since:     1.0
 */
SW_API const char* sw_outline_import(const sw_outline* outline, size_t index, size_t* begin, size_t* end);

/**
 * Name `index` that the text uses. Sorted by bytes, without repeats.
 *
 * Ownership: borrowed from the outline; NULL when there is no such name.
 * Errors:    never fails.
 * Threads:   any.
 * Since:     1.0
 */
SW_API const char* sw_outline_reference(const sw_outline* outline, size_t index);

/* ------------------------------------------------------------------------------------- buffer and completion (high level) */

/** A text that is being edited, with the states of its last prompts. */
typedef struct sw_buffer sw_buffer;

typedef struct sw_buffer_options {
  size_t struct_size;
  const char* path;      /**< UTF-8, shown to models that were trained with paths; NULL: none. Never opened. */
  const char* language;  /**< LSP language id, "python"; NULL: guessed from the path */
} sw_buffer_options;
#define SW_BUFFER_OPTIONS_INIT { sizeof(sw_buffer_options), NULL, NULL }

/**
 * Makes a buffer for completions by `model`.
 *
 * Ownership: the caller owns *out; text and options are copied.
 * Errors:    SW_E_ARGUMENT for NULL or text that is not UTF-8 (the error says at which byte); SW_E_STATE for a model that was
 *            opened without a tokenizer; SW_E_NO_MEMORY.
 * Threads:   the buffer belongs to one thread at a time.
 * Since:     1.0
 */
SW_API sw_status sw_buffer_create(sw_model* model, const sw_buffer_options* options, const char* text, size_t length,
                                  sw_buffer** out);

/**
 * Releases the buffer. Its requests go on and stay valid.
 *
 * Ownership: ends the caller's.
 * Errors:    never fails; NULL is ignored.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API void sw_buffer_free(sw_buffer* buffer);

/**
 * Replaces the bytes [begin, end) by `text`. Both ends must lie between characters.
 *
 * Ownership: text is copied.
 * Errors:    SW_E_ARGUMENT (outside the text, inside a character, not UTF-8), SW_E_NO_MEMORY. The buffer is unchanged on error.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_buffer_edit(sw_buffer* buffer, size_t begin, size_t end, const char* text, size_t length);

/** A piece of another file that the model is to read first. */
typedef struct sw_document {
  size_t struct_size;
  const char* path;   /**< as the model shall see it, relative to the workspace; UTF-8 */
  const char* text;   /**< whole lines; UTF-8 */
  size_t length;
} sw_document;
#define SW_DOCUMENT_INIT { sizeof(sw_document), NULL, NULL, 0 }

/**
 * What the model reads of other files before the text around the cursor, in all completions from now on: what changes least first, what
 * matters most last. Each document stands under a header line with its path. n_documents 0: nothing. A completion after a change
 * re-runs the prompt from the first document that differs.
 *
 * Ownership: everything is copied. documents: (n_documents,), each with its struct_size.
 * Errors:    SW_E_ARGUMENT for NULL or text that is not UTF-8; SW_E_NO_MEMORY. The buffer is unchanged on error.
 * Threads:   one at a time for the buffer.
 * Since:     1.0
 */
SW_API sw_status sw_buffer_set_context(sw_buffer* buffer, const sw_document* documents, size_t n_documents);

/**
 * The text now, `*length` bytes, also NUL-terminated.
 *
 * Ownership: *text is borrowed until the buffer changes.
 * Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_buffer_text(const sw_buffer* buffer, const char** text, size_t* length);

/**
 * Idle work: runs at most `max_tokens` tokens of the text around the last completion's place, so that states lie where the next edit
 * is likely to need them. It gives way to requests between chunks. Nothing is run when what is kept is about as good. Only prompts
 * that go on with the text after the cursor (SW_FILL_PREFIX) are run ahead of it; others are only made denser.
 *
 * Ownership: unchanged.
 * Errors:    SW_E_ARGUMENT, SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY; *n_run is valid in each case. n_run may be NULL.
 * Threads:   one at a time for the buffer; blocks until done.
 * Since:     1.0
 */
SW_API sw_status sw_buffer_refill(sw_buffer* buffer, size_t max_tokens, const sw_run_options* options, size_t* n_run);

/**
 * A sequence that stands where the buffer's last completion left off: after its prompt, and what was generated for its first
 * candidate. A copy: the buffer goes on by itself.
 *
 * Ownership: the caller owns *out.
 * Errors:    SW_E_ARGUMENT; SW_E_STATE before the first completion; SW_E_NO_MEMORY.
 * Threads:   one at a time for the buffer; waits for the completions that run.
 * Since:     1.0
 */
SW_API sw_status sw_buffer_fork(sw_buffer* buffer, sw_sequence** out);

/** What a column counts. */
typedef int32_t sw_column_unit;
enum { SW_COLUMN_BYTES = 0, SW_COLUMN_UTF16 = 1, SW_COLUMN_CHARACTERS = 2 };

/**
 * The byte offset of a line and column, both from 0. Lines end at LF, CR LF or CR. A column at the end of its line is the place before
 * the line's end.
 *
 * Ownership: none.
 * Errors:    SW_E_ARGUMENT for a line or column off the text, or a column inside a character.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_buffer_offset(const sw_buffer* buffer, size_t line, size_t column, sw_column_unit unit, size_t* out);

/**
 * The line and column of a byte offset, both from 0: the way back from sw_buffer_offset(). Between CR and LF it is the place before both.
 *
 * Ownership: none. *line and *column are 0 on error.
 * Errors:    SW_E_ARGUMENT for an offset off the text or inside a character.
 * Threads:   one at a time.
 * Since:     1.0
 */
SW_API sw_status sw_buffer_position(const sw_buffer* buffer, size_t offset, sw_column_unit unit, size_t* line, size_t* column);

/** One completion on its way. */
typedef struct sw_request sw_request;

/** Called for each piece of text of candidate `index` as it comes, on a thread of the engine. Return 0 to go on. Those of
 *  several candidates come by turns. The pieces may go further than the final text, which is cut by the stop rules; sw_candidate.text is what counts. */
typedef int32_t (*sw_text_fn)(void* user, int32_t index, const char* text, size_t length);

/** Called once, when the request is done, on a thread of the engine. */
typedef void (*sw_done_fn)(void* user, sw_request* request);

/** How a prompt shows the file. */
typedef int32_t sw_layout;
enum {
  SW_LAYOUT_DEFAULT = 0,   /**< in one piece, by windows that depend on the text and the cursor alone */
  SW_LAYOUT_WHOLE = 1,     /**< in one piece */
  SW_LAYOUT_SPLIT = 2,     /**< what is far from the cursor first, as documents of its own: a jump nearby costs little. Windows stay
                                where they were while one edits within them. Where the mode cannot: SW_LAYOUT_WHOLE */
  SW_LAYOUT_AUTO = 3,      /**< what is cheapest now and serves well later: split, as a rule; near for some keystrokes after a jump far
                                away, while sw_buffer_refill() makes the other ready */
  SW_LAYOUT_NEAR = 4       /**< what is near the cursor alone */
};

/**
 * Token healing: whether a prompt may end inside a token. Healed, it ends at the last place before the cursor where the text may be cut
 * without changing a token, and the first tokens are held to what was typed there.
 */
typedef int32_t sw_heal;
enum {
  SW_HEAL_MODEL = 0, /**< as the model was trained: by default only where it writes from left to right (docs/fill-in.md) */
  SW_HEAL_ON = 1,    /**< wherever the prompt has the prefix as a part of its own */
  SW_HEAL_OFF = 2
};

typedef struct sw_complete_options {
  size_t struct_size;
  sw_fill_mode mode;
  int32_t max_tokens;           /**< 0: 128; negative: none: the prompt is run, so that the next one costs little */
  int32_t n_candidates;         /**< 0: 1; at most 16. Beyond the first they are sampled, and sorted by likelihood */
  sw_sampling_options sampling; /**< temperature 0 with n_candidates > 1 means 0.6 for those after the first */
  const char* const* stop;      /**< strings that end the text, not part of it */
  size_t n_stop;
  int32_t multiline;            /**< 0: as the place asks: many on an empty line and where a block has just opened; 1: one line only;
                                     2: as many as come */
  int64_t time_budget_ms;       /**< from the call; generation stops in time and says so; 0: none */
  size_t prefix_window_bytes;   /**< text before the cursor that the model sees; 0: the model's own */
  size_t suffix_window_bytes;   /**< text after the cursor; 0: the model's own */
  int32_t cold;                 /**< not 0: forget kept states first. For tests: the result is the same */
  sw_text_fn on_text;           /**< NULL: none */
  sw_done_fn on_done;           /**< NULL: none */
  void* user;
  sw_layout layout;
  int32_t cut_at_syntax;        /**< not 0: the text is also cut where its syntax says that the block or statement at the cursor is over */
  double logprob_min;           /**< candidates whose tokens are less likely, by their mean log probability, show nothing; 0: none */
  int32_t type_through;         /**< not 0: where what was typed since the last completion is how its text begins, the rest of that is the
                                     answer, without a run of the model: what is shown stays. A run might say otherwise. The callbacks
                                     then come from within the call */
  sw_heal heal;
  int32_t ahead;                /**< not 0: when it is done, and while nothing else waits, the completion that follows is run as well, as if this
                                     one's best candidate was accepted whole. When it is, and the same is asked for there, the answer
                                     is ready; the callbacks then come from within the call */
  int32_t only_at_useful;       /**< not 0: where a completion is seldom wanted, nothing is run: the answer is empty, SW_FINISH_PLACE, and
                                     its `cut` says why. Such a place has more than 8 characters on its line after the cursor, closing
                                     punctuation not counted */
} sw_complete_options;
#define SW_COMPLETE_OPTIONS_INIT \
  { sizeof(sw_complete_options), 0, 0, 0, SW_SAMPLING_OPTIONS_INIT, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0.0, 0, 0, 0, 0 }

/**
 * Starts a completion at byte `offset`. Returns at once; the engine's worker runs it on a copy of what it needs, so the buffer may
 * be edited meanwhile. A newer request of the same buffer supersedes an older one, which then ends as SW_E_CANCELLED.
 *
 * Ownership: the caller owns *out; options are copied.
 * Errors:    SW_E_ARGUMENT for an offset off the text or inside a character, or an option out of range; SW_E_UNSUPPORTED for a
 *            mode that the model cannot do; SW_E_NO_MEMORY.
 * Threads:   one at a time for the buffer.
 * Since:     1.0
 */
SW_API sw_status sw_complete(sw_buffer* buffer, size_t offset, const sw_complete_options* options, sw_request** out);

/**
 * Not 0 when the request is done, whatever its outcome.
 *
 * Ownership: none.
 * Errors:    1 for NULL.
 * Threads:   any.
 * Since:     1.0
 */
SW_API int32_t sw_request_poll(const sw_request* request);

/**
 * Waits until the request is done.
 *
 * Ownership: unchanged.
 * Errors:    SW_E_DEADLINE when it is not done after timeout_ms (negative: no limit); SW_E_ARGUMENT. Else SW_OK: the outcome of the
 *            request itself is sw_request_status().
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_request_wait(const sw_request* request, int64_t timeout_ms);

/**
 * Asks the request to stop. It is done soon after, with what it has: status SW_E_CANCELLED.
 *
 * Ownership: unchanged.
 * Errors:    never fails; NULL is ignored.
 * Threads:   any, also from a callback.
 * Since:     1.0
 */
SW_API void sw_request_cancel(sw_request* request);

/**
 * Cancels the request if it is not done, waits for it, and releases it. Not from a callback of the same request.
 *
 * Ownership: ends the caller's.
 * Errors:    never fails; NULL is ignored.
 * Threads:   any, once.
 * Since:     1.0
 */
SW_API void sw_request_free(sw_request* request);

/**
 * The outcome: SW_OK, or why it failed. SW_E_STATE while it runs.
 *
 * Ownership: none.
 * Errors:    SW_E_ARGUMENT for NULL.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_request_status(const sw_request* request);

/**
 * The outcome in words; "" when it is SW_OK or still runs.
 *
 * Ownership: borrowed from the request.
 * Errors:    never fails.
 * Threads:   any.
 * Since:     1.0
 */
SW_API const char* sw_request_error(const sw_request* request);

/** Why a candidate ends where it ends. */
typedef int32_t sw_finish;
enum {
  SW_FINISH_EOS = 1,        /**< the model ended it */
  SW_FINISH_STOP = 2,       /**< a stop string */
  SW_FINISH_SUFFIX = 3,     /**< it reached the text after the cursor */
  SW_FINISH_LINE = 4,       /**< one line was asked for */
  SW_FINISH_MAX_TOKENS = 5,
  SW_FINISH_TIME = 6,       /**< the time budget */
  SW_FINISH_REPEAT = 7,     /**< it began to repeat itself */
  SW_FINISH_CALLBACK = 8,   /**< on_text asked to stop */
  SW_FINISH_BLOCK = 9,      /**< it left the block that the cursor is in */
  SW_FINISH_SYNTAX = 10,    /**< its syntax says that it is over, or broken from there on */
  SW_FINISH_UNLIKELY = 11,  /**< less likely than asked for: there is no text */
  SW_FINISH_PLACE = 12      /**< nothing was run: a completion is seldom wanted there */
};

typedef struct sw_candidate {
  size_t struct_size;
  const char* text;        /**< to insert at the cursor; NUL-terminated too */
  size_t length;
  const char* raw;         /**< before the cuts */
  size_t raw_length;
  const int32_t* ids;      /**< of raw; of a healed prompt they begin with what was typed */
  size_t n_ids;
  double logprob;          /**< sum over ids; of a token that is held to what was typed, among those that are let through */
  double suffix_logprob;   /**< of the first suffix tokens after it, in SW_FILL_PREFIX with several candidates; else 0 */
  sw_finish finish;        /**< 0 when the request was cancelled on the way */
  const char* cut;         /**< what was cut off raw and why; "" when nothing was */
} sw_candidate;
#define SW_CANDIDATE_INIT { sizeof(sw_candidate), NULL, 0, NULL, 0, NULL, 0, 0.0, 0.0, 0, NULL }

/**
 * Number of candidates so far; 0 while the request runs.
 *
 * Ownership: none.
 * Errors:    0 for NULL.
 * Threads:   any.
 * Since:     1.0
 */
SW_API size_t sw_request_n_candidates(const sw_request* request);

/**
 * Candidate `index`, best first. A cancelled or late request keeps what it had.
 *
 * Ownership: pointers are borrowed from the request.
 * Errors:    SW_E_ARGUMENT, SW_E_STATE while it runs.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_request_candidate(const sw_request* request, size_t index, sw_candidate* out);

typedef struct sw_request_stats {
  size_t struct_size;
  sw_fill_mode mode;       /**< that was used */
  size_t prefix_begin;     /**< byte range of the buffer that the prompt shows before the cursor */
  size_t prefix_end;       /**< the cursor; of a healed prompt the last of it are not shown, but written first */
  size_t suffix_begin;     /**< and after it */
  size_t suffix_end;
  size_t prompt_tokens;
  size_t reused_tokens;    /**< of those, spared by a kept state */
  size_t generated_tokens; /**< over all candidates */
  double queue_ms;         /**< waiting for the worker */
  double prompt_ms;        /**< running the prompt */
  double first_token_ms;   /**< from the call to the first token */
  double total_ms;
  const int32_t* prompt;   /**< (prompt_tokens,) */
  sw_source source;        /**< where the reused tokens' state came from */
  size_t replayed_tokens;  /**< of the reused ones, rebuilt from the input log */
  sw_layout layout;        /**< that was used: whole, split or near */
  size_t head_end;         /**< of a split prompt: it shows [prefix_begin, head_end) and [tail_begin, suffix_end) first */
  size_t tail_begin;
  size_t healed_bytes;     /**< before the cursor, behind the prompt's end: what the first tokens were held to */
} sw_request_stats;
#define SW_REQUEST_STATS_INIT { sizeof(sw_request_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, NULL, 0, 0, 0, 0, 0, 0 }

/**
 * Fills *out. struct_size must be set.
 *
 * Ownership: pointers are borrowed from the request.
 * Errors:    SW_E_ARGUMENT, SW_E_STATE while it runs.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_request_get_stats(const sw_request* request, sw_request_stats* out);

/** What a run of the prompt's tokens is. */
typedef int32_t sw_part_kind;
enum {
  SW_PART_CONTROL = 1,    /**< a control token */
  SW_PART_TEXT = 2,       /**< fixed text of the model's template */
  SW_PART_CONTEXT = 3,    /**< a document of another file */
  SW_PART_HEAD = 4,       /**< of a split prompt: the far part of the text before the cursor */
  SW_PART_TAIL = 5,       /**< and after it */
  SW_PART_SUFFIX = 6,
  SW_PART_PREFIX = 7,
  SW_PART_INSTRUCTION = 8 /**< the message that shows an instruction-tuned model the hole */
};

typedef struct sw_prompt_part {
  size_t struct_size;
  sw_part_kind kind;
  const char* name;  /**< the control token, or the path; may be "" */
  const char* why;   /**< the document was chosen; may be "" */
  size_t n_bytes;
  size_t n_tokens;
} sw_prompt_part;
#define SW_PROMPT_PART_INIT { sizeof(sw_prompt_part), 0, NULL, NULL, 0, 0 }

/**
 * Part `index` of the prompt, in order. The tokens of all parts add up to the prompt.
 *
 * Ownership: pointers are borrowed from the request.
 * Errors:    SW_E_ARGUMENT; SW_E_NOT_FOUND when there are not so many; SW_E_STATE while it runs.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_request_part(const sw_request* request, size_t index, sw_prompt_part* out);

/** A way to lay out the prompt that was looked at. */
typedef struct sw_plan_option {
  size_t struct_size;
  sw_fill_mode mode;
  sw_layout layout;
  size_t n_tokens;
  size_t n_run;    /**< of those, not to be had from a state in memory */
  double price;    /**< in tokens, of this request and the keystrokes that are likely to follow */
  int32_t chosen;  /**< not 0 for one of them */
} sw_plan_option;
#define SW_PLAN_OPTION_INIT { sizeof(sw_plan_option), 0, 0, 0, 0, 0.0, 0 }

/**
 * The ways to lay out the prompt that the planner compared, the most wanted first. The cheapest was run.
 *
 * Ownership: none.
 * Errors:    SW_E_ARGUMENT; SW_E_NOT_FOUND when there are not so many; SW_E_STATE while it runs.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_request_plan_option(const sw_request* request, size_t index, sw_plan_option* out);

/* --------------------------------------------------------------------------------------------------------- workspaces */

/** The index of a folder of source files, and what a prompt takes from it. Stands alone: no engine, no model. */
typedef struct sw_workspace sw_workspace;

typedef struct sw_workspace_options {
  size_t struct_size;
  const char* store_folder;   /**< NULL: memory only. Else records of files lie here too, so that the next process parses nothing again. They
                                   hold signatures and comments of the files: the folder is made for its owner only */
  int32_t n_threads;          /**< of an update: 1 or 2; 0: 2 */
  uint64_t file_bytes_max;    /**< larger files are passed over; 0: 1 MiB; at most 64 MiB */
} sw_workspace_options;
#define SW_WORKSPACE_OPTIONS_INIT { sizeof(sw_workspace_options), NULL, 0, 0 }

/**
 * Opens the index of `folder`; it is empty until sw_workspace_update(). `tokenizer` is the one that contexts are counted and encoded by; NULL
 * when none will be asked for.
 *
 * Ownership: the caller owns *out. The tokenizer is shared and may be freed.
 * Errors:    SW_E_ARGUMENT (also a store folder that others own or can write to), SW_E_NOT_FOUND, SW_E_IO, SW_E_NO_MEMORY.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_workspace_open(const sw_tokenizer* tokenizer, const char* folder, const sw_workspace_options* options, sw_workspace** out);

/**
 * Releases the index. Contexts that were made from it stay.
 *
 * Ownership: ends the caller's.
 * Errors:    never fails; NULL is ignored.
 * Threads:   not while another call uses it.
 * Since:     1.0
 */
SW_API void sw_workspace_free(sw_workspace* workspace);

/**
 * Brings the index up to date. With n_paths 0 the whole folder is walked; else only those paths are looked at, relative to the folder, with
 * slashes (a folder, an ignore file or a path that was not known and is not there makes it a whole walk). Progress in files. Where it is stopped
 * or fails, what was done stays, and the rest is as it was.
 *
 * Ownership: nothing is kept.
 * Errors:    SW_E_ARGUMENT, SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY. Files and folders that cannot be read are counted, no error.
 * Threads:   any; updates wait for each other, readers do not wait for them. Callbacks come from the calling thread.
 * Since:     1.0
 */
SW_API sw_status sw_workspace_update(sw_workspace* workspace, const char* const* paths, size_t n_paths, const sw_run_options* options);

/** Why files are not in an index. Names: sw_skip_reason_name(). */
enum { SW_SKIP_REASONS = 12 };

typedef struct sw_workspace_stats {
  size_t struct_size;
  uint64_t files;
  uint64_t lines;
  uint64_t bytes;
  uint64_t chunks;
  uint64_t definitions;
  uint64_t skeleton_bytes;
  uint64_t memory_bytes;      /**< that the index holds, about */
  uint64_t unchanged;         /**< files of the last update: known by size and time */
  uint64_t reread;            /**< read and hashed */
  uint64_t from_store;        /**< whose record was on disk */
  uint64_t made;              /**< whose record was made */
  uint64_t skipped[SW_SKIP_REASONS]; /**< files and folders passed over, by reason; a folder counts once */
  int32_t store_failed;       /**< 1: the store could not be used, was damaged, or could not be written at some time; the index is whole all the same */
} sw_workspace_stats;
#define SW_WORKSPACE_STATS_INIT { sizeof(sw_workspace_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0 }

/**
 * The name of a reason, "minified"; "unknown" for a number that this version does not know.
 *
 * Ownership: a static string.
 * Errors:    never fails.
 * Threads:   any.
 * Since:     1.0
 */
SW_API const char* sw_skip_reason_name(int32_t reason);

/**
 * Fills *out. struct_size must be set.
 *
 * Ownership: none.
 * Errors:    SW_E_ARGUMENT.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_workspace_get_stats(const sw_workspace* workspace, sw_workspace_stats* out);

/** A file of an index, or a place in one. Strings are valid during the call. */
typedef struct sw_workspace_file {
  size_t struct_size;
  const char* path;     /**< relative to the folder */
  const char* language; /**< "python"; "" when nobody knows */
  uint64_t bytes;
  uint64_t lines;
  uint64_t line;        /**< from 0, of a definition; 0 for files */
} sw_workspace_file;
#define SW_WORKSPACE_FILE_INIT { sizeof(sw_workspace_file), NULL, NULL, 0, 0, 0 }

/** Gets one file or place. Return 0 to go on, anything else to stop. */
typedef int32_t (*sw_workspace_file_fn)(void* user, const sw_workspace_file* file);

/**
 * Calls on_file for each file of the index, by path.
 *
 * Ownership: nothing is kept.
 * Errors:    SW_E_ARGUMENT; SW_E_CANCELLED when the callback asked to stop.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_workspace_list(const sw_workspace* workspace, sw_workspace_file_fn on_file, void* user);

/**
 * Calls on_place for each place that defines `name`, by path and line. Names are told apart by 32 bits of a hash: one in a few hundred thousand
 * is taken for another.
 *
 * Ownership: nothing is kept.
 * Errors:    SW_E_ARGUMENT; SW_E_CANCELLED when the callback asked to stop.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_workspace_find(const sw_workspace* workspace, const char* name, size_t length, sw_workspace_file_fn on_place, void* user);

/** What a prompt takes from a workspace at one cursor. Immutable. */
typedef struct sw_context sw_context;

/** A change that the user made lately, as text: a small diff. */
typedef struct sw_recent_edit {
  const char* path;
  const char* diff;
} sw_recent_edit;

typedef struct sw_context_query {
  size_t struct_size;
  const char* path;            /**< of the file that is edited, relative to the folder; need not be in the index */
  const char* before;          /**< the text around the cursor that the model is shown anyway */
  size_t before_length;
  const char* after;
  size_t after_length;
  uint64_t window_begin;       /**< where that text lies in the file, in bytes: nothing of it is shown twice */
  uint64_t window_end;
  uint32_t budget_tokens;      /**< 0: 32,768; at most 262,144 */
  double budget_ms;            /**< of running them, at tokens_per_s; 0: only tokens count. The smaller of both budgets wins */
  double tokens_per_s;         /**< as measured on this machine */
  const sw_recent_edit* edits; /**< the newest last */
  size_t n_edits;
  const char* header;          /**< before each part, "{path}" is filled in; it ends with a newline. NULL: "+++++ {path}\n" */
  const sw_context* previous;  /**< kept while the query changes little, so that typing changes nothing; may be NULL */
  const char* strategy;        /**< NULL or "ours"; to measure against: "random", "path", "bm25", "skeletons" */
  uint64_t seed;               /**< of "random" */
} sw_context_query;
#define SW_CONTEXT_QUERY_INIT { sizeof(sw_context_query), NULL, NULL, 0, NULL, 0, 0, 0, 0, 0.0, 0.0, NULL, 0, NULL, NULL, NULL, 0 }

/**
 * Chooses what of the workspace is worth showing to a model that completes at a cursor, within the budget. The same for the same index and
 * query. Files that changed since the last update are left out.
 *
 * Ownership: the caller owns *out.
 * Errors:    SW_E_ARGUMENT (also text that is not UTF-8), SW_E_STATE for a workspace without a tokenizer, SW_E_CANCELLED, SW_E_DEADLINE,
 *            SW_E_NO_MEMORY.
 * Threads:   any, also during an update: the index is then what it was before.
 * Since:     1.0
 */
SW_API sw_status sw_workspace_context(sw_workspace* workspace, const sw_context_query* query, const sw_run_options* options, sw_context** out);

/**
 * Releases the context.
 *
 * Ownership: ends the caller's.
 * Errors:    never fails; NULL is ignored.
 * Threads:   not while another call uses it.
 * Since:     1.0
 */
SW_API void sw_context_free(sw_context* context);

typedef struct sw_context_info {
  size_t struct_size;
  size_t n_parts;
  size_t n_stable;         /**< of those, the first ones, which depend on the index, the path and the budget but not on the cursor */
  size_t n_tokens;
  size_t n_stable_tokens;
  int32_t kept;            /**< 1: taken over from query.previous */
} sw_context_info;
#define SW_CONTEXT_INFO_INIT { sizeof(sw_context_info), 0, 0, 0, 0, 0 }

/**
 * Fills *out. struct_size must be set.
 *
 * Ownership: none.
 * Errors:    SW_E_ARGUMENT.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_context_get_info(const sw_context* context, sw_context_info* out);

typedef struct sw_context_part {
  size_t struct_size;
  const char* kind;        /**< "skeleton", "file", "edit", "chunk", "declarations" */
  const char* path;
  uint64_t first_line;     /**< from 0, in the file */
  const char* text;        /**< header, piece, newline; NUL-terminated too */
  size_t length;
  const int32_t* ids;      /**< of the text as a continuation: ids of all parts, joined, are those of all texts joined */
  size_t n_ids;
  double score;            /**< larger is better, among parts of one kind */
  const char* why;         /**< "imported", "shares parse, Token" */
} sw_context_part;
#define SW_CONTEXT_PART_INIT { sizeof(sw_context_part), NULL, NULL, 0, NULL, 0, NULL, 0, 0.0, NULL }

/**
 * Part `index`, in the order of the prompt: far to near, the best last.
 *
 * Ownership: pointers are borrowed from the context.
 * Errors:    SW_E_ARGUMENT.
 * Threads:   any.
 * Since:     1.0
 */
SW_API sw_status sw_context_get_part(const sw_context* context, size_t index, sw_context_part* out);

/**
 * Chooses what of the workspace the model reads before the text around `offset`, in all completions of the buffer from now on, as
 * sw_workspace_context() does. The buffer knows its path, its windows, the model's header and what it showed before, so that nothing
 * changes while one types. To be called on a pause, after other files changed or after a far jump; never needed for a keystroke.
 *
 * Of `query`, which may be NULL, only the budgets, the edits and the strategy are read. budget_tokens 0: the model's own; tokens_per_s 0: as
 * measured by the engine so far.
 *
 * Ownership: nothing is kept of the arguments. *changed, which may be NULL, is 0 when the buffer shows the same as before.
 * Errors:    those of sw_workspace_context(); SW_E_MISMATCH for a workspace with another tokenizer. The buffer is unchanged on error.
 * Threads:   one at a time for the buffer.
 * Since:     1.0
 */
SW_API sw_status sw_buffer_update_context(sw_buffer* buffer, sw_workspace* workspace, size_t offset, const sw_context_query* query,
                                          const sw_run_options* options, int32_t* changed);

#ifdef __cplusplus
}
#endif

#endif /* SIDEWINDER_SIDEWINDER_H */
