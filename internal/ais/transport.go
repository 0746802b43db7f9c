package ais

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"time"
)

const (
	// Limits of what is read of one answer, in bytes.
	defaultPictureLimit = 64 << 20
	recognitionLimit    = 1 << 20
	identityLimit       = 1 << 20
	faultLimit          = 64 << 10
)

// sender carries out one exchange. Every failure is an *Error, a veto excepted.
type sender func(context.Context, *exchange) (*answer, error)

// chain stacks what every call passes. From the outside in:
//
//  1. authenticated: a token or a signature is added, and the project's ID is
//     filled in. Outermost, since renewing a token takes a second pass through
//     all the rest.
//  2. vetoed: the caller's last word, after the time that a log-in took.
//  3. send: one HTTP round trip, never repeated. The body notes whether its
//     last byte left, redirects are answers like any other, and what comes
//     back is read up to a limit.
//
// Concurrency, rate and metrics are not here: they span clients and belong to
// whoever makes the call. Dialling, TLS and guards are Config.Transport's.
func (c *Client) chain() sender {
	return c.authenticated(vetoed(c.wire.send))
}

// vetoed asks the exchange's owner before passing it on.
func vetoed(next sender) sender {
	return func(ctx context.Context, x *exchange) (*answer, error) {
		if x.veto != nil {
			if err := x.veto(); err != nil {
				return nil, fmt.Errorf("%s: not sent: %w", x.op, err)
			}
		}
		return next(ctx, x)
	}
}

// wire is the way to the network.
type wire struct {
	base      http.RoundTripper
	userAgent string
	now       func() time.Time
}

// send is one HTTP round trip. It uses the RoundTripper itself, not an
// http.Client, which would follow redirects.
func (w *wire) send(ctx context.Context, x *exchange) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, x.method, x.url.String(), nil)
	if err != nil {
		return nil, x.invalid(err.Error())
	}
	maps.Copy(req.Header, x.header)
	req.Header.Set("User-Agent", w.userAgent)
	req.Header.Set("Accept", "application/json")
	// Pictures do not shrink, and a known length allows one exact allocation.
	req.Header.Set("Accept-Encoding", "identity")

	complete := func() bool { return true }
	if x.body != nil {
		// GetBody stays nil: with it, and likewise with an Idempotency-Key
		// header, net/http would replay a POST whose connection broke.
		body := x.body.open()
		req.Body, req.ContentLength = body, x.body.size()
		req.Header.Set("Content-Type", "application/json")
		complete = body.seal
	}
	resp, err := w.base.RoundTrip(req)
	if err != nil {
		return nil, x.unanswered(ctx, err, complete())
	}
	defer func() { _ = resp.Body.Close() }() // nothing more is wanted of it
	return w.receive(x, resp)
}

// receive reads the answer whole.
func (w *wire) receive(x *exchange, resp *http.Response) (*answer, error) {
	if resp.StatusCode/100 != 2 {
		// What can be read of an error is enough: its status stands already.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, faultLimit))
		return nil, x.refused(resp.StatusCode, resp.Header, parseFault(resp.Header.Get("Content-Type"), body), w.now())
	}
	a := &answer{status: resp.StatusCode, header: resp.Header}
	var err error
	if a.body, err = readBounded(resp, x.limit); err != nil {
		e := x.unreadable(a, "the answer could not be read: "+describe(err), err)
		if !x.paid {
			e.class = ClassTransient
		}
		return nil, e
	}
	return a, nil
}

// readBounded reads the body into one allocation where its length is known.
func readBounded(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	if resp.ContentLength >= 0 {
		body := make([]byte, resp.ContentLength)
		_, err := io.ReadFull(resp.Body, body)
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = tooLarge(limit)
	}
	return body, err
}

func tooLarge(limit int64) error {
	return fmt.Errorf("it has more than the %d bytes that are allowed", limit)
}

// newTransport is used when Config.Transport is not set.
func newTransport() http.RoundTripper {
	const connectTimeout = 10 * time.Second
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout: connectTimeout,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 10,
		// Shorter than usual servers keep theirs: a request on a connection
		// that the server is just closing is an unknown outcome.
		IdleConnTimeout: 30 * time.Second,
	}
}
