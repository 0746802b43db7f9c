package enginetest

import (
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/internal/engine"
	"github.com/ais-operator/ais-operator/internal/engine/iam"
)

// Account is an account of the server with one of each credential.
type Account struct {
	Domain, User, Password       string
	AccessKeyID, SecretAccessKey string
	ProjectID, ProjectName       string
}

// DefaultAccount is the account of a server whose Options name none. The
// secrets are distinctive, so that a test can look for them where they must
// not be.
var DefaultAccount = Account{
	Domain: "example", User: "operator", Password: "canary-password-7f3a",
	AccessKeyID: "EXAMPLEACCESSKEYID00", SecretAccessKey: "canary-secret-access-key-91c2",
	ProjectID: "0123456789abcdef0123456789abcdef", ProjectName: "ap-southeast-1",
}

// Options change the server; the zero value is good for most tests.
type Options struct {
	// TLS serves HTTPS with a certificate that Server.CABundle verifies.
	TLS bool
	// Accounts are who may call; the first account's first credentials become
	// Server.Account. Default: DefaultAccount.
	Accounts []iam.Account
	// IdentityProviders are added to the first account.
	IdentityProviders []iam.IdentityProvider
	// TokenLifetime, Clock, Workers, Queue, MaxMemory and MaxOutputPixels are the
	// engine's. Answers are dated by the Clock.
	TokenLifetime   time.Duration
	Clock           func() time.Time
	Workers, Queue  int
	MaxMemory       int64
	MaxOutputPixels int64
	// AllowCIDRs may be named by the url parameter. Default: loopback, where the
	// servers of tests are.
	AllowCIDRs []netip.Prefix
}

// Server is an engine that listens on a loopback port. It serves the
// recognition API and the identity API at the same URL.
type Server struct {
	URL      string
	CABundle []byte // PEM; nil without TLS
	Account  Account

	listener *httptest.Server
	verifier *iam.Service
	clock    func() time.Time

	mu     sync.Mutex
	faults []*planned
	calls  []*Call
	logins map[Operation]Logins
	flight map[string]*flight
}

// Start starts a server that ends with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatalf("starting the engine: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// New starts a server where there is no test to end it; Close does.
func New(o Options) (*Server, error) {
	if o.Accounts == nil {
		o.Accounts = []iam.Account{DefaultAccount.inFile()}
	}
	if len(o.Accounts) > 0 {
		o.Accounts = slices.Clone(o.Accounts)
		o.Accounts[0].IdentityProviders = slices.Concat(o.Accounts[0].IdentityProviders, o.IdentityProviders)
	}
	if o.AllowCIDRs == nil {
		o.AllowCIDRs = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	accounts := &iam.File{TokenKey: iam.NewTokenKey(), Accounts: o.Accounts}
	e, err := engine.New(engine.Config{
		Accounts: accounts, TokenLifetime: o.TokenLifetime, Clock: o.Clock, Workers: o.Workers, Queue: o.Queue,
		MaxMemory: o.MaxMemory, MaxOutputPixels: o.MaxOutputPixels, AllowCIDRs: o.AllowCIDRs,
	})
	if err != nil {
		return nil, err
	}
	// Tokens and temporary keys hold on every replica, so a second service can check
	// who is calling without the engine's help.
	verifier, err := iam.New(iam.Config{File: accounts, TokenLifetime: o.TokenLifetime, Clock: o.Clock})
	if err != nil {
		return nil, fmt.Errorf("making the verifier: %w", err)
	}
	s := &Server{
		Account: firstOf(o.Accounts), verifier: verifier, clock: o.Clock,
		logins: map[Operation]Logins{}, flight: map[string]*flight{},
	}
	s.listener = httptest.NewUnstartedServer(s.wrap(e.Handler()))
	if o.TLS {
		s.listener.StartTLS()
		s.CABundle = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.listener.Certificate().Raw})
	} else {
		s.listener.Start()
	}
	s.URL = s.listener.URL
	return s, nil
}

// Close opens all gates, breaks off what is in flight and ends the server.
func (s *Server) Close() {
	s.ClearFaults()
	s.listener.CloseClientConnections()
	s.listener.Close()
}

// Disconnect breaks off every connection and what is in flight on it, as the
// death of a client does.
func (s *Server) Disconnect() { s.listener.CloseClientConnections() }

// inFile is the account as the accounts file has it.
func (a Account) inFile() iam.Account {
	return iam.Account{
		DomainName: a.Domain,
		Projects:   []iam.Project{{ID: a.ProjectID, Name: a.ProjectName}},
		Users:      []iam.User{{Name: a.User, Password: a.Password}},
		AccessKeys: []iam.AccessKey{{AccessKeyID: a.AccessKeyID, SecretAccessKey: a.SecretAccessKey}},
	}
}

func firstOf(accounts []iam.Account) Account {
	if len(accounts) == 0 {
		return Account{}
	}
	first := accounts[0]
	a := Account{Domain: first.DomainName}
	if len(first.Users) > 0 {
		a.User, a.Password = first.Users[0].Name, first.Users[0].Password
	}
	if len(first.AccessKeys) > 0 {
		a.AccessKeyID, a.SecretAccessKey = first.AccessKeys[0].AccessKeyID, first.AccessKeys[0].SecretAccessKey
	}
	if len(first.Projects) > 0 {
		a.ProjectID, a.ProjectName = first.Projects[0].ID, first.Projects[0].Name
	}
	return a
}
