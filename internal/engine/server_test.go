package engine_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/internal/engine"
	"github.com/ais-operator/ais-operator/internal/engine/iam"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// accounts are who may call a server of this file.
func accounts() *iam.File {
	a := enginetest.DefaultAccount
	return &iam.File{TokenKey: iam.NewTokenKey(), Accounts: []iam.Account{{
		DomainName: a.Domain, Projects: []iam.Project{{ID: a.ProjectID, Name: a.ProjectName}},
		Users: []iam.User{{Name: a.User, Password: a.Password}},
	}}}
}

// serve starts a server until stop is called, and tells how it ended.
func serve(t *testing.T, server *engine.Server, secure *tls.Config) (address string, stop func(), ended <-chan error) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener, secure) }()
	return listener.Addr().String(), cancel, done
}

func newServer(t *testing.T, cfg engine.Config) *engine.Server {
	t.Helper()
	server, err := engine.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func get(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(content)
}

func TestHealthAndMetrics(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{})
	if status, body := get(t, http.DefaultClient, srv.URL+"/healthz"); status != 200 || body != "ok\n" {
		t.Errorf("healthz answered %d %q", status, body)
	}
	status, body := get(t, http.DefaultClient, srv.URL+"/metrics")
	for _, name := range []string{"ais_engine_requests_in_flight 0", "ais_engine_requests_queued 0", "ais_engine_admitted_memory_bytes 0", "go_goroutines"} {
		if status != 200 || !strings.Contains(body, name) {
			t.Errorf("metrics answered %d without %q", status, name)
		}
	}
}

func TestAStoppedServerFinishesWhatIsInFlight(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	picture := jpegOf(t, photo(16, 16))
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		_, _ = w.Write(picture)
	}))
	t.Cleanup(host.Close)
	server := newServer(t, engine.Config{
		Accounts: accounts(), AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, DrainDelay: time.Millisecond,
	})
	address, stop, ended := serve(t, server, nil)
	url := "http://" + address
	token := tokenOf(t, &enginetest.Server{URL: url, Account: enginetest.DefaultAccount})

	result := make(chan string, 1)
	go func() {
		result <- codeOf(t, &enginetest.Server{URL: url}, "/v1.0/image/tagging", token, strings.NewReader(`{"url":"`+host.URL+`"}`))
	}()
	<-arrived
	stop()
	for status := 200; status == 200; { // until the server noticed
		answer := httptest.NewRecorder()
		server.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/healthz", nil))
		status = answer.Code
	}
	select {
	case err := <-ended:
		t.Fatalf("the server ended with a request in flight: %v", err)
	default:
	}
	close(release)
	if code := <-result; code != "" {
		t.Errorf("the request in flight was answered %s", code)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// writeCertificate makes a new certificate for 127.0.0.1 in two files.
func writeCertificate(t *testing.T, certFile, keyFile string, serial int64) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "engine"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	for file, content := range map[string][]byte{certFile: bundle, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return bundle
}

func TestHTTPS(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	if _, err := engine.TLSConfig(certFile, keyFile); err == nil {
		t.Error("no error for files that are not there")
	}
	bundle := writeCertificate(t, certFile, keyFile, 1)
	secure, err := engine.TLSConfig(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	address, _, _ := serve(t, newServer(t, engine.Config{Accounts: accounts()}), secure)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	client := func(most uint16) *http.Client {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MaxVersion: most}, ForceAttemptHTTP2: true}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	if status, _ := get(t, client(tls.VersionTLS12), "https://"+address+"/healthz"); status != 200 {
		t.Errorf("answered %d", status)
	}
	r, _ := http.NewRequestWithContext(t.Context(), "GET", "https://"+address+"/healthz", nil)
	if answer, err := client(tls.VersionTLS11).Do(r); err == nil {
		answer.Body.Close()
		t.Error("TLS 1.1 was accepted")
	}
}

func TestTokensAndSignaturesHoldOnEveryReplica(t *testing.T) {
	file := accounts()
	first, _, _ := serve(t, newServer(t, engine.Config{Accounts: file}), nil)
	second, _, _ := serve(t, newServer(t, engine.Config{Accounts: file}), nil)
	token := tokenOf(t, &enginetest.Server{URL: "http://" + first, Account: enginetest.DefaultAccount})
	body := `{"image":"` + base64.StdEncoding.EncodeToString(jpegOf(t, photo(16, 16))) + `"}`
	if code := codeOf(t, &enginetest.Server{URL: "http://" + second}, "/v1.0/vision/defog", token, strings.NewReader(body)); code != "" {
		t.Errorf("the other replica answered %s", code)
	}
}

func TestARefusalReachesAClientThatSendsBeforeItReads(t *testing.T) {
	address, _, _ := serve(t, newServer(t, engine.Config{Accounts: accounts()}), nil)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := strings.Repeat("x", 11<<20)
	head := "POST /v1.0/image/tagging HTTP/1.1\r\nHost: engine\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	if _, err := io.WriteString(conn, head+body); err != nil {
		t.Fatalf("sending: %v", err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized || answer.Close {
		t.Errorf("answered %s, closing %v", answer.Status, answer.Close)
	}
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	cases := map[string]engine.Config{
		"load an accounts file": {},
		"at least 536870912":    {Accounts: accounts(), MaxMemory: 1 << 20},
		"no tokenKey":           {Accounts: &iam.File{Accounts: accounts().Accounts}},
		"positive number":       {Accounts: accounts(), MaxOutputPixels: -1},
		"accounts is empty":     {Accounts: &iam.File{TokenKey: iam.NewTokenKey()}},
	}
	for want, cfg := range cases {
		if _, err := engine.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
