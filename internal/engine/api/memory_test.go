package api

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What a body takes in memory is shared out by its length before it is read, so
// nothing in it may take many times that.
func TestHostileBodiesTakeNoMoreThanTheirShare(t *testing.T) {
	const n = 2 << 20
	fields := func(fields map[string]string) (string, string) { return form(t, fields, nil) }
	jsonOf := func(text string) (string, string) { return "application/json", text }
	row := func(contentType, content string) [2]string { return [2]string{contentType, content} }
	cases := []struct {
		name, op string
		body     [2]string // type and content
		want     string
	}{
		{"the longest picture", "image/tagging", row(jsonOf(`{"image":"` + strings.Repeat("A", maxEncoded) + `"}`)), ""},
		{"the longest picture with escapes", "image/tagging", row(jsonOf(`{"image":"` + strings.Repeat(`\/`, n/2) + `"}`)), ""},
		{"the longest picture between blanks", "image/tagging", row(jsonOf(`{ "limit" : 3, "image" : "` + strings.Repeat("A", maxEncoded) + `" }`)), ""},
		{"a picture of bytes that are no UTF-8", "image/tagging", row(jsonOf(`{"image":"` + strings.Repeat("\xff", n) + `"}`)), "AIS.0015"},
		{"a picture of Chinese", "image/tagging", row(jsonOf(`{"image":"` + strings.Repeat("考", n/3) + `"}`)), "AIS.0015"},
		{"two pictures", "image/tagging", row(jsonOf(`{"image":"` + strings.Repeat("A", n/2) + `","image":"` + strings.Repeat("A", n/2-100) + `"}`)), "AIS.0012"},
		{"a language that is a book", "image/tagging", row(jsonOf(`{"language":"` + strings.Repeat("a", n) + `","image":"AAAA"}`)), "AIS.0501"},
		{"a number of 2 million digits", "image/tagging", row(jsonOf(`{"limit":` + strings.Repeat("1", n) + `,"image":"AAAA"}`)), "AIS.0012"},
		{"700,000 scenes", "recapture-detect", row(jsonOf(`{"scene":[""` + strings.Repeat(`,""`, n/3) + `]}`)), "AIS.0012"},
		{"a million scenes of the wrong type", "recapture-detect", row(jsonOf(`{"scene":[1` + strings.Repeat(`,1`, n/2) + `]}`)), "AIS.0012"},
		{"350,000 parameters", "image/tagging", row(jsonOf(`{"a":1` + strings.Repeat(`,"b":1`, n/6) + `}`)), "AIS.0012"},
		{"a parameter with a name of 2 MB", "image/tagging", row(jsonOf(`{"` + strings.Repeat("\xff", n) + `":1}`)), "AIS.0015"},
		{"brackets all the way down", "image/tagging", row(jsonOf(strings.Repeat("[", n))), "AIS.0014"},
		{"a string without an end", "image/tagging", row(jsonOf(`{"image":"` + strings.Repeat("A", n))), "AIS.0014"},
		{"a string that ends in an escape", "image/tagging", row(jsonOf(`{"image":"` + strings.Repeat("A", n) + `\`)), "AIS.0014"},
		{"zeros", "image/tagging", row(jsonOf(strings.Repeat("\x00", n))), "AIS.0014"},
		{"blanks", "image/tagging", row(jsonOf(strings.Repeat(" ", n))), "AIS.0014"},
		{"a form with a field of control characters", "/defog", row(fields(map[string]string{"gamma": strings.Repeat("\x00", n)})), "AIS.0203"},
		{"a form with many long fields", "/defog", row(fields(map[string]string{"a": strings.Repeat("<", maxParameters), "b": "<"})), "AIS.0203"},
		{"a form of headers", "/defog", row("multipart/form-data; boundary=x", "--x\r\n"+strings.Repeat("a:b\r\n", n/5)+"\r\n\r\n--x--"), "AIS.0203"},
		{"a form of boundaries", "/defog", row("multipart/form-data; boundary=x", strings.Repeat("--x\r\n", n/5)), "AIS.0203"},
		{"a form of 16 files", "/defog", row("multipart/form-data; boundary=x", strings.Repeat("--x\r\nContent-Disposition: form-data; name=file\r\n\r\n"+strings.Repeat("a", n/17)+"\r\n", 16)+"--x--"), "AIS.0203"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header.Set("Content-Type", c.body[0])
			raw := []byte(c.body[1])
			var got *Error
			// The body is held already; this is the text and the picture in it.
			const copies, fixed = 2, 1 << 20
			if n := allocated(func() { _, _, got = parse(r, raw, find(t, c.op)) }); n > copies*int64(len(raw))+fixed {
				t.Errorf("%d bytes were allocated for a body of %d", n, len(raw))
			}
			if code := codeOf(got); code != c.want {
				t.Errorf("code %q, want %q", code, c.want)
			}
		})
	}
}

func codeOf(e *Error) string {
	if e == nil {
		return ""
	}
	return e.Code
}

func TestABodyIsReadIntoLittleMoreThanItsLength(t *testing.T) {
	e := newEngine(t, 1, 0)
	for name, body := range map[string][]byte{"of the largest picture": make([]byte, maxEncoded), "of nothing": nil} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
			v := mustEnter(t, e.admission)
			defer v.leave()
			const copies, fixed = 1, 1 << 20
			if n := allocated(func() {
				if _, err := readBody(httptest.NewRecorder(), r, v); err != nil {
					t.Error(err)
				}
			}); n > copies*int64(len(body))+fixed {
				t.Errorf("%d bytes were allocated for a body of %d", n, len(body))
			}
		})
	}
}
