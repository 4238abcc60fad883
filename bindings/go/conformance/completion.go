package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"strings"
	"time"

	"sidewinder"
)

// Steps on buffers and completions.
var completion = map[string]func(*run) (string, error){
	"buffer": func(r *run) (string, error) {
		options := &sidewinder.BufferOptions{Path: r.step.Path, Language: r.step.Language}
		buffer, err := get[*sidewinder.Model](r, r.step.On).Buffer(r.step.Text, options)
		return keep(r, buffer, err)
	},
	"edit": func(r *run) (string, error) {
		return "", get[*sidewinder.Buffer](r, r.step.On).Edit(r.step.Begin, r.step.End, r.step.Text)
	},
	"text": func(r *run) (string, error) {
		text, err := get[*sidewinder.Buffer](r, r.step.On).Text()
		return quoted("text", text), err
	},
	"offset": func(r *run) (string, error) {
		offset, err := get[*sidewinder.Buffer](r, r.step.On).Offset(r.step.Line, r.step.Column, sidewinder.ColumnUnit(r.step.Unit))
		return fmt.Sprintf(" offset=%d", offset), err
	},
	"position": func(r *run) (string, error) {
		line, column, err := get[*sidewinder.Buffer](r, r.step.On).Position(r.step.Offset, sidewinder.ColumnUnit(r.step.Unit))
		return fmt.Sprintf(" line=%d column=%d", line, column), err
	},
	"context": func(r *run) (string, error) {
		var documents []sidewinder.Document
		for _, pair := range r.step.Documents {
			documents = append(documents, sidewinder.Document{Path: pair[0], Text: pair[1]})
		}
		return "", get[*sidewinder.Buffer](r, r.step.On).SetContext(documents)
	},
	"complete": complete,
	"stream":   stream,
	"start": func(r *run) (string, error) {
		request, err := get[*sidewinder.Buffer](r, r.step.On).Start(context.Background(), r.step.Offset, r.options())
		return keep(r, request, err)
	},
	"cancel": func(r *run) (string, error) { return "", get[*sidewinder.Request](r, r.step.On).Cancel() },
	"wait": func(r *run) (string, error) {
		found, err := get[*sidewinder.Request](r, r.step.On).Wait()
		return candidates(found), err
	},
	"buffer_fork": func(r *run) (string, error) {
		fork, err := get[*sidewinder.Buffer](r, r.step.On).Fork()
		if _, err := keep(r, fork, err); err != nil {
			return "", err
		}
		ids, err := fork.Tokens()
		return listed("ids", ids), err
	},
	"refill": func(r *run) (string, error) {
		n, err := get[*sidewinder.Buffer](r, r.step.On).Refill(context.Background(), r.step.MaxTokens)
		return fmt.Sprintf(" run=%d", n), err
	},
	"close":      func(r *run) (string, error) { return "", get[io.Closer](r, r.step.On).Close() },
	"use_closed": useClosed,
}

func (r *run) options() *sidewinder.CompleteOptions {
	o := r.step.Options
	return &sidewinder.CompleteOptions{
		Mode: sidewinder.FillMode(o.Mode), MaxTokens: int32(o.MaxTokens), NCandidates: int32(o.NCandidates), Multiline: int32(o.Multiline),
		Layout: sidewinder.Layout(o.Layout), Cold: o.Cold, Heal: sidewinder.Heal(o.Heal),
		Ahead: o.Ahead, OnlyAtUseful: o.OnlyAtUseful, Stop: o.Stop, Sampling: *r.sampling(),
	}
}

func complete(r *run) (string, error) {
	request, err := get[*sidewinder.Buffer](r, r.step.On).Start(context.Background(), r.step.Offset, r.options())
	if err != nil {
		return "", err
	}
	defer request.Close()
	found, err := request.Wait()
	if err != nil {
		return "", err
	}
	return " " + outcomeOf(request) + candidates(found) + prompt(request), nil
}

func outcomeOf(request *sidewinder.Request) string {
	status, err := request.Status()
	if err != nil {
		log.Fatal(err)
	}
	return statusName(status)
}

func stream(r *run) (string, error) {
	options, n := r.options(), 0
	options.OnText = func(index int, text string) bool {
		if index != 0 {
			return true
		}
		n++
		if n == r.step.RaiseAfter {
			panic("raised")
		}
		return n != r.step.StopAfter
	}
	request, err := get[*sidewinder.Buffer](r, r.step.On).Start(context.Background(), r.step.Offset, options)
	if err != nil {
		return "", err
	}
	defer request.Close()
	var joined strings.Builder
	for piece := range request.Text() {
		joined.WriteString(piece)
	}
	found, err := request.Wait()
	var raised *sidewinder.PanicError
	if errors.As(err, &raised) != (r.step.RaiseAfter > 0) {
		log.Fatalf("the callback's panic was lost or made up: %v", err)
	}
	return fmt.Sprintf(" %s pieces=%d", outcomeOf(request), n) + quoted("stream", joined.String()) + candidates(found) + prompt(request), nil
}

func candidates(found []sidewinder.Candidate) string {
	var line string
	for _, c := range found {
		line += quoted("text", c.Text) + quoted("raw", c.Raw) + listed("ids", c.IDs) +
			fmt.Sprintf(" logprob=%016x suffix_logprob=%016x finish=%d", math.Float64bits(c.Logprob), math.Float64bits(c.SuffixLogprob), int32(c.Finish)) +
			quoted("cut", c.Cut)
	}
	return line
}

func prompt(request *sidewinder.Request) string {
	stats, err := request.Stats()
	if err != nil {
		log.Fatal(err)
	}
	parts, err := request.Parts()
	if err != nil {
		log.Fatal(err)
	}
	plans, err := request.Plans()
	if err != nil {
		log.Fatal(err)
	}
	partTokens := 0
	for _, part := range parts {
		partTokens += part.NTokens
	}
	return crcOfIDs("prompt", stats.Prompt) + fmt.Sprintf(" tokens=%d parts=%d part_tokens=%d plans=%d mode=%d layout=%d", stats.PromptTokens,
		len(parts), partTokens, len(plans), int32(stats.Mode), int32(stats.Layout))
}

// useClosed asks each kind for what the C program asks it.
func useClosed(r *run) (string, error) {
	var err error
	switch closed := get[io.Closer](r, r.step.On).(type) {
	case *sidewinder.Engine:
		_, err = closed.Info()
	case *sidewinder.Model:
		_, err = closed.Info()
	case *sidewinder.Sequence:
		_, err = closed.Logits()
	case *sidewinder.Snapshot:
		err = closed.Save(context.Background(), "nowhere")
	case *sidewinder.Buffer:
		err = closed.Edit(0, 0, "")
	case *sidewinder.Request:
		_, err = wait(closed, time.Minute)
	}
	var failed *sidewinder.Error
	if errors.As(err, &failed) {
		return "", &sidewinder.Error{Status: failed.Status}
	}
	return "", err
}

func wait(request *sidewinder.Request, limit time.Duration) ([]sidewinder.Candidate, error) {
	timer := time.AfterFunc(limit, func() { log.Fatal("a closed request is waited for") })
	defer timer.Stop()
	return request.Wait()
}
