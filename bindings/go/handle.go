package sidewinder

import (
	"runtime"
	"sync"
	"unsafe"
)

// handle is what all objects have in common: one C object, freed once, when it is closed and nobody uses it any more.
type handle struct {
	what      string
	exclusive bool // one user at a time
	free      func(unsafe.Pointer)
	keep      any // what C may call as long as the object lives

	gate    sync.Mutex
	pointer unsafe.Pointer
	users   int
	closed  bool
}

// newHandle also frees an object that nobody closed, once it is garbage.
func newHandle(what string, pointer unsafe.Pointer, exclusive bool, keep any, free func(unsafe.Pointer)) *handle {
	h := &handle{what: what, exclusive: exclusive, free: free, keep: keep, pointer: pointer}
	runtime.SetFinalizer(h, func(h *handle) { go h.Close() })
	return h
}

// enter holds the object open until leave.
func (h *handle) enter() (unsafe.Pointer, error) {
	if h == nil {
		return nil, argumentError("the object is nil")
	}
	h.gate.Lock()
	defer h.gate.Unlock()
	if h.closed {
		return nil, argumentError("the %s is closed", h.what)
	}
	if h.exclusive && h.users > 0 {
		return nil, &Error{Status: StatusState, Text: "the " + h.what + " is in use by another goroutine, or by the call that is calling back"}
	}
	h.users++
	return h.pointer, nil
}

func (h *handle) leave() {
	h.gate.Lock()
	h.users--
	last := h.closed && h.users == 0
	h.gate.Unlock()
	if last {
		h.release()
	}
}

func (h *handle) release() {
	h.free(h.pointer)
	h.keep = nil
}

// Close lets the object go. Calls that are under way end first; later ones fail with ErrArgument. It may be called again.
func (h *handle) Close() error {
	if h == nil {
		return nil
	}
	h.gate.Lock()
	first := !h.closed
	h.closed = true
	now := first && h.users == 0
	h.gate.Unlock()
	if first {
		runtime.SetFinalizer(h, nil)
	}
	if now {
		h.release()
	}
	return nil
}
