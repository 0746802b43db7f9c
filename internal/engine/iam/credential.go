package iam

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"
)

// credentialRequest is the body of POST /v3.0/OS-CREDENTIAL/securitytokens.
type credentialRequest struct {
	Auth struct {
		Identity struct {
			Methods []string `json:"methods"`
			Token   struct {
				ID       string `json:"id"`
				Duration *int64 `json:"duration_seconds"`
				// Until 2023 the reference called it so.
				OldDuration *int64 `json:"duration-seconds"`
			} `json:"token"`
			Policy json.RawMessage `json:"policy"`
		} `json:"identity"`
	} `json:"auth"`
}

// lifetime is how long the key is to last, or why the request is refused.
func (b *credentialRequest) lifetime() (lifetime time.Duration, problem string) {
	identity := &b.Auth.Identity
	switch {
	case !slices.Equal(identity.Methods, []string{"token"}):
		return 0, `The value of auth.identity.methods is not supported: ["token"] is expected.`
	case identity.Policy != nil:
		return 0, "auth.identity.policy is not supported: the key would be allowed more than it says."
	}
	seconds := identity.Token.Duration
	if seconds == nil {
		seconds = identity.Token.OldDuration
	}
	if seconds == nil {
		return defaultKeyLifetime, ""
	}
	if *seconds < int64(minKeyLifetime/time.Second) || *seconds > int64(maxKeyLifetime/time.Second) {
		return 0, "Request parameter 'duration_seconds' is invalid: it is between 900 and 86400."
	}
	return time.Duration(*seconds) * time.Second, ""
}

// createTemporaryKey serves POST /v3.0/OS-CREDENTIAL/securitytokens.
// https://support.huaweicloud.com/intl/en-us/api-iam/iam_04_0002.html
func (s *Service) createTemporaryKey(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var body credentialRequest
	if err != nil || json.Unmarshal(raw, &body) != nil {
		refuse(w, http.StatusBadRequest, "The request body is invalid: a JSON object with auth.identity is expected.")
		return
	}
	lifetime, problem := body.lifetime()
	if problem != "" {
		refuse(w, http.StatusBadRequest, problem)
		return
	}
	caller, err := s.identify(r, raw, body.Auth.Identity.Token.ID)
	if err != nil {
		refuseCaller(w, r, err)
		return
	}
	if caller.temporary { // else no key would ever end
		refuse(w, http.StatusForbidden, "A temporary access key cannot be used to obtain another one.")
		return
	}
	key, err := s.newTemporaryKey(caller.account, caller.who, lifetime)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "The access key could not be made.")
		return
	}
	answer(w, http.StatusCreated, map[string]temporaryKey{"credential": key})
}
