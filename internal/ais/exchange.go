package ais

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// exchange is one request, and what it takes to judge how it ended.
type exchange struct {
	op     string
	method string
	url    *url.URL
	header http.Header
	body   *payload // nil: none
	// paid tells that the service bills the request, so that an unclear end is
	// an unknown outcome. Everything else may simply be done again.
	paid bool
	// veto is called last before the request leaves; nil: nobody asks.
	veto func() error
	// limit bounds a successful answer, in bytes.
	limit int64
	// signedAt is the time of the signature; zero without one.
	signedAt time.Time
	// secrets are cut out of whatever the other side says.
	secrets []string
}

// answer is a successful answer, read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// invalid is the error for a request that was never built: its author has to
// change it.
func (x *exchange) invalid(message string) *Error {
	return &Error{Op: x.op, Message: sanitize(message, x.secrets), class: ClassRejected}
}

// unanswered is the error for a request to which no answer came. complete
// tells that all of it had been handed to the network.
func (x *exchange) unanswered(ctx context.Context, cause error, complete bool) *Error {
	e := &Error{Op: x.op, class: ClassTransient, cause: cause}
	switch {
	case complete && x.paid:
		e.class = ClassUnknown
		e.Message = "the request was sent and not answered: "
	case complete:
		e.Message = "the request was not answered: "
	default:
		e.Message = "the request was not sent: "
		// A name that does not resolve says that the API is not there, unless
		// the look-up was cut short.
		if _, dns := errors.AsType[*net.DNSError](cause); dns && ctx.Err() == nil {
			e.class = ClassService
		}
	}
	e.Message = sanitize(e.Message+describe(cause), x.secrets)
	return e
}

// describe says what went wrong without addresses and ports, which would make
// two failures of one kind differ.
func describe(err error) string {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	op, isOp := errors.AsType[*net.OpError](err)
	errno, isErrno := errors.AsType[syscall.Errno](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "the deadline passed"
	case errors.Is(err, context.Canceled):
		return "it was cancelled"
	case isDNS:
		return "the host name of the endpoint was not resolved: " + dns.Err
	case isOp && isErrno:
		return op.Op + ": " + errno.Error()
	case isOp && op.Err != nil:
		return op.Op + ": " + op.Err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	default:
		return err.Error()
	}
}

// refused is the error for an answer that is not a success, or is one with an
// error code in it.
func (x *exchange) refused(status int, header http.Header, found fault, now time.Time) *Error {
	e := &Error{
		Op:         x.op,
		Code:       found.code,
		Message:    sanitize(found.message, x.secrets),
		HTTPStatus: status,
		RequestID:  requestID(header, found.requestID),
		RetryAfter: retryAfter(header, now),
		page:       found.page,
	}
	e.class = classOfCode(e.Code, e.HTTPStatus, e.RetryAfter > 0)
	if found.page {
		e.class = classOfPage(e.HTTPStatus, e.RetryAfter > 0)
	}
	if e.class == ClassUnknown && !x.paid {
		e.class = ClassTransient
	}
	if e.class == ClassCredentials {
		x.detail(e, header)
	}
	return e
}

// detail says what is wrong with the credentials. A refused signature whose
// time is off the server's clock by more than the gateway allows is a matter
// of clocks, whatever the message says.
func (x *exchange) detail(e *Error, header http.Header) {
	e.Detail = detailOf(e.Code, e.Message)
	served, err := http.ParseTime(header.Get("Date"))
	if err == nil && !x.signedAt.IsZero() && x.signedAt.Sub(served).Abs() > signatureWindow {
		e.Detail = DetailClockSkew
	}
	if e.Detail == DetailLocked && e.RetryAfter == 0 {
		e.RetryAfter = lockOf(e.Message)
	}
}

// unreadable is the error for a success that could not be read or understood.
// It was carried out; for a free request it means that something else answers.
func (x *exchange) unreadable(a *answer, message string, cause error) *Error {
	e := &Error{
		Op:         x.op,
		Message:    sanitize(message, x.secrets),
		HTTPStatus: a.status,
		RequestID:  requestID(a.header, ""),
		class:      ClassUnknown,
		cause:      cause,
	}
	if !x.paid {
		e.class = ClassService
	}
	return e
}

// requestID prefers the header of the gateway, then IAM's, then the body.
func requestID(header http.Header, inBody string) string {
	for _, name := range []string{"X-Request-Id", "X-Iam-Trace-Id"} {
		if id := identifier(header.Get(name)); id != "" {
			return id
		}
	}
	return inBody
}
