package api

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"path"
	"time"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
)

// RequestIDHeader carries the ID of a request in its answer.
const RequestIDHeader = "X-Request-Id"

// statusGone is what an unanswered request counts as, after the convention of
// web servers for clients that close the connection.
const statusGone = 499

// writeDeadline bounds how long a client may take to receive an answer.
const writeDeadline = 2 * time.Minute

// outcome is how a request ended, for metrics and the log.
type outcome struct {
	status int
	code   string // error_code, empty for success
}

// recorder remembers how a request ended.
type recorder struct {
	http.ResponseWriter
	outcome outcome
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.outcome.status == 0 {
		r.outcome.status = status
		// The server has no write deadline, as work may take long; writing may not.
		_ = http.NewResponseController(r.ResponseWriter).SetWriteDeadline(time.Now().Add(writeDeadline))
	}
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap serves http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// noteCode puts an error code on record.
func noteCode(w http.ResponseWriter, code string) {
	if r, ok := w.(*recorder); ok {
		r.outcome.code = code
	}
}

// markGone puts on record that the client left. The connection is closed, also
// in the middle of an answer, so that nobody takes a part for the whole.
func markGone(w http.ResponseWriter) {
	if r, ok := w.(*recorder); ok {
		r.outcome = outcome{status: statusGone}
	}
}

// observe gives each request an ID, and counts and logs it when it is done.
func (a *API) observe(next http.Handler) http.Handler {
	names := operationNames()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := newRequestID()
		w.Header().Set(RequestIDHeader, id)
		rec := &recorder{ResponseWriter: w}
		if path.Clean(r.URL.Path) == r.URL.Path { // the mux would redirect; the gateway knows no such path
			next.ServeHTTP(rec, r)
		} else {
			sendError(rec, fail(codeNoAPI))
		}
		operation, ok := names[r.Pattern]
		if !ok {
			operation = "none"
		}
		took := time.Since(start)
		a.metrics.observe(operation, rec.outcome, took)
		a.cfg.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("operation", operation), slog.Int("status", rec.outcome.status), slog.String("errorCode", rec.outcome.code),
			slog.String("requestID", id), slog.Duration("took", took))
		if rec.outcome.status == statusGone {
			panic(http.ErrAbortHandler)
		}
	})
}

// operationNames maps the patterns of the mux to names for metrics.
func operationNames() map[string]string {
	names := map[string]string{
		iam.PathTokens: "CreateToken", iam.PathProjects: "ListProjects", iam.PathProjectsOfToken: "ListProjects",
		iam.PathTemporaryKeys: "CreateTemporaryAccessKey", iam.PathIDTokens: "ExchangeIDToken",
	}
	for _, op := range operations() {
		names[op.path] = op.name
	}
	return names
}

// newRequestID returns 32 hexadecimal digits.
func newRequestID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(id)
}
