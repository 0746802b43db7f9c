package iam

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"
)

// DefaultTokenLifetime is how long a token of the hosted service lives (API
// reference 3.3).
const DefaultTokenLifetime = 24 * time.Hour

// Config is what a Service is made of.
type Config struct {
	// File is a validated accounts file with a token key.
	File *File
	// TokenLifetime is how long a token holds; 0 is 24 hours.
	TokenLifetime time.Duration
	// Clock gives the time; nil is time.Now.
	Clock func() time.Time
}

// Service knows the accounts and checks who is calling. It is safe for
// concurrent use.
type Service struct {
	tokenKey  []byte
	lifetime  time.Duration
	now       func() time.Time
	domains   map[string]*tenant     // by domain name
	keys      map[string]*signingKey // of the accounts file, by access key ID
	providers map[string]*provider   // by ID
	passwords *lockout               // by domain and user name
	secrets   *lockout               // by access key ID
}

// tenant is an account with its indexes.
type tenant struct {
	*Account
	id        string
	users     map[string]*User
	providers map[string]*provider
}

// New makes a Service.
func New(cfg Config) (*Service, error) {
	if cfg.File == nil || cfg.File.TokenKey == "" {
		return nil, errors.New("the accounts have no tokenKey: load them with LoadFile, or set one")
	}
	if err := cfg.File.Validate(); err != nil {
		return nil, err
	}
	if cfg.TokenLifetime == 0 {
		cfg.TokenLifetime = DefaultTokenLifetime
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	s := &Service{
		tokenKey: []byte(cfg.File.TokenKey), lifetime: cfg.TokenLifetime, now: cfg.Clock,
		domains: map[string]*tenant{}, keys: map[string]*signingKey{}, providers: map[string]*provider{},
		passwords: newLockout(5, 15*time.Minute, 15*time.Minute, cfg.Clock),
		secrets:   newLockout(6, 0, 5*time.Minute, cfg.Clock),
	}
	for i := range cfg.File.Accounts {
		if err := s.add(&cfg.File.Accounts[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Service) add(a *Account) error {
	t := &tenant{Account: a, id: identifier("domain", a.DomainName), users: map[string]*User{}, providers: map[string]*provider{}}
	for i := range a.Users {
		t.users[a.Users[i].Name] = &a.Users[i]
	}
	for _, k := range a.AccessKeys {
		s.keys[k.AccessKeyID] = &signingKey{
			id: k.AccessKeyID, secret: k.SecretAccessKey, securityToken: k.SecurityToken, account: t,
			who: principal{Domain: a.DomainName, Key: k.AccessKeyID},
		}
	}
	for i := range a.IdentityProviders {
		p, err := newProvider(&a.IdentityProviders[i], t)
		if err != nil {
			return err
		}
		t.providers[p.ID], s.providers[p.ID] = p, p
	}
	s.domains[a.DomainName] = t
	return nil
}

func (t *tenant) owns(projectID string) bool {
	_, ok := t.project(projectID, "")
	return ok
}

// project finds a project by its ID, or without an ID by its name.
func (t *tenant) project(id, name string) (Project, bool) {
	for _, p := range t.Projects {
		if p.ID == id || id == "" && p.Name == name {
			return p, true
		}
	}
	return Project{}, false
}

// Caller is who makes a request.
type Caller struct {
	account   *tenant
	who       principal
	project   string // of the token, or the X-Project-Id of a signed request
	byToken   bool
	temporary bool // signs with a temporary access key
}

// Project decides which project a call is made in: that of the token, the one
// in the path, the one in X-Project-Id, or else the account's first. path is
// empty for APIs without a project in their path. A *AccessError says that the
// caller may not use it.
func (c Caller) Project(path string) (string, error) {
	switch {
	case c.byToken && c.project == "":
		return "", notProjectToken()
	case c.project != "" && path != "" && c.project != path:
		return "", foreignProject()
	case c.project != "":
		path = c.project
	case path == "" && len(c.account.Projects) > 0:
		path = c.account.Projects[0].ID
	}
	if path != "" && !c.account.owns(path) {
		return "", foreignProject()
	}
	return path, nil
}

// Credentials are what a request came with, checked as far as that goes
// without its body.
type Credentials struct {
	service   *Service
	caller    Caller
	signature *signature // nil for a token
	key       *signingKey
	request   *http.Request
}

// Inspect checks what needs no body: the token, or the form, key and date of a
// signature. So nothing is read from a stranger. The error is a *AccessError.
func (s *Service) Inspect(r *http.Request) (*Credentials, error) {
	if token := r.Header.Get(tokenHeader); token != "" {
		caller, err := s.open(token)
		if err != nil {
			return nil, err
		}
		return &Credentials{service: s, caller: caller, request: r}, nil
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, unauthorized("x-auth-token not found")
	}
	return s.inspectSignature(r, header)
}

// Verify finishes the check with the body as it was received. The error is a
// *AccessError.
func (c *Credentials) Verify(body []byte) (Caller, error) {
	if c.signature == nil {
		return c.caller, nil
	}
	return c.service.verifySignature(c, body)
}

// sameSecret compares without telling by its time how much is equal.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return hmac.Equal(x[:], y[:])
}

// identifier gives a thing without an ID in the accounts file one that is the
// same on every replica: 32 hexadecimal digits, as the hosted service's.
func identifier(kind, name string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	return hex.EncodeToString(sum[:16])
}
