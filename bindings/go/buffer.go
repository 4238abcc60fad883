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

// Document is a piece of another file that the model is to read first.
type Document struct {
	Path string // as the model shall see it, relative to the workspace
	Text string // whole lines
}

// Buffer is a text that is being edited, with the states of its last prompts.
type Buffer struct {
	*handle
	shapes shapes
}

func newBuffer(out *C.sw_buffer, shapes shapes, keep any) *Buffer {
	free := func(p unsafe.Pointer) { C.sw_buffer_free((*C.sw_buffer)(p)) }
	return &Buffer{newHandle("buffer", unsafe.Pointer(out), true, keep, free), shapes}
}

func (b *Buffer) use() (*C.sw_buffer, error) {
	p, err := b.handle.enter()
	return (*C.sw_buffer)(p), err
}

func notNegative(name string, value int) error {
	if value < 0 {
		return argumentError("%s is %d; it must be 0 or more", name, value)
	}
	return nil
}

// Edit replaces the bytes [begin, end).
func (b *Buffer) Edit(begin, end int, text string) error {
	if err := notNegative("begin", begin); err != nil {
		return err
	}
	if err := notNegative("end", end); err != nil {
		return err
	}
	buffer, err := b.use()
	if err != nil {
		return err
	}
	defer b.leave()
	from, n := chars(text)
	return call(func() C.sw_status { return C.sw_buffer_edit(buffer, C.size_t(begin), C.size_t(end), from, n) })
}

// Text is the text now.
func (b *Buffer) Text() (string, error) {
	buffer, err := b.use()
	if err != nil {
		return "", err
	}
	defer b.leave()
	var out *C.char
	var n C.size_t
	if err := call(func() C.sw_status { return C.sw_buffer_text(buffer, &out, &n) }); err != nil {
		return "", err
	}
	return textOf(out, n), nil
}

// Offset is the byte offset of a line and column, both from 0.
func (b *Buffer) Offset(line, column int, unit ColumnUnit) (int, error) {
	if err := notNegative("line", line); err != nil {
		return 0, err
	}
	if err := notNegative("column", column); err != nil {
		return 0, err
	}
	buffer, err := b.use()
	if err != nil {
		return 0, err
	}
	defer b.leave()
	var out C.size_t
	err = call(func() C.sw_status {
		return C.sw_buffer_offset(buffer, C.size_t(line), C.size_t(column), C.sw_column_unit(unit), &out)
	})
	return int(out), err
}

// Position is the line and column of a byte offset, both from 0.
func (b *Buffer) Position(offset int, unit ColumnUnit) (line, column int, err error) {
	if err := notNegative("offset", offset); err != nil {
		return 0, 0, err
	}
	buffer, err := b.use()
	if err != nil {
		return 0, 0, err
	}
	defer b.leave()
	var cLine, cColumn C.size_t
	err = call(func() C.sw_status {
		return C.sw_buffer_position(buffer, C.size_t(offset), C.sw_column_unit(unit), &cLine, &cColumn)
	})
	return int(cLine), int(cColumn), err
}

// SetContext says what the model reads of other files first, in all completions from now on: what changes least first. Empty: nothing.
func (b *Buffer) SetContext(documents []Document) error {
	buffer, err := b.use()
	if err != nil {
		return err
	}
	defer b.leave()
	var a arena
	defer a.free()
	list := (*C.sw_document)(C.calloc(C.size_t(len(documents)+1), C.sizeof_sw_document))
	defer C.free(unsafe.Pointer(list))
	for i, document := range documents {
		c := &unsafe.Slice(list, len(documents))[i]
		c.struct_size = C.sizeof_sw_document
		c.path = a.string("path", document.Path)
		c.text, c.length = a.bytes(document.Text)
	}
	if a.err != nil {
		return a.err
	}
	return call(func() C.sw_status { return C.sw_buffer_set_context(buffer, list, C.size_t(len(documents))) })
}

// UpdateContext chooses what of the workspace the model reads first; false when that is as before. For pauses, not for each keystroke. nil: all
// defaults.
func (b *Buffer) UpdateContext(ctx context.Context, workspace *Workspace, offset int, query *ContextQuery) (bool, error) {
	if err := notNegative("offset", offset); err != nil {
		return false, err
	}
	buffer, err := b.use()
	if err != nil {
		return false, err
	}
	defer b.leave()
	index, err := workspace.use()
	if err != nil {
		return false, err
	}
	defer workspace.leave()
	var changed C.int32_t
	err = query.with(func(c *C.sw_context_query) error {
		return run(ctx, func(options *C.sw_run_options) C.sw_status {
			return C.sw_buffer_update_context(buffer, index, C.size_t(offset), c, options, &changed)
		})
	})
	return changed != 0, err
}

// Start starts a completion and returns at once. A newer one of the same buffer cancels an older one; ctx cancels it too. nil: all defaults.
func (b *Buffer) Start(ctx context.Context, offset int, options *CompleteOptions) (*Request, error) {
	if err := notNegative("offset", offset); err != nil {
		return nil, err
	}
	if options == nil {
		options = &CompleteOptions{}
	}
	if err := ctx.Err(); err != nil {
		return nil, because(ctx, &Error{Status: StatusCancelled, Text: "cancelled: " + err.Error()})
	}
	buffer, err := b.use()
	if err != nil {
		return nil, err
	}
	defer b.leave()
	return start(ctx, buffer, offset, options, b.keep)
}

// Complete completes and waits. The candidates, best first; those that there were also beside an error.
func (b *Buffer) Complete(ctx context.Context, offset int, options *CompleteOptions) ([]Candidate, error) {
	request, err := b.Start(ctx, offset, options)
	if err != nil {
		return nil, err
	}
	defer request.Close()
	return request.Wait()
}

// Refill is idle work: it makes states where the next edit is likely to need them. The number of tokens that were run.
func (b *Buffer) Refill(ctx context.Context, maxTokens int) (int, error) {
	if err := notNegative("maxTokens", maxTokens); err != nil {
		return 0, err
	}
	buffer, err := b.use()
	if err != nil {
		return 0, err
	}
	defer b.leave()
	var n C.size_t
	err = run(ctx, func(options *C.sw_run_options) C.sw_status {
		return C.sw_buffer_refill(buffer, C.size_t(maxTokens), options, &n)
	})
	return int(n), err
}

// Fork makes a sequence that stands where the last completion left off.
func (b *Buffer) Fork() (*Sequence, error) {
	buffer, err := b.use()
	if err != nil {
		return nil, err
	}
	defer b.leave()
	var out *C.sw_sequence
	if err := call(func() C.sw_status { return C.sw_buffer_fork(buffer, &out) }); err != nil {
		return nil, err
	}
	return newSequence(out, b.shapes, b.keep), nil
}
