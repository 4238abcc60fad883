package sidewinder

/*
#include <stdlib.h>
#include <sidewinder/sidewinder.h>
*/
import "C"

import (
	"strings"
	"unsafe"
)

// arena holds the C memory of one call's options.
type arena struct {
	memory []unsafe.Pointer
	err    error
}

func (a *arena) free() {
	for _, p := range a.memory {
		C.free(p)
	}
}

// text gives NULL for an empty string: the default.
func (a *arena) text(name, value string) *C.char {
	if value == "" {
		return nil
	}
	return a.string(name, value)
}

func (a *arena) string(name, value string) *C.char {
	if i := strings.IndexByte(value, 0); i >= 0 && a.err == nil {
		a.err = argumentError("%s holds a NUL character at byte %d", name, i)
	}
	c := C.CString(value)
	a.memory = append(a.memory, unsafe.Pointer(c))
	return c
}

func (a *arena) texts(name string, values []string) (**C.char, C.size_t) {
	if len(values) == 0 {
		return nil, 0
	}
	list := C.malloc(C.size_t(len(values)) * C.size_t(unsafe.Sizeof(uintptr(0))))
	a.memory = append(a.memory, list)
	for i, value := range values {
		unsafe.Slice((**C.char)(list), len(values))[i] = a.string(name, value)
	}
	return (**C.char)(list), C.size_t(len(values))
}

// bytes copies a text that may hold NUL.
func (a *arena) bytes(value string) (*C.char, C.size_t) {
	c := C.CString(value)
	a.memory = append(a.memory, unsafe.Pointer(c))
	return c, C.size_t(len(value))
}

func flag(value bool) C.int32_t {
	if value {
		return 1
	}
	return 0
}

func text(value *C.char) string { return C.GoString(value) }

func textOf(value *C.char, length C.size_t) string {
	if length == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(value)), int(length)))
}

// idsOf borrows: the caller copies.
func idsOf(value *C.int32_t, length C.size_t) []int32 {
	if value == nil || length == 0 {
		return nil
	}
	return unsafe.Slice((*int32)(unsafe.Pointer(value)), int(length))
}

// chars gives the bytes of a Go string to a call that does not keep them.
func chars(value string) (*C.char, C.size_t) {
	if value == "" {
		return (*C.char)(unsafe.Pointer(&nothing)), 0
	}
	return *(**C.char)(unsafe.Pointer(&value)), C.size_t(len(value)) // Go 1.19 has no unsafe.StringData
}

var nothing byte

func idPointer(ids []int32) (*C.int32_t, C.size_t) {
	if len(ids) == 0 {
		return (*C.int32_t)(unsafe.Pointer(&noIDs)), 0
	}
	return (*C.int32_t)(unsafe.Pointer(&ids[0])), C.size_t(len(ids))
}

var noIDs int32

func floatPointer(values []float32) *C.float {
	if len(values) == 0 {
		return nil
	}
	return (*C.float)(unsafe.Pointer(&values[0]))
}
