//! Enums, records and options of the C API. Generated from include/sidewinder/sidewinder.h by bindings/generate. Do not edit.

use crate::convert::{self, Keep};
use crate::error::Error;
use sidewinder_sys as sys;

open_enum! {
    /// The outcome of a call. Values are only ever added.
    Status {
        /// `OK`.
        OK = 0,
        /// The caller passed something impossible; nothing was changed.
        ARGUMENT = 1,
        /// No such file, model, token or mode.
        NOT_FOUND = 2,
        /// The operating system or a device failed; its reason is in the text.
        IO = 3,
        /// A file is not what it claims to be.
        FORMAT = 4,
        /// Understood, not implemented.
        UNSUPPORTED = 5,
        /// An allocation failed or a budget is spent; objects stay usable.
        NO_MEMORY = 6,
        /// The caller asked to stop.
        CANCELLED = 7,
        /// The caller's time was over.
        DEADLINE = 8,
        /// The object cannot do that now.
        STATE = 9,
        /// Two things that must belong together do not: tokenizer and weights, snapshot and model.
        MISMATCH = 10,
        /// A bug in the library; please report it with the text.
        INTERNAL = 11,
    }
}

open_enum! {
    /// How loud a message is.
    LogLevel {
        /// `ERROR`.
        ERROR = 1,
        /// `WARNING`.
        WARNING = 2,
        /// `INFO`.
        INFO = 3,
        /// `DEBUG`.
        DEBUG = 4,
    }
}

/// `SW_CPU_REF` of the C API.
pub const CPU_REF: u32 = 1;
/// `SW_CPU_AVX2` of the C API.
pub const CPU_AVX2: u32 = 2;
/// `SW_CPU_AVX512` of the C API.
pub const CPU_AVX512: u32 = 4;
/// `SW_CPU_AVX512_VNNI` of the C API.
pub const CPU_AVX512_VNNI: u32 = 8;
/// `SW_CPU_NEON` of the C API.
pub const CPU_NEON: u32 = 16;
/// `SW_CPU_NEON_DOT` of the C API.
pub const CPU_NEON_DOT: u32 = 32;
/// `SW_CPU_AVX_VNNI` of the C API.
pub const CPU_AVX_VNNI: u32 = 64;
/// `SW_CPU_AMX_INT8` of the C API.
pub const CPU_AMX_INT8: u32 = 128;
/// `SW_CPU_AMX_BF16` of the C API.
pub const CPU_AMX_BF16: u32 = 256;

open_enum! {
    /// Where models run. On a CUDA device the weights are copied there, kept states stay in memory of the host that the device's driver gives, and not the sw_allocator. A call that runs tokens may then also fail with SW_E_NO_MEMORY, and with SW_E_IO when the device failed: the sequence is empty, the model is to be opened again.
    Device {
        /// The default.
        CPU = 0,
        /// A CUDA device where there is a usable one, for models that it can run; else the CPU.
        AUTO = 1,
        /// A CUDA device, or an error that says why not.
        CUDA = 2,
    }
}

open_enum! {
    /// From what a prompt was resumed.
    Source {
        /// All of it was run.
        NOTHING = 0,
        /// The state after the last prompt or what was generated after it.
        RUNNING = 1,
        /// A kept state and the input log, without a forward pass.
        LOG = 2,
        /// A kept state.
        KEPT = 3,
        /// A state from the store on disk.
        DISK = 4,
        /// Nothing was run: the rest of the last completion.
        SHOWN = 5,
        /// Nothing was run since it was asked for: it had been made ready (sw_complete_options.ahead).
        AHEAD = 6,
    }
}

/// `SW_STORE_REASONS` of the C API.
pub const STORE_REASONS: u32 = 15;

/// From the start of a text: with the model's dummy prefix, if it has one.
pub const ENCODE_TEXT: u32 = 0;
/// Goes on from other text: no dummy prefix.
pub const ENCODE_CONTINUATION: u32 = 1;

open_enum! {
    /// How a model fills in; also which of them it can do (bits 1 << mode).
    FillMode {
        /// The model's own.
        DEFAULT = 0,
        /// FIM tokens, \[SUFFIX\] suffix \[PREFIX\] prefix, middle follows: typing is a pure append.
        SPM = 1,
        /// FIM tokens, \[PREFIX\] prefix \[SUFFIX\] suffix \[MIDDLE\], middle follows.
        PSM = 2,
        /// A chat prompt that shows the hole.
        INSTRUCT = 3,
        /// Left to right; cut against the suffix, candidates ranked by how likely they make it.
        PREFIX = 4,
    }
}

open_enum! {
    /// How a CUDA device holds the matrices. Fewer bits are faster and rounder: results differ, and states do not mix.
    DeviceWeights {
        /// The default; float16 and float32 are rounded once.
        BF16 = 0,
        /// One scale for 64 weights.
        INT8 = 1,
        /// One scale for 64 weights.
        INT4 = 2,
    }
}

open_enum! {
    /// How the CPU holds the matrices: in_proj, out_proj, embedding and head. Fewer bits are faster and rounder: results differ, and states do not mix. int8 and int4 have one scale for 32 weights and round the other factor of a product to int8 as well (docs/quantisation.md).
    Weights {
        /// The default: as the checkpoint has them, mapped; of a GGUF file, blocks that no kernel reads become int8 or int4 when it is opened: Q8_0, Q5_0 and Q4_0 exactly, the others rounded. sw_model_info.weights_note tells.
        STORED = 0,
        /// Float16 and float32 are rounded once; bfloat16 stays mapped.
        BF16 = 1,
        /// Int8; made when the model is opened, unless the checkpoint is stored so.
        Q8 = 2,
        /// Int4; likewise.
        Q4 = 3,
        /// Float32, exact for all that is not packed: four bytes a weight.
        F32 = 4,
    }
}

open_enum! {
    /// What a column counts.
    ColumnUnit {
        /// `BYTES`.
        BYTES = 0,
        /// `UTF16`.
        UTF16 = 1,
        /// `CHARACTERS`.
        CHARACTERS = 2,
    }
}

open_enum! {
    /// How a prompt shows the file.
    Layout {
        /// In one piece, by windows that depend on the text and the cursor alone.
        DEFAULT = 0,
        /// In one piece.
        WHOLE = 1,
        /// What is far from the cursor first, as documents of its own: a jump nearby costs little. Windows stay where they were while one edits within them. Where the mode cannot: SW_LAYOUT_WHOLE.
        SPLIT = 2,
        /// What is cheapest now and serves well later: split, as a rule; near for some keystrokes after a jump far away, while sw_buffer_refill() makes the other ready.
        AUTO = 3,
        /// What is near the cursor alone.
        NEAR = 4,
    }
}

open_enum! {
    /// Token healing: whether a prompt may end inside a token. Healed, it ends at the last place before the cursor where the text may be cut without changing a token, and the first tokens are held to what was typed there.
    Heal {
        /// As the model was trained: by default only where it writes from left to right (docs/fill-in.md).
        MODEL = 0,
        /// Wherever the prompt has the prefix as a part of its own.
        ON = 1,
        /// `OFF`.
        OFF = 2,
    }
}

open_enum! {
    /// Why a candidate ends where it ends.
    Finish {
        /// The model ended it.
        EOS = 1,
        /// A stop string.
        STOP = 2,
        /// It reached the text after the cursor.
        SUFFIX = 3,
        /// One line was asked for.
        LINE = 4,
        /// `MAX_TOKENS`.
        MAX_TOKENS = 5,
        /// The time budget.
        TIME = 6,
        /// It began to repeat itself.
        REPEAT = 7,
        /// On_text asked to stop.
        CALLBACK = 8,
        /// It left the block that the cursor is in.
        BLOCK = 9,
        /// Its syntax says that it is over, or broken from there on.
        SYNTAX = 10,
        /// Less likely than asked for: there is no text.
        UNLIKELY = 11,
        /// Nothing was run: a completion is seldom wanted there.
        PLACE = 12,
    }
}

open_enum! {
    /// What a run of the prompt's tokens is.
    PartKind {
        /// A control token.
        CONTROL = 1,
        /// Fixed text of the model's template.
        TEXT = 2,
        /// A document of another file.
        CONTEXT = 3,
        /// Of a split prompt: the far part of the text before the cursor.
        HEAD = 4,
        /// And after it.
        TAIL = 5,
        /// `SUFFIX`.
        SUFFIX = 6,
        /// `PREFIX`.
        PREFIX = 7,
        /// The message that shows an instruction-tuned model the hole.
        INSTRUCTION = 8,
    }
}

/// `SW_SKIP_REASONS` of the C API.
pub const SKIP_REASONS: u32 = 12;

/// What the library says: the fields of the C struct `sw_engine_info`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EngineInfo {
    /// `n_threads`.
    pub n_threads: i32,
    /// SW_CPU_* bits of the processor.
    pub cpu_features: u32,
    /// Op=row pairs, "embed=avx512 rms_norm=avx512 ..."; lives as long as the engine.
    pub kernels: String,
    /// `snapshot_bytes_max`.
    pub snapshot_bytes_max: u64,
    /// Kept now.
    pub snapshot_bytes: u64,
    /// Through the model, since the engine started.
    pub tokens_run: u64,
    /// That a resumed state spared.
    pub tokens_reused: u64,
    /// SW_DEVICE_CPU or SW_DEVICE_CUDA: where models run that the device can run (sw_model_info says where one does).
    pub device: Device,
    /// "NVIDIA H200, compute capability 9.0, driver 13.0"; "" on the CPU.
    pub device_name: String,
    /// Why it is not the CUDA device, with SW_DEVICE_AUTO; else "".
    pub device_note: String,
}

impl EngineInfo {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_engine_info) -> EngineInfo {
        EngineInfo {
            n_threads: c.n_threads,
            cpu_features: c.cpu_features,
            kernels: convert::text(c.kernels),
            snapshot_bytes_max: c.snapshot_bytes_max,
            snapshot_bytes: c.snapshot_bytes,
            tokens_run: c.tokens_run,
            tokens_reused: c.tokens_reused,
            device: Device(c.device),
            device_name: convert::text(c.device_name),
            device_note: convert::text(c.device_note),
        }
    }
}

/// What the state store of an engine holds and has done.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoreStats {
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
    /// `states_made`.
    pub states_made: u64,
    /// `states_evicted`.
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
    /// `disk_bytes`.
    pub disk_bytes: u64,
    /// `disk_hits`.
    pub disk_hits: u64,
    /// Lookups that found nothing of use.
    pub disk_misses: u64,
    /// Files that were turned away, by reason.
    pub disk_rejected: [u64; 15],
    /// `disk_writes`.
    pub disk_writes: u64,
    /// `disk_write_failures`.
    pub disk_write_failures: u64,
    /// `disk_evicted`.
    pub disk_evicted: u64,
    /// Of writers that had died, removed.
    pub disk_leftovers: u64,
    /// States from disk that were run again while idle, and compared.
    pub disk_audits: u64,
    /// Of those, different: after the first the folder is cleared and not read any more.
    pub disk_audits_failed: u64,
}

impl StoreStats {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_store_stats) -> StoreStats {
        StoreStats {
            prompts: c.prompts,
            missed_unknown: c.missed_unknown,
            missed_evicted: c.missed_evicted,
            missed_policy: c.missed_policy,
            tokens_run: c.tokens_run,
            tokens_idle: c.tokens_idle,
            tokens_reused: c.tokens_reused,
            tokens_replayed: c.tokens_replayed,
            states_kept: c.states_kept,
            states_made: c.states_made,
            states_evicted: c.states_evicted,
            state_bytes: c.state_bytes,
            log_bytes: c.log_bytes,
            bytes_peak: c.bytes_peak,
            bytes_max: c.bytes_max,
            seconds_saved: c.seconds_saved,
            disk_files: c.disk_files,
            disk_bytes: c.disk_bytes,
            disk_hits: c.disk_hits,
            disk_misses: c.disk_misses,
            disk_rejected: c.disk_rejected,
            disk_writes: c.disk_writes,
            disk_write_failures: c.disk_write_failures,
            disk_evicted: c.disk_evicted,
            disk_leftovers: c.disk_leftovers,
            disk_audits: c.disk_audits,
            disk_audits_failed: c.disk_audits_failed,
        }
    }
}

/// What the library says: the fields of the C struct `sw_model_info`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// `path`.
    pub path: String,
    /// From sidewinder.json, else the folder's or file's name.
    pub name: String,
    /// "hf", "mistral", "mamba_ssm", "gguf".
    pub layout: String,
    /// Rows of the embedding.
    pub vocab_size: i32,
    /// `d_model`.
    pub d_model: i32,
    /// `n_layers`.
    pub n_layers: i32,
    /// Of the first layer, as are the next five.
    pub d_inner: i32,
    /// `n_heads`.
    pub n_heads: i32,
    /// `head_dim`.
    pub head_dim: i32,
    /// `d_state`.
    pub d_state: i32,
    /// `n_groups`.
    pub n_groups: i32,
    /// `d_conv`.
    pub d_conv: i32,
    /// Not 0: the head is the embedding.
    pub tied: bool,
    /// `n_parameters`.
    pub n_parameters: u64,
    /// `weight_bytes`.
    pub weight_bytes: u64,
    /// One float32 state: all ssm_state and conv_state.
    pub state_bytes: u64,
    /// Bits 1 << SW_FILL_* that can be asked for.
    pub fill_modes: u32,
    /// What SW_FILL_DEFAULT means here.
    pub fill_mode: FillMode,
    /// Why, in a sentence.
    pub fill_note: String,
    /// -1: none.
    pub bos_id: i32,
    /// -1: none.
    pub eos_id: i32,
    /// Of the budget that one kept state takes: state_bytes, the last activations and padding.
    pub kept_bytes: u64,
    /// SW_DEVICE_CPU or SW_DEVICE_CUDA: where it runs.
    pub device: Device,
    /// Why not on the engine's device, with SW_DEVICE_AUTO; else "".
    pub device_note: String,
    /// Before each document of another file: "+++++ {path}\n".
    pub document_header: String,
    /// Of such documents, unless asked otherwise.
    pub context_tokens: u32,
    /// Of the matrices: "F32", "F16", "BF16", "Q8" or "Q4"; "mixed" when they differ; with count_only also "Q4_K" etc.
    pub weights: String,
    /// What the stored matrices became when the model was opened, and what that lost (relative L2 over all of them): "Q4_K (98 matrices) held as Q8, relative error 0.0048"; "" when they are held as stored.
    pub weights_note: String,
}

impl ModelInfo {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_model_info) -> ModelInfo {
        ModelInfo {
            path: convert::text(c.path),
            name: convert::text(c.name),
            layout: convert::text(c.layout),
            vocab_size: c.vocab_size,
            d_model: c.d_model,
            n_layers: c.n_layers,
            d_inner: c.d_inner,
            n_heads: c.n_heads,
            head_dim: c.head_dim,
            d_state: c.d_state,
            n_groups: c.n_groups,
            d_conv: c.d_conv,
            tied: c.tied != 0,
            n_parameters: c.n_parameters,
            weight_bytes: c.weight_bytes,
            state_bytes: c.state_bytes,
            fill_modes: c.fill_modes,
            fill_mode: FillMode(c.fill_mode),
            fill_note: convert::text(c.fill_note),
            bos_id: c.bos_id,
            eos_id: c.eos_id,
            kept_bytes: c.kept_bytes,
            device: Device(c.device),
            device_note: convert::text(c.device_note),
            document_header: convert::text(c.document_header),
            context_tokens: c.context_tokens,
            weights: convert::text(c.weights),
            weights_note: convert::text(c.weights_note),
        }
    }
}

/// What the library says: the fields of the C struct `sw_sequence_stats`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SequenceStats {
    /// Through the model, re-runs included.
    pub tokens_run: u64,
    /// Of those, because of a rewind.
    pub tokens_rerun: u64,
    /// `rewinds`.
    pub rewinds: u64,
    /// Along its text, whoever made them.
    pub kept_states: u64,
    /// `kept_bytes`.
    pub kept_bytes: u64,
    /// Rebuilt from the input log, without a forward pass.
    pub tokens_replayed: u64,
}

impl SequenceStats {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_sequence_stats) -> SequenceStats {
        SequenceStats {
            tokens_run: c.tokens_run,
            tokens_rerun: c.tokens_rerun,
            rewinds: c.rewinds,
            kept_states: c.kept_states,
            kept_bytes: c.kept_bytes,
            tokens_replayed: c.tokens_replayed,
        }
    }
}

/// What the library says: the fields of the C struct `sw_store_entry`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoreEntry {
    /// Of the file in the folder.
    pub name: String,
    /// 0: good, as far as looked; else why not: then only name, reason, why and bytes hold.
    pub reason: i32,
    /// In words, "" when good.
    pub why: String,
    /// `bytes`.
    pub bytes: u64,
    /// Seconds since 1970.
    pub used_at: i64,
    /// `n_tokens`.
    pub n_tokens: u64,
    /// `codec`.
    pub codec: String,
    /// Identity of the model, see sw_model_hash().
    pub weights: String,
    /// Identity of its vocabulary; "" when unknown.
    pub tokenizer: String,
    /// Not 0: by sw_store_verify().
    pub removed: bool,
}

impl StoreEntry {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_store_entry) -> StoreEntry {
        StoreEntry {
            name: convert::text(c.name),
            reason: c.reason,
            why: convert::text(c.why),
            bytes: c.bytes,
            used_at: c.used_at,
            n_tokens: c.n_tokens,
            codec: convert::text(c.codec),
            weights: convert::text(c.weights),
            tokenizer: convert::text(c.tokenizer),
            removed: c.removed != 0,
        }
    }
}

/// What the library says: the fields of the C struct `sw_store_report`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoreReport {
    /// Files read to their last byte.
    pub checked: u64,
    /// `bytes`.
    pub bytes: u64,
    /// `bad`.
    pub bad: u64,
    /// Of those.
    pub removed: u64,
    /// Cannot be judged by this one.
    pub other_version: u64,
}

impl StoreReport {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_store_report) -> StoreReport {
        StoreReport {
            checked: c.checked,
            bytes: c.bytes,
            bad: c.bad,
            removed: c.removed,
            other_version: c.other_version,
        }
    }
}

/// A part of a text: whole lines.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Chunk {
    /// Byte range of the text.
    pub begin: usize,
    /// `end`.
    pub end: usize,
    /// From 0.
    pub first_line: usize,
}

impl Chunk {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_chunk) -> Chunk {
        Chunk {
            begin: c.begin,
            end: c.end,
            first_line: c.first_line,
        }
    }
}

/// What the library says: the fields of the C struct `sw_outline_info`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OutlineInfo {
    /// `n_declarations`.
    pub n_declarations: usize,
    /// `n_imports`.
    pub n_imports: usize,
    /// `n_references`.
    pub n_references: usize,
    /// 1: from a syntax tree; 0: from lines and indentation.
    pub by_syntax: bool,
    /// 1: the tree has errors, as that of half-typed code.
    pub has_errors: bool,
    /// Declarations without bodies, in lines of the text, (skeleton_length,) and NUL-terminated.
    pub skeleton: String,
    /// Of the tree: places that fit nowhere, and what is missing.
    pub n_errors: usize,
}

impl OutlineInfo {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_outline_info) -> OutlineInfo {
        OutlineInfo {
            n_declarations: c.n_declarations,
            n_imports: c.n_imports,
            n_references: c.n_references,
            by_syntax: c.by_syntax != 0,
            has_errors: c.has_errors != 0,
            skeleton: convert::text_of(c.skeleton, c.skeleton_length),
            n_errors: c.n_errors,
        }
    }
}

/// What the library says: the fields of the C struct `sw_declaration`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Declaration {
    /// `name`.
    pub name: String,
    /// "function", "method", "class", "type", "constant", "field", "module", "macro".
    pub kind: String,
    /// Index of the declaration around it; -1 at the top.
    pub parent: i64,
    /// Byte range of the text, with the body and the documentation above.
    pub begin: usize,
    /// `end`.
    pub end: usize,
    /// Up to the body.
    pub signature_begin: usize,
    /// `signature_end`.
    pub signature_end: usize,
    /// Empty when it has no documentation.
    pub doc_begin: usize,
    /// `doc_end`.
    pub doc_end: usize,
}

impl Declaration {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_declaration) -> Declaration {
        Declaration {
            name: convert::text(c.name),
            kind: convert::text(c.kind),
            parent: c.parent,
            begin: c.begin,
            end: c.end,
            signature_begin: c.signature_begin,
            signature_end: c.signature_end,
            doc_begin: c.doc_begin,
            doc_end: c.doc_end,
        }
    }
}

/// What the library says: the fields of the C struct `sw_candidate`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// To insert at the cursor; NUL-terminated too.
    pub text: String,
    /// Before the cuts.
    pub raw: String,
    /// Of raw; of a healed prompt they begin with what was typed.
    pub ids: Vec<i32>,
    /// Sum over ids; of a token that is held to what was typed, among those that are let through.
    pub logprob: f64,
    /// Of the first suffix tokens after it, in SW_FILL_PREFIX with several candidates; else 0.
    pub suffix_logprob: f64,
    /// 0 when the request was cancelled on the way.
    pub finish: Finish,
    /// What was cut off raw and why; "" when nothing was.
    pub cut: String,
}

impl Candidate {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_candidate) -> Candidate {
        Candidate {
            text: convert::text_of(c.text, c.length),
            raw: convert::text_of(c.raw, c.raw_length),
            ids: convert::slice_of(c.ids, c.n_ids).to_vec(),
            logprob: c.logprob,
            suffix_logprob: c.suffix_logprob,
            finish: Finish(c.finish),
            cut: convert::text(c.cut),
        }
    }
}

/// What the library says: the fields of the C struct `sw_request_stats`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RequestStats {
    /// That was used.
    pub mode: FillMode,
    /// Byte range of the buffer that the prompt shows before the cursor.
    pub prefix_begin: usize,
    /// The cursor; of a healed prompt the last of it are not shown, but written first.
    pub prefix_end: usize,
    /// And after it.
    pub suffix_begin: usize,
    /// `suffix_end`.
    pub suffix_end: usize,
    /// `prompt_tokens`.
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
    /// `total_ms`.
    pub total_ms: f64,
    /// (prompt_tokens,).
    pub prompt: Vec<i32>,
    /// Where the reused tokens' state came from.
    pub source: Source,
    /// Of the reused ones, rebuilt from the input log.
    pub replayed_tokens: usize,
    /// That was used: whole, split or near.
    pub layout: Layout,
    /// Of a split prompt: it shows \[prefix_begin, head_end) and \[tail_begin, suffix_end) first.
    pub head_end: usize,
    /// `tail_begin`.
    pub tail_begin: usize,
    /// Before the cursor, behind the prompt's end: what the first tokens were held to.
    pub healed_bytes: usize,
}

impl RequestStats {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_request_stats) -> RequestStats {
        RequestStats {
            mode: FillMode(c.mode),
            prefix_begin: c.prefix_begin,
            prefix_end: c.prefix_end,
            suffix_begin: c.suffix_begin,
            suffix_end: c.suffix_end,
            prompt_tokens: c.prompt_tokens,
            reused_tokens: c.reused_tokens,
            generated_tokens: c.generated_tokens,
            queue_ms: c.queue_ms,
            prompt_ms: c.prompt_ms,
            first_token_ms: c.first_token_ms,
            total_ms: c.total_ms,
            prompt: convert::slice_of(c.prompt, c.prompt_tokens).to_vec(),
            source: Source(c.source),
            replayed_tokens: c.replayed_tokens,
            layout: Layout(c.layout),
            head_end: c.head_end,
            tail_begin: c.tail_begin,
            healed_bytes: c.healed_bytes,
        }
    }
}

/// What the library says: the fields of the C struct `sw_prompt_part`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PromptPart {
    /// `kind`.
    pub kind: PartKind,
    /// The control token, or the path; may be "".
    pub name: String,
    /// The document was chosen; may be "".
    pub why: String,
    /// `n_bytes`.
    pub n_bytes: usize,
    /// `n_tokens`.
    pub n_tokens: usize,
}

impl PromptPart {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_prompt_part) -> PromptPart {
        PromptPart {
            kind: PartKind(c.kind),
            name: convert::text(c.name),
            why: convert::text(c.why),
            n_bytes: c.n_bytes,
            n_tokens: c.n_tokens,
        }
    }
}

/// A way to lay out the prompt that was looked at.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlanOption {
    /// `mode`.
    pub mode: FillMode,
    /// `layout`.
    pub layout: Layout,
    /// `n_tokens`.
    pub n_tokens: usize,
    /// Of those, not to be had from a state in memory.
    pub n_run: usize,
    /// In tokens, of this request and the keystrokes that are likely to follow.
    pub price: f64,
    /// Not 0 for one of them.
    pub chosen: bool,
}

impl PlanOption {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_plan_option) -> PlanOption {
        PlanOption {
            mode: FillMode(c.mode),
            layout: Layout(c.layout),
            n_tokens: c.n_tokens,
            n_run: c.n_run,
            price: c.price,
            chosen: c.chosen != 0,
        }
    }
}

/// What the library says: the fields of the C struct `sw_workspace_stats`.
#[cfg(feature = "workspace")]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WorkspaceStats {
    /// `files`.
    pub files: u64,
    /// `lines`.
    pub lines: u64,
    /// `bytes`.
    pub bytes: u64,
    /// `chunks`.
    pub chunks: u64,
    /// `definitions`.
    pub definitions: u64,
    /// `skeleton_bytes`.
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
    pub store_failed: bool,
}

#[cfg(feature = "workspace")]
impl WorkspaceStats {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_workspace_stats) -> WorkspaceStats {
        WorkspaceStats {
            files: c.files,
            lines: c.lines,
            bytes: c.bytes,
            chunks: c.chunks,
            definitions: c.definitions,
            skeleton_bytes: c.skeleton_bytes,
            memory_bytes: c.memory_bytes,
            unchanged: c.unchanged,
            reread: c.reread,
            from_store: c.from_store,
            made: c.made,
            skipped: c.skipped,
            store_failed: c.store_failed != 0,
        }
    }
}

/// A file of an index, or a place in one. Strings are valid during the call.
#[cfg(feature = "workspace")]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WorkspaceFile {
    /// Relative to the folder.
    pub path: String,
    /// "python"; "" when nobody knows.
    pub language: String,
    /// `bytes`.
    pub bytes: u64,
    /// `lines`.
    pub lines: u64,
    /// From 0, of a definition; 0 for files.
    pub line: u64,
}

#[cfg(feature = "workspace")]
impl WorkspaceFile {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_workspace_file) -> WorkspaceFile {
        WorkspaceFile {
            path: convert::text(c.path),
            language: convert::text(c.language),
            bytes: c.bytes,
            lines: c.lines,
            line: c.line,
        }
    }
}

/// What the library says: the fields of the C struct `sw_context_info`.
#[cfg(feature = "workspace")]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ContextInfo {
    /// `n_parts`.
    pub n_parts: usize,
    /// Of those, the first ones, which depend on the index, the path and the budget but not on the cursor.
    pub n_stable: usize,
    /// `n_tokens`.
    pub n_tokens: usize,
    /// `n_stable_tokens`.
    pub n_stable_tokens: usize,
    /// 1: taken over from query.previous.
    pub kept: bool,
}

#[cfg(feature = "workspace")]
impl ContextInfo {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_context_info) -> ContextInfo {
        ContextInfo {
            n_parts: c.n_parts,
            n_stable: c.n_stable,
            n_tokens: c.n_tokens,
            n_stable_tokens: c.n_stable_tokens,
            kept: c.kept != 0,
        }
    }
}

/// What the library says: the fields of the C struct `sw_context_part`.
#[cfg(feature = "workspace")]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ContextPart {
    /// "skeleton", "file", "edit", "chunk", "declarations".
    pub kind: String,
    /// `path`.
    pub path: String,
    /// From 0, in the file.
    pub first_line: u64,
    /// Header, piece, newline; NUL-terminated too.
    pub text: String,
    /// Of the text as a continuation: ids of all parts, joined, are those of all texts joined.
    pub ids: Vec<i32>,
    /// Larger is better, among parts of one kind.
    pub score: f64,
    /// "imported", "shares parse, Token".
    pub why: String,
}

#[cfg(feature = "workspace")]
impl ContextPart {
    // SAFETY: the pointers of `c` are as the library filled them in.
    pub(crate) unsafe fn read(c: &sys::sw_context_part) -> ContextPart {
        ContextPart {
            kind: convert::text(c.kind),
            path: convert::text(c.path),
            first_line: c.first_line,
            text: convert::text_of(c.text, c.length),
            ids: convert::slice_of(c.ids, c.n_ids).to_vec(),
            score: c.score,
            why: convert::text(c.why),
        }
    }
}

/// Options; zero and empty mean default of the C struct `sw_engine_options`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineOptions {
    /// Compute threads, of which the thread that calls is one; 0: one for each core that this process may use, but for one of them where there are more than two (docs/threads.md).
    pub n_threads: i32,
    /// SW_CPU_* bits; 0: the best there is of those that round no activations.
    pub cpu_mask: u32,
    /// 0: SW_LOG_WARNING.
    pub log_level: LogLevel,
    /// Host memory for all kept states and input logs of all sequences and buffers; 0: 1 GiB.
    pub snapshot_bytes_max: u64,
    /// Which states are kept: NULL or "default"; to measure against: "none", "running", "grid:N", "geometric:N" (docs/state-store.md).
    pub policy: String,
    /// NULL: states live in memory alone. Else they are also written here, so that the next process goes on where this one was. They hold tokens, that is the text: the folder is made for its owner only.
    pub store_folder: String,
    /// Of the whole folder; 0: 4 GiB.
    pub store_bytes_max: u64,
    /// How states are written: NULL or "f32+zstd", or "f32".
    pub store_codec: String,
    /// SW_DEVICE_*. Results of the CPU and of a device differ in the last bits, so their states never mix.
    pub device: Device,
    /// Of the CUDA device.
    pub device_index: i32,
    /// The file of the CUDA plugin; NULL: libsidewinder-cuda.so beside this library, or in a folder "sidewinder" there. It stays loaded until the process ends.
    pub device_plugin: String,
    /// Not 0: when nothing has been asked for 0.3 s, the engine does the work of sw_buffer_refill() for the buffers that had completions, the latest first, and stops within a chunk when it is wanted.
    pub idle_refill: bool,
    /// Not 0: each of the engine's threads stays on one core, where the system allows it.
    pub pin_threads: bool,
    /// 0 to 19: how much lower than that of the creating thread the priority of the engine's threads is. The threads of callers keep theirs.
    pub nice: i32,
    /// How long a compute thread looks for work before it sleeps, in microseconds; 0: 50; -1: it sleeps at once; at most 1,000,000.
    pub spin_us: i32,
}

impl EngineOptions {
    pub(crate) fn fill(&self, c: &mut sys::sw_engine_options, keep: &mut Keep) -> Result<(), Error> {
        c.n_threads = self.n_threads;
        c.cpu_mask = self.cpu_mask;
        c.log_level = self.log_level.0;
        c.snapshot_bytes_max = self.snapshot_bytes_max;
        c.policy = keep.text("policy", &self.policy)?;
        c.store_folder = keep.text("store_folder", &self.store_folder)?;
        c.store_bytes_max = self.store_bytes_max;
        c.store_codec = keep.text("store_codec", &self.store_codec)?;
        c.device = self.device.0;
        c.device_index = self.device_index;
        c.device_plugin = keep.text("device_plugin", &self.device_plugin)?;
        c.idle_refill = i32::from(self.idle_refill);
        c.pin_threads = i32::from(self.pin_threads);
        c.nice = self.nice;
        c.spin_us = self.spin_us;
        Ok(())
    }
}

/// Options; zero and empty mean default of the C struct `sw_model_options`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelOptions {
    /// Not 0: read every weight, refuse NaN and infinity.
    pub check_weights: bool,
    /// Not 0: open the weights alone, even if no tokenizer lies beside them.
    pub without_tokenizer: bool,
    /// Not 0: nothing is computed. Prompts are placed and tokens counted as if they were run, and states take their bytes of the budget but no memory; there are no logits. To measure policies. Never on a device.
    pub count_only: bool,
    /// On a CUDA device; the CPU takes weights as they are stored.
    pub device_weights: DeviceWeights,
    /// A tokenizer file to use instead of the one in the weights' file or beside it; NULL: that. With count_only it may have another vocabulary.
    pub tokenizer: String,
    /// On the CPU; a CUDA device takes device_weights. A checkpoint that is stored packed opens as it is, or not.
    pub weights: Weights,
    /// Memory of a CUDA device that this model's sequences may take, beside its weights; 0: what there is. Those that ran longest ago give up their ways back before one is refused with SW_E_NO_MEMORY.
    pub device_bytes_max: u64,
}

impl ModelOptions {
    pub(crate) fn fill(&self, c: &mut sys::sw_model_options, keep: &mut Keep) -> Result<(), Error> {
        c.check_weights = i32::from(self.check_weights);
        c.without_tokenizer = i32::from(self.without_tokenizer);
        c.count_only = i32::from(self.count_only);
        c.device_weights = self.device_weights.0;
        c.tokenizer = keep.text("tokenizer", &self.tokenizer)?;
        c.weights = self.weights.0;
        c.device_bytes_max = self.device_bytes_max;
        Ok(())
    }
}

/// How a checkpoint is quantized; zero and empty mean default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuantizeOptions {
    /// For SW_WEIGHTS_Q4: texts of the kind that the model will see, source files for one. The model reads them, and scales are chosen by how much each column of a matrix then counts.
    pub calibration: Vec<String>,
    /// At most so many of each text, no more than 16384; 0: 1024.
    pub calibration_tokens: u32,
}

impl QuantizeOptions {
    pub(crate) fn fill(&self, c: &mut sys::sw_quantize_options, keep: &mut Keep) -> Result<(), Error> {
        c.calibration = keep.texts("calibration", &self.calibration)?;
        c.n_calibration = self.calibration.len();
        c.calibration_tokens = self.calibration_tokens;
        Ok(())
    }
}

/// Options; zero and empty mean default of the C struct `sw_sampling_options`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SamplingOptions {
    /// 0: the likeliest token.
    pub temperature: f32,
    /// 0: all.
    pub top_k: i32,
    /// 0 or 1: all; else the fewest likeliest tokens that hold this much probability.
    pub top_p: f32,
    /// 0: all; else tokens at least this likely relative to the likeliest.
    pub min_p: f32,
    /// `seed`.
    pub seed: u64,
}

impl SamplingOptions {
    pub(crate) fn fill(&self, c: &mut sys::sw_sampling_options, _keep: &mut Keep) -> Result<(), Error> {
        c.temperature = self.temperature;
        c.top_k = self.top_k;
        c.top_p = self.top_p;
        c.min_p = self.min_p;
        c.seed = self.seed;
        Ok(())
    }
}

/// How a text is read. Any bytes are a text here, also what is not UTF-8.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextOptions {
    /// "python"; NULL, or a language without a grammar: lines and indentation alone.
    pub language: String,
    /// Characters of a chunk that are not blanks; 0: 1500.
    pub chunk_size_max: usize,
    /// Of the parse; beyond, lines and indentation are used. 0: 2000.
    pub parse_ms_max: i64,
}

impl TextOptions {
    pub(crate) fn fill(&self, c: &mut sys::sw_text_options, keep: &mut Keep) -> Result<(), Error> {
        c.language = keep.text("language", &self.language)?;
        c.chunk_size_max = self.chunk_size_max;
        c.parse_ms_max = self.parse_ms_max;
        Ok(())
    }
}

/// Options; zero and empty mean default of the C struct `sw_buffer_options`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BufferOptions {
    /// UTF-8, shown to models that were trained with paths; NULL: none. Never opened.
    pub path: String,
    /// LSP language id, "python"; NULL: guessed from the path.
    pub language: String,
}

impl BufferOptions {
    pub(crate) fn fill(&self, c: &mut sys::sw_buffer_options, keep: &mut Keep) -> Result<(), Error> {
        c.path = keep.text("path", &self.path)?;
        c.language = keep.text("language", &self.language)?;
        Ok(())
    }
}

/// Options; zero and empty mean default of the C struct `sw_complete_options`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompleteOptions {
    /// `mode`.
    pub mode: FillMode,
    /// 0: 128; negative: none: the prompt is run, so that the next one costs little.
    pub max_tokens: i32,
    /// 0: 1; at most 16. Beyond the first they are sampled, and sorted by likelihood.
    pub n_candidates: i32,
    /// Strings that end the text, not part of it.
    pub stop: Vec<String>,
    /// 0: as the place asks: many on an empty line and where a block has just opened; 1: one line only; 2: as many as come.
    pub multiline: i32,
    /// From the call; generation stops in time and says so; 0: none.
    pub time_budget_ms: i64,
    /// Text before the cursor that the model sees; 0: the model's own.
    pub prefix_window_bytes: usize,
    /// Text after the cursor; 0: the model's own.
    pub suffix_window_bytes: usize,
    /// Not 0: forget kept states first. For tests: the result is the same.
    pub cold: bool,
    /// `layout`.
    pub layout: Layout,
    /// Not 0: the text is also cut where its syntax says that the block or statement at the cursor is over.
    pub cut_at_syntax: bool,
    /// Candidates whose tokens are less likely, by their mean log probability, show nothing; 0: none.
    pub logprob_min: f64,
    /// Not 0: where what was typed since the last completion is how its text begins, the rest of that is the answer, without a run of the model: what is shown stays. A run might say otherwise. The callbacks then come from within the call.
    pub type_through: bool,
    /// `heal`.
    pub heal: Heal,
    /// Not 0: when it is done, and while nothing else waits, the completion that follows is run as well, as if this one's best candidate was accepted whole. When it is, and the same is asked for there, the answer is ready; the callbacks then come from within the call.
    pub ahead: bool,
    /// Not 0: where a completion is seldom wanted, nothing is run: the answer is empty, SW_FINISH_PLACE, and its `cut` says why. Such a place has more than 8 characters on its line after the cursor, closing punctuation not counted.
    pub only_at_useful: bool,
    /// How tokens are drawn.
    pub sampling: SamplingOptions,
}

impl CompleteOptions {
    pub(crate) fn fill(&self, c: &mut sys::sw_complete_options, keep: &mut Keep) -> Result<(), Error> {
        c.mode = self.mode.0;
        c.max_tokens = self.max_tokens;
        c.n_candidates = self.n_candidates;
        c.stop = keep.texts("stop", &self.stop)?;
        c.n_stop = self.stop.len();
        c.multiline = self.multiline;
        c.time_budget_ms = self.time_budget_ms;
        c.prefix_window_bytes = self.prefix_window_bytes;
        c.suffix_window_bytes = self.suffix_window_bytes;
        c.cold = i32::from(self.cold);
        c.layout = self.layout.0;
        c.cut_at_syntax = i32::from(self.cut_at_syntax);
        c.logprob_min = self.logprob_min;
        c.type_through = i32::from(self.type_through);
        c.heal = self.heal.0;
        c.ahead = i32::from(self.ahead);
        c.only_at_useful = i32::from(self.only_at_useful);
        self.sampling.fill(&mut c.sampling, keep)?;
        Ok(())
    }
}

/// Options; zero and empty mean default of the C struct `sw_workspace_options`.
#[cfg(feature = "workspace")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkspaceOptions {
    /// NULL: memory only. Else records of files lie here too, so that the next process parses nothing again. They hold signatures and comments of the files: the folder is made for its owner only.
    pub store_folder: String,
    /// Of an update: 1 or 2; 0: 2.
    pub n_threads: i32,
    /// Larger files are passed over; 0: 1 MiB; at most 64 MiB.
    pub file_bytes_max: u64,
}

#[cfg(feature = "workspace")]
impl WorkspaceOptions {
    pub(crate) fn fill(&self, c: &mut sys::sw_workspace_options, keep: &mut Keep) -> Result<(), Error> {
        c.store_folder = keep.text("store_folder", &self.store_folder)?;
        c.n_threads = self.n_threads;
        c.file_bytes_max = self.file_bytes_max;
        Ok(())
    }
}

/// Options; zero and empty mean default of the C struct `sw_context_query`.
#[cfg(feature = "workspace")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContextQuery {
    /// Of the file that is edited, relative to the folder; need not be in the index.
    pub path: String,
    /// The text around the cursor that the model is shown anyway.
    pub before: String,
    /// `after`.
    pub after: String,
    /// Where that text lies in the file, in bytes: nothing of it is shown twice.
    pub window_begin: u64,
    /// `window_end`.
    pub window_end: u64,
    /// 0: 32,768; at most 262,144.
    pub budget_tokens: u32,
    /// Of running them, at tokens_per_s; 0: only tokens count. The smaller of both budgets wins.
    pub budget_ms: f64,
    /// As measured on this machine.
    pub tokens_per_s: f64,
    /// Before each part, "{path}" is filled in; it ends with a newline. NULL: "+++++ {path}\n".
    pub header: String,
    /// NULL or "ours"; to measure against: "random", "path", "bm25", "skeletons".
    pub strategy: String,
    /// Of "random".
    pub seed: u64,
}

#[cfg(feature = "workspace")]
impl ContextQuery {
    pub(crate) fn fill(&self, c: &mut sys::sw_context_query, keep: &mut Keep) -> Result<(), Error> {
        c.path = keep.text("path", &self.path)?;
        c.before = self.before.as_ptr().cast();
        c.before_length = self.before.len();
        c.after = self.after.as_ptr().cast();
        c.after_length = self.after.len();
        c.window_begin = self.window_begin;
        c.window_end = self.window_end;
        c.budget_tokens = self.budget_tokens;
        c.budget_ms = self.budget_ms;
        c.tokens_per_s = self.tokens_per_s;
        c.header = keep.text("header", &self.header)?;
        c.strategy = keep.text("strategy", &self.strategy)?;
        c.seed = self.seed;
        Ok(())
    }
}
