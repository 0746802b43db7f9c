package obs

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // Content-MD5 and ETag are part of the protocol; integrity rests on SHA-256
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
)

// MetadataSHA256 is the metadata key under which Put keeps the SHA-256 of an object, 64 lower-case hexadecimal digits.
// An ETag is not enough: it is the MD5 of the content at best, and something else for encrypted objects.
const MetadataSHA256 = "sha256"

// Object is what Put stores.
type Object struct {
	Data []byte
	// ContentType is a media type; empty is application/octet-stream.
	ContentType string
	// Metadata keys are lower-case letters, digits and "-"; values are printable ASCII. MetadataSHA256 is added by Put.
	Metadata map[string]string
}

// Stored is what the service holds after a Put.
type Stored struct {
	ETag string // without quotes
	// VersionID is empty in a bucket without versioning.
	VersionID string
	Bytes     int64
	SHA256    string
}

// Info is what the service says of an object.
type Info struct {
	Bytes int64
	// ETag has no quotes. It is empty where the service gives none that can be told apart from others.
	ETag string
	// VersionID is empty in a bucket without versioning.
	VersionID   string
	ContentType string
	// Metadata has lower-case keys.
	Metadata map[string]string
	// encrypted objects have an ETag that says nothing about the content.
	encrypted bool
}

// Put stores an object in one request and makes sure that it is there: the service checks Content-MD5 on the way in,
// and a HEAD afterwards must show our size, SHA-256 and ETag. An object of that name is replaced. After an error the
// object may be there or not; putting it again is harmless.
func (c *Client) Put(ctx context.Context, bucket, key string, o Object) (Stored, error) {
	if err := checkNames(opPut, bucket, key); err != nil {
		return Stored{}, err
	}
	sum, md5sum := sha256.Sum256(o.Data), md5.Sum(o.Data) //nolint:gosec // see the import
	return signed(ctx, c, func(s *signer) (Stored, error) {
		return s.store(ctx, bucket, key, upload{
			body: bytes.NewReader(o.Data), bytes: int64(len(o.Data)), sha256: hex.EncodeToString(sum[:]), md5: hex.EncodeToString(md5sum[:]),
			contentType: o.ContentType, metadata: o.Metadata,
		})
	})
}

func (s *signer) store(ctx context.Context, bucket, key string, what upload) (Stored, error) {
	metadata, err := metadataHeaders(what.metadata, what.sha256)
	if err != nil {
		return Stored{}, err
	}
	md5sum, err := hex.DecodeString(what.md5)
	if err != nil {
		return Stored{}, invalid(opPut, "the MD5 is not hexadecimal")
	}
	// Over TLS the payload is not signed, as in the vendor's own SDK. Over plain HTTP its hash is, because nothing else
	// protects it; never in chunks with a signature each, which is minio-go's default there.
	signedHash := ""
	if s.client.endpoint.Scheme == "http" {
		signedHash = what.sha256
	}
	_, err = s.core.PutObject(ctx, bucket, key, what.body, what.bytes, base64.StdEncoding.EncodeToString(md5sum), signedHash,
		minio.PutObjectOptions{ContentType: what.contentType, UserMetadata: metadata, DisableContentSha256: true})
	if err != nil {
		return Stored{}, putError(err)
	}
	s.client.buckets.Store(bucket, true)
	info, err := s.head(ctx, opPut, bucket, key)
	switch {
	case KindOf(err) == KindNotFound, err == nil && !info.holds(what.bytes, what.sha256, what.md5):
		return Stored{}, &Error{Op: opPut, Kind: KindIntegrity, Message: "the object storage holds something else than what was put; another writer may use the same key"}
	case err != nil:
		return Stored{}, err
	}
	return Stored{ETag: info.ETag, VersionID: info.VersionID, Bytes: info.Bytes, SHA256: what.sha256}, nil
}

// putError knows that it is the bucket which is missing: a PUT needs no object. minio-go names the object where the
// answer has no body.
func putError(err error) *Error {
	e := classify(opPut, err)
	if e.Kind == KindNotFound {
		e.Kind, e.Code, e.Message = KindNoBucket, "", sentences[KindNoBucket]
	}
	return e
}

// holds tells whether the object is the one that was put. The ETag of a plain, unencrypted PUT is its MD5; other ETags
// prove nothing.
func (i Info) holds(size int64, sha, md5sum string) bool {
	if i.Bytes != size || i.Metadata[MetadataSHA256] != sha {
		return false
	}
	_, err := hex.DecodeString(i.ETag)
	isMD5 := err == nil && len(i.ETag) == 2*md5.Size && !i.encrypted
	return !isMD5 || strings.EqualFold(i.ETag, md5sum)
}

// Get reads an object of at most maxBytes.
func (c *Client) Get(ctx context.Context, bucket, key string, maxBytes int64) ([]byte, Info, error) {
	if err := checkNames(opGet, bucket, key); err != nil {
		return nil, Info{}, err
	}
	var info Info
	data, err := signed(ctx, c, func(s *signer) (data []byte, err error) {
		data, info, err = s.get(ctx, bucket, key, maxBytes)
		return data, err
	})
	return data, info, err
}

func (s *signer) get(ctx context.Context, bucket, key string, maxBytes int64) ([]byte, Info, error) {
	body, oi, _, err := s.core.GetObject(withContentLimit(ctx, maxBytes), bucket, key, rawContent())
	if err != nil {
		return nil, Info{}, classify(opGet, err)
	}
	defer body.Close()
	s.client.buckets.Store(bucket, true)
	data, err := readBounded(body, oi.Size, maxBytes)
	if err != nil {
		return nil, Info{}, err
	}
	info := infoOf(oi)
	info.Bytes = int64(len(data))
	return data, info, nil
}

// readBounded reads all of a body; size is -1 when unknown, else exactly that is allocated.
func readBounded(body io.Reader, size, maxBytes int64) ([]byte, error) {
	tooLarge := failure(opGet, KindTooLarge)
	if size > maxBytes {
		return nil, tooLarge
	}
	if size >= 0 {
		data := make([]byte, size)
		if _, err := io.ReadFull(body, data); err != nil {
			return nil, classify(opGet, err)
		}
		return data, nil
	}
	data, err := io.ReadAll(io.LimitReader(body, maxBytes+1))
	switch {
	case err != nil:
		return nil, classify(opGet, err)
	case int64(len(data)) > maxBytes:
		return nil, tooLarge
	}
	return data, nil
}

// Head says what is known of an object without reading it. A missing object is KindNotFound, a missing bucket
// KindNoBucket.
func (c *Client) Head(ctx context.Context, bucket, key string) (Info, error) {
	if err := checkNames(opHead, bucket, key); err != nil {
		return Info{}, err
	}
	return signed(ctx, c, func(s *signer) (Info, error) { return s.head(ctx, opHead, bucket, key) })
}

func (s *signer) head(ctx context.Context, op, bucket, key string) (Info, error) {
	oi, err := s.core.StatObject(ctx, bucket, key, rawContent())
	if err != nil {
		return Info{}, s.explainHead(ctx, op, bucket, key, err)
	}
	s.client.buckets.Store(bucket, true)
	return infoOf(oi), nil
}

// explainHead finds the code behind a refused HEAD. Answers to HEAD have no body, so a missing bucket looks like a
// missing object, and a wrong key like a lacking permission. A GET of the first byte is refused for the same reason,
// and says so. It is spared where the answer is plain: once a bucket is known to exist, 404 means the object. So
// looking for many objects costs one request each.
func (s *signer) explainHead(ctx context.Context, op, bucket, key string, cause error) error {
	headErr := classify(op, cause)
	switch headErr.HTTPStatus {
	case 404:
		if _, known := s.client.buckets.Load(bucket); known {
			return headErr
		}
	case 400, 401, 403:
	default:
		return headErr
	}
	opts := rawContent()
	opts.Set("Range", "bytes=0-0")
	body, _, _, err := s.core.GetObject(ctx, bucket, key, opts)
	if err == nil {
		_ = body.Close() // the reason has gone in between
		return headErr
	}
	getErr := classify(op, err)
	if getErr.HTTPStatus != headErr.HTTPStatus {
		return headErr
	}
	if getErr.Code == minio.NoSuchKey {
		s.client.buckets.Store(bucket, true)
	}
	return getErr
}

// Delete removes an object. It is not an error if there is none.
func (c *Client) Delete(ctx context.Context, bucket, key string) error {
	if err := checkNames(opDelete, bucket, key); err != nil {
		return err
	}
	_, err := signed(ctx, c, func(s *signer) (none struct{}, err error) {
		if err := s.core.RemoveObject(ctx, bucket, key, minio.RemoveObjectOptions{}); err != nil {
			if err := classify(opDelete, err); err.Kind != KindNotFound {
				return none, err
			}
		}
		return none, nil
	})
	return err
}

// PresignGet makes a URL by which anyone can read the object for a time of 1 second to 7 days, counted in whole
// seconds. Nothing is sent. The URL is a secret while it is valid, and ends with the keys that signed it where those
// are temporary.
func (c *Client) PresignGet(ctx context.Context, bucket, key string, ttl time.Duration) (string, error) {
	if err := checkNames(opPresign, bucket, key); err != nil {
		return "", err
	}
	if ttl < time.Second || ttl > 7*24*time.Hour {
		return "", invalid(opPresign, "a signed URL is valid for 1 second to 7 days")
	}
	return signed(ctx, c, func(s *signer) (string, error) {
		u, err := s.core.PresignedGetObject(ctx, bucket, key, ttl, nil)
		if err != nil {
			return "", classify(opPresign, err)
		}
		return u.String(), nil
	})
}

// rawContent asks for the bytes as they are stored, whatever the transport would ask for by itself.
func rawContent() minio.GetObjectOptions {
	var o minio.GetObjectOptions
	o.Set("Accept-Encoding", "identity")
	return o
}

func infoOf(oi minio.ObjectInfo) Info {
	info := Info{Bytes: oi.Size, ETag: word(oi.ETag, maxETag), VersionID: oi.VersionID, ContentType: oi.ContentType, Metadata: map[string]string{}}
	for k, v := range maps.All(oi.UserMetadata) {
		info.Metadata[strings.ToLower(k)] = v
	}
	info.encrypted = oi.Metadata.Get("X-Amz-Server-Side-Encryption") != ""
	return info
}
