package ais

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// AttemptHeader is the request header that carries Call.AttemptID. It is none
// that net/http, a gateway or the service gives a meaning to; in particular it
// is not Idempotency-Key, with which net/http would replay a POST.
const AttemptHeader = "X-Ais-Attempt-Id"

// Image is a picture, by its bytes or by an address that the service reads.
// Exactly one is set.
type Image struct {
	// Data is the file, in a format of Operation.Limits. It must not change
	// while the call lasts.
	Data []byte
	// URL is an HTTP(S) or OBS address, taken as it is.
	URL string
}

// Call is what a caller may say about one billed call.
type Call struct {
	// AttemptID is sent along, to recognise the request in records of the
	// service. Empty: none is sent.
	AttemptID string
	// BeforeSend, if set, is called after authentication, right before the
	// request leaves, and again before a second one with a renewed token. With
	// an error nothing is sent, and the call returns that error, wrapped.
	BeforeSend func() error
}

// prepare checks what can be checked for free and builds the exchange.
func (c *Client) prepare(op Operation, call Call, image Image, params any, limit int64) (*exchange, error) {
	x := &exchange{
		op:      string(op),
		method:  http.MethodPost,
		url:     c.endpoint.JoinPath(op.path()),
		header:  make(http.Header),
		paid:    true,
		veto:    call.BeforeSend,
		limit:   limit,
		secrets: c.secrets,
	}
	if call.AttemptID != "" {
		x.header.Set(AttemptHeader, call.AttemptID)
	}
	if problem := image.problem(op); problem != "" {
		return nil, x.invalid(problem)
	}
	var err error
	if x.body, err = newPayload(image, params); err != nil {
		return nil, x.invalid(err.Error())
	}
	return x, nil
}

// problem says why the operation cannot take the image; empty: it can.
func (i Image) problem(op Operation) string {
	limit := op.Limits().MaxBytes
	switch {
	case len(i.Data) == 0 && i.URL == "":
		return "there is no picture: give its bytes or its URL"
	case len(i.Data) != 0 && i.URL != "":
		return "there are two pictures: give either bytes or a URL"
	case int64(len(i.Data)) > limit:
		return fmt.Sprintf("the picture has %d bytes: at most %d are allowed", len(i.Data), limit)
	case i.URL == "":
		return ""
	case !op.takesURL():
		return "the operation takes no URL: give the picture's bytes"
	}
	if u, err := url.Parse(i.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "the picture's URL is not valid: use http or https and a host"
	}
	return ""
}

// recognise calls an operation that answers JSON, and decodes its result.
func (c *Client) recognise(ctx context.Context, op Operation, call Call, image Image, params, result any) (*answer, error) {
	x, err := c.prepare(op, call, image, params, recognitionLimit)
	if err != nil {
		return nil, err
	}
	a, err := c.call(ctx, x)
	if err != nil {
		return nil, err
	}
	return a, x.decode(a, result, c.wire.now())
}

// enhance calls an operation that answers a picture.
func (c *Client) enhance(ctx context.Context, op Operation, call Call, image Image, params any) (*PictureResult, error) {
	x, err := c.prepare(op, call, image, params, c.pictureLimit)
	if err != nil {
		return nil, err
	}
	a, err := c.call(ctx, x)
	if err != nil {
		return nil, err
	}
	data, err := x.picture(a, c.wire.now())
	if err != nil {
		return nil, err
	}
	return &PictureResult{Data: data, RequestID: requestID(a.header, "")}, nil
}
