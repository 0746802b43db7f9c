package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/ais-operator/ais-operator/internal/engine/picture"
	"github.com/ais-operator/ais-operator/internal/hostile"
)

const taggingV2 = "/v2/p1/image/tagging"

// allocated is what f allocates in all, which is no less than its peak.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// code is the error code of an answer, empty for success.
func code(t *testing.T, answer *httptest.ResponseRecorder) string {
	t.Helper()
	var body errorBody
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		t.Fatalf("answered %d %.200s: %v", answer.Code, answer.Body, err)
	}
	if (answer.Code == http.StatusOK) != (body.Code == "") || (body.Message == "") != (body.Code == "") {
		t.Errorf("answered %d with the code %q and the message %q", answer.Code, body.Code, body.Message)
	}
	return body.Code
}

func TestHostilePicturesEndInACode(t *testing.T) {
	e := newEngine(t, 1, 0)
	for _, p := range hostile.Pictures() {
		t.Run(p.Name, func(t *testing.T) {
			text := base64.StdEncoding.EncodeToString(p.Data)
			request := `{"image":"` + text + `"}`
			var got *httptest.ResponseRecorder
			n := allocated(func() { got, _ = e.post(t.Context(), taggingV2, request) })
			if c := code(t, got); c != p.Engine {
				t.Errorf("answered %d %s, want %q", got.Code, got.Body, p.Engine)
			}
			// Its text as it is received and as it is read, the file itself, and what the
			// engine shares out for its pixels, if it comes to that.
			const fixed, copies = 2 << 20, 3
			if most := fixed + int64(copies*len(text)) + shared(t, p.Data); n > most {
				t.Errorf("%d bytes were allocated for a file of %d, want %d at most", n, len(p.Data), most)
			}
			e.idle(t)
		})
	}
}

// shared is the memory that the engine shares out for a picture, twice, since
// what a decoder throws away counts here too; 0 for one that is refused by its
// header.
func shared(t *testing.T, data []byte) int64 {
	t.Helper()
	op := find(t, taggingV2[len("/v2/p1"):])
	_, parsed, refused := op.parse(body{json: []byte(`{}`)})
	if refused != nil {
		t.Fatal(refused)
	}
	h, refused := op.inspect(data, parsed, 0, false)
	if refused != nil {
		return 0
	}
	return 2 * footprint(h, parsed)
}

func TestHostilePicturesAreDownloadedToTheSameEnd(t *testing.T) {
	pictures := hostile.Pictures()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, p := range pictures {
			if strings.TrimPrefix(r.URL.Path, "/") == p.Name {
				_, _ = w.Write(p.Data)
			}
		}
	}))
	t.Cleanup(server.Close)
	e := newEngine(t, 1, 0)
	for _, p := range pictures {
		t.Run(p.Name, func(t *testing.T) {
			want := p.Engine
			// A file that is none of the formats has a code of its own.
			if _, err := picture.ReadHeader(p.Data); errors.Is(err, picture.ErrFormat) {
				want = codeFileType
			}
			got, _ := e.post(t.Context(), taggingV2, `{"url":"`+server.URL+"/"+strings.ReplaceAll(p.Name, " ", "%20")+`"}`)
			if c := code(t, got); c != want {
				t.Errorf("answered %d %s, want %q", got.Code, got.Body, want)
			}
		})
	}
}

// Whatever the API takes, the decoder itself has to be as safe.
func TestHostilePicturesAreDecodedWithinTheirMemory(t *testing.T) {
	for _, p := range hostile.Pictures() {
		t.Run(p.Name, func(t *testing.T) {
			const fixed = 256 << 10
			var h picture.Header
			var err error
			if n := allocated(func() { h, err = picture.ReadHeader(p.Data) }); n > fixed {
				t.Errorf("%d bytes were allocated for the header", n)
			}
			most := int64(fixed)
			if err == nil && h.Width <= picture.MaxPixels/h.Height {
				most = 2*h.DecodeMemory() + 4*int64(len(p.Data))
			}
			if n := allocated(func() { _, _, err = picture.Decode(p.Data) }); n > most {
				t.Errorf("%d bytes were allocated, want %d at most", n, most)
			}
			if known := errors.Is(err, picture.ErrFormat) || errors.Is(err, picture.ErrDamaged) ||
				errors.Is(err, picture.ErrColorDepth) || errors.Is(err, picture.ErrPixels); err != nil && !known {
				t.Errorf("Decode = %v, want one of the package's errors", err)
			}
		})
	}
}
