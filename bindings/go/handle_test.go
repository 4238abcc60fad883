package sidewinder

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

func TestWhatNobodyClosedIsFreed(t *testing.T) {
	var freed atomic.Int32
	const n = 20
	for i := 0; i < n; i++ {
		newHandle("thing", unsafe.Pointer(new(int)), false, nil, func(unsafe.Pointer) { freed.Add(1) })
	}
	for limit := time.Now().Add(20 * time.Second); freed.Load() < n-1; { // the last one may still lie on the stack
		if time.Now().After(limit) {
			t.Fatalf("%d of %d were freed", freed.Load(), n)
		}
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
}

func TestClosingFreesOnceAndAfterTheLastUser(t *testing.T) {
	freed := 0
	h := newHandle("thing", unsafe.Pointer(new(int)), false, nil, func(unsafe.Pointer) { freed++ })
	if _, err := h.enter(); err != nil {
		t.Fatal(err)
	}
	h.Close()
	h.Close()
	if freed != 0 {
		t.Fatal("freed under a user")
	}
	if _, err := h.enter(); err == nil {
		t.Fatal("a closed handle was entered")
	}
	h.leave()
	if freed != 1 {
		t.Fatalf("freed %d times", freed)
	}
}
