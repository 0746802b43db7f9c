package ais

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
)

// Client calls the Image Recognition API on behalf of one account and project.
// It is safe for concurrent use, and made anew when its configuration changes.
type Client struct {
	endpoint     *url.URL
	auth         authenticator
	wire         *wire
	call         sender
	secrets      []string
	pictureLimit int64
}

// NewClient checks the configuration; it sends nothing.
func NewClient(cfg Config) (*Client, error) {
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	endpoint, err := parseEndpoint("image endpoint", cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	iamEndpoint, err := parseEndpoint("IAM endpoint", cfg.IAMEndpoint)
	if err != nil {
		return nil, err
	}
	c := &Client{
		endpoint:     endpoint,
		wire:         &wire{base: cfg.Transport, userAgent: cfg.UserAgent, now: cfg.Now},
		secrets:      cfg.Credentials.secrets(),
		pictureLimit: cfg.MaxAnswerBytes,
	}
	c.auth, err = cfg.Credentials.newAuthenticator(&identity{
		endpoint:    iamEndpoint,
		wire:        c.wire,
		secrets:     c.secrets,
		projectID:   cfg.ProjectID,
		projectName: cfg.ProjectName,
		beginTry:    cfg.BeginTry,
	})
	if err != nil {
		return nil, err
	}
	c.call = c.chain()
	return c, nil
}

// Endpoint is the base URL of the image API.
func (c *Client) Endpoint() string { return strings.TrimSuffix(c.endpoint.String(), "/") }

// ProjectID returns the project that the credentials act in. It is looked up
// once, where the configuration does not give it.
func (c *Client) ProjectID(ctx context.Context) (string, error) {
	g, err := c.auth.grant(ctx)
	return g.projectID, err
}

// Verify tries all that a call needs and that is free: IAM accepts the
// credentials, knows the project, and the image endpoint can be connected to,
// TLS included. No recognition path is touched.
func (c *Client) Verify(ctx context.Context) (projectID string, err error) {
	if projectID, err = c.auth.verify(ctx); err != nil {
		return "", err
	}
	if err := c.connect(ctx); err != nil {
		return "", err
	}
	return projectID, nil
}

// connect dials the image endpoint through the transport itself, so that its
// proxies, guards and trust apply. It does so with a HEAD of the root. What is
// answered does not matter, nor whether anything is once the connection, TLS
// included, stands. The answer is waited for all the same: whether a request
// that is given up at that moment still leaves would be a matter of chance.
func (c *Client) connect(ctx context.Context) error {
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	x := &exchange{op: OpConnect, secrets: c.secrets}
	req, err := http.NewRequestWithContext(traced, http.MethodHead, c.endpoint.JoinPath("/").String(), nil)
	if err != nil {
		return x.invalid(err.Error())
	}
	req.Header.Set("User-Agent", c.wire.userAgent)
	resp, err := c.wire.base.RoundTrip(req)
	if err == nil {
		_ = resp.Body.Close() // a HEAD has no body
		return nil
	}
	if connected.Load() {
		return nil
	}
	return x.unanswered(ctx, err, false)
}

// CloseIdleConnections releases what the transport keeps open for later calls.
func (c *Client) CloseIdleConnections() {
	if t, ok := c.wire.base.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Format prints the endpoint whatever the verb: fmt would reach the secrets in
// unexported fields without asking them.
func (c *Client) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "ais.Client("+c.endpoint.String()+")") // a fmt.State has no way to report failure
}
