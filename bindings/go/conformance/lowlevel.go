package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"sidewinder"
)

// Steps on tokens, logits and states.
var lowLevel = map[string]func(*run) (string, error){
	"engine": engine, "model": model, "encode": encode, "decode": decode, "detokenize": detokenize, "control": control,
	"sequence": func(r *run) (string, error) {
		sequence, err := get[*sidewinder.Model](r, r.step.On).Sequence()
		return keep(r, sequence, err)
	},
	"append": appendTokens,
	"logits": func(r *run) (string, error) {
		logits, err := get[*sidewinder.Sequence](r, r.step.On).Logits()
		return crcOfFloats("crc", logits), err
	},
	"state": func(r *run) (string, error) {
		state, err := get[*sidewinder.Sequence](r, r.step.On).State()
		return crcOfFloats("ssm", state.SSM) + crcOfFloats("conv", state.Conv), err
	},
	"sample": func(r *run) (string, error) {
		id, err := get[*sidewinder.Sequence](r, r.step.On).Sample(r.sampling())
		return fmt.Sprintf(" id=%d", id), err
	},
	"generate": func(r *run) (string, error) {
		var ids []int32
		err := get[*sidewinder.Sequence](r, r.step.On).Generate(context.Background(), r.step.N, r.sampling(), func(id int32) bool {
			ids = append(ids, id)
			return true
		})
		return listed("ids", ids), err
	},
	"tokens": func(r *run) (string, error) {
		sequence := get[*sidewinder.Sequence](r, r.step.On)
		ids, err := sequence.Tokens()
		if err != nil {
			return "", err
		}
		stats, err := sequence.Stats()
		return listed("ids", ids) + fmt.Sprintf(" rewinds=%d", stats.Rewinds), err
	},
	"fork": func(r *run) (string, error) {
		fork, err := get[*sidewinder.Sequence](r, r.step.On).Fork()
		return keep(r, fork, err)
	},
	"rewind": func(r *run) (string, error) {
		sequence := get[*sidewinder.Sequence](r, r.step.On)
		err := sequence.Rewind(context.Background(), r.step.Length)
		return fmt.Sprintf(" length=%d", sequence.Len()), err
	},
	"snapshot": snapshot,
	"restore": func(r *run) (string, error) {
		sequence := get[*sidewinder.Sequence](r, r.step.On)
		err := sequence.Restore(get[*sidewinder.Snapshot](r, r.step.From))
		return fmt.Sprintf(" length=%d", sequence.Len()), err
	},
	"save": func(r *run) (string, error) {
		return "", get[*sidewinder.Snapshot](r, r.step.On).Save(context.Background(), r.path(r.step.Path))
	},
	"load": func(r *run) (string, error) {
		loaded, err := get[*sidewinder.Model](r, r.step.On).LoadSnapshot(context.Background(), r.path(r.step.Path))
		if err != nil {
			return "", err
		}
		_, err = keep(r, loaded, err)
		return fmt.Sprintf(" length=%d", loaded.Len()), err
	},
}

func engine(r *run) (string, error) {
	e, err := sidewinder.NewEngine(&sidewinder.EngineOptions{NThreads: r.step.Threads, Policy: r.step.Policy, StoreFolder: r.path(r.step.Store)})
	return keep(r, e, err)
}

func model(r *run) (string, error) {
	m, err := get[*sidewinder.Engine](r, r.step.On).OpenModel(context.Background(), r.path(r.step.Path), nil)
	if _, err := keep(r, m, err); err != nil {
		return "", err
	}
	info, err := m.Info()
	return quoted("name", info.Name) + fmt.Sprintf(" vocab_size=%d state_bytes=%d tied=%d fill_mode=%d", info.VocabSize, info.StateBytes,
		number(info.Tied), int32(info.FillMode)), err
}

func tokenizer(r *run) *sidewinder.Tokenizer {
	t, err := get[*sidewinder.Model](r, r.step.On).Tokenizer()
	if err != nil {
		log.Fatal(err)
	}
	return t
}

func encode(r *run) (string, error) {
	encode := tokenizer(r).Encode
	if r.step.Continuation {
		encode = tokenizer(r).EncodeContinuation
	}
	ids, err := encode(r.step.Text)
	return listed("ids", ids), err
}

func decode(r *run) (string, error) {
	text, err := tokenizer(r).Decode(r.step.IDs)
	return quoted("text", text), err
}

func detokenize(r *run) (string, error) {
	stream, err := tokenizer(r).Detokenizer(true)
	if err != nil {
		return "", err
	}
	defer stream.Close()
	var line string
	for _, id := range r.step.IDs {
		piece, err := stream.Push(id)
		if err != nil {
			return "", err
		}
		line += quoted("piece", piece)
	}
	piece, err := stream.End()
	return line + quoted("piece", piece), err
}

func control(r *run) (string, error) {
	id, err := tokenizer(r).ControlID(r.step.Name)
	return fmt.Sprintf(" id=%d", id), err
}

func (r *run) sampling() *sidewinder.SamplingOptions {
	o := r.step.Options
	return &sidewinder.SamplingOptions{Temperature: o.Temperature, TopK: o.TopK, TopP: o.TopP, MinP: o.MinP, Seed: uint64(o.Seed)}
}

// idsToAppend are the step's, or those of its text by the model of the newest "model" step.
func idsToAppend(r *run) ([]int32, error) {
	if r.step.Text != "" {
		for i := len(r.objects) - 1; i >= 0; i-- {
			if m, ok := r.objects[i].(*sidewinder.Model); ok {
				t, err := m.Tokenizer()
				if err != nil {
					return nil, err
				}
				return t.Encode(r.step.Text)
			}
		}
	}
	ids := r.step.IDs
	for n := 1; n < r.step.Repeat; n++ {
		ids = append(ids, r.step.IDs...)
	}
	return ids, nil
}

func appendTokens(r *run) (string, error) {
	sequence := get[*sidewinder.Sequence](r, r.step.On)
	ids, err := idsToAppend(r)
	if err != nil {
		return "", err
	}
	ctx := context.Background()
	switch {
	case r.step.Cancelled:
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		cancel()
	case r.step.DeadlineMS > 0:
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(r.step.DeadlineMS)*time.Millisecond)
		defer cancel()
	case r.step.Progress == "stop":
		ctx = sidewinder.WithProgress(ctx, func(done, total uint64) bool { return false })
	case r.step.Progress == "raise":
		ctx = sidewinder.WithProgress(ctx, func(done, total uint64) bool { panic("raised") })
	}
	if r.step.Logits {
		logits, err := sequence.AppendLogits(ctx, ids)
		return fmt.Sprintf(" length=%d", sequence.Len()) + crcOfFloats("logits", logits), err
	}
	err = sequence.Append(ctx, ids)
	var raised *sidewinder.PanicError
	if errors.As(err, &raised) {
		// The panic came through; what the library said of it is what a C caller sees.
		err = errors.Unwrap(raised)
	}
	return fmt.Sprintf(" length=%d", sequence.Len()), err
}

func snapshot(r *run) (string, error) {
	s, err := get[*sidewinder.Sequence](r, r.step.On).Snapshot()
	if _, err := keep(r, s, err); err != nil {
		return "", err
	}
	return fmt.Sprintf(" length=%d bytes=%d", s.Len(), s.Bytes()), nil
}
