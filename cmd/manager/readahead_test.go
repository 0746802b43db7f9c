package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lister serves lists of three pages, and keeps what it was asked.
type lister struct {
	mu    sync.Mutex
	asked []string
	// fails is how many requests for a page are answered with an error, by its number.
	fails map[string]int
	// served, if set, is told of every request before it is answered.
	served func(page string)
}

func (l *lister) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page := r.URL.Query().Get("continue")
	if l.served != nil {
		l.served(page)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, r.URL.Path+page)
	if l.fails[page] > 0 {
		l.fails[page]--
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	n, _ := strconv.Atoi(page)
	metadata := `{"resourceVersion":"7"}`
	if n < 2 {
		metadata = fmt.Sprintf(`{"continue":"%d","resourceVersion":"7"}`, n+1)
	}
	fmt.Fprintf(w, `{"items":[{"metadata":{"labels":{"continue":"9"},"name":"%s%d"}}],"kind":"List","metadata":%s}`, r.URL.Path, n, metadata)
}

func (l *lister) requests() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.asked)
}

// reader reads lists through a readAhead.
type reader struct {
	*testing.T
	url    string
	client *http.Client
}

func newReader(t *testing.T, l *lister) *reader {
	t.Helper()
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	return &reader{t, server.URL, &http.Client{Transport: newReadAhead(http.DefaultTransport)}}
}

// get reads what is at a path, as client-go does.
func (r *reader) get(pathAndQuery string) (status int, body string) {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, r.url+pathAndQuery, http.NoBody)
	if err != nil {
		r.Fatal(err)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func (r *reader) page(path string, n int) {
	r.Helper()
	query := "?limit=1"
	if n > 0 {
		query = fmt.Sprintf("?continue=%d&limit=1", n)
	}
	want := fmt.Sprintf(`"name":"%s%d"`, path, n)
	if status, body := r.get(path + query); status != http.StatusOK || strings.Count(body, want) != 1 {
		r.Errorf("page %d of %s: HTTP %d %s", n, path, status, body)
	}
}

func TestPagesAreAskedForAheadAndOnce(t *testing.T) {
	served := make(chan string, 10)
	l := &lister{served: func(page string) { served <- page }}
	r := newReader(t, l)
	r.page("/a", 0)
	for _, want := range []string{"", "1"} {
		if got := <-served; got != want {
			t.Fatalf("page %q was asked for, want %q", got, want)
		}
	}
	r.page("/a", 1)
	r.page("/a", 2)
	if diff := cmp.Diff([]string{"/a", "/a1", "/a2"}, l.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestListsAreReadAheadSideBySide(t *testing.T) {
	l := &lister{}
	r := newReader(t, l)
	for n := range 3 {
		r.page("/a", n)
		r.page("/b", n)
	}
	got := l.requests()
	slices.Sort(got)
	if diff := cmp.Diff([]string{"/a", "/a1", "/a2", "/b", "/b1", "/b2"}, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestAPageThatDidNotComeIsAskedForAgain(t *testing.T) {
	l := &lister{fails: map[string]int{"1": 1}}
	r := newReader(t, l)
	for n := range 3 {
		r.page("/a", n)
	}
	if diff := cmp.Diff([]string{"/a", "/a1", "/a1", "/a2"}, l.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestAnErrorIsTheCallers(t *testing.T) {
	l := &lister{fails: map[string]int{"": 1}}
	r := newReader(t, l)
	if status, _ := r.get("/a?limit=1"); status != http.StatusInternalServerError {
		t.Errorf("HTTP %d", status)
	}
	if diff := cmp.Diff([]string{"/a"}, l.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestAListThatIsGivenUpCostsTheNextOneNothing(t *testing.T) {
	served := make(chan string, 10)
	l := &lister{served: func(page string) { served <- page }}
	r := newReader(t, l)
	r.page("/a", 0)
	<-served
	<-served // Page 1 was asked for, and nobody wants it.
	for n := range 3 {
		r.page("/a", n)
	}
}

func TestWhatIsNoPagePasses(t *testing.T) {
	l := &lister{}
	r := newReader(t, l)
	for _, path := range []string{"/a", "/a?limit=1&watch=true"} {
		if status, _ := r.get(path); status != http.StatusOK {
			t.Errorf("%s: HTTP %d", path, status)
		}
	}
	if diff := cmp.Diff([]string{"/a", "/a"}, l.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestAPageIsNotWaitedForLongerThanItsCallerWaits(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	l := &lister{served: func(page string) {
		if page == "1" {
			<-hold
		}
	}}
	r := newReader(t, l)
	r.page("/a", 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/a?continue=1&limit=1", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := r.client.Do(req); err == nil {
		resp.Body.Close()
		t.Error("it was answered")
	}
}
