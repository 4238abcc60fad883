"""The C API as ctypes sees it. Generated from include/sidewinder/sidewinder.h by bindings/generate. Do not edit."""
from ctypes import (CFUNCTYPE, POINTER, Structure, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_uint32, c_uint64,
                    c_void_p)

API_MAJOR = 1
API_MINOR = 0

CONSTANTS = {
    "SW_OK": 0,
    "SW_E_ARGUMENT": 1,
    "SW_E_NOT_FOUND": 2,
    "SW_E_IO": 3,
    "SW_E_FORMAT": 4,
    "SW_E_UNSUPPORTED": 5,
    "SW_E_NO_MEMORY": 6,
    "SW_E_CANCELLED": 7,
    "SW_E_DEADLINE": 8,
    "SW_E_STATE": 9,
    "SW_E_MISMATCH": 10,
    "SW_E_INTERNAL": 11,
    "SW_LOG_ERROR": 1,
    "SW_LOG_WARNING": 2,
    "SW_LOG_INFO": 3,
    "SW_LOG_DEBUG": 4,
    "SW_CPU_REF": 1,
    "SW_CPU_AVX2": 2,
    "SW_CPU_AVX512": 4,
    "SW_CPU_AVX512_VNNI": 8,
    "SW_CPU_NEON": 16,
    "SW_CPU_NEON_DOT": 32,
    "SW_CPU_AVX_VNNI": 64,
    "SW_CPU_AMX_INT8": 128,
    "SW_CPU_AMX_BF16": 256,
    "SW_DEVICE_CPU": 0,
    "SW_DEVICE_AUTO": 1,
    "SW_DEVICE_CUDA": 2,
    "SW_SOURCE_NOTHING": 0,
    "SW_SOURCE_RUNNING": 1,
    "SW_SOURCE_LOG": 2,
    "SW_SOURCE_KEPT": 3,
    "SW_SOURCE_DISK": 4,
    "SW_SOURCE_SHOWN": 5,
    "SW_SOURCE_AHEAD": 6,
    "SW_STORE_REASONS": 15,
    "SW_ENCODE_TEXT": 0,
    "SW_ENCODE_CONTINUATION": 1,
    "SW_FILL_DEFAULT": 0,
    "SW_FILL_SPM": 1,
    "SW_FILL_PSM": 2,
    "SW_FILL_INSTRUCT": 3,
    "SW_FILL_PREFIX": 4,
    "SW_DEVICE_WEIGHTS_BF16": 0,
    "SW_DEVICE_WEIGHTS_INT8": 1,
    "SW_DEVICE_WEIGHTS_INT4": 2,
    "SW_WEIGHTS_STORED": 0,
    "SW_WEIGHTS_BF16": 1,
    "SW_WEIGHTS_Q8": 2,
    "SW_WEIGHTS_Q4": 3,
    "SW_WEIGHTS_F32": 4,
    "SW_COLUMN_BYTES": 0,
    "SW_COLUMN_UTF16": 1,
    "SW_COLUMN_CHARACTERS": 2,
    "SW_LAYOUT_DEFAULT": 0,
    "SW_LAYOUT_WHOLE": 1,
    "SW_LAYOUT_SPLIT": 2,
    "SW_LAYOUT_AUTO": 3,
    "SW_LAYOUT_NEAR": 4,
    "SW_HEAL_MODEL": 0,
    "SW_HEAL_ON": 1,
    "SW_HEAL_OFF": 2,
    "SW_FINISH_EOS": 1,
    "SW_FINISH_STOP": 2,
    "SW_FINISH_SUFFIX": 3,
    "SW_FINISH_LINE": 4,
    "SW_FINISH_MAX_TOKENS": 5,
    "SW_FINISH_TIME": 6,
    "SW_FINISH_REPEAT": 7,
    "SW_FINISH_CALLBACK": 8,
    "SW_FINISH_BLOCK": 9,
    "SW_FINISH_SYNTAX": 10,
    "SW_FINISH_UNLIKELY": 11,
    "SW_FINISH_PLACE": 12,
    "SW_PART_CONTROL": 1,
    "SW_PART_TEXT": 2,
    "SW_PART_CONTEXT": 3,
    "SW_PART_HEAD": 4,
    "SW_PART_TAIL": 5,
    "SW_PART_SUFFIX": 6,
    "SW_PART_PREFIX": 7,
    "SW_PART_INSTRUCTION": 8,
    "SW_SKIP_REASONS": 12,
}

sw_log_fn = CFUNCTYPE(None, c_void_p, c_int32, c_void_p, c_size_t)
sw_progress_fn = CFUNCTYPE(c_int32, c_void_p, c_uint64, c_uint64)
sw_text_fn = CFUNCTYPE(c_int32, c_void_p, c_int32, c_void_p, c_size_t)
sw_done_fn = CFUNCTYPE(None, c_void_p, c_void_p)


class sw_allocator(Structure):
    _fields_ = [
        ("allocate", c_void_p),
        ("release", c_void_p),
        ("user", c_void_p),
    ]



class sw_engine_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("n_threads", c_int32),
        ("cpu_mask", c_uint32),
        ("log", sw_log_fn),
        ("log_user", c_void_p),
        ("log_level", c_int32),
        ("allocator", c_void_p),
        ("snapshot_bytes_max", c_uint64),
        ("policy", c_char_p),
        ("store_folder", c_char_p),
        ("store_bytes_max", c_uint64),
        ("store_codec", c_char_p),
        ("device", c_int32),
        ("device_index", c_int32),
        ("device_plugin", c_char_p),
        ("idle_refill", c_int32),
        ("pin_threads", c_int32),
        ("nice", c_int32),
        ("spin_us", c_int32),
    ]



class sw_engine_info(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("n_threads", c_int32),
        ("cpu_features", c_uint32),
        ("kernels", c_char_p),
        ("snapshot_bytes_max", c_uint64),
        ("snapshot_bytes", c_uint64),
        ("tokens_run", c_uint64),
        ("tokens_reused", c_uint64),
        ("device", c_int32),
        ("device_name", c_char_p),
        ("device_note", c_char_p),
    ]



class sw_run_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("cancel", c_void_p),
        ("progress", sw_progress_fn),
        ("progress_user", c_void_p),
        ("deadline_ms", c_int64),
    ]



class sw_store_stats(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("prompts", c_uint64 * 5),
        ("missed_unknown", c_uint64),
        ("missed_evicted", c_uint64),
        ("missed_policy", c_uint64),
        ("tokens_run", c_uint64),
        ("tokens_idle", c_uint64),
        ("tokens_reused", c_uint64),
        ("tokens_replayed", c_uint64),
        ("states_kept", c_uint64),
        ("states_made", c_uint64),
        ("states_evicted", c_uint64),
        ("state_bytes", c_uint64),
        ("log_bytes", c_uint64),
        ("bytes_peak", c_uint64),
        ("bytes_max", c_uint64),
        ("seconds_saved", c_double),
        ("disk_files", c_uint64),
        ("disk_bytes", c_uint64),
        ("disk_hits", c_uint64),
        ("disk_misses", c_uint64),
        ("disk_rejected", c_uint64 * 15),
        ("disk_writes", c_uint64),
        ("disk_write_failures", c_uint64),
        ("disk_evicted", c_uint64),
        ("disk_leftovers", c_uint64),
        ("disk_audits", c_uint64),
        ("disk_audits_failed", c_uint64),
    ]



class sw_model_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("run", sw_run_options),
        ("check_weights", c_int32),
        ("without_tokenizer", c_int32),
        ("count_only", c_int32),
        ("device_weights", c_int32),
        ("tokenizer", c_char_p),
        ("weights", c_int32),
        ("device_bytes_max", c_uint64),
    ]



class sw_quantize_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("run", sw_run_options),
        ("calibration", c_void_p),
        ("n_calibration", c_size_t),
        ("calibration_tokens", c_uint32),
    ]



class sw_model_info(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("path", c_char_p),
        ("name", c_char_p),
        ("layout", c_char_p),
        ("vocab_size", c_int32),
        ("d_model", c_int32),
        ("n_layers", c_int32),
        ("d_inner", c_int32),
        ("n_heads", c_int32),
        ("head_dim", c_int32),
        ("d_state", c_int32),
        ("n_groups", c_int32),
        ("d_conv", c_int32),
        ("tied", c_int32),
        ("n_parameters", c_uint64),
        ("weight_bytes", c_uint64),
        ("state_bytes", c_uint64),
        ("fill_modes", c_uint32),
        ("fill_mode", c_int32),
        ("fill_note", c_char_p),
        ("bos_id", c_int32),
        ("eos_id", c_int32),
        ("kept_bytes", c_uint64),
        ("device", c_int32),
        ("device_note", c_char_p),
        ("document_header", c_char_p),
        ("context_tokens", c_uint32),
        ("weights", c_char_p),
        ("weights_note", c_char_p),
    ]



class sw_sampling_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("temperature", c_float),
        ("top_k", c_int32),
        ("top_p", c_float),
        ("min_p", c_float),
        ("seed", c_uint64),
    ]



class sw_sequence_stats(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("tokens_run", c_uint64),
        ("tokens_rerun", c_uint64),
        ("rewinds", c_uint64),
        ("kept_states", c_uint64),
        ("kept_bytes", c_uint64),
        ("tokens_replayed", c_uint64),
    ]



class sw_store_entry(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("reason", c_int32),
        ("why", c_char_p),
        ("bytes", c_uint64),
        ("used_at", c_int64),
        ("n_tokens", c_uint64),
        ("codec", c_char_p),
        ("weights", c_char_p),
        ("tokenizer", c_char_p),
        ("removed", c_int32),
    ]

sw_store_entry_fn = CFUNCTYPE(c_int32, c_void_p, POINTER(sw_store_entry))


class sw_store_report(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("checked", c_uint64),
        ("bytes", c_uint64),
        ("bad", c_uint64),
        ("removed", c_uint64),
        ("other_version", c_uint64),
    ]



class sw_text_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("language", c_char_p),
        ("chunk_size_max", c_size_t),
        ("parse_ms_max", c_int64),
    ]



class sw_chunk(Structure):
    _fields_ = [
        ("begin", c_size_t),
        ("end", c_size_t),
        ("first_line", c_size_t),
    ]



class sw_outline_info(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("n_declarations", c_size_t),
        ("n_imports", c_size_t),
        ("n_references", c_size_t),
        ("by_syntax", c_int32),
        ("has_errors", c_int32),
        ("skeleton", c_void_p),
        ("skeleton_length", c_size_t),
        ("n_errors", c_size_t),
    ]



class sw_declaration(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("name", c_char_p),
        ("kind", c_char_p),
        ("parent", c_int64),
        ("begin", c_size_t),
        ("end", c_size_t),
        ("signature_begin", c_size_t),
        ("signature_end", c_size_t),
        ("doc_begin", c_size_t),
        ("doc_end", c_size_t),
    ]



class sw_buffer_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("path", c_char_p),
        ("language", c_char_p),
    ]



class sw_document(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("path", c_char_p),
        ("text", c_void_p),
        ("length", c_size_t),
    ]



class sw_complete_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("mode", c_int32),
        ("max_tokens", c_int32),
        ("n_candidates", c_int32),
        ("sampling", sw_sampling_options),
        ("stop", c_void_p),
        ("n_stop", c_size_t),
        ("multiline", c_int32),
        ("time_budget_ms", c_int64),
        ("prefix_window_bytes", c_size_t),
        ("suffix_window_bytes", c_size_t),
        ("cold", c_int32),
        ("on_text", sw_text_fn),
        ("on_done", sw_done_fn),
        ("user", c_void_p),
        ("layout", c_int32),
        ("cut_at_syntax", c_int32),
        ("logprob_min", c_double),
        ("type_through", c_int32),
        ("heal", c_int32),
        ("ahead", c_int32),
        ("only_at_useful", c_int32),
    ]



class sw_candidate(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("text", c_void_p),
        ("length", c_size_t),
        ("raw", c_void_p),
        ("raw_length", c_size_t),
        ("ids", c_void_p),
        ("n_ids", c_size_t),
        ("logprob", c_double),
        ("suffix_logprob", c_double),
        ("finish", c_int32),
        ("cut", c_char_p),
    ]



class sw_request_stats(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("mode", c_int32),
        ("prefix_begin", c_size_t),
        ("prefix_end", c_size_t),
        ("suffix_begin", c_size_t),
        ("suffix_end", c_size_t),
        ("prompt_tokens", c_size_t),
        ("reused_tokens", c_size_t),
        ("generated_tokens", c_size_t),
        ("queue_ms", c_double),
        ("prompt_ms", c_double),
        ("first_token_ms", c_double),
        ("total_ms", c_double),
        ("prompt", c_void_p),
        ("source", c_int32),
        ("replayed_tokens", c_size_t),
        ("layout", c_int32),
        ("head_end", c_size_t),
        ("tail_begin", c_size_t),
        ("healed_bytes", c_size_t),
    ]



class sw_prompt_part(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("kind", c_int32),
        ("name", c_char_p),
        ("why", c_char_p),
        ("n_bytes", c_size_t),
        ("n_tokens", c_size_t),
    ]



class sw_plan_option(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("mode", c_int32),
        ("layout", c_int32),
        ("n_tokens", c_size_t),
        ("n_run", c_size_t),
        ("price", c_double),
        ("chosen", c_int32),
    ]



class sw_workspace_options(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("store_folder", c_char_p),
        ("n_threads", c_int32),
        ("file_bytes_max", c_uint64),
    ]



class sw_workspace_stats(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("files", c_uint64),
        ("lines", c_uint64),
        ("bytes", c_uint64),
        ("chunks", c_uint64),
        ("definitions", c_uint64),
        ("skeleton_bytes", c_uint64),
        ("memory_bytes", c_uint64),
        ("unchanged", c_uint64),
        ("reread", c_uint64),
        ("from_store", c_uint64),
        ("made", c_uint64),
        ("skipped", c_uint64 * 12),
        ("store_failed", c_int32),
    ]



class sw_workspace_file(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("path", c_char_p),
        ("language", c_char_p),
        ("bytes", c_uint64),
        ("lines", c_uint64),
        ("line", c_uint64),
    ]

sw_workspace_file_fn = CFUNCTYPE(c_int32, c_void_p, POINTER(sw_workspace_file))


class sw_recent_edit(Structure):
    _fields_ = [
        ("path", c_char_p),
        ("diff", c_char_p),
    ]



class sw_context_query(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("path", c_char_p),
        ("before", c_void_p),
        ("before_length", c_size_t),
        ("after", c_void_p),
        ("after_length", c_size_t),
        ("window_begin", c_uint64),
        ("window_end", c_uint64),
        ("budget_tokens", c_uint32),
        ("budget_ms", c_double),
        ("tokens_per_s", c_double),
        ("edits", c_void_p),
        ("n_edits", c_size_t),
        ("header", c_char_p),
        ("previous", c_void_p),
        ("strategy", c_char_p),
        ("seed", c_uint64),
    ]



class sw_context_info(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("n_parts", c_size_t),
        ("n_stable", c_size_t),
        ("n_tokens", c_size_t),
        ("n_stable_tokens", c_size_t),
        ("kept", c_int32),
    ]



class sw_context_part(Structure):
    _fields_ = [
        ("struct_size", c_size_t),
        ("kind", c_char_p),
        ("path", c_char_p),
        ("first_line", c_uint64),
        ("text", c_void_p),
        ("length", c_size_t),
        ("ids", c_void_p),
        ("n_ids", c_size_t),
        ("score", c_double),
        ("why", c_char_p),
    ]



# name -> (result, arguments)
FUNCTIONS = {
    "sw_api_version": (c_uint32, []),
    "sw_version": (c_char_p, []),
    "sw_last_error": (c_char_p, []),
    "sw_status_name": (c_char_p, [c_int32]),
    "sw_engine_create": (c_int32, [POINTER(sw_engine_options), c_void_p]),
    "sw_engine_free": (None, [c_void_p]),
    "sw_engine_get_info": (c_int32, [c_void_p, POINTER(sw_engine_info)]),
    "sw_cancel_create": (c_int32, [c_void_p]),
    "sw_cancel_set": (None, [c_void_p]),
    "sw_cancel_clear": (None, [c_void_p]),
    "sw_cancel_free": (None, [c_void_p]),
    "sw_store_reason_name": (c_char_p, [c_int32]),
    "sw_engine_get_store_stats": (c_int32, [c_void_p, POINTER(sw_store_stats)]),
    "sw_engine_save": (c_int32, [c_void_p, POINTER(sw_run_options)]),
    "sw_engine_trim": (c_int32, [c_void_p, c_uint64]),
    "sw_tokenizer_open": (c_int32, [c_char_p, c_void_p]),
    "sw_tokenizer_free": (None, [c_void_p]),
    "sw_tokenizer_vocab_size": (c_int32, [c_void_p]),
    "sw_tokenizer_encode": (c_int32, [c_void_p, c_char_p, c_size_t, c_uint32, c_void_p, c_size_t, c_void_p]),
    "sw_tokenizer_decode": (c_int32, [c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p]),
    "sw_tokenizer_control_id": (c_int32, [c_void_p, c_char_p, c_void_p]),
    "sw_detokenizer_create": (c_int32, [c_void_p, c_int32, c_void_p]),
    "sw_detokenizer_push": (c_int32, [c_void_p, c_int32, c_void_p, c_void_p]),
    "sw_detokenizer_free": (None, [c_void_p]),
    "sw_model_open": (c_int32, [c_void_p, c_char_p, POINTER(sw_model_options), c_void_p]),
    "sw_checkpoint_quantize": (c_int32, [c_void_p, c_char_p, c_int32, c_char_p, POINTER(sw_quantize_options)]),
    "sw_model_free": (None, [c_void_p]),
    "sw_model_get_info": (c_int32, [c_void_p, POINTER(sw_model_info)]),
    "sw_model_hash": (c_int32, [c_void_p, POINTER(sw_run_options), c_void_p]),
    "sw_model_tokenizer": (c_void_p, [c_void_p]),
    "sw_sequence_create": (c_int32, [c_void_p, c_void_p]),
    "sw_sequence_free": (None, [c_void_p]),
    "sw_sequences_step": (c_int32, [c_void_p, c_size_t, c_void_p, POINTER(sw_run_options), c_void_p]),
    "sw_sequence_append": (c_int32, [c_void_p, c_void_p, c_size_t, POINTER(sw_run_options), c_void_p]),
    "sw_sequence_length": (c_size_t, [c_void_p]),
    "sw_sequence_tokens": (c_void_p, [c_void_p]),
    "sw_sequence_logits": (c_int32, [c_void_p, c_void_p, c_size_t]),
    "sw_sequence_state": (c_int32, [c_void_p, c_void_p, c_size_t, c_void_p, c_size_t]),
    "sw_sequence_sample": (c_int32, [c_void_p, POINTER(sw_sampling_options), c_void_p]),
    "sw_sequence_fork": (c_int32, [c_void_p, c_void_p]),
    "sw_sequence_snapshot": (c_int32, [c_void_p, c_void_p]),
    "sw_sequence_restore": (c_int32, [c_void_p, c_void_p]),
    "sw_sequence_rewind": (c_int32, [c_void_p, c_size_t, POINTER(sw_run_options)]),
    "sw_sequence_get_stats": (c_int32, [c_void_p, POINTER(sw_sequence_stats)]),
    "sw_snapshot_retain": (None, [c_void_p]),
    "sw_snapshot_free": (None, [c_void_p]),
    "sw_snapshot_bytes": (c_uint64, [c_void_p]),
    "sw_snapshot_length": (c_size_t, [c_void_p]),
    "sw_snapshot_save": (c_int32, [c_void_p, c_char_p, POINTER(sw_run_options)]),
    "sw_snapshot_load": (c_int32, [c_void_p, c_char_p, POINTER(sw_run_options), c_void_p]),
    "sw_store_open": (c_int32, [c_char_p, c_void_p]),
    "sw_store_free": (None, [c_void_p]),
    "sw_store_list": (c_int32, [c_void_p, sw_store_entry_fn, c_void_p]),
    "sw_store_verify": (c_int32, [c_void_p, c_int32, POINTER(sw_run_options), sw_store_entry_fn, c_void_p, POINTER(sw_store_report)]),
    "sw_store_gc": (c_int32, [c_void_p, c_uint64, c_void_p, c_void_p]),
    "sw_text_language": (c_char_p, [c_char_p, c_char_p, c_size_t]),
    "sw_text_chunks": (c_int32, [c_char_p, c_size_t, POINTER(sw_text_options), POINTER(sw_run_options), POINTER(sw_chunk), c_size_t, c_void_p]),
    "sw_text_outline": (c_int32, [c_char_p, c_size_t, POINTER(sw_text_options), POINTER(sw_run_options), c_void_p]),
    "sw_outline_free": (None, [c_void_p]),
    "sw_outline_get_info": (c_int32, [c_void_p, POINTER(sw_outline_info)]),
    "sw_outline_declaration": (c_int32, [c_void_p, c_size_t, POINTER(sw_declaration)]),
    "sw_outline_import": (c_char_p, [c_void_p, c_size_t, c_void_p, c_void_p]),
    "sw_outline_reference": (c_char_p, [c_void_p, c_size_t]),
    "sw_buffer_create": (c_int32, [c_void_p, POINTER(sw_buffer_options), c_char_p, c_size_t, c_void_p]),
    "sw_buffer_free": (None, [c_void_p]),
    "sw_buffer_edit": (c_int32, [c_void_p, c_size_t, c_size_t, c_char_p, c_size_t]),
    "sw_buffer_set_context": (c_int32, [c_void_p, POINTER(sw_document), c_size_t]),
    "sw_buffer_text": (c_int32, [c_void_p, c_void_p, c_void_p]),
    "sw_buffer_refill": (c_int32, [c_void_p, c_size_t, POINTER(sw_run_options), c_void_p]),
    "sw_buffer_fork": (c_int32, [c_void_p, c_void_p]),
    "sw_buffer_offset": (c_int32, [c_void_p, c_size_t, c_size_t, c_int32, c_void_p]),
    "sw_buffer_position": (c_int32, [c_void_p, c_size_t, c_int32, c_void_p, c_void_p]),
    "sw_complete": (c_int32, [c_void_p, c_size_t, POINTER(sw_complete_options), c_void_p]),
    "sw_request_poll": (c_int32, [c_void_p]),
    "sw_request_wait": (c_int32, [c_void_p, c_int64]),
    "sw_request_cancel": (None, [c_void_p]),
    "sw_request_free": (None, [c_void_p]),
    "sw_request_status": (c_int32, [c_void_p]),
    "sw_request_error": (c_char_p, [c_void_p]),
    "sw_request_n_candidates": (c_size_t, [c_void_p]),
    "sw_request_candidate": (c_int32, [c_void_p, c_size_t, POINTER(sw_candidate)]),
    "sw_request_get_stats": (c_int32, [c_void_p, POINTER(sw_request_stats)]),
    "sw_request_part": (c_int32, [c_void_p, c_size_t, POINTER(sw_prompt_part)]),
    "sw_request_plan_option": (c_int32, [c_void_p, c_size_t, POINTER(sw_plan_option)]),
    "sw_workspace_open": (c_int32, [c_void_p, c_char_p, POINTER(sw_workspace_options), c_void_p]),
    "sw_workspace_free": (None, [c_void_p]),
    "sw_workspace_update": (c_int32, [c_void_p, c_void_p, c_size_t, POINTER(sw_run_options)]),
    "sw_skip_reason_name": (c_char_p, [c_int32]),
    "sw_workspace_get_stats": (c_int32, [c_void_p, POINTER(sw_workspace_stats)]),
    "sw_workspace_list": (c_int32, [c_void_p, sw_workspace_file_fn, c_void_p]),
    "sw_workspace_find": (c_int32, [c_void_p, c_char_p, c_size_t, sw_workspace_file_fn, c_void_p]),
    "sw_workspace_context": (c_int32, [c_void_p, POINTER(sw_context_query), POINTER(sw_run_options), c_void_p]),
    "sw_context_free": (None, [c_void_p]),
    "sw_context_get_info": (c_int32, [c_void_p, POINTER(sw_context_info)]),
    "sw_context_get_part": (c_int32, [c_void_p, c_size_t, POINTER(sw_context_part)]),
    "sw_buffer_update_context": (c_int32, [c_void_p, c_void_p, c_size_t, POINTER(sw_context_query), POINTER(sw_run_options), c_void_p]),
}
