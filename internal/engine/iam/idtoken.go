package iam

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// maxIDToken bounds what is looked at as an ID token, in characters. Those of
	// Kubernetes have about 1,000.
	maxIDToken = 16 << 10
	// maxSubject bounds the subject of an ID token, in characters. A service
	// account's has at most 339.
	maxSubject = 512
	// leeway is by how much the clocks of the issuer and the engine may differ.
	leeway = time.Minute
)

// idTokenAlgorithms are what Kubernetes signs with. Neither "none" nor HMAC are
// among them, for which a public key would be the secret.
var idTokenAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.ES384, jose.ES512}

// subjectOf checks an ID token and returns whom it is about, or a sentence about
// what is wrong, which quotes nothing of the token.
func (p *provider) subjectOf(token string, now time.Time) (subject, problem string) {
	if len(token) > maxIDToken {
		return "", "The ID token is too long."
	}
	parsed, err := jwt.ParseSigned(token, idTokenAlgorithms)
	if err != nil {
		return "", "The ID token is not a JWT that is signed with RS256, ES256, ES384 or ES512."
	}
	header := parsed.Headers[0]
	key, ok := p.keys[header.KeyID]
	if !ok {
		return "", "The key that the ID token is signed with is not in the key set of the identity provider."
	}
	if key.Algorithm != "" && key.Algorithm != header.Algorithm {
		return "", "The ID token is signed with another algorithm than its key is for."
	}
	var c jwt.Claims
	switch err := parsed.Claims(key.Key, &c); {
	case errors.Is(err, jose.ErrCryptoFailure):
		return "", "The signature of the ID token is wrong."
	case err != nil:
		return "", "The claims of the ID token cannot be read."
	}
	if problem := p.checkClaims(&c, now); problem != "" {
		return "", problem
	}
	return c.Subject, ""
}

// checkClaims holds the claims against the provider and the time. Expiry and time
// of issue are required, as in OpenID Connect.
func (p *provider) checkClaims(c *jwt.Claims, now time.Time) (problem string) {
	switch {
	case c.Issuer != p.Issuer:
		return "The issuer of the ID token is not that of the identity provider."
	case !slices.ContainsFunc(p.Audiences, c.Audience.Contains):
		return "The ID token is made for another audience."
	case !isSubject(c.Subject):
		return "The subject of the ID token is missing, or no text of printable ASCII characters."
	case c.Expiry == nil || c.IssuedAt == nil:
		return "The ID token does not say when it was issued and when it expires."
	case !c.IssuedAt.Time().Before(c.Expiry.Time()):
		return "The ID token expires before it is issued."
	case !now.Before(c.Expiry.Time().Add(leeway)):
		return "The ID token has expired."
	case now.Add(leeway).Before(c.IssuedAt.Time()):
		return "The ID token is issued in the future: compare the clocks."
	case c.NotBefore != nil && now.Add(leeway).Before(c.NotBefore.Time()):
		return "The ID token is not valid yet: compare the clocks."
	}
	return ""
}

// isSubject says whether a text can be a subject: it stands in tokens, and in
// rules that people read.
func isSubject(text string) bool {
	return text != "" && len(text) <= maxSubject && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
