package iam

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// maxBody bounds the body of a request to the identity API, in bytes.
const maxBody = 64 << 10

// loginRequest is the body of POST /v3/auth/tokens (API reference 3.2).
type loginRequest struct {
	Auth struct {
		Identity struct {
			Methods  []string `json:"methods"`
			Password struct {
				User struct {
					Name     string `json:"name"`
					Password string `json:"password"`
					Domain   named  `json:"domain"`
				} `json:"user"`
			} `json:"password"`
		} `json:"identity"`
		Scope scopeRequest `json:"scope"`
	} `json:"auth"`
}

// scopeRequest says what a token is to be good for.
type scopeRequest struct {
	Project *reference `json:"project"`
	Domain  *reference `json:"domain"`
}

type named struct {
	Name string `json:"name"`
}

// reference names a project or a domain, by ID or by name.
type reference struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// login serves POST /v3/auth/tokens.
func (s *Service) login(w http.ResponseWriter, r *http.Request) {
	var body loginRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "The request body is invalid: a JSON object with auth.identity is expected.")
		return
	}
	if !slices.Equal(body.Auth.Identity.Methods, []string{"password"}) {
		refuse(w, http.StatusBadRequest, `The value of auth.identity.methods is not supported: ["password"] is expected.`)
		return
	}
	user := body.Auth.Identity.Password.User
	caller, message := s.checkPassword(user.Domain.Name, user.Name, user.Password)
	if message != "" {
		refuse(w, http.StatusUnauthorized, message)
		return
	}
	token := tokenBody{Methods: []string{"password"}, User: caller.describe()}
	if !body.Auth.Scope.apply(&caller, &token) {
		refuse(w, http.StatusNotFound, "The project or domain in auth.scope could not be found in the account of the user.")
		return
	}
	s.issue(w, r, caller, token)
}

// checkPassword finds the user, or says why not in IAM's words. An unknown user
// costs the time of a wrong password and gives the same answer. A user without a
// password, whom only an identity provider vouches for, has none that is right.
func (s *Service) checkPassword(domain, name, password string) (caller Caller, message string) {
	const wrong = "The username or password is wrong."
	account := s.domains[domain]
	if account == nil || account.users[name] == nil {
		sameSecret(password, "")
		return Caller{}, wrong
	}
	right := account.users[name].Password
	ok := sameSecret(password, right) && right != ""
	switch s.passwords.attempt(domain+"\x00"+name, ok, time.Time{}) {
	case passed:
		return Caller{account: account, who: principal{Domain: domain, User: name}}, ""
	case locked:
		return Caller{}, "The account is locked."
	default:
		return Caller{}, wrong
	}
}

// describe tells of the user that the caller is.
func (c Caller) describe() userBody {
	domain, name := c.account.DomainName, c.who.User
	return userBody{reference: reference{identifier("user", domain+"\x00"+name), name}, Domain: reference{c.account.id, domain}}
}

// apply narrows the caller to the scope (a project wins over a domain; neither
// means the whole account), and describes it. ok is false for what the account
// does not have.
func (r scopeRequest) apply(caller *Caller, body *tokenBody) (ok bool) {
	account := caller.account
	home := reference{ID: account.id, Name: account.DomainName}
	body.Roles = []reference{{identifier("role", "te_admin"), "te_admin"}}
	switch {
	case r.Project != nil:
		p, ok := account.project(r.Project.ID, r.Project.Name)
		caller.project = p.ID
		body.Project = &projectScope{reference(p), home}
		return ok
	case r.Domain != nil && *r.Domain != reference{ID: account.id, Name: r.Domain.Name} && *r.Domain != reference{Name: account.DomainName}:
		return false
	default:
		body.Domain = &home
		return true
	}
}

// tokenBody is the token as the answer describes it.
type tokenBody struct {
	ExpiresAt string        `json:"expires_at"`
	IssuedAt  string        `json:"issued_at"`
	Methods   []string      `json:"methods"`
	Project   *projectScope `json:"project,omitempty"`
	Domain    *reference    `json:"domain,omitempty"`
	User      userBody      `json:"user"`
	Roles     []reference   `json:"roles,omitempty"`
	Catalog   []catalogItem `json:"catalog,omitempty"`
}

type projectScope struct {
	reference
	Domain reference `json:"domain"`
}

// scoped says whether the token is good for anything by itself.
func (b *tokenBody) scoped() bool { return b.Project != nil || b.Domain != nil }

type userBody struct {
	reference
	Domain            reference   `json:"domain"`
	Federation        *federation `json:"OS-FEDERATION,omitempty"`
	PasswordExpiresAt string      `json:"password_expires_at"` // empty: never
}

type catalogItem struct {
	Endpoints []endpoint `json:"endpoints"`
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Type      string     `json:"type"`
}

type endpoint struct {
	ID        string `json:"id"`
	Interface string `json:"interface"`
	Region    string `json:"region"`
	RegionID  string `json:"region_id"`
	URL       string `json:"url"`
}

// issue answers with a token: in X-Subject-Token, and described in the body.
func (s *Service) issue(w http.ResponseWriter, r *http.Request, caller Caller, body tokenBody) {
	issued := s.now()
	expires := issued.Add(s.lifetime)
	mark, _ := s.fingerprint(caller.account, caller.who) // a caller is never gone
	token, err := s.seal(forToken, claims{
		principal: caller.who, Project: caller.project, Issued: issued.UnixMicro(), Expires: expires.UnixMicro(), Print: mark,
	})
	if err != nil {
		refuse(w, http.StatusInternalServerError, "The token could not be made.")
		return
	}
	body.ExpiresAt, body.IssuedAt = stamp(expires), stamp(issued)
	if body.scoped() && r.URL.Query().Get("nocatalog") == "" { // any value asks for none
		body.Catalog = catalog(r, body.Project)
	}
	w.Header().Set("X-Subject-Token", token)
	answer(w, http.StatusCreated, map[string]tokenBody{"token": body})
}

// catalog lists the services of the engine, which are both at the address that
// the client used.
func catalog(r *http.Request, project *projectScope) []catalogItem {
	origin := "http://" + r.Host
	if r.TLS != nil {
		origin = "https://" + r.Host
	}
	region := "*"
	if project != nil {
		region = project.Name
	}
	item := func(kind, url string) catalogItem {
		return catalogItem{
			Endpoints: []endpoint{{identifier("endpoint", kind), "public", region, region, url}},
			ID:        identifier("service", kind), Name: kind, Type: kind,
		}
	}
	return []catalogItem{item("iam", origin+"/v3"), item("image", origin)}
}
