package session

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/obs"
)

// CredentialsError is something that credentials refer to, a Secret or a ServiceAccount, and that lacks what the connection needs.
type CredentialsError struct{ Message string }

// Error says what is lacking and what to do.
func (e *CredentialsError) Error() string { return e.Message }

// Is tells package ais that trying again soon is of no use.
func (e *CredentialsError) Is(target error) bool { return target == ais.ErrNoIdentity }

// SecretName returns the name of the Secret that holds the credentials, or "" when they need none.
func SecretName(c v1alpha1.Credentials) string {
	switch {
	case c.AccessKey != nil:
		return c.AccessKey.SecretRef.Name
	case c.Password != nil:
		return c.Password.SecretRef.Name
	default:
		return ""
	}
}

// Version identifies the content of a Secret without telling it. Credentials without one have one version.
func Version(secret *corev1.Secret) string {
	if secret == nil {
		return "no Secret"
	}
	return string(secret.UID) + "/" + secret.ResourceVersion
}

// credentials makes of the spec's credentials, and what they refer to, those of a client.
func (o Opener) credentials(ref Ref, c v1alpha1.Credentials, secret *corev1.Secret) (ais.Credentials, error) {
	switch {
	case c.OIDC != nil:
		return o.workloadIdentity(ref, *c.OIDC), nil
	case c.PodIdentity != nil && o.PodIdentity == nil:
		return nil, &CredentialsError{Message: "the operator's pod has no Pod Identity; associate its ServiceAccount with an agency and start the pod anew"}
	case c.PodIdentity != nil:
		return *o.PodIdentity, nil
	case secret == nil:
		return nil, errors.New("spec.credentials: set one of its fields")
	default:
		return secretCredentials(c, secret)
	}
}

func (o Opener) workloadIdentity(ref Ref, c v1alpha1.OIDCCredentials) ais.WorkloadIdentity {
	account := types.NamespacedName{Namespace: ref.Namespace, Name: c.ServiceAccountRef.Name}
	if ref.Kind == v1alpha1.ConnectionKindCluster {
		account.Namespace = o.Namespace
	}
	return ais.WorkloadIdentity{
		IdentityProvider: c.IdentityProvider,
		IDToken:          func(ctx context.Context) (ais.Secret, error) { return o.IDTokens.IDToken(ctx, account, c.Audience) },
	}
}

func secretCredentials(c v1alpha1.Credentials, secret *corev1.Secret) (ais.Credentials, error) {
	var missing, odd []string
	value := func(key string) string {
		v := strings.TrimSpace(string(secret.Data[key]))
		if v == "" {
			missing = append(missing, key)
		}
		return v
	}
	// sent is a value that goes into a header as it is.
	sent := func(key, v string) string {
		if strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }) {
			odd = append(odd, key)
		}
		return v
	}
	var credentials ais.Credentials
	if c.AccessKey != nil {
		credentials = ais.AccessKey{
			ID: sent("accessKeyId", value("accessKeyId")), Secret: ais.Secret(value("secretAccessKey")),
			SecurityToken: ais.Secret(sent("securityToken", strings.TrimSpace(string(secret.Data["securityToken"])))),
		}
	} else {
		credentials = ais.Password{
			Username: value("username"), Password: ais.Secret(value("password")), DomainName: value("domainName"),
		}
	}
	if len(missing) > 0 {
		return nil, &CredentialsError{Message: fmt.Sprintf("Secret %q has no value for %s; add it", secret.Name, strings.Join(missing, ", "))}
	}
	if len(odd) > 0 {
		return nil, &CredentialsError{Message: fmt.Sprintf("Secret %q has blanks or letters beside ASCII in %s; correct it", secret.Name, strings.Join(odd, ", "))}
	}
	return credentials, nil
}

// storageKeys are the keys of a client of the service, for the object storage.
type storageKeys struct{ keys ais.StorageKeys }

// Key implements obs.Keys.
func (k storageKeys) Key(ctx context.Context) (obs.Key, error) {
	key, err := k.keys.Key(ctx)
	return obs.Key{ID: key.ID, Secret: key.Secret.Reveal(), SecurityToken: key.SecurityToken.Reveal()}, err
}

// Renew implements obs.Keys.
func (k storageKeys) Renew(refused obs.Key) bool {
	return k.keys.Renew(ais.AccessKey{ID: refused.ID, Secret: ais.Secret(refused.Secret), SecurityToken: ais.Secret(refused.SecurityToken)})
}
