package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

const (
	maxDownload   = 10 << 20 // bytes, as for Base64
	maxURL        = 8 << 10  // characters
	maxRedirects  = 5
	fetchDeadline = 10 * time.Second // connecting, redirects and the whole content
)

// fetcher downloads pictures for the url parameter. Clients choose the address,
// so the guard judges every connection; nothing that one server says reaches
// another, and nothing of this machine's environment reaches any.
type fetcher struct {
	client   *http.Client
	deadline time.Duration
}

// errTarget is an address that is not fetched, whatever it leads to.
var errTarget = errors.New("only plain http and https addresses are followed, and never from https to http")

// newFetcher makes a fetcher that may also reach the allowed prefixes. It takes
// no proxy from the environment: a proxy would resolve names on its own.
func newFetcher(allowed []netip.Prefix) *fetcher {
	return &fetcher{deadline: fetchDeadline, client: &http.Client{
		Transport: &http.Transport{
			DialContext:            newGuard(allowed).dial,
			TLSHandshakeTimeout:    fetchDeadline,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true, // pictures are compressed; a compressed bomb stays one
			DisableKeepAlives:      true,
		},
		CheckRedirect: checkRedirect,
	}}
}

// checkRedirect judges the next address; where it leads is judged by the guard.
func checkRedirect(r *http.Request, via []*http.Request) error {
	r.Header.Del("Referer") // net/http puts the address that led here there, which may be signed
	switch {
	case len(via) > maxRedirects:
		return http.ErrUseLastResponse
	case !isPlain(r.URL), r.URL.Scheme == "http" && via[len(via)-1].URL.Scheme == "https":
		return errTarget
	}
	return nil
}

// isPlain says whether a URL names a server to fetch from, and nothing more:
// a user in it would be sent along as credentials.
func isPlain(u *url.URL) bool {
	if u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	}
	return u.User == nil && u.Hostname() != "" && !strings.ContainsAny(u.Host, `\% `)
}

// get downloads a picture. Errors are *Error, or ctx's.
func (f *fetcher) get(ctx context.Context, address string) ([]byte, error) {
	if len(address) > maxURL {
		return nil, fail(codeURL)
	}
	target, err := url.Parse(address)
	if err != nil || !isPlain(target) {
		return nil, fail(codeURL)
	}
	timed, cancel := context.WithTimeout(ctx, f.deadline)
	defer cancel()
	request, err := http.NewRequestWithContext(timed, http.MethodGet, address, nil)
	if err != nil {
		return nil, fail(codeURL)
	}
	request.Header.Set("Accept-Encoding", "identity")
	request.Header.Set("User-Agent", "ais-engine")
	response, err := f.client.Do(request)
	if err != nil {
		return nil, downloadError(ctx, err)
	}
	defer response.Body.Close()
	if code := refusal(response); code != "" {
		return nil, fail(code)
	}
	// As much as is announced, else all that is held for it: no copy is made.
	size := response.ContentLength
	if size < 0 {
		size = maxDownload
	}
	content := bytes.NewBuffer(make([]byte, 0, size+1+bytes.MinRead))
	_, err = content.ReadFrom(io.LimitReader(response.Body, maxDownload+1))
	switch {
	case err != nil:
		return nil, downloadError(ctx, err)
	case content.Len() == 0:
		return nil, fail(codeFileEmpty)
	case content.Len() > maxDownload:
		return nil, fail(codeFileOversized)
	}
	return content.Bytes(), nil
}

// downloadError tells the client's departure from the download's failure.
func downloadError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, errAddress), errors.Is(err, errTarget):
		return fail(codeURL)
	default:
		return fail(codeDownload)
	}
}

// refusal is the code for an answer that brings no picture.
func refusal(response *http.Response) string {
	switch {
	case response.StatusCode == http.StatusForbidden && isSigned(response.Request.URL):
		return codeFileForbidden
	case response.StatusCode != http.StatusOK:
		return codeDownload
	case response.ContentLength > maxDownload:
		return codeFileOversized
	default:
		return ""
	}
}

// isSigned says whether a URL carries temporary authorisation: OBS's own
// parameter Signature, or those of AWS signature version 4.
func isSigned(u *url.URL) bool {
	for name := range u.Query() {
		switch strings.ToLower(name) {
		case "signature", "x-amz-signature", "x-obs-signature":
			return true
		}
	}
	return false
}
