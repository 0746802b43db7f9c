package obs

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// answer is a storage that answers everything alike.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) RoundTrip(req *http.Request) (*http.Response, error) {
	body := io.NopCloser(bytes.NewReader(a.body))
	if req.Method == http.MethodHead {
		body = http.NoBody
	}
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header.Clone(), ContentLength: int64(len(a.body)), Body: body, Request: req,
	}, nil
}

// FuzzAnswer holds that whatever a storage answers ends in what was read, within its bound, or in an error of ours that
// quotes none of it.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		"", "content", "<Error><Code>NoSuchKey</Code><Message>SECRET</Message><RequestId>R1</RequestId></Error>",
		"<Error><Code>" + strings.Repeat("A", 100) + "</Code></Error>", "<Error><Code>No\nSuch</Code><RequestId>\x1b[31m</RequestId></Error>",
		"<?xml version=\"1.0\"?><!DOCTYPE e [<!ENTITY x \"SECRET\">]><Error><Code>&x;</Code></Error>", "<Error>", "<html>SECRET</html>", "\x00\xff",
	} {
		for _, status := range []int{200, 206, 301, 400, 403, 404, 412} { // minio-go pauses after those that it calls temporary
			f.Add(status, []byte(body), `"5d41402abc4b2a76b9719d911017c592"`, "Sun, 01 Mar 2026 12:00:00 GMT", "SECRET")
		}
	}
	f.Fuzz(func(t *testing.T, status int, body []byte, etag, modified, other string) {
		header := http.Header{}
		for name, value := range map[string]string{"ETag": etag, "Last-Modified": modified, "X-Amz-Meta-Sha256": other, "X-Amz-Request-Id": other, "X-Amz-Bucket-Region": other, "Location": other} {
			header.Set(name, value)
		}
		c, err := New(Config{Endpoint: "https://obs.example", Keys: Key{ID: accessKey, Secret: secretKey}, Transport: answer{status, header, body}})
		if err != nil {
			t.Fatal(err)
		}
		const limit = 16
		data, info, err := c.Get(t.Context(), bucket, "key", limit)
		if checkError(t, "Get", err); len(data) > limit || len(info.ETag) > maxETag {
			t.Errorf("Get read %d bytes, ETag %q", len(data), info.ETag)
		}
		info, err = c.Head(t.Context(), bucket, "key")
		if checkError(t, "Head", err); len(info.ETag) > maxETag {
			t.Errorf("ETag %q", info.ETag)
		}
		_, err = c.Put(t.Context(), bucket, "key", Object{Data: []byte("content")})
		checkError(t, "Put", err)
		checkError(t, "Delete", c.Delete(t.Context(), bucket, "key"))
	})
}

// checkError holds that an error, if there is one, is of a kind and quotes no more of the answer than its words.
func checkError(t *testing.T, op string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	kinds := []Kind{
		KindNotFound, KindNoBucket, KindDenied, KindBadCredentials, KindPathStyle, KindTooLarge, KindIntegrity, KindThrottled, KindUnavailable, KindInvalid,
	}
	var e *Error
	if !errors.As(err, &e) || !slices.Contains(kinds, e.Kind) || e.Message == "" {
		t.Fatalf("%s = %#v, want an error with a kind and a message", op, err)
	}
	if strings.ContainsFunc(e.Message, unicode.IsControl) || strings.Contains(e.Message, "SECRET") {
		t.Errorf("%s says %q", op, e.Message)
	}
	if e.Code != word(e.Code, maxCode) || e.RequestID != word(e.RequestID, maxRequestID) {
		t.Errorf("%s: code %q, request %q", op, e.Code, e.RequestID)
	}
}
