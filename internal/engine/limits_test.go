package engine_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"image/gif"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/image/bmp"

	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// headerOnly is a PNG that announces a size and ends.
func headerOnly(width, height uint32) []byte {
	chunk := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	chunk = binary.BigEndian.AppendUint32(chunk, height)
	chunk = append(chunk, 8, 2, 0, 0, 0) // 8 bits, RGB
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	out = append(out, chunk...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
}

func encoded(t *testing.T, encode func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bmp16 is a BMP of 16 bits a pixel.
func bmp16(t *testing.T) []byte {
	t.Helper()
	data := encoded(t, func(w io.Writer) error { return bmp.Encode(w, photo(20, 20)) })
	binary.LittleEndian.PutUint16(data[28:], 16)
	return data
}

func TestLimitsOnPictures(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{})
	token := tokenOf(t, srv)
	good := jpegOf(t, photo(16, 16))
	const (
		recapture, v1    = "/v1.0/image/recapture-detect", "/v1.0/image/tagging"
		dark, defog, sup = "/v1.0/vision/dark-enhance", "/v1.0/vision/defog", "/v1.0/vision/super-resolution"
	)
	v2 := "/v2/" + srv.Account.ProjectID + "/image/tagging"
	cases := []struct {
		name    string
		picture []byte
		want    map[string]string // path to code, empty for success
	}{
		{"16 x 16", good, map[string]string{recapture: "", v1: "", v2: "", dark: "", defog: "", sup: ""}},
		{"16 x 15", jpegOf(t, photo(16, 15)), map[string]string{recapture: "AIS.0504", v1: "AIS.0504", v2: "", dark: ""}},
		{"2 x 2", jpegOf(t, photo(2, 2)), map[string]string{v2: "", sup: ""}},
		{"1 x 20", jpegOf(t, photo(1, 20)), map[string]string{v2: "AIS.0504", v1: "AIS.0504", dark: "", defog: ""}},
		{"4096 x 16", jpegOf(t, photo(4096, 16)), map[string]string{v2: "", recapture: ""}},
		{"4097 x 16", headerOnly(4097, 16), map[string]string{v2: "AIS.0504", v1: "AIS.0504", recapture: "AIS.0504"}},
		{"16.8 megapixels and one row", headerOnly(4096, 4097), map[string]string{dark: "AIS.0205", defog: "AIS.0205", sup: "AIS.0205"}},
		{"65535 x 65535", headerOnly(65535, 65535), map[string]string{dark: "AIS.0205", v2: "AIS.0504"}},
		{"2700 x 2700, nine times that is too large", headerOnly(2700, 2700), map[string]string{sup: "AIS.0205", dark: "AIS.0201"}},
		{"a header alone", headerOnly(20, 20), map[string]string{recapture: "AIS.0503", v2: "AIS.0503", dark: "AIS.0201"}},
		{"a JPEG that breaks off", good[:len(good)-20], map[string]string{v1: "AIS.0503", defog: "AIS.0201"}},
		{"text", []byte("no picture"), map[string]string{v2: "AIS.0502", dark: "AIS.0202"}},
		{"GIF", encoded(t, func(w io.Writer) error { return gif.Encode(w, photo(20, 20), nil) }), map[string]string{v2: "AIS.0502", dark: "AIS.0202"}},
		{"PNG", encoded(t, func(w io.Writer) error { return png.Encode(w, photo(20, 20)) }), map[string]string{v2: "", sup: ""}},
		{"BMP of 16 bits", bmp16(t), map[string]string{v2: "AIS.0502", dark: "AIS.0204"}},
		{"WebP", webp, map[string]string{v2: "", dark: "", sup: "AIS.0202"}},
	}
	for _, c := range cases {
		for path, want := range c.want {
			t.Run(c.name+" at "+path, func(t *testing.T) {
				body := `{"image":"` + base64.StdEncoding.EncodeToString(c.picture) + `"}`
				if got := codeOf(t, srv, path, token, strings.NewReader(body)); got != want {
					t.Errorf("code %q, want %q", got, want)
				}
			})
		}
	}
}

// webp is a lossless WebP of 16 x 16 pixels of one colour.
var webp = []byte("RIFF\x18\x00\x00\x00WEBPVP8L\x0c\x00\x00\x00\x2f\x0f\xc0\x03\x00\x28r\xc9\x2a\xd3\xff\x00")

// codeOf posts JSON and returns the error code, empty for 200.
func codeOf(t *testing.T, srv *enginetest.Server, path, token string, body io.Reader) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Auth-Token", token)
	status, _, content := do(t, r)
	var got struct {
		Code    string `json:"error_code"`
		Message string `json:"error_msg"`
	}
	if err := json.Unmarshal(content, &got); err != nil {
		t.Fatalf("%d %.200s: %v", status, content, err)
	}
	if (got.Code == "") != (status == 200) || (got.Message == "") != (status == 200) {
		t.Fatalf("answered %d %.200s", status, content)
	}
	return got.Code
}

func TestOtherLimits(t *testing.T) {
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html></html>") }))
	t.Cleanup(host.Close)
	srv := enginetest.Start(t, enginetest.Options{})
	token := tokenOf(t, srv)
	tagging := "/v2/" + srv.Account.ProjectID + "/image/tagging"
	tooLong := strings.Repeat(" ", 12<<20+1)
	cases := []struct {
		name, path, token string
		body              io.Reader
		want              string
	}{
		{"Base64 that is none", tagging, token, strings.NewReader(`{"image":"%%%"}`), "AIS.0015"},
		{"Base64 of nothing", tagging, token, strings.NewReader(`{"image":"\r\n"}`), "AIS.0015"},
		{"Base64 without padding", tagging, token, strings.NewReader(`{"image":"AAA"}`), "AIS.0015"},
		{"no JSON", tagging, token, strings.NewReader(`{"image":`), "AIS.0014"},
		{"a body of 12 MiB and a byte", tagging, token, strings.NewReader(tooLong), "APIG.0201"},
		{"a body of unknown length, too long", tagging, token, io.MultiReader(strings.NewReader(tooLong)), "APIG.0201"},
		{"a page instead of a picture", tagging, token, strings.NewReader(`{"url":"` + host.URL + `"}`), "AIS.0021"},
		{"a private address", tagging, token, strings.NewReader(`{"url":"http://10.1.2.3/a.jpg"}`), "AIS.0022"},
		{"another project", "/v2/ffff/image/tagging", token, strings.NewReader(`{}`), "AIP.0003"},
		{"a token that is none", tagging, "x", strings.NewReader(`{}`), "APIG.0301"},
		{"no token", tagging, "", strings.NewReader(`{}`), "APIG.0301"},
		{"no such API", "/v1.0/image/none", token, strings.NewReader(`{}`), "APIG.0101"},
		{"a slash too many", tagging + "/", token, strings.NewReader(`{}`), "APIG.0101"},
		{"two slashes", "/" + tagging, token, strings.NewReader(`{}`), "APIG.0101"},
		{"the root", "/", token, strings.NewReader(`{}`), "APIG.0101"},
		{"a read-only page", "/healthz", token, strings.NewReader(`{}`), "APIG.0101"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := codeOf(t, srv, c.path, c.token, c.body); got != c.want {
				t.Errorf("code %q, want %q", got, c.want)
			}
		})
	}
}

func TestWrongMethods(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{})
	for path, allowed := range map[string]string{
		"/v1.0/image/tagging": "POST", "/v1.0/vision/defog": "POST", "/v3/auth/tokens": "POST", "/v3/projects": "GET",
	} {
		r, err := http.NewRequestWithContext(t.Context(), "PUT", srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		status, header, body := do(t, r)
		if status != http.StatusMethodNotAllowed || header.Get("Allow") != allowed || !bytes.Contains(body, []byte("The request method is not allowed.")) {
			t.Errorf("%s: answered %d, Allow %q, %s", path, status, header.Get("Allow"), body)
		}
	}
}
