package session

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/netguard"
	"github.com/ais-operator/ais-operator/internal/obs"
	"github.com/ais-operator/ais-operator/internal/source"
)

// SecretError is a Secret that lacks what its connection needs.
type SecretError struct{ Message string }

// Error says which key is missing.
func (e *SecretError) Error() string { return e.Message }

// Opener makes sessions.
type Opener struct {
	// Guard says which addresses tenants may name.
	Guard netguard.Policy
	// MaxOutputBytes bounds an enhanced picture as the service encodes it.
	MaxOutputBytes int64
	// UserAgent is sent with every call of the service.
	UserAgent string
	// Now is the clock.
	Now func() time.Time
}

// Open makes a session from a connection and its Secret. It calls nobody. A *SecretError is the Secret's fault; every other error is the spec's.
func (o Opener) Open(ref Ref, spec *v1alpha1.ConnectionSpec, objects []v1alpha1.AllowedObjects, secret *corev1.Secret) (*Session, error) {
	credentials, err := credentialsOf(spec.Credentials, secret)
	if err != nil {
		return nil, err
	}
	options := netguard.TransportOptions{Unguarded: ref.Kind == v1alpha1.ConnectionKindCluster}
	if spec.TLS != nil {
		options.CABundle = spec.TLS.CABundle
	}
	endpoints, err := o.Guard.Transport(options)
	if err != nil {
		return nil, fmt.Errorf("spec.tls.caBundle: %w", err)
	}
	// Whatever the connection trusts for its endpoints, a picture's host shows a public certificate.
	pictures, err := o.Guard.Transport(netguard.TransportOptions{})
	if err != nil {
		return nil, err
	}
	s := &Session{
		Ref: ref, Guard: o.Guard, Suspended: spec.Suspend, objects: objects,
		Limits:             spec.Limits,
		CredentialsVersion: Version(secret),
		Pictures:           source.NewFetcher(pictures),
		closeIdle:          func() { endpoints.CloseIdleConnections(); pictures.CloseIdleConnections() },
	}
	config := ais.Config{
		Region: spec.Region, Credentials: credentials, Transport: endpoints, Now: o.Now,
		MaxAnswerBytes: o.MaxOutputBytes, UserAgent: o.UserAgent,
	}
	obsConfig := obs.Config{Region: spec.Region, Transport: endpoints, Endpoint: "https://obs." + spec.Region + ".myhuaweicloud.com"}
	address(spec, &config, &obsConfig)
	if s.Recognition, err = ais.NewClient(config); err != nil {
		return nil, err
	}
	s.Endpoint = s.Recognition.Endpoint()
	if key, ok := credentials.(ais.AccessKey); ok {
		obsConfig.AccessKeyID = key.ID
		obsConfig.SecretAccessKey = key.Secret.Reveal()
		obsConfig.SecurityToken = key.SecurityToken.Reveal()
		if s.Storage, err = obs.New(obsConfig); err != nil {
			return nil, fmt.Errorf("spec.endpoints.obs: %w", err)
		}
	}
	return s, nil
}

// address takes over what the spec says about addresses and the project.
func address(spec *v1alpha1.ConnectionSpec, config *ais.Config, storage *obs.Config) {
	if e := spec.Endpoints; e != nil {
		config.Endpoint = strings.TrimSuffix(string(e.ImageRecognition), "/")
		config.IAMEndpoint = strings.TrimSuffix(string(e.IAM), "/")
		storage.Endpoint = cmp.Or(strings.TrimSuffix(string(e.OBS), "/"), storage.Endpoint)
	}
	if spec.OBS != nil {
		storage.PathStyle = spec.OBS.PathStyle
	}
	if p := spec.Project; p != nil {
		config.ProjectID, config.ProjectName = p.ID, p.Name
	}
}

// SecretName returns the name of the Secret that holds the credentials.
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

// Version identifies the content of a Secret without telling it.
func Version(secret *corev1.Secret) string {
	return string(secret.UID) + "/" + secret.ResourceVersion
}

func credentialsOf(c v1alpha1.Credentials, secret *corev1.Secret) (ais.Credentials, error) {
	var missing []string
	value := func(key string) string {
		v := strings.TrimSpace(string(secret.Data[key]))
		if v == "" {
			missing = append(missing, key)
		}
		return v
	}
	var credentials ais.Credentials
	switch {
	case c.AccessKey != nil:
		credentials = ais.AccessKey{
			ID: value("accessKeyId"), Secret: ais.Secret(value("secretAccessKey")),
			SecurityToken: ais.Secret(strings.TrimSpace(string(secret.Data["securityToken"]))),
		}
	case c.Password != nil:
		credentials = ais.Password{
			Username: value("username"), Password: ais.Secret(value("password")), DomainName: value("domainName"),
		}
	default:
		return nil, errors.New("spec.credentials: set accessKey or password")
	}
	if len(missing) > 0 {
		return nil, &SecretError{Message: fmt.Sprintf("Secret %q has no value for %s; add it", secret.Name, strings.Join(missing, ", "))}
	}
	return credentials, nil
}
