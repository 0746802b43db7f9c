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
	"github.com/ais-operator/ais-operator/internal/login"
	"github.com/ais-operator/ais-operator/internal/netguard"
	"github.com/ais-operator/ais-operator/internal/obs"
	"github.com/ais-operator/ais-operator/internal/source"
)

// Opener makes sessions.
type Opener struct {
	// Guard says which addresses tenants may name.
	Guard netguard.Policy
	// MaxOutputBytes bounds an enhanced picture as the service encodes it.
	MaxOutputBytes int64
	// Namespace is the operator's own, where a ClusterConnection's ServiceAccount is.
	Namespace string
	// IDTokens obtains ID tokens for connections with an identity of the cluster.
	IDTokens IDTokens
	// PodIdentity is the operator's own identity; nil where its pod has none.
	PodIdentity *ais.PodIdentity
	// UserAgent is sent with every call of the service.
	UserAgent string
	// Accounts, if set, counts the tries of all accounts, and withholds those that might lock one.
	Accounts *login.Accounts
	// Now is the clock.
	Now func() time.Time
}

// Open makes a session from a connection and its Secret, which is nil where the credentials need none. It calls nobody. A *CredentialsError is the fault
// of what the credentials refer to; every other error is the spec's.
func (o Opener) Open(ref Ref, spec *v1alpha1.ConnectionSpec, objects []v1alpha1.AllowedObjects, secret *corev1.Secret) (*Session, error) {
	credentials, err := o.credentials(ref, spec.Credentials, secret)
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
		Ref: ref, Guard: o.Guard, objects: objects,
		Limits:    spec.Limits,
		Pictures:  source.NewFetcher(pictures),
		closeIdle: func() { endpoints.CloseIdleConnections(); pictures.CloseIdleConnections() },
	}
	config := ais.Config{
		Region: spec.Region, Credentials: credentials, Transport: endpoints, Now: o.Now,
		MaxAnswerBytes: o.MaxOutputBytes, UserAgent: o.UserAgent,
	}
	obsConfig := obs.Config{Region: spec.Region, Transport: endpoints, Endpoint: "https://obs." + spec.Region + ".myhuaweicloud.com"}
	address(spec, &config, &obsConfig)
	o.count(s, &config)
	if s.Recognition, err = ais.NewClient(config); err != nil {
		return nil, err
	}
	s.Endpoint = s.Recognition.Endpoint()
	obsConfig.Keys = storageKeys{s.Recognition.StorageKeys()}
	if s.Storage, err = obs.New(obsConfig); err != nil {
		return nil, fmt.Errorf("spec.endpoints.obs: %w", err)
	}
	return s, nil
}

// count has the tries of the account counted. A password is tried by a log-in alone; a signature is tried by every call. What an identity gets is not locked,
// but asked for no more often.
func (o Opener) count(s *Session, config *ais.Config) {
	switch c := config.Credentials.(type) {
	case ais.AccessKey:
		s.Account = login.AccountOf(config.IAMEndpoint, c.ID)
		s.note = o.noteOf(s.Account)
	case ais.Password:
		s.Account, s.logsIn = login.AccountOf(config.IAMEndpoint, c.DomainName, c.Username), true
	case ais.WorkloadIdentity:
		s.Account = login.AccountOf(config.IAMEndpoint, "identity provider", c.IdentityProvider, s.Ref.Key())
	case ais.PodIdentity:
		s.Account = login.AccountOf(config.IAMEndpoint, "pod identity")
	}
	if account := s.Account; o.Accounts != nil {
		config.BeginTry = func() func(error) { return o.Accounts.Begin(account) }
	}
}

// noteOf counts the refused signatures of an account. Those of a look-up have been counted as tries.
func (o Opener) noteOf(account login.Account) func(error) {
	if o.Accounts == nil {
		return nil
	}
	return func(err error) {
		if e, ok := errors.AsType[*ais.Error](err); !ok || e.Op != ais.OpListProjects {
			o.Accounts.Note(account, err)
		}
	}
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
