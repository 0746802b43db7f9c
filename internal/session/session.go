// Package session is what a Ready connection is while the operator runs: clients with credentials, and the rules of who may use them for what.
//
// The connection controller opens sessions and puts them into the Registry; the controllers of the other kinds resolve a connectionRef to one. Secrets
// are read in this one place.
package session

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/login"
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
	// Account is whom the credentials belong to, as far as locks are concerned.
	Account login.Account

	// Of the connection. Whoever opens the session sets them before sharing it.

	// UID and Generation are those of the connection, and the only ones that the session serves.
	UID        types.UID
	Generation int64
	// Origin identifies what the clients are made of: see OriginOf.
	Origin string
	// ProjectID is the project that is billed.
	ProjectID string

	closeIdle func()
	// logsIn means that the clients obtain a token before the first call.
	logsIn bool
	// note counts refused signatures; nil: nobody counts.
	note func(error)
	// reject ends the session; the registry sets it.
	reject func(error)
	// objects restricts what may be named in OBS; it holds for cluster connections alone.
	objects []v1alpha1.AllowedObjects
}

// LogsIn tells whether a session that has just been opened has to log in, which is a try of the password, before it can call.
func (s *Session) LogsIn() bool { return s.logsIn }

// Renewed returns the session for a newer spec from which the same clients follow. It goes on with their tokens: nobody is asked anything.
func (s *Session) Renewed(generation int64, limits *v1alpha1.Limits, objects []v1alpha1.AllowedObjects) *Session {
	renewed := *s
	renewed.Generation, renewed.Limits, renewed.objects = generation, limits, objects
	return &renewed
}

// serves tells whether the session was opened for this very connection with the spec that it has now. A nil session serves none.
func (s *Session) serves(conn metav1.Object) bool {
	return s != nil && s.UID == conn.GetUID() && s.Generation == conn.GetGeneration()
}

// OriginOf identifies all that the clients of a session are made of: the connection, the part of its spec that says where and as whom to call, and the
// content of the Secret. What else there is in a spec bounds calls, and changes nothing about whether they work.
func OriginOf(uid types.UID, spec *v1alpha1.ConnectionSpec, secret *corev1.Secret) (string, error) {
	made := *spec
	made.Limits, made.Budget, made.Suspend = nil, nil, false
	text, err := json.Marshal(made)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(text, "\n%s\n%s", uid, Version(secret)))
	return hex.EncodeToString(sum[:16]), nil
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
	refused := login.IsRefusal(err)
	if !refused && !login.IsWithheld(err) && !errors.Is(err, ais.ErrNoIdentity) {
		return
	}
	if refused && s.note != nil {
		s.note(err)
	}
	if s.reject != nil {
		s.reject(err)
	}
}

// Close lets idle network connections go. Calls in flight are not disturbed.
func (s *Session) Close() {
	if s.closeIdle != nil {
		s.closeIdle()
	}
}
