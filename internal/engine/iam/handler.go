package iam

import (
	"encoding/json"
	"errors"
	"net/http"
)

// Paths of the identity API. ProjectsOfToken is the request that the API
// reference shows in section 3.3, Projects the one of section 7.4.
const (
	PathTokens          = "/v3/auth/tokens" //nolint:gosec // A path, no secret.
	PathProjects        = "/v3/projects"
	PathProjectsOfToken = "/v3/auth/projects" //nolint:gosec // A path, no secret.
	PathTemporaryKeys   = "/v3.0/OS-CREDENTIAL/securitytokens"
	PathIDTokens        = "/v3.0/OS-AUTH/id-token/tokens" //nolint:gosec // A path, no secret.
)

// Register adds the identity API to a mux.
func (s *Service) Register(mux *http.ServeMux) {
	mux.HandleFunc(PathTokens, only(http.MethodPost, s.login))
	mux.HandleFunc(PathProjects, only(http.MethodGet, s.projects))
	mux.HandleFunc(PathProjectsOfToken, only(http.MethodGet, s.projects))
	mux.HandleFunc(PathTemporaryKeys, only(http.MethodPost, s.createTemporaryKey))
	mux.HandleFunc(PathIDTokens, only(http.MethodPost, s.exchangeIDToken))
}

// projects serves GET /v3/projects[?name=].
func (s *Service) projects(w http.ResponseWriter, r *http.Request) {
	caller, err := s.identify(r, nil, "")
	if err != nil {
		refuseCaller(w, r, err)
		return
	}
	name, self := r.URL.Query().Get("name"), "http://"+r.Host+PathProjects
	if r.TLS != nil {
		self = "https://" + r.Host + PathProjects
	}
	list := []projectBody{}
	for _, p := range caller.account.Projects {
		if name == "" || p.Name == name {
			list = append(list, projectBody{
				ID: p.ID, Name: p.Name, DomainID: caller.account.id, ParentID: caller.account.id,
				Enabled: true, Links: links{Self: self + "/" + p.ID},
			})
		}
	}
	answer(w, http.StatusOK, map[string]any{"projects": list, "links": links{Self: self}})
}

// identify finds the caller of a request to the identity API itself. token is one
// that the body names; what stands in the header comes first.
func (s *Service) identify(r *http.Request, body []byte, token string) (Caller, error) {
	if token != "" && r.Header.Get(tokenHeader) == "" && !isSigned(r) {
		return s.open(token)
	}
	credentials, err := s.Inspect(r)
	if err != nil {
		return Caller{}, err
	}
	return credentials.Verify(body)
}

// isSigned says whether a request is to be judged by its signature.
func isSigned(r *http.Request) bool {
	return r.Header.Get(tokenHeader) == "" && r.Header.Get("Authorization") != ""
}

type projectBody struct {
	DomainID    string `json:"domain_id"`
	IsDomain    bool   `json:"is_domain"`
	ParentID    string `json:"parent_id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Links       links  `json:"links"`
	ID          string `json:"id"`
	Enabled     bool   `json:"enabled"`
}

type links struct {
	Next     *string `json:"next"`
	Previous *string `json:"previous"`
	Self     string  `json:"self"`
}

// only lets one method through.
func only(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			refuse(w, http.StatusMethodNotAllowed, "The request method is not allowed.")
			return
		}
		next(w, r)
	}
}

// refuseCaller answers a request to the identity API whose caller is not known.
// Signatures are the gateway's matter, also in front of IAM.
func refuseCaller(w http.ResponseWriter, r *http.Request, err error) {
	var failure *AccessError
	if !errors.As(err, &failure) || !isSigned(r) {
		refuse(w, http.StatusUnauthorized, "The request you have made requires authentication.")
		return
	}
	answer(w, failure.Status, map[string]string{
		"error_code": failure.Code, "error_msg": failure.Message, "request_id": w.Header().Get("X-Request-Id"),
	})
}

// refuseCode answers with an error in the form of IAM's newer APIs.
func refuseCode(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]string{"error_code": code, "error_msg": message})
}

// refuse answers with an error in IAM's form, whose code is the HTTP status.
func refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]any{
		"error": map[string]any{"code": status, "message": message, "title": http.StatusText(status)},
	})
}

// answer writes a JSON body. A client that is gone cannot be told.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
