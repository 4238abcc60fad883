package sidewinder

/*
#include <stdlib.h>
#include "callback.h"
*/
import "C"

import (
	"context"
	"runtime/cgo"
	"unsafe"
)

// RecentEdit is a change that the user made lately, as text: a small diff.
type RecentEdit struct{ Path, Diff string }

// with gives the query to C; a nil one is NULL.
func (q *ContextQuery) with(body func(*C.sw_context_query) error) error {
	if q == nil {
		return body(nil)
	}
	var a arena
	defer a.free()
	c := (*C.sw_context_query)(C.calloc(1, C.sizeof_sw_context_query))
	edits := (*C.sw_recent_edit)(C.calloc(C.size_t(len(q.Edits)+1), C.sizeof_sw_recent_edit))
	a.memory = append(a.memory, unsafe.Pointer(c), unsafe.Pointer(edits))
	q.fill(c, &a)
	for i, edit := range q.Edits {
		unsafe.Slice(edits, len(q.Edits))[i] = C.sw_recent_edit{path: a.string("Path", edit.Path), diff: a.string("Diff", edit.Diff)}
	}
	c.edits, c.n_edits = edits, C.size_t(len(q.Edits))
	if a.err != nil {
		return a.err
	}
	if q.Previous != nil {
		previous, err := q.Previous.enter()
		if err != nil {
			return err
		}
		defer q.Previous.leave()
		c.previous = (*C.sw_context)(previous)
	}
	return body(c)
}

// Context is what a prompt takes from a workspace at one cursor. Immutable.
type Context struct{ *handle }

// Info counts parts and tokens.
func (c *Context) Info() (ContextInfo, error) {
	p, err := c.enter()
	if err != nil {
		return ContextInfo{}, err
	}
	defer c.leave()
	out := C.sw_context_info{struct_size: C.sizeof_sw_context_info}
	if err := call(func() C.sw_status { return C.sw_context_get_info((*C.sw_context)(p), &out) }); err != nil {
		return ContextInfo{}, err
	}
	return readContextInfo(&out), nil
}

// Parts in the order of the prompt: far to near, the best last.
func (c *Context) Parts() ([]ContextPart, error) {
	info, err := c.Info()
	if err != nil {
		return nil, err
	}
	p, err := c.enter()
	if err != nil {
		return nil, err
	}
	defer c.leave()
	parts := make([]ContextPart, info.NParts)
	for i := range parts {
		out := C.sw_context_part{struct_size: C.sizeof_sw_context_part}
		if err := call(func() C.sw_status { return C.sw_context_get_part((*C.sw_context)(p), C.size_t(i), &out) }); err != nil {
			return nil, err
		}
		parts[i] = readContextPart(&out)
	}
	return parts, nil
}

// Workspace is the index of a folder; empty until Update.
type Workspace struct{ *handle }

// OpenWorkspace opens the index of a folder. The tokenizer counts what contexts cost; nil when none will be asked for.
func OpenWorkspace(tokenizer *Tokenizer, folder string, options *WorkspaceOptions) (*Workspace, error) {
	if options == nil {
		options = &WorkspaceOptions{}
	}
	var a arena
	defer a.free()
	var c C.sw_workspace_options
	options.fill(&c, &a)
	path := a.string("folder", folder)
	if a.err != nil {
		return nil, a.err
	}
	var t *C.sw_tokenizer
	if tokenizer != nil {
		if _, err := tokenizer.owner.enter(); err != nil {
			return nil, err
		}
		defer tokenizer.owner.leave()
		t = tokenizer.pointer
	}
	var out *C.sw_workspace
	if err := call(func() C.sw_status { return C.sw_workspace_open(t, path, &c, &out) }); err != nil {
		return nil, err
	}
	free := func(p unsafe.Pointer) { C.sw_workspace_free((*C.sw_workspace)(p)) }
	return &Workspace{newHandle("workspace", unsafe.Pointer(out), false, nil, free)}, nil
}

func (w *Workspace) use() (*C.sw_workspace, error) {
	if w == nil {
		return nil, argumentError("the workspace is nil")
	}
	p, err := w.handle.enter()
	return (*C.sw_workspace)(p), err
}

// Update brings the index up to date: the whole folder for no paths, or only those, relative to it. Progress in files.
func (w *Workspace) Update(ctx context.Context, paths ...string) error {
	workspace, err := w.use()
	if err != nil {
		return err
	}
	defer w.leave()
	var a arena
	defer a.free()
	list, n := a.texts("paths", paths)
	if a.err != nil {
		return a.err
	}
	return run(ctx, func(options *C.sw_run_options) C.sw_status { return C.sw_workspace_update(workspace, list, n, options) })
}

// Stats says what the index holds, and what the last update did.
func (w *Workspace) Stats() (WorkspaceStats, error) {
	workspace, err := w.use()
	if err != nil {
		return WorkspaceStats{}, err
	}
	defer w.leave()
	c := C.sw_workspace_stats{struct_size: C.sizeof_sw_workspace_stats}
	if err := call(func() C.sw_status { return C.sw_workspace_get_stats(workspace, &c) }); err != nil {
		return WorkspaceStats{}, err
	}
	return readWorkspaceStats(&c), nil
}

// Files of the index, by path.
func (w *Workspace) Files() ([]WorkspaceFile, error) {
	return w.collect(func(workspace *C.sw_workspace, user C.uintptr_t) C.sw_status {
		return C.sw_go_list_files(workspace, user)
	})
}

// Find gives the places that define a name, by path and line.
func (w *Workspace) Find(name string) ([]WorkspaceFile, error) {
	bytes, n := chars(name)
	return w.collect(func(workspace *C.sw_workspace, user C.uintptr_t) C.sw_status {
		return C.sw_go_find(workspace, bytes, n, user)
	})
}

func (w *Workspace) collect(list func(workspace *C.sw_workspace, user C.uintptr_t) C.sw_status) ([]WorkspaceFile, error) {
	workspace, err := w.use()
	if err != nil {
		return nil, err
	}
	defer w.leave()
	var found []WorkspaceFile
	user := cgo.NewHandle(&found)
	defer user.Delete()
	err = call(func() C.sw_status { return list(workspace, C.uintptr_t(user)) })
	return found, err
}

// Context chooses what is worth showing to a model that completes at a cursor, within the budget.
func (w *Workspace) Context(ctx context.Context, query *ContextQuery) (*Context, error) {
	workspace, err := w.use()
	if err != nil {
		return nil, err
	}
	defer w.leave()
	var out *C.sw_context
	err = query.with(func(c *C.sw_context_query) error {
		return run(ctx, func(options *C.sw_run_options) C.sw_status {
			return C.sw_workspace_context(workspace, c, options, &out)
		})
	})
	if err != nil {
		return nil, err
	}
	return &Context{newHandle("context", unsafe.Pointer(out), false, nil, func(p unsafe.Pointer) { C.sw_context_free((*C.sw_context)(p)) })}, nil
}

// SkipReasonName names a reason why a file is not in an index.
func SkipReasonName(reason int) string { return text(C.sw_skip_reason_name(C.int32_t(reason))) }
