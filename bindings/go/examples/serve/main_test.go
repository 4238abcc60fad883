package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	body := `{"text": "int main(void) {\n", "offset": 17, "max_tokens": 60000}`
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader(body))
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close() // done within the time: one line was short
	}
	next := `{"text": "x = ", "offset": 4, "max_tokens": 2}`
	begin := time.Now()
	response, err := http.Post(server.URL, "application/json", strings.NewReader(next))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK || time.Since(begin) > 30*time.Second {
		t.Fatalf("%s after %v", response.Status, time.Since(begin))
	}
}
