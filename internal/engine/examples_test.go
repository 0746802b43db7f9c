package engine_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// photo is a small picture of coloured noise: every byte is different work.
func photo(width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	seed := uint32(1)
	for i := range img.Pix {
		seed = seed*1664525 + 1013904223
		img.Pix[i] = uint8(seed >> 24)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	img.Set(0, 0, color.White)
	return img
}

func jpegOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// example is a request as the API reference shows it.
type example struct {
	name, method, path string
	token              bool
	body               string            // JSON
	form               map[string]string // or a form with these fields and the picture as its file
	status             int
	want               string // the shape of the body: its JSON with types for values; or a content type
}

// Shapes of answers.
const (
	shapeTagV2 = `{"result":{"tags":[{"confidence":"string","i18n_tag":{"en":"string","zh":"string"},"i18n_type":{"en":"string","zh":"string"},` +
		`"instances":[],"tag":"string","type":"string"}]}}`
	shapeTagV1     = `{"result":{"tags":[{"confidence":"number","i18n_tag":{"en":"string","zh":"string"},"tag":"string","type":"string"}]}}`
	shapeRecapture = `{"result":{"category":"string","detail":[{"confidence":"string","label":"string"}],"score":"string","suggestion":"string"}}`
	shapePicture   = `{"result":"string"}`
	shapeToken     = `{"token":{"catalog":[{"endpoints":[{"id":"string","interface":"string","region":"string","region_id":"string","url":"string"}],` +
		`"id":"string","name":"string","type":"string"}],"expires_at":"string","issued_at":"string","methods":["string"],` +
		`"project":{"domain":{"id":"string","name":"string"},"id":"string","name":"string"},"roles":[{"id":"string","name":"string"}],` +
		`"user":{"domain":{"id":"string","name":"string"},"id":"string","name":"string","password_expires_at":"string"}}}`
	shapeProjects = `{"links":{"next":null,"previous":null,"self":"string"},"projects":[{"description":"string","domain_id":"string","enabled":"bool",` +
		`"id":"string","is_domain":"bool","links":{"next":null,"previous":null,"self":"string"},"name":"string","parent_id":"string"}]}`
	shapeGateway = `{"error_code":"string","error_msg":"string","request_id":"string"}`
)

// examples are the requests of sections 3.2, 3.3, 4.1, 4.2, 5.1 to 5.5, 6.1, 6.3
// and 7.4, with thresholds of 0 for tags, so that there are some.
func examples(account enginetest.Account, picture []byte, pictureURL string) []example {
	text := base64.StdEncoding.EncodeToString(picture)
	wrapped := strings.Join([]string{text[:76], text[76:]}, `\r\n`) // PHP's chunk_split
	login := fmt.Sprintf(`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":%q,"password":%q,"domain":{"name":%q}}}},"scope":{"project":{"name":%q}}}}`,
		account.User, account.Password, account.Domain, account.ProjectName)
	v2 := "/v2/" + account.ProjectID + "/image/tagging"
	post := func(name, path, body, want string) example {
		return example{name: name, method: "POST", path: path, token: true, body: body, status: 200, want: want}
	}
	form := func(name, path string, fields map[string]string) example {
		return example{name: name, method: "POST", path: path, token: true, form: fields, status: 200, want: "image/jpeg"}
	}
	return []example{
		{name: "3.2 log-in", method: "POST", path: "/v3/auth/tokens", body: login, status: 201, want: shapeToken},
		{name: "3.3 projects of a token", method: "GET", path: "/v3/auth/projects", token: true, status: 200, want: shapeProjects},
		post("4.1 recapture of Base64", "/v1.0/image/recapture-detect", `{"image":"`+text+`","url":"","threshold":0.99,"scene":["recapture"]}`, shapeRecapture),
		post("4.1 recapture of a URL", "/v1.0/image/recapture-detect", `{"image":"","url":"`+pictureURL+`","threshold":0.99,"scene":["recapture"]}`, shapeRecapture),
		post("4.2 tagging V2 of Base64", v2, `{"image":"`+text+`","url":"","language":"zh","limit":1,"threshold":0.0}`, shapeTagV2),
		post("4.2 tagging V2 of a URL", v2, `{"image":"","url":"`+pictureURL+`","language":"zh","limit":1,"threshold":0.0}`, shapeTagV2),
		post("5.1 tagging V1 of Base64", "/v1.0/image/tagging", `{"image":"`+text+`","url":"","language":"en","limit":1,"threshold":0.0}`, shapeTagV1),
		post("5.1 tagging V1 of a URL", "/v1.0/image/tagging", `{"image":"","url":"`+pictureURL+`","language":"en","limit":1,"threshold":0.0}`, shapeTagV1),
		post("5.2 dark enhance", "/v1.0/vision/dark-enhance", `{"image":"`+text+`","brightness":0.9}`, shapePicture),
		post("5.3 defog of Base64", "/v1.0/vision/defog", `{"image":"`+text+`","gamma":1.5,"natural_look":true}`, shapePicture),
		form("5.3 defog of a file", "/v1.0/vision/defog", map[string]string{"gamma": "1.5", "natural_look": "true"}),
		post("5.4 super resolution of Base64", "/v1.0/vision/super-resolution", `{"image":"`+text+`","scale":3,"model":"ESPCN"}`, shapePicture),
		form("5.4 super resolution of a file", "/v1.0/vision/super-resolution", map[string]string{"scale": "3", "model": "ESPCN"}),
		{
			name: "5.5 background music, which the engine does not serve", method: "POST", path: "/v1.0/bgm/recognition", token: true,
			body: `{"url":"https://BucketName.obs.myhuaweicloud.com/ObjectName"}`, status: 404, want: shapeGateway,
		},
		post("6.1 the Python program", v2, `{"image":"`+text+`"}`, ""),
		post("6.3 the PHP program, with line breaks in its Base64", v2, `{"image":"`+wrapped+`"}`, ""),
		{name: "7.4 projects", method: "GET", path: "/v3/projects", token: true, status: 200, want: shapeProjects},
	}
}

// sender sends an example.
type sender func(t *testing.T, url, token string, e example, picture []byte) (status int, header http.Header, body []byte)

func TestTheRequestsOfTheReference(t *testing.T) {
	senders := map[string]sender{"net/http": sendWithGo}
	if _, err := exec.LookPath("curl"); err == nil {
		senders["curl"] = sendWithCurl
	}
	picture := jpegOf(t, photo(32, 24))
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(picture) }))
	t.Cleanup(host.Close)
	srv := enginetest.Start(t, enginetest.Options{})
	token := tokenOf(t, srv)
	for tool, send := range senders {
		for _, e := range examples(srv.Account, picture, host.URL+"/ObjectName") {
			t.Run(tool+"/"+e.name, func(t *testing.T) {
				status, header, body := send(t, srv.URL, token, e, picture)
				if status != e.status || len(header.Get("X-Request-Id")) != 32 {
					t.Fatalf("answered %d, %v, %.200s", status, header, body)
				}
				if kind := header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
					if kind != e.want {
						t.Errorf("the type is %q, want %q", kind, e.want)
					}
					if _, err := jpeg.Decode(bytes.NewReader(body)); err != nil {
						t.Errorf("the file is no picture: %v", err)
					}
					return
				}
				if diff := cmp.Diff(e.want, shape(t, body)); diff != "" && e.want != "" {
					t.Errorf("shape (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// shape is a JSON text with the names of types instead of values and the first
// element of each list; the boxes of tags, which depend on the picture, left out.
func shape(t *testing.T, text []byte) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
	out, err := json.Marshal(shapeOf(value))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func shapeOf(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = shapeOf(v[key])
		}
		if _, ok := v["instances"].([]any); ok {
			v["instances"] = []any{}
		}
		return v
	case []any:
		if len(v) == 0 {
			return v
		}
		return []any{shapeOf(v[0])}
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "bool"
	default:
		return nil
	}
}

func sendWithGo(t *testing.T, url, token string, e example, picture []byte) (int, http.Header, []byte) {
	t.Helper()
	body, contentType := io.Reader(strings.NewReader(e.body)), "application/json"
	if e.form != nil {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for name, value := range e.form {
			_ = w.WriteField(name, value)
		}
		part, _ := w.CreateFormFile("file", "picture.jpg")
		_, _ = part.Write(picture)
		_ = w.Close()
		body, contentType = &b, w.FormDataContentType()
	}
	r, err := http.NewRequestWithContext(t.Context(), e.method, url+e.path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	if e.token {
		r.Header.Set("X-Auth-Token", token)
	}
	return do(t, r)
}

func do(t *testing.T, r *http.Request) (int, http.Header, []byte) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, content
}

func sendWithCurl(t *testing.T, url, token string, e example, picture []byte) (int, http.Header, []byte) {
	t.Helper()
	dir := t.TempDir()
	file, head, out := filepath.Join(dir, "picture.jpg"), filepath.Join(dir, "head"), filepath.Join(dir, "out")
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-sS", "--noproxy", "*", "-X", e.method, url + e.path, "-D", head, "-o", out, "-w", "%{http_code}"}
	if e.token {
		args = append(args, "-H", "X-Auth-Token: "+token)
	}
	if e.form != nil {
		args = append(args, "-F", "file=@"+file)
		for name, value := range e.form {
			args = append(args, "-F", name+"="+value)
		}
	} else if e.body != "" {
		args = append(args, "-H", "Content-Type: application/json", "--data-binary", e.body)
	}
	code, err := exec.CommandContext(t.Context(), "curl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("curl: %v: %s", err, code)
	}
	status, err := strconv.Atoi(string(code))
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := os.ReadFile(head)
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	for line := range strings.SplitSeq(string(lines), "\r\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			header.Set(name, value)
		}
	}
	return status, header, content
}

// tokenOf logs in for the account's project.
func tokenOf(t *testing.T, srv *enginetest.Server) string {
	t.Helper()
	body := examples(srv.Account, make([]byte, 100), "")[0].body
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), "POST", srv.URL+"/v3/auth/tokens?nocatalog=true", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	status, header, content := do(t, r)
	if status != http.StatusCreated {
		t.Fatalf("the log-in was answered %d %s", status, content)
	}
	return header.Get("X-Subject-Token")
}
