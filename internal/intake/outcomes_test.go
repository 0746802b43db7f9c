package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/intake"
	"github.com/ais-operator/ais-operator/internal/obs"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

func TestAPictureThatCannotBeFetched(t *testing.T) {
	pictures := host(t)
	s := open(t, own, newStorage(t), accessKey)
	const fetching = "the picture cannot be fetched: fetch picture: "
	tests := []struct {
		name     string
		url      string
		delivery v1alpha1.Delivery
		want     outcome.Outcome
	}{
		{
			"is waited for when it is not there", pictures.URL + "/absent.png", v1alpha1.DeliveryInline,
			outcome.Wait(v1alpha1.ReasonWaiting, fetching+"there is no picture at the address (HTTP 404)", time.Minute),
		},
		{
			"is tried again slowly when it is refused", pictures.URL + "/denied.png", v1alpha1.DeliveryInline,
			outcome.Wait(v1alpha1.ReasonSourceUnavailable, fetching+"the server refuses to serve the picture (HTTP 403)", 5*time.Minute),
		},
		{
			"is tried again when its host is busy", pictures.URL + "/busy.png", v1alpha1.DeliveryInline,
			outcome.Wait(v1alpha1.ReasonSourceUnavailable, fetching+"the server cannot serve the picture now (HTTP 503)", time.Minute),
		},
		{
			"is tried again when its host is down", "http://127.0.0.1:1/koala.png", v1alpha1.DeliveryInline,
			outcome.Wait(v1alpha1.ReasonSourceUnavailable, fetching+"the server could not be connected to", time.Minute),
		},
		{
			"is tried again when its host compresses", pictures.URL + "/compressed.png", v1alpha1.DeliveryInline,
			outcome.Wait(v1alpha1.ReasonSourceUnavailable, fetching+"the server compresses the picture although it was asked not to", time.Minute),
		},
		{
			"is rejected when it does not fit into a call", pictures.URL + "/too-large.png", v1alpha1.DeliveryInline,
			outcome.Stop(v1alpha1.ReasonRejected, fetching+"the picture is larger than the 7864320 bytes allowed"),
		},
		{
			"is rejected when it is none", pictures.URL + "/page.png", v1alpha1.DeliveryInline,
			outcome.Stop(v1alpha1.ReasonRejected,
				"not a JPEG, PNG, BMP, WebP or GIF picture: it is a web page; check that the address leads to the picture itself"),
		},
		{
			"is a wrong spec when the address is not valid", "https://user:secret@example.com/koala.png", v1alpha1.DeliveryInline,
			outcome.Stop(v1alpha1.ReasonInvalidSpec,
				fetching+"the address must not hold a user name or password; use a signed URL, or a reference to OBS"),
		},
		{
			"is a wrong spec also when the address is only handed on", "https://user:secret@example.com/koala.png", v1alpha1.DeliveryURL,
			outcome.Stop(v1alpha1.ReasonInvalidSpec,
				fetching+"the address must not hold a user name or password; use a signed URL, or a reference to OBS"),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			request := intake.Request{Namespace: "shop", Image: v1alpha1.ImageSource{URL: tt.url}, Delivery: tt.delivery}
			_, got := intake.Get(t.Context(), s, request)
			if diff := cmp.Diff(tt.want, got, same()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnAddressThatNobodyMayName(t *testing.T) {
	pictures := host(t)
	s := open(t, own, newStorage(t), accessKey)
	for name, r := range map[string]intake.Request{
		"read by the operator":                    {Image: v1alpha1.ImageSource{URL: "http://10.0.0.1/koala.png"}, Delivery: v1alpha1.DeliveryInline},
		"handed to the service":                   {Image: v1alpha1.ImageSource{URL: "http://169.254.169.254/latest"}, Delivery: v1alpha1.DeliveryURL},
		"whoever can":                             {Image: v1alpha1.ImageSource{URL: "http://[::1]/koala.png"}, Delivery: v1alpha1.DeliveryAuto},
		"where another one redirects":             {Image: v1alpha1.ImageSource{URL: pictures.URL + "/metadata.png"}, Delivery: v1alpha1.DeliveryInline},
		"where another one redirects whoever can": {Image: v1alpha1.ImageSource{URL: pictures.URL + "/metadata.png"}, Delivery: v1alpha1.DeliveryAuto},
	} {
		t.Run(name, func(t *testing.T) {
			got, o := intake.Get(t.Context(), s, r)
			if got.Image.URL != "" || got.Image.Data != nil {
				t.Errorf("got the picture %+v", got)
			}
			stopped := outcome.Stop(v1alpha1.ReasonInvalidSpec, "")
			if diff := cmp.Diff(stopped, o, same(), cmp.FilterPath(isMessage, cmp.Ignore())); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func isMessage(p cmp.Path) bool { return p.Last().String() == ".message" }

func TestAnObjectThatCannotBeRead(t *testing.T) {
	store := newStorage(t)
	store.put(t, "too-large.png", padded(maxInline+1))
	s := open(t, own, store, accessKey)
	nowhere := v1alpha1.ImageSource{OBS: &v1alpha1.ObjectStorageReference{Bucket: "nowhere", Key: "koala.png"}}
	const reading = "the picture cannot be read from OBS: get object: "
	tests := []struct {
		name  string
		image v1alpha1.ImageSource
		want  outcome.Outcome
	}{
		{
			"is waited for when it is not there", object("absent.png"),
			outcome.Wait(v1alpha1.ReasonWaiting, reading+"there is no such object in the bucket (NoSuchKey)", time.Minute),
		},
		{
			"is waited for when its bucket is not there", nowhere,
			outcome.Wait(v1alpha1.ReasonWaiting,
				reading+"the bucket does not exist; create it, or correct its name or the endpoint's region (NoSuchBucket)", time.Minute),
		},
		{
			"is rejected when it does not fit into a call", object("too-large.png"),
			outcome.Stop(v1alpha1.ReasonRejected, reading+"the object is larger than allowed"),
		},
		{
			"is rejected when it is no picture", object("page.png"),
			outcome.Stop(v1alpha1.ReasonRejected,
				"not a JPEG, PNG, BMP, WebP or GIF picture: it is a web page; check that the address leads to the picture itself"),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got := intake.Get(t.Context(), s, intake.Request{Namespace: "shop", Image: tt.image, Delivery: v1alpha1.DeliveryInline})
			if diff := cmp.Diff(tt.want, got, same()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStorageOutcome(t *testing.T) {
	wait := func(reason string, after time.Duration) outcome.Outcome {
		return outcome.Wait(reason, "while testing: get object: it broke", after)
	}
	stop := func(reason string) outcome.Outcome {
		return outcome.Stop(reason, "while testing: get object: it broke")
	}
	tests := map[obs.Kind]outcome.Outcome{
		obs.KindNotFound:       wait(v1alpha1.ReasonWaiting, time.Minute),
		obs.KindNoBucket:       wait(v1alpha1.ReasonWaiting, time.Minute),
		obs.KindDenied:         wait(v1alpha1.ReasonSourceUnavailable, 5*time.Minute),
		obs.KindBadCredentials: wait(v1alpha1.ReasonInvalidCredentials, 5*time.Minute),
		obs.KindPathStyle:      wait(v1alpha1.ReasonServiceUnavailable, 5*time.Minute),
		obs.KindInvalid:        wait(v1alpha1.ReasonServiceUnavailable, 5*time.Minute),
		obs.KindThrottled:      wait(v1alpha1.ReasonThrottled, time.Minute),
		obs.KindUnavailable:    wait(v1alpha1.ReasonSourceUnavailable, time.Minute),
		obs.KindIntegrity:      wait(v1alpha1.ReasonSourceUnavailable, time.Minute),
		obs.KindTooLarge:       stop(v1alpha1.ReasonRejected),
		obs.KindForbidden:      stop(v1alpha1.ReasonInvalidSpec),
		obs.KindBadName:        stop(v1alpha1.ReasonInvalidSpec),
	}
	for kind, want := range tests {
		t.Run(string(kind), func(t *testing.T) {
			got := intake.StorageOutcome("while testing: ", &obs.Error{Op: "get object", Kind: kind, Message: "it broke"})
			if diff := cmp.Diff(want, got, same()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllowedObjects(t *testing.T) {
	refused := outcome.Wait(v1alpha1.ReasonConnectionNotReady,
		`ClusterConnection "shared" does not allow this object to be read; ask its owner to add it to spec.allowedObjects`, 0)
	rules := []v1alpha1.AllowedObjects{{Bucket: "photos", Prefix: "koala", Access: v1alpha1.ObjectAccessRead}}
	for _, delivery := range []v1alpha1.Delivery{v1alpha1.DeliveryAuto, v1alpha1.DeliveryInline, v1alpha1.DeliveryURL} {
		t.Run(string(delivery), func(t *testing.T) {
			store := newStorage(t)
			s := open(t, shared, store, accessKey, rules...)
			if _, o := intake.Get(t.Context(), s, intake.Request{Namespace: "shop", Image: object("koala.png"), Delivery: delivery}); !o.IsContinue() {
				t.Errorf("an object that is allowed: %+v", o)
			}
			store.requests.Store(0)
			_, got := intake.Get(t.Context(), s, intake.Request{Namespace: "shop", Image: object("page.png"), Delivery: delivery})
			if diff := cmp.Diff(refused, got, same()); diff != "" {
				t.Errorf("an object that is not allowed (-want +got):\n%s", diff)
			}
			if n := store.requests.Load(); n != 0 {
				t.Errorf("%d requests were made for an object that is not allowed", n)
			}
		})
	}
	t.Run("hold for objects, not for URLs", func(t *testing.T) {
		s := open(t, shared, newStorage(t), accessKey)
		image := v1alpha1.ImageSource{URL: host(t).URL + "/koala.png"}
		if _, o := intake.Get(t.Context(), s, intake.Request{Namespace: "shop", Image: image}); !o.IsContinue() {
			t.Errorf("outcome %+v", o)
		}
	})
}

func TestAKeyForTheStorageThatIAMDoesNotGive(t *testing.T) {
	for name, tc := range map[string]struct {
		err    ais.Error
		reason string
		after  time.Duration
	}{
		"because the password is wrong":      {ais.Error{Code: "IAM.0062", HTTPStatus: 401}, v1alpha1.ReasonInvalidCredentials, 5 * time.Minute},
		"because of a permission":            {ais.Error{Code: "IAM.0002", HTTPStatus: 403}, v1alpha1.ReasonAccountProblem, 5 * time.Minute},
		"because there is no such API":       {ais.Error{Code: "APIG.0101", HTTPStatus: 404}, v1alpha1.ReasonServiceUnavailable, 5 * time.Minute},
		"because it asks for fewer requests": {ais.Error{Code: "IAM.0012", HTTPStatus: 429}, v1alpha1.ReasonThrottled, time.Minute},
		"because it cannot answer just now":  {ais.Error{Code: "IAM.0006", HTTPStatus: 500}, v1alpha1.ReasonTransientError, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			tc.err.Op = ais.OpCreateTemporaryKey
			want := outcome.Wait(tc.reason, "the place of the output cannot be looked at: "+tc.err.Error(), tc.after)
			got := intake.StorageOutcome("the place of the output cannot be looked at: ", &tc.err)
			if diff := cmp.Diff(want, got, same()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPasswordReachesObjectsWithATemporaryKey(t *testing.T) {
	s := open(t, own, newStorage(t), password) // Its IAM cannot be reached.
	for _, delivery := range []v1alpha1.Delivery{v1alpha1.DeliveryAuto, v1alpha1.DeliveryInline, v1alpha1.DeliveryURL} {
		_, got := intake.Get(t.Context(), s, intake.Request{Namespace: "shop", Image: object("koala.png"), Delivery: delivery})
		const prefix = "the picture cannot be read from OBS: CreateToken"
		if text := fmt.Sprintf("%+v", got); !strings.Contains(text, prefix) {
			t.Errorf("%s: %s, want %s…", delivery, text, prefix)
		}
	}
}
