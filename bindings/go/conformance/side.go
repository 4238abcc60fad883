package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"sidewinder"
)

// Steps on texts, workspaces and the store on disk.
var side = map[string]func(*run) (string, error){
	"write": func(r *run) (string, error) {
		path := r.path(r.step.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return "", err
		}
		return "", os.WriteFile(path, []byte(r.step.Text), 0o600)
	},
	"language": func(r *run) (string, error) {
		return quoted("language", sidewinder.Language(r.step.Path, r.step.FirstLine)), nil
	},
	"chunks":    chunks,
	"outline":   outline,
	"workspace": workspace,
	"update_context": func(r *run) (string, error) {
		changed, err := get[*sidewinder.Buffer](r, r.step.On).UpdateContext(context.Background(),
			get[*sidewinder.Workspace](r, r.step.From), r.step.Offset, nil)
		return fmt.Sprintf(" changed=%d", number(changed)), err
	},
	"save_states": func(r *run) (string, error) {
		return "", get[*sidewinder.Engine](r, r.step.On).Save(context.Background())
	},
	"store": store,
}

func chunks(r *run) (string, error) {
	options := &sidewinder.TextOptions{Language: r.step.Language, ChunkSizeMax: r.step.Size}
	found, err := sidewinder.Chunks(context.Background(), r.step.Text, options)
	var line string
	for _, c := range found {
		line += fmt.Sprintf(" %d-%d@%d", c.Begin, c.End, c.FirstLine)
	}
	return line, err
}

func outline(r *run) (string, error) {
	found, err := sidewinder.ReadOutline(context.Background(), r.step.Text, &sidewinder.TextOptions{Language: r.step.Language})
	if err != nil {
		return "", err
	}
	var line string
	for _, d := range found.Declarations {
		line += fmt.Sprintf(" %s:%s@%d-%d<%d", d.Kind, d.Name, d.Begin, d.End, d.Parent)
	}
	for _, i := range found.Imports {
		line += fmt.Sprintf(" import:%s@%d-%d", i.Name, i.Begin, i.End)
	}
	for _, name := range found.References {
		line += " " + name
	}
	return line + quoted("skeleton", found.Info.Skeleton), nil
}

func files(found []sidewinder.WorkspaceFile) string {
	var line string
	for _, f := range found {
		line += fmt.Sprintf(" %s:%s:%d:%d", f.Path, f.Language, f.Bytes, f.Line)
	}
	return line
}

func workspace(r *run) (string, error) {
	ctx := context.Background()
	w, err := sidewinder.OpenWorkspace(tokenizer(r), r.path(r.step.Path), nil)
	if _, err := keep(r, w, err); err != nil {
		return "", err
	}
	if err := w.Update(ctx); err != nil {
		return "", err
	}
	stats, err := w.Stats()
	if err != nil {
		return "", err
	}
	all, err := w.Files()
	if err != nil {
		return "", err
	}
	places, err := w.Find(r.step.Find)
	if err != nil {
		return "", err
	}
	line := fmt.Sprintf(" files=%d definitions=%d", stats.Files, stats.Definitions) + files(all) + files(places)
	q := r.step.Query
	found, err := w.Context(ctx, &sidewinder.ContextQuery{Path: q.Path, Before: q.Before, After: q.After,
		WindowEnd: uint64(len(q.Before) + len(q.After)), BudgetTokens: q.BudgetTokens})
	if err != nil {
		return "", err
	}
	defer found.Close()
	info, err := found.Info()
	if err != nil {
		return "", err
	}
	line += fmt.Sprintf(" tokens=%d stable=%d", info.NTokens, info.NStable)
	parts, err := found.Parts()
	for _, part := range parts {
		line += fmt.Sprintf(" %s:%s@%d", part.Kind, part.Path, part.FirstLine) + quoted("text", part.Text) + listed("ids", part.IDs)
	}
	return line, err
}

func store(r *run) (string, error) {
	s, err := sidewinder.OpenStore(r.path(r.step.Path))
	if err != nil {
		return "", err
	}
	defer s.Close()
	entries, err := s.Entries()
	if err != nil {
		return "", err
	}
	var line string
	for _, e := range entries {
		line += fmt.Sprintf(" reason=%d tokens=%d codec=%s", e.Reason, e.NTokens, e.Codec)
	}
	report, _, err := s.Verify(context.Background(), false)
	if err != nil {
		return "", err
	}
	removed, _, err := s.Collect(0)
	return line + fmt.Sprintf(" checked=%d bad=%d removed=%d", report.Checked, report.Bad, removed), err
}
