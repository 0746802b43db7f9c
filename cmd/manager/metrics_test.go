package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/internal/controlplane"
)

// TestMetricsAreForWhoeverMayReadThem runs the manager's server with the rights of an installation, and asks it for metrics as nobody, as somebody who may
// not read them, and as somebody who may.
func TestMetricsAreForWhoeverMayReadThem(t *testing.T) {
	plane, err := controlplane.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := plane.Grant(t.Context(), "config/default"); err != nil {
		t.Fatal(err)
	}
	address := serveMetrics(t, plane)
	roots := certificateOf(t, address)

	admin, err := client.New(plane.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, token string
		want        int
	}{
		{"nobody", "", http.StatusUnauthorized},
		{"somebody", tokenOf(t, admin, "somebody", ""), http.StatusForbidden},
		{"who may read them", tokenOf(t, admin, "prometheus", "ais-metrics-reader"), http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, err := scrape(t.Context(), address, tt.token, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots})
			if err != nil || status != tt.want {
				t.Errorf("answered %d, %v; want %d", status, err, tt.want)
			}
		})
	}
	t.Run("an old version of TLS", func(t *testing.T) {
		old := &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, RootCAs: roots}
		if status, err := scrape(t.Context(), address, "", old); err == nil {
			t.Errorf("answered %d over TLS 1.1", status)
		}
	})
}

// serveMetrics runs the manager, as its own account and without controllers, and returns the address of its metrics.
func serveMetrics(t *testing.T, plane *controlplane.ControlPlane) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close() // The manager takes the port over.
	account, err := plane.AddUser("system:serviceaccount:ais-system:ais-manager")
	if err != nil {
		t.Fatal(err)
	}
	mgr, err := newManager(account, config{metricsAddress: address, secureMetrics: true, probeAddress: "0"}, "ais-system")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return address
}

// certificateOf waits for the server, whose certificate nobody has signed, and returns what trusts it.
func certificateOf(t *testing.T, address string) *x509.CertPool {
	t.Helper()
	roots := x509.NewCertPool()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(time.Minute); ; {
		_, err := scrape(t.Context(), address, "", &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots})
		if unknown, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			for _, certificate := range unknown.UnverifiedCertificates {
				roots.AddCert(certificate)
			}
			return roots
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the metrics are not served: %v", err)
		}
	}
}

func scrape(ctx context.Context, address, token string, secure *tls.Config) (status int, err error) {
	transport := &http.Transport{TLSClientConfig: secure}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

// tokenOf makes an account, gives it a role in the whole cluster, if one is named, and returns a token of its.
func tokenOf(t *testing.T, admin client.Client, name, role string) string {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: name}}
	objects := []client.Object{account}
	if role != "" {
		objects = append(objects, &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%s", name, role)},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: account.Namespace, Name: name}},
		})
	}
	for _, object := range objects {
		if err := admin.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	request := &authenticationv1.TokenRequest{}
	if err := admin.SubResource("token").Create(t.Context(), account, request); err != nil {
		t.Fatal(err)
	}
	return request.Status.Token
}
