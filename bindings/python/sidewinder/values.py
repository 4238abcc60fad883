"""Enums, records and options of the C API. Generated from include/sidewinder/sidewinder.h by bindings/generate. Do not edit."""
from __future__ import annotations

import dataclasses
import enum
from typing import Callable, Sequence, TypedDict

from . import _declarations
from ._convert import ids_of as _ids_of
from ._convert import text as _text
from ._convert import text_of as _text_of
from ._cancel import Cancel


class _Value(enum.IntEnum):
    """A number of the library's. One that this version does not know is kept, under the name UNKNOWN."""

    @classmethod
    def _missing_(cls, value: object) -> "_Value":
        member = int.__new__(cls, value)  # type: ignore[call-overload]
        member._name_ = "UNKNOWN"
        member._value_ = value
        return member


class RunOptions(TypedDict, total=False):
    """How one call runs."""
    #: stops the call from another thread
    cancel: Cancel
    #: called between chunks with (done, total); True stops the call
    progress: Callable[[int, int], object]
    #: from the start of the call; 0: none
    deadline_ms: int

class Status(_Value):
    """The outcome of a call. Values are only ever added."""
    OK = 0
    #: the caller passed something impossible; nothing was changed
    ARGUMENT = 1
    #: no such file, model, token or mode
    NOT_FOUND = 2
    #: the operating system or a device failed; its reason is in the text
    IO = 3
    #: a file is not what it claims to be
    FORMAT = 4
    #: understood, not implemented
    UNSUPPORTED = 5
    #: an allocation failed or a budget is spent; objects stay usable
    NO_MEMORY = 6
    #: the caller asked to stop
    CANCELLED = 7
    #: the caller's time was over
    DEADLINE = 8
    #: the object cannot do that now
    STATE = 9
    #: two things that must belong together do not: tokenizer and weights, snapshot and model
    MISMATCH = 10
    #: a bug in the library; please report it with the text
    INTERNAL = 11


class LogLevel(_Value):
    """How loud a message is."""
    ERROR = 1
    WARNING = 2
    INFO = 3
    DEBUG = 4


class Device(_Value):
    """Where models run. On a CUDA device the weights are copied there, kept states stay in memory of the host that the device's driver
    gives, and not the sw_allocator. A call that runs tokens may then also fail with SW_E_NO_MEMORY, and with SW_E_IO when the device
    failed: the sequence is empty, the model is to be opened again.
    """
    #: the default
    CPU = 0
    #: a CUDA device where there is a usable one, for models that it can run; else the CPU
    AUTO = 1
    #: a CUDA device, or an error that says why not
    CUDA = 2


class Source(_Value):
    """From what a prompt was resumed."""
    #: all of it was run
    NOTHING = 0
    #: the state after the last prompt or what was generated after it
    RUNNING = 1
    #: a kept state and the input log, without a forward pass
    LOG = 2
    #: a kept state
    KEPT = 3
    #: a state from the store on disk
    DISK = 4
    #: nothing was run: the rest of the last completion
    SHOWN = 5
    #: nothing was run since it was asked for: it had been made ready (sw_complete_options.ahead)
    AHEAD = 6


class FillMode(_Value):
    """How a model fills in; also which of them it can do (bits 1 << mode)."""
    #: the model's own
    DEFAULT = 0
    #: FIM tokens, [SUFFIX] suffix [PREFIX] prefix, middle follows: typing is a pure append
    SPM = 1
    #: FIM tokens, [PREFIX] prefix [SUFFIX] suffix [MIDDLE], middle follows
    PSM = 2
    #: a chat prompt that shows the hole
    INSTRUCT = 3
    #: left to right; cut against the suffix, candidates ranked by how likely they make it
    PREFIX = 4


class DeviceWeights(_Value):
    """How a CUDA device holds the matrices. Fewer bits are faster and rounder: results differ, and states do not mix."""
    #: the default; float16 and float32 are rounded once
    BF16 = 0
    #: one scale for 64 weights
    INT8 = 1
    #: one scale for 64 weights
    INT4 = 2


class Weights(_Value):
    """How the CPU holds the matrices: in_proj, out_proj, embedding and head. Fewer bits are faster and rounder: results differ, and
    states do not mix. int8 and int4 have one scale for 32 weights and round the other factor of a product to int8 as well
    (docs/quantisation.md).
    """
    #: the default: as the checkpoint has them, mapped; of a GGUF file, blocks that no kernel reads become int8 or int4 when it is opened:
    #: Q8_0, Q5_0 and Q4_0 exactly, the others rounded. sw_model_info.weights_note tells
    STORED = 0
    #: float16 and float32 are rounded once; bfloat16 stays mapped
    BF16 = 1
    #: int8; made when the model is opened, unless the checkpoint is stored so
    Q8 = 2
    #: int4; likewise
    Q4 = 3
    #: float32, exact for all that is not packed: four bytes a weight
    F32 = 4


class ColumnUnit(_Value):
    """What a column counts."""
    BYTES = 0
    UTF16 = 1
    CHARACTERS = 2


class Layout(_Value):
    """How a prompt shows the file."""
    #: in one piece, by windows that depend on the text and the cursor alone
    DEFAULT = 0
    #: in one piece
    WHOLE = 1
    #: what is far from the cursor first, as documents of its own: a jump nearby costs little. Windows stay where they were while one edits
    #: within them. Where the mode cannot: SW_LAYOUT_WHOLE
    SPLIT = 2
    #: what is cheapest now and serves well later: split, as a rule; near for some keystrokes after a jump far away, while sw_buffer_refill()
    #: makes the other ready
    AUTO = 3
    #: what is near the cursor alone
    NEAR = 4


class Heal(_Value):
    """Token healing: whether a prompt may end inside a token. Healed, it ends at the last place before the cursor where the text may be
    cut without changing a token, and the first tokens are held to what was typed there.
    """
    #: as the model was trained: by default only where it writes from left to right (docs/fill-in.md)
    MODEL = 0
    #: wherever the prompt has the prefix as a part of its own
    ON = 1
    OFF = 2


class Finish(_Value):
    """Why a candidate ends where it ends."""
    #: the model ended it
    EOS = 1
    #: a stop string
    STOP = 2
    #: it reached the text after the cursor
    SUFFIX = 3
    #: one line was asked for
    LINE = 4
    MAX_TOKENS = 5
    #: the time budget
    TIME = 6
    #: it began to repeat itself
    REPEAT = 7
    #: on_text asked to stop
    CALLBACK = 8
    #: it left the block that the cursor is in
    BLOCK = 9
    #: its syntax says that it is over, or broken from there on
    SYNTAX = 10
    #: less likely than asked for: there is no text
    UNLIKELY = 11
    #: nothing was run: a completion is seldom wanted there
    PLACE = 12


class PartKind(_Value):
    """What a run of the prompt's tokens is."""
    #: a control token
    CONTROL = 1
    #: fixed text of the model's template
    TEXT = 2
    #: a document of another file
    CONTEXT = 3
    #: of a split prompt: the far part of the text before the cursor
    HEAD = 4
    #: and after it
    TAIL = 5
    SUFFIX = 6
    PREFIX = 7
    #: the message that shows an instruction-tuned model the hole
    INSTRUCTION = 8


@dataclasses.dataclass(frozen=True)
class EngineInfo:
    """What the library says of the C struct `sw_engine_info`."""
    n_threads: int
    #: SW_CPU_* bits of the processor
    cpu_features: int
    #: op=row pairs, "embed=avx512 rms_norm=avx512 ..."; lives as long as the engine
    kernels: str
    snapshot_bytes_max: int
    #: kept now
    snapshot_bytes: int
    #: through the model, since the engine started
    tokens_run: int
    #: that a resumed state spared
    tokens_reused: int
    #: SW_DEVICE_CPU or SW_DEVICE_CUDA: where models run that the device can run (sw_model_info says where one does)
    device: Device
    #: "NVIDIA H200, compute capability 9.0, driver 13.0"; "" on the CPU
    device_name: str
    #: why it is not the CUDA device, with SW_DEVICE_AUTO; else ""
    device_note: str

    @classmethod
    def _read(cls, c: _declarations.sw_engine_info) -> "EngineInfo":
        return cls(
            n_threads=c.n_threads,
            cpu_features=c.cpu_features,
            kernels=_text(c.kernels),
            snapshot_bytes_max=c.snapshot_bytes_max,
            snapshot_bytes=c.snapshot_bytes,
            tokens_run=c.tokens_run,
            tokens_reused=c.tokens_reused,
            device=Device(c.device),
            device_name=_text(c.device_name),
            device_note=_text(c.device_note),
        )


@dataclasses.dataclass(frozen=True)
class StoreStats:
    """What the state store of an engine holds and has done."""
    #: counted by SW_SOURCE_*
    prompts: tuple[int, ...]
    #: prompts that had to run more than 64 tokens because their text had not been seen
    missed_unknown: int
    #: ... because a state that was there had been evicted for the budget's sake
    missed_evicted: int
    #: ... because the policy keeps no states
    missed_policy: int
    #: through the model
    tokens_run: int
    #: of those, by sw_buffer_refill()
    tokens_idle: int
    #: of prompts: spared by any source
    tokens_reused: int
    #: of those, rebuilt from the input log
    tokens_replayed: int
    #: now
    states_kept: int
    states_made: int
    states_evicted: int
    #: now, with snapshots
    state_bytes: int
    #: now
    log_bytes: int
    #: of both together
    bytes_peak: int
    #: their budget
    bytes_max: int
    #: tokens reused but not replayed, at the measured time of a token
    seconds_saved: float
    #: of the store's folder, that this version can read; 0 without one, as are the following
    disk_files: int
    disk_bytes: int
    disk_hits: int
    #: lookups that found nothing of use
    disk_misses: int
    #: files that were turned away, by reason
    disk_rejected: tuple[int, ...]
    disk_writes: int
    disk_write_failures: int
    disk_evicted: int
    #: of writers that had died, removed
    disk_leftovers: int
    #: states from disk that were run again while idle, and compared
    disk_audits: int
    #: of those, different: after the first the folder is cleared and not read any more
    disk_audits_failed: int

    @classmethod
    def _read(cls, c: _declarations.sw_store_stats) -> "StoreStats":
        return cls(
            prompts=tuple(c.prompts),
            missed_unknown=c.missed_unknown,
            missed_evicted=c.missed_evicted,
            missed_policy=c.missed_policy,
            tokens_run=c.tokens_run,
            tokens_idle=c.tokens_idle,
            tokens_reused=c.tokens_reused,
            tokens_replayed=c.tokens_replayed,
            states_kept=c.states_kept,
            states_made=c.states_made,
            states_evicted=c.states_evicted,
            state_bytes=c.state_bytes,
            log_bytes=c.log_bytes,
            bytes_peak=c.bytes_peak,
            bytes_max=c.bytes_max,
            seconds_saved=c.seconds_saved,
            disk_files=c.disk_files,
            disk_bytes=c.disk_bytes,
            disk_hits=c.disk_hits,
            disk_misses=c.disk_misses,
            disk_rejected=tuple(c.disk_rejected),
            disk_writes=c.disk_writes,
            disk_write_failures=c.disk_write_failures,
            disk_evicted=c.disk_evicted,
            disk_leftovers=c.disk_leftovers,
            disk_audits=c.disk_audits,
            disk_audits_failed=c.disk_audits_failed,
        )


@dataclasses.dataclass(frozen=True)
class ModelInfo:
    """What the library says of the C struct `sw_model_info`."""
    path: str
    #: from sidewinder.json, else the folder's or file's name
    name: str
    #: "hf", "mistral", "mamba_ssm", "gguf"
    layout: str
    #: rows of the embedding
    vocab_size: int
    d_model: int
    n_layers: int
    #: of the first layer, as are the next five
    d_inner: int
    n_heads: int
    head_dim: int
    d_state: int
    n_groups: int
    d_conv: int
    #: not 0: the head is the embedding
    tied: bool
    n_parameters: int
    weight_bytes: int
    #: one float32 state: all ssm_state and conv_state
    state_bytes: int
    #: bits 1 << SW_FILL_* that can be asked for
    fill_modes: int
    #: what SW_FILL_DEFAULT means here
    fill_mode: FillMode
    #: why, in a sentence
    fill_note: str
    #: -1: none
    bos_id: int
    #: -1: none
    eos_id: int
    #: of the budget that one kept state takes: state_bytes, the last activations and padding
    kept_bytes: int
    #: SW_DEVICE_CPU or SW_DEVICE_CUDA: where it runs
    device: Device
    #: why not on the engine's device, with SW_DEVICE_AUTO; else ""
    device_note: str
    #: before each document of another file: "+++++ {path}\n"
    document_header: str
    #: of such documents, unless asked otherwise
    context_tokens: int
    #: of the matrices: "F32", "F16", "BF16", "Q8" or "Q4"; "mixed" when they differ; with count_only also "Q4_K" etc.
    weights: str
    #: what the stored matrices became when the model was opened, and what that lost (relative L2 over all of them): "Q4_K (98 matrices) held
    #: as Q8, relative error 0.0048"; "" when they are held as stored
    weights_note: str

    @classmethod
    def _read(cls, c: _declarations.sw_model_info) -> "ModelInfo":
        return cls(
            path=_text(c.path),
            name=_text(c.name),
            layout=_text(c.layout),
            vocab_size=c.vocab_size,
            d_model=c.d_model,
            n_layers=c.n_layers,
            d_inner=c.d_inner,
            n_heads=c.n_heads,
            head_dim=c.head_dim,
            d_state=c.d_state,
            n_groups=c.n_groups,
            d_conv=c.d_conv,
            tied=bool(c.tied),
            n_parameters=c.n_parameters,
            weight_bytes=c.weight_bytes,
            state_bytes=c.state_bytes,
            fill_modes=c.fill_modes,
            fill_mode=FillMode(c.fill_mode),
            fill_note=_text(c.fill_note),
            bos_id=c.bos_id,
            eos_id=c.eos_id,
            kept_bytes=c.kept_bytes,
            device=Device(c.device),
            device_note=_text(c.device_note),
            document_header=_text(c.document_header),
            context_tokens=c.context_tokens,
            weights=_text(c.weights),
            weights_note=_text(c.weights_note),
        )


@dataclasses.dataclass(frozen=True)
class SequenceStats:
    """What the library says of the C struct `sw_sequence_stats`."""
    #: through the model, re-runs included
    tokens_run: int
    #: of those, because of a rewind
    tokens_rerun: int
    rewinds: int
    #: along its text, whoever made them
    kept_states: int
    kept_bytes: int
    #: rebuilt from the input log, without a forward pass
    tokens_replayed: int

    @classmethod
    def _read(cls, c: _declarations.sw_sequence_stats) -> "SequenceStats":
        return cls(
            tokens_run=c.tokens_run,
            tokens_rerun=c.tokens_rerun,
            rewinds=c.rewinds,
            kept_states=c.kept_states,
            kept_bytes=c.kept_bytes,
            tokens_replayed=c.tokens_replayed,
        )


@dataclasses.dataclass(frozen=True)
class StoreEntry:
    """What the library says of the C struct `sw_store_entry`."""
    #: of the file in the folder
    name: str
    #: 0: good, as far as looked; else why not: then only name, reason, why and bytes hold
    reason: int
    #: in words, "" when good
    why: str
    bytes: int
    #: seconds since 1970
    used_at: int
    n_tokens: int
    codec: str
    #: identity of the model, see sw_model_hash()
    weights: str
    #: identity of its vocabulary; "" when unknown
    tokenizer: str
    #: not 0: by sw_store_verify()
    removed: bool

    @classmethod
    def _read(cls, c: _declarations.sw_store_entry) -> "StoreEntry":
        return cls(
            name=_text(c.name),
            reason=c.reason,
            why=_text(c.why),
            bytes=c.bytes,
            used_at=c.used_at,
            n_tokens=c.n_tokens,
            codec=_text(c.codec),
            weights=_text(c.weights),
            tokenizer=_text(c.tokenizer),
            removed=bool(c.removed),
        )


@dataclasses.dataclass(frozen=True)
class StoreReport:
    """What the library says of the C struct `sw_store_report`."""
    #: files read to their last byte
    checked: int
    bytes: int
    bad: int
    #: of those
    removed: int
    #: cannot be judged by this one
    other_version: int

    @classmethod
    def _read(cls, c: _declarations.sw_store_report) -> "StoreReport":
        return cls(
            checked=c.checked,
            bytes=c.bytes,
            bad=c.bad,
            removed=c.removed,
            other_version=c.other_version,
        )


@dataclasses.dataclass(frozen=True)
class Chunk:
    """A part of a text: whole lines."""
    #: byte range of the text
    begin: int
    end: int
    #: from 0
    first_line: int

    @classmethod
    def _read(cls, c: _declarations.sw_chunk) -> "Chunk":
        return cls(
            begin=c.begin,
            end=c.end,
            first_line=c.first_line,
        )


@dataclasses.dataclass(frozen=True)
class OutlineInfo:
    """What the library says of the C struct `sw_outline_info`."""
    n_declarations: int
    n_imports: int
    n_references: int
    #: 1: from a syntax tree; 0: from lines and indentation
    by_syntax: bool
    #: 1: the tree has errors, as that of half-typed code
    has_errors: bool
    #: declarations without bodies, in lines of the text, (skeleton_length,) and NUL-terminated
    skeleton: str
    #: of the tree: places that fit nowhere, and what is missing
    n_errors: int

    @classmethod
    def _read(cls, c: _declarations.sw_outline_info) -> "OutlineInfo":
        return cls(
            n_declarations=c.n_declarations,
            n_imports=c.n_imports,
            n_references=c.n_references,
            by_syntax=bool(c.by_syntax),
            has_errors=bool(c.has_errors),
            skeleton=_text_of(c.skeleton, c.skeleton_length),
            n_errors=c.n_errors,
        )


@dataclasses.dataclass(frozen=True)
class Declaration:
    """What the library says of the C struct `sw_declaration`."""
    name: str
    #: "function", "method", "class", "type", "constant", "field", "module", "macro"
    kind: str
    #: index of the declaration around it; -1 at the top
    parent: int
    #: byte range of the text, with the body and the documentation above
    begin: int
    end: int
    #: up to the body
    signature_begin: int
    signature_end: int
    #: empty when it has no documentation
    doc_begin: int
    doc_end: int

    @classmethod
    def _read(cls, c: _declarations.sw_declaration) -> "Declaration":
        return cls(
            name=_text(c.name),
            kind=_text(c.kind),
            parent=c.parent,
            begin=c.begin,
            end=c.end,
            signature_begin=c.signature_begin,
            signature_end=c.signature_end,
            doc_begin=c.doc_begin,
            doc_end=c.doc_end,
        )


@dataclasses.dataclass(frozen=True)
class Candidate:
    """What the library says of the C struct `sw_candidate`."""
    #: to insert at the cursor; NUL-terminated too
    text: str
    #: before the cuts
    raw: str
    #: of raw; of a healed prompt they begin with what was typed
    ids: tuple[int, ...]
    #: sum over ids; of a token that is held to what was typed, among those that are let through
    logprob: float
    #: of the first suffix tokens after it, in SW_FILL_PREFIX with several candidates; else 0
    suffix_logprob: float
    #: 0 when the request was cancelled on the way
    finish: Finish
    #: what was cut off raw and why; "" when nothing was
    cut: str

    @classmethod
    def _read(cls, c: _declarations.sw_candidate) -> "Candidate":
        return cls(
            text=_text_of(c.text, c.length),
            raw=_text_of(c.raw, c.raw_length),
            ids=_ids_of(c.ids, c.n_ids),
            logprob=c.logprob,
            suffix_logprob=c.suffix_logprob,
            finish=Finish(c.finish),
            cut=_text(c.cut),
        )


@dataclasses.dataclass(frozen=True)
class RequestStats:
    """What the library says of the C struct `sw_request_stats`."""
    #: that was used
    mode: FillMode
    #: byte range of the buffer that the prompt shows before the cursor
    prefix_begin: int
    #: the cursor; of a healed prompt the last of it are not shown, but written first
    prefix_end: int
    #: and after it
    suffix_begin: int
    suffix_end: int
    prompt_tokens: int
    #: of those, spared by a kept state
    reused_tokens: int
    #: over all candidates
    generated_tokens: int
    #: waiting for the worker
    queue_ms: float
    #: running the prompt
    prompt_ms: float
    #: from the call to the first token
    first_token_ms: float
    total_ms: float
    #: (prompt_tokens,)
    prompt: tuple[int, ...]
    #: where the reused tokens' state came from
    source: Source
    #: of the reused ones, rebuilt from the input log
    replayed_tokens: int
    #: that was used: whole, split or near
    layout: Layout
    #: of a split prompt: it shows [prefix_begin, head_end) and [tail_begin, suffix_end) first
    head_end: int
    tail_begin: int
    #: before the cursor, behind the prompt's end: what the first tokens were held to
    healed_bytes: int

    @classmethod
    def _read(cls, c: _declarations.sw_request_stats) -> "RequestStats":
        return cls(
            mode=FillMode(c.mode),
            prefix_begin=c.prefix_begin,
            prefix_end=c.prefix_end,
            suffix_begin=c.suffix_begin,
            suffix_end=c.suffix_end,
            prompt_tokens=c.prompt_tokens,
            reused_tokens=c.reused_tokens,
            generated_tokens=c.generated_tokens,
            queue_ms=c.queue_ms,
            prompt_ms=c.prompt_ms,
            first_token_ms=c.first_token_ms,
            total_ms=c.total_ms,
            prompt=_ids_of(c.prompt, c.prompt_tokens),
            source=Source(c.source),
            replayed_tokens=c.replayed_tokens,
            layout=Layout(c.layout),
            head_end=c.head_end,
            tail_begin=c.tail_begin,
            healed_bytes=c.healed_bytes,
        )


@dataclasses.dataclass(frozen=True)
class PromptPart:
    """What the library says of the C struct `sw_prompt_part`."""
    kind: PartKind
    #: the control token, or the path; may be ""
    name: str
    #: the document was chosen; may be ""
    why: str
    n_bytes: int
    n_tokens: int

    @classmethod
    def _read(cls, c: _declarations.sw_prompt_part) -> "PromptPart":
        return cls(
            kind=PartKind(c.kind),
            name=_text(c.name),
            why=_text(c.why),
            n_bytes=c.n_bytes,
            n_tokens=c.n_tokens,
        )


@dataclasses.dataclass(frozen=True)
class PlanOption:
    """A way to lay out the prompt that was looked at."""
    mode: FillMode
    layout: Layout
    n_tokens: int
    #: of those, not to be had from a state in memory
    n_run: int
    #: in tokens, of this request and the keystrokes that are likely to follow
    price: float
    #: not 0 for one of them
    chosen: bool

    @classmethod
    def _read(cls, c: _declarations.sw_plan_option) -> "PlanOption":
        return cls(
            mode=FillMode(c.mode),
            layout=Layout(c.layout),
            n_tokens=c.n_tokens,
            n_run=c.n_run,
            price=c.price,
            chosen=bool(c.chosen),
        )


@dataclasses.dataclass(frozen=True)
class WorkspaceStats:
    """What the library says of the C struct `sw_workspace_stats`."""
    files: int
    lines: int
    bytes: int
    chunks: int
    definitions: int
    skeleton_bytes: int
    #: that the index holds, about
    memory_bytes: int
    #: files of the last update: known by size and time
    unchanged: int
    #: read and hashed
    reread: int
    #: whose record was on disk
    from_store: int
    #: whose record was made
    made: int
    #: files and folders passed over, by reason; a folder counts once
    skipped: tuple[int, ...]
    #: 1: the store could not be used, was damaged, or could not be written at some time; the index is whole all the same
    store_failed: bool

    @classmethod
    def _read(cls, c: _declarations.sw_workspace_stats) -> "WorkspaceStats":
        return cls(
            files=c.files,
            lines=c.lines,
            bytes=c.bytes,
            chunks=c.chunks,
            definitions=c.definitions,
            skeleton_bytes=c.skeleton_bytes,
            memory_bytes=c.memory_bytes,
            unchanged=c.unchanged,
            reread=c.reread,
            from_store=c.from_store,
            made=c.made,
            skipped=tuple(c.skipped),
            store_failed=bool(c.store_failed),
        )


@dataclasses.dataclass(frozen=True)
class WorkspaceFile:
    """A file of an index, or a place in one. Strings are valid during the call."""
    #: relative to the folder
    path: str
    #: "python"; "" when nobody knows
    language: str
    bytes: int
    lines: int
    #: from 0, of a definition; 0 for files
    line: int

    @classmethod
    def _read(cls, c: _declarations.sw_workspace_file) -> "WorkspaceFile":
        return cls(
            path=_text(c.path),
            language=_text(c.language),
            bytes=c.bytes,
            lines=c.lines,
            line=c.line,
        )


@dataclasses.dataclass(frozen=True)
class ContextInfo:
    """What the library says of the C struct `sw_context_info`."""
    n_parts: int
    #: of those, the first ones, which depend on the index, the path and the budget but not on the cursor
    n_stable: int
    n_tokens: int
    n_stable_tokens: int
    #: 1: taken over from query.previous
    kept: bool

    @classmethod
    def _read(cls, c: _declarations.sw_context_info) -> "ContextInfo":
        return cls(
            n_parts=c.n_parts,
            n_stable=c.n_stable,
            n_tokens=c.n_tokens,
            n_stable_tokens=c.n_stable_tokens,
            kept=bool(c.kept),
        )


@dataclasses.dataclass(frozen=True)
class ContextPart:
    """What the library says of the C struct `sw_context_part`."""
    #: "skeleton", "file", "edit", "chunk", "declarations"
    kind: str
    path: str
    #: from 0, in the file
    first_line: int
    #: header, piece, newline; NUL-terminated too
    text: str
    #: of the text as a continuation: ids of all parts, joined, are those of all texts joined
    ids: tuple[int, ...]
    #: larger is better, among parts of one kind
    score: float
    #: "imported", "shares parse, Token"
    why: str

    @classmethod
    def _read(cls, c: _declarations.sw_context_part) -> "ContextPart":
        return cls(
            kind=_text(c.kind),
            path=_text(c.path),
            first_line=c.first_line,
            text=_text_of(c.text, c.length),
            ids=_ids_of(c.ids, c.n_ids),
            score=c.score,
            why=_text(c.why),
        )


class SamplingOptions(TypedDict, total=False):
    """Keyword arguments: the fields of the C struct `sw_sampling_options`."""
    #: 0: the likeliest token
    temperature: float
    #: 0: all
    top_k: int
    #: 0 or 1: all; else the fewest likeliest tokens that hold this much probability
    top_p: float
    #: 0: all; else tokens at least this likely relative to the likeliest
    min_p: float
    seed: int


class EngineOptions(TypedDict, total=False):
    """Keyword arguments: the fields of the C struct `sw_engine_options`."""
    #: compute threads, of which the thread that calls is one; 0: one for each core that this process may use, but for one of them where
    #: there are more than two (docs/threads.md)
    n_threads: int
    #: SW_CPU_* bits; 0: the best there is of those that round no activations
    cpu_mask: int
    #: 0: SW_LOG_WARNING
    log_level: LogLevel
    #: host memory for all kept states and input logs of all sequences and buffers; 0: 1 GiB
    snapshot_bytes_max: int
    #: which states are kept: NULL or "default"; to measure against: "none", "running", "grid:N", "geometric:N" (docs/state-store.md)
    policy: str
    #: NULL: states live in memory alone. Else they are also written here, so that the next process goes on where this one was. They hold
    #: tokens, that is the text: the folder is made for its owner only
    store_folder: str
    #: of the whole folder; 0: 4 GiB
    store_bytes_max: int
    #: how states are written: NULL or "f32+zstd", or "f32"
    store_codec: str
    #: SW_DEVICE_*. Results of the CPU and of a device differ in the last bits, so their states never mix
    device: Device
    #: of the CUDA device
    device_index: int
    #: the file of the CUDA plugin; NULL: libsidewinder-cuda.so beside this library, or in a folder "sidewinder" there. It stays loaded until
    #: the process ends
    device_plugin: str
    #: not 0: when nothing has been asked for 0.3 s, the engine does the work of sw_buffer_refill() for the buffers that had completions, the
    #: latest first, and stops within a chunk when it is wanted
    idle_refill: bool
    #: not 0: each of the engine's threads stays on one core, where the system allows it
    pin_threads: bool
    #: 0 to 19: how much lower than that of the creating thread the priority of the engine's threads is. The threads of callers keep theirs
    nice: int
    #: how long a compute thread looks for work before it sleeps, in microseconds; 0: 50; -1: it sleeps at once; at most 1,000,000
    spin_us: int


class ModelOptions(RunOptions, total=False):
    """Keyword arguments: the fields of the C struct `sw_model_options`."""
    #: not 0: read every weight, refuse NaN and infinity
    check_weights: bool
    #: not 0: open the weights alone, even if no tokenizer lies beside them
    without_tokenizer: bool
    #: not 0: nothing is computed. Prompts are placed and tokens counted as if they were run, and states take their bytes of the budget but
    #: no memory; there are no logits. To measure policies. Never on a device
    count_only: bool
    #: on a CUDA device; the CPU takes weights as they are stored
    device_weights: DeviceWeights
    #: a tokenizer file to use instead of the one in the weights' file or beside it; NULL: that. With count_only it may have another
    #: vocabulary
    tokenizer: str
    #: on the CPU; a CUDA device takes device_weights. A checkpoint that is stored packed opens as it is, or not
    weights: Weights
    #: memory of a CUDA device that this model's sequences may take, beside its weights; 0: what there is. Those that ran longest ago give up
    #: their ways back before one is refused with SW_E_NO_MEMORY
    device_bytes_max: int


class QuantizeOptions(RunOptions, total=False):
    """How a checkpoint is quantized; zero and empty mean default."""
    #: for SW_WEIGHTS_Q4: texts of the kind that the model will see, source files for one. The model reads them, and scales are chosen by how
    #: much each column of a matrix then counts
    calibration: Sequence[str]
    #: at most so many of each text, no more than 16384; 0: 1024
    calibration_tokens: int


class TextOptions(TypedDict, total=False):
    """How a text is read. Any bytes are a text here, also what is not UTF-8."""
    #: "python"; NULL, or a language without a grammar: lines and indentation alone
    language: str
    #: characters of a chunk that are not blanks; 0: 1500
    chunk_size_max: int
    #: of the parse; beyond, lines and indentation are used. 0: 2000
    parse_ms_max: int


class BufferOptions(TypedDict, total=False):
    """Keyword arguments: the fields of the C struct `sw_buffer_options`."""
    #: UTF-8, shown to models that were trained with paths; NULL: none. Never opened.
    path: str
    #: LSP language id, "python"; NULL: guessed from the path
    language: str


class CompleteOptions(SamplingOptions, total=False):
    """Keyword arguments: the fields of the C struct `sw_complete_options`."""
    mode: FillMode
    #: 0: 128; negative: none: the prompt is run, so that the next one costs little
    max_tokens: int
    #: 0: 1; at most 16. Beyond the first they are sampled, and sorted by likelihood
    n_candidates: int
    #: strings that end the text, not part of it
    stop: Sequence[str]
    #: 0: as the place asks: many on an empty line and where a block has just opened; 1: one line only; 2: as many as come
    multiline: int
    #: from the call; generation stops in time and says so; 0: none
    time_budget_ms: int
    #: text before the cursor that the model sees; 0: the model's own
    prefix_window_bytes: int
    #: text after the cursor; 0: the model's own
    suffix_window_bytes: int
    #: not 0: forget kept states first. For tests: the result is the same
    cold: bool
    layout: Layout
    #: not 0: the text is also cut where its syntax says that the block or statement at the cursor is over
    cut_at_syntax: bool
    #: candidates whose tokens are less likely, by their mean log probability, show nothing; 0: none
    logprob_min: float
    #: not 0: where what was typed since the last completion is how its text begins, the rest of that is the answer, without a run of the
    #: model: what is shown stays. A run might say otherwise. The callbacks then come from within the call
    type_through: bool
    heal: Heal
    #: not 0: when it is done, and while nothing else waits, the completion that follows is run as well, as if this one's best candidate was
    #: accepted whole. When it is, and the same is asked for there, the answer is ready; the callbacks then come from within the call
    ahead: bool
    #: not 0: where a completion is seldom wanted, nothing is run: the answer is empty, SW_FINISH_PLACE, and its `cut` says why. Such a place
    #: has more than 8 characters on its line after the cursor, closing punctuation not counted
    only_at_useful: bool


class WorkspaceOptions(TypedDict, total=False):
    """Keyword arguments: the fields of the C struct `sw_workspace_options`."""
    #: NULL: memory only. Else records of files lie here too, so that the next process parses nothing again. They hold signatures and
    #: comments of the files: the folder is made for its owner only
    store_folder: str
    #: of an update: 1 or 2; 0: 2
    n_threads: int
    #: larger files are passed over; 0: 1 MiB; at most 64 MiB
    file_bytes_max: int


class ContextQuery(TypedDict, total=False):
    """Keyword arguments: the fields of the C struct `sw_context_query`."""
    #: of the file that is edited, relative to the folder; need not be in the index
    path: str
    #: the text around the cursor that the model is shown anyway
    before: str
    after: str
    #: where that text lies in the file, in bytes: nothing of it is shown twice
    window_begin: int
    window_end: int
    #: 0: 32,768; at most 262,144
    budget_tokens: int
    #: of running them, at tokens_per_s; 0: only tokens count. The smaller of both budgets wins
    budget_ms: float
    #: as measured on this machine
    tokens_per_s: float
    #: before each part, "{path}" is filled in; it ends with a newline. NULL: "+++++ {path}\n"
    header: str
    #: NULL or "ours"; to measure against: "random", "path", "bm25", "skeletons"
    strategy: str
    #: of "random"
    seed: int


CPU_REF = 1

CPU_AVX2 = 2

CPU_AVX512 = 4

CPU_AVX512_VNNI = 8

CPU_NEON = 16

CPU_NEON_DOT = 32

CPU_AVX_VNNI = 64

CPU_AMX_INT8 = 128

CPU_AMX_BF16 = 256

STORE_REASONS = 15

ENCODE_TEXT = 0

ENCODE_CONTINUATION = 1

SKIP_REASONS = 12
