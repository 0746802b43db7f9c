package metricsauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/internal/controlplane"
	"github.com/ais-operator/ais-operator/internal/metricsauth"
)

// metrics are what is behind the filter.
var metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ais_up 1")) })

// guarded is the metrics behind a filter that asks at the configuration's API server.
func guarded(t *testing.T, config *rest.Config, log logr.Logger) http.Handler {
	t.Helper()
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	filter, err := metricsauth.Filter(config, httpClient)
	if err != nil {
		t.Fatal(err)
	}
	handler, err := filter(log, metrics)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func get(ctx context.Context, handler http.Handler, method, path, authorization string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, path, http.NoBody)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// account makes a ServiceAccount and returns a token of it.
func account(t *testing.T, c client.Client, name string) string {
	t.Helper()
	sa := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}}
	if err := c.Create(t.Context(), sa); err != nil {
		t.Fatal(err)
	}
	var request authenticationv1.TokenRequest
	if err := c.SubResource("token").Create(t.Context(), sa, &request); err != nil {
		t.Fatal(err)
	}
	return request.Status.Token
}

func TestWhoMayReadTheMetrics(t *testing.T) {
	plane, err := controlplane.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	c, err := client.New(plane.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	reader, other := account(t, c, "reader"), account(t, c, "other")
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: "read-metrics"},
		Rules:      []rbacv1.PolicyRule{{NonResourceURLs: []string{"/metrics"}, Verbs: []string{"get"}}},
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "read-metrics"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: "default", Name: "reader"}},
	}
	for _, obj := range []client.Object{role, binding} {
		if err := c.Create(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
	}
	handler := guarded(t, plane.Config, logr.Discard())
	for name, tc := range map[string]struct {
		method, path, authorization string
		want                        int
	}{
		"somebody whom a role lets":         {"GET", "/metrics", "Bearer " + reader, 200},
		"whatever the case of the scheme":   {"GET", "/metrics", "bearer " + reader, 200},
		"but not another path":              {"GET", "/debug/pprof/heap", "Bearer " + reader, 403},
		"nor with another method":           {"POST", "/metrics", "Bearer " + reader, 403},
		"not somebody else":                 {"GET", "/metrics", "Bearer " + other, 403},
		"not with a token that was changed": {"GET", "/metrics", "Bearer " + reader + "a", 401},
		"not with what is no token":         {"GET", "/metrics", "Bearer x", 401},
		"not without a token":               {"GET", "/metrics", "Bearer ", 401},
		"not with a password":               {"GET", "/metrics", "Basic YTpi", 401},
		"not anonymously":                   {"GET", "/metrics", "", 401},
		"not with the token alone":          {"GET", "/metrics", reader, 401},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(t.Context(), handler, tc.method, tc.path, tc.authorization)
			if w.Code != tc.want || (tc.want == 200) != (w.Body.String() == "ais_up 1") {
				t.Errorf("HTTP %d %q, want %d", w.Code, w.Body, tc.want)
			}
		})
	}
}

func TestAnAPIServerThatCannotBeAsked(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	t.Cleanup(server.Close)
	var lines strings.Builder
	log := funcr.New(func(_, args string) { lines.WriteString(args) }, funcr.Options{Verbosity: 10})
	w := get(t.Context(), guarded(t, &rest.Config{Host: server.URL}, log), "GET", "/metrics", "Bearer canary-token")
	if w.Code != http.StatusInternalServerError || w.Body.Len() > 50 {
		t.Errorf("HTTP %d %q", w.Code, w.Body)
	}
	if got := lines.String(); !strings.Contains(got, "could not be reviewed") || strings.Contains(got, "canary-token") {
		t.Errorf("log: %s", got)
	}
}

func TestOnlyAFewAskAtOnce(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		<-answer
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","status":{"authenticated":false}}`))
	}))
	t.Cleanup(server.Close)
	handler := guarded(t, &rest.Config{Host: server.URL}, logr.Discard())
	const most = 4
	var wg sync.WaitGroup
	for range most {
		wg.Go(func() {
			if w := get(t.Context(), handler, "GET", "/metrics", "Bearer x"); w.Code != http.StatusUnauthorized {
				t.Errorf("HTTP %d", w.Code)
			}
		})
	}
	for range most {
		<-asked
	}
	if w := get(t.Context(), handler, "GET", "/metrics", "Bearer x"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("one more is answered HTTP %d", w.Code)
	}
	close(answer)
	wg.Wait()
}
