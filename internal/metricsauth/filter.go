// Package metricsauth lets those read the metrics whom the API server knows and lets.
//
// It does what controller-runtime's filter does, without the API server's own packages behind it: those make the manager's binary, and what of it is
// resident, half as large again.
package metricsauth

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const (
	// reviewTimeout bounds both questions about one request.
	reviewTimeout = 10 * time.Second
	// maxReviews is how many requests are looked at at once. Anybody who reaches the port can make the operator ask the API server.
	maxReviews = 4
)

// filter asks the API server about every request: who a token belongs to, and whether that user may read the path. Nothing is remembered: metrics are read
// a few times a minute, and a token that was taken back is worth nothing at once.
type filter struct {
	tokens   authenticationclient.TokenReviewInterface
	accesses authorizationclient.SubjectAccessReviewInterface
	places   chan struct{}
	log      logr.Logger
	next     http.Handler
}

// Filter is a metricsserver.Options.FilterProvider.
func Filter(config *rest.Config, httpClient *http.Client) (metricsserver.Filter, error) {
	authentication, err := authenticationclient.NewForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("client for token reviews: %w", err)
	}
	authorization, err := authorizationclient.NewForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("client for subject access reviews: %w", err)
	}
	return func(log logr.Logger, next http.Handler) (http.Handler, error) {
		return &filter{
			tokens: authentication.TokenReviews(), accesses: authorization.SubjectAccessReviews(),
			places: make(chan struct{}, maxReviews), log: log, next: next,
		}, nil
	}, nil
}

// ServeHTTP answers 401 to whom the API server does not know, 403 to whom it does not let, 503 when too many ask at once, and 500 when it cannot be asked.
func (f *filter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, ok := bearerToken(r)
	if !ok {
		refuse(w, http.StatusUnauthorized)
		return
	}
	select {
	case f.places <- struct{}{}:
	default:
		refuse(w, http.StatusServiceUnavailable)
		return
	}
	status, err := f.review(r, token)
	<-f.places
	switch {
	case err != nil:
		f.log.Error(err, "a request for metrics could not be reviewed")
		refuse(w, http.StatusInternalServerError)
	case status != http.StatusOK:
		refuse(w, status)
	default:
		f.next.ServeHTTP(w, r)
	}
}

// review says which status the request deserves: 200, 401 or 403.
func (f *filter) review(r *http.Request, token string) (status int, err error) {
	// At its highest verbosity client-go logs bodies; this one is the token.
	ctx, cancel := context.WithTimeout(logr.NewContext(r.Context(), logr.Discard()), reviewTimeout)
	defer cancel()
	who, err := f.tokens.Create(ctx, &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}, metav1.CreateOptions{})
	if err != nil {
		return 0, fmt.Errorf("review the token: %w", err)
	}
	if !who.Status.Authenticated {
		return http.StatusUnauthorized, nil
	}
	user := who.Status.User
	extra := make(map[string]authorizationv1.ExtraValue, len(user.Extra))
	for key, value := range user.Extra {
		extra[key] = authorizationv1.ExtraValue(value)
	}
	may, err := f.accesses.Create(ctx, &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user.Username, UID: user.UID, Groups: user.Groups, Extra: extra,
		NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: r.URL.Path, Verb: strings.ToLower(r.Method)},
	}}, metav1.CreateOptions{})
	switch {
	case err != nil:
		return 0, fmt.Errorf("review the access: %w", err)
	case !may.Status.Allowed || may.Status.Denied:
		return http.StatusForbidden, nil
	}
	return http.StatusOK, nil
}

// bearerToken is the token of the request, which is not to be in any log.
func bearerToken(r *http.Request) (token string, ok bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

func refuse(w http.ResponseWriter, status int) { http.Error(w, http.StatusText(status), status) }
