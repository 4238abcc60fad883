package sidewinder

/*
#include <stdint.h>
#include <sidewinder/sidewinder.h>
*/
import "C"

import (
	"runtime/cgo"
	"runtime/debug"
	"unsafe"
)

// guarded runs a callback of the caller's. What it panics of is the result: no panic crosses C.
func guarded(body func()) (failure *PanicError) {
	defer func() {
		if value := recover(); value != nil {
			failure = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	body()
	return nil
}

//export swGoLog
func swGoLog(user C.uintptr_t, level C.sw_log_level, text *C.char, length C.size_t) {
	log := cgo.Handle(user).Value().(func(LogLevel, string))
	message := textOf(text, length)
	_ = guarded(func() { log(LogLevel(level), message) }) // a message is lost, the work is not
}

//export swGoProgress
func swGoProgress(user C.uintptr_t, done, total C.uint64_t) C.int32_t {
	return cgo.Handle(user).Value().(*runState).report(uint64(done), uint64(total))
}

//export swGoText
func swGoText(user C.uintptr_t, index C.int32_t, text *C.char, length C.size_t) C.int32_t {
	return cgo.Handle(user).Value().(*progress).text(int(index), textOf(text, length))
}

//export swGoDone
func swGoDone(user C.uintptr_t) { cgo.Handle(user).Value().(*progress).finish() }

//export swGoFile
func swGoFile(user C.uintptr_t, file unsafe.Pointer) C.int32_t {
	list := cgo.Handle(user).Value().(*[]WorkspaceFile)
	*list = append(*list, readWorkspaceFile((*C.sw_workspace_file)(file)))
	return 0
}

//export swGoEntry
func swGoEntry(user C.uintptr_t, entry unsafe.Pointer) C.int32_t {
	list := cgo.Handle(user).Value().(*[]StoreEntry)
	*list = append(*list, readStoreEntry((*C.sw_store_entry)(entry)))
	return 0
}
