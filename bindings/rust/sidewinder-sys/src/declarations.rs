// Generated from include/sidewinder/sidewinder.h by bindings/generate. Do not edit.

use core::ffi::c_void;
use std::os::raw::c_char;

/// Major version of the header.
pub const SW_API_MAJOR: u32 = 1;
/// Minor version of the header.
pub const SW_API_MINOR: u32 = 0;

/// The outcome of a call. Values are only ever added.
pub type sw_status = i32;
/// `SW_OK`.
pub const SW_OK: sw_status = 0;
/// The caller passed something impossible; nothing was changed.
pub const SW_E_ARGUMENT: sw_status = 1;
/// No such file, model, token or mode.
pub const SW_E_NOT_FOUND: sw_status = 2;
/// The operating system or a device failed; its reason is in the text.
pub const SW_E_IO: sw_status = 3;
/// A file is not what it claims to be.
pub const SW_E_FORMAT: sw_status = 4;
/// Understood, not implemented.
pub const SW_E_UNSUPPORTED: sw_status = 5;
/// An allocation failed or a budget is spent; objects stay usable.
pub const SW_E_NO_MEMORY: sw_status = 6;
/// The caller asked to stop.
pub const SW_E_CANCELLED: sw_status = 7;
/// The caller's time was over.
pub const SW_E_DEADLINE: sw_status = 8;
/// The object cannot do that now.
pub const SW_E_STATE: sw_status = 9;
/// Two things that must belong together do not: tokenizer and weights, snapshot and model.
pub const SW_E_MISMATCH: sw_status = 10;
/// A bug in the library; please report it with the text.
pub const SW_E_INTERNAL: sw_status = 11;

/// How loud a message is.
pub type sw_log_level = i32;
/// `SW_LOG_ERROR`.
pub const SW_LOG_ERROR: sw_log_level = 1;
/// `SW_LOG_WARNING`.
pub const SW_LOG_WARNING: sw_log_level = 2;
/// `SW_LOG_INFO`.
pub const SW_LOG_INFO: sw_log_level = 3;
/// `SW_LOG_DEBUG`.
pub const SW_LOG_DEBUG: sw_log_level = 4;

/// `SW_CPU_REF`.
pub const SW_CPU_REF: u32 = 1;
/// `SW_CPU_AVX2`.
pub const SW_CPU_AVX2: u32 = 2;
/// `SW_CPU_AVX512`.
pub const SW_CPU_AVX512: u32 = 4;
/// `SW_CPU_AVX512_VNNI`.
pub const SW_CPU_AVX512_VNNI: u32 = 8;
/// `SW_CPU_NEON`.
pub const SW_CPU_NEON: u32 = 16;
/// `SW_CPU_NEON_DOT`.
pub const SW_CPU_NEON_DOT: u32 = 32;
/// `SW_CPU_AVX_VNNI`.
pub const SW_CPU_AVX_VNNI: u32 = 64;
/// `SW_CPU_AMX_INT8`.
pub const SW_CPU_AMX_INT8: u32 = 128;
/// `SW_CPU_AMX_BF16`.
pub const SW_CPU_AMX_BF16: u32 = 256;

/// Where models run. On a CUDA device the weights are copied there, kept states stay in memory of the host that the device's driver gives, and not the sw_allocator. A call that runs tokens may then also fail with SW_E_NO_MEMORY, and with SW_E_IO when the device failed: the sequence is empty, the model is to be opened again.
pub type sw_device = i32;
/// The default.
pub const SW_DEVICE_CPU: sw_device = 0;
/// A CUDA device where there is a usable one, for models that it can run; else the CPU.
pub const SW_DEVICE_AUTO: sw_device = 1;
/// A CUDA device, or an error that says why not.
pub const SW_DEVICE_CUDA: sw_device = 2;

/// From what a prompt was resumed.
pub type sw_source = i32;
/// All of it was run.
pub const SW_SOURCE_NOTHING: sw_source = 0;
/// The state after the last prompt or what was generated after it.
pub const SW_SOURCE_RUNNING: sw_source = 1;
/// A kept state and the input log, without a forward pass.
pub const SW_SOURCE_LOG: sw_source = 2;
/// A kept state.
pub const SW_SOURCE_KEPT: sw_source = 3;
/// A state from the store on disk.
pub const SW_SOURCE_DISK: sw_source = 4;
/// Nothing was run: the rest of the last completion.
pub const SW_SOURCE_SHOWN: sw_source = 5;
/// Nothing was run since it was asked for: it had been made ready (sw_complete_options.ahead).
pub const SW_SOURCE_AHEAD: sw_source = 6;

/// `SW_STORE_REASONS`.
pub const SW_STORE_REASONS: u32 = 15;

/// From the start of a text: with the model's dummy prefix, if it has one.
pub const SW_ENCODE_TEXT: u32 = 0;
/// Goes on from other text: no dummy prefix.
pub const SW_ENCODE_CONTINUATION: u32 = 1;

/// How a model fills in; also which of them it can do (bits 1 << mode).
pub type sw_fill_mode = i32;
/// The model's own.
pub const SW_FILL_DEFAULT: sw_fill_mode = 0;
/// FIM tokens, \[SUFFIX\] suffix \[PREFIX\] prefix, middle follows: typing is a pure append.
pub const SW_FILL_SPM: sw_fill_mode = 1;
/// FIM tokens, \[PREFIX\] prefix \[SUFFIX\] suffix \[MIDDLE\], middle follows.
pub const SW_FILL_PSM: sw_fill_mode = 2;
/// A chat prompt that shows the hole.
pub const SW_FILL_INSTRUCT: sw_fill_mode = 3;
/// Left to right; cut against the suffix, candidates ranked by how likely they make it.
pub const SW_FILL_PREFIX: sw_fill_mode = 4;

/// How a CUDA device holds the matrices. Fewer bits are faster and rounder: results differ, and states do not mix.
pub type sw_device_weights = i32;
/// The default; float16 and float32 are rounded once.
pub const SW_DEVICE_WEIGHTS_BF16: sw_device_weights = 0;
/// One scale for 64 weights.
pub const SW_DEVICE_WEIGHTS_INT8: sw_device_weights = 1;
/// One scale for 64 weights.
pub const SW_DEVICE_WEIGHTS_INT4: sw_device_weights = 2;

/// How the CPU holds the matrices: in_proj, out_proj, embedding and head. Fewer bits are faster and rounder: results differ, and states do not mix. int8 and int4 have one scale for 32 weights and round the other factor of a product to int8 as well (docs/quantisation.md).
pub type sw_weights = i32;
/// The default: as the checkpoint has them, mapped; of a GGUF file, blocks that no kernel reads become int8 or int4 when it is opened: Q8_0, Q5_0 and Q4_0 exactly, the others rounded. sw_model_info.weights_note tells.
pub const SW_WEIGHTS_STORED: sw_weights = 0;
/// Float16 and float32 are rounded once; bfloat16 stays mapped.
pub const SW_WEIGHTS_BF16: sw_weights = 1;
/// Int8; made when the model is opened, unless the checkpoint is stored so.
pub const SW_WEIGHTS_Q8: sw_weights = 2;
/// Int4; likewise.
pub const SW_WEIGHTS_Q4: sw_weights = 3;
/// Float32, exact for all that is not packed: four bytes a weight.
pub const SW_WEIGHTS_F32: sw_weights = 4;

/// What a column counts.
pub type sw_column_unit = i32;
/// `SW_COLUMN_BYTES`.
pub const SW_COLUMN_BYTES: sw_column_unit = 0;
/// `SW_COLUMN_UTF16`.
pub const SW_COLUMN_UTF16: sw_column_unit = 1;
/// `SW_COLUMN_CHARACTERS`.
pub const SW_COLUMN_CHARACTERS: sw_column_unit = 2;

/// How a prompt shows the file.
pub type sw_layout = i32;
/// In one piece, by windows that depend on the text and the cursor alone.
pub const SW_LAYOUT_DEFAULT: sw_layout = 0;
/// In one piece.
pub const SW_LAYOUT_WHOLE: sw_layout = 1;
/// What is far from the cursor first, as documents of its own: a jump nearby costs little. Windows stay where they were while one edits within them. Where the mode cannot: SW_LAYOUT_WHOLE.
pub const SW_LAYOUT_SPLIT: sw_layout = 2;
/// What is cheapest now and serves well later: split, as a rule; near for some keystrokes after a jump far away, while sw_buffer_refill() makes the other ready.
pub const SW_LAYOUT_AUTO: sw_layout = 3;
/// What is near the cursor alone.
pub const SW_LAYOUT_NEAR: sw_layout = 4;

/// Token healing: whether a prompt may end inside a token. Healed, it ends at the last place before the cursor where the text may be cut without changing a token, and the first tokens are held to what was typed there.
pub type sw_heal = i32;
/// As the model was trained: by default only where it writes from left to right (docs/fill-in.md).
pub const SW_HEAL_MODEL: sw_heal = 0;
/// Wherever the prompt has the prefix as a part of its own.
pub const SW_HEAL_ON: sw_heal = 1;
/// `SW_HEAL_OFF`.
pub const SW_HEAL_OFF: sw_heal = 2;

/// Why a candidate ends where it ends.
pub type sw_finish = i32;
/// The model ended it.
pub const SW_FINISH_EOS: sw_finish = 1;
/// A stop string.
pub const SW_FINISH_STOP: sw_finish = 2;
/// It reached the text after the cursor.
pub const SW_FINISH_SUFFIX: sw_finish = 3;
/// One line was asked for.
pub const SW_FINISH_LINE: sw_finish = 4;
/// `SW_FINISH_MAX_TOKENS`.
pub const SW_FINISH_MAX_TOKENS: sw_finish = 5;
/// The time budget.
pub const SW_FINISH_TIME: sw_finish = 6;
/// It began to repeat itself.
pub const SW_FINISH_REPEAT: sw_finish = 7;
/// On_text asked to stop.
pub const SW_FINISH_CALLBACK: sw_finish = 8;
/// It left the block that the cursor is in.
pub const SW_FINISH_BLOCK: sw_finish = 9;
/// Its syntax says that it is over, or broken from there on.
pub const SW_FINISH_SYNTAX: sw_finish = 10;
/// Less likely than asked for: there is no text.
pub const SW_FINISH_UNLIKELY: sw_finish = 11;
/// Nothing was run: a completion is seldom wanted there.
pub const SW_FINISH_PLACE: sw_finish = 12;

/// What a run of the prompt's tokens is.
pub type sw_part_kind = i32;
/// A control token.
pub const SW_PART_CONTROL: sw_part_kind = 1;
/// Fixed text of the model's template.
pub const SW_PART_TEXT: sw_part_kind = 2;
/// A document of another file.
pub const SW_PART_CONTEXT: sw_part_kind = 3;
/// Of a split prompt: the far part of the text before the cursor.
pub const SW_PART_HEAD: sw_part_kind = 4;
/// And after it.
pub const SW_PART_TAIL: sw_part_kind = 5;
/// `SW_PART_SUFFIX`.
pub const SW_PART_SUFFIX: sw_part_kind = 6;
/// `SW_PART_PREFIX`.
pub const SW_PART_PREFIX: sw_part_kind = 7;
/// The message that shows an instruction-tuned model the hole.
pub const SW_PART_INSTRUCTION: sw_part_kind = 8;

/// `SW_SKIP_REASONS`.
pub const SW_SKIP_REASONS: u32 = 12;

/// Owns the threads, the memory and the choice of kernels. One per process is usual; several are fine.
#[repr(C)]
pub struct sw_engine {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// A flag that stops work from another thread.
#[repr(C)]
pub struct sw_cancel {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// Text to token ids and back. Immutable.
#[repr(C)]
pub struct sw_tokenizer {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// Turns a stream of ids into text of whole characters.
#[repr(C)]
pub struct sw_detokenizer {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// Weights, tokenizer and fill-in settings. Immutable.
#[repr(C)]
pub struct sw_model {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// A run of tokens through a model: the recurrent state after the last one, and kept states to rewind to.
#[repr(C)]
pub struct sw_sequence {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// The recurrent state after some tokens. Immutable, reference-counted, never larger than the model's state_bytes and change.
#[repr(C)]
pub struct sw_snapshot {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// A folder of states, as an engine with store_folder makes it. To look after it; engines may use it meanwhile.
#[repr(C)]
pub struct sw_store {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// What a text declares, imports and refers to. Immutable.
#[repr(C)]
pub struct sw_outline {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// A text that is being edited, with the states of its last prompts.
#[repr(C)]
pub struct sw_buffer {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// One completion on its way.
#[repr(C)]
pub struct sw_request {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// The index of a folder of source files, and what a prompt takes from it. Stands alone: no engine, no model.
#[repr(C)]
pub struct sw_workspace {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// What a prompt takes from a workspace at one cursor. Immutable.
#[repr(C)]
pub struct sw_context {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// Receives messages: `text` is `length` bytes of UTF-8, also NUL-terminated, valid during the call. Any thread.
pub type sw_log_fn = Option<unsafe extern "C" fn(user: *mut c_void, level: sw_log_level, text: *const c_char, length: usize)>;

/// Called between chunks of long work, in units that the call names. Return 0 to go on, anything else to stop.
pub type sw_progress_fn = Option<unsafe extern "C" fn(user: *mut c_void, done: u64, total: u64) -> i32>;

/// Receives one entry, valid during the call. Return 0 to go on, anything else to stop.
pub type sw_store_entry_fn = Option<unsafe extern "C" fn(user: *mut c_void, entry: *const sw_store_entry) -> i32>;

/// Called for each piece of text of candidate `index` as it comes, on a thread of the engine. Return 0 to go on. Those of
///  several candidates come by turns. The pieces may go further than the final text, which is cut by the stop rules; sw_candidate.text is what counts.
pub type sw_text_fn = Option<unsafe extern "C" fn(user: *mut c_void, index: i32, text: *const c_char, length: usize) -> i32>;

/// Called once, when the request is done, on a thread of the engine.
pub type sw_done_fn = Option<unsafe extern "C" fn(user: *mut c_void, request: *mut sw_request)>;

/// Gets one file or place. Return 0 to go on, anything else to stop.
pub type sw_workspace_file_fn = Option<unsafe extern "C" fn(user: *mut c_void, file: *const sw_workspace_file) -> i32>;

/// Memory for large buffers (states, activations, logits). `allocate` returns NULL when there is none. Any thread.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_allocator {
    /// Alignment: a power of two, at most 4096.
    pub allocate: Option<unsafe extern "C" fn(user: *mut c_void, n_bytes: usize, alignment: usize) -> *mut c_void>,
    /// `release` of the C struct.
    pub release: Option<unsafe extern "C" fn(user: *mut c_void, memory: *mut c_void, n_bytes: usize)>,
    /// `user` of the C struct.
    pub user: *mut c_void,
}

impl sw_allocator {
    /// All defaults.
    pub const INIT: Self = Self {
        allocate: None,
        release: None,
        user: core::ptr::null_mut(),
    };
}

/// The fields of the C struct `sw_engine_options`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_engine_options {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// Compute threads, of which the thread that calls is one; 0: one for each core that this process may use, but for one of them where there are more than two (docs/threads.md).
    pub n_threads: i32,
    /// SW_CPU_* bits; 0: the best there is of those that round no activations.
    pub cpu_mask: u32,
    /// NULL: silence.
    pub log: sw_log_fn,
    /// `log_user` of the C struct.
    pub log_user: *mut c_void,
    /// 0: SW_LOG_WARNING.
    pub log_level: sw_log_level,
    /// Copied; NULL: the C library's.
    pub allocator: *const sw_allocator,
    /// Host memory for all kept states and input logs of all sequences and buffers; 0: 1 GiB.
    pub snapshot_bytes_max: u64,
    /// Which states are kept: NULL or "default"; to measure against: "none", "running", "grid:N", "geometric:N" (docs/state-store.md).
    pub policy: *const c_char,
    /// NULL: states live in memory alone. Else they are also written here, so that the next process goes on where this one was. They hold tokens, that is the text: the folder is made for its owner only.
    pub store_folder: *const c_char,
    /// Of the whole folder; 0: 4 GiB.
    pub store_bytes_max: u64,
    /// How states are written: NULL or "f32+zstd", or "f32".
    pub store_codec: *const c_char,
    /// SW_DEVICE_*. Results of the CPU and of a device differ in the last bits, so their states never mix.
    pub device: sw_device,
    /// Of the CUDA device.
    pub device_index: i32,
    /// The file of the CUDA plugin; NULL: libsidewinder-cuda.so beside this library, or in a folder "sidewinder" there. It stays loaded until the process ends.
    pub device_plugin: *const c_char,
    /// Not 0: when nothing has been asked for 0.3 s, the engine does the work of sw_buffer_refill() for the buffers that had completions, the latest first, and stops within a chunk when it is wanted.
    pub idle_refill: i32,
    /// Not 0: each of the engine's threads stays on one core, where the system allows it.
    pub pin_threads: i32,
    /// 0 to 19: how much lower than that of the creating thread the priority of the engine's threads is. The threads of callers keep theirs.
    pub nice: i32,
    /// How long a compute thread looks for work before it sleeps, in microseconds; 0: 50; -1: it sleeps at once; at most 1,000,000.
    pub spin_us: i32,
}

impl sw_engine_options {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        n_threads: 0,
        cpu_mask: 0,
        log: None,
        log_user: core::ptr::null_mut(),
        log_level: 0,
        allocator: core::ptr::null(),
        snapshot_bytes_max: 0,
        policy: core::ptr::null(),
        store_folder: core::ptr::null(),
        store_bytes_max: 0,
        store_codec: core::ptr::null(),
        device: 0,
        device_index: 0,
        device_plugin: core::ptr::null(),
        idle_refill: 0,
        pin_threads: 0,
        nice: 0,
        spin_us: 0,
    };
}

/// The fields of the C struct `sw_engine_info`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_engine_info {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// `n_threads` of the C struct.
    pub n_threads: i32,
    /// SW_CPU_* bits of the processor.
    pub cpu_features: u32,
    /// Op=row pairs, "embed=avx512 rms_norm=avx512 ..."; lives as long as the engine.
    pub kernels: *const c_char,
    /// `snapshot_bytes_max` of the C struct.
    pub snapshot_bytes_max: u64,
    /// Kept now.
    pub snapshot_bytes: u64,
    /// Through the model, since the engine started.
    pub tokens_run: u64,
    /// That a resumed state spared.
    pub tokens_reused: u64,
    /// SW_DEVICE_CPU or SW_DEVICE_CUDA: where models run that the device can run (sw_model_info says where one does).
    pub device: sw_device,
    /// "NVIDIA H200, compute capability 9.0, driver 13.0"; "" on the CPU.
    pub device_name: *const c_char,
    /// Why it is not the CUDA device, with SW_DEVICE_AUTO; else "".
    pub device_note: *const c_char,
}

impl sw_engine_info {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        n_threads: 0,
        cpu_features: 0,
        kernels: core::ptr::null(),
        snapshot_bytes_max: 0,
        snapshot_bytes: 0,
        tokens_run: 0,
        tokens_reused: 0,
        device: 0,
        device_name: core::ptr::null(),
        device_note: core::ptr::null(),
    };
}

/// How one call runs. The pointers are used during the call only.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_run_options {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// NULL: cannot be cancelled.
    pub cancel: *const sw_cancel,
    /// NULL: silent.
    pub progress: sw_progress_fn,
    /// `progress_user` of the C struct.
    pub progress_user: *mut c_void,
    /// From the start of the call; 0: none.
    pub deadline_ms: i64,
}

impl sw_run_options {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        cancel: core::ptr::null(),
        progress: None,
        progress_user: core::ptr::null_mut(),
        deadline_ms: 0,
    };
}

/// What the state store of an engine holds and has done.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_store_stats {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// Counted by SW_SOURCE_*.
    pub prompts: [u64; 5],
    /// Prompts that had to run more than 64 tokens because their text had not been seen.
    pub missed_unknown: u64,
    /// ... because a state that was there had been evicted for the budget's sake.
    pub missed_evicted: u64,
    /// ... because the policy keeps no states.
    pub missed_policy: u64,
    /// Through the model.
    pub tokens_run: u64,
    /// Of those, by sw_buffer_refill().
    pub tokens_idle: u64,
    /// Of prompts: spared by any source.
    pub tokens_reused: u64,
    /// Of those, rebuilt from the input log.
    pub tokens_replayed: u64,
    /// Now.
    pub states_kept: u64,
    /// `states_made` of the C struct.
    pub states_made: u64,
    /// `states_evicted` of the C struct.
    pub states_evicted: u64,
    /// Now, with snapshots.
    pub state_bytes: u64,
    /// Now.
    pub log_bytes: u64,
    /// Of both together.
    pub bytes_peak: u64,
    /// Their budget.
    pub bytes_max: u64,
    /// Tokens reused but not replayed, at the measured time of a token.
    pub seconds_saved: f64,
    /// Of the store's folder, that this version can read; 0 without one, as are the following.
    pub disk_files: u64,
    /// `disk_bytes` of the C struct.
    pub disk_bytes: u64,
    /// `disk_hits` of the C struct.
    pub disk_hits: u64,
    /// Lookups that found nothing of use.
    pub disk_misses: u64,
    /// Files that were turned away, by reason.
    pub disk_rejected: [u64; 15],
    /// `disk_writes` of the C struct.
    pub disk_writes: u64,
    /// `disk_write_failures` of the C struct.
    pub disk_write_failures: u64,
    /// `disk_evicted` of the C struct.
    pub disk_evicted: u64,
    /// Of writers that had died, removed.
    pub disk_leftovers: u64,
    /// States from disk that were run again while idle, and compared.
    pub disk_audits: u64,
    /// Of those, different: after the first the folder is cleared and not read any more.
    pub disk_audits_failed: u64,
}

impl sw_store_stats {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        prompts: [0; 5],
        missed_unknown: 0,
        missed_evicted: 0,
        missed_policy: 0,
        tokens_run: 0,
        tokens_idle: 0,
        tokens_reused: 0,
        tokens_replayed: 0,
        states_kept: 0,
        states_made: 0,
        states_evicted: 0,
        state_bytes: 0,
        log_bytes: 0,
        bytes_peak: 0,
        bytes_max: 0,
        seconds_saved: 0.0,
        disk_files: 0,
        disk_bytes: 0,
        disk_hits: 0,
        disk_misses: 0,
        disk_rejected: [0; 15],
        disk_writes: 0,
        disk_write_failures: 0,
        disk_evicted: 0,
        disk_leftovers: 0,
        disk_audits: 0,
        disk_audits_failed: 0,
    };
}

/// The fields of the C struct `sw_model_options`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_model_options {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// Progress in bytes.
    pub run: sw_run_options,
    /// Not 0: read every weight, refuse NaN and infinity.
    pub check_weights: i32,
    /// Not 0: open the weights alone, even if no tokenizer lies beside them.
    pub without_tokenizer: i32,
    /// Not 0: nothing is computed. Prompts are placed and tokens counted as if they were run, and states take their bytes of the budget but no memory; there are no logits. To measure policies. Never on a device.
    pub count_only: i32,
    /// On a CUDA device; the CPU takes weights as they are stored.
    pub device_weights: sw_device_weights,
    /// A tokenizer file to use instead of the one in the weights' file or beside it; NULL: that. With count_only it may have another vocabulary.
    pub tokenizer: *const c_char,
    /// On the CPU; a CUDA device takes device_weights. A checkpoint that is stored packed opens as it is, or not.
    pub weights: sw_weights,
    /// Memory of a CUDA device that this model's sequences may take, beside its weights; 0: what there is. Those that ran longest ago give up their ways back before one is refused with SW_E_NO_MEMORY.
    pub device_bytes_max: u64,
}

impl sw_model_options {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        run: sw_run_options::INIT,
        check_weights: 0,
        without_tokenizer: 0,
        count_only: 0,
        device_weights: 0,
        tokenizer: core::ptr::null(),
        weights: 0,
        device_bytes_max: 0,
    };
}

/// How a checkpoint is quantized; zero and empty mean default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_quantize_options {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// Progress in bytes of weights, each counted twice: written, compared; a calibration goes before with as many bytes again for every 4096 tokens.
    pub run: sw_run_options,
    /// For SW_WEIGHTS_Q4: texts of the kind that the model will see, source files for one. The model reads them, and scales are chosen by how much each column of a matrix then counts.
    pub calibration: *const *const c_char,
    /// 0: all columns count alike.
    pub n_calibration: usize,
    /// At most so many of each text, no more than 16384; 0: 1024.
    pub calibration_tokens: u32,
}

impl sw_quantize_options {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        run: sw_run_options::INIT,
        calibration: core::ptr::null(),
        n_calibration: 0,
        calibration_tokens: 0,
    };
}

/// The fields of the C struct `sw_model_info`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_model_info {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// `path` of the C struct.
    pub path: *const c_char,
    /// From sidewinder.json, else the folder's or file's name.
    pub name: *const c_char,
    /// "hf", "mistral", "mamba_ssm", "gguf".
    pub layout: *const c_char,
    /// Rows of the embedding.
    pub vocab_size: i32,
    /// `d_model` of the C struct.
    pub d_model: i32,
    /// `n_layers` of the C struct.
    pub n_layers: i32,
    /// Of the first layer, as are the next five.
    pub d_inner: i32,
    /// `n_heads` of the C struct.
    pub n_heads: i32,
    /// `head_dim` of the C struct.
    pub head_dim: i32,
    /// `d_state` of the C struct.
    pub d_state: i32,
    /// `n_groups` of the C struct.
    pub n_groups: i32,
    /// `d_conv` of the C struct.
    pub d_conv: i32,
    /// Not 0: the head is the embedding.
    pub tied: i32,
    /// `n_parameters` of the C struct.
    pub n_parameters: u64,
    /// `weight_bytes` of the C struct.
    pub weight_bytes: u64,
    /// One float32 state: all ssm_state and conv_state.
    pub state_bytes: u64,
    /// Bits 1 << SW_FILL_* that can be asked for.
    pub fill_modes: u32,
    /// What SW_FILL_DEFAULT means here.
    pub fill_mode: sw_fill_mode,
    /// Why, in a sentence.
    pub fill_note: *const c_char,
    /// -1: none.
    pub bos_id: i32,
    /// -1: none.
    pub eos_id: i32,
    /// Of the budget that one kept state takes: state_bytes, the last activations and padding.
    pub kept_bytes: u64,
    /// SW_DEVICE_CPU or SW_DEVICE_CUDA: where it runs.
    pub device: sw_device,
    /// Why not on the engine's device, with SW_DEVICE_AUTO; else "".
    pub device_note: *const c_char,
    /// Before each document of another file: "+++++ {path}\n".
    pub document_header: *const c_char,
    /// Of such documents, unless asked otherwise.
    pub context_tokens: u32,
    /// Of the matrices: "F32", "F16", "BF16", "Q8" or "Q4"; "mixed" when they differ; with count_only also "Q4_K" etc.
    pub weights: *const c_char,
    /// What the stored matrices became when the model was opened, and what that lost (relative L2 over all of them): "Q4_K (98 matrices) held as Q8, relative error 0.0048"; "" when they are held as stored.
    pub weights_note: *const c_char,
}

impl sw_model_info {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        path: core::ptr::null(),
        name: core::ptr::null(),
        layout: core::ptr::null(),
        vocab_size: 0,
        d_model: 0,
        n_layers: 0,
        d_inner: 0,
        n_heads: 0,
        head_dim: 0,
        d_state: 0,
        n_groups: 0,
        d_conv: 0,
        tied: 0,
        n_parameters: 0,
        weight_bytes: 0,
        state_bytes: 0,
        fill_modes: 0,
        fill_mode: 0,
        fill_note: core::ptr::null(),
        bos_id: 0,
        eos_id: 0,
        kept_bytes: 0,
        device: 0,
        device_note: core::ptr::null(),
        document_header: core::ptr::null(),
        context_tokens: 0,
        weights: core::ptr::null(),
        weights_note: core::ptr::null(),
    };
}

/// The fields of the C struct `sw_sampling_options`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_sampling_options {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// 0: the likeliest token.
    pub temperature: f32,
    /// 0: all.
    pub top_k: i32,
    /// 0 or 1: all; else the fewest likeliest tokens that hold this much probability.
    pub top_p: f32,
    /// 0: all; else tokens at least this likely relative to the likeliest.
    pub min_p: f32,
    /// `seed` of the C struct.
    pub seed: u64,
}

impl sw_sampling_options {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        temperature: 0.0,
        top_k: 0,
        top_p: 0.0,
        min_p: 0.0,
        seed: 0,
    };
}

/// The fields of the C struct `sw_sequence_stats`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_sequence_stats {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// Through the model, re-runs included.
    pub tokens_run: u64,
    /// Of those, because of a rewind.
    pub tokens_rerun: u64,
    /// `rewinds` of the C struct.
    pub rewinds: u64,
    /// Along its text, whoever made them.
    pub kept_states: u64,
    /// `kept_bytes` of the C struct.
    pub kept_bytes: u64,
    /// Rebuilt from the input log, without a forward pass.
    pub tokens_replayed: u64,
}

impl sw_sequence_stats {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        tokens_run: 0,
        tokens_rerun: 0,
        rewinds: 0,
        kept_states: 0,
        kept_bytes: 0,
        tokens_replayed: 0,
    };
}

/// The fields of the C struct `sw_store_entry`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_store_entry {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// Of the file in the folder.
    pub name: *const c_char,
    /// 0: good, as far as looked; else why not: then only name, reason, why and bytes hold.
    pub reason: i32,
    /// In words, "" when good.
    pub why: *const c_char,
    /// `bytes` of the C struct.
    pub bytes: u64,
    /// Seconds since 1970.
    pub used_at: i64,
    /// `n_tokens` of the C struct.
    pub n_tokens: u64,
    /// `codec` of the C struct.
    pub codec: *const c_char,
    /// Identity of the model, see sw_model_hash().
    pub weights: *const c_char,
    /// Identity of its vocabulary; "" when unknown.
    pub tokenizer: *const c_char,
    /// Not 0: by sw_store_verify().
    pub removed: i32,
}

impl sw_store_entry {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        name: core::ptr::null(),
        reason: 0,
        why: core::ptr::null(),
        bytes: 0,
        used_at: 0,
        n_tokens: 0,
        codec: core::ptr::null(),
        weights: core::ptr::null(),
        tokenizer: core::ptr::null(),
        removed: 0,
    };
}

/// The fields of the C struct `sw_store_report`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_store_report {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// Files read to their last byte.
    pub checked: u64,
    /// `bytes` of the C struct.
    pub bytes: u64,
    /// `bad` of the C struct.
    pub bad: u64,
    /// Of those.
    pub removed: u64,
    /// Cannot be judged by this one.
    pub other_version: u64,
}

impl sw_store_report {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        checked: 0,
        bytes: 0,
        bad: 0,
        removed: 0,
        other_version: 0,
    };
}

/// How a text is read. Any bytes are a text here, also what is not UTF-8.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_text_options {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// "python"; NULL, or a language without a grammar: lines and indentation alone.
    pub language: *const c_char,
    /// Characters of a chunk that are not blanks; 0: 1500.
    pub chunk_size_max: usize,
    /// Of the parse; beyond, lines and indentation are used. 0: 2000.
    pub parse_ms_max: i64,
}

impl sw_text_options {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        language: core::ptr::null(),
        chunk_size_max: 0,
        parse_ms_max: 0,
    };
}

/// A part of a text: whole lines.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_chunk {
    /// Byte range of the text.
    pub begin: usize,
    /// `end` of the C struct.
    pub end: usize,
    /// From 0.
    pub first_line: usize,
}

impl sw_chunk {
    /// All defaults.
    pub const INIT: Self = Self {
        begin: 0,
        end: 0,
        first_line: 0,
    };
}

/// The fields of the C struct `sw_outline_info`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_outline_info {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// `n_declarations` of the C struct.
    pub n_declarations: usize,
    /// `n_imports` of the C struct.
    pub n_imports: usize,
    /// `n_references` of the C struct.
    pub n_references: usize,
    /// 1: from a syntax tree; 0: from lines and indentation.
    pub by_syntax: i32,
    /// 1: the tree has errors, as that of half-typed code.
    pub has_errors: i32,
    /// Declarations without bodies, in lines of the text, (skeleton_length,) and NUL-terminated.
    pub skeleton: *const c_char,
    /// `skeleton_length` of the C struct.
    pub skeleton_length: usize,
    /// Of the tree: places that fit nowhere, and what is missing.
    pub n_errors: usize,
}

impl sw_outline_info {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        n_declarations: 0,
        n_imports: 0,
        n_references: 0,
        by_syntax: 0,
        has_errors: 0,
        skeleton: core::ptr::null(),
        skeleton_length: 0,
        n_errors: 0,
    };
}

/// The fields of the C struct `sw_declaration`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_declaration {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// `name` of the C struct.
    pub name: *const c_char,
    /// "function", "method", "class", "type", "constant", "field", "module", "macro".
    pub kind: *const c_char,
    /// Index of the declaration around it; -1 at the top.
    pub parent: i64,
    /// Byte range of the text, with the body and the documentation above.
    pub begin: usize,
    /// `end` of the C struct.
    pub end: usize,
    /// Up to the body.
    pub signature_begin: usize,
    /// `signature_end` of the C struct.
    pub signature_end: usize,
    /// Empty when it has no documentation.
    pub doc_begin: usize,
    /// `doc_end` of the C struct.
    pub doc_end: usize,
}

impl sw_declaration {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        name: core::ptr::null(),
        kind: core::ptr::null(),
        parent: 0,
        begin: 0,
        end: 0,
        signature_begin: 0,
        signature_end: 0,
        doc_begin: 0,
        doc_end: 0,
    };
}

/// The fields of the C struct `sw_buffer_options`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_buffer_options {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// UTF-8, shown to models that were trained with paths; NULL: none. Never opened.
    pub path: *const c_char,
    /// LSP language id, "python"; NULL: guessed from the path.
    pub language: *const c_char,
}

impl sw_buffer_options {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        path: core::ptr::null(),
        language: core::ptr::null(),
    };
}

/// A piece of another file that the model is to read first.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_document {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// As the model shall see it, relative to the workspace; UTF-8.
    pub path: *const c_char,
    /// Whole lines; UTF-8.
    pub text: *const c_char,
    /// `length` of the C struct.
    pub length: usize,
}

impl sw_document {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        path: core::ptr::null(),
        text: core::ptr::null(),
        length: 0,
    };
}

/// The fields of the C struct `sw_complete_options`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_complete_options {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// `mode` of the C struct.
    pub mode: sw_fill_mode,
    /// 0: 128; negative: none: the prompt is run, so that the next one costs little.
    pub max_tokens: i32,
    /// 0: 1; at most 16. Beyond the first they are sampled, and sorted by likelihood.
    pub n_candidates: i32,
    /// Temperature 0 with n_candidates > 1 means 0.6 for those after the first.
    pub sampling: sw_sampling_options,
    /// Strings that end the text, not part of it.
    pub stop: *const *const c_char,
    /// `n_stop` of the C struct.
    pub n_stop: usize,
    /// 0: as the place asks: many on an empty line and where a block has just opened; 1: one line only; 2: as many as come.
    pub multiline: i32,
    /// From the call; generation stops in time and says so; 0: none.
    pub time_budget_ms: i64,
    /// Text before the cursor that the model sees; 0: the model's own.
    pub prefix_window_bytes: usize,
    /// Text after the cursor; 0: the model's own.
    pub suffix_window_bytes: usize,
    /// Not 0: forget kept states first. For tests: the result is the same.
    pub cold: i32,
    /// NULL: none.
    pub on_text: sw_text_fn,
    /// NULL: none.
    pub on_done: sw_done_fn,
    /// `user` of the C struct.
    pub user: *mut c_void,
    /// `layout` of the C struct.
    pub layout: sw_layout,
    /// Not 0: the text is also cut where its syntax says that the block or statement at the cursor is over.
    pub cut_at_syntax: i32,
    /// Candidates whose tokens are less likely, by their mean log probability, show nothing; 0: none.
    pub logprob_min: f64,
    /// Not 0: where what was typed since the last completion is how its text begins, the rest of that is the answer, without a run of the model: what is shown stays. A run might say otherwise. The callbacks then come from within the call.
    pub type_through: i32,
    /// `heal` of the C struct.
    pub heal: sw_heal,
    /// Not 0: when it is done, and while nothing else waits, the completion that follows is run as well, as if this one's best candidate was accepted whole. When it is, and the same is asked for there, the answer is ready; the callbacks then come from within the call.
    pub ahead: i32,
    /// Not 0: where a completion is seldom wanted, nothing is run: the answer is empty, SW_FINISH_PLACE, and its `cut` says why. Such a place has more than 8 characters on its line after the cursor, closing punctuation not counted.
    pub only_at_useful: i32,
}

impl sw_complete_options {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        mode: 0,
        max_tokens: 0,
        n_candidates: 0,
        sampling: sw_sampling_options::INIT,
        stop: core::ptr::null(),
        n_stop: 0,
        multiline: 0,
        time_budget_ms: 0,
        prefix_window_bytes: 0,
        suffix_window_bytes: 0,
        cold: 0,
        on_text: None,
        on_done: None,
        user: core::ptr::null_mut(),
        layout: 0,
        cut_at_syntax: 0,
        logprob_min: 0.0,
        type_through: 0,
        heal: 0,
        ahead: 0,
        only_at_useful: 0,
    };
}

/// The fields of the C struct `sw_candidate`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_candidate {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// To insert at the cursor; NUL-terminated too.
    pub text: *const c_char,
    /// `length` of the C struct.
    pub length: usize,
    /// Before the cuts.
    pub raw: *const c_char,
    /// `raw_length` of the C struct.
    pub raw_length: usize,
    /// Of raw; of a healed prompt they begin with what was typed.
    pub ids: *const i32,
    /// `n_ids` of the C struct.
    pub n_ids: usize,
    /// Sum over ids; of a token that is held to what was typed, among those that are let through.
    pub logprob: f64,
    /// Of the first suffix tokens after it, in SW_FILL_PREFIX with several candidates; else 0.
    pub suffix_logprob: f64,
    /// 0 when the request was cancelled on the way.
    pub finish: sw_finish,
    /// What was cut off raw and why; "" when nothing was.
    pub cut: *const c_char,
}

impl sw_candidate {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        text: core::ptr::null(),
        length: 0,
        raw: core::ptr::null(),
        raw_length: 0,
        ids: core::ptr::null(),
        n_ids: 0,
        logprob: 0.0,
        suffix_logprob: 0.0,
        finish: 0,
        cut: core::ptr::null(),
    };
}

/// The fields of the C struct `sw_request_stats`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_request_stats {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// That was used.
    pub mode: sw_fill_mode,
    /// Byte range of the buffer that the prompt shows before the cursor.
    pub prefix_begin: usize,
    /// The cursor; of a healed prompt the last of it are not shown, but written first.
    pub prefix_end: usize,
    /// And after it.
    pub suffix_begin: usize,
    /// `suffix_end` of the C struct.
    pub suffix_end: usize,
    /// `prompt_tokens` of the C struct.
    pub prompt_tokens: usize,
    /// Of those, spared by a kept state.
    pub reused_tokens: usize,
    /// Over all candidates.
    pub generated_tokens: usize,
    /// Waiting for the worker.
    pub queue_ms: f64,
    /// Running the prompt.
    pub prompt_ms: f64,
    /// From the call to the first token.
    pub first_token_ms: f64,
    /// `total_ms` of the C struct.
    pub total_ms: f64,
    /// (prompt_tokens,).
    pub prompt: *const i32,
    /// Where the reused tokens' state came from.
    pub source: sw_source,
    /// Of the reused ones, rebuilt from the input log.
    pub replayed_tokens: usize,
    /// That was used: whole, split or near.
    pub layout: sw_layout,
    /// Of a split prompt: it shows \[prefix_begin, head_end) and \[tail_begin, suffix_end) first.
    pub head_end: usize,
    /// `tail_begin` of the C struct.
    pub tail_begin: usize,
    /// Before the cursor, behind the prompt's end: what the first tokens were held to.
    pub healed_bytes: usize,
}

impl sw_request_stats {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        mode: 0,
        prefix_begin: 0,
        prefix_end: 0,
        suffix_begin: 0,
        suffix_end: 0,
        prompt_tokens: 0,
        reused_tokens: 0,
        generated_tokens: 0,
        queue_ms: 0.0,
        prompt_ms: 0.0,
        first_token_ms: 0.0,
        total_ms: 0.0,
        prompt: core::ptr::null(),
        source: 0,
        replayed_tokens: 0,
        layout: 0,
        head_end: 0,
        tail_begin: 0,
        healed_bytes: 0,
    };
}

/// The fields of the C struct `sw_prompt_part`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_prompt_part {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// `kind` of the C struct.
    pub kind: sw_part_kind,
    /// The control token, or the path; may be "".
    pub name: *const c_char,
    /// The document was chosen; may be "".
    pub why: *const c_char,
    /// `n_bytes` of the C struct.
    pub n_bytes: usize,
    /// `n_tokens` of the C struct.
    pub n_tokens: usize,
}

impl sw_prompt_part {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        kind: 0,
        name: core::ptr::null(),
        why: core::ptr::null(),
        n_bytes: 0,
        n_tokens: 0,
    };
}

/// A way to lay out the prompt that was looked at.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_plan_option {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// `mode` of the C struct.
    pub mode: sw_fill_mode,
    /// `layout` of the C struct.
    pub layout: sw_layout,
    /// `n_tokens` of the C struct.
    pub n_tokens: usize,
    /// Of those, not to be had from a state in memory.
    pub n_run: usize,
    /// In tokens, of this request and the keystrokes that are likely to follow.
    pub price: f64,
    /// Not 0 for one of them.
    pub chosen: i32,
}

impl sw_plan_option {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        mode: 0,
        layout: 0,
        n_tokens: 0,
        n_run: 0,
        price: 0.0,
        chosen: 0,
    };
}

/// The fields of the C struct `sw_workspace_options`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_workspace_options {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// NULL: memory only. Else records of files lie here too, so that the next process parses nothing again. They hold signatures and comments of the files: the folder is made for its owner only.
    pub store_folder: *const c_char,
    /// Of an update: 1 or 2; 0: 2.
    pub n_threads: i32,
    /// Larger files are passed over; 0: 1 MiB; at most 64 MiB.
    pub file_bytes_max: u64,
}

impl sw_workspace_options {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        store_folder: core::ptr::null(),
        n_threads: 0,
        file_bytes_max: 0,
    };
}

/// The fields of the C struct `sw_workspace_stats`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_workspace_stats {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// `files` of the C struct.
    pub files: u64,
    /// `lines` of the C struct.
    pub lines: u64,
    /// `bytes` of the C struct.
    pub bytes: u64,
    /// `chunks` of the C struct.
    pub chunks: u64,
    /// `definitions` of the C struct.
    pub definitions: u64,
    /// `skeleton_bytes` of the C struct.
    pub skeleton_bytes: u64,
    /// That the index holds, about.
    pub memory_bytes: u64,
    /// Files of the last update: known by size and time.
    pub unchanged: u64,
    /// Read and hashed.
    pub reread: u64,
    /// Whose record was on disk.
    pub from_store: u64,
    /// Whose record was made.
    pub made: u64,
    /// Files and folders passed over, by reason; a folder counts once.
    pub skipped: [u64; 12],
    /// 1: the store could not be used, was damaged, or could not be written at some time; the index is whole all the same.
    pub store_failed: i32,
}

impl sw_workspace_stats {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        files: 0,
        lines: 0,
        bytes: 0,
        chunks: 0,
        definitions: 0,
        skeleton_bytes: 0,
        memory_bytes: 0,
        unchanged: 0,
        reread: 0,
        from_store: 0,
        made: 0,
        skipped: [0; 12],
        store_failed: 0,
    };
}

/// A file of an index, or a place in one. Strings are valid during the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_workspace_file {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// Relative to the folder.
    pub path: *const c_char,
    /// "python"; "" when nobody knows.
    pub language: *const c_char,
    /// `bytes` of the C struct.
    pub bytes: u64,
    /// `lines` of the C struct.
    pub lines: u64,
    /// From 0, of a definition; 0 for files.
    pub line: u64,
}

impl sw_workspace_file {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        path: core::ptr::null(),
        language: core::ptr::null(),
        bytes: 0,
        lines: 0,
        line: 0,
    };
}

/// A change that the user made lately, as text: a small diff.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_recent_edit {
    /// `path` of the C struct.
    pub path: *const c_char,
    /// `diff` of the C struct.
    pub diff: *const c_char,
}

impl sw_recent_edit {
    /// All defaults.
    pub const INIT: Self = Self {
        path: core::ptr::null(),
        diff: core::ptr::null(),
    };
}

/// The fields of the C struct `sw_context_query`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_context_query {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// Of the file that is edited, relative to the folder; need not be in the index.
    pub path: *const c_char,
    /// The text around the cursor that the model is shown anyway.
    pub before: *const c_char,
    /// `before_length` of the C struct.
    pub before_length: usize,
    /// `after` of the C struct.
    pub after: *const c_char,
    /// `after_length` of the C struct.
    pub after_length: usize,
    /// Where that text lies in the file, in bytes: nothing of it is shown twice.
    pub window_begin: u64,
    /// `window_end` of the C struct.
    pub window_end: u64,
    /// 0: 32,768; at most 262,144.
    pub budget_tokens: u32,
    /// Of running them, at tokens_per_s; 0: only tokens count. The smaller of both budgets wins.
    pub budget_ms: f64,
    /// As measured on this machine.
    pub tokens_per_s: f64,
    /// The newest last.
    pub edits: *const sw_recent_edit,
    /// `n_edits` of the C struct.
    pub n_edits: usize,
    /// Before each part, "{path}" is filled in; it ends with a newline. NULL: "+++++ {path}\n".
    pub header: *const c_char,
    /// Kept while the query changes little, so that typing changes nothing; may be NULL.
    pub previous: *const sw_context,
    /// NULL or "ours"; to measure against: "random", "path", "bm25", "skeletons".
    pub strategy: *const c_char,
    /// Of "random".
    pub seed: u64,
}

impl sw_context_query {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        path: core::ptr::null(),
        before: core::ptr::null(),
        before_length: 0,
        after: core::ptr::null(),
        after_length: 0,
        window_begin: 0,
        window_end: 0,
        budget_tokens: 0,
        budget_ms: 0.0,
        tokens_per_s: 0.0,
        edits: core::ptr::null(),
        n_edits: 0,
        header: core::ptr::null(),
        previous: core::ptr::null(),
        strategy: core::ptr::null(),
        seed: 0,
    };
}

/// The fields of the C struct `sw_context_info`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_context_info {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// `n_parts` of the C struct.
    pub n_parts: usize,
    /// Of those, the first ones, which depend on the index, the path and the budget but not on the cursor.
    pub n_stable: usize,
    /// `n_tokens` of the C struct.
    pub n_tokens: usize,
    /// `n_stable_tokens` of the C struct.
    pub n_stable_tokens: usize,
    /// 1: taken over from query.previous.
    pub kept: i32,
}

impl sw_context_info {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        n_parts: 0,
        n_stable: 0,
        n_tokens: 0,
        n_stable_tokens: 0,
        kept: 0,
    };
}

/// The fields of the C struct `sw_context_part`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sw_context_part {
    /// `struct_size` of the C struct.
    pub struct_size: usize,
    /// "skeleton", "file", "edit", "chunk", "declarations".
    pub kind: *const c_char,
    /// `path` of the C struct.
    pub path: *const c_char,
    /// From 0, in the file.
    pub first_line: u64,
    /// Header, piece, newline; NUL-terminated too.
    pub text: *const c_char,
    /// `length` of the C struct.
    pub length: usize,
    /// Of the text as a continuation: ids of all parts, joined, are those of all texts joined.
    pub ids: *const i32,
    /// `n_ids` of the C struct.
    pub n_ids: usize,
    /// Larger is better, among parts of one kind.
    pub score: f64,
    /// "imported", "shares parse, Token".
    pub why: *const c_char,
}

impl sw_context_part {
    /// All defaults.
    pub const INIT: Self = Self {
        struct_size: core::mem::size_of::<Self>(),
        kind: core::ptr::null(),
        path: core::ptr::null(),
        first_line: 0,
        text: core::ptr::null(),
        length: 0,
        ids: core::ptr::null(),
        n_ids: 0,
        score: 0.0,
        why: core::ptr::null(),
    };
}

extern "C" {
    /// The version of the library that is running: major * 65536 + minor.
    ///
    /// Ownership: none.
    /// Errors:    never fails.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_api_version() -> u32;

    /// The version of the library as text, "0.1.0".
    ///
    /// Ownership: a static string.
    /// Errors:    never fails.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_version() -> *const c_char;

    /// What the last failed call on this thread said, in full: what, where, and what to do. At most 4,095 bytes; longer texts
    /// are cut at a character and end in "...". "" when nothing failed yet on this thread.
    ///
    /// Ownership: a thread-local buffer, valid until the next failed call on this thread.
    /// Errors:    never fails; a successful call leaves it as it was.
    /// Threads:   each thread has its own.
    /// Since:     1.0
    pub fn sw_last_error() -> *const c_char;

    /// The name of a status, "SW_E_IO"; "SW_E_UNKNOWN" for a number that this version does not know.
    ///
    /// Ownership: a static string.
    /// Errors:    never fails.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_status_name(status: sw_status) -> *const c_char;

    /// Starts an engine.
    ///
    /// Ownership: the caller owns *out. The options are copied.
    /// Errors:    SW_E_ARGUMENT for a NULL out, n_threads outside 0..1024, nice outside 0..19, spin_us outside -1..1000000, an allocator
    ///            with a NULL function, an unknown policy or codec or device, or a cpu_mask that leaves no row; SW_E_UNSUPPORTED for a codec that rounds; SW_E_IO when the folder
    ///            cannot be made or belongs to another user; SW_E_NO_MEMORY. With SW_DEVICE_CUDA also SW_E_NOT_FOUND without the plugin,
    ///            SW_E_MISMATCH for one of another version, SW_E_UNSUPPORTED without a driver, with too old a one, or without a
    ///            usable device.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_engine_create(options: *const sw_engine_options, out: *mut *mut sw_engine) -> sw_status;

    /// Releases the caller's hold. What still uses the engine keeps it running until that is freed too.
    ///
    /// Ownership: ends the caller's.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_engine_free(engine: *mut sw_engine);

    /// Fills *out with what the engine runs on and has done. struct_size must be set.
    ///
    /// Ownership: strings are borrowed from the engine.
    /// Errors:    SW_E_ARGUMENT.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_engine_get_info(engine: *const sw_engine, out: *mut sw_engine_info) -> sw_status;

    /// Makes a flag, not set.
    ///
    /// Ownership: the caller owns *out and keeps it until every call that uses it has returned.
    /// Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_cancel_create(out: *mut *mut sw_cancel) -> sw_status;

    /// Sets the flag: calls that were given it return SW_E_CANCELLED within one chunk of work.
    ///
    /// Ownership: unchanged.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   any, also from a signal handler.
    /// Since:     1.0
    pub fn sw_cancel_set(cancel: *mut sw_cancel);

    /// Clears the flag for another use.
    ///
    /// Ownership: unchanged.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_cancel_clear(cancel: *mut sw_cancel);

    /// Releases the flag.
    ///
    /// Ownership: ends the caller's.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   not while a call uses it.
    /// Since:     1.0
    pub fn sw_cancel_free(cancel: *mut sw_cancel);

    /// The name of a reason, "damaged"; "unknown" for a number that this version does not know.
    ///
    /// Ownership: a static string.
    /// Errors:    never fails.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_store_reason_name(reason: i32) -> *const c_char;

    /// Fills *out with what the state store holds and has done since the engine started. struct_size must be set.
    ///
    /// Ownership: none.
    /// Errors:    SW_E_ARGUMENT.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_engine_get_store_stats(engine: *const sw_engine, out: *mut sw_store_stats) -> sw_status;

    /// Writes to the store's folder what a restart would miss. The engine does so by itself when nothing has been asked of it for a while;
    /// this is for the end of a process. Progress in states.
    ///
    /// Ownership: unchanged.
    /// Errors:    SW_E_ARGUMENT; SW_E_STATE without a store_folder; SW_E_IO (a full disk, a read-only folder), SW_E_CANCELLED,
    ///            SW_E_DEADLINE, SW_E_NO_MEMORY. What was written stays.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_engine_save(engine: *mut sw_engine, options: *const sw_run_options) -> sw_status;

    /// Gives memory back: drops kept states, the least useful first, and input logs until at most `n_bytes` are held. Snapshots of the
    /// caller stay. 0 drops all. Results are the same, the next prompts cost more.
    ///
    /// Ownership: unchanged.
    /// Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_engine_trim(engine: *mut sw_engine, n_bytes: u64) -> sw_status;

    /// Opens a SentencePiece model file.
    ///
    /// Ownership: the caller owns *out.
    /// Errors:    SW_E_NOT_FOUND, SW_E_IO, SW_E_FORMAT, SW_E_UNSUPPORTED (a model that would change code), SW_E_NO_MEMORY.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_tokenizer_open(path: *const c_char, out: *mut *mut sw_tokenizer) -> sw_status;

    /// Releases the caller's hold.
    ///
    /// Ownership: ends the caller's. Not for a borrowed tokenizer.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_tokenizer_free(tokenizer: *mut sw_tokenizer);

    /// Number of pieces: ids are 0 to this minus 1.
    ///
    /// Ownership: none.
    /// Errors:    0 for NULL.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_tokenizer_vocab_size(tokenizer: *const sw_tokenizer) -> i32;

    /// Encodes text. Control tokens never come from text. Writes at most `capacity` ids and always the whole count to *n_ids.
    ///
    /// Shapes:    ids (capacity,); ids may be NULL when capacity is 0, to ask for the count.
    /// Ownership: the caller's array.
    /// Errors:    SW_E_ARGUMENT for NULL, unknown flags, or text that is not UTF-8 (the text of the error says at which byte);
    ///            SW_E_NO_MEMORY.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_tokenizer_encode(tokenizer: *const sw_tokenizer, text: *const c_char, length: usize, flags: u32, ids: *mut i32, capacity: usize, n_ids: *mut usize) -> sw_status;

    /// Decodes ids as SentencePiece does: control tokens vanish, the dummy prefix is taken off. Writes at most `capacity` bytes
    /// and always the whole count to *length. No NUL is appended.
    ///
    /// Shapes:    text (capacity,); may be NULL when capacity is 0.
    /// Ownership: the caller's array.
    /// Errors:    SW_E_ARGUMENT for NULL or an id outside the vocabulary (the error says which); SW_E_NO_MEMORY.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_tokenizer_decode(tokenizer: *const sw_tokenizer, ids: *const i32, n_ids: usize, text: *mut c_char, capacity: usize, length: *mut usize) -> sw_status;

    /// The id of a control token by name: "\[PREFIX\]", "</s>".
    ///
    /// Ownership: none.
    /// Errors:    SW_E_ARGUMENT; SW_E_NOT_FOUND when the vocabulary has no such control token.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_tokenizer_control_id(tokenizer: *const sw_tokenizer, name: *const c_char, out: *mut i32) -> sw_status;

    /// Starts a stream. With at_text_start, one leading space of the first text piece is dropped, as decoding a whole text does;
    /// without it, the ids continue other text.
    ///
    /// Ownership: the caller owns *out.
    /// Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_detokenizer_create(tokenizer: *const sw_tokenizer, at_text_start: i32, out: *mut *mut sw_detokenizer) -> sw_status;

    /// Adds one id and gives the text that it completes, never half a character; *length may be 0. id -1 ends the stream: what
    /// was held back comes out as U+FFFD.
    ///
    /// Ownership: *text is borrowed until the next push or free.
    /// Errors:    SW_E_ARGUMENT for NULL or an id outside the vocabulary; SW_E_NO_MEMORY.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_detokenizer_push(detokenizer: *mut sw_detokenizer, id: i32, text: *const *const c_char, length: *mut usize) -> sw_status;

    /// Releases the stream.
    ///
    /// Ownership: ends the caller's.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_detokenizer_free(detokenizer: *mut sw_detokenizer);

    /// Opens the checkpoint in the folder `path`: Hugging Face transformers, Mistral or mamba_ssm layout; or the GGUF file `path`, or the only
    /// one in a folder without safetensors. The weights are mapped, not read, unless another format of them is to be made; a CUDA device gets a copy. NULL opens the embedded default model, which lies beside the library.
    ///
    /// Ownership: the caller owns *out.
    /// Errors:    SW_E_NOT_FOUND, SW_E_IO, SW_E_FORMAT (file, tensor and byte offset are named), SW_E_UNSUPPORTED (the family is
    ///            named), SW_E_MISMATCH (tokenizer and vocabulary; `weights` that stored
    ///            ones cannot become), SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY. With
    ///            SW_DEVICE_CUDA also SW_E_UNSUPPORTED for shapes that the device's kernels do not cover, SW_E_NO_MEMORY when it is too
    ///            small and SW_E_IO when it failed; with SW_DEVICE_AUTO the model then runs on the CPU, and a warning is logged.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_model_open(engine: *mut sw_engine, path: *const c_char, options: *const sw_model_options, out: *mut *mut sw_model) -> sw_status;

    /// Writes the checkpoint at `path` with its matrices in the format `to`, SW_WEIGHTS_Q8 or SW_WEIGHTS_Q4, as a new folder `folder`, with
    /// tokenizer and settings: sw_model_open() then maps it. What is written is read again and compared with what it was made of before the
    /// folder is complete. A call that was stopped leaves its part there, and the next one with the same arguments goes on from it; a calibration
    /// is made again. Memory: some MB, pages of the files come and go; with a calibration also one state, at most 16,384 tokens' activations, and
    /// what sw_model_open() holds of blocks of GGUF.
    ///
    /// Ownership: nothing is kept.
    /// Errors:    as sw_model_open(); SW_E_ARGUMENT for another format, the same folder, or a calibration with SW_WEIGHTS_Q8, without a token or
    ///            not UTF-8; SW_E_MISMATCH when matrices are already packed in another format, or in this one and are to be calibrated, or
    ///            when `folder` holds something else, such as the part of another calibration; SW_E_STATE when somebody is writing there;
    ///            SW_E_FORMAT when a weight has no such form, or when what was read again is different (the part is then removed); SW_E_IO.
    /// Threads:   any; one at a time for a folder.
    /// Since:     1.0
    pub fn sw_checkpoint_quantize(engine: *mut sw_engine, path: *const c_char, to: sw_weights, folder: *const c_char, options: *const sw_quantize_options) -> sw_status;

    /// Releases the caller's hold.
    ///
    /// Ownership: ends the caller's.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_model_free(model: *mut sw_model);

    /// Fills *out. struct_size must be set.
    ///
    /// Ownership: strings are borrowed from the model.
    /// Errors:    SW_E_ARGUMENT.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_model_get_info(model: *const sw_model, out: *mut sw_model_info) -> sw_status;

    /// The identity of the weights: 32 hex digits, the same for the same weights in another layout. Reads every byte the first
    /// time; progress in bytes.
    ///
    /// Ownership: *out is borrowed from the model.
    /// Errors:    SW_E_ARGUMENT, SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_model_hash(model: *const sw_model, options: *const sw_run_options, out: *const *const c_char) -> sw_status;

    /// The model's tokenizer, NULL when it was opened without one.
    ///
    /// Ownership: borrowed from the model; not to be freed.
    /// Errors:    NULL for NULL.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_model_tokenizer(model: *const sw_model) -> *const sw_tokenizer;

    /// An empty sequence: state zero, no token.
    ///
    /// Ownership: the caller owns *out.
    /// Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
    /// Threads:   the sequence belongs to one thread at a time.
    /// Since:     1.0
    pub fn sw_sequence_create(model: *mut sw_model, out: *mut *mut sw_sequence) -> sw_status;

    /// Releases the sequence. The states that were kept along its tokens stay until they are evicted: whoever runs the same tokens finds
    /// them. sw_engine_trim() drops them.
    ///
    /// Ownership: ends the caller's.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_sequence_free(sequence: *mut sw_sequence);

    /// Runs one token for each of several sequences of one model, with one pass over its weights for up to 16 of them: what sw_sequence_append()
    /// of each alone does, in the same bytes.
    ///
    /// Shapes:    sequences (n,), ids (n,); logits NULL or (n, vocab_size) float32, those after each token.
    /// Ownership: the caller's arrays.
    /// Errors:    SW_E_ARGUMENT for an id outside the vocabulary, a sequence that is there twice, or sequences of different models;
    ///            SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY: then nothing was run. A device that fails leaves all of them empty.
    /// Threads:   one at a time for each of the sequences.
    /// Since:     1.0
    pub fn sw_sequences_step(sequences: *mut *mut sw_sequence, n: usize, ids: *const i32, options: *const sw_run_options, logits: *mut f32) -> sw_status;

    /// Runs tokens. The bytes of the state and of the logits after a token do not depend on how tokens were cut into calls, nor
    /// on the number of threads. Progress in tokens.
    ///
    /// Shapes:    ids (n_ids,); logits NULL or (n_ids, vocab_size) float32, those after each of the tokens.
    /// Ownership: the caller's arrays.
    /// Errors:    SW_E_ARGUMENT for an id outside the vocabulary (the sequence is unchanged); SW_E_CANCELLED and SW_E_DEADLINE leave
    ///            the sequence after the last whole chunk: sw_sequence_length() says how far it came; SW_E_NO_MEMORY likewise.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_sequence_append(sequence: *mut sw_sequence, ids: *const i32, n_ids: usize, options: *const sw_run_options, logits: *mut f32) -> sw_status;

    /// Number of tokens that the state has seen.
    ///
    /// Ownership: none.
    /// Errors:    0 for NULL.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_sequence_length(sequence: *const sw_sequence) -> usize;

    /// The tokens that the state has seen, (sw_sequence_length(),). NULL for NULL.
    ///
    /// Ownership: borrowed until the sequence changes.
    /// Errors:    NULL for NULL.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_sequence_tokens(sequence: *const sw_sequence) -> *const i32;

    /// Copies the logits after the last token.
    ///
    /// Shapes:    out (vocab_size,) float32; n_out must be vocab_size.
    /// Ownership: the caller's array.
    /// Errors:    SW_E_ARGUMENT; SW_E_STATE for an empty sequence; SW_E_NO_MEMORY.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_sequence_logits(sequence: *mut sw_sequence, out: *mut f32, n_out: usize) -> sw_status;

    /// Copies the recurrent state after the last token.
    ///
    /// Shapes:    ssm_state NULL or (n_layers, n_heads, head_dim, d_state); conv_state NULL or (n_layers, d_conv - 1, d_conv_in),
    ///            oldest row first, before the convolution; d_conv_in = d_inner + 2 * n_groups * d_state. float32; the counts are
    ///            in floats and must be exact.
    /// Ownership: the caller's arrays.
    /// Errors:    SW_E_ARGUMENT.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_sequence_state(sequence: *const sw_sequence, ssm_state: *mut f32, n_ssm: usize, conv_state: *mut f32, n_conv: usize) -> sw_status;

    /// Draws the next token from the logits after the last one. The draw depends on the logits, the options and the length of the
    /// sequence alone, so the same seed gives the same text after a rewind.
    ///
    /// Ownership: none.
    /// Errors:    SW_E_ARGUMENT for NULL or a value out of range; SW_E_STATE for an empty sequence; SW_E_NO_MEMORY.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_sequence_sample(sequence: *mut sw_sequence, options: *const sw_sampling_options, out: *mut i32) -> sw_status;

    /// A second sequence at the same place; neither sees the other's tokens afterwards. Kept states are shared.
    ///
    /// Ownership: the caller owns *out.
    /// Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
    /// Threads:   one at a time for `sequence`; the fork may then go to another thread.
    /// Since:     1.0
    pub fn sw_sequence_fork(sequence: *const sw_sequence, out: *mut *mut sw_sequence) -> sw_status;

    /// Copies the recurrent state of `sequence` after its last token.
    ///
    /// Shapes:    as sw_sequence_state().
    /// Ownership: the caller owns *out.
    /// Errors:    SW_E_ARGUMENT; SW_E_NO_MEMORY, also when the snapshot budget is spent. *out is NULL on error.
    /// Threads:   one at a time for `sequence`; a snapshot is immutable and may be shared.
    /// Since:     1.0
    pub fn sw_sequence_snapshot(sequence: *const sw_sequence, out: *mut *mut sw_snapshot) -> sw_status;

    /// Puts `sequence` where the snapshot was taken, tokens included. Byte for byte as if it had never gone on.
    ///
    /// Ownership: unchanged.
    /// Errors:    SW_E_ARGUMENT; SW_E_MISMATCH for a snapshot of other weights; SW_E_NO_MEMORY. The sequence is unchanged on error.
    /// Threads:   one at a time for `sequence`.
    /// Since:     1.0
    pub fn sw_sequence_restore(sequence: *mut sw_sequence, snapshot: *const sw_snapshot) -> sw_status;

    /// Goes back to the state after the first `length` tokens. Byte for byte the state that was there. For the last few hundred tokens it
    /// costs no forward pass: the state is rebuilt from a kept one and the log of inputs; further back it is re-run from the nearest kept
    /// state. Progress in tokens re-run.
    ///
    /// Ownership: unchanged.
    /// Errors:    SW_E_ARGUMENT for a length beyond the sequence's; SW_E_CANCELLED, SW_E_DEADLINE and SW_E_NO_MEMORY leave the
    ///            sequence as it was.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_sequence_rewind(sequence: *mut sw_sequence, length: usize, options: *const sw_run_options) -> sw_status;

    /// Fills *out. struct_size must be set.
    ///
    /// Ownership: none.
    /// Errors:    SW_E_ARGUMENT.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_sequence_get_stats(sequence: *const sw_sequence, out: *mut sw_sequence_stats) -> sw_status;

    /// Takes another hold of a snapshot; each needs its own sw_snapshot_free().
    ///
    /// Ownership: the caller owns one more.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_snapshot_retain(snapshot: *mut sw_snapshot);

    /// Releases one hold.
    ///
    /// Ownership: ends one of the caller's.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_snapshot_free(snapshot: *mut sw_snapshot);

    /// Bytes of memory that the snapshot holds. 0 for NULL.
    ///
    /// Ownership: none.
    /// Errors:    0 for NULL.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_snapshot_bytes(snapshot: *const sw_snapshot) -> u64;

    /// Number of tokens before the snapshot. 0 for NULL.
    ///
    /// Ownership: none.
    /// Errors:    0 for NULL.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_snapshot_length(snapshot: *const sw_snapshot) -> usize;

    /// Writes the snapshot to a file: float32, checksummed, tied to the weights. Written aside, synced and renamed: on error the file
    /// at `path` is what it was before.
    ///
    /// Ownership: unchanged.
    /// Errors:    SW_E_ARGUMENT, SW_E_IO (a full disk, a read-only folder), SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_snapshot_save(snapshot: *const sw_snapshot, path: *const c_char, options: *const sw_run_options) -> sw_status;

    /// Reads a snapshot that sw_snapshot_save() wrote with the same weights.
    ///
    /// Ownership: the caller owns *out.
    /// Errors:    SW_E_NOT_FOUND, SW_E_IO, SW_E_FORMAT (anything that does not check out), SW_E_MISMATCH (other weights, other
    ///            kernels' numbers), SW_E_NO_MEMORY, SW_E_CANCELLED, SW_E_DEADLINE.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_snapshot_load(model: *mut sw_model, path: *const c_char, options: *const sw_run_options, out: *mut *mut sw_snapshot) -> sw_status;

    /// Opens a folder of states and removes what dead writers left in it. Makes it when it is missing.
    ///
    /// Ownership: the caller owns *out.
    /// Errors:    SW_E_ARGUMENT; SW_E_IO when it cannot be made or read, or belongs to another user; SW_E_NO_MEMORY.
    /// Threads:   any; a store may be used from several threads at once.
    /// Since:     1.0
    pub fn sw_store_open(folder: *const c_char, out: *mut *mut sw_store) -> sw_status;

    /// Releases it. The folder stays.
    ///
    /// Ownership: ends the caller's.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   any, once.
    /// Since:     1.0
    pub fn sw_store_free(store: *mut sw_store);

    /// Gives every state, the most recently used first. Only headers are read.
    ///
    /// Ownership: entries are borrowed during the call.
    /// Errors:    SW_E_ARGUMENT, SW_E_IO, SW_E_NO_MEMORY; SW_E_CANCELLED when `on_entry` stopped it.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_store_list(store: *mut sw_store, on_entry: sw_store_entry_fn, user: *mut c_void) -> sw_status;

    /// Reads every file and compares its checksum. With remove_bad, truncated and damaged files are removed. Progress in bytes.
    ///
    /// Ownership: on_bad, which may be NULL, gets each bad file, borrowed during the call. *out is the caller's.
    /// Errors:    SW_E_ARGUMENT, SW_E_IO, SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY. Bad files are no error.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_store_verify(store: *mut sw_store, remove_bad: i32, options: *const sw_run_options, on_bad: sw_store_entry_fn, user: *mut c_void, out: *mut sw_store_report) -> sw_status;

    /// Removes states, those that were not used for longest first, until at most `bytes_max` are left; 0 removes all.
    ///
    /// Ownership: n_files and n_bytes, which may be NULL, get what was removed.
    /// Errors:    SW_E_ARGUMENT, SW_E_IO; SW_E_STATE while another process does the same.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_store_gc(store: *mut sw_store, bytes_max: u64, n_files: *mut u64, n_bytes: *mut u64) -> sw_status;

    /// The language of a file, "python", by its name and then by its first line ("#!/usr/bin/env python3"). The file need not exist.
    ///
    /// Ownership: a static string; NULL when nobody knows, and for a NULL path.
    /// Errors:    never fails.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_text_language(path: *const c_char, first_line: *const c_char, first_line_length: usize) -> *const c_char;

    /// Cuts a text into chunks that cover it exactly once and break it where its syntax breaks. A chunk is larger than chunk_size_max only where
    /// a single line is. Writes at most `capacity` chunks and always the whole count to *n_chunks. Progress in bytes.
    ///
    /// Shapes:    chunks (capacity,); chunks may be NULL when capacity is 0, to ask for the count.
    /// Ownership: the caller's array.
    /// Errors:    SW_E_ARGUMENT for NULL or an unknown language; SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_text_chunks(text: *const c_char, length: usize, options: *const sw_text_options, run: *const sw_run_options, chunks: *mut sw_chunk, capacity: usize, n_chunks: *mut usize) -> sw_status;

    /// Reads the outline of a text. Half-typed code loses at most what is broken. Progress in bytes.
    ///
    /// Ownership: the caller owns *out, which keeps nothing of `text`.
    /// Errors:    SW_E_ARGUMENT for NULL or an unknown language; SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_text_outline(text: *const c_char, length: usize, options: *const sw_text_options, run: *const sw_run_options, out: *mut *mut sw_outline) -> sw_status;

    /// Releases an outline.
    ///
    /// Ownership: ends the caller's; what was borrowed from it ends too.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   not while another thread uses it.
    /// Since:     1.0
    pub fn sw_outline_free(outline: *mut sw_outline);

    /// Fills *out. struct_size must be set.
    ///
    /// Ownership: the skeleton is borrowed from the outline.
    /// Errors:    SW_E_ARGUMENT.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_outline_get_info(outline: *const sw_outline, out: *mut sw_outline_info) -> sw_status;

    /// Declaration `index`, in the order of the text; a parent stands before what is in it.
    ///
    /// Ownership: strings are borrowed from the outline.
    /// Errors:    SW_E_ARGUMENT.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_outline_declaration(outline: *const sw_outline, index: usize, out: *mut sw_declaration) -> sw_status;

    /// What import `index` names, "os.path", without quotes; with its byte range of the text in *begin and *end, unless those are NULL.
    ///
    /// Ownership: borrowed from the outline; NULL when there is no such import.
    /// Errors:    never fails.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_outline_import(outline: *const sw_outline, index: usize, begin: *mut usize, end: *mut usize) -> *const c_char;

    /// Name `index` that the text uses. Sorted by bytes, without repeats.
    ///
    /// Ownership: borrowed from the outline; NULL when there is no such name.
    /// Errors:    never fails.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_outline_reference(outline: *const sw_outline, index: usize) -> *const c_char;

    /// Makes a buffer for completions by `model`.
    ///
    /// Ownership: the caller owns *out; text and options are copied.
    /// Errors:    SW_E_ARGUMENT for NULL or text that is not UTF-8 (the error says at which byte); SW_E_STATE for a model that was
    ///            opened without a tokenizer; SW_E_NO_MEMORY.
    /// Threads:   the buffer belongs to one thread at a time.
    /// Since:     1.0
    pub fn sw_buffer_create(model: *mut sw_model, options: *const sw_buffer_options, text: *const c_char, length: usize, out: *mut *mut sw_buffer) -> sw_status;

    /// Releases the buffer. Its requests go on and stay valid.
    ///
    /// Ownership: ends the caller's.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_buffer_free(buffer: *mut sw_buffer);

    /// Replaces the bytes \[begin, end) by `text`. Both ends must lie between characters.
    ///
    /// Ownership: text is copied.
    /// Errors:    SW_E_ARGUMENT (outside the text, inside a character, not UTF-8), SW_E_NO_MEMORY. The buffer is unchanged on error.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_buffer_edit(buffer: *mut sw_buffer, begin: usize, end: usize, text: *const c_char, length: usize) -> sw_status;

    /// What the model reads of other files before the text around the cursor, in all completions from now on: what changes least first, what
    /// matters most last. Each document stands under a header line with its path. n_documents 0: nothing. A completion after a change
    /// re-runs the prompt from the first document that differs.
    ///
    /// Ownership: everything is copied. documents: (n_documents,), each with its struct_size.
    /// Errors:    SW_E_ARGUMENT for NULL or text that is not UTF-8; SW_E_NO_MEMORY. The buffer is unchanged on error.
    /// Threads:   one at a time for the buffer.
    /// Since:     1.0
    pub fn sw_buffer_set_context(buffer: *mut sw_buffer, documents: *const sw_document, n_documents: usize) -> sw_status;

    /// The text now, `*length` bytes, also NUL-terminated.
    ///
    /// Ownership: *text is borrowed until the buffer changes.
    /// Errors:    SW_E_ARGUMENT, SW_E_NO_MEMORY.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_buffer_text(buffer: *const sw_buffer, text: *const *const c_char, length: *mut usize) -> sw_status;

    /// Idle work: runs at most `max_tokens` tokens of the text around the last completion's place, so that states lie where the next edit
    /// is likely to need them. It gives way to requests between chunks. Nothing is run when what is kept is about as good. Only prompts
    /// that go on with the text after the cursor (SW_FILL_PREFIX) are run ahead of it; others are only made denser.
    ///
    /// Ownership: unchanged.
    /// Errors:    SW_E_ARGUMENT, SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY; *n_run is valid in each case. n_run may be NULL.
    /// Threads:   one at a time for the buffer; blocks until done.
    /// Since:     1.0
    pub fn sw_buffer_refill(buffer: *mut sw_buffer, max_tokens: usize, options: *const sw_run_options, n_run: *mut usize) -> sw_status;

    /// A sequence that stands where the buffer's last completion left off: after its prompt, and what was generated for its first
    /// candidate. A copy: the buffer goes on by itself.
    ///
    /// Ownership: the caller owns *out.
    /// Errors:    SW_E_ARGUMENT; SW_E_STATE before the first completion; SW_E_NO_MEMORY.
    /// Threads:   one at a time for the buffer; waits for the completions that run.
    /// Since:     1.0
    pub fn sw_buffer_fork(buffer: *mut sw_buffer, out: *mut *mut sw_sequence) -> sw_status;

    /// The byte offset of a line and column, both from 0. Lines end at LF, CR LF or CR. A column at the end of its line is the place before
    /// the line's end.
    ///
    /// Ownership: none.
    /// Errors:    SW_E_ARGUMENT for a line or column off the text, or a column inside a character.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_buffer_offset(buffer: *const sw_buffer, line: usize, column: usize, unit: sw_column_unit, out: *mut usize) -> sw_status;

    /// The line and column of a byte offset, both from 0: the way back from sw_buffer_offset(). Between CR and LF it is the place before both.
    ///
    /// Ownership: none. *line and *column are 0 on error.
    /// Errors:    SW_E_ARGUMENT for an offset off the text or inside a character.
    /// Threads:   one at a time.
    /// Since:     1.0
    pub fn sw_buffer_position(buffer: *const sw_buffer, offset: usize, unit: sw_column_unit, line: *mut usize, column: *mut usize) -> sw_status;

    /// Starts a completion at byte `offset`. Returns at once; the engine's worker runs it on a copy of what it needs, so the buffer may
    /// be edited meanwhile. A newer request of the same buffer supersedes an older one, which then ends as SW_E_CANCELLED.
    ///
    /// Ownership: the caller owns *out; options are copied.
    /// Errors:    SW_E_ARGUMENT for an offset off the text or inside a character, or an option out of range; SW_E_UNSUPPORTED for a
    ///            mode that the model cannot do; SW_E_NO_MEMORY.
    /// Threads:   one at a time for the buffer.
    /// Since:     1.0
    pub fn sw_complete(buffer: *mut sw_buffer, offset: usize, options: *const sw_complete_options, out: *mut *mut sw_request) -> sw_status;

    /// Not 0 when the request is done, whatever its outcome.
    ///
    /// Ownership: none.
    /// Errors:    1 for NULL.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_request_poll(request: *const sw_request) -> i32;

    /// Waits until the request is done.
    ///
    /// Ownership: unchanged.
    /// Errors:    SW_E_DEADLINE when it is not done after timeout_ms (negative: no limit); SW_E_ARGUMENT. Else SW_OK: the outcome of the
    ///            request itself is sw_request_status().
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_request_wait(request: *const sw_request, timeout_ms: i64) -> sw_status;

    /// Asks the request to stop. It is done soon after, with what it has: status SW_E_CANCELLED.
    ///
    /// Ownership: unchanged.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   any, also from a callback.
    /// Since:     1.0
    pub fn sw_request_cancel(request: *mut sw_request);

    /// Cancels the request if it is not done, waits for it, and releases it. Not from a callback of the same request.
    ///
    /// Ownership: ends the caller's.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   any, once.
    /// Since:     1.0
    pub fn sw_request_free(request: *mut sw_request);

    /// The outcome: SW_OK, or why it failed. SW_E_STATE while it runs.
    ///
    /// Ownership: none.
    /// Errors:    SW_E_ARGUMENT for NULL.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_request_status(request: *const sw_request) -> sw_status;

    /// The outcome in words; "" when it is SW_OK or still runs.
    ///
    /// Ownership: borrowed from the request.
    /// Errors:    never fails.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_request_error(request: *const sw_request) -> *const c_char;

    /// Number of candidates so far; 0 while the request runs.
    ///
    /// Ownership: none.
    /// Errors:    0 for NULL.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_request_n_candidates(request: *const sw_request) -> usize;

    /// Candidate `index`, best first. A cancelled or late request keeps what it had.
    ///
    /// Ownership: pointers are borrowed from the request.
    /// Errors:    SW_E_ARGUMENT, SW_E_STATE while it runs.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_request_candidate(request: *const sw_request, index: usize, out: *mut sw_candidate) -> sw_status;

    /// Fills *out. struct_size must be set.
    ///
    /// Ownership: pointers are borrowed from the request.
    /// Errors:    SW_E_ARGUMENT, SW_E_STATE while it runs.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_request_get_stats(request: *const sw_request, out: *mut sw_request_stats) -> sw_status;

    /// Part `index` of the prompt, in order. The tokens of all parts add up to the prompt.
    ///
    /// Ownership: pointers are borrowed from the request.
    /// Errors:    SW_E_ARGUMENT; SW_E_NOT_FOUND when there are not so many; SW_E_STATE while it runs.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_request_part(request: *const sw_request, index: usize, out: *mut sw_prompt_part) -> sw_status;

    /// The ways to lay out the prompt that the planner compared, the most wanted first. The cheapest was run.
    ///
    /// Ownership: none.
    /// Errors:    SW_E_ARGUMENT; SW_E_NOT_FOUND when there are not so many; SW_E_STATE while it runs.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_request_plan_option(request: *const sw_request, index: usize, out: *mut sw_plan_option) -> sw_status;

    /// Opens the index of `folder`; it is empty until sw_workspace_update(). `tokenizer` is the one that contexts are counted and encoded by; NULL
    /// when none will be asked for.
    ///
    /// Ownership: the caller owns *out. The tokenizer is shared and may be freed.
    /// Errors:    SW_E_ARGUMENT (also a store folder that others own or can write to), SW_E_NOT_FOUND, SW_E_IO, SW_E_NO_MEMORY.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_workspace_open(tokenizer: *const sw_tokenizer, folder: *const c_char, options: *const sw_workspace_options, out: *mut *mut sw_workspace) -> sw_status;

    /// Releases the index. Contexts that were made from it stay.
    ///
    /// Ownership: ends the caller's.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   not while another call uses it.
    /// Since:     1.0
    pub fn sw_workspace_free(workspace: *mut sw_workspace);

    /// Brings the index up to date. With n_paths 0 the whole folder is walked; else only those paths are looked at, relative to the folder, with
    /// slashes (a folder, an ignore file or a path that was not known and is not there makes it a whole walk). Progress in files. Where it is stopped
    /// or fails, what was done stays, and the rest is as it was.
    ///
    /// Ownership: nothing is kept.
    /// Errors:    SW_E_ARGUMENT, SW_E_CANCELLED, SW_E_DEADLINE, SW_E_NO_MEMORY. Files and folders that cannot be read are counted, no error.
    /// Threads:   any; updates wait for each other, readers do not wait for them. Callbacks come from the calling thread.
    /// Since:     1.0
    pub fn sw_workspace_update(workspace: *mut sw_workspace, paths: *const *const c_char, n_paths: usize, options: *const sw_run_options) -> sw_status;

    /// The name of a reason, "minified"; "unknown" for a number that this version does not know.
    ///
    /// Ownership: a static string.
    /// Errors:    never fails.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_skip_reason_name(reason: i32) -> *const c_char;

    /// Fills *out. struct_size must be set.
    ///
    /// Ownership: none.
    /// Errors:    SW_E_ARGUMENT.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_workspace_get_stats(workspace: *const sw_workspace, out: *mut sw_workspace_stats) -> sw_status;

    /// Calls on_file for each file of the index, by path.
    ///
    /// Ownership: nothing is kept.
    /// Errors:    SW_E_ARGUMENT; SW_E_CANCELLED when the callback asked to stop.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_workspace_list(workspace: *const sw_workspace, on_file: sw_workspace_file_fn, user: *mut c_void) -> sw_status;

    /// Calls on_place for each place that defines `name`, by path and line. Names are told apart by 32 bits of a hash: one in a few hundred thousand
    /// is taken for another.
    ///
    /// Ownership: nothing is kept.
    /// Errors:    SW_E_ARGUMENT; SW_E_CANCELLED when the callback asked to stop.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_workspace_find(workspace: *const sw_workspace, name: *const c_char, length: usize, on_place: sw_workspace_file_fn, user: *mut c_void) -> sw_status;

    /// Chooses what of the workspace is worth showing to a model that completes at a cursor, within the budget. The same for the same index and
    /// query. Files that changed since the last update are left out.
    ///
    /// Ownership: the caller owns *out.
    /// Errors:    SW_E_ARGUMENT (also text that is not UTF-8), SW_E_STATE for a workspace without a tokenizer, SW_E_CANCELLED, SW_E_DEADLINE,
    ///            SW_E_NO_MEMORY.
    /// Threads:   any, also during an update: the index is then what it was before.
    /// Since:     1.0
    pub fn sw_workspace_context(workspace: *mut sw_workspace, query: *const sw_context_query, options: *const sw_run_options, out: *mut *mut sw_context) -> sw_status;

    /// Releases the context.
    ///
    /// Ownership: ends the caller's.
    /// Errors:    never fails; NULL is ignored.
    /// Threads:   not while another call uses it.
    /// Since:     1.0
    pub fn sw_context_free(context: *mut sw_context);

    /// Fills *out. struct_size must be set.
    ///
    /// Ownership: none.
    /// Errors:    SW_E_ARGUMENT.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_context_get_info(context: *const sw_context, out: *mut sw_context_info) -> sw_status;

    /// Part `index`, in the order of the prompt: far to near, the best last.
    ///
    /// Ownership: pointers are borrowed from the context.
    /// Errors:    SW_E_ARGUMENT.
    /// Threads:   any.
    /// Since:     1.0
    pub fn sw_context_get_part(context: *const sw_context, index: usize, out: *mut sw_context_part) -> sw_status;

    /// Chooses what of the workspace the model reads before the text around `offset`, in all completions of the buffer from now on, as
    /// sw_workspace_context() does. The buffer knows its path, its windows, the model's header and what it showed before, so that nothing
    /// changes while one types. To be called on a pause, after other files changed or after a far jump; never needed for a keystroke.
    ///
    /// Of `query`, which may be NULL, only the budgets, the edits and the strategy are read. budget_tokens 0: the model's own; tokens_per_s 0: as
    /// measured by the engine so far.
    ///
    /// Ownership: nothing is kept of the arguments. *changed, which may be NULL, is 0 when the buffer shows the same as before.
    /// Errors:    those of sw_workspace_context(); SW_E_MISMATCH for a workspace with another tokenizer. The buffer is unchanged on error.
    /// Threads:   one at a time for the buffer.
    /// Since:     1.0
    pub fn sw_buffer_update_context(buffer: *mut sw_buffer, workspace: *mut sw_workspace, offset: usize, query: *const sw_context_query, options: *const sw_run_options, changed: *mut i32) -> sw_status;
}
