package ais

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// authenticated completes the exchange for the caller's project and
// authenticates it. Where the service refuses a token that a new one can
// replace, it does so once more with a new one; a second refusal stands.
func (c *Client) authenticated(next sender) sender {
	try := func(ctx context.Context, x *exchange, g grant) (*answer, error) {
		y := x.inProject(g)
		c.auth.authenticate(y, g)
		x.secrets = y.secrets // the answer, read later, may repeat a token
		return next(ctx, y)
	}
	return func(ctx context.Context, x *exchange) (*answer, error) {
		g, err := c.auth.grant(ctx)
		if err != nil {
			return nil, err
		}
		a, err := try(ctx, x, g)
		if err == nil || !c.auth.renewable(g, err) {
			return a, err
		}
		if g, err = c.auth.grant(ctx); err != nil {
			return nil, err
		}
		return try(ctx, x, g)
	}
}

// inProject returns a copy whose path names the project of the grant, and
// whose header may be added to.
func (x *exchange) inProject(g grant) *exchange {
	y := *x
	y.url = new(url.URL)
	*y.url = *x.url
	y.url.Path = strings.Replace(x.url.Path, projectPlaceholder, g.projectID, 1)
	y.url.RawPath = "" // it spelt the placeholder
	if y.header = x.header.Clone(); y.header == nil {
		y.header = make(http.Header)
	}
	return &y
}
