package iam

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// maxToken bounds what is looked at as a token, in characters. Ours are below
// 1,500: four names and identifiers of at most 256 bytes each.
const maxToken = 8 << 10

// claims is what a token says. It travels as JSON, then a dot, then its
// HMAC-SHA256, both in URL-safe Base64.
type claims struct {
	Domain  string `json:"d"`
	User    string `json:"u"`
	Project string `json:"p,omitempty"` // project ID; empty: a token of the whole account
	Issued  int64  `json:"i"`           // microseconds since 1970
	Expires int64  `json:"e"`           // microseconds since 1970
	Print   []byte `json:"f"`           // of the password, see fingerprint
}

// seal makes a token of the claims.
func (s *Service) seal(c claims) (string, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(payload)
	return text + "." + base64.RawURLEncoding.EncodeToString(s.mac("token", text)), nil
}

// open checks a token and finds its caller.
func (s *Service) open(token string) (Caller, error) {
	c, ok := s.unseal(token)
	if !ok {
		return Caller{}, unauthorized("decrypt token fail")
	}
	if s.now().UnixMicro() >= c.Expires {
		return Caller{}, unauthorized("token expires")
	}
	account := s.domains[c.Domain]
	if account == nil || account.users[c.User] == nil || c.Project != "" && !account.owns(c.Project) {
		return Caller{}, tokenOutdated()
	}
	if !hmac.Equal(c.Print, s.fingerprint(account.users[c.User], c.Domain)) {
		return Caller{}, tokenOutdated()
	}
	return Caller{account: account, user: c.User, project: c.Project, byToken: true}, nil
}

// unseal reads what a token of this key says.
func (s *Service) unseal(token string) (c claims, ok bool) {
	text, sum, found := strings.Cut(token, ".")
	if !found || len(token) > maxToken {
		return c, false
	}
	mac, err := base64.RawURLEncoding.DecodeString(sum)
	if err != nil || !hmac.Equal(mac, s.mac("token", text)) {
		return c, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(text)
	return c, err == nil && json.Unmarshal(payload, &c) == nil
}

// fingerprint stands for a user's password in a token, so that a new password
// ends the tokens of the old one. It cannot be checked without the token key.
func (s *Service) fingerprint(u *User, domain string) []byte {
	return s.mac("password", domain, u.Name, u.Password)[:8]
}

// mac is the HMAC-SHA256 of the parts. The first part is the purpose; lengths
// are not needed as no name holds the separator and only the last part is free.
func (s *Service) mac(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.tokenKey)
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}
