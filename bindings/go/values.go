// Code generated from include/sidewinder/sidewinder.h by bindings/generate; DO NOT EDIT.

package sidewinder

// #include <sidewinder/sidewinder.h>
import "C"

// Status: The outcome of a call. Values are only ever added.
type Status int32

// Values of Status.
const (
	StatusOK Status = 0
	// the caller passed something impossible; nothing was changed
	StatusArgument Status = 1
	// no such file, model, token or mode
	StatusNotFound Status = 2
	// the operating system or a device failed; its reason is in the text
	StatusIO Status = 3
	// a file is not what it claims to be
	StatusFormat Status = 4
	// understood, not implemented
	StatusUnsupported Status = 5
	// an allocation failed or a budget is spent; objects stay usable
	StatusNoMemory Status = 6
	// the caller asked to stop
	StatusCancelled Status = 7
	// the caller's time was over
	StatusDeadline Status = 8
	// the object cannot do that now
	StatusState Status = 9
	// two things that must belong together do not: tokenizer and weights, snapshot and model
	StatusMismatch Status = 10
	// a bug in the library; please report it with the text
	StatusInternal Status = 11
)

var namesStatus = map[Status]string{
	0:  "ok",
	1:  "argument",
	2:  "not_found",
	3:  "io",
	4:  "format",
	5:  "unsupported",
	6:  "no_memory",
	7:  "cancelled",
	8:  "deadline",
	9:  "state",
	10: "mismatch",
	11: "internal",
}

// String gives the name of the value, or its number.
func (v Status) String() string {
	return nameOf(namesStatus[v], int32(v))
}

// LogLevel: How loud a message is.
type LogLevel int32

// Values of LogLevel.
const (
	LogLevelError   LogLevel = 1
	LogLevelWarning LogLevel = 2
	LogLevelInfo    LogLevel = 3
	LogLevelDebug   LogLevel = 4
)

var namesLogLevel = map[LogLevel]string{
	1: "error",
	2: "warning",
	3: "info",
	4: "debug",
}

// String gives the name of the value, or its number.
func (v LogLevel) String() string {
	return nameOf(namesLogLevel[v], int32(v))
}

// Bits and counts.
const (
	CPURef        = 1
	CPUAVX2       = 2
	CPUAVX512     = 4
	CPUAVX512Vnni = 8
	CPUNeon       = 16
	CPUNeonDot    = 32
	CPUAvxVnni    = 64
	CPUAmxInt8    = 128
	CPUAmxBF16    = 256
)

// Device: Where models run. On a CUDA device the weights are copied there, kept states stay in memory of the host that the device's driver gives, and not the sw_allocator. A call that runs tokens may then also fail with SW_E_NO_MEMORY, and with SW_E_IO when the device failed: the sequence is empty, the model is to be opened again.
type Device int32

// Values of Device.
const (
	// the default
	DeviceCPU Device = 0
	// a CUDA device where there is a usable one, for models that it can run; else the CPU
	DeviceAuto Device = 1
	// a CUDA device, or an error that says why not
	DeviceCUDA Device = 2
)

var namesDevice = map[Device]string{
	0: "cpu",
	1: "auto",
	2: "cuda",
}

// String gives the name of the value, or its number.
func (v Device) String() string {
	return nameOf(namesDevice[v], int32(v))
}

// Source: From what a prompt was resumed.
type Source int32

// Values of Source.
const (
	// all of it was run
	SourceNothing Source = 0
	// the state after the last prompt or what was generated after it
	SourceRunning Source = 1
	// a kept state and the input log, without a forward pass
	SourceLog Source = 2
	// a kept state
	SourceKept Source = 3
	// a state from the store on disk
	SourceDisk Source = 4
	// nothing was run: the rest of the last completion
	SourceShown Source = 5
	// nothing was run since it was asked for: it had been made ready (sw_complete_options.ahead)
	SourceAhead Source = 6
)

var namesSource = map[Source]string{
	0: "nothing",
	1: "running",
	2: "log",
	3: "kept",
	4: "disk",
	5: "shown",
	6: "ahead",
}

// String gives the name of the value, or its number.
func (v Source) String() string {
	return nameOf(namesSource[v], int32(v))
}

// Bits and counts.
const (
	StoreReasons = 15
)

// Bits and counts.
const (
	// from the start of a text: with the model's dummy prefix, if it has one
	EncodeText = 0
	// goes on from other text: no dummy prefix
	EncodeContinuation = 1
)

// FillMode: How a model fills in; also which of them it can do (bits 1 << mode).
type FillMode int32

// Values of FillMode.
const (
	// the model's own
	FillModeDefault FillMode = 0
	// FIM tokens, [SUFFIX] suffix [PREFIX] prefix, middle follows: typing is a pure append
	FillModeSPM FillMode = 1
	// FIM tokens, [PREFIX] prefix [SUFFIX] suffix [MIDDLE], middle follows
	FillModePSM FillMode = 2
	// a chat prompt that shows the hole
	FillModeInstruct FillMode = 3
	// left to right; cut against the suffix, candidates ranked by how likely they make it
	FillModePrefix FillMode = 4
)

var namesFillMode = map[FillMode]string{
	0: "default",
	1: "spm",
	2: "psm",
	3: "instruct",
	4: "prefix",
}

// String gives the name of the value, or its number.
func (v FillMode) String() string {
	return nameOf(namesFillMode[v], int32(v))
}

// DeviceWeights: How a CUDA device holds the matrices. Fewer bits are faster and rounder: results differ, and states do not mix.
type DeviceWeights int32

// Values of DeviceWeights.
const (
	// the default; float16 and float32 are rounded once
	DeviceWeightsBF16 DeviceWeights = 0
	// one scale for 64 weights
	DeviceWeightsInt8 DeviceWeights = 1
	// one scale for 64 weights
	DeviceWeightsInt4 DeviceWeights = 2
)

var namesDeviceWeights = map[DeviceWeights]string{
	0: "bf16",
	1: "int8",
	2: "int4",
}

// String gives the name of the value, or its number.
func (v DeviceWeights) String() string {
	return nameOf(namesDeviceWeights[v], int32(v))
}

// Weights: How the CPU holds the matrices: in_proj, out_proj, embedding and head. Fewer bits are faster and rounder: results differ, and states do not mix. int8 and int4 have one scale for 32 weights and round the other factor of a product to int8 as well (docs/quantisation.md).
type Weights int32

// Values of Weights.
const (
	// the default: as the checkpoint has them, mapped; of a GGUF file, blocks that no kernel reads become int8 or int4 when it is opened: Q8_0, Q5_0 and Q4_0 exactly, the others rounded. sw_model_info.weights_note tells
	WeightsStored Weights = 0
	// float16 and float32 are rounded once; bfloat16 stays mapped
	WeightsBF16 Weights = 1
	// int8; made when the model is opened, unless the checkpoint is stored so
	WeightsQ8 Weights = 2
	// int4; likewise
	WeightsQ4 Weights = 3
	// float32, exact for all that is not packed: four bytes a weight
	WeightsF32 Weights = 4
)

var namesWeights = map[Weights]string{
	0: "stored",
	1: "bf16",
	2: "q8",
	3: "q4",
	4: "f32",
}

// String gives the name of the value, or its number.
func (v Weights) String() string {
	return nameOf(namesWeights[v], int32(v))
}

// ColumnUnit: What a column counts.
type ColumnUnit int32

// Values of ColumnUnit.
const (
	ColumnUnitBytes      ColumnUnit = 0
	ColumnUnitUTF16      ColumnUnit = 1
	ColumnUnitCharacters ColumnUnit = 2
)

var namesColumnUnit = map[ColumnUnit]string{
	0: "bytes",
	1: "utf16",
	2: "characters",
}

// String gives the name of the value, or its number.
func (v ColumnUnit) String() string {
	return nameOf(namesColumnUnit[v], int32(v))
}

// Layout: How a prompt shows the file.
type Layout int32

// Values of Layout.
const (
	// in one piece, by windows that depend on the text and the cursor alone
	LayoutDefault Layout = 0
	// in one piece
	LayoutWhole Layout = 1
	// what is far from the cursor first, as documents of its own: a jump nearby costs little. Windows stay where they were while one edits within them. Where the mode cannot: SW_LAYOUT_WHOLE
	LayoutSplit Layout = 2
	// what is cheapest now and serves well later: split, as a rule; near for some keystrokes after a jump far away, while sw_buffer_refill() makes the other ready
	LayoutAuto Layout = 3
	// what is near the cursor alone
	LayoutNear Layout = 4
)

var namesLayout = map[Layout]string{
	0: "default",
	1: "whole",
	2: "split",
	3: "auto",
	4: "near",
}

// String gives the name of the value, or its number.
func (v Layout) String() string {
	return nameOf(namesLayout[v], int32(v))
}

// Heal: Token healing: whether a prompt may end inside a token. Healed, it ends at the last place before the cursor where the text may be cut without changing a token, and the first tokens are held to what was typed there.
type Heal int32

// Values of Heal.
const (
	// as the model was trained: by default only where it writes from left to right (docs/fill-in.md)
	HealModel Heal = 0
	// wherever the prompt has the prefix as a part of its own
	HealOn  Heal = 1
	HealOff Heal = 2
)

var namesHeal = map[Heal]string{
	0: "model",
	1: "on",
	2: "off",
}

// String gives the name of the value, or its number.
func (v Heal) String() string {
	return nameOf(namesHeal[v], int32(v))
}

// Finish: Why a candidate ends where it ends.
type Finish int32

// Values of Finish.
const (
	// the model ended it
	FinishEOS Finish = 1
	// a stop string
	FinishStop Finish = 2
	// it reached the text after the cursor
	FinishSuffix Finish = 3
	// one line was asked for
	FinishLine      Finish = 4
	FinishMaxTokens Finish = 5
	// the time budget
	FinishTime Finish = 6
	// it began to repeat itself
	FinishRepeat Finish = 7
	// on_text asked to stop
	FinishCallback Finish = 8
	// it left the block that the cursor is in
	FinishBlock Finish = 9
	// its syntax says that it is over, or broken from there on
	FinishSyntax Finish = 10
	// less likely than asked for: there is no text
	FinishUnlikely Finish = 11
	// nothing was run: a completion is seldom wanted there
	FinishPlace Finish = 12
)

var namesFinish = map[Finish]string{
	1:  "eos",
	2:  "stop",
	3:  "suffix",
	4:  "line",
	5:  "max_tokens",
	6:  "time",
	7:  "repeat",
	8:  "callback",
	9:  "block",
	10: "syntax",
	11: "unlikely",
	12: "place",
}

// String gives the name of the value, or its number.
func (v Finish) String() string {
	return nameOf(namesFinish[v], int32(v))
}

// PartKind: What a run of the prompt's tokens is.
type PartKind int32

// Values of PartKind.
const (
	// a control token
	PartKindControl PartKind = 1
	// fixed text of the model's template
	PartKindText PartKind = 2
	// a document of another file
	PartKindContext PartKind = 3
	// of a split prompt: the far part of the text before the cursor
	PartKindHead PartKind = 4
	// and after it
	PartKindTail   PartKind = 5
	PartKindSuffix PartKind = 6
	PartKindPrefix PartKind = 7
	// the message that shows an instruction-tuned model the hole
	PartKindInstruction PartKind = 8
)

var namesPartKind = map[PartKind]string{
	1: "control",
	2: "text",
	3: "context",
	4: "head",
	5: "tail",
	6: "suffix",
	7: "prefix",
	8: "instruction",
}

// String gives the name of the value, or its number.
func (v PartKind) String() string {
	return nameOf(namesPartKind[v], int32(v))
}

// Bits and counts.
const (
	SkipReasons = 12
)

// EngineInfo: What the library says of the C struct `sw_engine_info`.
type EngineInfo struct {
	NThreads int32
	// SW_CPU_* bits of the processor
	CPUFeatures uint32
	// op=row pairs, "embed=avx512 rms_norm=avx512 ..."; lives as long as the engine
	Kernels          string
	SnapshotBytesMax uint64
	// kept now
	SnapshotBytes uint64
	// through the model, since the engine started
	TokensRun uint64
	// that a resumed state spared
	TokensReused uint64
	// SW_DEVICE_CPU or SW_DEVICE_CUDA: where models run that the device can run (sw_model_info says where one does)
	Device Device
	// "NVIDIA H200, compute capability 9.0, driver 13.0"; "" on the CPU
	DeviceName string
	// why it is not the CUDA device, with SW_DEVICE_AUTO; else ""
	DeviceNote string
}

func readEngineInfo(c *C.sw_engine_info) EngineInfo {
	var out EngineInfo
	out.NThreads = int32(c.n_threads)
	out.CPUFeatures = uint32(c.cpu_features)
	out.Kernels = text(c.kernels)
	out.SnapshotBytesMax = uint64(c.snapshot_bytes_max)
	out.SnapshotBytes = uint64(c.snapshot_bytes)
	out.TokensRun = uint64(c.tokens_run)
	out.TokensReused = uint64(c.tokens_reused)
	out.Device = Device(c.device)
	out.DeviceName = text(c.device_name)
	out.DeviceNote = text(c.device_note)
	return out
}

// StoreStats: What the state store of an engine holds and has done.
type StoreStats struct {
	// counted by SW_SOURCE_*
	Prompts [5]uint64
	// prompts that had to run more than 64 tokens because their text had not been seen
	MissedUnknown uint64
	// ... because a state that was there had been evicted for the budget's sake
	MissedEvicted uint64
	// ... because the policy keeps no states
	MissedPolicy uint64
	// through the model
	TokensRun uint64
	// of those, by sw_buffer_refill()
	TokensIdle uint64
	// of prompts: spared by any source
	TokensReused uint64
	// of those, rebuilt from the input log
	TokensReplayed uint64
	// now
	StatesKept    uint64
	StatesMade    uint64
	StatesEvicted uint64
	// now, with snapshots
	StateBytes uint64
	// now
	LogBytes uint64
	// of both together
	BytesPeak uint64
	// their budget
	BytesMax uint64
	// tokens reused but not replayed, at the measured time of a token
	SecondsSaved float64
	// of the store's folder, that this version can read; 0 without one, as are the following
	DiskFiles uint64
	DiskBytes uint64
	DiskHits  uint64
	// lookups that found nothing of use
	DiskMisses uint64
	// files that were turned away, by reason
	DiskRejected      [15]uint64
	DiskWrites        uint64
	DiskWriteFailures uint64
	DiskEvicted       uint64
	// of writers that had died, removed
	DiskLeftovers uint64
	// states from disk that were run again while idle, and compared
	DiskAudits uint64
	// of those, different: after the first the folder is cleared and not read any more
	DiskAuditsFailed uint64
}

func readStoreStats(c *C.sw_store_stats) StoreStats {
	var out StoreStats
	for i, v := range c.prompts {
		out.Prompts[i] = uint64(v)
	}
	out.MissedUnknown = uint64(c.missed_unknown)
	out.MissedEvicted = uint64(c.missed_evicted)
	out.MissedPolicy = uint64(c.missed_policy)
	out.TokensRun = uint64(c.tokens_run)
	out.TokensIdle = uint64(c.tokens_idle)
	out.TokensReused = uint64(c.tokens_reused)
	out.TokensReplayed = uint64(c.tokens_replayed)
	out.StatesKept = uint64(c.states_kept)
	out.StatesMade = uint64(c.states_made)
	out.StatesEvicted = uint64(c.states_evicted)
	out.StateBytes = uint64(c.state_bytes)
	out.LogBytes = uint64(c.log_bytes)
	out.BytesPeak = uint64(c.bytes_peak)
	out.BytesMax = uint64(c.bytes_max)
	out.SecondsSaved = float64(c.seconds_saved)
	out.DiskFiles = uint64(c.disk_files)
	out.DiskBytes = uint64(c.disk_bytes)
	out.DiskHits = uint64(c.disk_hits)
	out.DiskMisses = uint64(c.disk_misses)
	for i, v := range c.disk_rejected {
		out.DiskRejected[i] = uint64(v)
	}
	out.DiskWrites = uint64(c.disk_writes)
	out.DiskWriteFailures = uint64(c.disk_write_failures)
	out.DiskEvicted = uint64(c.disk_evicted)
	out.DiskLeftovers = uint64(c.disk_leftovers)
	out.DiskAudits = uint64(c.disk_audits)
	out.DiskAuditsFailed = uint64(c.disk_audits_failed)
	return out
}

// ModelInfo: What the library says of the C struct `sw_model_info`.
type ModelInfo struct {
	Path string
	// from sidewinder.json, else the folder's or file's name
	Name string
	// "hf", "mistral", "mamba_ssm", "gguf"
	Layout string
	// rows of the embedding
	VocabSize int32
	DModel    int32
	NLayers   int32
	// of the first layer, as are the next five
	DInner  int32
	NHeads  int32
	HeadDim int32
	DState  int32
	NGroups int32
	DConv   int32
	// not 0: the head is the embedding
	Tied        bool
	NParameters uint64
	WeightBytes uint64
	// one float32 state: all ssm_state and conv_state
	StateBytes uint64
	// bits 1 << SW_FILL_* that can be asked for
	FillModes uint32
	// what SW_FILL_DEFAULT means here
	FillMode FillMode
	// why, in a sentence
	FillNote string
	// -1: none
	BosID int32
	// -1: none
	EOSID int32
	// of the budget that one kept state takes: state_bytes, the last activations and padding
	KeptBytes uint64
	// SW_DEVICE_CPU or SW_DEVICE_CUDA: where it runs
	Device Device
	// why not on the engine's device, with SW_DEVICE_AUTO; else ""
	DeviceNote string
	// before each document of another file: "+++++ {path}\n"
	DocumentHeader string
	// of such documents, unless asked otherwise
	ContextTokens uint32
	// of the matrices: "F32", "F16", "BF16", "Q8" or "Q4"; "mixed" when they differ; with count_only also "Q4_K" etc.
	Weights string
	// what the stored matrices became when the model was opened, and what that lost (relative L2 over all of them): "Q4_K (98 matrices) held as Q8, relative error 0.0048"; "" when they are held as stored
	WeightsNote string
}

func readModelInfo(c *C.sw_model_info) ModelInfo {
	var out ModelInfo
	out.Path = text(c.path)
	out.Name = text(c.name)
	out.Layout = text(c.layout)
	out.VocabSize = int32(c.vocab_size)
	out.DModel = int32(c.d_model)
	out.NLayers = int32(c.n_layers)
	out.DInner = int32(c.d_inner)
	out.NHeads = int32(c.n_heads)
	out.HeadDim = int32(c.head_dim)
	out.DState = int32(c.d_state)
	out.NGroups = int32(c.n_groups)
	out.DConv = int32(c.d_conv)
	out.Tied = c.tied != 0
	out.NParameters = uint64(c.n_parameters)
	out.WeightBytes = uint64(c.weight_bytes)
	out.StateBytes = uint64(c.state_bytes)
	out.FillModes = uint32(c.fill_modes)
	out.FillMode = FillMode(c.fill_mode)
	out.FillNote = text(c.fill_note)
	out.BosID = int32(c.bos_id)
	out.EOSID = int32(c.eos_id)
	out.KeptBytes = uint64(c.kept_bytes)
	out.Device = Device(c.device)
	out.DeviceNote = text(c.device_note)
	out.DocumentHeader = text(c.document_header)
	out.ContextTokens = uint32(c.context_tokens)
	out.Weights = text(c.weights)
	out.WeightsNote = text(c.weights_note)
	return out
}

// SequenceStats: What the library says of the C struct `sw_sequence_stats`.
type SequenceStats struct {
	// through the model, re-runs included
	TokensRun uint64
	// of those, because of a rewind
	TokensRerun uint64
	Rewinds     uint64
	// along its text, whoever made them
	KeptStates uint64
	KeptBytes  uint64
	// rebuilt from the input log, without a forward pass
	TokensReplayed uint64
}

func readSequenceStats(c *C.sw_sequence_stats) SequenceStats {
	var out SequenceStats
	out.TokensRun = uint64(c.tokens_run)
	out.TokensRerun = uint64(c.tokens_rerun)
	out.Rewinds = uint64(c.rewinds)
	out.KeptStates = uint64(c.kept_states)
	out.KeptBytes = uint64(c.kept_bytes)
	out.TokensReplayed = uint64(c.tokens_replayed)
	return out
}

// StoreEntry: What the library says of the C struct `sw_store_entry`.
type StoreEntry struct {
	// of the file in the folder
	Name string
	// 0: good, as far as looked; else why not: then only name, reason, why and bytes hold
	Reason int32
	// in words, "" when good
	Why   string
	Bytes uint64
	// seconds since 1970
	UsedAt  int64
	NTokens uint64
	Codec   string
	// identity of the model, see sw_model_hash()
	Weights string
	// identity of its vocabulary; "" when unknown
	Tokenizer string
	// not 0: by sw_store_verify()
	Removed bool
}

func readStoreEntry(c *C.sw_store_entry) StoreEntry {
	var out StoreEntry
	out.Name = text(c.name)
	out.Reason = int32(c.reason)
	out.Why = text(c.why)
	out.Bytes = uint64(c.bytes)
	out.UsedAt = int64(c.used_at)
	out.NTokens = uint64(c.n_tokens)
	out.Codec = text(c.codec)
	out.Weights = text(c.weights)
	out.Tokenizer = text(c.tokenizer)
	out.Removed = c.removed != 0
	return out
}

// StoreReport: What the library says of the C struct `sw_store_report`.
type StoreReport struct {
	// files read to their last byte
	Checked uint64
	Bytes   uint64
	Bad     uint64
	// of those
	Removed uint64
	// cannot be judged by this one
	OtherVersion uint64
}

func readStoreReport(c *C.sw_store_report) StoreReport {
	var out StoreReport
	out.Checked = uint64(c.checked)
	out.Bytes = uint64(c.bytes)
	out.Bad = uint64(c.bad)
	out.Removed = uint64(c.removed)
	out.OtherVersion = uint64(c.other_version)
	return out
}

// Chunk: A part of a text: whole lines.
type Chunk struct {
	// byte range of the text
	Begin int
	End   int
	// from 0
	FirstLine int
}

func readChunk(c *C.sw_chunk) Chunk {
	var out Chunk
	out.Begin = int(c.begin)
	out.End = int(c.end)
	out.FirstLine = int(c.first_line)
	return out
}

// OutlineInfo: What the library says of the C struct `sw_outline_info`.
type OutlineInfo struct {
	NDeclarations int
	NImports      int
	NReferences   int
	// 1: from a syntax tree; 0: from lines and indentation
	BySyntax bool
	// 1: the tree has errors, as that of half-typed code
	HasErrors bool
	// declarations without bodies, in lines of the text, (skeleton_length,) and NUL-terminated
	Skeleton string
	// of the tree: places that fit nowhere, and what is missing
	NErrors int
}

func readOutlineInfo(c *C.sw_outline_info) OutlineInfo {
	var out OutlineInfo
	out.NDeclarations = int(c.n_declarations)
	out.NImports = int(c.n_imports)
	out.NReferences = int(c.n_references)
	out.BySyntax = c.by_syntax != 0
	out.HasErrors = c.has_errors != 0
	out.Skeleton = textOf(c.skeleton, c.skeleton_length)
	out.NErrors = int(c.n_errors)
	return out
}

// Declaration: What the library says of the C struct `sw_declaration`.
type Declaration struct {
	Name string
	// "function", "method", "class", "type", "constant", "field", "module", "macro"
	Kind string
	// index of the declaration around it; -1 at the top
	Parent int64
	// byte range of the text, with the body and the documentation above
	Begin int
	End   int
	// up to the body
	SignatureBegin int
	SignatureEnd   int
	// empty when it has no documentation
	DocBegin int
	DocEnd   int
}

func readDeclaration(c *C.sw_declaration) Declaration {
	var out Declaration
	out.Name = text(c.name)
	out.Kind = text(c.kind)
	out.Parent = int64(c.parent)
	out.Begin = int(c.begin)
	out.End = int(c.end)
	out.SignatureBegin = int(c.signature_begin)
	out.SignatureEnd = int(c.signature_end)
	out.DocBegin = int(c.doc_begin)
	out.DocEnd = int(c.doc_end)
	return out
}

// Candidate: What the library says of the C struct `sw_candidate`.
type Candidate struct {
	// to insert at the cursor; NUL-terminated too
	Text string
	// before the cuts
	Raw string
	// of raw; of a healed prompt they begin with what was typed
	IDs []int32
	// sum over ids; of a token that is held to what was typed, among those that are let through
	Logprob float64
	// of the first suffix tokens after it, in SW_FILL_PREFIX with several candidates; else 0
	SuffixLogprob float64
	// 0 when the request was cancelled on the way
	Finish Finish
	// what was cut off raw and why; "" when nothing was
	Cut string
}

func readCandidate(c *C.sw_candidate) Candidate {
	var out Candidate
	out.Text = textOf(c.text, c.length)
	out.Raw = textOf(c.raw, c.raw_length)
	out.IDs = append([]int32(nil), idsOf(c.ids, c.n_ids)...)
	out.Logprob = float64(c.logprob)
	out.SuffixLogprob = float64(c.suffix_logprob)
	out.Finish = Finish(c.finish)
	out.Cut = text(c.cut)
	return out
}

// RequestStats: What the library says of the C struct `sw_request_stats`.
type RequestStats struct {
	// that was used
	Mode FillMode
	// byte range of the buffer that the prompt shows before the cursor
	PrefixBegin int
	// the cursor; of a healed prompt the last of it are not shown, but written first
	PrefixEnd int
	// and after it
	SuffixBegin  int
	SuffixEnd    int
	PromptTokens int
	// of those, spared by a kept state
	ReusedTokens int
	// over all candidates
	GeneratedTokens int
	// waiting for the worker
	QueueMS float64
	// running the prompt
	PromptMS float64
	// from the call to the first token
	FirstTokenMS float64
	TotalMS      float64
	// (prompt_tokens,)
	Prompt []int32
	// where the reused tokens' state came from
	Source Source
	// of the reused ones, rebuilt from the input log
	ReplayedTokens int
	// that was used: whole, split or near
	Layout Layout
	// of a split prompt: it shows [prefix_begin, head_end) and [tail_begin, suffix_end) first
	HeadEnd   int
	TailBegin int
	// before the cursor, behind the prompt's end: what the first tokens were held to
	HealedBytes int
}

func readRequestStats(c *C.sw_request_stats) RequestStats {
	var out RequestStats
	out.Mode = FillMode(c.mode)
	out.PrefixBegin = int(c.prefix_begin)
	out.PrefixEnd = int(c.prefix_end)
	out.SuffixBegin = int(c.suffix_begin)
	out.SuffixEnd = int(c.suffix_end)
	out.PromptTokens = int(c.prompt_tokens)
	out.ReusedTokens = int(c.reused_tokens)
	out.GeneratedTokens = int(c.generated_tokens)
	out.QueueMS = float64(c.queue_ms)
	out.PromptMS = float64(c.prompt_ms)
	out.FirstTokenMS = float64(c.first_token_ms)
	out.TotalMS = float64(c.total_ms)
	out.Prompt = append([]int32(nil), idsOf(c.prompt, c.prompt_tokens)...)
	out.Source = Source(c.source)
	out.ReplayedTokens = int(c.replayed_tokens)
	out.Layout = Layout(c.layout)
	out.HeadEnd = int(c.head_end)
	out.TailBegin = int(c.tail_begin)
	out.HealedBytes = int(c.healed_bytes)
	return out
}

// PromptPart: What the library says of the C struct `sw_prompt_part`.
type PromptPart struct {
	Kind PartKind
	// the control token, or the path; may be ""
	Name string
	// the document was chosen; may be ""
	Why     string
	NBytes  int
	NTokens int
}

func readPromptPart(c *C.sw_prompt_part) PromptPart {
	var out PromptPart
	out.Kind = PartKind(c.kind)
	out.Name = text(c.name)
	out.Why = text(c.why)
	out.NBytes = int(c.n_bytes)
	out.NTokens = int(c.n_tokens)
	return out
}

// PlanOption: A way to lay out the prompt that was looked at.
type PlanOption struct {
	Mode    FillMode
	Layout  Layout
	NTokens int
	// of those, not to be had from a state in memory
	NRun int
	// in tokens, of this request and the keystrokes that are likely to follow
	Price float64
	// not 0 for one of them
	Chosen bool
}

func readPlanOption(c *C.sw_plan_option) PlanOption {
	var out PlanOption
	out.Mode = FillMode(c.mode)
	out.Layout = Layout(c.layout)
	out.NTokens = int(c.n_tokens)
	out.NRun = int(c.n_run)
	out.Price = float64(c.price)
	out.Chosen = c.chosen != 0
	return out
}

// WorkspaceStats: What the library says of the C struct `sw_workspace_stats`.
type WorkspaceStats struct {
	Files         uint64
	Lines         uint64
	Bytes         uint64
	Chunks        uint64
	Definitions   uint64
	SkeletonBytes uint64
	// that the index holds, about
	MemoryBytes uint64
	// files of the last update: known by size and time
	Unchanged uint64
	// read and hashed
	Reread uint64
	// whose record was on disk
	FromStore uint64
	// whose record was made
	Made uint64
	// files and folders passed over, by reason; a folder counts once
	Skipped [12]uint64
	// 1: the store could not be used, was damaged, or could not be written at some time; the index is whole all the same
	StoreFailed bool
}

func readWorkspaceStats(c *C.sw_workspace_stats) WorkspaceStats {
	var out WorkspaceStats
	out.Files = uint64(c.files)
	out.Lines = uint64(c.lines)
	out.Bytes = uint64(c.bytes)
	out.Chunks = uint64(c.chunks)
	out.Definitions = uint64(c.definitions)
	out.SkeletonBytes = uint64(c.skeleton_bytes)
	out.MemoryBytes = uint64(c.memory_bytes)
	out.Unchanged = uint64(c.unchanged)
	out.Reread = uint64(c.reread)
	out.FromStore = uint64(c.from_store)
	out.Made = uint64(c.made)
	for i, v := range c.skipped {
		out.Skipped[i] = uint64(v)
	}
	out.StoreFailed = c.store_failed != 0
	return out
}

// WorkspaceFile: A file of an index, or a place in one. Strings are valid during the call.
type WorkspaceFile struct {
	// relative to the folder
	Path string
	// "python"; "" when nobody knows
	Language string
	Bytes    uint64
	Lines    uint64
	// from 0, of a definition; 0 for files
	Line uint64
}

func readWorkspaceFile(c *C.sw_workspace_file) WorkspaceFile {
	var out WorkspaceFile
	out.Path = text(c.path)
	out.Language = text(c.language)
	out.Bytes = uint64(c.bytes)
	out.Lines = uint64(c.lines)
	out.Line = uint64(c.line)
	return out
}

// ContextInfo: What the library says of the C struct `sw_context_info`.
type ContextInfo struct {
	NParts int
	// of those, the first ones, which depend on the index, the path and the budget but not on the cursor
	NStable       int
	NTokens       int
	NStableTokens int
	// 1: taken over from query.previous
	Kept bool
}

func readContextInfo(c *C.sw_context_info) ContextInfo {
	var out ContextInfo
	out.NParts = int(c.n_parts)
	out.NStable = int(c.n_stable)
	out.NTokens = int(c.n_tokens)
	out.NStableTokens = int(c.n_stable_tokens)
	out.Kept = c.kept != 0
	return out
}

// ContextPart: What the library says of the C struct `sw_context_part`.
type ContextPart struct {
	// "skeleton", "file", "edit", "chunk", "declarations"
	Kind string
	Path string
	// from 0, in the file
	FirstLine uint64
	// header, piece, newline; NUL-terminated too
	Text string
	// of the text as a continuation: ids of all parts, joined, are those of all texts joined
	IDs []int32
	// larger is better, among parts of one kind
	Score float64
	// "imported", "shares parse, Token"
	Why string
}

func readContextPart(c *C.sw_context_part) ContextPart {
	var out ContextPart
	out.Kind = text(c.kind)
	out.Path = text(c.path)
	out.FirstLine = uint64(c.first_line)
	out.Text = textOf(c.text, c.length)
	out.IDs = append([]int32(nil), idsOf(c.ids, c.n_ids)...)
	out.Score = float64(c.score)
	out.Why = text(c.why)
	return out
}

// EngineOptions: Options; zero and empty mean default of the C struct `sw_engine_options`.
type EngineOptions struct {
	// compute threads, of which the thread that calls is one; 0: one for each core that this process may use, but for one of them where there are more than two (docs/threads.md)
	NThreads int32
	// SW_CPU_* bits; 0: the best there is of those that round no activations
	CPUMask uint32
	// 0: SW_LOG_WARNING
	LogLevel LogLevel
	// host memory for all kept states and input logs of all sequences and buffers; 0: 1 GiB
	SnapshotBytesMax uint64
	// which states are kept: NULL or "default"; to measure against: "none", "running", "grid:N", "geometric:N" (docs/state-store.md)
	Policy string
	// NULL: states live in memory alone. Else they are also written here, so that the next process goes on where this one was. They hold tokens, that is the text: the folder is made for its owner only
	StoreFolder string
	// of the whole folder; 0: 4 GiB
	StoreBytesMax uint64
	// how states are written: NULL or "f32+zstd", or "f32"
	StoreCodec string
	// SW_DEVICE_*. Results of the CPU and of a device differ in the last bits, so their states never mix
	Device Device
	// of the CUDA device
	DeviceIndex int32
	// the file of the CUDA plugin; NULL: libsidewinder-cuda.so beside this library, or in a folder "sidewinder" there. It stays loaded until the process ends
	DevicePlugin string
	// not 0: when nothing has been asked for 0.3 s, the engine does the work of sw_buffer_refill() for the buffers that had completions, the latest first, and stops within a chunk when it is wanted
	IdleRefill bool
	// not 0: each of the engine's threads stays on one core, where the system allows it
	PinThreads bool
	// 0 to 19: how much lower than that of the creating thread the priority of the engine's threads is. The threads of callers keep theirs
	Nice int32
	// how long a compute thread looks for work before it sleeps, in microseconds; 0: 50; -1: it sleeps at once; at most 1,000,000
	SpinUs int32
	// Log receives messages, on any goroutine. It must not call back into the engine. nil: silence.
	Log func(level LogLevel, text string)
}

func (o *EngineOptions) fill(c *C.sw_engine_options, a *arena) {
	*c = C.sw_engine_options{struct_size: C.sizeof_sw_engine_options}
	c.n_threads = C.int32_t(o.NThreads)
	c.cpu_mask = C.uint32_t(o.CPUMask)
	c.log_level = C.sw_log_level(o.LogLevel)
	c.snapshot_bytes_max = C.uint64_t(o.SnapshotBytesMax)
	c.policy = a.text("Policy", o.Policy)
	c.store_folder = a.text("StoreFolder", o.StoreFolder)
	c.store_bytes_max = C.uint64_t(o.StoreBytesMax)
	c.store_codec = a.text("StoreCodec", o.StoreCodec)
	c.device = C.sw_device(o.Device)
	c.device_index = C.int32_t(o.DeviceIndex)
	c.device_plugin = a.text("DevicePlugin", o.DevicePlugin)
	c.idle_refill = flag(o.IdleRefill)
	c.pin_threads = flag(o.PinThreads)
	c.nice = C.int32_t(o.Nice)
	c.spin_us = C.int32_t(o.SpinUs)
}

// ModelOptions: Options; zero and empty mean default of the C struct `sw_model_options`.
type ModelOptions struct {
	// not 0: read every weight, refuse NaN and infinity
	CheckWeights bool
	// not 0: open the weights alone, even if no tokenizer lies beside them
	WithoutTokenizer bool
	// not 0: nothing is computed. Prompts are placed and tokens counted as if they were run, and states take their bytes of the budget but no memory; there are no logits. To measure policies. Never on a device
	CountOnly bool
	// on a CUDA device; the CPU takes weights as they are stored
	DeviceWeights DeviceWeights
	// a tokenizer file to use instead of the one in the weights' file or beside it; NULL: that. With count_only it may have another vocabulary
	Tokenizer string
	// on the CPU; a CUDA device takes device_weights. A checkpoint that is stored packed opens as it is, or not
	Weights Weights
	// memory of a CUDA device that this model's sequences may take, beside its weights; 0: what there is. Those that ran longest ago give up their ways back before one is refused with SW_E_NO_MEMORY
	DeviceBytesMax uint64
}

func (o *ModelOptions) fill(c *C.sw_model_options, a *arena) {
	*c = C.sw_model_options{struct_size: C.sizeof_sw_model_options}
	c.run.struct_size = C.sizeof_sw_run_options
	c.check_weights = flag(o.CheckWeights)
	c.without_tokenizer = flag(o.WithoutTokenizer)
	c.count_only = flag(o.CountOnly)
	c.device_weights = C.sw_device_weights(o.DeviceWeights)
	c.tokenizer = a.text("Tokenizer", o.Tokenizer)
	c.weights = C.sw_weights(o.Weights)
	c.device_bytes_max = C.uint64_t(o.DeviceBytesMax)
}

// QuantizeOptions: How a checkpoint is quantized; zero and empty mean default.
type QuantizeOptions struct {
	// for SW_WEIGHTS_Q4: texts of the kind that the model will see, source files for one. The model reads them, and scales are chosen by how much each column of a matrix then counts
	Calibration []string
	// at most so many of each text, no more than 16384; 0: 1024
	CalibrationTokens uint32
}

func (o *QuantizeOptions) fill(c *C.sw_quantize_options, a *arena) {
	*c = C.sw_quantize_options{struct_size: C.sizeof_sw_quantize_options}
	c.run.struct_size = C.sizeof_sw_run_options
	c.calibration, c.n_calibration = a.texts("Calibration", o.Calibration)
	c.calibration_tokens = C.uint32_t(o.CalibrationTokens)
}

// SamplingOptions: Options; zero and empty mean default of the C struct `sw_sampling_options`.
type SamplingOptions struct {
	// 0: the likeliest token
	Temperature float32
	// 0: all
	TopK int32
	// 0 or 1: all; else the fewest likeliest tokens that hold this much probability
	TopP float32
	// 0: all; else tokens at least this likely relative to the likeliest
	MinP float32
	Seed uint64
}

func (o *SamplingOptions) fill(c *C.sw_sampling_options, a *arena) {
	*c = C.sw_sampling_options{struct_size: C.sizeof_sw_sampling_options}
	c.temperature = C.float(o.Temperature)
	c.top_k = C.int32_t(o.TopK)
	c.top_p = C.float(o.TopP)
	c.min_p = C.float(o.MinP)
	c.seed = C.uint64_t(o.Seed)
}

// TextOptions: How a text is read. Any bytes are a text here, also what is not UTF-8.
type TextOptions struct {
	// "python"; NULL, or a language without a grammar: lines and indentation alone
	Language string
	// characters of a chunk that are not blanks; 0: 1500
	ChunkSizeMax int
	// of the parse; beyond, lines and indentation are used. 0: 2000
	ParseMSMax int64
}

func (o *TextOptions) fill(c *C.sw_text_options, a *arena) {
	*c = C.sw_text_options{struct_size: C.sizeof_sw_text_options}
	c.language = a.text("Language", o.Language)
	c.chunk_size_max = C.size_t(o.ChunkSizeMax)
	c.parse_ms_max = C.int64_t(o.ParseMSMax)
}

// BufferOptions: Options; zero and empty mean default of the C struct `sw_buffer_options`.
type BufferOptions struct {
	// UTF-8, shown to models that were trained with paths; NULL: none. Never opened.
	Path string
	// LSP language id, "python"; NULL: guessed from the path
	Language string
}

func (o *BufferOptions) fill(c *C.sw_buffer_options, a *arena) {
	*c = C.sw_buffer_options{struct_size: C.sizeof_sw_buffer_options}
	c.path = a.text("Path", o.Path)
	c.language = a.text("Language", o.Language)
}

// CompleteOptions: Options; zero and empty mean default of the C struct `sw_complete_options`.
type CompleteOptions struct {
	Mode FillMode
	// 0: 128; negative: none: the prompt is run, so that the next one costs little
	MaxTokens int32
	// 0: 1; at most 16. Beyond the first they are sampled, and sorted by likelihood
	NCandidates int32
	// strings that end the text, not part of it
	Stop []string
	// 0: as the place asks: many on an empty line and where a block has just opened; 1: one line only; 2: as many as come
	Multiline int32
	// from the call; generation stops in time and says so; 0: none
	TimeBudgetMS int64
	// text before the cursor that the model sees; 0: the model's own
	PrefixWindowBytes int
	// text after the cursor; 0: the model's own
	SuffixWindowBytes int
	// not 0: forget kept states first. For tests: the result is the same
	Cold   bool
	Layout Layout
	// not 0: the text is also cut where its syntax says that the block or statement at the cursor is over
	CutAtSyntax bool
	// candidates whose tokens are less likely, by their mean log probability, show nothing; 0: none
	LogprobMin float64
	// not 0: where what was typed since the last completion is how its text begins, the rest of that is the answer, without a run of the model: what is shown stays. A run might say otherwise. The callbacks then come from within the call
	TypeThrough bool
	Heal        Heal
	// not 0: when it is done, and while nothing else waits, the completion that follows is run as well, as if this one's best candidate was accepted whole. When it is, and the same is asked for there, the answer is ready; the callbacks then come from within the call
	Ahead bool
	// not 0: where a completion is seldom wanted, nothing is run: the answer is empty, SW_FINISH_PLACE, and its `cut` says why. Such a place has more than 8 characters on its line after the cursor, closing punctuation not counted
	OnlyAtUseful bool
	// How tokens are drawn.
	Sampling SamplingOptions
	// OnText gets each piece of candidate index as it comes, on a thread of the engine; false stops the candidate.
	OnText func(index int, text string) bool
}

func (o *CompleteOptions) fill(c *C.sw_complete_options, a *arena) {
	*c = C.sw_complete_options{struct_size: C.sizeof_sw_complete_options}
	o.Sampling.fill(&c.sampling, a)
	c.mode = C.sw_fill_mode(o.Mode)
	c.max_tokens = C.int32_t(o.MaxTokens)
	c.n_candidates = C.int32_t(o.NCandidates)
	c.stop, c.n_stop = a.texts("Stop", o.Stop)
	c.multiline = C.int32_t(o.Multiline)
	c.time_budget_ms = C.int64_t(o.TimeBudgetMS)
	c.prefix_window_bytes = C.size_t(o.PrefixWindowBytes)
	c.suffix_window_bytes = C.size_t(o.SuffixWindowBytes)
	c.cold = flag(o.Cold)
	c.layout = C.sw_layout(o.Layout)
	c.cut_at_syntax = flag(o.CutAtSyntax)
	c.logprob_min = C.double(o.LogprobMin)
	c.type_through = flag(o.TypeThrough)
	c.heal = C.sw_heal(o.Heal)
	c.ahead = flag(o.Ahead)
	c.only_at_useful = flag(o.OnlyAtUseful)
}

// WorkspaceOptions: Options; zero and empty mean default of the C struct `sw_workspace_options`.
type WorkspaceOptions struct {
	// NULL: memory only. Else records of files lie here too, so that the next process parses nothing again. They hold signatures and comments of the files: the folder is made for its owner only
	StoreFolder string
	// of an update: 1 or 2; 0: 2
	NThreads int32
	// larger files are passed over; 0: 1 MiB; at most 64 MiB
	FileBytesMax uint64
}

func (o *WorkspaceOptions) fill(c *C.sw_workspace_options, a *arena) {
	*c = C.sw_workspace_options{struct_size: C.sizeof_sw_workspace_options}
	c.store_folder = a.text("StoreFolder", o.StoreFolder)
	c.n_threads = C.int32_t(o.NThreads)
	c.file_bytes_max = C.uint64_t(o.FileBytesMax)
}

// ContextQuery: Options; zero and empty mean default of the C struct `sw_context_query`.
type ContextQuery struct {
	// of the file that is edited, relative to the folder; need not be in the index
	Path string
	// the text around the cursor that the model is shown anyway
	Before string
	After  string
	// where that text lies in the file, in bytes: nothing of it is shown twice
	WindowBegin uint64
	WindowEnd   uint64
	// 0: 32,768; at most 262,144
	BudgetTokens uint32
	// of running them, at tokens_per_s; 0: only tokens count. The smaller of both budgets wins
	BudgetMS float64
	// as measured on this machine
	TokensPerS float64
	// before each part, "{path}" is filled in; it ends with a newline. NULL: "+++++ {path}\n"
	Header string
	// NULL or "ours"; to measure against: "random", "path", "bm25", "skeletons"
	Strategy string
	// of "random"
	Seed uint64
	// Edits are the changes that the user made lately, the newest last.
	Edits []RecentEdit
	// Previous is kept while the query changes little; may be nil.
	Previous *Context
}

func (o *ContextQuery) fill(c *C.sw_context_query, a *arena) {
	*c = C.sw_context_query{struct_size: C.sizeof_sw_context_query}
	c.path = a.text("Path", o.Path)
	c.before, c.before_length = a.bytes(o.Before)
	c.after, c.after_length = a.bytes(o.After)
	c.window_begin = C.uint64_t(o.WindowBegin)
	c.window_end = C.uint64_t(o.WindowEnd)
	c.budget_tokens = C.uint32_t(o.BudgetTokens)
	c.budget_ms = C.double(o.BudgetMS)
	c.tokens_per_s = C.double(o.TokensPerS)
	c.header = a.text("Header", o.Header)
	c.strategy = a.text("Strategy", o.Strategy)
	c.seed = C.uint64_t(o.Seed)
}
