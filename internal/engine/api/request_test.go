package api

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// find is an operation by the last part of its path.
func find(t testing.TB, suffix string) *operation {
	t.Helper()
	for _, op := range operations() {
		if strings.HasSuffix(op.path, suffix) {
			return op
		}
	}
	t.Fatalf("no operation at %s", suffix)
	return nil
}

// form is a body of fields and files with its type.
func form(t testing.TB, fields map[string]string, file []byte) (contentType, content string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if file != nil {
		part, err := w.CreateFormFile("file", "picture.jpg")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

func TestWhereThePictureIs(t *testing.T) {
	formType, whole := form(t, map[string]string{"gamma": "1.5", "natural_look": "true"}, []byte("picture"))
	_, both := form(t, map[string]string{"image": "AAAA"}, []byte("picture"))
	_, emptyFile := form(t, nil, []byte{})
	many := map[string]string{}
	for i := range maxParts + 1 {
		many[strings.Repeat("x", i+1)] = ""
	}
	manyType, manyFields := form(t, many, nil)
	boundaryOf := func(content string) string {
		line, _, _ := strings.Cut(content, "\r\n")
		return "multipart/form-data; boundary=" + strings.TrimPrefix(line, "--")
	}
	cases := []struct {
		name, op, contentType, content, want string // a code, empty when accepted
	}{
		{"an image", "/defog", "application/json", `{"image":"AAAA"}`, ""},
		{"an image and an empty URL", "image/tagging", "application/json", `{"image":"AAAA","url":""}`, ""},
		{"a URL and an empty image", "image/tagging", "application/json;charset=utf-8", `{"image":"","url":"http://h/"}`, ""},
		{"an image and an empty file", "/defog", "application/json", `{"image":"AAAA","file":""}`, ""},
		{"the type that curl sends by itself", "/defog", "application/x-www-form-urlencoded", `{"image":"AAAA"}`, ""},
		{"unknown fields", "/defog", "application/json", `{"image":"AAAA","more":[1]}`, ""},
		{"no type", "/defog", "", `{"image":"AAAA"}`, "AIS.0010"},
		{"both", "image/tagging", "application/json", `{"image":"AAAA","url":"http://h/"}`, "AIS.0012"},
		{"neither", "image/tagging", "application/json", `{"image":"","url":""}`, "AIS.0011"},
		{"null", "image/tagging", "application/json", `null`, "AIS.0011"},
		{"a URL where only files are taken", "/defog", "application/json", `{"url":"http://h/"}`, "AIS.0012"},
		{"a file inside JSON", "/defog", "application/json", `{"file":"AAAA"}`, "AIS.0012"},
		{"a form", "/defog", formType, whole, ""},
		{"a form for recognition", "image/tagging", formType, whole, "AIS.0014"},
		{"a form with both", "/defog", boundaryOf(both), both, "AIS.0012"},
		{"a form with an empty file", "/defog", boundaryOf(emptyFile), emptyFile, "AIS.0011"},
		{"a form that breaks off", "/defog", formType, whole[:len(whole)-10], "AIS.0203"},
		{"a form without a boundary", "/defog", "multipart/form-data", whole, "AIS.0203"},
		{"a form of many fields", "/defog", manyType, manyFields, "AIS.0203"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header.Set("Content-Type", c.contentType)
			_, _, err := parse(r, []byte(c.content), find(t, c.op))
			got := ""
			if err != nil {
				got = err.Code
			}
			if got != c.want {
				t.Errorf("code %q, want %q", got, c.want)
			}
		})
	}
}

func TestPicturesThatAreTooLong(t *testing.T) {
	long := strings.Repeat("A", maxEncoded+1)
	for path, want := range map[string]string{"image/tagging": "AIS.0504", "/defog": "AIS.0020"} {
		for _, s := range []source{{Image: long}, {upload: []byte(long)}} {
			if err := s.check(find(t, path)); err == nil || err.Code != want {
				t.Errorf("%s: error %v, want %s", path, err, want)
			}
		}
		if err := (&source{Image: long[1:]}).check(find(t, path)); err != nil {
			t.Errorf("%s: error %v at the limit", path, err)
		}
	}
}

func TestAFormIsReadAsJSONIs(t *testing.T) {
	contentType, content := form(t, map[string]string{"scale": "4", "model": "SRCNN"}, []byte("picture"))
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Content-Type", contentType)
	src, parsed, err := parse(r, []byte(content), find(t, "/super-resolution"))
	if err != nil {
		t.Fatal(err)
	}
	got := parsed.(enhanceTask)
	if string(src.upload) != "picture" || got.scale != 4 || !got.form {
		t.Errorf("read as %q, %+v", src.upload, got)
	}
}
