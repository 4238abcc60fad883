// Conformance runs bindings/conformance/scenarios.json by the Go package and prints one line a step, as the C program does.
//
// Usage: conformance SCENARIOS MODEL_FOLDER EMPTY_FOLDER
package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log"
	"math"
	"os"
	"strings"
	"sync"

	"sidewinder"
)

// Step is one of the scenarios, with what any of them may say.
type Step struct {
	Op, As, On, From, Path, Text, Name, Policy, Store, Language, Progress, Find string
	FirstLine                                                                   string `json:"first_line"`
	Threads                                                                     int32
	IDs                                                                         []int32
	Repeat, N, Length, Begin, End, Offset, Line, Column, Unit, Size             int
	MaxTokens                                                                   int `json:"max_tokens"`
	DeadlineMS                                                                  int `json:"deadline_ms"`
	StopAfter                                                                   int `json:"stop_after"`
	RaiseAfter                                                                  int `json:"raise_after"`
	Continuation, Logits, Cancelled                                             bool
	NoText                                                                      bool `json:"no_text"`
	Documents                                                                   [][2]string
	Options                                                                     options
	Query                                                                       query
	Branches                                                                    [][]Step
}

type options struct {
	Mode, Layout, Multiline, Seed, Heal int
	MaxTokens                           int `json:"max_tokens"`
	NCandidates                         int `json:"n_candidates"`
	Cold, Ahead                         bool
	OnlyAtUseful                        bool `json:"only_at_useful"`
	Temperature                         float32
	TopK                                int32   `json:"top_k"`
	TopP                                float32 `json:"top_p"`
	MinP                                float32 `json:"min_p"`
	Stop                                []string
}

type query struct {
	Path, Before, After string
	BudgetTokens        uint32 `json:"budget_tokens"`
}

type run struct {
	model, folder string
	names         []string
	objects       []io.Closer
	step          *Step
}

// get finds what a step named; the newest of a name counts.
func get[T io.Closer](r *run, name string) T {
	for i := len(r.names) - 1; i >= 0; i-- {
		if r.names[i] == name {
			return r.objects[i].(T)
		}
	}
	log.Fatalf("a step asks for an object that is not there: %+v", *r.step)
	panic("unreachable")
}

func keep[T io.Closer](r *run, object T, err error) (string, error) {
	if err != nil {
		return "", err
	}
	r.names, r.objects = append(r.names, r.step.As), append(r.objects, object)
	return "", nil
}

func (r *run) path(text string) string {
	return strings.NewReplacer("$MODEL", r.model, "$TMP", r.folder).Replace(text)
}

func statusName(status sidewinder.Status) string {
	if status == sidewinder.StatusOK {
		return "SW_OK"
	}
	return "SW_E_" + strings.ToUpper(status.String())
}

func quoted(name, text string) string {
	var out strings.Builder
	fmt.Fprintf(&out, " %s=\"", name)
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			fmt.Fprintf(&out, "\\x%02x", c)
		} else {
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

func listed(name string, ids []int32) string {
	return fmt.Sprintf(" %s=[%s]", name, strings.ReplaceAll(strings.Trim(fmt.Sprint(ids), "[]"), " ", ","))
}

func crcOfFloats(name string, values []float32) string {
	bytes := make([]byte, 4*len(values))
	for i, value := range values {
		binary.LittleEndian.PutUint32(bytes[4*i:], math.Float32bits(value))
	}
	return fmt.Sprintf(" %s=%08x", name, crc32.ChecksumIEEE(bytes))
}

func crcOfIDs(name string, values []int32) string {
	bytes := make([]byte, 4*len(values))
	for i, value := range values {
		binary.LittleEndian.PutUint32(bytes[4*i:], uint32(value))
	}
	return fmt.Sprintf(" %s=%08x", name, crc32.ChecksumIEEE(bytes))
}

func number(flag bool) int {
	if flag {
		return 1
	}
	return 0
}

// outcome is a step's line without its name.
func (r *run) outcome(text string, err error) string {
	var failed *sidewinder.Error
	switch {
	case err == nil:
		return "ok" + text
	case !errors.As(err, &failed):
		return err.Error()
	case r.step.NoText:
		return statusName(failed.Status)
	}
	said := strings.NewReplacer(r.model, "$MODEL", r.folder, "$TMP").Replace(failed.Text)
	return strings.TrimSuffix(statusName(failed.Status)+" "+said, " ")
}

func (r *run) runStep() string {
	for _, table := range []map[string]func(*run) (string, error){lowLevel, completion, side} {
		if step, ok := table[r.step.Op]; ok {
			return r.outcome(step(r))
		}
	}
	log.Fatalf("no such step: %s", r.step.Op)
	return ""
}

func (r *run) run(steps []Step, prefix string) string {
	var out strings.Builder
	for i := range steps {
		r.step = &steps[i]
		if r.step.Op == "together" {
			out.WriteString(r.together(fmt.Sprintf("%s%d.", prefix, i)))
			continue
		}
		fmt.Fprintf(&out, "%s%d %s: %s\n", prefix, i, r.step.Op, r.runStep())
	}
	for i := len(r.objects) - 1; i >= 0; i-- {
		r.objects[i].Close()
	}
	return out.String()
}

// together runs each branch on a goroutine of its own, with objects of its own; their lines come one branch after the other.
func (r *run) together(prefix string) string {
	lines := make([]string, len(r.step.Branches))
	var all sync.WaitGroup
	for i, steps := range r.step.Branches {
		all.Add(1)
		go func(i int, steps []Step) {
			defer all.Done()
			branch := run{model: r.model, folder: r.folder}
			lines[i] = branch.run(steps, fmt.Sprintf("%s%d.", prefix, i))
		}(i, steps)
	}
	all.Wait()
	return strings.Join(lines, "")
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: conformance SCENARIOS MODEL_FOLDER EMPTY_FOLDER")
	}
	file, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var suite struct {
		Scenarios []struct {
			Name  string
			Steps []Step
		}
	}
	if err := json.Unmarshal(file, &suite); err != nil {
		log.Fatal(err)
	}
	for _, scenario := range suite.Scenarios {
		r := run{model: os.Args[2], folder: os.Args[3]}
		fmt.Print(r.run(scenario.Steps, scenario.Name+"/"))
	}
}
