package ais

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProjectIsLookedUpOnce(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	c := s.client(t, byKey())
	for range 3 {
		if got, err := c.ProjectID(t.Context()); err != nil || got != testProject {
			t.Fatalf("got %q, %v", got, err)
		}
		if _, err := c.TagImages(t.Context(), Call{}, tagging("a")); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"name=test-region"}, s.lookUps); diff != "" {
		t.Errorf("look-ups (-want +got):\n%s", diff)
	}
}

func TestProjectThatIsNotClear(t *testing.T) {
	for name, tc := range map[string]struct {
		id, projects string
		class        Class
		want         string
	}{
		"none of that name": {"", `[]`, ClassAccount, `IAM knows 0 projects named "test-region" for these credentials: set the ID of the project`},
		"two of that name": {
			"", `[{"id":"a","name":"test-region"},{"id":"b","name":"test-region"}]`, ClassAccount,
			`IAM knows 2 projects named "test-region" for these credentials: set the ID of the project`,
		},
		"an ID that is a path": {"", `[{"id":"../x","name":"test-region"}]`, ClassAccount, `IAM knows 1 projects named "test-region" for these credentials: set the ID of the project`},
		"not of this account":  {"foreign", `[{"id":"a","name":"test-region"}]`, ClassAccount, `IAM knows no project "foreign" for these credentials: check the ID of the project`},
		"no list":              {"", `null`, ClassService, "the answer of IAM is not a list of projects: check the IAM endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.projects = tc.projects
			cfg := s.config(byKey())
			cfg.ProjectID = tc.id
			c, err := NewClient(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Verify(t.Context())
			if e := failure(t, err); e.Class() != tc.class || e.Message != tc.want || e.Op != OpListProjects {
				t.Errorf("got %s %v", e.Class(), err)
			}
		})
	}
}

func TestVerifyTouchesNoRecognitionPath(t *testing.T) {
	for name, credentials := range map[string]Credentials{"password": byPassword(), "key": byKey()} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.answer = always(http.StatusNotFound, "")
			if got, err := s.client(t, credentials).Verify(t.Context()); err != nil || got != testProject {
				t.Errorf("got %q, %v", got, err)
			}
			var got []string
			for _, r := range s.calls() {
				got = append(got, r.method+" "+r.path)
			}
			if diff := cmp.Diff([]string{"HEAD /"}, got); diff != "" {
				t.Errorf("beside IAM it asked for (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVerifyNeedsTheImageEndpoint(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for name, tc := range map[string]struct{ endpoint, want string }{
		"closed":    {closed.URL, "Connect: the request was not sent: dial: connection refused"},
		"untrusted": {untrusted(t, http.NotFoundHandler()).URL, "tls: failed to verify certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			cfg := s.config(byPassword())
			cfg.Endpoint = tc.endpoint
			c, err := NewClient(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), tc.want) || ClassOf(err) != ClassTransient {
				t.Errorf("got %s %v, want %q", ClassOf(err), err, tc.want)
			}
		})
	}
}

func TestVerifyNeedsNoAnswerOfTheImageEndpoint(t *testing.T) {
	ctx, giveUp := context.WithCancel(t.Context())
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		giveUp()
		<-r.Context().Done()
	}))
	t.Cleanup(hanging.Close)
	s := newService(t)
	cfg := s.config(byPassword())
	cfg.Endpoint = hanging.URL
	c, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Verify(ctx); err != nil || got != testProject {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestVerifyWithATransportThatReportsNoConnections(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusNotFound, "")
	cfg := s.config(byPassword())
	inner := cfg.Transport
	cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		return inner.RoundTrip(r.Clone(t.Context())) // without the trace in r's context
	})
	c, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLoginNamesTheProject(t *testing.T) {
	for name, tc := range map[string]struct{ id, projectName, want string }{
		"by ID":       {testProject, "other", `{"id":"` + testProject + `"}`},
		"by name":     {"", "other", `{"name":"other"}`},
		"by region's": {"", "", `{"name":"test-region"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var sent map[string]any
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.RawQuery != "nocatalog=true" {
					t.Errorf("query %q", r.URL.RawQuery)
				}
				if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
					t.Error(err)
				}
				w.Header().Set("X-Subject-Token", "token")
				w.WriteHeader(http.StatusCreated)
				fmt.Fprint(w, `{"token":{"project":{"id":"p"}}}`)
			}))
			t.Cleanup(server.Close)
			c, err := NewClient(Config{
				Endpoint: server.URL, IAMEndpoint: server.URL, Region: "test-region", ProjectID: tc.id, ProjectName: tc.projectName,
				Credentials: byPassword(),
			})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.ProjectID(t.Context()); err != nil || got != "p" {
				t.Fatalf("got %q, %v", got, err)
			}
			want := decoded(t, []byte(`{"auth":{"identity":{"methods":["password"],"password":{"user":
				{"name":"user","password":"`+testPassword+`","domain":{"name":"account"}}}},"scope":{"project":`+tc.want+`}}}`))
			if diff := cmp.Diff(want, sent); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	good := Config{Region: "r", Credentials: byKey()}
	if _, err := NewClient(good); err != nil {
		t.Fatalf("a region and a key are enough: %v", err)
	}
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"no credentials":       {func(c *Config) { c.Credentials = nil }, "credentials: set them"},
		"half a key":           {func(c *Config) { c.Credentials = AccessKey{ID: "a"} }, "set both its ID and its secret"},
		"a password alone":     {func(c *Config) { c.Credentials = Password{Password: "p"} }, "set user name"},
		"no region":            {func(c *Config) { c.Region = "" }, "set it, or set both endpoints and the project"},
		"no scheme":            {func(c *Config) { c.Endpoint = "image.example" }, "image endpoint: use a URL"},
		"another scheme":       {func(c *Config) { c.IAMEndpoint = "ftp://h" }, "IAM endpoint: use a URL"},
		"a user in the URL":    {func(c *Config) { c.Endpoint = "https://u:secret-canary@h" }, "leave out user"},
		"no URL":               {func(c *Config) { c.Endpoint = "https://h\x00secret-canary" }, "not a URL"},
		"a path for a project": {func(c *Config) { c.ProjectID = ".." }, "letters, digits"},
		"a negative limit":     {func(c *Config) { c.MaxAnswerBytes = -1 }, "must not be negative"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			tc.change(&cfg)
			_, err := NewClient(cfg)
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestOverHTTP2(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	server := httptest.NewUnstartedServer(s.Config.Handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	cfg := s.config(byKey())
	cfg.Endpoint, cfg.IAMEndpoint, cfg.Transport = server.URL, server.URL, server.Client().Transport
	c, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	if _, err := c.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	picture := noise(1 << 20)
	if _, err := c.TagImages(t.Context(), Call{}, TagImagesRequest{Image: Image{Data: picture}}); err != nil {
		t.Fatal(err)
	}
	if got := s.calls()[len(s.calls())-1]; !strings.HasSuffix(got.path, "/image/tagging") || got.length != int64(len(got.body)) {
		t.Errorf("got %s with %d of %d bytes", got.path, len(got.body), got.length)
	}
}

func TestEndpointBehindAPrefix(t *testing.T) {
	s := newService(t)
	s.answer = always(http.StatusOK, oneTag)
	cfg := s.config(byKey())
	cfg.Endpoint += "/ais/"
	c, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.TagImages(t.Context(), Call{}, tagging("a")); err != nil {
		t.Fatal(err)
	}
	if got, want := s.calls()[0].path, "/ais/v2/"+testProject+"/image/tagging"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	t.Run("in a refusal", func(t *testing.T) { secretsDoNotShow(t, http.StatusForbidden) })
	t.Run("in an error within a success", func(t *testing.T) { secretsDoNotShow(t, http.StatusOK) })
}

func secretsDoNotShow(t *testing.T, status int) {
	t.Helper()
	s := newService(t)
	var signature string
	s.answer = func(_ int, w http.ResponseWriter, r *http.Request) { // a service that repeats what it was sent
		_, signature, _ = strings.Cut(r.Header.Get("Authorization"), "Signature=")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error_code":"APIG.0302","error_msg":"no: %s %s %s %s %s"}`,
			signature, r.Header.Get("X-Auth-Token"), testPassword, testSecret, testKeyID)
	}
	for _, credentials := range []Credentials{byPassword(), byKey()} {
		c := s.client(t, credentials)
		_, err := c.TagImages(t.Context(), Call{}, tagging("a"))
		var b strings.Builder
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "client", c, "credentials", credentials, "err", err, "secret", Secret(testSecret))
		encoded, jsonErr := json.Marshal(credentials)
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		b.Write(encoded)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&b, verb+verb+verb, c, credentials, err)
		}
		if ClassOf(err) != ClassAccount {
			t.Fatalf("got %v", err)
		}
		secrets := append(credentials.secrets(), "token-canary-1")
		if _, isKey := credentials.(AccessKey); isKey {
			secrets = append(secrets[1:], signature) // the ID of a key may be printed with the key, but not in a message
			if strings.Contains(err.Error(), testKeyID) {
				t.Errorf("the ID of the key shows in %v", err)
			}
		}
		for _, secret := range secrets {
			if strings.Contains(b.String(), secret) || strings.Contains(b.String(), fmt.Sprintf("%x", secret)) {
				t.Errorf("%q shows in %s", secret, b.String())
			}
		}
	}
}

func TestSecretIsMaskedByItself(t *testing.T) {
	s := Secret("canary")
	text, err := s.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{s.String(), s.GoString(), string(text), s.LogValue().String()}
	if diff := cmp.Diff([]string{"***", "***", "***", "***"}, got); diff != "" || s.Reveal() != "canary" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
