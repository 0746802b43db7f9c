package obs

import (
	"context"
	"io"
	"net/http"
)

// maxReplyBytes is far beyond any answer that is not an object.
const maxReplyBytes = 64 << 10

// boundedTransport cuts off every answer at a size. minio-go reads what it has no use for to its end before it gives a
// connection back, and the endpoint of a tenant may never come to an end. Cookies are dropped: minio-go keeps them in a
// jar that only grows, and S3 has no use for them.
type boundedTransport struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Header.Del("Set-Cookie")
	limit := int64(maxReplyBytes)
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusPartialContent {
		if n, ok := req.Context().Value(contentLimit{}).(int64); ok {
			limit = n
		}
	}
	resp.Body = &boundedBody{io.LimitReader(resp.Body, limit), resp.Body}
	return resp, nil
}

// contentLimit is the context key of how many bytes of an answer are of use to a request that reads an object.
type contentLimit struct{}

// withContentLimit lets one byte more than maxBytes through, by which the reader sees that there is too much.
func withContentLimit(ctx context.Context, maxBytes int64) context.Context {
	return context.WithValue(ctx, contentLimit{}, maxBytes+1)
}

type boundedBody struct {
	io.Reader
	io.Closer
}
