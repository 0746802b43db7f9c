package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// readAhead asks for the next page of a list while the last one is still being decoded: the API server takes about as long for a page as the client does,
// and one after the other is most of a start among ten thousand objects. Everything that is no page of a list passes.
type readAhead struct {
	next http.RoundTripper

	mu sync.Mutex
	// ahead is the page that comes next, by the path of its list.
	ahead map[string]coming
}

// coming is a page that was asked for ahead. It comes once, or the channel is closed.
type coming struct {
	url  string
	page <-chan page
}

// page is an answer that was read whole.
type page struct {
	resp *http.Response
	body []byte
}

// pageTimeout bounds a page that was asked for ahead. The caller asks for it as usual where it did not come.
const pageTimeout = 30 * time.Second

// newReadAhead wraps a transport, as rest.Config.Wrap does.
func newReadAhead(next http.RoundTripper) http.RoundTripper {
	return &readAhead{next: next, ahead: map[string]coming{}}
}

// RoundTrip implements http.RoundTripper.
func (r *readAhead) RoundTrip(req *http.Request) (*http.Response, error) {
	query := req.URL.Query()
	if req.Method != http.MethodGet || query.Get("limit") == "" || query.Get("watch") != "" {
		return r.next.RoundTrip(req)
	}
	p, came := r.take(req)
	if !came {
		resp, err := r.next.RoundTrip(req)
		if err != nil || resp.StatusCode != http.StatusOK {
			return resp, err
		}
		if p, err = readPage(resp); err != nil {
			return nil, err
		}
	}
	if token := continueToken(p.body); token != "" {
		r.ask(req, query, token)
	}
	p.resp.Body, p.resp.Request = io.NopCloser(bytes.NewReader(p.body)), req
	return p.resp, nil
}

// take waits for the page if it was asked for ahead. What was asked for in vain, because its list was given up, goes.
func (r *readAhead) take(req *http.Request) (p page, came bool) {
	r.mu.Lock()
	c := r.ahead[req.URL.Path]
	delete(r.ahead, req.URL.Path)
	r.mu.Unlock()
	if c.url != req.URL.String() {
		return page{}, false
	}
	select {
	case p, came = <-c.page:
		return p, came
	case <-req.Context().Done():
		return page{}, false
	}
}

// ask asks for the page that follows the one of req.
func (r *readAhead) ask(req *http.Request, query url.Values, token string) {
	query.Set("continue", token)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(req.Context()), pageTimeout)
	following := req.Clone(ctx)
	following.URL.RawQuery = query.Encode()
	pages := make(chan page, 1)
	r.mu.Lock()
	r.ahead[req.URL.Path] = coming{following.URL.String(), pages}
	r.mu.Unlock()
	go func() {
		defer cancel()
		defer close(pages)
		resp, err := r.next.RoundTrip(following)
		if err != nil {
			return
		}
		if p, err := readPage(resp); err == nil && resp.StatusCode == http.StatusOK {
			pages <- p
		}
	}()
}

func readPage(resp *http.Response) (page, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return page{resp, body}, err
}

// continueToken finds what the API server wants to be given for the next page of a list of custom resources, which ends with the list's own metadata.
func continueToken(body []byte) string {
	const metadata, key = `"metadata":{`, `"continue":"`
	last := max(0, bytes.LastIndex(body, []byte(metadata)))
	token, found := bytes.CutPrefix(body[last:], []byte(metadata+key))
	if !found {
		return ""
	}
	token, _, _ = bytes.Cut(token, []byte(`"`))
	return string(token)
}
