package ais

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/imaging"
)

// callAny calls an operation with every parameter set, or with none.
func callAny(ctx context.Context, c *Client, op Operation, call Call, image Image, all bool) (any, error) {
	set := func(d Decimal) Decimal {
		if all {
			return d
		}
		return ""
	}
	var number *int
	var look *bool
	var language, model string
	var scenes []string
	if all {
		number, look, language, model, scenes = new(4), new(false), "en", "SRCNN", []string{"recapture"}
	}
	switch op {
	case ImageTagging:
		return c.TagImages(ctx, call, TagImagesRequest{Image: image, Language: language, Threshold: set("60"), Limit: number})
	case RecaptureDetection:
		return c.DetectRecapture(ctx, call, DetectRecaptureRequest{Image: image, Threshold: set("0.99"), Scenes: scenes})
	case DarkEnhance:
		return c.EnhanceDark(ctx, call, EnhanceDarkRequest{Image: image, Brightness: set("0.8")})
	case Defog:
		return c.Defog(ctx, call, DefogRequest{Image: image, Gamma: set("1.5"), NaturalLook: look})
	default:
		return c.SuperResolve(ctx, call, SuperResolveRequest{Image: image, Scale: number, Model: model})
	}
}

// goodAnswer satisfies the operation.
func goodAnswer(op Operation) string {
	switch op {
	case ImageTagging:
		return oneTag
	case RecaptureDetection:
		return `{"result":{"suggestion":"true","category":"","score":"0.99","detail":[]}}`
	default:
		return `{"result":"` + base64.StdEncoding.EncodeToString([]byte("a picture")) + `"}`
	}
}

func TestRequestsOnTheWire(t *testing.T) {
	image := Image{Data: []byte("abc")}
	for op, tc := range map[Operation]struct{ path, bare, all string }{
		ImageTagging: {
			"/v2/" + testProject + "/image/tagging",
			`{"image":"YWJj"}`, `{"image":"YWJj","language":"en","threshold":60,"limit":4}`,
		},
		RecaptureDetection: {
			"/v1.0/image/recapture-detect",
			`{"image":"YWJj"}`, `{"image":"YWJj","threshold":0.99,"scene":["recapture"]}`,
		},
		DarkEnhance:     {"/v1.0/vision/dark-enhance", `{"image":"YWJj"}`, `{"image":"YWJj","brightness":0.8}`},
		Defog:           {"/v1.0/vision/defog", `{"image":"YWJj"}`, `{"image":"YWJj","gamma":1.5,"natural_look":false}`},
		SuperResolution: {"/v1.0/vision/super-resolution", `{"image":"YWJj"}`, `{"image":"YWJj","scale":4,"model":"SRCNN"}`},
	} {
		for name, credentials := range map[string]Credentials{
			"password": byPassword(), "key": byKey(),
			"temporary key": AccessKey{ID: testKeyID, Secret: testSecret, SecurityToken: "temporary"},
		} {
			t.Run(string(op)+" by "+name, func(t *testing.T) {
				s := newService(t)
				s.answer = always(http.StatusOK, goodAnswer(op))
				c := s.client(t, credentials)
				for _, all := range []bool{false, true} {
					if _, err := callAny(t.Context(), c, op, Call{AttemptID: "attempt-1"}, image, all); err != nil {
						t.Fatal(err)
					}
				}
				calls := s.calls()
				got := []string{calls[0].path, string(calls[0].body), string(calls[1].body)}
				if diff := cmp.Diff([]string{tc.path, tc.bare, tc.all}, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				checkHeaders(t, calls[1], credentials)
			})
		}
	}
}

func checkHeaders(t *testing.T, r received, credentials Credentials) {
	t.Helper()
	want := map[string]string{
		"Content-Type": "application/json", "User-Agent": "ais-operator", AttemptHeader: "attempt-1", "Idempotency-Key": "",
		"X-Project-Id": "", "X-Auth-Token": "token-canary-1", "X-Security-Token": "",
	}
	if key, ok := credentials.(AccessKey); ok {
		want["X-Project-Id"], want["X-Auth-Token"], want["X-Security-Token"] = testProject, "", key.SecurityToken.Reveal()
	}
	for name, value := range want {
		if got := r.header.Get(name); got != value {
			t.Errorf("header %s: got %q, want %q", name, got, value)
		}
	}
	if r.length != int64(len(r.body)) {
		t.Errorf("Content-Length %d for %d bytes", r.length, len(r.body))
	}
}

func TestPicturesThatAreRefusedBeforeAnythingIsSent(t *testing.T) {
	s := newService(t)
	c := s.client(t, byPassword())
	for name, tc := range map[string]struct {
		op    Operation
		image Image
		want  string
	}{
		"none":                         {ImageTagging, Image{}, "there is no picture"},
		"two":                          {ImageTagging, Image{Data: []byte("a"), URL: "https://h/a"}, "there are two pictures"},
		"a byte too large":             {Defog, Image{Data: make([]byte, 7_864_321)}, "at most 7864320 are allowed"},
		"an address for enhancement":   {DarkEnhance, Image{URL: "https://h/a"}, "takes no URL"},
		"an address of another scheme": {ImageTagging, Image{URL: "file:///etc/passwd"}, "URL is not valid"},
		"an address without host":      {ImageTagging, Image{URL: "https:///a"}, "URL is not valid"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := callAny(t.Context(), c, tc.op, Call{}, tc.image, false)
			if e := failure(t, err); e.Class() != ClassRejected || !strings.Contains(e.Message, tc.want) {
				t.Errorf("got %s %q, want Rejected %q", e.Class(), e.Message, tc.want)
			}
		})
	}
	_, err := c.TagImages(t.Context(), Call{}, TagImagesRequest{Image: Image{Data: []byte("a")}, Threshold: "sixty"})
	if e := failure(t, err); e.Class() != ClassRejected || !strings.Contains(e.Message, `"sixty" is not a decimal number`) {
		t.Errorf("a threshold that is no number: %v", err)
	}
	if s.loginCount() != 0 || len(s.calls()) != 0 {
		t.Error("something was sent")
	}
}

func TestTagsAreReadLeniently(t *testing.T) {
	const documented = `{"result":{"tags":[{"confidence":"37.51","instances":[{"confidence":92.38,"bounding_box":
		{"height":133.32496056189905,"top_left_x":"53.1","top_left_y":254,"width":1.5e2}}],
		"tag":"Person","i18n_tag":{"en":"person","zh":"人"},"type":"Human","i18n_type":{"en":"Human","zh":"人类"},"new":[1]}]},"more":{}}`
	for name, tc := range map[string]struct {
		body string
		want []Tag
	}{
		"numbers as strings and strings as numbers": {documented, []Tag{{
			Name: "Person", Names: Translated{Chinese: "人", English: "person"},
			Type: "Human", Types: Translated{Chinese: "人类", English: "Human"}, Confidence: "37.51",
			Instances: []Instance{{
				Confidence: "92.38",
				Box:        BoundingBox{TopLeftX: "53.1", TopLeftY: "254", Width: "150", Height: "133.32496056189905"},
			}},
		}}},
		"a confidence that is no number": {`{"result":{"tags":[{"tag":"sky","confidence":"high"}]}}`, []Tag{{Name: "sky"}}},
		"nothing found":                  {`{"result":{"tags":[]}}`, []Tag{}},
		"no list of tags":                {`{"result":{}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.answer = always(http.StatusOK, tc.body)
			got, err := s.client(t, byKey()).TagImages(t.Context(), Call{}, tagging("a"))
			if err != nil {
				t.Fatal(err)
			}
			want := &TagImagesResult{Tags: tc.want, Raw: json.RawMessage(tc.body), RequestID: "request-1"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRecaptureVerdicts(t *testing.T) {
	for suggestion, want := range map[string]Verdict{
		`"true"`: VerdictOriginal, `"false"`: VerdictRecaptured, `"uncertainty"`: VerdictUncertain, `true`: VerdictOriginal,
	} {
		s := newService(t)
		body := fmt.Sprintf(`{"result":{"suggestion":%s,"category":"recapture","score":"0.9998","detail":[{"label":"recapture","confidence":0.5}]}}`, suggestion)
		s.answer = always(http.StatusOK, body)
		got, err := s.client(t, byKey()).DetectRecapture(t.Context(), Call{}, DetectRecaptureRequest{Image: Image{URL: "https://h/a.jpg"}})
		if err != nil {
			t.Fatal(err)
		}
		wanted := &DetectRecaptureResult{
			Verdict: want, Category: "recapture", Score: "0.9998",
			Details: []RecaptureDetail{{Label: "recapture", Confidence: "0.5"}},
			Raw:     json.RawMessage(body), RequestID: "request-1",
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("suggestion %s (-want +got):\n%s", suggestion, diff)
		}
	}
}

func TestPicturesComeBackWhole(t *testing.T) {
	picture := noise(100_000)
	encoded := base64.StdEncoding.EncodeToString(picture)
	for name, body := range map[string]string{
		"plain":             `{"result":"` + encoded + `"}`,
		"slashes escaped":   `{"result":"` + strings.ReplaceAll(encoded, "/", `\/`) + `"}`,
		"plus and padding":  `{"result":"` + strings.NewReplacer("+", `\u002b`, "=", `\u003D`).Replace(encoded) + `"}`,
		"broken into lines": `{"result":"` + strings.Join(slices.Collect(linesOf(encoded, 76)), `\r\n`) + `","error_code":""}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.answer = always(http.StatusOK, body)
			got, err := s.client(t, byKey()).Defog(t.Context(), Call{}, DefogRequest{Image: Image{Data: []byte("a")}})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Data, picture) || got.RequestID != "request-1" {
				t.Error("another picture came back")
			}
		})
	}
}

func linesOf(s string, n int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for len(s) > 0 {
			line := s[:min(n, len(s))]
			s = s[len(line):]
			if !yield(line) {
				return
			}
		}
	}
}

func TestLimitsAreThoseOfTheReference(t *testing.T) {
	all := []imaging.Format{imaging.JPEG, imaging.PNG, imaging.BMP, imaging.WEBP}
	want := map[Operation]imaging.Limits{
		ImageTagging:       {Formats: all, MaxBytes: 7_864_320, MinSide: 2, MaxSide: 4096},
		RecaptureDetection: {Formats: all, MaxBytes: 7_864_320, MinSide: 16, MaxSide: 4096},
		DarkEnhance:        {Formats: all, MaxBytes: 7_864_320},
		Defog:              {Formats: all, MaxBytes: 7_864_320},
		SuperResolution:    {Formats: all[:3], MaxBytes: 7_864_320},
	}
	got := map[Operation]imaging.Limits{}
	for _, op := range Operations() {
		got[op] = op.Limits()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(imaging.Limits{}, Operation("Other").Limits()); diff != "" {
		t.Errorf("an unknown operation has limits: %s", diff)
	}
}
