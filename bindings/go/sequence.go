package sidewinder

/*
#include <stdlib.h>
#include "callback.h"
*/
import "C"

import (
	"context"
	"unsafe"
)

// shapes of the arrays that a model's sequences fill.
type shapes struct{ vocabSize, ssm, conv int }

func shapesOf(info *ModelInfo) shapes {
	layers, dConvIn := int(info.NLayers), int(info.DInner)+2*int(info.NGroups)*int(info.DState)
	return shapes{
		vocabSize: int(info.VocabSize),
		ssm:       layers * int(info.NHeads) * int(info.HeadDim) * int(info.DState),
		conv:      layers * (int(info.DConv) - 1) * dConvIn,
	}
}

// State is the recurrent state: SSM (n_layers, n_heads, head_dim, d_state), Conv (n_layers, d_conv - 1, d_conv_in), row by row.
type State struct{ SSM, Conv []float32 }

// Sequence is a run of tokens through a model: the recurrent state after the last one, and kept states to rewind to.
type Sequence struct {
	*handle
	shapes shapes
}

func newSequence(out *C.sw_sequence, shapes shapes, keep any) *Sequence {
	free := func(p unsafe.Pointer) { C.sw_sequence_free((*C.sw_sequence)(p)) }
	return &Sequence{newHandle("sequence", unsafe.Pointer(out), true, keep, free), shapes}
}

func (s *Sequence) use() (*C.sw_sequence, error) {
	p, err := s.handle.enter()
	return (*C.sw_sequence)(p), err
}

// Append runs tokens. When ctx stops it, Len says how far it came. Progress in tokens.
func (s *Sequence) Append(ctx context.Context, ids []int32) error { return s.append(ctx, ids, nil) }

// AppendLogits runs tokens and gives the logits after each of them, (n_ids, vocab_size).
func (s *Sequence) AppendLogits(ctx context.Context, ids []int32) ([]float32, error) {
	logits := make([]float32, len(ids)*s.shapes.vocabSize)
	return logits, s.append(ctx, ids, logits)
}

func (s *Sequence) append(ctx context.Context, ids []int32, logits []float32) error {
	sequence, err := s.use()
	if err != nil {
		return err
	}
	defer s.leave()
	from, n := idPointer(ids)
	to := floatPointer(logits)
	return run(ctx, func(options *C.sw_run_options) C.sw_status {
		return C.sw_sequence_append(sequence, from, n, options, to)
	})
}

// Len is the number of tokens that the state has seen; 0 when closed.
func (s *Sequence) Len() int {
	sequence, err := s.use()
	if err != nil {
		return 0
	}
	defer s.leave()
	return int(C.sw_sequence_length(sequence))
}

// Tokens are those that the state has seen. A copy.
func (s *Sequence) Tokens() ([]int32, error) {
	sequence, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.leave()
	return append([]int32(nil), idsOf(C.sw_sequence_tokens(sequence), C.sw_sequence_length(sequence))...), nil
}

// Logits after the last token, (vocab_size,).
func (s *Sequence) Logits() ([]float32, error) {
	out := make([]float32, s.shapes.vocabSize)
	return out, s.LogitsInto(out)
}

// LogitsInto writes them into the caller's memory; its length must be vocab_size.
func (s *Sequence) LogitsInto(out []float32) error {
	sequence, err := s.use()
	if err != nil {
		return err
	}
	defer s.leave()
	to, n := floatPointer(out), C.size_t(len(out))
	return call(func() C.sw_status { return C.sw_sequence_logits(sequence, to, n) })
}

// State after the last token.
func (s *Sequence) State() (State, error) {
	state := State{SSM: make([]float32, s.shapes.ssm), Conv: make([]float32, s.shapes.conv)}
	return state, s.StateInto(state)
}

// StateInto writes it into the caller's memory.
func (s *Sequence) StateInto(state State) error {
	sequence, err := s.use()
	if err != nil {
		return err
	}
	defer s.leave()
	ssm, conv := floatPointer(state.SSM), floatPointer(state.Conv)
	nSSM, nConv := C.size_t(len(state.SSM)), C.size_t(len(state.Conv))
	return call(func() C.sw_status { return C.sw_sequence_state(sequence, ssm, nSSM, conv, nConv) })
}

// Sample draws the next token, and does not append it. The same for the same logits, options and length. nil: the likeliest.
func (s *Sequence) Sample(options *SamplingOptions) (int32, error) {
	if options == nil {
		options = &SamplingOptions{}
	}
	sequence, err := s.use()
	if err != nil {
		return 0, err
	}
	defer s.leave()
	var c C.sw_sampling_options
	options.fill(&c, nil)
	var out C.int32_t
	err = call(func() C.sw_status { return C.sw_sequence_sample(sequence, &c, &out) })
	return int32(out), err
}

// Generate draws and appends up to n tokens, and gives each to yield, which returns false to stop.
func (s *Sequence) Generate(ctx context.Context, n int, options *SamplingOptions, yield func(id int32) bool) error {
	for i := 0; i < n; i++ {
		if err := ctx.Err(); err != nil {
			return because(ctx, &Error{Status: StatusCancelled, Text: "cancelled: " + err.Error()})
		}
		id, err := s.Sample(options)
		if err != nil {
			return err
		}
		// One decode step is short: the context was asked before it.
		if err := s.Append(context.Background(), []int32{id}); err != nil {
			return err
		}
		if !yield(id) {
			return nil
		}
	}
	return nil
}

// Fork makes a second sequence at the same place; neither sees the other's tokens afterwards.
func (s *Sequence) Fork() (*Sequence, error) {
	sequence, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.leave()
	var out *C.sw_sequence
	if err := call(func() C.sw_status { return C.sw_sequence_fork(sequence, &out) }); err != nil {
		return nil, err
	}
	return newSequence(out, s.shapes, s.keep), nil
}

// Rewind goes back to the state after the first length tokens, byte for byte. Progress in tokens that are run again.
func (s *Sequence) Rewind(ctx context.Context, length int) error {
	if length < 0 {
		return argumentError("length is %d; it must be 0 or more", length)
	}
	sequence, err := s.use()
	if err != nil {
		return err
	}
	defer s.leave()
	return run(ctx, func(options *C.sw_run_options) C.sw_status {
		return C.sw_sequence_rewind(sequence, C.size_t(length), options)
	})
}

// Snapshot keeps the state after the last token.
func (s *Sequence) Snapshot() (*Snapshot, error) {
	sequence, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.leave()
	var out *C.sw_snapshot
	if err := call(func() C.sw_status { return C.sw_sequence_snapshot(sequence, &out) }); err != nil {
		return nil, err
	}
	return newSnapshot(out, s.keep), nil
}

// Restore goes to where the snapshot was taken, tokens included.
func (s *Sequence) Restore(snapshot *Snapshot) error {
	sequence, err := s.use()
	if err != nil {
		return err
	}
	defer s.leave()
	from, err := snapshot.use()
	if err != nil {
		return err
	}
	defer snapshot.leave()
	return call(func() C.sw_status { return C.sw_sequence_restore(sequence, from) })
}

// Stats says what was run and kept.
func (s *Sequence) Stats() (SequenceStats, error) {
	sequence, err := s.use()
	if err != nil {
		return SequenceStats{}, err
	}
	defer s.leave()
	c := C.sw_sequence_stats{struct_size: C.sizeof_sw_sequence_stats}
	if err := call(func() C.sw_status { return C.sw_sequence_get_stats(sequence, &c) }); err != nil {
		return SequenceStats{}, err
	}
	return readSequenceStats(&c), nil
}

// Snapshot is the recurrent state after some tokens. Immutable.
type Snapshot struct{ *handle }

func newSnapshot(out *C.sw_snapshot, keep any) *Snapshot {
	free := func(p unsafe.Pointer) { C.sw_snapshot_free((*C.sw_snapshot)(p)) }
	return &Snapshot{newHandle("snapshot", unsafe.Pointer(out), false, keep, free)}
}

func (s *Snapshot) use() (*C.sw_snapshot, error) {
	p, err := s.handle.enter()
	return (*C.sw_snapshot)(p), err
}

// Len is the number of tokens before it; 0 when closed.
func (s *Snapshot) Len() int {
	snapshot, err := s.use()
	if err != nil {
		return 0
	}
	defer s.leave()
	return int(C.sw_snapshot_length(snapshot))
}

// Bytes of memory that it holds; 0 when closed.
func (s *Snapshot) Bytes() uint64 {
	snapshot, err := s.use()
	if err != nil {
		return 0
	}
	defer s.leave()
	return uint64(C.sw_snapshot_bytes(snapshot))
}

// Save writes it to a file; on error the file is what it was before.
func (s *Snapshot) Save(ctx context.Context, path string) error {
	snapshot, err := s.use()
	if err != nil {
		return err
	}
	defer s.leave()
	var a arena
	defer a.free()
	file := a.string("path", path)
	if a.err != nil {
		return a.err
	}
	return run(ctx, func(options *C.sw_run_options) C.sw_status { return C.sw_snapshot_save(snapshot, file, options) })
}
