package sidewinder

/*
#include <stdlib.h>
#include "callback.h"
*/
import "C"

import (
	"context"
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// Engine owns the threads, the memory and the choice of kernels. One per process is usual.
type Engine struct{ *handle }

// logHandle is the engine's log function as C knows it. Nothing of the engine's is freed before it is garbage: objects made from the engine
// keep it too.
type logHandle struct{ cgo.Handle }

func newLog(log func(LogLevel, string)) *logHandle {
	h := &logHandle{cgo.NewHandle(log)}
	runtime.SetFinalizer(h, func(h *logHandle) { h.Delete() })
	return h
}

// NewEngine starts an engine; nil means all defaults.
func NewEngine(options *EngineOptions) (*Engine, error) {
	if options == nil {
		options = &EngineOptions{}
	}
	var a arena
	defer a.free()
	c := (*C.sw_engine_options)(C.calloc(1, C.sizeof_sw_engine_options))
	defer C.free(unsafe.Pointer(c))
	options.fill(c, &a)
	if a.err != nil {
		return nil, a.err
	}
	var keep any
	if options.Log != nil {
		log := newLog(options.Log)
		keep = log
		C.sw_go_set_log(c, C.uintptr_t(log.Handle))
	}
	var out *C.sw_engine
	err := call(func() C.sw_status { return C.sw_engine_create(c, &out) })
	runtime.KeepAlive(keep)
	if err != nil {
		return nil, err
	}
	return &Engine{newHandle("engine", unsafe.Pointer(out), false, keep, func(p unsafe.Pointer) { C.sw_engine_free((*C.sw_engine)(p)) })}, nil
}

func (e *Engine) use() (*C.sw_engine, error) {
	p, err := e.handle.enter()
	return (*C.sw_engine)(p), err
}

// OpenModel opens the checkpoint in a folder; "" opens the embedded model, which lies beside the library. Progress in bytes.
func (e *Engine) OpenModel(ctx context.Context, path string, options *ModelOptions) (*Model, error) {
	if options == nil {
		options = &ModelOptions{}
	}
	engine, err := e.use()
	if err != nil {
		return nil, err
	}
	defer e.leave()
	var a arena
	defer a.free()
	c := (*C.sw_model_options)(C.calloc(1, C.sizeof_sw_model_options))
	defer C.free(unsafe.Pointer(c))
	options.fill(c, &a)
	folder := a.text("path", path)
	if a.err != nil {
		return nil, a.err
	}
	var out *C.sw_model
	err = run(ctx, func(options *C.sw_run_options) C.sw_status {
		if options != nil {
			c.run = *options
		}
		return C.sw_model_open(engine, folder, c, &out)
	})
	if err != nil {
		return nil, err
	}
	return newModel(out, e.keep)
}

// Quantize writes the checkpoint at path with its matrices as WeightsQ8 or WeightsQ4 into a new folder, which OpenModel then maps. A call that
// was stopped goes on the next time. Progress in bytes of weights, each counted twice: written, compared; a calibration goes before with as many
// bytes again for every 4096 tokens. options may be nil.
func (e *Engine) Quantize(ctx context.Context, path string, to Weights, folder string, options *QuantizeOptions) error {
	if options == nil {
		options = &QuantizeOptions{}
	}
	engine, err := e.use()
	if err != nil {
		return err
	}
	defer e.leave()
	var a arena
	defer a.free()
	c := (*C.sw_quantize_options)(C.calloc(1, C.sizeof_sw_quantize_options))
	defer C.free(unsafe.Pointer(c))
	options.fill(c, &a)
	from, into := a.text("path", path), a.text("folder", folder)
	if a.err != nil {
		return a.err
	}
	return run(ctx, func(options *C.sw_run_options) C.sw_status {
		if options != nil {
			c.run = *options
		}
		return C.sw_checkpoint_quantize(engine, from, C.sw_weights(to), into, c)
	})
}

// Info says what it runs on and has done.
func (e *Engine) Info() (EngineInfo, error) {
	engine, err := e.use()
	if err != nil {
		return EngineInfo{}, err
	}
	defer e.leave()
	c := C.sw_engine_info{struct_size: C.sizeof_sw_engine_info}
	if err := call(func() C.sw_status { return C.sw_engine_get_info(engine, &c) }); err != nil {
		return EngineInfo{}, err
	}
	return readEngineInfo(&c), nil
}

// StoreStats says what the state store holds and has done.
func (e *Engine) StoreStats() (StoreStats, error) {
	engine, err := e.use()
	if err != nil {
		return StoreStats{}, err
	}
	defer e.leave()
	c := C.sw_store_stats{struct_size: C.sizeof_sw_store_stats}
	if err := call(func() C.sw_status { return C.sw_engine_get_store_stats(engine, &c) }); err != nil {
		return StoreStats{}, err
	}
	return readStoreStats(&c), nil
}

// Save writes to the store's folder what a restart would miss. Progress in states.
func (e *Engine) Save(ctx context.Context) error {
	engine, err := e.use()
	if err != nil {
		return err
	}
	defer e.leave()
	return run(ctx, func(options *C.sw_run_options) C.sw_status { return C.sw_engine_save(engine, options) })
}

// Trim drops kept states until at most nBytes are held.
func (e *Engine) Trim(nBytes uint64) error {
	engine, err := e.use()
	if err != nil {
		return err
	}
	defer e.leave()
	return call(func() C.sw_status { return C.sw_engine_trim(engine, C.uint64_t(nBytes)) })
}
