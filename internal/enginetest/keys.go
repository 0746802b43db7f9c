package enginetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
	"github.com/ais-operator/ais-operator/internal/objectstore"
)

// Keys are the access keys of the server's accounts, the temporary ones until
// they expire, for an object storage of the same cloud. It is an
// objectstore.Keys.
func (s *Server) Keys(accessKeyID, securityToken string) (secret string, err error) {
	return KeysOf(s.verifier)(accessKeyID, securityToken)
}

// KeysOf are the keys that the service of an engine's accounts knows.
func KeysOf(service *iam.Service) objectstore.Keys {
	return func(accessKeyID, securityToken string) (secret string, err error) {
		secret, err = service.Secret(accessKeyID, securityToken)
		switch {
		case errors.Is(err, iam.ErrSecurityToken):
			return "", objectstore.ErrSecurityToken
		case err != nil:
			return "", objectstore.ErrUnknownKey
		}
		return secret, nil
	}
}

// TemporaryKey is an access key that ends by itself.
type TemporaryKey struct {
	AccessKeyID     string    `json:"access"`
	SecretAccessKey string    `json:"secret"`
	SecurityToken   string    `json:"securitytoken"`
	ExpiresAt       time.Time `json:"expires_at"`
}

// TemporaryKey obtains an access key for the user of the account, without a trace
// on record. It lasts between 15 minutes and 24 hours.
func (s *Server) TemporaryKey(ctx context.Context, lifetime time.Duration) (TemporaryKey, error) {
	identity := http.NewServeMux()
	s.verifier.Register(identity)
	ask := func(path, token, body string) (*httptest.ResponseRecorder, error) {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("X-Auth-Token", token)
		answer := httptest.NewRecorder()
		identity.ServeHTTP(answer, r)
		if answer.Code != http.StatusCreated {
			return nil, fmt.Errorf("POST %s was answered %d %s", path, answer.Code, answer.Body)
		}
		return answer, nil
	}
	login, err := ask(iam.PathTokens, "", fmt.Sprintf(
		`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":%q,"password":%q,"domain":{"name":%q}}}}}}`,
		s.Account.User, s.Account.Password, s.Account.Domain))
	if err != nil {
		return TemporaryKey{}, err
	}
	answer, err := ask(iam.PathTemporaryKeys, login.Header().Get("X-Subject-Token"), fmt.Sprintf(
		`{"auth":{"identity":{"methods":["token"],"token":{"duration_seconds":%d}}}}`, int(lifetime/time.Second)))
	if err != nil {
		return TemporaryKey{}, err
	}
	var body struct{ Credential TemporaryKey }
	err = json.Unmarshal(answer.Body.Bytes(), &body)
	return body.Credential, err
}
