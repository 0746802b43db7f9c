package ais

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testProject  = "0123456789abcdef0123456789abcdef"
	testKeyID    = "AKIDEXAMPLE"
	testSecret   = "secret-canary-sk"
	testPassword = "secret-canary-password"
	testProvider = "cluster"
	testIDToken  = "secret-canary-id-token"
)

// clock is a settable time.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock {
	return &clock{at: time.Now().UTC().Truncate(time.Second)}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// received is a request that reached the service, body included.
type received struct {
	method, path string
	header       http.Header
	body         []byte
	length       int64
}

// service behaves like the image API and IAM behind one gateway: it issues
// tokens, checks them and signatures, and records what it accepts.
type service struct {
	*httptest.Server
	clock *clock

	mu       sync.Mutex
	logins   int
	tokens   map[string]bool      // those that are good
	keys     map[string]AccessKey // temporary ones that are good, by ID
	issued   int                  // temporary keys so far
	lookUps  []string             // queries of GET /v3/projects
	accepted []received

	// login and answer take over where they are set.
	login    func(n int, w http.ResponseWriter, r *http.Request) (done bool)
	answer   func(n int, w http.ResponseWriter, r *http.Request)
	projects string
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{
		clock:    newClock(),
		tokens:   map[string]bool{},
		keys:     map[string]AccessKey{},
		projects: `[{"id":"` + testProject + `","name":"test-region"}]`,
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client gave up
	}
	switch {
	case r.URL.Path == "/v3/auth/tokens":
		s.serveLogin(w, r, body, testPassword)
	case r.URL.Path == "/v3.0/OS-AUTH/id-token/tokens" && r.Header.Get("X-Idp-Id") == testProvider:
		s.serveLogin(w, r, body, testIDToken)
	case r.URL.Path == "/agent":
		s.serveAgent(w, r)
	case !s.authentic(r, body):
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error_code":"APIG.0301","error_msg":"Incorrect IAM authentication information: decrypt token fail"}`)
	case r.URL.Path == "/v3.0/OS-CREDENTIAL/securitytokens":
		s.serveTemporaryKey(w)
	case r.URL.Path == "/v3/projects":
		s.mu.Lock()
		s.lookUps = append(s.lookUps, r.URL.RawQuery)
		s.mu.Unlock()
		fmt.Fprintf(w, `{"projects":%s,"links":{"next":null}}`, s.projects)
	default:
		s.mu.Lock()
		s.accepted = append(s.accepted, received{r.Method, r.URL.Path, r.Header, body, r.ContentLength})
		n := len(s.accepted)
		s.mu.Unlock()
		s.answer(n, w, r)
	}
}

func (s *service) serveLogin(w http.ResponseWriter, r *http.Request, body []byte, secret string) {
	s.mu.Lock()
	s.logins++
	n := s.logins
	s.mu.Unlock()
	if s.login != nil && s.login(n, w, r) {
		return
	}
	if !strings.Contains(string(body), secret) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}`)
		return
	}
	token := fmt.Sprintf("token-canary-%d", n)
	s.mu.Lock()
	s.tokens[token] = true
	s.mu.Unlock()
	issued := s.clock.now()
	w.Header().Set("X-Subject-Token", token)
	w.WriteHeader(http.StatusCreated)
	const micros = "2006-01-02T15:04:05.000000Z"
	fmt.Fprintf(w, `{"token":{"issued_at":%q,"expires_at":%q,"methods":["password"],"project":{"id":%q,"name":"test-region"}}}`,
		issued.Format(micros), issued.Add(24*time.Hour).Format(micros), testProject)
}

// authentic accepts a good token, or a signature over what really arrived.
func (s *service) authentic(r *http.Request, body []byte) bool {
	if r.Method == http.MethodHead {
		return true
	}
	if token := r.Header.Get("X-Auth-Token"); token != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.tokens[token]
	}
	sum := sha256.Sum256(body)
	claim := signable{
		method: r.Method, path: r.URL.Path, query: r.URL.Query(),
		headers: map[string]string{}, bodyHash: hex.EncodeToString(sum[:]),
	}
	_, names, _ := strings.Cut(r.Header.Get("Authorization"), "SignedHeaders=")
	names, _, _ = strings.Cut(names, ",")
	for name := range strings.SplitSeq(names, ";") {
		claim.headers[name] = r.Header.Get(name)
		if name == "host" {
			claim.headers[name] = r.Host
		}
	}
	if r.Header.Get("Authorization") == claim.authorization(testKeyID, testSecret) {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range s.keys {
		if r.Header.Get("X-Security-Token") == key.SecurityToken.Reveal() && r.Header.Get("Authorization") == claim.authorization(key.ID, key.Secret) {
			return true
		}
	}
	return false
}

// temporaryKey issues a key.
func (s *service) temporaryKey() AccessKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issued++
	key := AccessKey{
		ID: fmt.Sprintf("TEMPORARY%d", s.issued), Secret: Secret(fmt.Sprintf("secret-canary-%d", s.issued)),
		SecurityToken: Secret(fmt.Sprintf("security-canary-%d", s.issued)),
	}
	s.keys[key.ID] = key
	return key
}

// date is what the service's clock shows; its answers carry it.
func (s *service) date(w http.ResponseWriter) time.Time {
	now := s.clock.now()
	w.Header().Set("Date", now.Format(http.TimeFormat))
	return now
}

func (s *service) serveTemporaryKey(w http.ResponseWriter) {
	key, now := s.temporaryKey(), s.date(w)
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"credential":{"access":%q,"secret":%q,"securitytoken":%q,"expires_at":%q}}`,
		key.ID, key.Secret.Reveal(), key.SecurityToken.Reveal(), now.Add(temporaryKeyLifetime).Format("2006-01-02T15:04:05.000000Z"))
}

// serveAgent is the agent of Pod Identity on the node.
func (s *service) serveAgent(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.Header.Get("Authorization") != testIDToken {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	key, now := s.temporaryKey(), s.date(w)
	fmt.Fprintf(w, `{"credentials":{"accessKeyId":%q,"secretAccessKey":%q,"securityToken":%q,"expiration":%q}}`,
		key.ID, key.Secret.Reveal(), key.SecurityToken.Reveal(), now.Add(time.Hour).Format(time.RFC3339))
}

// revoke makes every token and temporary key that was issued worthless.
func (s *service) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
	clear(s.keys)
}

func (s *service) keyCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issued
}

func (s *service) loginCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

func (s *service) calls() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.accepted...)
}

// config is for this service, with a transport of its own.
func (s *service) config(credentials Credentials) Config {
	return Config{
		Endpoint: s.URL, IAMEndpoint: s.URL, Region: "test-region",
		Credentials: credentials, Now: s.clock.now,
		Transport: s.Client().Transport,
	}
}

func (s *service) client(t *testing.T, credentials Credentials) *Client {
	t.Helper()
	c, err := NewClient(s.config(credentials))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func byPassword() Password {
	return Password{Username: "user", DomainName: "account", Password: testPassword}
}

func byKey() AccessKey { return AccessKey{ID: testKeyID, Secret: testSecret} }

// always answers the same.
func always(status int, body string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "request-1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const oneTag = `{"result":{"tags":[{"tag":"koala","confidence":"98.5"}]}}`

func tagging(data string) TagImagesRequest {
	return TagImagesRequest{Image: Image{Data: []byte(data)}}
}

// decoded is a JSON body as generic values.
func decoded(t *testing.T, body []byte) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil {
		t.Fatalf("body %q: %v", body, err)
	}
	return fields
}

// failure insists on an *Error.
func failure(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %T %v, want *Error", err, err)
	}
	return e
}

func byWorkload() WorkloadIdentity {
	return WorkloadIdentity{
		IdentityProvider: testProvider,
		IDToken:          func(context.Context) (Secret, error) { return testIDToken, nil },
	}
}

func (s *service) byPod() PodIdentity {
	return PodIdentity{
		URI:       s.URL + "/agent",
		Token:     func() (Secret, error) { return testIDToken, nil },
		Transport: s.Client().Transport,
	}
}
