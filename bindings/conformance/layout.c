/* Generated from include/sidewinder/sidewinder.h by bindings/generate. Do not edit. */
#include <stddef.h>
#include <stdio.h>

#include "sidewinder/sidewinder.h"

#define STRUCT(s) printf(#s " %zu\n", sizeof(s))
#define FIELD(s, f) printf(#s "." #f " %zu %zu\n", offsetof(s, f), sizeof(((s*)0)->f))
#define CONSTANT(c) printf(#c " %d\n", (int)c)

static void allocator(void) {
  STRUCT(sw_allocator);
  FIELD(sw_allocator, allocate);
  FIELD(sw_allocator, release);
  FIELD(sw_allocator, user);
}

static void engine_options(void) {
  STRUCT(sw_engine_options);
  FIELD(sw_engine_options, struct_size);
  FIELD(sw_engine_options, n_threads);
  FIELD(sw_engine_options, cpu_mask);
  FIELD(sw_engine_options, log);
  FIELD(sw_engine_options, log_user);
  FIELD(sw_engine_options, log_level);
  FIELD(sw_engine_options, allocator);
  FIELD(sw_engine_options, snapshot_bytes_max);
  FIELD(sw_engine_options, policy);
  FIELD(sw_engine_options, store_folder);
  FIELD(sw_engine_options, store_bytes_max);
  FIELD(sw_engine_options, store_codec);
  FIELD(sw_engine_options, device);
  FIELD(sw_engine_options, device_index);
  FIELD(sw_engine_options, device_plugin);
  FIELD(sw_engine_options, idle_refill);
  FIELD(sw_engine_options, pin_threads);
  FIELD(sw_engine_options, nice);
  FIELD(sw_engine_options, spin_us);
}

static void engine_info(void) {
  STRUCT(sw_engine_info);
  FIELD(sw_engine_info, struct_size);
  FIELD(sw_engine_info, n_threads);
  FIELD(sw_engine_info, cpu_features);
  FIELD(sw_engine_info, kernels);
  FIELD(sw_engine_info, snapshot_bytes_max);
  FIELD(sw_engine_info, snapshot_bytes);
  FIELD(sw_engine_info, tokens_run);
  FIELD(sw_engine_info, tokens_reused);
  FIELD(sw_engine_info, device);
  FIELD(sw_engine_info, device_name);
  FIELD(sw_engine_info, device_note);
}

static void run_options(void) {
  STRUCT(sw_run_options);
  FIELD(sw_run_options, struct_size);
  FIELD(sw_run_options, cancel);
  FIELD(sw_run_options, progress);
  FIELD(sw_run_options, progress_user);
  FIELD(sw_run_options, deadline_ms);
}

static void store_stats(void) {
  STRUCT(sw_store_stats);
  FIELD(sw_store_stats, struct_size);
  FIELD(sw_store_stats, prompts);
  FIELD(sw_store_stats, missed_unknown);
  FIELD(sw_store_stats, missed_evicted);
  FIELD(sw_store_stats, missed_policy);
  FIELD(sw_store_stats, tokens_run);
  FIELD(sw_store_stats, tokens_idle);
  FIELD(sw_store_stats, tokens_reused);
  FIELD(sw_store_stats, tokens_replayed);
  FIELD(sw_store_stats, states_kept);
  FIELD(sw_store_stats, states_made);
  FIELD(sw_store_stats, states_evicted);
  FIELD(sw_store_stats, state_bytes);
  FIELD(sw_store_stats, log_bytes);
  FIELD(sw_store_stats, bytes_peak);
  FIELD(sw_store_stats, bytes_max);
  FIELD(sw_store_stats, seconds_saved);
  FIELD(sw_store_stats, disk_files);
  FIELD(sw_store_stats, disk_bytes);
  FIELD(sw_store_stats, disk_hits);
  FIELD(sw_store_stats, disk_misses);
  FIELD(sw_store_stats, disk_rejected);
  FIELD(sw_store_stats, disk_writes);
  FIELD(sw_store_stats, disk_write_failures);
  FIELD(sw_store_stats, disk_evicted);
  FIELD(sw_store_stats, disk_leftovers);
  FIELD(sw_store_stats, disk_audits);
  FIELD(sw_store_stats, disk_audits_failed);
}

static void model_options(void) {
  STRUCT(sw_model_options);
  FIELD(sw_model_options, struct_size);
  FIELD(sw_model_options, run);
  FIELD(sw_model_options, check_weights);
  FIELD(sw_model_options, without_tokenizer);
  FIELD(sw_model_options, count_only);
  FIELD(sw_model_options, device_weights);
  FIELD(sw_model_options, tokenizer);
  FIELD(sw_model_options, weights);
  FIELD(sw_model_options, device_bytes_max);
}

static void quantize_options(void) {
  STRUCT(sw_quantize_options);
  FIELD(sw_quantize_options, struct_size);
  FIELD(sw_quantize_options, run);
  FIELD(sw_quantize_options, calibration);
  FIELD(sw_quantize_options, n_calibration);
  FIELD(sw_quantize_options, calibration_tokens);
}

static void model_info(void) {
  STRUCT(sw_model_info);
  FIELD(sw_model_info, struct_size);
  FIELD(sw_model_info, path);
  FIELD(sw_model_info, name);
  FIELD(sw_model_info, layout);
  FIELD(sw_model_info, vocab_size);
  FIELD(sw_model_info, d_model);
  FIELD(sw_model_info, n_layers);
  FIELD(sw_model_info, d_inner);
  FIELD(sw_model_info, n_heads);
  FIELD(sw_model_info, head_dim);
  FIELD(sw_model_info, d_state);
  FIELD(sw_model_info, n_groups);
  FIELD(sw_model_info, d_conv);
  FIELD(sw_model_info, tied);
  FIELD(sw_model_info, n_parameters);
  FIELD(sw_model_info, weight_bytes);
  FIELD(sw_model_info, state_bytes);
  FIELD(sw_model_info, fill_modes);
  FIELD(sw_model_info, fill_mode);
  FIELD(sw_model_info, fill_note);
  FIELD(sw_model_info, bos_id);
  FIELD(sw_model_info, eos_id);
  FIELD(sw_model_info, kept_bytes);
  FIELD(sw_model_info, device);
  FIELD(sw_model_info, device_note);
  FIELD(sw_model_info, document_header);
  FIELD(sw_model_info, context_tokens);
  FIELD(sw_model_info, weights);
  FIELD(sw_model_info, weights_note);
}

static void sampling_options(void) {
  STRUCT(sw_sampling_options);
  FIELD(sw_sampling_options, struct_size);
  FIELD(sw_sampling_options, temperature);
  FIELD(sw_sampling_options, top_k);
  FIELD(sw_sampling_options, top_p);
  FIELD(sw_sampling_options, min_p);
  FIELD(sw_sampling_options, seed);
}

static void sequence_stats(void) {
  STRUCT(sw_sequence_stats);
  FIELD(sw_sequence_stats, struct_size);
  FIELD(sw_sequence_stats, tokens_run);
  FIELD(sw_sequence_stats, tokens_rerun);
  FIELD(sw_sequence_stats, rewinds);
  FIELD(sw_sequence_stats, kept_states);
  FIELD(sw_sequence_stats, kept_bytes);
  FIELD(sw_sequence_stats, tokens_replayed);
}

static void store_entry(void) {
  STRUCT(sw_store_entry);
  FIELD(sw_store_entry, struct_size);
  FIELD(sw_store_entry, name);
  FIELD(sw_store_entry, reason);
  FIELD(sw_store_entry, why);
  FIELD(sw_store_entry, bytes);
  FIELD(sw_store_entry, used_at);
  FIELD(sw_store_entry, n_tokens);
  FIELD(sw_store_entry, codec);
  FIELD(sw_store_entry, weights);
  FIELD(sw_store_entry, tokenizer);
  FIELD(sw_store_entry, removed);
}

static void store_report(void) {
  STRUCT(sw_store_report);
  FIELD(sw_store_report, struct_size);
  FIELD(sw_store_report, checked);
  FIELD(sw_store_report, bytes);
  FIELD(sw_store_report, bad);
  FIELD(sw_store_report, removed);
  FIELD(sw_store_report, other_version);
}

static void text_options(void) {
  STRUCT(sw_text_options);
  FIELD(sw_text_options, struct_size);
  FIELD(sw_text_options, language);
  FIELD(sw_text_options, chunk_size_max);
  FIELD(sw_text_options, parse_ms_max);
}

static void chunk(void) {
  STRUCT(sw_chunk);
  FIELD(sw_chunk, begin);
  FIELD(sw_chunk, end);
  FIELD(sw_chunk, first_line);
}

static void outline_info(void) {
  STRUCT(sw_outline_info);
  FIELD(sw_outline_info, struct_size);
  FIELD(sw_outline_info, n_declarations);
  FIELD(sw_outline_info, n_imports);
  FIELD(sw_outline_info, n_references);
  FIELD(sw_outline_info, by_syntax);
  FIELD(sw_outline_info, has_errors);
  FIELD(sw_outline_info, skeleton);
  FIELD(sw_outline_info, skeleton_length);
  FIELD(sw_outline_info, n_errors);
}

static void declaration(void) {
  STRUCT(sw_declaration);
  FIELD(sw_declaration, struct_size);
  FIELD(sw_declaration, name);
  FIELD(sw_declaration, kind);
  FIELD(sw_declaration, parent);
  FIELD(sw_declaration, begin);
  FIELD(sw_declaration, end);
  FIELD(sw_declaration, signature_begin);
  FIELD(sw_declaration, signature_end);
  FIELD(sw_declaration, doc_begin);
  FIELD(sw_declaration, doc_end);
}

static void buffer_options(void) {
  STRUCT(sw_buffer_options);
  FIELD(sw_buffer_options, struct_size);
  FIELD(sw_buffer_options, path);
  FIELD(sw_buffer_options, language);
}

static void document(void) {
  STRUCT(sw_document);
  FIELD(sw_document, struct_size);
  FIELD(sw_document, path);
  FIELD(sw_document, text);
  FIELD(sw_document, length);
}

static void complete_options(void) {
  STRUCT(sw_complete_options);
  FIELD(sw_complete_options, struct_size);
  FIELD(sw_complete_options, mode);
  FIELD(sw_complete_options, max_tokens);
  FIELD(sw_complete_options, n_candidates);
  FIELD(sw_complete_options, sampling);
  FIELD(sw_complete_options, stop);
  FIELD(sw_complete_options, n_stop);
  FIELD(sw_complete_options, multiline);
  FIELD(sw_complete_options, time_budget_ms);
  FIELD(sw_complete_options, prefix_window_bytes);
  FIELD(sw_complete_options, suffix_window_bytes);
  FIELD(sw_complete_options, cold);
  FIELD(sw_complete_options, on_text);
  FIELD(sw_complete_options, on_done);
  FIELD(sw_complete_options, user);
  FIELD(sw_complete_options, layout);
  FIELD(sw_complete_options, cut_at_syntax);
  FIELD(sw_complete_options, logprob_min);
  FIELD(sw_complete_options, type_through);
  FIELD(sw_complete_options, heal);
  FIELD(sw_complete_options, ahead);
  FIELD(sw_complete_options, only_at_useful);
}

static void candidate(void) {
  STRUCT(sw_candidate);
  FIELD(sw_candidate, struct_size);
  FIELD(sw_candidate, text);
  FIELD(sw_candidate, length);
  FIELD(sw_candidate, raw);
  FIELD(sw_candidate, raw_length);
  FIELD(sw_candidate, ids);
  FIELD(sw_candidate, n_ids);
  FIELD(sw_candidate, logprob);
  FIELD(sw_candidate, suffix_logprob);
  FIELD(sw_candidate, finish);
  FIELD(sw_candidate, cut);
}

static void request_stats(void) {
  STRUCT(sw_request_stats);
  FIELD(sw_request_stats, struct_size);
  FIELD(sw_request_stats, mode);
  FIELD(sw_request_stats, prefix_begin);
  FIELD(sw_request_stats, prefix_end);
  FIELD(sw_request_stats, suffix_begin);
  FIELD(sw_request_stats, suffix_end);
  FIELD(sw_request_stats, prompt_tokens);
  FIELD(sw_request_stats, reused_tokens);
  FIELD(sw_request_stats, generated_tokens);
  FIELD(sw_request_stats, queue_ms);
  FIELD(sw_request_stats, prompt_ms);
  FIELD(sw_request_stats, first_token_ms);
  FIELD(sw_request_stats, total_ms);
  FIELD(sw_request_stats, prompt);
  FIELD(sw_request_stats, source);
  FIELD(sw_request_stats, replayed_tokens);
  FIELD(sw_request_stats, layout);
  FIELD(sw_request_stats, head_end);
  FIELD(sw_request_stats, tail_begin);
  FIELD(sw_request_stats, healed_bytes);
}

static void prompt_part(void) {
  STRUCT(sw_prompt_part);
  FIELD(sw_prompt_part, struct_size);
  FIELD(sw_prompt_part, kind);
  FIELD(sw_prompt_part, name);
  FIELD(sw_prompt_part, why);
  FIELD(sw_prompt_part, n_bytes);
  FIELD(sw_prompt_part, n_tokens);
}

static void plan_option(void) {
  STRUCT(sw_plan_option);
  FIELD(sw_plan_option, struct_size);
  FIELD(sw_plan_option, mode);
  FIELD(sw_plan_option, layout);
  FIELD(sw_plan_option, n_tokens);
  FIELD(sw_plan_option, n_run);
  FIELD(sw_plan_option, price);
  FIELD(sw_plan_option, chosen);
}

static void workspace_options(void) {
  STRUCT(sw_workspace_options);
  FIELD(sw_workspace_options, struct_size);
  FIELD(sw_workspace_options, store_folder);
  FIELD(sw_workspace_options, n_threads);
  FIELD(sw_workspace_options, file_bytes_max);
}

static void workspace_stats(void) {
  STRUCT(sw_workspace_stats);
  FIELD(sw_workspace_stats, struct_size);
  FIELD(sw_workspace_stats, files);
  FIELD(sw_workspace_stats, lines);
  FIELD(sw_workspace_stats, bytes);
  FIELD(sw_workspace_stats, chunks);
  FIELD(sw_workspace_stats, definitions);
  FIELD(sw_workspace_stats, skeleton_bytes);
  FIELD(sw_workspace_stats, memory_bytes);
  FIELD(sw_workspace_stats, unchanged);
  FIELD(sw_workspace_stats, reread);
  FIELD(sw_workspace_stats, from_store);
  FIELD(sw_workspace_stats, made);
  FIELD(sw_workspace_stats, skipped);
  FIELD(sw_workspace_stats, store_failed);
}

static void workspace_file(void) {
  STRUCT(sw_workspace_file);
  FIELD(sw_workspace_file, struct_size);
  FIELD(sw_workspace_file, path);
  FIELD(sw_workspace_file, language);
  FIELD(sw_workspace_file, bytes);
  FIELD(sw_workspace_file, lines);
  FIELD(sw_workspace_file, line);
}

static void recent_edit(void) {
  STRUCT(sw_recent_edit);
  FIELD(sw_recent_edit, path);
  FIELD(sw_recent_edit, diff);
}

static void context_query(void) {
  STRUCT(sw_context_query);
  FIELD(sw_context_query, struct_size);
  FIELD(sw_context_query, path);
  FIELD(sw_context_query, before);
  FIELD(sw_context_query, before_length);
  FIELD(sw_context_query, after);
  FIELD(sw_context_query, after_length);
  FIELD(sw_context_query, window_begin);
  FIELD(sw_context_query, window_end);
  FIELD(sw_context_query, budget_tokens);
  FIELD(sw_context_query, budget_ms);
  FIELD(sw_context_query, tokens_per_s);
  FIELD(sw_context_query, edits);
  FIELD(sw_context_query, n_edits);
  FIELD(sw_context_query, header);
  FIELD(sw_context_query, previous);
  FIELD(sw_context_query, strategy);
  FIELD(sw_context_query, seed);
}

static void context_info(void) {
  STRUCT(sw_context_info);
  FIELD(sw_context_info, struct_size);
  FIELD(sw_context_info, n_parts);
  FIELD(sw_context_info, n_stable);
  FIELD(sw_context_info, n_tokens);
  FIELD(sw_context_info, n_stable_tokens);
  FIELD(sw_context_info, kept);
}

static void context_part(void) {
  STRUCT(sw_context_part);
  FIELD(sw_context_part, struct_size);
  FIELD(sw_context_part, kind);
  FIELD(sw_context_part, path);
  FIELD(sw_context_part, first_line);
  FIELD(sw_context_part, text);
  FIELD(sw_context_part, length);
  FIELD(sw_context_part, ids);
  FIELD(sw_context_part, n_ids);
  FIELD(sw_context_part, score);
  FIELD(sw_context_part, why);
}

static void from_sw_ok(void) {
  CONSTANT(SW_OK); CONSTANT(SW_E_ARGUMENT); CONSTANT(SW_E_NOT_FOUND); CONSTANT(SW_E_IO); CONSTANT(SW_E_FORMAT);
  CONSTANT(SW_E_UNSUPPORTED); CONSTANT(SW_E_NO_MEMORY); CONSTANT(SW_E_CANCELLED); CONSTANT(SW_E_DEADLINE); CONSTANT(SW_E_STATE);
  CONSTANT(SW_E_MISMATCH); CONSTANT(SW_E_INTERNAL);
}

static void from_sw_log_error(void) {
  CONSTANT(SW_LOG_ERROR); CONSTANT(SW_LOG_WARNING); CONSTANT(SW_LOG_INFO); CONSTANT(SW_LOG_DEBUG);
}

static void from_sw_cpu_ref(void) {
  CONSTANT(SW_CPU_REF); CONSTANT(SW_CPU_AVX2); CONSTANT(SW_CPU_AVX512); CONSTANT(SW_CPU_AVX512_VNNI); CONSTANT(SW_CPU_NEON);
  CONSTANT(SW_CPU_NEON_DOT); CONSTANT(SW_CPU_AVX_VNNI); CONSTANT(SW_CPU_AMX_INT8); CONSTANT(SW_CPU_AMX_BF16);
}

static void from_sw_device_cpu(void) {
  CONSTANT(SW_DEVICE_CPU); CONSTANT(SW_DEVICE_AUTO); CONSTANT(SW_DEVICE_CUDA);
}

static void from_sw_source_nothing(void) {
  CONSTANT(SW_SOURCE_NOTHING); CONSTANT(SW_SOURCE_RUNNING); CONSTANT(SW_SOURCE_LOG); CONSTANT(SW_SOURCE_KEPT); CONSTANT(SW_SOURCE_DISK);
  CONSTANT(SW_SOURCE_SHOWN); CONSTANT(SW_SOURCE_AHEAD);
}

static void from_sw_store_reasons(void) {
  CONSTANT(SW_STORE_REASONS);
}

static void from_sw_encode_text(void) {
  CONSTANT(SW_ENCODE_TEXT); CONSTANT(SW_ENCODE_CONTINUATION);
}

static void from_sw_fill_default(void) {
  CONSTANT(SW_FILL_DEFAULT); CONSTANT(SW_FILL_SPM); CONSTANT(SW_FILL_PSM); CONSTANT(SW_FILL_INSTRUCT); CONSTANT(SW_FILL_PREFIX);
}

static void from_sw_device_weights_bf16(void) {
  CONSTANT(SW_DEVICE_WEIGHTS_BF16); CONSTANT(SW_DEVICE_WEIGHTS_INT8); CONSTANT(SW_DEVICE_WEIGHTS_INT4);
}

static void from_sw_weights_stored(void) {
  CONSTANT(SW_WEIGHTS_STORED); CONSTANT(SW_WEIGHTS_BF16); CONSTANT(SW_WEIGHTS_Q8); CONSTANT(SW_WEIGHTS_Q4); CONSTANT(SW_WEIGHTS_F32);
}

static void from_sw_column_bytes(void) {
  CONSTANT(SW_COLUMN_BYTES); CONSTANT(SW_COLUMN_UTF16); CONSTANT(SW_COLUMN_CHARACTERS);
}

static void from_sw_layout_default(void) {
  CONSTANT(SW_LAYOUT_DEFAULT); CONSTANT(SW_LAYOUT_WHOLE); CONSTANT(SW_LAYOUT_SPLIT); CONSTANT(SW_LAYOUT_AUTO); CONSTANT(SW_LAYOUT_NEAR);
}

static void from_sw_heal_model(void) {
  CONSTANT(SW_HEAL_MODEL); CONSTANT(SW_HEAL_ON); CONSTANT(SW_HEAL_OFF);
}

static void from_sw_finish_eos(void) {
  CONSTANT(SW_FINISH_EOS); CONSTANT(SW_FINISH_STOP); CONSTANT(SW_FINISH_SUFFIX); CONSTANT(SW_FINISH_LINE); CONSTANT(SW_FINISH_MAX_TOKENS);
  CONSTANT(SW_FINISH_TIME); CONSTANT(SW_FINISH_REPEAT); CONSTANT(SW_FINISH_CALLBACK); CONSTANT(SW_FINISH_BLOCK);
  CONSTANT(SW_FINISH_SYNTAX); CONSTANT(SW_FINISH_UNLIKELY); CONSTANT(SW_FINISH_PLACE);
}

static void from_sw_part_control(void) {
  CONSTANT(SW_PART_CONTROL); CONSTANT(SW_PART_TEXT); CONSTANT(SW_PART_CONTEXT); CONSTANT(SW_PART_HEAD); CONSTANT(SW_PART_TAIL);
  CONSTANT(SW_PART_SUFFIX); CONSTANT(SW_PART_PREFIX); CONSTANT(SW_PART_INSTRUCTION);
}

static void from_sw_skip_reasons(void) {
  CONSTANT(SW_SKIP_REASONS);
}

int main(void) {
  allocator();
  engine_options();
  engine_info();
  run_options();
  store_stats();
  model_options();
  quantize_options();
  model_info();
  sampling_options();
  sequence_stats();
  store_entry();
  store_report();
  text_options();
  chunk();
  outline_info();
  declaration();
  buffer_options();
  document();
  complete_options();
  candidate();
  request_stats();
  prompt_part();
  plan_option();
  workspace_options();
  workspace_stats();
  workspace_file();
  recent_edit();
  context_query();
  context_info();
  context_part();
  from_sw_ok();
  from_sw_log_error();
  from_sw_cpu_ref();
  from_sw_device_cpu();
  from_sw_source_nothing();
  from_sw_store_reasons();
  from_sw_encode_text();
  from_sw_fill_default();
  from_sw_device_weights_bf16();
  from_sw_weights_stored();
  from_sw_column_bytes();
  from_sw_layout_default();
  from_sw_heal_model();
  from_sw_finish_eos();
  from_sw_part_control();
  from_sw_skip_reasons();
  return 0;
}
