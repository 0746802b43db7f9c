package session

import (
	"context"
	"fmt"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
)

// IDTokens obtains ID tokens of ServiceAccounts.
type IDTokens interface {
	// IDToken returns a new token. A *CredentialsError says that there is none to be had.
	IDToken(ctx context.Context, account types.NamespacedName, audience string) (ais.Secret, error)
}

// idTokenSeconds is the least that the API server grants: a token is exchanged at once.
const idTokenSeconds = 600

// ServiceAccounts obtains ID tokens from the API server.
type ServiceAccounts struct {
	// Live reads from the API server.
	Live client.Reader
	// Client makes token requests.
	Client client.SubResourceClientConstructor
}

// IDToken implements IDTokens. A ServiceAccount whose owner has not agreed to the audience gives none: the token goes to an address that the author of
// the connection has written, who need not be allowed to act as the ServiceAccount.
func (s ServiceAccounts) IDToken(ctx context.Context, account types.NamespacedName, audience string) (ais.Secret, error) {
	ctx = log.IntoContext(ctx, logr.Discard()) // At its highest verbosity client-go logs the bodies of answers.
	var sa corev1.ServiceAccount
	if err := s.Live.Get(ctx, account, &sa); err != nil {
		return "", s.explain(account, err)
	}
	if sa.Annotations[v1alpha1.AudienceAnnotation] != audience {
		return "", &CredentialsError{Message: fmt.Sprintf(
			"ServiceAccount %q does not agree to tokens for audience %q; its owner has to set the annotation %s to it", account.Name, audience, v1alpha1.AudienceAnnotation)}
	}
	request := authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		Audiences: []string{audience}, ExpirationSeconds: new(int64(idTokenSeconds)),
	}}
	if err := s.Client.SubResource("token").Create(ctx, &sa, &request); err != nil {
		return "", s.explain(account, err)
	}
	return ais.Secret(request.Status.Token), nil
}

func (s ServiceAccounts) explain(account types.NamespacedName, err error) error {
	switch {
	case apierrors.IsNotFound(err):
		return &CredentialsError{Message: fmt.Sprintf("ServiceAccount %q does not exist in namespace %q; create it", account.Name, account.Namespace)}
	case apierrors.IsForbidden(err):
		return &CredentialsError{Message: fmt.Sprintf(
			"the operator may not obtain tokens of ServiceAccounts in namespace %q; an administrator has to bind it the ClusterRole ais-workload-identity there",
			account.Namespace)}
	default:
		return fmt.Errorf("obtain a token of ServiceAccount %s: %w", account, err)
	}
}
