package enginetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// defaultPodKeyLifetime is how long the keys of pods last, unless it is said
// otherwise.
const defaultPodKeyLifetime = 6 * time.Hour

// PodIdentity is the agent that gives temporary access keys to pods, as CCE runs
// one on its nodes: POST {} with the pod's token as the whole of the header
// Authorization. The keys are those of the server's account.
type PodIdentity struct {
	// URL is what a pod finds in HC_CONTAINER_CREDENTIALS_FULL_URI.
	URL string

	server   *Server
	listener *httptest.Server
	lifetime time.Duration

	mu       sync.Mutex
	token    string
	requests []PodIdentityRequest
}

// PodIdentityRequest is a request for a key.
type PodIdentityRequest struct {
	Token  string // as it stands in the header
	Time   time.Time
	Status int
	// AccessKeyID is that of the key that was given; empty for a refusal.
	AccessKeyID string
}

// StartPodIdentity starts an agent that ends with the test. Keys last for the
// lifetime; 0 is 6 hours.
func (s *Server) StartPodIdentity(t testing.TB, token string, lifetime time.Duration) *PodIdentity {
	t.Helper()
	p := s.NewPodIdentity(token, lifetime)
	t.Cleanup(p.Close)
	return p
}

// NewPodIdentity starts an agent where there is no test to end it; Close does.
func (s *Server) NewPodIdentity(token string, lifetime time.Duration) *PodIdentity {
	if lifetime == 0 {
		lifetime = defaultPodKeyLifetime
	}
	p := &PodIdentity{server: s, token: token, lifetime: lifetime}
	p.listener = httptest.NewServer(http.HandlerFunc(p.serve))
	p.URL = p.listener.URL + "/v1/credentials"
	return p
}

// Close ends the agent.
func (p *PodIdentity) Close() { p.listener.Close() }

// SetToken says which token is the pod's from now on.
func (p *PodIdentity) SetToken(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.token = token
}

// Requests is the record, in the order of arrival.
func (p *PodIdentity) Requests() []PodIdentityRequest {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// serve answers a request, and puts it on record before the first byte goes out.
func (p *PodIdentity) serve(w http.ResponseWriter, r *http.Request) {
	request := PodIdentityRequest{Token: r.Header.Get("Authorization"), Time: p.server.clock(), Status: p.judge(r)}
	body := map[string]any{"error_msg": http.StatusText(request.Status)}
	if request.Status == http.StatusOK {
		key, err := p.server.TemporaryKey(r.Context(), p.lifetime)
		if err != nil {
			request.Status, body = http.StatusInternalServerError, map[string]any{"error_msg": fmt.Sprint(err)}
		} else {
			request.AccessKeyID = key.AccessKeyID
			body = map[string]any{"credentials": map[string]string{
				"accessKeyId": key.AccessKeyID, "secretAccessKey": key.SecretAccessKey, "securityToken": key.SecurityToken,
				"expiration": key.ExpiresAt.UTC().Format("2006-01-02T15:04:05.000000Z"),
			}}
		}
	}
	p.mu.Lock()
	p.requests = append(p.requests, request)
	p.mu.Unlock()
	w.Header().Set("Date", request.Time.UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(request.Status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone cannot be told
}

// judge is the status of the answer to a request.
func (p *PodIdentity) judge(r *http.Request) int {
	p.mu.Lock()
	token := p.token
	p.mu.Unlock()
	text, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 1<<10))
	var body map[string]any
	switch {
	case r.URL.Path != "/v1/credentials":
		return http.StatusNotFound
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed
	case token == "" || r.Header.Get("Authorization") != token:
		return http.StatusUnauthorized
	case err != nil || json.Unmarshal(text, &body) != nil || body == nil:
		return http.StatusBadRequest
	}
	return http.StatusOK
}
