package sidewinder

/*
#include <stdlib.h>
#include "callback.h"
*/
import "C"

import (
	"context"
	"runtime/cgo"
	"time"
	"unsafe"
)

// Progress is called between chunks of long work; false stops it.
type Progress func(done, total uint64) bool

type progressKey struct{}

// WithProgress gives a context whose calls report their progress. The function is called by the goroutine that makes the call, and must not
// call back into the object.
func WithProgress(ctx context.Context, report Progress) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// runState is what one call's callback knows.
type runState struct {
	progress Progress
	failure  *PanicError
}

func (r *runState) report(done, total uint64) C.int32_t {
	goOn := true
	if r.failure = guarded(func() { goOn = r.progress(done, total) }); r.failure != nil {
		goOn = false
	}
	return flag(!goOn)
}

// run makes one call that the context can stop. A context that never ends and reports nothing costs nothing.
func run(ctx context.Context, body func(options *C.sw_run_options) C.sw_status) error {
	progress, _ := ctx.Value(progressKey{}).(Progress)
	if ctx.Done() == nil && progress == nil {
		return call(func() C.sw_status { return body(nil) })
	}
	options := (*C.sw_run_options)(C.calloc(1, C.sizeof_sw_run_options))
	defer C.free(unsafe.Pointer(options))
	options.struct_size = C.sizeof_sw_run_options
	state := &runState{progress: progress}
	if progress != nil {
		handle := cgo.NewHandle(state)
		defer handle.Delete()
		C.sw_go_set_progress(options, C.uintptr_t(handle))
	}
	stop, err := watch(ctx, options)
	if err != nil {
		return err
	}
	err = call(func() C.sw_status { return body(options) })
	stop()
	if state.failure != nil {
		state.failure.cause = err
		return state.failure
	}
	return because(ctx, err)
}

// watch sets a flag when the context is cancelled; its deadline C keeps itself. stop ends the watching, and frees the flag.
func watch(ctx context.Context, options *C.sw_run_options) (stop func(), err error) {
	if ctx.Done() == nil {
		return func() {}, nil
	}
	var cancel *C.sw_cancel
	if err := call(func() C.sw_status { return C.sw_cancel_create(&cancel) }); err != nil {
		return nil, err
	}
	options.cancel = cancel
	if deadline, ok := ctx.Deadline(); ok {
		options.deadline_ms = C.int64_t(time.Until(deadline).Milliseconds())
		if options.deadline_ms < 1 {
			options.deadline_ms = 1
		}
	}
	if ctx.Err() == context.Canceled {
		C.sw_cancel_set(cancel)
	}
	over, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-ctx.Done():
			if ctx.Err() == context.Canceled {
				C.sw_cancel_set(cancel)
			}
		case <-over:
		}
	}()
	return func() {
		close(over)
		<-watched
		C.sw_cancel_free(cancel)
	}, nil
}
