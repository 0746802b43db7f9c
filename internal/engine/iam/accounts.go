package iam

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// minTokenKey is the least length of a token key, in characters: the block of
// randomness that HMAC-SHA256 can use.
const minTokenKey = 32

// idPattern is what a project ID and an access key ID may look like: both
// travel in URLs and headers.
var idPattern = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// File is the accounts file.
type File struct {
	// TokenKey signs tokens. At least 32 random characters, the same on every
	// replica; LoadFile generates one when it is unset.
	TokenKey string `json:"tokenKey,omitempty"`
	// Accounts are who may call. At least one.
	Accounts []Account `json:"accounts"`
}

// Account is a tenant: the unit that owns projects, users and access keys.
type Account struct {
	// DomainName is the account's name, which log-ins give as their domain.
	DomainName string `json:"domainName"`
	// Projects are what calls are made in. Their IDs are unique in the file.
	Projects []Project `json:"projects,omitempty"`
	// Users may log in with a password.
	Users []User `json:"users,omitempty"`
	// AccessKeys may sign requests. Their IDs are unique in the file.
	AccessKeys []AccessKey `json:"accessKeys,omitempty"`
	// IdentityProviders vouch for users, who then need no password.
	IdentityProviders []IdentityProvider `json:"identityProviders,omitempty"`
}

// Project is a project of an account; by convention it is named after a region.
type Project struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// User is an IAM user, who logs in with a password or by an identity provider.
type User struct {
	Name string `json:"name"`
	// Password is plain text. Quote it in YAML: 0123 without quotes is a number.
	// Only users whom the rule of an identity provider names can do without.
	Password string `json:"password,omitempty"`
}

// AccessKey is an AK/SK pair.
type AccessKey struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	// SecurityToken makes the key a temporary one: requests must then carry and
	// sign exactly this X-Security-Token. Unset: they must carry none.
	SecurityToken string `json:"securityToken,omitempty"`
}

// Parse reads an accounts file. Unknown and repeated fields are errors, and
// what is wrong is said with its place in the file, never with its value.
func Parse(text []byte) (*File, error) {
	var file File
	if err := yaml.UnmarshalStrict(text, &file); err != nil {
		return nil, fmt.Errorf("the accounts file does not parse (it has tokenKey and accounts; an account has domainName, projects, users, accessKeys and identityProviders): %w", err)
	}
	if err := file.Validate(); err != nil {
		return nil, err
	}
	return &file, nil
}

// Validate says everything that is wrong with the file.
func (f *File) Validate() error {
	var errs problems
	if f.TokenKey != "" && len(f.TokenKey) < minTokenKey {
		errs.add("tokenKey is shorter than %d characters: use the output of `openssl rand -base64 32`, or leave it out", minTokenKey)
	}
	if len(f.Accounts) == 0 {
		errs.add("accounts is empty: list at least one account with a domainName")
	}
	domains, projects, keys, providers := unique{}, unique{}, unique{}, unique{}
	for i := range f.Accounts {
		a, at := &f.Accounts[i], fmt.Sprintf("accounts[%d]", i)
		errs.name(at+".domainName", a.DomainName)
		errs.once(domains, at+".domainName", a.DomainName)
		a.validateProjects(&errs, at, projects)
		a.validateUsers(&errs, at)
		a.validateKeys(&errs, at, keys)
		a.validateProviders(&errs, at, providers)
	}
	return errs.join()
}

func (a *Account) validateProjects(errs *problems, at string, ids unique) {
	names := unique{}
	for i, p := range a.Projects {
		at := fmt.Sprintf("%s.projects[%d]", at, i)
		if !idPattern.MatchString(p.ID) {
			errs.add("%s.id must be 1 to 128 letters, digits, - or _", at)
		}
		errs.once(ids, at+".id", p.ID)
		errs.name(at+".name", p.Name)
		errs.once(names, at+".name", p.Name)
	}
}

func (a *Account) validateUsers(errs *problems, at string) {
	names := unique{}
	for i, u := range a.Users {
		at := fmt.Sprintf("%s.users[%d]", at, i)
		errs.name(at+".name", u.Name)
		errs.once(names, at+".name", u.Name)
		if u.Password == "" && !a.isMapped(u.Name) {
			errs.add("%s.password is empty: a user without a password whom no identity provider vouches for cannot log in, so remove the user or set one", at)
		}
	}
}

func (a *Account) validateKeys(errs *problems, at string, ids unique) {
	for i, k := range a.AccessKeys {
		at := fmt.Sprintf("%s.accessKeys[%d]", at, i)
		if !idPattern.MatchString(k.AccessKeyID) {
			errs.add("%s.accessKeyId must be 1 to 128 letters, digits, - or _", at)
		}
		errs.once(ids, at+".accessKeyId", k.AccessKeyID)
		if k.SecretAccessKey == "" {
			errs.add("%s.secretAccessKey is empty: set it, or remove the key", at)
		}
	}
}

// unique remembers where a value was seen first.
type unique map[string]string

// problems collects what is wrong with a file.
type problems []error

func (p *problems) add(format string, args ...any) {
	*p = append(*p, fmt.Errorf(format, args...))
}

func (p *problems) name(at, value string) {
	if value == "" || len(value) > 256 || strings.TrimSpace(value) != value {
		p.add("%s must be 1 to 256 characters without blanks at its ends", at)
	}
}

func (p *problems) once(seen unique, at, value string) {
	if first, ok := seen[value]; ok && value != "" {
		p.add("%s repeats %s: each may stand in the file once", at, first)
		return
	}
	seen[value] = at
}

func (p problems) join() error {
	if len(p) == 0 {
		return nil
	}
	return fmt.Errorf("the accounts file is not usable: %w", errors.Join(p...))
}
