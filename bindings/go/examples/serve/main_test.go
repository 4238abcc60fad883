package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sidewinder"
)

func newServer(t *testing.T) *httptest.Server {
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
	server := httptest.NewServer(service{model})
	t.Cleanup(func() {
		server.Close()
		model.Close()
	})
	return server
}

func TestACompletionIsServed(t *testing.T) {
	body := `{"path": "a.py", "text": "def double(x):\n    return ", "offset": 26, "max_tokens": 8}`
	response, err := http.Post(newServer(t).URL, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var got answer
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", response.Status, err)
	}
	if got.Text == "" || got.Finish == "" || got.FirstTokenMS <= 0 {
		t.Fatalf("%+v", got)
	}
}

func TestBadQuestionsAreTheClientsFault(t *testing.T) {
	server := newServer(t)
	for _, body := range []string{"", "{", `{"text": "x", "offset": 9}`, `{"text": "x", "offset": -1}`, `{"text": "x", "max_tokens": 1000000}`} {
		response, err := http.Post(server.URL, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %s", body, response.Status)
		}
	}
}

func TestWhoGoesAwayCancels(t *testing.T) {
	server := newServer(t)
	ask := func(ctx context.Context) int {
		body := `{"text": "x = ", "offset": 4, "max_tokens": 2}`
		request := httptest.NewRequest(http.MethodPost, "/complete", strings.NewReader(body)).WithContext(ctx)
		recorder := httptest.NewRecorder()
		server.Config.Handler.ServeHTTP(recorder, request)
		return recorder.Code
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if code := ask(gone); code != http.StatusRequestTimeout {
		t.Errorf("an answer to nobody: %d", code)
	}
	if code := ask(context.Background()); code != http.StatusOK {
		t.Errorf("after one who went away: %d", code)
	}
}
