// Package source fetches pictures from the addresses that users write: bounded in size, redirects and time, without
// credentials, through a transport that guards what is dialled (package netguard).
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxRedirects is enough for a short link, a canonical host and a content network, with some to spare.
const maxRedirects = 5

// accept names what the services take, and anything else last: some servers have but one format.
const accept = "image/jpeg,image/png,image/bmp,image/webp;q=0.9,image/gif;q=0.8,*/*;q=0.5"

// Picture is what was found at an address.
type Picture struct {
	Data []byte
	// ETag is the strong entity tag with its quotes, "" if there is none or only a weak one: a weak tag does not
	// identify bytes (RFC 9110, section 8.8.1).
	ETag string
}

// userAgent tells the owner of a server who asks.
const userAgent = "ais-operator"

// Fetcher downloads pictures. It is safe for concurrent use.
type Fetcher struct {
	client *http.Client
}

// NewFetcher makes a Fetcher over a transport, which decides what may be dialled: netguard's Policy.Transport.
func NewFetcher(rt http.RoundTripper) *Fetcher {
	// No cookie jar: nothing that one server sets may reach another, or the next object's request.
	return &Fetcher{client: &http.Client{Transport: locations{rt}, CheckRedirect: checkRedirect}}
}

const notPlain = "the server redirects to something that is not a plain https:// or http:// address"

// locations refuses redirects that are no URL. net/http would report them in a way that looks like an answer that
// broke off, and quote them.
type locations struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t locations) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if _, err := resp.Location(); resp.StatusCode/100 == 3 && err != nil && !errors.Is(err, http.ErrNoLocation) {
		_ = resp.Body.Close()
		return nil, &Error{Kind: KindForbidden, message: notPlain}
	}
	return resp, nil
}

// Fetch downloads a picture of at most maxBytes. The context bounds the whole exchange, redirects and body included.
// The error is an *Error.
func (f *Fetcher) Fetch(ctx context.Context, rawURL string, maxBytes int64) (*Picture, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, invalid("the address is not a valid URL")
	}
	req.Header.Set("Accept", accept)
	// Set by hand, so that net/http decompresses nothing: the limit counts the bytes that are kept.
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", userAgent)

	resp, err := f.client.Do(req)
	if err != nil {
		return nil, transportError(err)
	}
	defer resp.Body.Close()
	if err := checkAnswer(resp, maxBytes); err != nil {
		return nil, err
	}
	data, err := readBody(resp, maxBytes)
	if err != nil {
		return nil, err
	}
	return &Picture{Data: data, ETag: strongETag(resp.Header.Get("ETag"))}, nil
}

// checkRedirect judges the next address. Its host is judged when it is dialled.
func checkRedirect(req *http.Request, via []*http.Request) error {
	// net/http puts the address that led here, which may be signed, into Referer.
	req.Header.Del("Referer")
	forbidden := func(message string) error {
		return &Error{Kind: KindForbidden, message: message}
	}
	switch {
	case len(via) > maxRedirects:
		return forbidden(fmt.Sprintf("the server redirects more than %d times", maxRedirects))
	case checkParts(req.URL) != nil:
		return forbidden(notPlain)
	case req.URL.Scheme == "http" && via[len(via)-1].URL.Scheme == "https":
		return forbidden("the server redirects from https:// to http://")
	}
	return nil
}

// checkAnswer refuses what can be refused before the body is read.
func checkAnswer(resp *http.Response, maxBytes int64) error {
	if err := statusError(resp.StatusCode); err != nil {
		return err
	}
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return &Error{Kind: KindNotPicture, HTTPStatus: resp.StatusCode, message: "the server compresses the picture although it was asked not to"}
	}
	if resp.ContentLength > maxBytes {
		return tooLarge(maxBytes)
	}
	return nil
}

// readBody reads all of a body. When its length is known, exactly that is allocated; net/http cuts off what is longer
// and reports what is shorter.
func readBody(resp *http.Response, maxBytes int64) ([]byte, error) {
	if resp.ContentLength >= 0 {
		data := make([]byte, resp.ContentLength)
		if _, err := io.ReadFull(resp.Body, data); err != nil {
			return nil, bodyError(err)
		}
		return data, nil
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBytes+1))
	switch {
	case err != nil:
		return nil, bodyError(err)
	case int64(len(data)) > maxBytes:
		return nil, tooLarge(maxBytes)
	}
	return data, nil
}

func bodyError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &Error{Kind: KindUnreachable, message: "the server's answer ended before the picture was complete", cause: io.ErrUnexpectedEOF}
	}
	return transportError(err)
}

func strongETag(tag string) string {
	if len(tag) > 2 && tag[0] == '"' && tag[len(tag)-1] == '"' {
		return tag
	}
	return ""
}
