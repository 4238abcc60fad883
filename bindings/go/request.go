package sidewinder

/*
#include <stdlib.h>
#include "callback.h"
*/
import "C"

import (
	"context"
	"errors"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// progress is what the engine's thread tells.
type progress struct {
	onText func(index int, text string) bool
	done   chan struct{}
	any    chan struct{} // holds a token when there are new pieces
	closed chan struct{}

	gate    sync.Mutex
	pieces  []string
	failure *PanicError
}

func (p *progress) text(index int, text string) C.int32_t {
	if index == 0 {
		p.gate.Lock()
		p.pieces = append(p.pieces, text)
		p.gate.Unlock()
		select {
		case p.any <- struct{}{}:
		default:
		}
	}
	if p.onText == nil {
		return 0
	}
	goOn := true
	failure := guarded(func() { goOn = p.onText(index, text) })
	if failure != nil {
		p.gate.Lock()
		p.failure = failure
		p.gate.Unlock()
	}
	return flag(!goOn || failure != nil)
}

func (p *progress) finish() { close(p.done) }

func (p *progress) take() []string {
	p.gate.Lock()
	defer p.gate.Unlock()
	pieces := p.pieces
	p.pieces = nil
	return pieces
}

// Request is one completion on its way.
type Request struct {
	*handle
	ctx      context.Context
	progress *progress
}

func start(ctx context.Context, buffer *C.sw_buffer, offset int, options *CompleteOptions, keep any) (*Request, error) {
	var a arena
	defer a.free()
	c := (*C.sw_complete_options)(C.calloc(1, C.sizeof_sw_complete_options))
	defer C.free(unsafe.Pointer(c))
	options.fill(c, &a)
	if a.err != nil {
		return nil, a.err
	}
	p := &progress{onText: options.OnText, done: make(chan struct{}), any: make(chan struct{}, 1), closed: make(chan struct{})}
	user := cgo.NewHandle(p)
	C.sw_go_set_complete(c, C.uintptr_t(user))
	var out *C.sw_request
	if err := call(func() C.sw_status { return C.sw_complete(buffer, C.size_t(offset), c, &out) }); err != nil {
		user.Delete()
		return nil, err
	}
	// C calls back until the request is freed.
	free := func(pointer unsafe.Pointer) {
		C.sw_request_free((*C.sw_request)(pointer))
		user.Delete()
		close(p.closed)
	}
	r := &Request{newHandle("request", unsafe.Pointer(out), false, keep, free), ctx, p}
	if ctx.Done() != nil {
		go r.watch()
	}
	return r, nil
}

// watch cancels the request when its context is done first.
func (r *Request) watch() {
	select {
	case <-r.progress.done:
	case <-r.ctx.Done():
		_ = r.Cancel() // closed by now: it is over all the same
	}
}

func (r *Request) use() (*C.sw_request, error) {
	p, err := r.handle.enter()
	return (*C.sw_request)(p), err
}

// Done is closed when the request has ended, whatever its outcome.
func (r *Request) Done() <-chan struct{} { return r.progress.done }

// Cancel asks it to stop; it is done soon after, with what it has. Also from its callback.
func (r *Request) Cancel() error {
	request, err := r.use()
	if err != nil {
		return err
	}
	defer r.leave()
	C.sw_request_cancel(request)
	return nil
}

// Close cancels the request and lets it go.
func (r *Request) Close() error {
	_ = r.Cancel() // closed before: it is over all the same
	return r.handle.Close()
}

// Wait waits until it is done. The candidates, best first; those that there were also beside an error. What OnText panicked of is a *PanicError.
func (r *Request) Wait() ([]Candidate, error) {
	request, err := r.use()
	if err != nil {
		return nil, err
	}
	defer r.leave()
	<-r.progress.done
	candidates, err := r.Candidates()
	if err != nil {
		return nil, err
	}
	r.progress.gate.Lock()
	failure := r.progress.failure
	r.progress.gate.Unlock()
	if failure != nil {
		return candidates, failure
	}
	if status := C.sw_request_status(request); status != C.SW_OK {
		return candidates, because(r.ctx, &Error{Status: Status(status), Text: text(C.sw_request_error(request))})
	}
	return candidates, nil
}

// Text gives the text of the first candidate as it comes, and is closed when the request is done. The pieces may go further than the final text,
// which is cut by the stop rules. Whoever stops listening early cancels or closes the request.
func (r *Request) Text() <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		for {
			select {
			case <-r.progress.any:
			case <-r.progress.done:
			}
			if !r.send(out) {
				return
			}
			select {
			case <-r.progress.done:
				r.send(out)
				return
			default:
			}
		}
	}()
	return out
}

// send gives what there is; false when nobody listens any more.
func (r *Request) send(out chan<- string) bool {
	for _, piece := range r.progress.take() {
		select {
		case out <- piece:
		case <-r.ctx.Done():
			return false
		case <-r.progress.closed:
			return false
		}
	}
	return true
}

// Candidates so far, also of a request that was cancelled; none while it runs.
func (r *Request) Candidates() ([]Candidate, error) {
	request, err := r.use()
	if err != nil {
		return nil, err
	}
	defer r.leave()
	var found []Candidate
	for i := C.size_t(0); i < C.sw_request_n_candidates(request); i++ {
		c := C.sw_candidate{struct_size: C.sizeof_sw_candidate}
		if err := call(func() C.sw_status { return C.sw_request_candidate(request, i, &c) }); err != nil {
			return nil, err
		}
		found = append(found, readCandidate(&c))
	}
	return found, nil
}

// Status is the outcome; StatusState while it runs.
func (r *Request) Status() (Status, error) {
	request, err := r.use()
	if err != nil {
		return 0, err
	}
	defer r.leave()
	return Status(C.sw_request_status(request)), nil
}

// Stats says what was shown to the model, what was run, and how long it took.
func (r *Request) Stats() (RequestStats, error) {
	request, err := r.use()
	if err != nil {
		return RequestStats{}, err
	}
	defer r.leave()
	c := C.sw_request_stats{struct_size: C.sizeof_sw_request_stats}
	if err := call(func() C.sw_status { return C.sw_request_get_stats(request, &c) }); err != nil {
		return RequestStats{}, err
	}
	return readRequestStats(&c), nil
}

// Parts is the prompt, part by part.
func (r *Request) Parts() ([]PromptPart, error) {
	var found []PromptPart
	err := r.each(func(request *C.sw_request, i C.size_t) error {
		c := C.sw_prompt_part{struct_size: C.sizeof_sw_prompt_part}
		err := call(func() C.sw_status { return C.sw_request_part(request, i, &c) })
		if err == nil {
			found = append(found, readPromptPart(&c))
		}
		return err
	})
	return found, err
}

// Plans are the ways to lay out the prompt that were compared.
func (r *Request) Plans() ([]PlanOption, error) {
	var found []PlanOption
	err := r.each(func(request *C.sw_request, i C.size_t) error {
		c := C.sw_plan_option{struct_size: C.sizeof_sw_plan_option}
		err := call(func() C.sw_status { return C.sw_request_plan_option(request, i, &c) })
		if err == nil {
			found = append(found, readPlanOption(&c))
		}
		return err
	})
	return found, err
}

func (r *Request) each(get func(request *C.sw_request, i C.size_t) error) error {
	request, err := r.use()
	if err != nil {
		return err
	}
	defer r.leave()
	for i := C.size_t(0); ; i++ {
		if err := get(request, i); err != nil {
			if errors.Is(err, ErrNotFound) {
				return nil
			}
			return err
		}
	}
}
