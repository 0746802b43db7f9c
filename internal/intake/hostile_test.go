package intake_test

import (
	"bytes"
	"io"
	"net/http"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/hostile"
	"github.com/ais-operator/ais-operator/internal/intake"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
	"github.com/ais-operator/ais-operator/internal/source"
)

// serving is a session for which every address has the same file.
func serving(data []byte) *session.Session {
	return &session.Session{Ref: own, Pictures: source.NewFetcher(roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{}, Request: req,
			ContentLength: int64(len(data)), Body: io.NopCloser(bytes.NewReader(data)),
		}, nil
	}))}
}

// allocated is what f allocates in all, which is no less than its peak.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHostilePicturesEndInASentence(t *testing.T) {
	request := intake.Request{Image: v1alpha1.ImageSource{URL: "https://pictures.example/a"}, Delivery: v1alpha1.DeliveryInline}
	for _, p := range hostile.Pictures() {
		t.Run(p.Name, func(t *testing.T) {
			s := serving(p.Data)
			var got outcome.Outcome
			// The file itself is read; whatever it says costs nothing more.
			const overhead = 64 << 10
			if n := allocated(func() {
				var picture intake.Picture
				if picture, got = intake.Get(t.Context(), s, request); got.IsContinue() {
					got = picture.Check(ais.ImageTagging)
				}
			}); n > uint64(len(p.Data))+overhead {
				t.Errorf("%d bytes were allocated for a file of %d", n, len(p.Data))
			}
			want := outcome.Continue()
			if p.Operator != "" {
				want = outcome.Stop(v1alpha1.ReasonRejected, p.Operator)
			}
			if diff := cmp.Diff(want, got, same()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}
