package intake_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/imaging"
	"github.com/ais-operator/ais-operator/internal/intake"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
	"github.com/ais-operator/ais-operator/internal/source"
)

// same compares what two outcomes do, their unexported parts included.
func same() cmp.Option { return cmp.AllowUnexported(outcome.Outcome{}) }

func TestGetDelivers(t *testing.T) {
	pictures, store := host(t), newStorage(t)
	s := open(t, own, store, accessKey)
	byURL := v1alpha1.ImageSource{URL: pictures.URL + "/koala.png?size=full"}
	byObject := object("koala.png")
	tests := []struct {
		name     string
		image    v1alpha1.ImageSource
		delivery v1alpha1.Delivery
		inline   bool
		requests int64 // at the object storage
	}{
		{"Inline reads a URL", byURL, v1alpha1.DeliveryInline, true, 0},
		{"Inline reads an object", byObject, v1alpha1.DeliveryInline, true, 1},
		{"Auto reads a URL when it can", byURL, v1alpha1.DeliveryAuto, true, 0},
		{"Auto reads an object when it can", byObject, v1alpha1.DeliveryAuto, true, 1},
		{"no delivery is Auto", byURL, "", true, 0},
		{"URL hands a URL on as it is written", byURL, v1alpha1.DeliveryURL, false, 0},
		{"URL signs an object's address and asks the storage which version is there", byObject, v1alpha1.DeliveryURL, false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store.requests.Store(0)
			got, o := intake.Get(t.Context(), s, intake.Request{Namespace: "shop", Image: tt.image, Delivery: tt.delivery})
			if diff := cmp.Diff(outcome.Continue(), o, same()); diff != "" {
				t.Fatalf("outcome (-want +got):\n%s", diff)
			}
			if n := store.requests.Load(); n != tt.requests {
				t.Errorf("%d requests to the storage, want %d", n, tt.requests)
			}
			if tt.inline {
				checkInline(t, got)
				return
			}
			checkHandedOn(t, got)
			if known := got.Identity() != ""; known != (tt.image.OBS != nil) {
				t.Errorf("identity %q: a version is known of an object, and of no other address", got.Identity())
			}
			if tt.image.OBS == nil && got.Image.URL != tt.image.URL {
				t.Errorf("handed %q on, want %q", got.Image.URL, tt.image.URL)
			}
		})
	}
}

// checkInline holds a picture that was read against what is served.
func checkInline(t *testing.T, got intake.Picture) {
	t.Helper()
	sum := sha256.Sum256(picture)
	want := &v1alpha1.Picture{SHA256: hex.EncodeToString(sum[:]), Format: "png", Width: 4, Height: 3, Bytes: int64(len(picture))}
	if !bytes.Equal(got.Image.Data, picture) || got.Image.URL != "" {
		t.Errorf("the image has %d bytes and the address %q", len(got.Image.Data), got.Image.URL)
	}
	if diff := cmp.Diff(want, got.Status()); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if got.Identity() != want.SHA256 {
		t.Errorf("identity %q, want %q", got.Identity(), want.SHA256)
	}
}

// checkHandedOn fetches a picture as the service does.
func checkHandedOn(t *testing.T, got intake.Picture) {
	t.Helper()
	if got.Image.Data != nil || got.Status() != nil {
		t.Errorf("of a picture that was not read %+v is known", got)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, got.Image.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if data, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(data, picture) {
		t.Errorf("the address gives HTTP %d and %d bytes (%v), want the picture", resp.StatusCode, len(data), err)
	}
}

func TestASignedAddressOutlivesTheCall(t *testing.T) {
	got, _ := intake.Get(t.Context(), open(t, own, newStorage(t), accessKey), intake.Request{Image: object("koala.png"), Delivery: v1alpha1.DeliveryURL})
	u, err := url.Parse(got.Image.URL)
	if err != nil {
		t.Fatal(err)
	}
	// The longest call that a connection can ask for takes an hour, and so may the wait for its slot.
	if expires := u.Query().Get("X-Amz-Expires"); expires != "7200" {
		t.Errorf("the address holds for %q seconds, want 7200", expires)
	}
}

func TestThePictureMayBeAsLargeAsACallTakes(t *testing.T) {
	s := open(t, own, newStorage(t), accessKey)
	image := v1alpha1.ImageSource{URL: host(t).URL + "/largest.png"}
	got, o := intake.Get(t.Context(), s, intake.Request{Image: image, Delivery: v1alpha1.DeliveryInline})
	if !o.IsContinue() || len(got.Image.Data) != maxInline {
		t.Fatalf("%d bytes, %+v, want all %d", len(got.Image.Data), o, maxInline)
	}
	for _, op := range ais.Operations() {
		if o := got.Check(op); !o.IsContinue() && op != ais.ImageTagging && op != ais.RecaptureDetection { // They take no 4 x 3 px.
			t.Errorf("%s: %+v", op, o)
		}
	}
}

func TestAutoFallsBackToURL(t *testing.T) {
	pictures, store := host(t), newStorage(t)
	store.put(t, "too-large.png", padded(maxInline+1))
	s := open(t, own, store, accessKey)
	at := func(name string) v1alpha1.ImageSource { return v1alpha1.ImageSource{URL: pictures.URL + "/" + name} }
	tests := []struct {
		name  string
		image v1alpha1.ImageSource
		falls bool
	}{
		{"when the host refuses the operator", at("denied.png"), true},
		{"when the host cannot serve it now", at("busy.png"), true},
		{"when the host cannot be reached", v1alpha1.ImageSource{URL: "http://127.0.0.1:1/koala.png"}, true},
		{"when the picture does not fit into a call", at("too-large.png"), true},
		{"when the object does not fit into a call", object("too-large.png"), true},
		{"but not when the picture is not there", at("absent.png"), false},
		{"but not when the object is not there", object("absent.png"), false},
		{"but not when it is no picture", at("page.png"), false},
		{"but not when the object is no picture", object("page.png"), false},
		{"but not when the answer cannot hold one", at("compressed.png"), false},
		{"but not when the address may not be named", v1alpha1.ImageSource{URL: "http://10.0.0.1/koala.png"}, false},
		{"but not when it leads where nobody may go", at("metadata.png"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			auto, o := intake.Get(t.Context(), s, intake.Request{Image: tt.image, Delivery: v1alpha1.DeliveryAuto})
			if o.IsContinue() != tt.falls {
				t.Fatalf("outcome %+v, want it to go on: %t", o, tt.falls)
			}
			if !tt.falls {
				_, inline := intake.Get(t.Context(), s, intake.Request{Image: tt.image, Delivery: v1alpha1.DeliveryInline})
				if diff := cmp.Diff(inline, o, same()); diff != "" {
					t.Errorf("Inline and Auto differ (-inline +auto):\n%s", diff)
				}
				return
			}
			if auto.Info != nil || auto.Image.Data != nil || !strings.HasPrefix(auto.Image.URL, "http://127.0.0.1:") {
				t.Errorf("picture %+v, want its address alone", auto)
			}
		})
	}
}

func TestAReadIsBounded(t *testing.T) {
	var left time.Duration
	s := &session.Session{Ref: own, Pictures: source.NewFetcher(roundTripper(func(req *http.Request) (*http.Response, error) {
		if deadline, ok := req.Context().Deadline(); ok {
			left = time.Until(deadline)
		}
		return nil, context.DeadlineExceeded
	}))}
	image := v1alpha1.ImageSource{URL: "https://example.com/koala.png"}
	_, got := intake.Get(t.Context(), s, intake.Request{Image: image, Delivery: v1alpha1.DeliveryInline})
	if left <= 0 || left > time.Minute {
		t.Errorf("a host may take %v, want a minute", left)
	}
	want := outcome.Wait(v1alpha1.ReasonSourceUnavailable, "the picture cannot be fetched: fetch picture: the server did not answer in time", time.Minute)
	if diff := cmp.Diff(want, got, same()); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestAShutdownIsNoFaultOfThePicture(t *testing.T) {
	s := open(t, own, newStorage(t), accessKey)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, image := range map[string]v1alpha1.ImageSource{"by URL": {URL: host(t).URL + "/koala.png"}, "by object": object("koala.png")} {
		t.Run(name, func(t *testing.T) {
			if _, o := intake.Get(ctx, s, intake.Request{Image: image, Delivery: v1alpha1.DeliveryInline}); !errors.Is(o.Err(), context.Canceled) {
				t.Errorf("outcome %+v, want %v to be tried again", o, context.Canceled)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	known := func(format imaging.Format, width, height int, size int64) intake.Picture {
		return intake.Picture{Info: &imaging.Info{Format: format, Width: width, Height: height, Bytes: size}}
	}
	tests := []struct {
		name    string
		picture intake.Picture
		op      ais.Operation
		want    string // the message, or none
	}{
		{"an ordinary picture", known(imaging.JPEG, 640, 480, 1e5), ais.ImageTagging, ""},
		{"a picture of which nothing is known", intake.Picture{}, ais.RecaptureDetection, ""},
		{
			"a format that no operation takes", known(imaging.GIF, 640, 480, 1e5), ais.ImageTagging,
			"ImageTagging cannot take the picture: the picture is a GIF file; JPEG, PNG, BMP and WebP are allowed",
		},
		{"a format that most operations take", known(imaging.WEBP, 640, 480, 1e5), ais.Defog, ""},
		{
			"a format that one operation does not take", known(imaging.WEBP, 640, 480, 1e5), ais.SuperResolution,
			"SuperResolution cannot take the picture: the picture is a WebP file; JPEG, PNG and BMP are allowed",
		},
		{
			"a picture that is too small", known(imaging.PNG, 15, 480, 1e5), ais.RecaptureDetection,
			"RecaptureDetection cannot take the picture: the picture is 15 x 480 px; sides may be 16 to 4096 px",
		},
		{
			"a picture that is too wide", known(imaging.PNG, 4097, 480, 1e5), ais.ImageTagging,
			"ImageTagging cannot take the picture: the picture is 4097 x 480 px; sides may be 2 to 4096 px",
		},
		{
			"a picture that is too large", known(imaging.PNG, 640, 480, maxInline+1), ais.DarkEnhance,
			"DarkEnhance cannot take the picture: the picture has 7864321 bytes; at most 7864320 are allowed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := outcome.Continue()
			if tt.want != "" {
				want = outcome.Stop(v1alpha1.ReasonRejected, tt.want)
			}
			if diff := cmp.Diff(want, tt.picture.Check(tt.op), same()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}
