package source

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ais-operator/ais-operator/internal/netguard"
)

// Kind says what went wrong, as far as it matters to who acts.
type Kind string

const (
	// KindInvalidURL is an address that cannot be fetched as it is written.
	KindInvalidURL Kind = "InvalidURL"
	// KindForbidden is an address, or a redirect, that the operator does not follow.
	KindForbidden Kind = "Forbidden"
	// KindNotFound is an address without a picture, perhaps not yet (404, 410).
	KindNotFound Kind = "NotFound"
	// KindDenied is a server that refuses the request (401, 403 and other 4xx).
	KindDenied Kind = "Denied"
	// KindUnreachable is what may pass: DNS, connection, time limit, 5xx, 408, 429.
	KindUnreachable Kind = "Unreachable"
	// KindTooLarge is a picture beyond the size limit.
	KindTooLarge Kind = "TooLarge"
	// KindNotPicture is an answer that cannot hold a picture.
	KindNotPicture Kind = "NotPicture"
)

// Error is why a picture could not be fetched.
type Error struct {
	Kind Kind
	// HTTPStatus is the status of the answer, 0 when there was none.
	HTTPStatus int

	message string
	cause   error
}

// Message is a sentence for conditions and events. It is the same on every try, and it holds no query string, no
// duration and no address that the user did not write.
func (e *Error) Message() string { return e.message }

// Error is Message with the operation in front.
func (e *Error) Error() string { return "fetch picture: " + e.message }

// Unwrap gives the cause where it is one of network, TLS, context or guard. It is for errors.Is and the log: it may
// name resolved addresses, but never a URL.
func (e *Error) Unwrap() error { return e.cause }

// KindOf gives the kind of an error of this package, and "" for any other.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

func invalid(format string, args ...any) *Error {
	return &Error{Kind: KindInvalidURL, message: fmt.Sprintf(format, args...)}
}

func tooLarge(maxBytes int64) *Error {
	return &Error{Kind: KindTooLarge, message: fmt.Sprintf("the picture is larger than the %d bytes allowed", maxBytes)}
}

// transportError classifies what net/http returned instead of, or in the middle of, an answer.
func transportError(err error) *Error {
	// An error of ours comes back from CheckRedirect inside a *url.Error, which holds the URL with its query.
	var own *Error
	var address *netguard.AddressError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &address):
		return &Error{Kind: KindForbidden, message: address.Error(), cause: address}
	case errors.Is(err, netguard.ErrHost):
		return invalid("the address has no valid host name")
	}
	message, cause := netguard.Describe("the server", err)
	return &Error{Kind: KindUnreachable, message: message, cause: cause}
}

// statusError classifies an answer that is not a picture by its status; nil when it may be one.
func statusError(status int) *Error {
	e := &Error{HTTPStatus: status}
	switch {
	case status == http.StatusOK || status == http.StatusNonAuthoritativeInfo:
		return nil
	case status == http.StatusNotFound || status == http.StatusGone:
		e.Kind, e.message = KindNotFound, "there is no picture at the address"
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		e.Kind, e.message = KindUnreachable, "the server cannot serve the picture now"
	case status >= 400:
		e.Kind, e.message = KindDenied, "the server refuses to serve the picture"
	case status >= 300:
		e.Kind, e.message = KindForbidden, "the server redirects without saying where to"
	default:
		e.Kind, e.message = KindNotPicture, "the server answered without a picture"
	}
	e.message = fmt.Sprintf("%s (HTTP %d)", e.message, status)
	return e
}
