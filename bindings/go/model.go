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

// Model is weights, tokenizer and fill-in settings. Immutable.
type Model struct {
	*handle
	info ModelInfo
}

func newModel(out *C.sw_model, keep any) (*Model, error) {
	m := &Model{handle: newHandle("model", unsafe.Pointer(out), false, keep, func(p unsafe.Pointer) { C.sw_model_free((*C.sw_model)(p)) })}
	c := C.sw_model_info{struct_size: C.sizeof_sw_model_info}
	if err := call(func() C.sw_status { return C.sw_model_get_info(out, &c) }); err != nil {
		m.Close()
		return nil, err
	}
	m.info = readModelInfo(&c)
	return m, nil
}

func (m *Model) use() (*C.sw_model, error) {
	p, err := m.handle.enter()
	return (*C.sw_model)(p), err
}

// Info says what the checkpoint is, and how it fills in.
func (m *Model) Info() (ModelInfo, error) {
	if _, err := m.use(); err != nil {
		return ModelInfo{}, err
	}
	defer m.leave()
	return m.info, nil
}

// Hash is the identity of the weights. Reads every byte the first time; progress in bytes.
func (m *Model) Hash(ctx context.Context) (string, error) {
	model, err := m.use()
	if err != nil {
		return "", err
	}
	defer m.leave()
	var out *C.char
	if err := run(ctx, func(options *C.sw_run_options) C.sw_status { return C.sw_model_hash(model, options, &out) }); err != nil {
		return "", err
	}
	return text(out), nil
}

// Tokenizer is the model's own. It is closed with the model.
func (m *Model) Tokenizer() (*Tokenizer, error) {
	model, err := m.use()
	if err != nil {
		return nil, err
	}
	defer m.leave()
	tokenizer := C.sw_model_tokenizer(model)
	if tokenizer == nil {
		return nil, &Error{Status: StatusState, Text: "the model was opened without a tokenizer"}
	}
	return &Tokenizer{owner: m.handle, pointer: tokenizer}, nil
}

// Sequence makes an empty sequence: the low level.
func (m *Model) Sequence() (*Sequence, error) {
	model, err := m.use()
	if err != nil {
		return nil, err
	}
	defer m.leave()
	var out *C.sw_sequence
	if err := call(func() C.sw_status { return C.sw_sequence_create(model, &out) }); err != nil {
		return nil, err
	}
	return newSequence(out, shapesOf(&m.info), m.keep), nil
}

// Buffer makes a text that is being edited: the high level. nil means all defaults.
func (m *Model) Buffer(text string, options *BufferOptions) (*Buffer, error) {
	if options == nil {
		options = &BufferOptions{}
	}
	model, err := m.use()
	if err != nil {
		return nil, err
	}
	defer m.leave()
	var a arena
	defer a.free()
	var c C.sw_buffer_options
	options.fill(&c, &a)
	if a.err != nil {
		return nil, a.err
	}
	var out *C.sw_buffer
	bytes, length := chars(text)
	if err := call(func() C.sw_status { return C.sw_buffer_create(model, &c, bytes, length, &out) }); err != nil {
		return nil, err
	}
	return newBuffer(out, shapesOf(&m.info), m.keep), nil
}

// LoadSnapshot reads a snapshot that was saved with the same weights.
func (m *Model) LoadSnapshot(ctx context.Context, path string) (*Snapshot, error) {
	model, err := m.use()
	if err != nil {
		return nil, err
	}
	defer m.leave()
	var a arena
	defer a.free()
	file := a.string("path", path)
	if a.err != nil {
		return nil, a.err
	}
	var out *C.sw_snapshot
	err = run(ctx, func(options *C.sw_run_options) C.sw_status { return C.sw_snapshot_load(model, file, options, &out) })
	if err != nil {
		return nil, err
	}
	return newSnapshot(out, m.keep), nil
}

// Tokenizer turns text into token ids and back. Immutable.
type Tokenizer struct {
	owner   *handle
	pointer *C.sw_tokenizer
	own     bool
}

// OpenTokenizer opens a SentencePiece model file.
func OpenTokenizer(path string) (*Tokenizer, error) {
	var a arena
	defer a.free()
	file := a.string("path", path)
	if a.err != nil {
		return nil, a.err
	}
	var out *C.sw_tokenizer
	if err := call(func() C.sw_status { return C.sw_tokenizer_open(file, &out) }); err != nil {
		return nil, err
	}
	owner := newHandle("tokenizer", unsafe.Pointer(out), false, nil, func(p unsafe.Pointer) { C.sw_tokenizer_free((*C.sw_tokenizer)(p)) })
	return &Tokenizer{owner: owner, pointer: out, own: true}, nil
}

// Close lets a tokenizer go that was opened by itself; that of a model stays until the model is closed.
func (t *Tokenizer) Close() error {
	if t.own {
		return t.owner.Close()
	}
	return nil
}

// VocabSize is the number of pieces.
func (t *Tokenizer) VocabSize() (int, error) {
	if _, err := t.owner.enter(); err != nil {
		return 0, err
	}
	defer t.owner.leave()
	return int(C.sw_tokenizer_vocab_size(t.pointer)), nil
}

// Encode gives the token ids of a text.
func (t *Tokenizer) Encode(text string) ([]int32, error) { return t.encode(text, EncodeText) }

// EncodeContinuation gives those of a text that goes on from another.
func (t *Tokenizer) EncodeContinuation(text string) ([]int32, error) {
	return t.encode(text, EncodeContinuation)
}

func (t *Tokenizer) encode(text string, flags uint32) ([]int32, error) {
	if _, err := t.owner.enter(); err != nil {
		return nil, err
	}
	defer t.owner.leave()
	bytes, length := chars(text)
	ids := make([]int32, len(text)+1)
	for {
		var n C.size_t
		to, capacity := idPointer(ids)
		err := call(func() C.sw_status {
			return C.sw_tokenizer_encode(t.pointer, bytes, length, C.uint32_t(flags), to, capacity, &n)
		})
		if err != nil {
			return nil, err
		}
		if int(n) <= len(ids) {
			return ids[:n], nil
		}
		ids = make([]int32, n)
	}
}

// Decode gives the text of ids, as SentencePiece does.
func (t *Tokenizer) Decode(ids []int32) (string, error) {
	if _, err := t.owner.enter(); err != nil {
		return "", err
	}
	defer t.owner.leave()
	from, count := idPointer(ids)
	out := make([]byte, 8*len(ids)+1)
	for {
		var n C.size_t
		err := call(func() C.sw_status {
			return C.sw_tokenizer_decode(t.pointer, from, count, (*C.char)(unsafe.Pointer(&out[0])), C.size_t(len(out)), &n)
		})
		if err != nil {
			return "", err
		}
		if int(n) <= len(out) {
			return string(out[:n]), nil
		}
		out = make([]byte, n)
	}
}

// ControlID is the id of a control token: "[PREFIX]".
func (t *Tokenizer) ControlID(name string) (int32, error) {
	if _, err := t.owner.enter(); err != nil {
		return 0, err
	}
	defer t.owner.leave()
	var a arena
	defer a.free()
	c := a.string("name", name)
	if a.err != nil {
		return 0, a.err
	}
	var out C.int32_t
	err := call(func() C.sw_status { return C.sw_tokenizer_control_id(t.pointer, c, &out) })
	return int32(out), err
}

// Detokenizer turns a stream of ids into text of whole characters.
type Detokenizer struct{ *handle }

// Detokenizer starts a stream; atTextStart drops one leading space, as decoding a whole text does.
func (t *Tokenizer) Detokenizer(atTextStart bool) (*Detokenizer, error) {
	if _, err := t.owner.enter(); err != nil {
		return nil, err
	}
	defer t.owner.leave()
	var out *C.sw_detokenizer
	if err := call(func() C.sw_status { return C.sw_detokenizer_create(t.pointer, flag(atTextStart), &out) }); err != nil {
		return nil, err
	}
	free := func(p unsafe.Pointer) { C.sw_detokenizer_free((*C.sw_detokenizer)(p)) }
	return &Detokenizer{newHandle("detokenizer", unsafe.Pointer(out), true, t.owner, free)}, nil
}

// Push adds one id and gives the text that it completes; may be empty.
func (d *Detokenizer) Push(id int32) (string, error) {
	p, err := d.enter()
	if err != nil {
		return "", err
	}
	defer d.leave()
	var out *C.char
	var length C.size_t
	if err := call(func() C.sw_status { return C.sw_detokenizer_push((*C.sw_detokenizer)(p), C.int32_t(id), &out, &length) }); err != nil {
		return "", err
	}
	return textOf(out, length), nil
}

// End ends the stream: what was held back comes out as U+FFFD.
func (d *Detokenizer) End() (string, error) { return d.Push(-1) }
