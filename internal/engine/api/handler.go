package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
	"github.com/ais-operator/ais-operator/internal/engine/picture"
)

// Config is what the API is made of. All fields are needed; package engine has
// the defaults.
type Config struct {
	IAM             *iam.Service
	Workers         int            // requests that are worked on at a time
	Queue           int            // requests that may wait beyond those
	MaxMemory       int64          // bytes shared out among admitted requests, at least MinMemory
	MaxOutputPixels int64          // of an enlarged picture
	AllowCIDRs      []netip.Prefix // that the url parameter may name besides public addresses
	Logger          *slog.Logger
	Metrics         prometheus.Registerer
}

// API serves the recognition and enhancement APIs.
type API struct {
	cfg       Config
	fetcher   *fetcher
	admission *admission
	metrics   *metrics
}

// New makes the API.
func New(cfg Config) (*API, error) {
	a, err := newAdmission(cfg.Workers, cfg.Queue, cfg.MaxMemory)
	if err != nil {
		return nil, err
	}
	m, err := newMetrics(cfg.Metrics, a)
	if err != nil {
		return nil, fmt.Errorf("registering metrics: %w", err)
	}
	return &API{cfg: cfg, fetcher: newFetcher(cfg.AllowCIDRs), admission: a, metrics: m}, nil
}

// Handler serves the API and the identity service. Whatever else is asked for
// is answered as the gateway does.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	a.cfg.IAM.Register(mux)
	for _, op := range operations() {
		mux.HandleFunc(op.path, func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, op) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { sendError(w, fail(codeNoAPI)) })
	return a.observe(mux)
}

// errGone is a client that left. It is not answered, only counted.
var errGone = errors.New("the client is gone")

// serve answers one request of an operation.
func (a *API) serve(w http.ResponseWriter, r *http.Request, op *operation) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		sendError(w, fail(codeMethod))
		return
	}
	if r.ContentLength > maxBody {
		sendError(w, fail(codeBodyOversized))
		return
	}
	credentials, err := a.cfg.IAM.Inspect(r)
	if err != nil {
		discard(r)
		a.refuse(w, r, op, err)
		return
	}
	v, ok := a.admission.enter()
	if !ok {
		discard(r)
		sendError(w, fail(codeThrottled))
		return
	}
	defer v.leave()
	answer, err := a.process(w, r, op, v, credentials)
	if err != nil {
		a.refuse(w, r, op, err)
		return
	}
	if err := answer.send(w); err != nil {
		markGone(w)
	}
}

// discard receives a body that nobody wants. A client that is still sending when
// the connection closes sees a reset instead of its answer, and could not tell a
// refusal from a request whose outcome is unknown. Clients that ask first
// (Expect: 100-continue) need not send at all.
func discard(r *http.Request) {
	if r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, r.Body, maxBody)
	}
}

// refuse answers with an error of any kind.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, op *operation, err error) {
	var known *Error
	var failure *iam.AccessError
	switch {
	case errors.As(err, &known):
		sendError(w, known)
	case errors.As(err, &failure):
		sendError(w, fromIAM(failure))
	case r.Context().Err() != nil, errors.Is(err, errGone):
		markGone(w)
	default:
		a.cfg.Logger.ErrorContext(r.Context(), "a request failed inside the engine",
			"operation", op.name, "requestID", w.Header().Get(RequestIDHeader), "error", err)
		sendError(w, fail(op.codes.internal))
	}
}

// process is the way of an authenticated request from its body to its answer.
func (a *API) process(w http.ResponseWriter, r *http.Request, op *operation, v *visit, c *iam.Credentials) (*reply, error) {
	raw, err := readBody(w, r, v)
	if err != nil {
		return nil, err
	}
	caller, err := c.Verify(raw)
	if err != nil {
		return nil, err
	}
	if _, err := caller.Project(r.PathValue("project_id")); err != nil {
		return nil, err
	}
	src, t, refused := parse(r, raw, op)
	if refused != nil {
		return nil, refused
	}
	data, err := a.load(r.Context(), src, v)
	if err != nil {
		return nil, err
	}
	h, refused := op.inspect(data, t, a.cfg.MaxOutputPixels, src.URL != "")
	if refused != nil {
		return nil, refused
	}
	return a.work(r.Context(), op, t, v, h, data)
}

// readBody receives the body once there is memory for it: for the bytes, the
// Base64 text and the picture that is in it.
func readBody(w http.ResponseWriter, r *http.Request, v *visit) ([]byte, error) {
	const copies = 3
	size := r.ContentLength
	if size < 0 {
		size = maxBody
	}
	if err := v.holdBody(r.Context(), copies*size); err != nil {
		return nil, err
	}
	// All at once: growing would take it twice over.
	raw := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := raw.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	var oversized *http.MaxBytesError
	switch {
	case errors.As(err, &oversized):
		return nil, fail(codeBodyOversized)
	case err != nil:
		return nil, errGone
	}
	return raw.Bytes(), nil
}

// parse reads the parameters.
func parse(r *http.Request, raw []byte, op *operation) (source, task, *Error) {
	b, err := readForm(r, raw, op)
	if err != nil {
		return source{}, nil, err
	}
	src, t, err := op.parse(b)
	if err != nil {
		return source{}, nil, err
	}
	src.upload = b.upload
	return src, t, src.check(op)
}

// load gets the bytes of the picture.
func (a *API) load(ctx context.Context, src source, v *visit) ([]byte, error) {
	switch {
	case src.URL != "":
		// The body was a few words; its share becomes one for the download.
		if err := v.holdBody(ctx, maxDownload); err != nil {
			return nil, err
		}
		return a.fetcher.get(ctx, src.URL)
	case len(src.upload) > 0:
		return src.upload, nil
	}
	// Line breaks are skipped: PHP clients send them (API reference 6.3).
	data, err := base64.StdEncoding.DecodeString(src.Image)
	if err != nil || len(data) == 0 {
		return nil, fail(codeBase64)
	}
	return data, nil
}

// work decodes the picture and runs the task. A panic there is the picture's
// doing and ends only this request.
func (a *API) work(ctx context.Context, op *operation, t task, v *visit, h picture.Header, data []byte) (answer *reply, err error) {
	switch err := v.startWork(ctx, footprint(h, t)); {
	case errors.Is(err, errTooLarge):
		return nil, fail(op.codes.size)
	case err != nil:
		return nil, err
	}
	defer v.stopWork()
	defer func() {
		if p := recover(); p != nil {
			answer, err = nil, fmt.Errorf("panic in %s: %v\n%s", op.name, p, debug.Stack())
		}
	}()
	img, _, err := picture.Decode(data)
	if err != nil {
		return nil, fail(op.pictureCode(err))
	}
	answer, err = t.run(ctx, img, h)
	switch {
	case ctx.Err() != nil:
		return nil, errGone
	case err != nil:
		a.cfg.Logger.WarnContext(ctx, "an algorithm failed", "operation", op.name, "error", err)
		return nil, fail(op.codes.algorithm)
	}
	return answer, nil
}
