package obs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sha(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func TestExamine(t *testing.T) {
	s := plainStorage(t)
	c := s.client(t, nil)
	data := []byte("0123456789")
	if _, err := c.Put(t.Context(), bucket, "a", Object{Data: data, ContentType: "image/png", Metadata: map[string]string{"k": "v"}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name         string
		key          string
		limit, first int64
		want         string // the first bytes
		kind         Kind
	}{
		{"keeps the first bytes", "a", 100, 4, "0123", ""},
		{"keeps all of what is shorter", "a", 100, 40, "0123456789", ""},
		{"keeps nothing", "a", 100, 0, "", ""},
		{"takes what is as large as allowed", "a", 10, 4, "0123", ""},
		{"refuses what is larger", "a", 9, 4, "", KindTooLarge},
		{"tells that there is none", "b", 10, 4, "", KindNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := c.Examine(t.Context(), bucket, tt.key, tt.limit, tt.first)
			if KindOf(err) != tt.kind {
				t.Fatalf("got %v, want kind %q", err, tt.kind)
			}
			if err != nil {
				return
			}
			if got.SHA256 != sha(data) || got.Bytes != 10 || got.Metadata["k"] != "v" || got.ContentType != "image/png" {
				t.Errorf("content %+v", got)
			}
			if diff := cmp.Diff(tt.want, string(got.First)); diff != "" {
				t.Errorf("first bytes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExamineNoticesWhatEndsTooSoon(t *testing.T) {
	c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		w.Header().Set("Last-Modified", "Sun, 01 Mar 2026 12:00:00 GMT")
		_, _ = w.Write([]byte("01234"))
	})
	if _, err := c.Examine(t.Context(), bucket, "a", 100, 2); KindOf(err) != KindUnavailable {
		t.Errorf("got %v, want that it is tried again", err)
	}
}

func TestCopy(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s := newStorage(t, false, secure, nil)
		c := s.client(t, func(c *Config) { c.PathStyle = true })
		data := bytes.Repeat([]byte("picture "), 1000)
		if _, err := c.Put(t.Context(), bucket, "from", Object{Data: data, ContentType: "image/png", Metadata: map[string]string{"name": "one"}}); err != nil {
			t.Fatal(err)
		}
		content, err := c.Examine(t.Context(), bucket, "from", 1<<20, 16)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := c.Copy(t.Context(), content, bucket, "to", map[string]string{"name": "two"})
		if err != nil || stored.SHA256 != sha(data) || stored.Bytes != int64(len(data)) {
			t.Fatalf("stored %+v, %v", stored, err)
		}
		got, info, err := c.Get(t.Context(), bucket, "to", 1<<20)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		if info.ContentType != "image/png" || info.Metadata["name"] != "two" || info.Metadata[MetadataSHA256] != sha(data) {
			t.Errorf("info %+v", info)
		}
	}
}

func TestCopyLeavesWhatHasChangedSince(t *testing.T) {
	s := plainStorage(t)
	c := s.client(t, nil)
	put := func(text string) {
		t.Helper()
		if _, err := c.Put(t.Context(), bucket, "from", Object{Data: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	put("one")
	content, err := c.Examine(t.Context(), bucket, "from", 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	put("two")
	if _, err := c.Copy(t.Context(), content, bucket, "to", nil); KindOf(err) != KindIntegrity {
		t.Errorf("got %v, want that it has changed", err)
	}
	if err := c.Delete(t.Context(), bucket, "from"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Copy(t.Context(), content, bucket, "to", nil); KindOf(err) != KindNotFound {
		t.Errorf("got %v, want that it is gone", err)
	}
	if _, err := c.Head(t.Context(), bucket, "to"); KindOf(err) != KindNotFound {
		t.Errorf("something was stored: %v", err)
	}
}

// TestACopyIsNotHeldInMemory counts what is allocated on the way of a picture of 32 MiB. The storage allocates its own copy of what it is given, and a
// few more while it receives it; they are in the way, so the storage here only counts.
func TestACopyIsNotHeldInMemory(t *testing.T) {
	const size = 32 << 20
	zeros, sum := make([]byte, 1<<20), sha(make([]byte, size))
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Last-Modified", "Sun, 01 Mar 2026 12:00:00 GMT")
		w.Header().Set("ETag", `"not-an-md5"`)
		switch r.Method {
		case http.MethodPut:
			buffer := make([]byte, 1<<16)
			for {
				if _, err := r.Body.Read(buffer); err != nil {
					return
				}
			}
		case http.MethodHead:
			w.Header().Set("Content-Length", "33554432")
			w.Header().Set("X-Amz-Meta-Sha256", sum)
		default:
			w.Header().Set("Content-Length", "33554432")
			for range size / len(zeros) {
				_, _ = w.Write(zeros)
			}
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	content, err := c.Examine(t.Context(), bucket, "from", size, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Copy(t.Context(), content, bucket, "to", nil); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > size/4 {
		t.Errorf("%d KiB were allocated for a picture of %d KiB", allocated>>10, size>>10)
	}
}
