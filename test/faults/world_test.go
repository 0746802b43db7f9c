package faults_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rclone/gofakes3/s3mem"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/objectstore"
	"github.com/ais-operator/ais-operator/internal/obs"
)

// Buckets of every world.
const (
	photos  = "photos"
	results = "results"
)

// testKey is the access key by which the test itself reaches the storage, so that it is not taken for an operator.
const testKey = "THETESTSOWNKEY000000"

// world is one scenario: a namespace, a service, an object storage, a web server, and the operators that are run in it.
type world struct {
	ctx        context.Context
	namespaces []string
	clock      *clock
	engine     *enginetest.Server
	backend    *s3mem.Backend
	storage    *obs.Client
	storeURL   string
	web        *httptest.Server

	mu        sync.Mutex
	operators []*operator
	effects   []effect
	plan      plan
	// said is what the last status of each connection said.
	said map[string]string
	// activity counts everything that an operator does, effects and reads of the outside alike.
	activity int
	pages    map[string]func(http.ResponseWriter)
	// written, if set, takes everything that is written to the API server.
	written *bytes.Buffer
	// asked, if set, sees what a paid call asks for, without the picture.
	asked func(attempt string, op enginetest.Operation, parameters map[string]any)
	// visited, if set, sees every request of an operator to the storage.
	visited func(*http.Request)
}

// newWorld makes a world with as many namespaces as are named; the first is the usual one. It ends with the test.
func newWorld(t *testing.T, more ...string) *world {
	t.Helper()
	w := &world{ctx: context.Background(), clock: &clock{}, said: map[string]string{}, pages: map[string]func(http.ResponseWriter){}}
	for _, name := range append([]string{"faults"}, more...) {
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: name + "-"}}
		if err := k8s.Create(w.ctx, ns); err != nil {
			t.Fatal(err)
		}
		w.namespaces = append(w.namespaces, ns.Name)
	}
	w.engine = w.newEngine(t, enginetest.Options{})
	w.newStorage(t)
	w.web = httptest.NewServer(http.HandlerFunc(w.serveWeb))
	t.Cleanup(w.web.Close)
	return w
}

// newEngine starts a service that belongs to the world: its requests are effects, and its clock is the world's
// unless it has another.
func (w *world) newEngine(t *testing.T, o enginetest.Options) *enginetest.Server {
	t.Helper()
	if o.Clock == nil {
		o.Clock = w.clock.now
	}
	engine := enginetest.Start(t, o)
	engine.Add(enginetest.Fault{Times: enginetest.Always, Decide: w.decide})
	return engine
}

func (w *world) newStorage(t *testing.T) {
	t.Helper()
	s3, err := objectstore.New(w.ctx, objectstore.Options{
		Keys:    objectstore.AnyOf(w.engine.Keys, objectstore.Permanent(map[string]string{testKey: testKey})),
		Buckets: []string{photos, results},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.backend = s3.Backend
	store := httptest.NewServer(w.serveStorage(s3))
	t.Cleanup(store.Close)
	w.storeURL = store.URL
	w.storage, err = obs.New(obs.Config{
		Endpoint: store.URL, Region: "test", PathStyle: true, Transport: http.DefaultTransport, Keys: obs.Key{ID: testKey, Secret: testKey},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// newOperator makes an operator that is ended by cancel, which an effect may call as soon as it runs.
func (w *world) newOperator(cancel context.CancelFunc) *operator {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := &operator{
		world: w, agent: fmt.Sprintf("%s-operator-%d", w.namespaces[0], len(w.operators)+1), metrics: prometheus.NewRegistry(), cancel: cancel, done: make(chan struct{}),
	}
	o.wire = &wire{operator: o}
	w.operators = append(w.operators, o)
	return o
}

// interfere has a plan decide on every effect from here on; nil ends all interference.
func (w *world) interfere(p plan) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plan = p
}

// operatorOf tells whose request it is, by its User-Agent; nil is the test itself.
func (w *world) operatorOf(agent string) *operator {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.operators {
		if o.agent == agent {
			return o
		}
	}
	return nil
}

// isAlive tells whether any operator lives.
func (w *world) alive() *operator {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.operators {
		if !o.isDead() {
			return o
		}
	}
	return nil
}

// decide is what happens to a request to the service.
func (w *world) decide(op enginetest.Operation, r *http.Request, body []byte) enginetest.Effect {
	o := w.operatorOf(r.UserAgent())
	if o == nil {
		return nil
	}
	if o.isDead() {
		return enginetest.ResetBefore()
	}
	attempt := r.Header.Get(enginetest.AttemptHeader)
	if w.asked != nil && attempt != "" {
		parameters := map[string]any{}
		_ = json.Unmarshal(body, &parameters) // The engine says what is wrong with it.
		delete(parameters, "image")
		delete(parameters, "url")
		w.asked(attempt, op, parameters)
	}
	what := cmp.Or(string(op), r.Method+" "+r.URL.Path)
	in := w.note(effect{target: service, what: what, attempt: attempt})
	end := func() {
		if in.kill {
			o.die()
		}
	}
	switch {
	case in == nil:
		return nil
	case in.status != 0:
		return enginetest.Reply(in.status, nil, "{}")
	case in.carriedOut:
		return enginetest.Served(end)
	default:
		return enginetest.Then(end, enginetest.ResetBefore())
	}
}

// serveStorage is the object storage as the operators see it. Only what changes it can go wrong.
func (w *world) serveStorage(s3 http.Handler) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		// Who does not say who he is, is a stranger: whoever knew a server that had the port before asks for it long after.
		signer := r.Header.Get("Authorization") + r.URL.Query().Get("X-Amz-Credential")
		if signer == "" || strings.Contains(signer, testKey) {
			s3.ServeHTTP(rw, r)
			return
		}
		o := w.alive()
		if o == nil {
			panic(http.ErrAbortHandler)
		}
		if w.visited != nil {
			w.visited(r)
		}
		e := effect{target: storage, what: r.Method + " " + r.URL.Path}
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			e.aside = true
		}
		in := w.note(e)
		if in == nil {
			s3.ServeHTTP(rw, r)
			return
		}
		if in.carriedOut {
			s3.ServeHTTP(httptest.NewRecorder(), r)
		}
		if in.kill {
			o.die()
		}
		if in.status != 0 {
			rw.WriteHeader(in.status)
			return
		}
		panic(http.ErrAbortHandler)
	}
}

func (w *world) serveWeb(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	page := w.pages[strings.TrimPrefix(r.URL.Path, "/")]
	w.mu.Unlock()
	if page == nil {
		http.NotFound(rw, r)
		return
	}
	w.touch()
	page(rw)
}
