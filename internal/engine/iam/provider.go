package iam

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// minModulus is the least size of an RSA key, in bits (RFC 7518, section 3.3).
const minModulus = 2048

// IdentityProvider vouches for who somebody is, by ID tokens of OpenID Connect. A
// Kubernetes cluster is one, whose ID tokens are the tokens of its service
// accounts.
type IdentityProvider struct {
	// ID is what exchanges name in X-Idp-Id. Unique in the file.
	ID string `json:"id"`
	// Issuer is the iss of the ID tokens.
	Issuer string `json:"issuer"`
	// Audiences are the client IDs of which an ID token has to name one in aud.
	Audiences []string `json:"audiences"`
	// JWKS are the public keys of the issuer, as it publishes them: a JSON Web Key
	// Set. Exactly one of JWKS and JWKSFile; nothing is fetched.
	JWKS json.RawMessage `json:"jwks,omitempty"`
	// JWKSFile is a file with the same, relative to the accounts file.
	JWKSFile string `json:"jwksFile,omitempty"`
	// Rules say which user of the account a subject acts as. The first that
	// matches counts; a subject without one is refused.
	Rules []Rule `json:"rules"`
}

// Rule maps subjects of an identity provider to a user of the account.
type Rule struct {
	// Subject is the sub of an ID token, or system:serviceaccount:<namespace>:* for
	// all service accounts of a namespace.
	Subject string `json:"subject"`
	// User is a user's name. A user whom a rule names needs no password.
	User string `json:"user"`
}

// allServiceAccounts is the one form of a subject with a wildcard.
var allServiceAccounts = regexp.MustCompile(`^system:serviceaccount:[a-z0-9]([-a-z0-9]*[a-z0-9])?:\*$`)

// matches says whether the rule is about the subject.
func (r Rule) matches(subject string) bool {
	prefix, isPattern := strings.CutSuffix(r.Subject, "*")
	if !isPattern {
		return subject == r.Subject
	}
	name, ok := strings.CutPrefix(subject, prefix)
	return ok && name != "" && !strings.Contains(name, ":")
}

func (a *Account) validateProviders(errs *problems, at string, ids unique) {
	for i := range a.IdentityProviders {
		p, at := &a.IdentityProviders[i], fmt.Sprintf("%s.identityProviders[%d]", at, i)
		if !idPattern.MatchString(p.ID) {
			errs.add("%s.id must be 1 to 128 letters, digits, - or _", at)
		}
		errs.once(ids, at+".id", p.ID)
		errs.name(at+".issuer", p.Issuer)
		if len(p.Audiences) == 0 {
			errs.add("%s.audiences is empty: list the audiences that the ID tokens are made for", at)
		}
		for j, audience := range p.Audiences {
			errs.name(fmt.Sprintf("%s.audiences[%d]", at, j), audience)
		}
		switch {
		case (p.JWKS == nil) == (p.JWKSFile == ""):
			errs.add("%s needs one of jwks and jwksFile: the public keys of the issuer", at)
		case p.JWKS != nil:
			if _, err := keySet(p.JWKS); err != nil {
				errs.add("%s.jwks: %w", at, err)
			}
		}
		a.validateRules(errs, at, p.Rules)
	}
}

func (a *Account) validateRules(errs *problems, at string, rules []Rule) {
	if len(rules) == 0 {
		errs.add("%s.rules is empty: say which subject acts as which user", at)
	}
	for i, rule := range rules {
		at := fmt.Sprintf("%s.rules[%d]", at, i)
		pattern := strings.Contains(rule.Subject, "*")
		if !isSubject(rule.Subject) || pattern && !allServiceAccounts.MatchString(rule.Subject) {
			errs.add("%s.subject must be the subject of an ID token, or system:serviceaccount:<namespace>:*", at)
		}
		if !a.hasUser(rule.User) {
			errs.add("%s.user is no user of the account", at)
		}
	}
}

func (a *Account) hasUser(name string) bool {
	for _, u := range a.Users {
		if u.Name == name {
			return true
		}
	}
	return false
}

// isMapped says whether a rule names the user.
func (a *Account) isMapped(user string) bool {
	for _, p := range a.IdentityProviders {
		for _, rule := range p.Rules {
			if rule.User == user {
				return true
			}
		}
	}
	return false
}

// keySet reads a JSON Web Key Set. All of it has to be of use: whatever else
// stands in one was not meant to be given away.
func keySet(text []byte) (map[string]jose.JSONWebKey, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("it is not a JSON Web Key Set with RSA and EC keys, as `kubectl get --raw /openid/v1/jwks` prints one")
	}
	keys := map[string]jose.JSONWebKey{}
	for i, key := range set.Keys {
		if err := checkKey(key); err != nil {
			return nil, fmt.Errorf("keys[%d] %w", i, err)
		}
		if _, again := keys[key.KeyID]; again {
			return nil, fmt.Errorf("keys[%d] has the kid of another key", i)
		}
		keys[key.KeyID] = key
	}
	if len(keys) == 0 {
		return nil, errors.New("it has no keys")
	}
	return keys, nil
}

func checkKey(key jose.JSONWebKey) error {
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		if public.N.BitLen() < minModulus {
			return fmt.Errorf("is an RSA key of fewer than %d bits", minModulus)
		}
	case *ecdsa.PublicKey:
	default:
		return errors.New("is no public RSA or EC key")
	}
	switch {
	case key.KeyID == "":
		return errors.New("has no kid")
	case key.Use != "" && key.Use != "sig":
		return errors.New("is not for signatures")
	}
	return nil
}

// provider is an identity provider with its keys, and the account that it is of.
type provider struct {
	*IdentityProvider

	account *tenant
	keys    map[string]jose.JSONWebKey // by kid
}

func newProvider(p *IdentityProvider, account *tenant) (*provider, error) {
	if p.JWKS == nil {
		return nil, fmt.Errorf("the key set of the identity provider %s is not loaded: load the accounts with LoadFile, or set jwks", p.ID)
	}
	keys, err := keySet(p.JWKS)
	if err != nil {
		return nil, err
	}
	return &provider{IdentityProvider: p, account: account, keys: keys}, nil
}

// userOf is the user that a subject acts as, "" for none.
func (p *provider) userOf(subject string) string {
	for _, rule := range p.Rules {
		if rule.matches(subject) {
			return rule.User
		}
	}
	return ""
}
