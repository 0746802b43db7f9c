package session

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// permissionDelay is how soon a namespace that was not allowed is looked at again; labels of namespaces are not watched for it.
const permissionDelay = 5 * time.Minute

// Resolver finds the session that an object may use.
type Resolver struct {
	Reader   client.Reader
	Registry *Registry
}

// Resolve returns the session for an object in namespace, or the outcome that holds the object back. It looks at the connection as it is now, before every
// use: what its spec no longer allows is not done by a session that is older than the spec.
func (r *Resolver) Resolve(ctx context.Context, namespace string, reference v1alpha1.ConnectionReference) (*Session, outcome.Outcome) {
	ref := RefOf(namespace, reference)
	conn, err := r.read(ctx, ref)
	if err != nil {
		return nil, absent(ref, err)
	}
	if conn.shared {
		if o := r.permit(ctx, namespace, ref, conn.namespaces); !o.IsContinue() {
			return nil, o
		}
	}
	if conn.suspended {
		return nil, outcome.Wait(v1alpha1.ReasonSuspended, ref.String()+" is suspended", 0)
	}
	if s := r.Registry.Get(ref); s.serves(conn.object) {
		return s, outcome.Continue()
	}
	return nil, explain(ref, conn.ready)
}

// present is what matters of a connection as it is now.
type present struct {
	object    metav1.Object
	suspended bool
	// ready is its condition, or nil before it has been looked at.
	ready *metav1.Condition
	// shared means that it serves the namespaces that it allows.
	shared     bool
	namespaces *v1alpha1.AllowedNamespaces
}

// read reads a connection, which is not to be changed.
func (r *Resolver) read(ctx context.Context, ref Ref) (present, error) {
	if ref.Kind == v1alpha1.ConnectionKindCluster {
		var conn v1alpha1.ClusterConnection
		err := r.Reader.Get(ctx, client.ObjectKey{Name: ref.Name}, &conn, client.UnsafeDisableDeepCopy)
		return present{
			object: &conn, suspended: conn.Spec.Suspend, ready: meta.FindStatusCondition(conn.Status.Conditions, v1alpha1.ConditionReady),
			shared: true, namespaces: conn.Spec.AllowedNamespaces,
		}, err
	}
	var conn v1alpha1.Connection
	err := r.Reader.Get(ctx, client.ObjectKey{Namespace: ref.Namespace, Name: ref.Name}, &conn, client.UnsafeDisableDeepCopy)
	return present{object: &conn, suspended: conn.Spec.Suspend, ready: meta.FindStatusCondition(conn.Status.Conditions, v1alpha1.ConditionReady)}, err
}

func (r *Resolver) permit(ctx context.Context, namespace string, ref Ref, namespaces *v1alpha1.AllowedNamespaces) outcome.Outcome {
	allowed, err := r.allows(ctx, namespaces, namespace)
	switch {
	case err != nil:
		return outcome.Retry(err)
	case !allowed:
		return outcome.Wait(v1alpha1.ReasonConnectionNotReady,
			fmt.Sprintf("%s does not allow namespace %q; ask its owner to add it to spec.allowedNamespaces", ref, namespace), permissionDelay)
	}
	return outcome.Continue()
}

func (r *Resolver) allows(ctx context.Context, allowed *v1alpha1.AllowedNamespaces, namespace string) (bool, error) {
	switch {
	case allowed == nil:
		return false, nil
	case slices.Contains(allowed.Names, namespace):
		return true, nil
	case allowed.Selector == nil:
		return false, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(allowed.Selector)
	if err != nil {
		return false, nil //nolint:nilerr // A selector that selects nothing allows nobody; the connection's own status says what is wrong with it.
	}
	var ns corev1.Namespace
	if err := r.Reader.Get(ctx, client.ObjectKey{Name: namespace}, &ns); err != nil {
		return false, fmt.Errorf("read the labels of namespace %q: %w", namespace, err)
	}
	return selector.Matches(labels.Set(ns.Labels)), nil
}

// explain says why there is no session.
func explain(ref Ref, ready *metav1.Condition) outcome.Outcome {
	switch {
	case ready == nil:
		return outcome.Wait(v1alpha1.ReasonWaiting, ref.String()+" is being checked", 0)
	case ready.Status == metav1.ConditionTrue:
		// The session is about to be opened: the operator has just started, or the spec has just changed.
		return outcome.Hold(0)
	}
	return outcome.Wait(v1alpha1.ReasonConnectionNotReady, ref.String()+" is not Ready; its conditions say why", 0)
}

func absent(ref Ref, err error) outcome.Outcome {
	if !apierrors.IsNotFound(err) {
		return outcome.Retry(err)
	}
	where := ""
	if ref.Namespace != "" {
		where = fmt.Sprintf(" in namespace %q", ref.Namespace)
	}
	return outcome.Wait(v1alpha1.ReasonConnectionNotReady,
		fmt.Sprintf("%s does not exist%s; create it or change spec.connectionRef", ref, where), 0)
}
