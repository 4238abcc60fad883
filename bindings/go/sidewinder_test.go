package sidewinder_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"sidewinder"
)

func open(t *testing.T) *sidewinder.Model {
	t.Helper()
	engine, err := sidewinder.NewEngine(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	model, err := engine.OpenModel(context.Background(), "", nil)
	if errors.Is(err, sidewinder.ErrNotFound) {
		t.Skip("NOT TESTED: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { model.Close() })
	return model
}

func buffer(t *testing.T, text, path string) *sidewinder.Buffer {
	t.Helper()
	b, err := open(t).Buffer(text, &sidewinder.BufferOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// long is a completion of endless, below, that takes seconds unless it is stopped.
var long = &sidewinder.CompleteOptions{MaxTokens: 60000, Multiline: 2}

var _ = []io.Closer{&sidewinder.Engine{}, &sidewinder.Model{}, &sidewinder.Tokenizer{}, &sidewinder.Detokenizer{}, &sidewinder.Sequence{},
	&sidewinder.Snapshot{}, &sidewinder.Buffer{}, &sidewinder.Request{}, &sidewinder.Workspace{}, &sidewinder.Context{}, &sidewinder.Store{}}

func TestErrorsAreToldApart(t *testing.T) {
	engine, err := sidewinder.NewEngine(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	_, err = engine.OpenModel(context.Background(), "/nowhere/at/all", nil)
	if !errors.Is(err, sidewinder.ErrNotFound) || errors.Is(err, sidewinder.ErrIO) || !strings.Contains(err.Error(), "/nowhere/at/all") {
		t.Fatalf("%v", err)
	}
	if _, err = engine.OpenModel(context.Background(), "a\x00b", nil); !errors.Is(err, sidewinder.ErrArgument) {
		t.Fatalf("a path with NUL: %v", err)
	}
}

// A list that the embedded model goes on with for hundreds of lines.
const endless = "from enum import Enum\n\nclass Status(Enum):\n    CONTINUE = 100\n    SWITCHING_PROTOCOLS = 101\n    PROCESSING = 102\n    OK = 200\n    "

func TestContextCancelsACompletion(t *testing.T) {
	b := buffer(t, endless, "status.py")
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := b.Complete(ctx, len(endless), long)
	if !errors.Is(err, sidewinder.ErrCancelled) || !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err = b.Complete(ctx, len(endless), long)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v", err)
	}
}

func TestContextCancelsTokens(t *testing.T) {
	sequence, err := open(t).Sequence()
	if err != nil {
		t.Fatal(err)
	}
	defer sequence.Close()
	ids := make([]int32, 20000)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := sequence.Append(ctx, ids); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	if n := sequence.Len(); n >= len(ids) {
		t.Fatalf("%d tokens were run", n)
	}
	ctx, cancel = context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if err := sequence.Append(ctx, ids); !errors.Is(err, sidewinder.ErrDeadline) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v", err)
	}
}

func TestTextIsStreamed(t *testing.T) {
	b := buffer(t, "def fizz(n):\n    if n % 3 == 0:\n        ", "fizz.py")
	request, err := b.Start(context.Background(), 40, &sidewinder.CompleteOptions{MaxTokens: 16, Multiline: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer request.Close()
	var streamed strings.Builder
	for piece := range request.Text() {
		streamed.WriteString(piece)
	}
	candidates, err := request.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if streamed.Len() == 0 || !strings.HasPrefix(streamed.String(), candidates[0].Text) {
		t.Fatalf("streamed %q, completed %q", streamed.String(), candidates[0].Text)
	}
}

func TestWhoStopsListeningLeavesNoGoroutine(t *testing.T) {
	b := buffer(t, endless, "status.py")
	before := runtime.NumGoroutine()
	for i := 0; i < 4; i++ {
		request, err := b.Start(context.Background(), len(endless), long)
		if err != nil {
			t.Fatal(err)
		}
		<-request.Text()
		request.Close()
	}
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i == 100 {
			var stacks bytes.Buffer
			all := make([]byte, 1<<16)
			stacks.Write(all[:runtime.Stack(all, true)])
			t.Fatalf("%d goroutines were, %d are\n%s", before, runtime.NumGoroutine(), stacks.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestPanicOfACallbackComesOutOfWait(t *testing.T) {
	b := buffer(t, "def double(x):\n    return ", "a.py")
	_, err := b.Complete(context.Background(), 26, &sidewinder.CompleteOptions{OnText: func(int, string) bool { panic("of the caller's") }})
	var raised *sidewinder.PanicError
	if !errors.As(err, &raised) || raised.Value != "of the caller's" || len(raised.Stack) == 0 {
		t.Fatalf("%v", err)
	}
	if _, err := b.Complete(context.Background(), 26, &sidewinder.CompleteOptions{MaxTokens: 2}); err != nil {
		t.Fatalf("the buffer is of no use any more: %v", err)
	}
}

func TestASequenceRefusesASecondGoroutine(t *testing.T) {
	sequence, err := open(t).Sequence()
	if err != nil {
		t.Fatal(err)
	}
	defer sequence.Close()
	inside, refused := make(chan struct{}), make(chan error)
	go func() {
		<-inside
		refused <- sequence.Append(context.Background(), []int32{5})
	}()
	var once sync.Once
	ctx := sidewinder.WithProgress(context.Background(), func(done, total uint64) bool {
		once.Do(func() {
			close(inside)
			if err := <-refused; !errors.Is(err, sidewinder.ErrState) {
				t.Errorf("the second goroutine got %v", err)
			}
		})
		return true
	})
	if err := sequence.Append(ctx, make([]int32, 300)); err != nil {
		t.Fatal(err)
	}
}

func TestOneModelServesManyGoroutines(t *testing.T) {
	model := open(t)
	texts := make([]string, 4)
	var all sync.WaitGroup
	for i := range texts {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			b, err := model.Buffer("def double(x):\n    return ", &sidewinder.BufferOptions{Path: "a.py"})
			if err != nil {
				t.Error(err)
				return
			}
			defer b.Close()
			candidates, err := b.Complete(context.Background(), 26, &sidewinder.CompleteOptions{MaxTokens: 8})
			if err != nil {
				t.Error(err)
				return
			}
			texts[i] = candidates[0].Text
		}(i)
	}
	all.Wait()
	for _, text := range texts {
		if text != texts[0] {
			t.Fatalf("%q", texts)
		}
	}
}

func TestCloseWhileOthersWait(t *testing.T) {
	b := buffer(t, endless, "status.py")
	request, err := b.Start(context.Background(), len(endless), long)
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan error)
	go func() {
		_, err := request.Wait()
		waited <- err
	}()
	time.Sleep(20 * time.Millisecond)
	request.Close()
	if err := <-waited; !errors.Is(err, sidewinder.ErrCancelled) && !errors.Is(err, sidewinder.ErrArgument) {
		t.Fatalf("%v", err)
	}
	if _, err := request.Status(); !errors.Is(err, sidewinder.ErrArgument) {
		t.Fatalf("a closed request says %v", err)
	}
}

func TestAQuantisedCheckpointOpensAsWhatItIs(t *testing.T) {
	info, err := open(t).Info()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := sidewinder.NewEngine(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	folder := filepath.Join(t.TempDir(), "q4")
	if err := engine.Quantize(context.Background(), info.Path, sidewinder.WeightsQ4, folder, nil); err != nil {
		t.Fatal(err)
	}
	packed, err := engine.OpenModel(context.Background(), folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	if info, err := packed.Info(); err != nil || info.Weights != "Q4" {
		t.Fatalf("%v, %v", info.Weights, err)
	}
	known := &sidewinder.QuantizeOptions{Calibration: []string{"def f(x):\n    return x\n"}, CalibrationTokens: 8}
	second := filepath.Join(t.TempDir(), "known")
	if err := engine.Quantize(context.Background(), info.Path, sidewinder.WeightsQ4, second, known); err != nil {
		t.Fatal(err)
	}
	other, err := engine.OpenModel(context.Background(), second, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	a, errA := packed.Hash(context.Background())
	b, errB := other.Hash(context.Background())
	if errA != nil || errB != nil || a == b {
		t.Fatalf("%v, %v, %v, %v", a, b, errA, errB)
	}
	if err := engine.Quantize(context.Background(), info.Path, sidewinder.WeightsQ8, second, known); !errors.Is(err, sidewinder.ErrArgument) {
		t.Fatal(err)
	}
	if err := engine.Quantize(context.Background(), "/nowhere/at/all", sidewinder.WeightsQ8, folder, nil); !errors.Is(err, sidewinder.ErrNotFound) {
		t.Fatal(err)
	}
}

func TestTheLogIsHeard(t *testing.T) {
	var gate sync.Mutex
	var messages []string
	options := &sidewinder.EngineOptions{LogLevel: sidewinder.LogLevelDebug, Device: sidewinder.DeviceAuto, Log: func(level sidewinder.LogLevel, text string) {
		gate.Lock()
		messages = append(messages, level.String()+": "+text)
		gate.Unlock()
		panic("in the log")
	}}
	engine, err := sidewinder.NewEngine(options)
	if err != nil {
		t.Fatal(err)
	}
	engine.Close()
	gate.Lock()
	defer gate.Unlock()
	if len(messages) == 0 {
		t.Fatal("no message of a debug log")
	}
}
