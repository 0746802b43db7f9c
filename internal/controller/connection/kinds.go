package connection

import (
	"context"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/flight"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// connection is what the two kinds have in common.
type connection interface {
	object() outcome.Object
	spec() *v1alpha1.ConnectionSpec
	status() *v1alpha1.ConnectionStatus
	allowedObjects() []v1alpha1.AllowedObjects
}

type namespaced struct{ *v1alpha1.Connection }

func (c namespaced) object() outcome.Object                    { return c.Connection }
func (c namespaced) spec() *v1alpha1.ConnectionSpec            { return &c.Spec }
func (c namespaced) status() *v1alpha1.ConnectionStatus        { return &c.Status }
func (c namespaced) allowedObjects() []v1alpha1.AllowedObjects { return nil }

type cluster struct{ *v1alpha1.ClusterConnection }

func (c cluster) object() outcome.Object                    { return c.ClusterConnection }
func (c cluster) spec() *v1alpha1.ConnectionSpec            { return &c.Spec.ConnectionSpec }
func (c cluster) status() *v1alpha1.ConnectionStatus        { return &c.Status }
func (c cluster) allowedObjects() []v1alpha1.AllowedObjects { return c.Spec.AllowedObjects }

// kind is how one kind is read and found.
type kind struct {
	kind v1alpha1.ConnectionKind
	name string
	new  func() connection
	// secretNamespace tells where the Secret of a connection in namespace is.
	secretNamespace func(namespace string) string
	// secretOf is the value of the index over Secrets: the name of the Secret.
	secretOf func(client.Object) []string
	// usersOf lists the connections that refer to a Secret.
	usersOf func(context.Context, client.Object) []reconcile.Request
	// flights are the connections whose service is being asked.
	flights *flight.Flights
}

func (k kind) ref(req reconcile.Request) session.Ref {
	return session.Ref{Kind: k.kind, Namespace: req.Namespace, Name: req.Name}
}

func (r *Reconciler) kinds() []kind {
	return []kind{
		{
			kind: v1alpha1.ConnectionKindNamespaced, name: "connection", flights: &flight.Flights{},
			new:             func() connection { return namespaced{&v1alpha1.Connection{}} },
			secretNamespace: func(namespace string) string { return namespace },
			secretOf: func(o client.Object) []string {
				c, ok := o.(*v1alpha1.Connection)
				if !ok {
					return nil
				}
				return secretsOf(c.Spec.Credentials)
			},
			usersOf: func(ctx context.Context, secret client.Object) []reconcile.Request {
				if len(r.WatchNamespaces) > 0 && !slices.Contains(r.WatchNamespaces, secret.GetNamespace()) {
					return nil // It is one of the operator's own namespace.
				}
				var list v1alpha1.ConnectionList
				return r.users(ctx, &list, secret, client.InNamespace(secret.GetNamespace()))
			},
		},
		{
			kind: v1alpha1.ConnectionKindCluster, name: "clusterconnection", flights: &flight.Flights{},
			new:             func() connection { return cluster{&v1alpha1.ClusterConnection{}} },
			secretNamespace: func(string) string { return r.Namespace },
			secretOf: func(o client.Object) []string {
				c, ok := o.(*v1alpha1.ClusterConnection)
				if !ok {
					return nil
				}
				return secretsOf(c.Spec.Credentials)
			},
			usersOf: func(ctx context.Context, secret client.Object) []reconcile.Request {
				if secret.GetNamespace() != r.Namespace {
					return nil
				}
				var list v1alpha1.ClusterConnectionList
				return r.users(ctx, &list, secret)
			},
		},
	}
}

// secretsOf are the values of the index over Secrets.
func secretsOf(c v1alpha1.Credentials) []string {
	if name := session.SecretName(c); name != "" {
		return []string{name}
	}
	return nil
}
