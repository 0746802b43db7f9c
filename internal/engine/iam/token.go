package iam

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// maxToken bounds what is looked at as a token, in characters. Ours are below
// 9,000: two names of 256 bytes and a subject of 512, which JSON may write with
// six characters a byte, and identifiers.
const maxToken = 10 << 10

// purpose is what a sealed text is for. One that is sealed for one purpose is
// worth nothing for another.
type purpose string

const (
	forToken         purpose = "token"
	forSecurityToken purpose = "security token"
)

// principal is who something is issued to: a user who logged in, an access key,
// or a subject of an identity provider, which a rule maps to a user.
type principal struct {
	Domain   string `json:"d"`
	User     string `json:"u,omitempty"`
	Key      string `json:"k,omitempty"` // access key ID
	Provider string `json:"o,omitempty"`
	Subject  string `json:"s,omitempty"`
}

// claims is what a token or a security token says. It travels as JSON, then a
// dot, then its HMAC-SHA256, both in URL-safe Base64.
type claims struct {
	principal

	Project string `json:"p,omitempty"` // project ID; empty: a token without a project
	Access  string `json:"a,omitempty"` // ID of the temporary access key that a security token belongs to
	Issued  int64  `json:"i"`           // microseconds since 1970
	Expires int64  `json:"e"`           // microseconds since 1970
	Print   []byte `json:"f"`           // of the principal, see fingerprint
}

// seal makes a token of the claims.
func (s *Service) seal(p purpose, c claims) (string, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(payload)
	return text + "." + base64.RawURLEncoding.EncodeToString(s.mac(string(p), text)), nil
}

// open checks a token and finds its caller.
func (s *Service) open(token string) (Caller, error) {
	c, ok := s.unseal(forToken, token)
	if !ok {
		return Caller{}, unauthorized("decrypt token fail")
	}
	if s.expired(c) {
		return Caller{}, unauthorized("token expires")
	}
	account, ok := s.holder(c)
	if !ok || c.Project != "" && !account.owns(c.Project) {
		return Caller{}, tokenOutdated()
	}
	return Caller{account: account, who: c.principal, project: c.Project, byToken: true}, nil
}

// unseal reads what a token of this key and purpose says.
func (s *Service) unseal(p purpose, token string) (c claims, ok bool) {
	text, sum, found := strings.Cut(token, ".")
	if !found || len(token) > maxToken {
		return c, false
	}
	mac, err := base64.RawURLEncoding.DecodeString(sum)
	if err != nil || !hmac.Equal(mac, s.mac(string(p), text)) {
		return c, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(text)
	return c, err == nil && json.Unmarshal(payload, &c) == nil
}

func (s *Service) expired(c claims) bool { return s.now().UnixMicro() >= c.Expires }

// holder finds the account of whom the claims were issued to, if that is still
// the same.
func (s *Service) holder(c claims) (account *tenant, ok bool) {
	account = s.domains[c.Domain]
	if account == nil {
		return nil, false
	}
	mark, ok := s.fingerprint(account, c.principal)
	return account, ok && hmac.Equal(c.Print, mark)
}

// fingerprint stands in a token for what its principal has shown, so that a new
// password, a new secret or a changed rule ends what was issued before. It cannot
// be checked without the token key. ok is false for a principal that is gone.
func (s *Service) fingerprint(account *tenant, p principal) (mark []byte, ok bool) {
	switch {
	case p.Provider != "":
		provider := account.providers[p.Provider]
		if provider == nil || p.User == "" || provider.userOf(p.Subject) != p.User {
			return nil, false
		}
		mark = s.mac("provider", p.Domain, p.Provider, provider.Issuer)
	case p.Key != "":
		key := s.keys[p.Key]
		if key == nil || key.account != account {
			return nil, false
		}
		mark = s.mac("access key", p.Domain, p.Key, key.secret)
	default:
		user := account.users[p.User]
		if user == nil {
			return nil, false
		}
		mark = s.mac("password", p.Domain, p.User, user.Password)
	}
	return mark[:8], true
}

// mac is the HMAC-SHA256 of the parts. The first part is the purpose; lengths
// are not needed as no name holds the separator and only the last part is free.
func (s *Service) mac(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.tokenKey)
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}

// stamp is a time as IAM writes it: UTC with microseconds.
func stamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}
