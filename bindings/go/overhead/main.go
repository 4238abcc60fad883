// Overhead says what one token costs a Go caller, timed as bindings/conformance/overhead.c does. Usage: overhead MODEL_FOLDER
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"sort"
	"time"

	"sidewinder"
)

const calls = 2000

func median(call func() error) int64 {
	times := make([]int64, calls)
	for i := range times {
		begin := time.Now()
		if err := call(); err != nil {
			log.Fatal(err)
		}
		times[i] = time.Since(begin).Nanoseconds()
	}
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	return times[calls/2]
}

func open(engine *sidewinder.Engine, options *sidewinder.ModelOptions) *sidewinder.Sequence {
	model, err := engine.OpenModel(context.Background(), os.Args[1], options)
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	sequence, err := model.Sequence()
	if err != nil {
		log.Fatal(err)
	}
	return sequence
}

func main() {
	ctx, cancel := context.WithCancel(context.Background()) // as a server has it: one that can be cancelled
	defer cancel()
	engine, err := sidewinder.NewEngine(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	counted, sequence := open(engine, &sidewinder.ModelOptions{CountOnly: true}), open(engine, nil)
	defer counted.Close()
	defer sequence.Close()
	token := []int32{300}
	if err := sequence.Append(ctx, []int32{300, 301}); err != nil {
		log.Fatal(err)
	}
	appended := median(func() error { return counted.Append(ctx, token) })
	sampled := median(func() error {
		_, err := sequence.Sample(nil)
		return err
	})
	fmt.Printf("append %d sample %d\n", appended, sampled)
}
