package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
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
// so every connection is checked after name resolution and before it is made:
// only public addresses, and those in the allowed prefixes.
type fetcher struct {
	client   *http.Client
	deadline time.Duration
}

// errScheme is a redirect away from the web.
var errScheme = errors.New("only http and https are followed")

// newFetcher makes a fetcher that may also reach the allowed prefixes. It takes
// no proxy from the environment: a proxy would resolve names on its own.
func newFetcher(allowed []netip.Prefix) *fetcher {
	var v4, v6 []netip.Prefix
	for _, prefix := range allowed {
		if prefix.Addr().Is4() {
			v4 = append(v4, prefix)
		} else {
			v6 = append(v6, prefix)
		}
	}
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	dialer := &net.Dialer{Timeout: fetchDeadline, Control: guard.Safe}
	return &fetcher{deadline: fetchDeadline, client: &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    fetchDeadline,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true, // pictures are compressed; a compressed bomb stays one
			DisableKeepAlives:      true,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return http.ErrUseLastResponse
			}
			if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
				return errScheme
			}
			return nil
		},
	}}
}

// get downloads a picture. Errors are *Error, or ctx's.
func (f *fetcher) get(ctx context.Context, address string) ([]byte, error) {
	target, err := url.Parse(address)
	if err != nil || len(address) > maxURL || target.Hostname() == "" || target.Scheme != "http" && target.Scheme != "https" {
		return nil, fail(codeURL)
	}
	timed, cancel := context.WithTimeout(ctx, f.deadline)
	defer cancel()
	request, err := http.NewRequestWithContext(timed, http.MethodGet, address, nil)
	if err != nil {
		return nil, fail(codeURL)
	}
	request.Header.Set("User-Agent", "ais-engine")
	response, err := f.client.Do(request)
	if err != nil {
		return nil, downloadError(ctx, err)
	}
	defer response.Body.Close()
	if code := refusal(response); code != "" {
		return nil, fail(code)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxDownload+1))
	switch {
	case err != nil:
		return nil, downloadError(ctx, err)
	case len(content) == 0:
		return nil, fail(codeFileEmpty)
	case len(content) > maxDownload:
		return nil, fail(codeFileOversized)
	}
	return content, nil
}

// downloadError tells the client's departure from the download's failure.
func downloadError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, errScheme):
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
