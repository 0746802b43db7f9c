package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
	"github.com/ais-operator/ais-operator/internal/engine/picture"
)

// engine is an API with a token for it and its log.
type engine struct {
	*API
	handler  http.Handler
	registry *prometheus.Registry
	token    string
	log      bytes.Buffer
}

func newEngine(t testing.TB, workers, queue int) *engine {
	t.Helper()
	accounts, err := iam.New(iam.Config{File: &iam.File{TokenKey: iam.NewTokenKey(), Accounts: []iam.Account{{
		DomainName: "acme", Projects: []iam.Project{{ID: "p1", Name: "r1"}}, Users: []iam.User{{Name: "ann", Password: "secret"}},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{registry: prometheus.NewRegistry()}
	e.API, err = New(Config{
		IAM: accounts, Workers: workers, Queue: queue, MaxMemory: MinMemory, MaxOutputPixels: 1 << 20, AllowCIDRs: loopback,
		Logger: slog.New(slog.NewTextHandler(&e.log, nil)), Metrics: e.registry,
	})
	if err != nil {
		t.Fatal(err)
	}
	e.handler = e.Handler()
	const login = `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"ann","password":"secret","domain":{"name":"acme"}}}},"scope":{"project":{"id":"p1"}}}}`
	answer := httptest.NewRecorder()
	e.handler.ServeHTTP(answer, httptest.NewRequest("POST", iam.PathTokens, strings.NewReader(login)))
	e.token = answer.Header().Get("X-Subject-Token")
	if e.token == "" {
		t.Fatalf("the log-in was answered %d %s", answer.Code, answer.Body)
	}
	return e
}

// post serves a request and says whether the connection was broken off.
func (e *engine) post(ctx context.Context, path, body string) (answer *httptest.ResponseRecorder, aborted bool) {
	r := httptest.NewRequestWithContext(ctx, "POST", path, strings.NewReader(body))
	r.Header.Set("X-Auth-Token", e.token)
	r.Header.Set("Content-Type", "application/json")
	answer = httptest.NewRecorder()
	defer func() {
		if p := recover(); p != nil {
			aborted = errors.Is(p.(error), http.ErrAbortHandler)
		}
	}()
	e.handler.ServeHTTP(answer, r)
	return answer, false
}

// idle fails the test if a request left something behind.
func (e *engine) idle(t *testing.T) {
	t.Helper()
	if a := e.admission; a.inside.Load() != 0 || a.held.Load() != 0 || a.waiting.Load() != 0 {
		t.Errorf("%d are inside, %d waiting, %d bytes held", a.inside.Load(), a.waiting.Load(), a.held.Load())
	}
}

func pngOf(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWorkStopsWhenTheClientIsGone(t *testing.T) {
	text := base64.StdEncoding.EncodeToString(pngOf(t, 32, 32))
	host := pictureServer(t)
	cases := map[string]struct{ path, body string }{
		"before its picture is decoded": {"/v1.0/vision/defog", `{"image":"` + text + `"}`},
		"during the download":           {"/v1.0/image/tagging", `{"url":"` + host.URL + `/silent"}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, 1, 0)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			answer, aborted := e.post(ctx, c.path, c.body)
			if !aborted || answer.Body.Len() > 0 {
				t.Errorf("aborted %v, answered %q", aborted, answer.Body)
			}
			e.idle(t)
			if n := testutil.ToFloat64(e.metrics.requests.MustCurryWith(prometheus.Labels{"status": "499"}).WithLabelValues(operationNames()[c.path], "")); n != 1 {
				t.Errorf("%v requests are counted as left", n)
			}
		})
	}
}

func TestBeyondTheQueueRequestsAreTurnedAway(t *testing.T) {
	e := newEngine(t, 1, 1)
	first, second := mustEnter(t, e.admission), mustEnter(t, e.admission)
	answer, _ := e.post(t.Context(), "/v1.0/vision/defog", `{}`)
	var got errorBody
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := errorBody{"APIG.0308", "The request is sent too fast and exceeds the default rate limit of the service.", answer.Header().Get(RequestIDHeader)}
	if diff := cmp.Diff(want, got); diff != "" || answer.Code != 429 || answer.Header().Get("Retry-After") == "" {
		t.Errorf("answered %d %v, body (-want +got):\n%s", answer.Code, answer.Header(), diff)
	}
	second.leave()
	if answer, _ := e.post(t.Context(), "/v1.0/vision/defog", `{}`); answer.Code != 400 {
		t.Errorf("with a free place: answered %d %s", answer.Code, answer.Body)
	}
	first.leave()
	e.idle(t)
}

// brokenTask fails in the ways in which an algorithm can.
type brokenTask struct{ fault func() error }

func (b brokenTask) memory(int, int) int64 { return 0 }
func (b brokenTask) run(context.Context, *image.NRGBA, picture.Header) (*reply, error) {
	return nil, b.fault()
}

func TestAlgorithmsThatFail(t *testing.T) {
	cases := []struct {
		name  string
		fault func() error
		codes family
		want  string
	}{
		{"recognition cannot", func() error { return errors.New("no") }, recognition, "AIS.0505"},
		{"enhancement cannot", func() error { return errors.New("no") }, enhancement, "AIS.0206"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := newEngine(t, 1, 0)
			v := mustEnter(t, e.admission)
			_, err := e.work(t.Context(), &operation{codes: c.codes}, brokenTask{c.fault}, v, picture.Header{Width: 16, Height: 16}, pngOf(t, 16, 16))
			var got *Error
			if !errors.As(err, &got) || got.Code != c.want || got.Status != 400 {
				t.Errorf("error %+v, want %s", got, c.want)
			}
			v.leave()
			e.idle(t)
		})
	}
}

func TestAPanicEndsOnlyItsRequest(t *testing.T) {
	e := newEngine(t, 1, 0)
	v := mustEnter(t, e.admission)
	op := &operation{name: "Broken", codes: recognition}
	_, err := e.work(t.Context(), op, brokenTask{func() error { panic("index out of range") }}, v, picture.Header{Width: 16, Height: 16}, pngOf(t, 16, 16))
	v.leave()
	e.idle(t)
	answer := httptest.NewRecorder()
	e.refuse(answer, httptest.NewRequest("POST", "/", nil), op, err)
	if answer.Code != 500 || !strings.Contains(answer.Body.String(), "AIS.0506") {
		t.Errorf("answered %d %s", answer.Code, answer.Body)
	}
	if !strings.Contains(e.log.String(), "index out of range") {
		t.Errorf("the log is silent: %s", e.log.String())
	}
}

func TestMetricsAndLogsTellNoSecrets(t *testing.T) {
	e := newEngine(t, 1, 0)
	text := base64.StdEncoding.EncodeToString(pngOf(t, 32, 32))
	if answer, _ := e.post(t.Context(), "/v1.0/vision/dark-enhance", `{"image":"`+text+`"}`); answer.Code != 200 {
		t.Fatalf("answered %d %s", answer.Code, answer.Body)
	}
	e.post(t.Context(), "/v2/p1/image/tagging", `{"url":"http://10.0.0.1/?Signature=canary"}`)
	e.post(t.Context(), "/nowhere", "")
	const want = `
# HELP ais_engine_requests_total Requests by operation, HTTP status and error code (empty for success). Status 499: the client left before the answer.
# TYPE ais_engine_requests_total counter
ais_engine_requests_total{error_code="",operation="CreateToken",status="201"} 1
ais_engine_requests_total{error_code="",operation="DarkEnhance",status="200"} 1
ais_engine_requests_total{error_code="AIS.0022",operation="ImageTaggingV2",status="400"} 1
ais_engine_requests_total{error_code="APIG.0101",operation="none",status="404"} 1
`
	if err := testutil.GatherAndCompare(e.registry, strings.NewReader(want), "ais_engine_requests_total"); err != nil {
		t.Error(err)
	}
	for _, secret := range []string{"canary", "10.0.0.1", text[:20], e.token, "ann"} {
		if strings.Contains(e.log.String(), secret) {
			t.Errorf("the log tells %q:\n%s", secret, e.log.String())
		}
	}
	if problems, err := testutil.GatherAndLint(e.registry); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v, %v", problems, err)
	}
}

func TestEveryCodeHasItsWords(t *testing.T) {
	for _, f := range []family{recognition, enhancement} {
		for _, code := range []string{f.parameter, f.format, f.damaged, f.size, f.encoded, f.depth, f.algorithm, f.internal} {
			if descriptions[code] == "" {
				t.Errorf("%q has no description", code)
			}
		}
	}
	for code := range descriptions {
		if e := fail(code); e.Status < 400 || e.Status > 599 || e.Message == "" {
			t.Errorf("%s makes %+v", code, e)
		}
	}
}

// announcing is a PNG whose header tells another size.
func announcing(t *testing.T, width, height uint32) []byte {
	t.Helper()
	data := pngOf(t, 1, 1)
	header := data[12:29] // IHDR and its content
	binary.BigEndian.PutUint32(header[4:], width)
	binary.BigEndian.PutUint32(header[8:], height)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(header))
	return data
}

// The largest pictures of the API must never have to wait for ever.
func TestTheLargestPicturesFitIntoMemory(t *testing.T) {
	a, err := newAdmission(1, 1, MinMemory)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range operations() {
		_, parsed, refused := op.parse(body{json: []byte(`{}`)})
		if refused != nil {
			t.Fatal(refused)
		}
		h, err := picture.ReadHeader(announcing(t, 4096, 4096))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := parsed.(enlarger); ok && op.name == "SuperResolution" {
			h.Width, h.Height = 1024, 1024 // nine times that; the rest is the option of more memory
		}
		if need := footprint(h, parsed); need > a.pixelBytes {
			t.Errorf("%s needs %d bytes for %s, of %d", op.name, need, fmt.Sprint(h.Width, " x ", h.Height), a.pixelBytes)
		}
	}
}
