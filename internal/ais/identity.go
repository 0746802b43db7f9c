package ais

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// tokenLifetime is how long a token is valid where IAM does not say: API
// reference 3.3.
const tokenLifetime = 24 * time.Hour

// identity is the part of IAM that a client needs.
type identity struct {
	endpoint *url.URL
	wire     *wire
	secrets  []string
	// projectID, or else projectName, is the project to act in.
	projectID, projectName string
	beginTry               func() (end func(error)) // nil: nobody asks
}

func (i *identity) exchange(op, method, path string) *exchange {
	return &exchange{
		op:      op,
		method:  method,
		url:     i.endpoint.JoinPath(path),
		header:  make(http.Header),
		limit:   identityLimit,
		secrets: i.secrets,
	}
}

// failure makes an *Error of what ended a wait for IAM: the caller's own
// context ends without one.
func (i *identity) failure(ctx context.Context, op string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return (&exchange{op: op}).unanswered(ctx, err, false)
}

// try sends what tries the credentials, unless that is withheld.
func (i *identity) try(ctx context.Context, x *exchange) (a *answer, err error) {
	if i.beginTry == nil {
		return i.wire.send(ctx, x)
	}
	end := i.beginTry()
	if end == nil {
		return nil, &Error{
			Op: x.op, Message: "the credentials were not tried, so that the account is not locked", Detail: DetailWithheld, class: ClassCredentials,
		}
	}
	defer func() { end(err) }()
	return i.wire.send(ctx, x)
}

// createToken logs in: POST /v3/auth/tokens, as in API reference 3.2, for a
// project token without the service catalogue.
// https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html
func (i *identity) createToken(ctx context.Context, p Password) (*lease[grant], error) {
	x := i.exchange(OpCreateToken, http.MethodPost, "/v3/auth/tokens")
	x.url.RawQuery = "nocatalog=true"
	var err error
	if x.body, err = newJSONPayload(i.login(p)); err != nil {
		return nil, x.invalid(err.Error())
	}
	askedAt := i.wire.now()
	a, err := i.try(ctx, x)
	if err != nil {
		return nil, err
	}
	return newToken(x, a, askedAt)
}

// login is the body of a log-in with a password.
func (i *identity) login(p Password) any {
	type object = map[string]any
	user := object{"name": p.Username, "password": p.Password.Reveal(), "domain": object{"name": p.DomainName}}
	return object{"auth": object{
		"identity": object{"methods": []string{"password"}, "password": object{"user": user}},
		"scope":    object{"project": i.project()},
	}}
}

// project is the scope of a token.
func (i *identity) project() map[string]string {
	if i.projectID != "" {
		return map[string]string{"id": i.projectID}
	}
	return map[string]string{"name": i.projectName}
}

// newToken reads the answer to a log-in. Its lifetime is taken from the
// server's two times, so that a wrong clock here does not make it look longer.
func newToken(x *exchange, a *answer, askedAt time.Time) (*lease[grant], error) {
	var body struct {
		Token struct {
			ExpiresAt time.Time `json:"expires_at"`
			IssuedAt  time.Time `json:"issued_at"`
			Project   struct {
				ID string `json:"id"`
			} `json:"project"`
		} `json:"token"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		return nil, x.unreadable(a, "the answer of IAM is not a token: check the IAM endpoint", err)
	}
	value, projectID := a.header.Get("X-Subject-Token"), body.Token.Project.ID
	if value == "" || !isProjectID(projectID) {
		return nil, x.unreadable(a, "the answer of IAM holds no token of a project: check the IAM endpoint", nil)
	}
	lifetime := tokenLifetime
	if body.Token.ExpiresAt.After(body.Token.IssuedAt) && !body.Token.IssuedAt.IsZero() {
		lifetime = body.Token.ExpiresAt.Sub(body.Token.IssuedAt)
	}
	return newLease(grant{projectID: projectID, token: Secret(value)}, askedAt, lifetime), nil
}

// findProject asks for the project to act in: GET /v3/projects, as in API
// reference 7.4.
// https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html
func (i *identity) findProject(ctx context.Context, sign func(*exchange)) (string, error) {
	x := i.exchange(OpListProjects, http.MethodGet, "/v3/projects")
	if i.projectID == "" {
		x.url.RawQuery = canonicalQuery(url.Values{"name": {i.projectName}})
	}
	sign(x)
	a, err := i.try(ctx, x)
	if err != nil {
		return "", err
	}
	var body struct {
		Projects []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"projects"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil || body.Projects == nil {
		return "", x.unreadable(a, "the answer of IAM is not a list of projects: check the IAM endpoint", err)
	}
	var found []string
	for _, project := range body.Projects {
		if project.ID == i.projectID || i.projectID == "" && project.Name == i.projectName {
			found = append(found, project.ID)
		}
	}
	if len(found) == 1 && isProjectID(found[0]) {
		return found[0], nil
	}
	return "", i.noProject(x, len(found))
}

func (i *identity) noProject(x *exchange, found int) *Error {
	message := fmt.Sprintf("IAM knows %d projects named %q for these credentials: set the ID of the project", found, i.projectName)
	if i.projectID != "" {
		message = fmt.Sprintf("IAM knows no project %q for these credentials: check the ID of the project", i.projectID)
	}
	return &Error{Op: x.op, Message: sanitize(message, x.secrets), Detail: DetailProject, class: ClassAccount}
}
