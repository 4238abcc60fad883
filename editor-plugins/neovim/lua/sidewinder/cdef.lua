-- Written by editor-plugins/generate from include/sidewinder/sidewinder.h: the C API for LuaJIT.
return [[
typedef int32_t sw_status;
enum {
  SW_OK = 0,
  SW_E_ARGUMENT = 1,
  SW_E_NOT_FOUND = 2,
  SW_E_IO = 3,
  SW_E_FORMAT = 4,
  SW_E_UNSUPPORTED = 5,
  SW_E_NO_MEMORY = 6,
  SW_E_CANCELLED = 7,
  SW_E_DEADLINE = 8,
  SW_E_STATE = 9,
  SW_E_MISMATCH = 10,
  SW_E_INTERNAL = 11
};
uint32_t sw_api_version(void);
const char* sw_version(void);
const char* sw_last_error(void);
const char* sw_status_name(sw_status status);
typedef struct sw_engine sw_engine;
typedef int32_t sw_log_level;
enum { SW_LOG_ERROR = 1, SW_LOG_WARNING = 2, SW_LOG_INFO = 3, SW_LOG_DEBUG = 4 };
typedef void (*sw_log_fn)(void* user, sw_log_level level, const char* text, size_t length);
typedef struct sw_allocator {
  void* (*allocate)(void* user, size_t n_bytes, size_t alignment);
  void (*release)(void* user, void* memory, size_t n_bytes);
  void* user;
} sw_allocator;
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
typedef int32_t sw_device;
enum {
  SW_DEVICE_CPU = 0,
  SW_DEVICE_AUTO = 1,
  SW_DEVICE_CUDA = 2
};
typedef struct sw_engine_options {
  size_t struct_size;
  int32_t n_threads;
  uint32_t cpu_mask;
  sw_log_fn log;
  void* log_user;
  sw_log_level log_level;
  const sw_allocator* allocator;
  uint64_t snapshot_bytes_max;
  const char* policy;
  const char* store_folder;
  uint64_t store_bytes_max;
  const char* store_codec;
  sw_device device;
  int32_t device_index;
  const char* device_plugin;
  int32_t idle_refill;
  int32_t pin_threads;
  int32_t nice;
  int32_t spin_us;
} sw_engine_options;
sw_status sw_engine_create(const sw_engine_options* options, sw_engine** out);
void sw_engine_free(sw_engine* engine);
typedef struct sw_engine_info {
  size_t struct_size;
  int32_t n_threads;
  uint32_t cpu_features;
  const char* kernels;
  uint64_t snapshot_bytes_max;
  uint64_t snapshot_bytes;
  uint64_t tokens_run;
  uint64_t tokens_reused;
  sw_device device;
  const char* device_name;
  const char* device_note;
} sw_engine_info;
sw_status sw_engine_get_info(const sw_engine* engine, sw_engine_info* out);
typedef struct sw_cancel sw_cancel;
sw_status sw_cancel_create(sw_cancel** out);
void sw_cancel_set(sw_cancel* cancel);
void sw_cancel_clear(sw_cancel* cancel);
void sw_cancel_free(sw_cancel* cancel);
typedef int32_t (*sw_progress_fn)(void* user, uint64_t done, uint64_t total);
typedef struct sw_run_options {
  size_t struct_size;
  const sw_cancel* cancel;
  sw_progress_fn progress;
  void* progress_user;
  int64_t deadline_ms;
} sw_run_options;
typedef int32_t sw_source;
enum {
  SW_SOURCE_NOTHING = 0,
  SW_SOURCE_RUNNING = 1,
  SW_SOURCE_LOG = 2,
  SW_SOURCE_KEPT = 3,
  SW_SOURCE_DISK = 4,
  SW_SOURCE_SHOWN = 5,
  SW_SOURCE_AHEAD = 6
};
enum { SW_STORE_REASONS = 15 };
typedef struct sw_store_stats {
  size_t struct_size;
  uint64_t prompts[5];
  uint64_t missed_unknown;
  uint64_t missed_evicted;
  uint64_t missed_policy;
  uint64_t tokens_run;
  uint64_t tokens_idle;
  uint64_t tokens_reused;
  uint64_t tokens_replayed;
  uint64_t states_kept;
  uint64_t states_made;
  uint64_t states_evicted;
  uint64_t state_bytes;
  uint64_t log_bytes;
  uint64_t bytes_peak;
  uint64_t bytes_max;
  double seconds_saved;
  uint64_t disk_files;
  uint64_t disk_bytes;
  uint64_t disk_hits;
  uint64_t disk_misses;
  uint64_t disk_rejected[SW_STORE_REASONS];
  uint64_t disk_writes;
  uint64_t disk_write_failures;
  uint64_t disk_evicted;
  uint64_t disk_leftovers;
  uint64_t disk_audits;
  uint64_t disk_audits_failed;
} sw_store_stats;
const char* sw_store_reason_name(int32_t reason);
sw_status sw_engine_get_store_stats(const sw_engine* engine, sw_store_stats* out);
sw_status sw_engine_save(sw_engine* engine, const sw_run_options* options);
sw_status sw_engine_trim(sw_engine* engine, uint64_t n_bytes);
typedef struct sw_tokenizer sw_tokenizer;
enum {
  SW_ENCODE_TEXT = 0,
  SW_ENCODE_CONTINUATION = 1
};
sw_status sw_tokenizer_open(const char* path, sw_tokenizer** out);
void sw_tokenizer_free(sw_tokenizer* tokenizer);
int32_t sw_tokenizer_vocab_size(const sw_tokenizer* tokenizer);
sw_status sw_tokenizer_encode(const sw_tokenizer* tokenizer, const char* text, size_t length, uint32_t flags,
                                     int32_t* ids, size_t capacity, size_t* n_ids);
sw_status sw_tokenizer_decode(const sw_tokenizer* tokenizer, const int32_t* ids, size_t n_ids, char* text,
                                     size_t capacity, size_t* length);
sw_status sw_tokenizer_control_id(const sw_tokenizer* tokenizer, const char* name, int32_t* out);
typedef struct sw_detokenizer sw_detokenizer;
sw_status sw_detokenizer_create(const sw_tokenizer* tokenizer, int32_t at_text_start, sw_detokenizer** out);
sw_status sw_detokenizer_push(sw_detokenizer* detokenizer, int32_t id, const char** text, size_t* length);
void sw_detokenizer_free(sw_detokenizer* detokenizer);
typedef struct sw_model sw_model;
typedef int32_t sw_fill_mode;
enum {
  SW_FILL_DEFAULT = 0,
  SW_FILL_SPM = 1,
  SW_FILL_PSM = 2,
  SW_FILL_INSTRUCT = 3,
  SW_FILL_PREFIX = 4
};
typedef int32_t sw_device_weights;
enum {
  SW_DEVICE_WEIGHTS_BF16 = 0,
  SW_DEVICE_WEIGHTS_INT8 = 1,
  SW_DEVICE_WEIGHTS_INT4 = 2
};
typedef int32_t sw_weights;
enum {
  SW_WEIGHTS_STORED = 0,
  SW_WEIGHTS_BF16 = 1,
  SW_WEIGHTS_Q8 = 2,
  SW_WEIGHTS_Q4 = 3,
  SW_WEIGHTS_F32 = 4
};
typedef struct sw_model_options {
  size_t struct_size;
  sw_run_options run;
  int32_t check_weights;
  int32_t without_tokenizer;
  int32_t count_only;
  sw_device_weights device_weights;
  const char* tokenizer;
  sw_weights weights;
  uint64_t device_bytes_max;
} sw_model_options;
sw_status sw_model_open(sw_engine* engine, const char* path, const sw_model_options* options, sw_model** out);
typedef struct sw_quantize_options {
  size_t struct_size;
  sw_run_options run;
  const char* const* calibration;
  size_t n_calibration;
  uint32_t calibration_tokens;
} sw_quantize_options;
sw_status sw_checkpoint_quantize(sw_engine* engine, const char* path, sw_weights to, const char* folder,
                                        const sw_quantize_options* options);
void sw_model_free(sw_model* model);
typedef struct sw_model_info {
  size_t struct_size;
  const char* path;
  const char* name;
  const char* layout;
  int32_t vocab_size;
  int32_t d_model;
  int32_t n_layers;
  int32_t d_inner;
  int32_t n_heads;
  int32_t head_dim;
  int32_t d_state;
  int32_t n_groups;
  int32_t d_conv;
  int32_t tied;
  uint64_t n_parameters;
  uint64_t weight_bytes;
  uint64_t state_bytes;
  uint32_t fill_modes;
  sw_fill_mode fill_mode;
  const char* fill_note;
  int32_t bos_id;
  int32_t eos_id;
  uint64_t kept_bytes;
  sw_device device;
  const char* device_note;
  const char* document_header;
  uint32_t context_tokens;
  const char* weights;
  const char* weights_note;
} sw_model_info;
sw_status sw_model_get_info(const sw_model* model, sw_model_info* out);
sw_status sw_model_hash(const sw_model* model, const sw_run_options* options, const char** out);
const sw_tokenizer* sw_model_tokenizer(const sw_model* model);
typedef struct sw_sequence sw_sequence;
typedef struct sw_snapshot sw_snapshot;
sw_status sw_sequence_create(sw_model* model, sw_sequence** out);
void sw_sequence_free(sw_sequence* sequence);
sw_status sw_sequences_step(sw_sequence* const* sequences, size_t n, const int32_t* ids, const sw_run_options* options, float* logits);
sw_status sw_sequence_append(sw_sequence* sequence, const int32_t* ids, size_t n_ids,
                                    const sw_run_options* options, float* logits);
size_t sw_sequence_length(const sw_sequence* sequence);
const int32_t* sw_sequence_tokens(const sw_sequence* sequence);
sw_status sw_sequence_logits(sw_sequence* sequence, float* out, size_t n_out);
sw_status sw_sequence_state(const sw_sequence* sequence, float* ssm_state, size_t n_ssm, float* conv_state,
                                   size_t n_conv);
typedef struct sw_sampling_options {
  size_t struct_size;
  float temperature;
  int32_t top_k;
  float top_p;
  float min_p;
  uint64_t seed;
} sw_sampling_options;
sw_status sw_sequence_sample(sw_sequence* sequence, const sw_sampling_options* options, int32_t* out);
sw_status sw_sequence_fork(const sw_sequence* sequence, sw_sequence** out);
sw_status sw_sequence_snapshot(const sw_sequence* sequence, sw_snapshot** out);
sw_status sw_sequence_restore(sw_sequence* sequence, const sw_snapshot* snapshot);
sw_status sw_sequence_rewind(sw_sequence* sequence, size_t length, const sw_run_options* options);
typedef struct sw_sequence_stats {
  size_t struct_size;
  uint64_t tokens_run;
  uint64_t tokens_rerun;
  uint64_t rewinds;
  uint64_t kept_states;
  uint64_t kept_bytes;
  uint64_t tokens_replayed;
} sw_sequence_stats;
sw_status sw_sequence_get_stats(const sw_sequence* sequence, sw_sequence_stats* out);
void sw_snapshot_retain(sw_snapshot* snapshot);
void sw_snapshot_free(sw_snapshot* snapshot);
uint64_t sw_snapshot_bytes(const sw_snapshot* snapshot);
size_t sw_snapshot_length(const sw_snapshot* snapshot);
sw_status sw_snapshot_save(const sw_snapshot* snapshot, const char* path, const sw_run_options* options);
sw_status sw_snapshot_load(sw_model* model, const char* path, const sw_run_options* options, sw_snapshot** out);
typedef struct sw_store sw_store;
sw_status sw_store_open(const char* folder, sw_store** out);
void sw_store_free(sw_store* store);
typedef struct sw_store_entry {
  size_t struct_size;
  const char* name;
  int32_t reason;
  const char* why;
  uint64_t bytes;
  int64_t used_at;
  uint64_t n_tokens;
  const char* codec;
  const char* weights;
  const char* tokenizer;
  int32_t removed;
} sw_store_entry;
typedef int32_t (*sw_store_entry_fn)(void* user, const sw_store_entry* entry);
sw_status sw_store_list(sw_store* store, sw_store_entry_fn on_entry, void* user);
typedef struct sw_store_report {
  size_t struct_size;
  uint64_t checked;
  uint64_t bytes;
  uint64_t bad;
  uint64_t removed;
  uint64_t other_version;
} sw_store_report;
sw_status sw_store_verify(sw_store* store, int32_t remove_bad, const sw_run_options* options, sw_store_entry_fn on_bad,
                                 void* user, sw_store_report* out);
sw_status sw_store_gc(sw_store* store, uint64_t bytes_max, uint64_t* n_files, uint64_t* n_bytes);
const char* sw_text_language(const char* path, const char* first_line, size_t first_line_length);
typedef struct sw_text_options {
  size_t struct_size;
  const char* language;
  size_t chunk_size_max;
  int64_t parse_ms_max;
} sw_text_options;
typedef struct sw_chunk {
  size_t begin;
  size_t end;
  size_t first_line;
} sw_chunk;
sw_status sw_text_chunks(const char* text, size_t length, const sw_text_options* options, const sw_run_options* run,
                                sw_chunk* chunks, size_t capacity, size_t* n_chunks);
typedef struct sw_outline sw_outline;
sw_status sw_text_outline(const char* text, size_t length, const sw_text_options* options, const sw_run_options* run,
                                 sw_outline** out);
void sw_outline_free(sw_outline* outline);
typedef struct sw_outline_info {
  size_t struct_size;
  size_t n_declarations;
  size_t n_imports;
  size_t n_references;
  int32_t by_syntax;
  int32_t has_errors;
  const char* skeleton;
  size_t skeleton_length;
  size_t n_errors;
} sw_outline_info;
sw_status sw_outline_get_info(const sw_outline* outline, sw_outline_info* out);
typedef struct sw_declaration {
  size_t struct_size;
  const char* name;
  const char* kind;
  int64_t parent;
  size_t begin;
  size_t end;
  size_t signature_begin;
  size_t signature_end;
  size_t doc_begin;
  size_t doc_end;
} sw_declaration;
sw_status sw_outline_declaration(const sw_outline* outline, size_t index, sw_declaration* out);
const char* sw_outline_import(const sw_outline* outline, size_t index, size_t* begin, size_t* end);
const char* sw_outline_reference(const sw_outline* outline, size_t index);
typedef struct sw_buffer sw_buffer;
typedef struct sw_buffer_options {
  size_t struct_size;
  const char* path;
  const char* language;
} sw_buffer_options;
sw_status sw_buffer_create(sw_model* model, const sw_buffer_options* options, const char* text, size_t length,
                                  sw_buffer** out);
void sw_buffer_free(sw_buffer* buffer);
sw_status sw_buffer_edit(sw_buffer* buffer, size_t begin, size_t end, const char* text, size_t length);
typedef struct sw_document {
  size_t struct_size;
  const char* path;
  const char* text;
  size_t length;
} sw_document;
sw_status sw_buffer_set_context(sw_buffer* buffer, const sw_document* documents, size_t n_documents);
sw_status sw_buffer_text(const sw_buffer* buffer, const char** text, size_t* length);
sw_status sw_buffer_refill(sw_buffer* buffer, size_t max_tokens, const sw_run_options* options, size_t* n_run);
sw_status sw_buffer_fork(sw_buffer* buffer, sw_sequence** out);
typedef int32_t sw_column_unit;
enum { SW_COLUMN_BYTES = 0, SW_COLUMN_UTF16 = 1, SW_COLUMN_CHARACTERS = 2 };
sw_status sw_buffer_offset(const sw_buffer* buffer, size_t line, size_t column, sw_column_unit unit, size_t* out);
sw_status sw_buffer_position(const sw_buffer* buffer, size_t offset, sw_column_unit unit, size_t* line, size_t* column);
typedef struct sw_request sw_request;
typedef int32_t (*sw_text_fn)(void* user, int32_t index, const char* text, size_t length);
typedef void (*sw_done_fn)(void* user, sw_request* request);
typedef int32_t sw_layout;
enum {
  SW_LAYOUT_DEFAULT = 0,
  SW_LAYOUT_WHOLE = 1,
  SW_LAYOUT_SPLIT = 2,
  SW_LAYOUT_AUTO = 3,
  SW_LAYOUT_NEAR = 4
};
typedef int32_t sw_heal;
enum {
  SW_HEAL_MODEL = 0,
  SW_HEAL_ON = 1,
  SW_HEAL_OFF = 2
};
typedef struct sw_complete_options {
  size_t struct_size;
  sw_fill_mode mode;
  int32_t max_tokens;
  int32_t n_candidates;
  sw_sampling_options sampling;
  const char* const* stop;
  size_t n_stop;
  int32_t multiline;
  int64_t time_budget_ms;
  size_t prefix_window_bytes;
  size_t suffix_window_bytes;
  int32_t cold;
  sw_text_fn on_text;
  sw_done_fn on_done;
  void* user;
  sw_layout layout;
  int32_t cut_at_syntax;
  double logprob_min;
  int32_t type_through;
  sw_heal heal;
  int32_t ahead;
  int32_t only_at_useful;
} sw_complete_options;
sw_status sw_complete(sw_buffer* buffer, size_t offset, const sw_complete_options* options, sw_request** out);
int32_t sw_request_poll(const sw_request* request);
sw_status sw_request_wait(const sw_request* request, int64_t timeout_ms);
void sw_request_cancel(sw_request* request);
void sw_request_free(sw_request* request);
sw_status sw_request_status(const sw_request* request);
const char* sw_request_error(const sw_request* request);
typedef int32_t sw_finish;
enum {
  SW_FINISH_EOS = 1,
  SW_FINISH_STOP = 2,
  SW_FINISH_SUFFIX = 3,
  SW_FINISH_LINE = 4,
  SW_FINISH_MAX_TOKENS = 5,
  SW_FINISH_TIME = 6,
  SW_FINISH_REPEAT = 7,
  SW_FINISH_CALLBACK = 8,
  SW_FINISH_BLOCK = 9,
  SW_FINISH_SYNTAX = 10,
  SW_FINISH_UNLIKELY = 11,
  SW_FINISH_PLACE = 12
};
typedef struct sw_candidate {
  size_t struct_size;
  const char* text;
  size_t length;
  const char* raw;
  size_t raw_length;
  const int32_t* ids;
  size_t n_ids;
  double logprob;
  double suffix_logprob;
  sw_finish finish;
  const char* cut;
} sw_candidate;
size_t sw_request_n_candidates(const sw_request* request);
sw_status sw_request_candidate(const sw_request* request, size_t index, sw_candidate* out);
typedef struct sw_request_stats {
  size_t struct_size;
  sw_fill_mode mode;
  size_t prefix_begin;
  size_t prefix_end;
  size_t suffix_begin;
  size_t suffix_end;
  size_t prompt_tokens;
  size_t reused_tokens;
  size_t generated_tokens;
  double queue_ms;
  double prompt_ms;
  double first_token_ms;
  double total_ms;
  const int32_t* prompt;
  sw_source source;
  size_t replayed_tokens;
  sw_layout layout;
  size_t head_end;
  size_t tail_begin;
  size_t healed_bytes;
} sw_request_stats;
sw_status sw_request_get_stats(const sw_request* request, sw_request_stats* out);
typedef int32_t sw_part_kind;
enum {
  SW_PART_CONTROL = 1,
  SW_PART_TEXT = 2,
  SW_PART_CONTEXT = 3,
  SW_PART_HEAD = 4,
  SW_PART_TAIL = 5,
  SW_PART_SUFFIX = 6,
  SW_PART_PREFIX = 7,
  SW_PART_INSTRUCTION = 8
};
typedef struct sw_prompt_part {
  size_t struct_size;
  sw_part_kind kind;
  const char* name;
  const char* why;
  size_t n_bytes;
  size_t n_tokens;
} sw_prompt_part;
sw_status sw_request_part(const sw_request* request, size_t index, sw_prompt_part* out);
typedef struct sw_plan_option {
  size_t struct_size;
  sw_fill_mode mode;
  sw_layout layout;
  size_t n_tokens;
  size_t n_run;
  double price;
  int32_t chosen;
} sw_plan_option;
sw_status sw_request_plan_option(const sw_request* request, size_t index, sw_plan_option* out);
typedef struct sw_workspace sw_workspace;
typedef struct sw_workspace_options {
  size_t struct_size;
  const char* store_folder;
  int32_t n_threads;
  uint64_t file_bytes_max;
} sw_workspace_options;
sw_status sw_workspace_open(const sw_tokenizer* tokenizer, const char* folder, const sw_workspace_options* options, sw_workspace** out);
void sw_workspace_free(sw_workspace* workspace);
sw_status sw_workspace_update(sw_workspace* workspace, const char* const* paths, size_t n_paths, const sw_run_options* options);
enum { SW_SKIP_REASONS = 12 };
typedef struct sw_workspace_stats {
  size_t struct_size;
  uint64_t files;
  uint64_t lines;
  uint64_t bytes;
  uint64_t chunks;
  uint64_t definitions;
  uint64_t skeleton_bytes;
  uint64_t memory_bytes;
  uint64_t unchanged;
  uint64_t reread;
  uint64_t from_store;
  uint64_t made;
  uint64_t skipped[SW_SKIP_REASONS];
  int32_t store_failed;
} sw_workspace_stats;
const char* sw_skip_reason_name(int32_t reason);
sw_status sw_workspace_get_stats(const sw_workspace* workspace, sw_workspace_stats* out);
typedef struct sw_workspace_file {
  size_t struct_size;
  const char* path;
  const char* language;
  uint64_t bytes;
  uint64_t lines;
  uint64_t line;
} sw_workspace_file;
typedef int32_t (*sw_workspace_file_fn)(void* user, const sw_workspace_file* file);
sw_status sw_workspace_list(const sw_workspace* workspace, sw_workspace_file_fn on_file, void* user);
sw_status sw_workspace_find(const sw_workspace* workspace, const char* name, size_t length, sw_workspace_file_fn on_place, void* user);
typedef struct sw_context sw_context;
typedef struct sw_recent_edit {
  const char* path;
  const char* diff;
} sw_recent_edit;
typedef struct sw_context_query {
  size_t struct_size;
  const char* path;
  const char* before;
  size_t before_length;
  const char* after;
  size_t after_length;
  uint64_t window_begin;
  uint64_t window_end;
  uint32_t budget_tokens;
  double budget_ms;
  double tokens_per_s;
  const sw_recent_edit* edits;
  size_t n_edits;
  const char* header;
  const sw_context* previous;
  const char* strategy;
  uint64_t seed;
} sw_context_query;
sw_status sw_workspace_context(sw_workspace* workspace, const sw_context_query* query, const sw_run_options* options, sw_context** out);
void sw_context_free(sw_context* context);
typedef struct sw_context_info {
  size_t struct_size;
  size_t n_parts;
  size_t n_stable;
  size_t n_tokens;
  size_t n_stable_tokens;
  int32_t kept;
} sw_context_info;
sw_status sw_context_get_info(const sw_context* context, sw_context_info* out);
typedef struct sw_context_part {
  size_t struct_size;
  const char* kind;
  const char* path;
  uint64_t first_line;
  const char* text;
  size_t length;
  const int32_t* ids;
  size_t n_ids;
  double score;
  const char* why;
} sw_context_part;
sw_status sw_context_get_part(const sw_context* context, size_t index, sw_context_part* out);
sw_status sw_buffer_update_context(sw_buffer* buffer, sw_workspace* workspace, size_t offset, const sw_context_query* query,
                                          const sw_run_options* options, int32_t* changed);
]]
