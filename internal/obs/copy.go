package obs

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // see object.go
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// Content is what an object holds.
type Content struct {
	Info

	// SHA256 is that of its bytes, 64 lower-case hexadecimal digits.
	SHA256 string
	// First are its first bytes.
	First []byte

	bucket, key, md5 string
}

// Examine reads an object of at most maxBytes to its end. It keeps at most the first so many bytes in memory.
func (c *Client) Examine(ctx context.Context, bucket, key string, maxBytes, first int64) (Content, error) {
	if err := checkNames(opGet, bucket, key); err != nil {
		return Content{}, err
	}
	return signed(ctx, c, func(s *signer) (Content, error) { return s.examine(ctx, bucket, key, maxBytes, first) })
}

func (s *signer) examine(ctx context.Context, bucket, key string, maxBytes, first int64) (Content, error) {
	body, oi, _, err := s.core.GetObject(withContentLimit(ctx, maxBytes), bucket, key, rawContent())
	if err != nil {
		return Content{}, classify(opGet, err)
	}
	defer body.Close()
	s.client.buckets.Store(bucket, true)
	if oi.Size > maxBytes {
		return Content{}, failure(opGet, KindTooLarge)
	}
	sha, sum := sha256.New(), md5.New() //nolint:gosec // see object.go
	head := bytes.NewBuffer(make([]byte, 0, min(first, max(oi.Size, 0))+bytes.MinRead))
	hashed := io.TeeReader(io.LimitReader(body, maxBytes+1), io.MultiWriter(sha, sum))
	n, err := io.CopyN(head, hashed, first)
	if err == nil {
		var rest int64
		rest, err = io.Copy(io.Discard, hashed)
		n += rest
	}
	switch {
	case err != nil && err != io.EOF: //nolint:errorlint // io.CopyN returns it as it is where the object is shorter.
		return Content{}, classify(opGet, err)
	case n > maxBytes:
		return Content{}, failure(opGet, KindTooLarge)
	case oi.Size >= 0 && n != oi.Size:
		return Content{}, classify(opGet, io.ErrUnexpectedEOF)
	}
	content := Content{
		Info: infoOf(oi), SHA256: hex.EncodeToString(sha.Sum(nil)), First: head.Bytes(),
		bucket: bucket, key: key, md5: hex.EncodeToString(sum.Sum(nil)),
	}
	content.Bytes = n
	return content, nil
}

// Copy stores the content that was examined at another place, as Put does, with metadata of its own, and holds none of it in memory. If another object has
// come to the first place since, nothing is stored: the error is of KindNotFound or KindIntegrity.
func (c *Client) Copy(ctx context.Context, from Content, bucket, key string, metadata map[string]string) (Stored, error) {
	if err := checkNames(opPut, bucket, key); err != nil {
		return Stored{}, err
	}
	return signed(ctx, c, func(s *signer) (Stored, error) {
		options := rawContent()
		if err := options.SetMatchETag(from.ETag); err != nil {
			return Stored{}, invalid(opGet, "the object has no ETag")
		}
		body, _, _, err := s.core.GetObject(withContentLimit(ctx, from.Bytes), from.bucket, from.key, options)
		if err != nil {
			return Stored{}, classify(opGet, err)
		}
		defer body.Close()
		return s.store(ctx, bucket, key, upload{
			body: body, bytes: from.Bytes, sha256: from.SHA256, md5: from.md5, contentType: from.ContentType, metadata: metadata,
		})
	})
}

// upload is content on its way.
type upload struct {
	body        io.Reader
	bytes       int64
	sha256, md5 string // hexadecimal
	contentType string
	metadata    map[string]string
}
