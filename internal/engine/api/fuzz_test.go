package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/ais-operator/ais-operator/internal/hostile"
)

// FuzzParse looks for panics, for codes without a description, and for pictures
// that are accepted from two places.
func FuzzParse(f *testing.F) {
	formType, content := form(f, map[string]string{"brightness": "0.5"}, []byte("x"))
	f.Add("application/json", []byte(`{"image":"AAAA","url":"","threshold":"60","limit":5,"language":"en","scene":["recapture"]}`))
	f.Add("application/json", []byte(`{"image":"AAAA","scale":3,"model":"ESPCN","gamma":1.5,"natural_look":true,"brightness":.9}`))
	f.Add(formType, []byte(content))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=file\r\n\r\n\r\n--x--"))
	f.Fuzz(func(t *testing.T, contentType string, content []byte) {
		for _, op := range operations() {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header["Content-Type"] = []string{contentType}
			src, parsed, err := parse(r, bytes.Clone(content), op)
			switch {
			case err != nil && (err.Message == "" || err.Status < 400):
				t.Errorf("%s: an error without words: %+v", op.name, err)
			case err != nil:
			case parsed == nil || (src.Image != "") == (src.URL != "" || len(src.upload) > 0):
				t.Errorf("%s: accepted %+v", op.name, src)
			case src.Image != "":
				_, _ = base64.StdEncoding.DecodeString(src.Image)
			}
		}
	})
}

// nowhere is a network that leads out of no test.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) { return nil, errAddress }

// FuzzRequest holds that every request is answered: with a result, or with a code
// that the reference describes; and that nothing of it stays behind.
func FuzzRequest(f *testing.F) {
	e := newEngine(f, 1, 0)
	e.fetcher.client.Transport = nowhere{}
	routes := operations()
	for i := range routes {
		f.Add(uint8(i), "POST", "application/json", []byte(`{"image":"`+base64.StdEncoding.EncodeToString(pngOf(f, 32, 32))+`"}`))
		f.Add(uint8(i), "GET", "", []byte(nil))
		f.Add(uint8(i), "POST", "application/json", []byte(`{"url":"http://10.0.0.1/"}`))
	}
	formType, content := form(f, map[string]string{"scale": "4"}, pngOf(f, 32, 32))
	f.Add(uint8(6), "POST", formType, []byte(content))
	for _, p := range hostile.Pictures() {
		if len(p.Data) < 1<<10 {
			f.Add(uint8(2), "POST", "application/json", []byte(`{"image":"`+base64.StdEncoding.EncodeToString(p.Data)+`"}`))
		}
	}
	f.Fuzz(func(t *testing.T, route uint8, method, contentType string, content []byte) {
		r := httptest.NewRequest(http.MethodPost, strings.Replace(routes[int(route)%len(routes)].path, "{project_id}", "p1", 1), bytes.NewReader(content))
		r.Method = method
		r.Header = http.Header{"X-Auth-Token": {e.token}, "Content-Type": {contentType}}
		answer := httptest.NewRecorder()
		e.handler.ServeHTTP(answer, r)
		e.idle(t)
		var body errorBody
		switch answer.Code {
		case http.StatusOK:
			return
		case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge:
		default:
			t.Errorf("answered %d %.200s", answer.Code, answer.Body)
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil || descriptions[body.Code] != body.Message || body.Message == "" {
			t.Errorf("answered %d %.200s", answer.Code, answer.Body)
		}
	})
}

// FuzzAddress holds that what the url parameter may name is a plain URL, and that
// a host which some parser takes for an address is refused or judged as that one.
func FuzzAddress(f *testing.F) {
	for _, a := range hostile.Addresses() {
		f.Add(a.URL)
	}
	f.Fuzz(func(t *testing.T, address string) {
		u, err := url.Parse(address)
		if err != nil || !isPlain(u) {
			return
		}
		if _, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil); err != nil || u.User != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			t.Errorf("%q is called plain: %v", address, err)
		}
		host := u.Hostname()
		if addr, err := netip.ParseAddr(host); err == nil {
			checkJudged(t, addr)
		} else if looksLikeNumber(host) && !isDisguised(host) {
			t.Errorf("%q is taken for a name", host)
		}
	})
}

// checkJudged holds that an address that Go itself calls private is not reached.
func checkJudged(t *testing.T, addr netip.Addr) {
	t.Helper()
	if isDisguised(addr.String()) {
		t.Errorf("%v is called disguised", addr)
	}
	allowed := netip.MustParsePrefix("10.1.0.0/16")
	network := "tcp4"
	if addr.Is6() {
		network = "tcp6"
	}
	err := newGuard([]netip.Prefix{allowed}).control(network, netip.AddrPortFrom(addr, 80).String(), nil)
	private := addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || addr.IsUnspecified() || addr.IsMulticast()
	if err == nil && private && !allowed.Contains(addr.Unmap()) {
		t.Errorf("%v is reached", addr)
	}
}

// looksLikeNumber tells a host whose last label strconv reads as a number, as some
// resolvers do: decimal, octal with a 0 before it, or hexadecimal.
func looksLikeNumber(host string) bool {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	_, err := strconv.ParseUint(last, 0, 64)
	return err == nil && !strings.ContainsAny(last, "_bBoO")
}
