// Package sidewinder completes code from a state space model, in process.
//
// Two levels. High: Buffer.Complete fills in code at a cursor. Low: Sequence runs tokens and gives logits and recurrent states, with fork,
// snapshot, restore and rewind.
//
// Objects are io.Closers. They may be closed in any order and more than once; a call on a closed one is an error that is ErrArgument. Work that
// takes time takes a context.Context, and stops when that is done. Any object may be used from several goroutines; a Sequence, Buffer or
// Detokenizer that is in use by one refuses the other with ErrState. Offsets are in bytes.
package sidewinder

/*
#cgo pkg-config: sidewinder
#include <stdlib.h>
#include <sidewinder/sidewinder.h>
*/
import "C"

// Version is that of the library that runs, "0.1.0".
func Version() string { return C.GoString(C.sw_version()) }

// APIVersion is that of the C API: major and minor.
func APIVersion() (major, minor int) {
	v := uint32(C.sw_api_version())
	return int(v >> 16), int(v & 0xffff)
}
