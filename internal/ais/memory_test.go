package ais

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestLargestPictureIsSentWithoutACopy(t *testing.T) {
	picture := make([]byte, MaxPictureBytes)
	if got := allocated(func() {
		p, err := newPayload(Image{Data: picture}, struct{}{})
		if err != nil {
			t.Fatal(err)
		}
		_ = p.sum()
		if _, err := io.Copy(io.Discard, p.open()); err != nil {
			t.Fatal(err)
		}
	}); got > 256<<10 {
		t.Errorf("%d bytes allocated to hash and read a body of %d", got, base64.StdEncoding.EncodedLen(len(picture)))
	}
}

func TestPictureIsDecodedWhereItWasReceived(t *testing.T) {
	for name, letters := range map[string]string{"plain": "abcd", "with escapes": `a\/bc`} {
		a := &answer{status: 200, body: []byte(`{"result":"` + strings.Repeat(letters, 1<<20) + `"}`)}
		x := &exchange{op: "X", paid: true}
		var picture []byte
		var err error
		if got := allocated(func() { picture, err = x.picture(a, time.Time{}) }); got > 64<<10 {
			t.Errorf("%s: %d bytes allocated to decode an answer of %d", name, got, len(a.body))
		}
		if err != nil || len(picture) != 3<<20 {
			t.Errorf("%s: got %d bytes, %v", name, len(picture), err)
		}
	}
}

// largest is a client by key of a server that reads everything and answers
// this, and the largest picture that may be sent.
func largest(b *testing.B, body []byte) (*Client, Image) {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}))
	b.Cleanup(server.Close)
	c, err := NewClient(Config{
		Endpoint: server.URL, IAMEndpoint: server.URL, ProjectID: testProject,
		Credentials: byKey(), Transport: server.Client().Transport,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(MaxPictureBytes)
	b.ReportAllocs()
	return c, Image{Data: bytes.Repeat([]byte("abcdefgh"), MaxPictureBytes/8)}
}

// BenchmarkStreamedRequest signs and posts a picture of 7.5 MB, which is 10 MB
// on the wire. Memory per call is what comes on top of the picture.
func BenchmarkStreamedRequest(b *testing.B) {
	c, image := largest(b, []byte(oneTag))
	for b.Loop() {
		if _, err := c.TagImages(b.Context(), Call{}, TagImagesRequest{Image: image}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPictureAnswer adds an answer of 10 MB that holds a picture of 7.5.
func BenchmarkPictureAnswer(b *testing.B) {
	encoded := strings.Repeat("YWJj", MaxPictureBytes/3)
	c, image := largest(b, []byte(`{"result":"`+encoded+`"}`))
	for b.Loop() {
		if _, err := c.Defog(b.Context(), Call{}, DefogRequest{Image: image}); err != nil {
			b.Fatal(err)
		}
	}
}
