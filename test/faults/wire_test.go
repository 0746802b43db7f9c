package faults_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// errDead is what a process that was killed gets from its own transport; nobody is left to read it.
var errDead = errors.New("the process is dead")

// errBroken is a connection that broke.
var errBroken = io.ErrUnexpectedEOF

// wire is one operator's way to the API server.
type wire struct {
	operator *operator

	// noLeases keeps the operator from renewing its lease.
	noLeases atomic.Bool
	// conflicts counts writes of objects that make calls which met a newer version.
	conflicts atomic.Int64

	mu sync.Mutex
	// dams hold the frames of watches back, by the path of the watch.
	dams map[string]*dam
	// cuts counts how often the watches of a path were broken off.
	cuts map[string]int
	// lost are the paths whose next watch is told that the past is not known any more.
	lost map[string]bool
	// past holds lists to be served instead of the present ones, by path.
	past map[string][]byte
}

// dam holds back what comes down the watches of a resource, until it is opened.
type dam struct{ open chan struct{} }

// hold stops the watches of a resource from here on.
func (w *wire) hold(resource string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dams == nil {
		w.dams = map[string]*dam{}
	}
	w.dams[w.path(resource)] = &dam{open: make(chan struct{})}
}

// release lets the watches of a resource go on.
func (w *wire) release(resource string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.dams[w.path(resource)].open)
	delete(w.dams, w.path(resource))
}

// drain does so without what was held back, or is still on its way, and without what the API server remembers of it: only the last state is seen.
func (w *wire) drain(resource string) {
	w.mu.Lock()
	if w.cuts == nil {
		w.cuts, w.lost = map[string]int{}, map[string]bool{}
	}
	w.cuts[w.path(resource)]++
	w.lost[w.path(resource)] = true
	w.mu.Unlock()
	w.release(resource)
}

// path is where the objects of a kind are in the world's first namespace.
func (w *wire) path(resource string) string {
	group := "/apis/" + v1alpha1.GroupVersion.String()
	if resource == "secrets" {
		group = "/api/v1"
	}
	return group + "/namespaces/" + w.operator.world.namespaces[0] + "/" + resource
}

func (w *wire) damOf(path string) *dam {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dams[path]
}

func (w *wire) cutsOf(path string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cuts[path]
}

// roundTrip is one request and its answer, with next as the true way.
func (w *wire) roundTrip(req *http.Request, next http.RoundTripper) (*http.Response, error) {
	if w.operator.isDead() {
		return nil, errDead
	}
	var resp *http.Response
	var err error
	switch {
	case strings.Contains(req.URL.Path, "/leases"):
		if w.noLeases.Load() {
			return nil, errBroken
		}
		resp, err = next.RoundTrip(req)
	case req.Method == http.MethodGet:
		resp, err = w.read(req, next)
	default:
		resp, err = w.write(req, next)
	}
	if w.operator.isDead() && err == nil {
		_ = resp.Body.Close()
		return nil, errDead
	}
	return resp, err
}

// write carries a write out, or what the plan makes of it.
func (w *wire) write(req *http.Request, next http.RoundTripper) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		_ = req.Body.Close()
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	w.operator.world.record(body)
	in := w.operator.world.note(describeWrite(req, body))
	if in == nil || in.carriedOut {
		resp, err := next.RoundTrip(req)
		if err == nil && resp.StatusCode == http.StatusConflict && !strings.Contains(req.URL.Path, "connections/") {
			w.conflicts.Add(1)
		}
		if in == nil || err != nil {
			return resp, err
		}
		_ = resp.Body.Close()
	}
	if in.kill {
		w.operator.die()
	}
	if in.status != 0 {
		return refusal(req, in.status), nil
	}
	return nil, errBroken
}

// refusal is an answer of an API server that cannot, or will not.
func refusal(req *http.Request, status int) *http.Response {
	reason := map[int]string{409: "Conflict", 410: "Expired", 400: "BadRequest", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}[status]
	body := `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"injected","reason":"` + reason + `","code":` + strconv.Itoa(status) + `}`
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// read serves lists and watches, as they are or as they were.
func (w *wire) read(req *http.Request, next http.RoundTripper) (*http.Response, error) {
	ours := strings.Contains(req.URL.Path, "/"+v1alpha1.GroupVersion.Group+"/") || strings.HasSuffix(req.URL.Path, "/secrets")
	if !ours {
		return next.RoundTrip(req)
	}
	if body, ok := w.pastOf(req); ok {
		switch {
		case req.URL.Query().Get("sendInitialEvents") == "true":
			return refusal(req, http.StatusBadRequest), nil // It falls back to a list.
		case req.URL.Query().Get("watch") == "":
			return &http.Response{
				StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
				Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
			}, nil
		}
	}
	if req.URL.Query().Get("watch") == "" {
		return next.RoundTrip(req)
	}
	if w.hasLost(req.URL.Path) {
		return refusal(req, http.StatusGone), nil
	}
	cuts := w.cutsOf(req.URL.Path)
	resp, err := next.RoundTrip(req)
	if err == nil && resp.StatusCode == http.StatusOK {
		resp.Body = &watch{ReadCloser: resp.Body, wire: w, path: req.URL.Path, cuts: cuts, done: req.Context().Done()}
	}
	return resp, err
}

// forgetPast has lists served as they are.
func (w *wire) forgetPast() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.past = nil
}

func (w *wire) pastOf(req *http.Request) ([]byte, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	body, ok := w.past[req.URL.Path]
	return body, ok
}

// hasLost says, once for each loss, that the past of a path is not known any more.
func (w *wire) hasLost(path string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	lost := w.lost[path]
	delete(w.lost, path)
	return lost
}

// watch is the body of a watch, with a dam in it.
type watch struct {
	io.ReadCloser
	wire *wire
	path string
	// cuts is what they were when the watch began.
	cuts int
	done <-chan struct{}
}

// Read implements io.Reader.
func (b *watch) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if d := b.wire.damOf(b.path); d != nil {
		select {
		case <-d.open:
		case <-b.done:
			return 0, errBroken
		}
	}
	if b.wire.cutsOf(b.path) != b.cuts {
		return 0, io.EOF
	}
	return n, err
}
