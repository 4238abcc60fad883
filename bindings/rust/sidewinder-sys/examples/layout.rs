//! Says what this compiler makes of the declarations, in the words of bindings/conformance/layout.c. Generated from include/sidewinder/sidewinder.h by bindings/generate. Do not edit.

use sidewinder_sys::*;

fn size_of_target<T>(_: *const T) -> usize {
    std::mem::size_of::<T>()
}

macro_rules! layout {
    ($name:ident: $($field:ident)*) => {
        let value = std::mem::MaybeUninit::<$name>::uninit();
        println!("{} {}", stringify!($name), std::mem::size_of::<$name>());
        $(
            // SAFETY: the address alone is taken.
            let field = unsafe { std::ptr::addr_of!((*value.as_ptr()).$field) };
            let offset = field as usize - value.as_ptr() as usize;
            println!("{}.{} {} {}", stringify!($name), stringify!($field).trim_start_matches("r#"), offset, size_of_target(field));
        )*
    };
}

fn main() {
    layout!(sw_allocator: allocate release user);
    layout!(sw_engine_options: struct_size n_threads cpu_mask log log_user log_level allocator snapshot_bytes_max policy store_folder store_bytes_max store_codec device device_index device_plugin idle_refill pin_threads nice spin_us);
    layout!(sw_engine_info: struct_size n_threads cpu_features kernels snapshot_bytes_max snapshot_bytes tokens_run tokens_reused device device_name device_note);
    layout!(sw_run_options: struct_size cancel progress progress_user deadline_ms);
    layout!(sw_store_stats: struct_size prompts missed_unknown missed_evicted missed_policy tokens_run tokens_idle tokens_reused tokens_replayed states_kept states_made states_evicted state_bytes log_bytes bytes_peak bytes_max seconds_saved disk_files disk_bytes disk_hits disk_misses disk_rejected disk_writes disk_write_failures disk_evicted disk_leftovers disk_audits disk_audits_failed);
    layout!(sw_model_options: struct_size run check_weights without_tokenizer count_only device_weights tokenizer weights device_bytes_max);
    layout!(sw_quantize_options: struct_size run calibration n_calibration calibration_tokens);
    layout!(sw_model_info: struct_size path name layout vocab_size d_model n_layers d_inner n_heads head_dim d_state n_groups d_conv tied n_parameters weight_bytes state_bytes fill_modes fill_mode fill_note bos_id eos_id kept_bytes device device_note document_header context_tokens weights weights_note);
    layout!(sw_sampling_options: struct_size temperature top_k top_p min_p seed);
    layout!(sw_sequence_stats: struct_size tokens_run tokens_rerun rewinds kept_states kept_bytes tokens_replayed);
    layout!(sw_store_entry: struct_size name reason why bytes used_at n_tokens codec weights tokenizer removed);
    layout!(sw_store_report: struct_size checked bytes bad removed other_version);
    layout!(sw_text_options: struct_size language chunk_size_max parse_ms_max);
    layout!(sw_chunk: begin end first_line);
    layout!(sw_outline_info: struct_size n_declarations n_imports n_references by_syntax has_errors skeleton skeleton_length n_errors);
    layout!(sw_declaration: struct_size name kind parent begin end signature_begin signature_end doc_begin doc_end);
    layout!(sw_buffer_options: struct_size path language);
    layout!(sw_document: struct_size path text length);
    layout!(sw_complete_options: struct_size mode max_tokens n_candidates sampling stop n_stop multiline time_budget_ms prefix_window_bytes suffix_window_bytes cold on_text on_done user layout cut_at_syntax logprob_min type_through heal ahead only_at_useful);
    layout!(sw_candidate: struct_size text length raw raw_length ids n_ids logprob suffix_logprob finish cut);
    layout!(sw_request_stats: struct_size mode prefix_begin prefix_end suffix_begin suffix_end prompt_tokens reused_tokens generated_tokens queue_ms prompt_ms first_token_ms total_ms prompt source replayed_tokens layout head_end tail_begin healed_bytes);
    layout!(sw_prompt_part: struct_size kind name why n_bytes n_tokens);
    layout!(sw_plan_option: struct_size mode layout n_tokens n_run price chosen);
    layout!(sw_workspace_options: struct_size store_folder n_threads file_bytes_max);
    layout!(sw_workspace_stats: struct_size files lines bytes chunks definitions skeleton_bytes memory_bytes unchanged reread from_store made skipped store_failed);
    layout!(sw_workspace_file: struct_size path language bytes lines line);
    layout!(sw_recent_edit: path diff);
    layout!(sw_context_query: struct_size path before before_length after after_length window_begin window_end budget_tokens budget_ms tokens_per_s edits n_edits header previous strategy seed);
    layout!(sw_context_info: struct_size n_parts n_stable n_tokens n_stable_tokens kept);
    layout!(sw_context_part: struct_size kind path first_line text length ids n_ids score why);
    println!("SW_OK {}", SW_OK);
    println!("SW_E_ARGUMENT {}", SW_E_ARGUMENT);
    println!("SW_E_NOT_FOUND {}", SW_E_NOT_FOUND);
    println!("SW_E_IO {}", SW_E_IO);
    println!("SW_E_FORMAT {}", SW_E_FORMAT);
    println!("SW_E_UNSUPPORTED {}", SW_E_UNSUPPORTED);
    println!("SW_E_NO_MEMORY {}", SW_E_NO_MEMORY);
    println!("SW_E_CANCELLED {}", SW_E_CANCELLED);
    println!("SW_E_DEADLINE {}", SW_E_DEADLINE);
    println!("SW_E_STATE {}", SW_E_STATE);
    println!("SW_E_MISMATCH {}", SW_E_MISMATCH);
    println!("SW_E_INTERNAL {}", SW_E_INTERNAL);
    println!("SW_LOG_ERROR {}", SW_LOG_ERROR);
    println!("SW_LOG_WARNING {}", SW_LOG_WARNING);
    println!("SW_LOG_INFO {}", SW_LOG_INFO);
    println!("SW_LOG_DEBUG {}", SW_LOG_DEBUG);
    println!("SW_CPU_REF {}", SW_CPU_REF);
    println!("SW_CPU_AVX2 {}", SW_CPU_AVX2);
    println!("SW_CPU_AVX512 {}", SW_CPU_AVX512);
    println!("SW_CPU_AVX512_VNNI {}", SW_CPU_AVX512_VNNI);
    println!("SW_CPU_NEON {}", SW_CPU_NEON);
    println!("SW_CPU_NEON_DOT {}", SW_CPU_NEON_DOT);
    println!("SW_CPU_AVX_VNNI {}", SW_CPU_AVX_VNNI);
    println!("SW_CPU_AMX_INT8 {}", SW_CPU_AMX_INT8);
    println!("SW_CPU_AMX_BF16 {}", SW_CPU_AMX_BF16);
    println!("SW_DEVICE_CPU {}", SW_DEVICE_CPU);
    println!("SW_DEVICE_AUTO {}", SW_DEVICE_AUTO);
    println!("SW_DEVICE_CUDA {}", SW_DEVICE_CUDA);
    println!("SW_SOURCE_NOTHING {}", SW_SOURCE_NOTHING);
    println!("SW_SOURCE_RUNNING {}", SW_SOURCE_RUNNING);
    println!("SW_SOURCE_LOG {}", SW_SOURCE_LOG);
    println!("SW_SOURCE_KEPT {}", SW_SOURCE_KEPT);
    println!("SW_SOURCE_DISK {}", SW_SOURCE_DISK);
    println!("SW_SOURCE_SHOWN {}", SW_SOURCE_SHOWN);
    println!("SW_SOURCE_AHEAD {}", SW_SOURCE_AHEAD);
    println!("SW_STORE_REASONS {}", SW_STORE_REASONS);
    println!("SW_ENCODE_TEXT {}", SW_ENCODE_TEXT);
    println!("SW_ENCODE_CONTINUATION {}", SW_ENCODE_CONTINUATION);
    println!("SW_FILL_DEFAULT {}", SW_FILL_DEFAULT);
    println!("SW_FILL_SPM {}", SW_FILL_SPM);
    println!("SW_FILL_PSM {}", SW_FILL_PSM);
    println!("SW_FILL_INSTRUCT {}", SW_FILL_INSTRUCT);
    println!("SW_FILL_PREFIX {}", SW_FILL_PREFIX);
    println!("SW_DEVICE_WEIGHTS_BF16 {}", SW_DEVICE_WEIGHTS_BF16);
    println!("SW_DEVICE_WEIGHTS_INT8 {}", SW_DEVICE_WEIGHTS_INT8);
    println!("SW_DEVICE_WEIGHTS_INT4 {}", SW_DEVICE_WEIGHTS_INT4);
    println!("SW_WEIGHTS_STORED {}", SW_WEIGHTS_STORED);
    println!("SW_WEIGHTS_BF16 {}", SW_WEIGHTS_BF16);
    println!("SW_WEIGHTS_Q8 {}", SW_WEIGHTS_Q8);
    println!("SW_WEIGHTS_Q4 {}", SW_WEIGHTS_Q4);
    println!("SW_WEIGHTS_F32 {}", SW_WEIGHTS_F32);
    println!("SW_COLUMN_BYTES {}", SW_COLUMN_BYTES);
    println!("SW_COLUMN_UTF16 {}", SW_COLUMN_UTF16);
    println!("SW_COLUMN_CHARACTERS {}", SW_COLUMN_CHARACTERS);
    println!("SW_LAYOUT_DEFAULT {}", SW_LAYOUT_DEFAULT);
    println!("SW_LAYOUT_WHOLE {}", SW_LAYOUT_WHOLE);
    println!("SW_LAYOUT_SPLIT {}", SW_LAYOUT_SPLIT);
    println!("SW_LAYOUT_AUTO {}", SW_LAYOUT_AUTO);
    println!("SW_LAYOUT_NEAR {}", SW_LAYOUT_NEAR);
    println!("SW_HEAL_MODEL {}", SW_HEAL_MODEL);
    println!("SW_HEAL_ON {}", SW_HEAL_ON);
    println!("SW_HEAL_OFF {}", SW_HEAL_OFF);
    println!("SW_FINISH_EOS {}", SW_FINISH_EOS);
    println!("SW_FINISH_STOP {}", SW_FINISH_STOP);
    println!("SW_FINISH_SUFFIX {}", SW_FINISH_SUFFIX);
    println!("SW_FINISH_LINE {}", SW_FINISH_LINE);
    println!("SW_FINISH_MAX_TOKENS {}", SW_FINISH_MAX_TOKENS);
    println!("SW_FINISH_TIME {}", SW_FINISH_TIME);
    println!("SW_FINISH_REPEAT {}", SW_FINISH_REPEAT);
    println!("SW_FINISH_CALLBACK {}", SW_FINISH_CALLBACK);
    println!("SW_FINISH_BLOCK {}", SW_FINISH_BLOCK);
    println!("SW_FINISH_SYNTAX {}", SW_FINISH_SYNTAX);
    println!("SW_FINISH_UNLIKELY {}", SW_FINISH_UNLIKELY);
    println!("SW_FINISH_PLACE {}", SW_FINISH_PLACE);
    println!("SW_PART_CONTROL {}", SW_PART_CONTROL);
    println!("SW_PART_TEXT {}", SW_PART_TEXT);
    println!("SW_PART_CONTEXT {}", SW_PART_CONTEXT);
    println!("SW_PART_HEAD {}", SW_PART_HEAD);
    println!("SW_PART_TAIL {}", SW_PART_TAIL);
    println!("SW_PART_SUFFIX {}", SW_PART_SUFFIX);
    println!("SW_PART_PREFIX {}", SW_PART_PREFIX);
    println!("SW_PART_INSTRUCTION {}", SW_PART_INSTRUCTION);
    println!("SW_SKIP_REASONS {}", SW_SKIP_REASONS);
}
