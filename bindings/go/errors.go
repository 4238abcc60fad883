package sidewinder

/*
#include <sidewinder/sidewinder.h>
*/
import "C"

import (
	"context"
	"fmt"
	"runtime"
)

// Error is what a call failed of. errors.Is(err, ErrNotFound) asks for its status; where a context stopped the call, errors.Is(err,
// context.Canceled) and errors.Is(err, context.DeadlineExceeded) hold too.
type Error struct {
	Status Status
	Text   string // what, where and what to do
	cause  error
}

func (e *Error) Error() string { return e.Text }

// Is tells whether the target is the error of the same status.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Text == "" && other.Status == e.Status
}

// Unwrap gives the context's error, if that is why.
func (e *Error) Unwrap() error { return e.cause }

// One error for each status, for errors.Is.
var (
	ErrArgument    = &Error{Status: StatusArgument}
	ErrNotFound    = &Error{Status: StatusNotFound}
	ErrIO          = &Error{Status: StatusIO}
	ErrFormat      = &Error{Status: StatusFormat}
	ErrUnsupported = &Error{Status: StatusUnsupported}
	ErrNoMemory    = &Error{Status: StatusNoMemory}
	ErrCancelled   = &Error{Status: StatusCancelled}
	ErrDeadline    = &Error{Status: StatusDeadline}
	ErrState       = &Error{Status: StatusState}
	ErrMismatch    = &Error{Status: StatusMismatch}
	ErrInternal    = &Error{Status: StatusInternal}
)

// PanicError is what a callback of the caller's panicked of. It stopped the work.
type PanicError struct {
	Value any
	Stack []byte
	cause error
}

func (e *PanicError) Error() string { return fmt.Sprintf("a callback panicked: %v", e.Value) }

// Unwrap gives what the library said of the work that was stopped.
func (e *PanicError) Unwrap() error { return e.cause }

func argumentError(format string, arguments ...any) error {
	return &Error{Status: StatusArgument, Text: fmt.Sprintf(format, arguments...)}
}

// call runs one C function on a thread that stays this goroutine's until the text of its error is read.
func call(body func() C.sw_status) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	status := body()
	if status == C.SW_OK {
		return nil
	}
	return &Error{Status: Status(status), Text: C.GoString(C.sw_last_error())}
}

// because adds the context's error to that of a call that it stopped.
func because(ctx context.Context, err error) error {
	e, ok := err.(*Error)
	if ok && ctx.Err() != nil && (e.Status == StatusCancelled || e.Status == StatusDeadline) {
		e.cause = ctx.Err()
	}
	return err
}

func nameOf(name string, value int32) string {
	if name == "" {
		return fmt.Sprint(value)
	}
	return name
}
