package session_test

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/netguard"
	"github.com/ais-operator/ais-operator/internal/session"
	"github.com/ais-operator/ais-operator/internal/source"
)

// loopback opens this machine to tenants.
var loopback = netguard.Policy{AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

// service is IAM, which has every project, and an image service that answers every call with a picture.
type service struct {
	*httptest.Server

	// last is the header of the last request.
	last http.Header
	// closed receives a value for every connection that was closed.
	closed chan struct{}
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{closed: make(chan struct{}, 10)}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.last = r.Header
		w.Header().Set("Content-Type", "application/json")
		if name := r.URL.Query().Get("name"); r.URL.Path == "/v3/projects" {
			fmt.Fprintf(w, `{"projects":[{"id":"id-of-%s","name":%q,"enabled":true}]}`, name, name)
			return
		}
		fmt.Fprint(w, `{"result":"cGljdHVyZQ=="}`)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			s.closed <- struct{}{}
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// connection is the spec of a connection to the service.
func (s *service) connection() *v1alpha1.ConnectionSpec {
	address := v1alpha1.Endpoint(s.URL)
	c := spec(accessKey)
	c.Endpoints = &v1alpha1.Endpoints{ImageRecognition: address, IAM: address, OBS: address}
	c.TLS = &v1alpha1.TLSOptions{CABundle: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})}
	return c
}

func TestSessionsUseWhatTheyWereGiven(t *testing.T) {
	server := newService(t)
	opener := session.Opener{
		Guard: loopback, UserAgent: "test/1", MaxOutputBytes: 1 << 20, Now: func() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) },
	}
	project := func(t *testing.T, p *v1alpha1.Project) string {
		t.Helper()
		c := server.connection()
		c.Project = p
		s, err := opener.Open(shopDefault, c, nil, accessKeySecret())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		id, err := s.Recognition.ProjectID(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for want, p := range map[string]*v1alpha1.Project{"id-of-ap-southeast-1": nil, "id-of-other": {Name: "other"}, "p1": {ID: "p1"}} {
		if got := project(t, p); got != want {
			t.Errorf("project %q, want %q", got, want)
		}
	}
	if got := server.last.Get("User-Agent"); got != "test/1" {
		t.Errorf("user agent %q", got)
	}
	if got := server.last.Get("X-Sdk-Date"); got != "20260301T120000Z" {
		t.Errorf("signed at %q, want the clock's time", got)
	}
}

func TestSessionsBoundAnswers(t *testing.T) {
	server := newService(t)
	for limit, fits := range map[int64]bool{1 << 10: true, 10: false} {
		s, err := session.Opener{Guard: loopback, Now: time.Now, MaxOutputBytes: limit}.Open(shopDefault, server.connection(), nil, accessKeySecret())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		_, err = s.Recognition.EnhanceDark(t.Context(), ais.Call{}, ais.EnhanceDarkRequest{Image: ais.Image{Data: []byte("picture")}})
		if (err == nil) != fits {
			t.Errorf("with a limit of %d bytes: %v, want it to fit: %t", limit, err, fits)
		}
	}
}

func TestTemporaryAccessKeysReachTheStorage(t *testing.T) {
	secret := accessKeySecret()
	secret.Data["securityToken"] = []byte("token\n")
	signed, err := open(t, shopDefault, spec(accessKey), nil, secret).Storage.PresignGet(t.Context(), "photos", "a.jpg", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Query().Get("X-Amz-Security-Token"); got != "token" {
		t.Errorf("security token %q, want %q", got, "token")
	}
}

func TestASessionThatEndsClosesItsConnections(t *testing.T) {
	for name, end := range map[string]func(*session.Registry, *session.Session){
		"because it is replaced":                  func(r *session.Registry, s *session.Session) { r.Put(&session.Session{Ref: s.Ref}) },
		"because its connection is gone":          func(r *session.Registry, s *session.Session) { r.Remove(s.Ref) },
		"because the service refuses to serve it": func(r *session.Registry, s *session.Session) { s.Heed(refused) },
	} {
		t.Run(name, func(t *testing.T) {
			server := newService(t)
			s, err := session.Opener{Guard: loopback, Now: time.Now}.Open(shopDefault, server.connection(), nil, accessKeySecret())
			if err != nil {
				t.Fatal(err)
			}
			var r session.Registry
			r.Put(s)
			if _, err := s.Recognition.ProjectID(t.Context()); err != nil {
				t.Fatal(err)
			}
			end(&r, s)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			select {
			case <-server.closed:
			case <-ctx.Done():
				t.Error("the connection is still open")
			}
		})
	}
}

func TestOpenGuardsWhatTenantsWrote(t *testing.T) {
	server := newService(t)
	trusted := server.connection().TLS
	verify := func(t *testing.T, ref session.Ref, guard netguard.Policy, tls *v1alpha1.TLSOptions) (*session.Session, error) {
		t.Helper()
		connection := server.connection()
		connection.TLS = tls
		s, err := session.Opener{Guard: guard, Now: time.Now}.Open(ref, connection, nil, accessKeySecret())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		_, err = s.Recognition.Verify(t.Context())
		return s, err
	}
	t.Run("a Connection's endpoint may not be anywhere", func(t *testing.T) {
		if _, err := verify(t, shopDefault, netguard.Policy{}, trusted); !errors.Is(err, netguard.ErrAddress) {
			t.Errorf("got %v, want the address to be refused", err)
		}
	})
	t.Run("the operator's flags open it", func(t *testing.T) {
		if _, err := verify(t, shopDefault, loopback, trusted); err != nil {
			t.Error(err)
		}
	})
	t.Run("a ClusterConnection's endpoint is the administrator's word", func(t *testing.T) {
		s, err := verify(t, shared, netguard.Policy{}, trusted)
		if err != nil {
			t.Error(err)
		}
		if _, err := s.Pictures.Fetch(t.Context(), server.URL, 1); source.KindOf(err) != source.KindForbidden {
			t.Errorf("a picture there: %v, want it to be refused", err)
		}
	})
	t.Run("a certificate that nobody trusts is refused", func(t *testing.T) {
		if _, err := verify(t, shared, netguard.Policy{}, nil); err == nil {
			t.Error("accepted")
		}
	})
	t.Run("what the connection trusts is not trusted for pictures", func(t *testing.T) {
		s, err := verify(t, shopDefault, loopback, trusted)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Pictures.Fetch(t.Context(), server.URL, 1); source.KindOf(err) != source.KindUnreachable {
			t.Errorf("a picture there: %v, want its certificate to be refused", err)
		}
	})
}
