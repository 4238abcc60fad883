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

// Store is a folder of states, as an engine with a store folder makes it. To look after it; engines may use it meanwhile.
type Store struct{ *handle }

// OpenStore opens a folder of states, and makes it when it is missing.
func OpenStore(folder string) (*Store, error) {
	var a arena
	defer a.free()
	path := a.string("folder", folder)
	if a.err != nil {
		return nil, a.err
	}
	var out *C.sw_store
	if err := call(func() C.sw_status { return C.sw_store_open(path, &out) }); err != nil {
		return nil, err
	}
	return &Store{newHandle("store", unsafe.Pointer(out), false, nil, func(p unsafe.Pointer) { C.sw_store_free((*C.sw_store)(p)) })}, nil
}

func (s *Store) use() (*C.sw_store, error) {
	p, err := s.handle.enter()
	return (*C.sw_store)(p), err
}

// Entries are all states, the most recently used first.
func (s *Store) Entries() ([]StoreEntry, error) {
	store, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.leave()
	var found []StoreEntry
	user := cgo.NewHandle(&found)
	defer user.Delete()
	err = call(func() C.sw_status { return C.sw_go_list_store(store, C.uintptr_t(user)) })
	return found, err
}

// Verify reads every file and compares its checksum; with removeBad, damaged files are removed. The report, and the bad files.
func (s *Store) Verify(ctx context.Context, removeBad bool) (StoreReport, []StoreEntry, error) {
	store, err := s.use()
	if err != nil {
		return StoreReport{}, nil, err
	}
	defer s.leave()
	var bad []StoreEntry
	user := cgo.NewHandle(&bad)
	defer user.Delete()
	c := C.sw_store_report{struct_size: C.sizeof_sw_store_report}
	err = run(ctx, func(options *C.sw_run_options) C.sw_status {
		return C.sw_go_verify_store(store, flag(removeBad), options, C.uintptr_t(user), &c)
	})
	return readStoreReport(&c), bad, err
}

// Collect removes states until at most bytesMax are left. The number of files and bytes that were removed.
func (s *Store) Collect(bytesMax uint64) (files, bytes uint64, err error) {
	store, err := s.use()
	if err != nil {
		return 0, 0, err
	}
	defer s.leave()
	var nFiles, nBytes C.uint64_t
	err = call(func() C.sw_status { return C.sw_store_gc(store, C.uint64_t(bytesMax), &nFiles, &nBytes) })
	return uint64(nFiles), uint64(nBytes), err
}

// StoreReasonName names a reason why a state on disk was not used.
func StoreReasonName(reason int) string { return text(C.sw_store_reason_name(C.int32_t(reason))) }
