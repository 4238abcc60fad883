// Serve completes code over HTTP, by one handler:
//
//	POST /complete {"path": "a.py", "text": "def f(x):\n    return ", "offset": 21, "max_tokens": 32}
//
// answers {"text": "...", "finish": "line", "first_token_ms": 1.2}. Who goes away cancels the completion. One model serves all; requests wait
// for each other in the engine.
//
// Usage: serve [ADDRESS [MODEL_FOLDER]]     127.0.0.1:8080 and the embedded model by default
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	"sidewinder"
)

type question struct {
	Path      string `json:"path"`
	Text      string `json:"text"`
	Offset    int    `json:"offset"`
	MaxTokens int32  `json:"max_tokens"`
}

type answer struct {
	Text         string  `json:"text"`
	Finish       string  `json:"finish"`
	FirstTokenMS float64 `json:"first_token_ms"`
}

// maxBody is more than a source file has.
const maxBody = 4 << 20

type service struct{ model *sidewinder.Model }

func (s service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "POST a question: {\"text\": ..., \"offset\": ...}", http.StatusMethodNotAllowed)
		return
	}
	var q question
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&q); err != nil {
		http.Error(w, "the body is no question: "+err.Error(), http.StatusBadRequest)
		return
	}
	a, err := s.complete(r.Context(), q)
	if err != nil {
		http.Error(w, err.Error(), codeOf(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(a); err != nil {
		log.Printf("answering: %v", err)
	}
}

func (s service) complete(ctx context.Context, q question) (*answer, error) {
	buffer, err := s.model.Buffer(q.Text, &sidewinder.BufferOptions{Path: q.Path})
	if err != nil {
		return nil, err
	}
	defer buffer.Close()
	request, err := buffer.Start(ctx, q.Offset, &sidewinder.CompleteOptions{MaxTokens: q.MaxTokens})
	if err != nil {
		return nil, err
	}
	defer request.Close()
	candidates, err := request.Wait()
	if err != nil {
		return nil, err
	}
	stats, err := request.Stats()
	if err != nil {
		return nil, err
	}
	return &answer{Text: candidates[0].Text, Finish: candidates[0].Finish.String(), FirstTokenMS: stats.FirstTokenMS}, nil
}

func codeOf(err error) int {
	switch {
	case errors.Is(err, sidewinder.ErrArgument):
		return http.StatusBadRequest
	case errors.Is(err, sidewinder.ErrCancelled):
		return http.StatusRequestTimeout
	case errors.Is(err, sidewinder.ErrNoMemory):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// serve answers until ctx is done.
func serve(ctx context.Context, address string, model *sidewinder.Model) error {
	mux := http.NewServeMux()
	mux.Handle("/complete", service{model})
	server := &http.Server{Addr: address, Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute}
	go func() {
		<-ctx.Done()
		_ = server.Close() // cancels what is on its way
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func argument(i int, otherwise string) string {
	if i < len(os.Args) {
		return os.Args[i]
	}
	return otherwise
}

func run() error {
	engine, err := sidewinder.NewEngine(nil)
	if err != nil {
		return err
	}
	defer engine.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	model, err := engine.OpenModel(ctx, argument(2, ""), nil)
	if err != nil {
		return err
	}
	defer model.Close()
	return serve(ctx, argument(1, "127.0.0.1:8080"), model)
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}
