package iam

import (
	"encoding/json"
	"net/http"
)

// exchangeRequest is the body of POST /v3.0/OS-AUTH/id-token/tokens.
type exchangeRequest struct {
	Auth struct {
		IDToken struct {
			ID string `json:"id"`
		} `json:"id_token"`
		Scope scopeRequest `json:"scope"`
	} `json:"auth"`
}

// federation is what the description of a federated user has more than others.
type federation struct {
	Provider identified  `json:"identity_provider"`
	Protocol identified  `json:"protocol"`
	Groups   []reference `json:"groups"` // none: everybody in an account may do everything
}

type identified struct {
	ID string `json:"id"`
}

// exchangeIDToken serves POST /v3.0/OS-AUTH/id-token/tokens: a token for an ID
// token of an identity provider. Without a scope it is good for nothing but
// obtaining a temporary access key.
// https://support.huaweicloud.com/intl/en-us/api-iam/iam_13_0605.html
func (s *Service) exchangeIDToken(w http.ResponseWriter, r *http.Request) {
	var body exchangeRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&body); err != nil || body.Auth.IDToken.ID == "" {
		refuseCode(w, http.StatusBadRequest, "IAM.0011", "Request body is invalid: a JSON object with auth.id_token.id is expected.")
		return
	}
	p := s.providers[r.Header.Get("X-Idp-Id")]
	if p == nil {
		refuseCode(w, http.StatusNotFound, "IAM.0004", "Could not find the identity provider that X-Idp-Id names.")
		return
	}
	subject, problem := p.subjectOf(body.Auth.IDToken.ID, s.now())
	if problem != "" {
		refuseCode(w, http.StatusUnauthorized, "IAM.0001", problem)
		return
	}
	user := p.userOf(subject)
	if user == "" {
		refuseCode(w, http.StatusForbidden, "IAM.0003", "No rule of the identity provider is about the subject of the ID token.")
		return
	}
	caller := Caller{account: p.account, who: principal{Domain: p.account.DomainName, User: user, Provider: p.ID, Subject: subject}}
	token := tokenBody{Methods: []string{"mapped"}, User: caller.describe()}
	token.User.Federation = &federation{Provider: identified{p.ID}, Protocol: identified{"oidc"}, Groups: []reference{}}
	if scope := body.Auth.Scope; scope.Project != nil || scope.Domain != nil {
		if !scope.apply(&caller, &token) {
			refuseCode(w, http.StatusNotFound, "IAM.0004", "Could not find the project or domain in auth.scope in the account of the user.")
			return
		}
	}
	s.issue(w, r, caller, token)
}
