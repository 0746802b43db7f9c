package ais

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// payload is a JSON body: head, then the Base64 of picture, then tail. The
// Base64 is made while it is read, so a body costs no more memory than the
// picture that it carries.
type payload struct {
	head, tail []byte
	picture    []byte
}

// newPayload builds the body of an operation from the picture and params, a
// struct that encodes to a JSON object without "image" and "url".
func newPayload(image Image, params any) (*payload, error) {
	fields, err := marshal(params)
	if err != nil {
		return nil, err
	}
	fields = bytes.TrimPrefix(fields, []byte("{"))
	if string(fields) != "}" {
		fields = append([]byte(","), fields...)
	}
	if image.URL == "" {
		return &payload{head: []byte(`{"image":"`), picture: image.Data, tail: append([]byte(`"`), fields...)}, nil
	}
	address, err := marshal(image.URL)
	if err != nil {
		return nil, err
	}
	return &payload{head: append([]byte(`{"url":`), address...), tail: fields}, nil
}

// newJSONPayload builds a body without a picture.
func newJSONPayload(value any) (*payload, error) {
	data, err := marshal(value)
	if err != nil {
		return nil, err
	}
	return &payload{head: data}, nil
}

// marshal encodes without HTML escapes: a signed URL goes out as it was written.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		if inner, ok := errors.AsType[*json.MarshalerError](err); ok {
			err = inner.Unwrap() // without the names of Go types
		}
		return nil, fmt.Errorf("the request cannot be encoded: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// size is the exact length in bytes, for Content-Length.
func (p *payload) size() int64 {
	return int64(len(p.head) + base64.StdEncoding.EncodedLen(len(p.picture)) + len(p.tail))
}

// sum is the lower-case hex SHA-256 of the bytes, made by one streamed pass.
// A nil payload is an empty body.
func (p *payload) sum() string {
	hash := sha256.New()
	if p != nil {
		_, _ = io.Copy(hash, p.open()) // neither side can fail
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// open returns a reader of the bytes from their start.
func (p *payload) open() *payloadReader {
	return &payloadReader{head: p.head, picture: p.picture, tail: p.tail, left: p.size()}
}

var errSealed = errors.New("the request is over")

// payloadReader is a request body that knows whether its last byte was handed
// out. That byte decides whether the service can have carried out the request:
// without it the JSON is incomplete.
type payloadReader struct {
	mu                  sync.Mutex
	head, picture, tail []byte
	quad                [4]byte // Base64 of three bytes that did not fit into a small read
	spill               []byte  // what is left of quad
	left                int64   // bytes not handed out yet
	sealed              bool
}

// Read implements io.Reader.
func (r *payloadReader) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sealed {
		return 0, errSealed
	}
	if r.left == 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(b) && r.left > 0 {
		m := r.fill(b[n:])
		n, r.left = n+m, r.left-int64(m)
	}
	return n, nil
}

// Close implements io.Closer; the transport may call it at any time.
func (r *payloadReader) Close() error {
	r.seal()
	return nil
}

// seal ends reading and tells whether the last byte had been handed out.
// Nothing is handed out afterwards, so the answer stays true: a transport that
// still works in the background cannot complete the request behind it.
func (r *payloadReader) seal() (complete bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sealed = true
	return r.left == 0
}

func (r *payloadReader) fill(b []byte) int {
	var n int
	switch {
	case len(r.head) > 0:
		n = copy(b, r.head)
		r.head = r.head[n:]
	case len(r.spill) > 0:
		n = copy(b, r.spill)
		r.spill = r.spill[n:]
	case len(r.picture) > 0:
		n = r.encode(b)
	default:
		n = copy(b, r.tail)
		r.tail = r.tail[n:]
	}
	return n
}

// encode writes as many whole groups of four as fit, straight into b.
func (r *payloadReader) encode(b []byte) int {
	if len(b) < len(r.quad) {
		r.take(r.quad[:], 3)
		r.spill = r.quad[:]
		return r.fill(b)
	}
	return r.take(b, len(b)/4*3)
}

// take encodes up to n bytes of the picture, n being a multiple of three, so
// that padding comes at the picture's end only.
func (r *payloadReader) take(b []byte, n int) int {
	n = min(n, len(r.picture))
	base64.StdEncoding.Encode(b, r.picture[:n])
	r.picture = r.picture[n:]
	return base64.StdEncoding.EncodedLen(n)
}
