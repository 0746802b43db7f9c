// Package session is what a Ready connection is while the operator runs: clients with credentials, and the rules of who may use them for what.
//
// The connection controller opens sessions and puts them into the Registry; the controllers of the other kinds resolve a connectionRef to one. Secrets
// are read in this one place.
package session

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/netguard"
	"github.com/ais-operator/ais-operator/internal/obs"
	"github.com/ais-operator/ais-operator/internal/source"
)

// Ref names a connection.
type Ref struct {
	Kind v1alpha1.ConnectionKind
	// Namespace is empty for a ClusterConnection.
	Namespace string
	Name      string
}

// RefOf returns the connection that an object in namespace refers to. Schema defaults have filled the reference in.
func RefOf(namespace string, r v1alpha1.ConnectionReference) Ref {
	if r.Kind == v1alpha1.ConnectionKindCluster {
		return Ref{Kind: r.Kind, Name: r.Name}
	}
	return Ref{Kind: v1alpha1.ConnectionKindNamespaced, Namespace: namespace, Name: r.Name}
}

// String names the connection as a user would, such as: Connection "default".
func (r Ref) String() string { return string(r.Kind) + ` "` + r.Name + `"` }

// Key is unique among all connections.
func (r Ref) Key() string { return string(r.Kind) + "/" + r.Namespace + "/" + r.Name }

// RefOfKey returns the connection with that key.
func RefOfKey(key string) Ref {
	kind, rest, _ := strings.Cut(key, "/")
	namespace, name, _ := strings.Cut(rest, "/")
	return Ref{Kind: v1alpha1.ConnectionKind(kind), Namespace: namespace, Name: name}
}

// Session is a connection that works. It is immutable and safe for concurrent use.
type Session struct {
	Ref Ref
	// Recognition calls the image service.
	Recognition *ais.Client
	// Storage reaches OBS.
	Storage *obs.Client
	// Pictures fetches pictures by URL.
	Pictures *source.Fetcher
	// Guard says which addresses tenants may name.
	Guard netguard.Policy
	// Endpoint is the base URL of the image service.
	Endpoint string
	// Limits hold toward the service.
	Limits *v1alpha1.Limits
	// Suspended means that no new call is to be made.
	Suspended bool
	// CredentialsVersion identifies the Secret that was read.
	CredentialsVersion string
	// Generation is that of the connection. Whoever opens the session sets it before sharing it, as the project that is billed.
	Generation int64
	ProjectID  string

	closeIdle func()
	// reject ends the session; the registry sets it.
	reject func()
	// objects restricts what may be named in OBS; it holds for cluster connections alone.
	objects []v1alpha1.AllowedObjects
}

// IsOf tells whether the session was opened for this generation of the connection and this content of its Secret. A nil session is of none.
func (s *Session) IsOf(generation int64, secret *corev1.Secret) bool {
	return s != nil && s.Generation == generation && s.CredentialsVersion == Version(secret)
}

// AllowsObject tells whether an object in namespace may name bucket and key. A Connection's own credentials are its only limit; a
// ClusterConnection allows what its owner listed.
func (s *Session) AllowsObject(namespace, bucket, key string, access v1alpha1.ObjectAccess) bool {
	if s.Ref.Kind != v1alpha1.ConnectionKindCluster {
		return true
	}
	for _, rule := range s.objects {
		prefix := strings.ReplaceAll(rule.Prefix, "{namespace}", namespace)
		writes := rule.Access == v1alpha1.ObjectAccessReadWrite
		if rule.Bucket == bucket && strings.HasPrefix(key, prefix) && (writes || access == v1alpha1.ObjectAccessRead) {
			return true
		}
	}
	return false
}

// Heed looks at what a call, or a request to the object storage, ended with. When the credentials were refused the session ends, so that no other object
// tries them: a few wrong signatures lock a key.
func (s *Session) Heed(err error) {
	if s.reject != nil && (ais.ClassOf(err) == ais.ClassCredentials || obs.KindOf(err) == obs.KindBadCredentials) {
		s.reject()
	}
}

// Close lets idle network connections go. Calls in flight are not disturbed.
func (s *Session) Close() {
	if s.closeIdle != nil {
		s.closeIdle()
	}
}
