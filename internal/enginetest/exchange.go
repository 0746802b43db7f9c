package enginetest

import (
	"bytes"
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"time"
)

// readAhead is how much of a body is read for the record, in bytes: more than
// the API accepts.
const readAhead = maxBody + 1

// exchange is one request on its way through the plan.
type exchange struct {
	w      http.ResponseWriter
	r      *http.Request
	engine http.Handler
	status int // what was answered, 0 for nothing

	// settle completes the record. It is called before the first byte goes out: a
	// client that has its answer finds it on record, and is no longer in flight.
	settle func(status int)
}

// wrap puts the plan and the record around the engine.
func (s *Server) wrap(engine http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.clock().UTC().Format(http.TimeFormat)) // one clock, as a real server has
		body, err := io.ReadAll(io.LimitReader(r.Body, readAhead))
		if err != nil {
			return // the client left
		}
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}

		op, project := operationOf(r)
		call := s.accept(op, project, r, body)
		var once sync.Once
		x := &exchange{w: w, r: r, engine: engine}
		x.settle = func(status int) { once.Do(func() { s.finish(op, call, status) }) }
		defer func() { x.settle(x.status) }()

		f := s.fault(op, r, body)
		if !f.wait(r.Context()) {
			return
		}
		if f.Do != nil {
			f.Do(x)
			return
		}
		answer := x.serve()
		maps.Copy(w.Header(), answer.Header())
		x.reply(answer.Code, answer.Body.Bytes())
	})
}

// serve lets the engine work and keeps its answer. It does not return when the
// engine breaks the connection off.
func (x *exchange) serve() *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	x.engine.ServeHTTP(answer, x.r)
	x.status = answer.Code
	return answer
}

// reply sends an answer.
func (x *exchange) reply(status int, body []byte) {
	x.status = status
	x.settle(status)
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body) // a client that is gone cannot be told
}

// reset ends the connection with RST, so that the client sees an error and never
// a clean end; over HTTP/2 it resets the stream.
func (x *exchange) reset() {
	x.settle(x.status)
	conn, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	plain := conn
	if secure, ok := conn.(*tls.Conn); ok {
		plain = secure.NetConn()
	}
	if tcp, ok := plain.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = plain.Close()
}

// begin sends the first n bytes of an answer, but never all of them, and
// returns the rest.
func (x *exchange) begin(answer *httptest.ResponseRecorder, n int) (rest []byte) {
	x.settle(x.status)
	body := answer.Body.Bytes()
	maps.Copy(x.w.Header(), answer.Header())
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(answer.Code)
	n = max(0, min(n, len(body)-1))
	_, _ = x.w.Write(body[:n])
	_ = http.NewResponseController(x.w).Flush()
	return body[n:]
}

// truncate sends the first n bytes of an answer and breaks off.
func (x *exchange) truncate(answer *httptest.ResponseRecorder, n int) {
	x.begin(answer, n)
	panic(http.ErrAbortHandler)
}

// halt pauses in the middle of an answer.
func (x *exchange) halt(answer *httptest.ResponseRecorder, pause time.Duration) {
	rest := x.begin(answer, answer.Body.Len()/2)
	if !pass(x.r.Context(), pause) {
		panic(http.ErrAbortHandler)
	}
	_, _ = x.w.Write(rest)
}
