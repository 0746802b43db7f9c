package connection

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// scope is one connection during one reconcile.
type scope struct {
	connection
	kind   kind
	ref    session.Ref
	secret *corev1.Secret
	opened *session.Session
}

func (r *Reconciler) reconcile(ctx context.Context, k kind, req ctrl.Request) (ctrl.Result, error) {
	s := &scope{connection: k.new(), kind: k, ref: k.ref(req)}
	obj := s.object()
	if err := r.Client.Get(ctx, req.NamespacedName, obj); err != nil {
		if apierrors.IsNotFound(err) {
			r.Registry.Remove(s.ref)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	base, ok := obj.DeepCopyObject().(client.Object)
	if !ok {
		return ctrl.Result{}, fmt.Errorf("%T is no object", obj)
	}
	o := outcome.Run(ctx, s, r.readSecret, r.open, r.gate, r.verify)
	return r.finish(ctx, s, base, o)
}

// finish makes the session available before status says so, so that whoever sees the status finds the session.
func (r *Reconciler) finish(ctx context.Context, s *scope, base client.Object, o outcome.Outcome) (ctrl.Result, error) {
	obj := s.object()
	reason := readyReason(obj)
	result, announce := outcome.Apply(obj, o, r.Recorder)
	switch {
	case o.Err() != nil:
	case meta.IsStatusConditionTrue(*obj.StatusConditions(), v1alpha1.ConditionReady):
		if r.Registry.Get(s.ref) != s.opened {
			r.Registry.Put(s.opened)
		}
	default:
		r.Registry.Remove(s.ref)
	}
	switch err := outcome.WriteStatus(ctx, r.Client.Status(), obj, base); {
	case apierrors.IsConflict(err):
		return ctrl.Result{RequeueAfter: outcome.ConflictDelay}, nil
	case err != nil:
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	announce()
	if r.Registry.Get(s.ref) == nil && readyReason(obj) != reason {
		r.Registry.Wake(s.ref) // What waits for it can say why.
	}
	return result, o.Err()
}

func readyReason(obj outcome.Object) string {
	if c := meta.FindStatusCondition(*obj.StatusConditions(), v1alpha1.ConditionReady); c != nil {
		return c.Reason
	}
	return ""
}

// readSecret reads the Secret from the API server. Its absence is waited for, for GitOps applies things in any order.
func (r *Reconciler) readSecret(ctx context.Context, s *scope) outcome.Outcome {
	key := client.ObjectKey{
		Namespace: s.kind.secretNamespace(s.object().GetNamespace()),
		Name:      session.SecretName(s.spec().Credentials),
	}
	s.secret = &corev1.Secret{}
	err := r.Live.Get(ctx, key, s.secret)
	if apierrors.IsNotFound(err) {
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials,
			fmt.Sprintf("Secret %q does not exist in namespace %q; create it with the keys that spec.credentials needs", key.Name, key.Namespace), 0)
	}
	if err != nil {
		return outcome.Retry(fmt.Errorf("read Secret %s: %w", key, err))
	}
	return outcome.Continue()
}

// users lists the connections that refer to a Secret.
func (r *Reconciler) users(ctx context.Context, list client.ObjectList, secret client.Object, options ...client.ListOption) []reconcile.Request {
	options = append(options, client.MatchingFields{secretIndex: secret.GetName()})
	if err := r.Client.List(ctx, list, options...); err != nil {
		log.FromContext(ctx).Error(err, "list the connections that refer to a Secret")
		return nil
	}
	var requests []reconcile.Request
	_ = meta.EachListItem(list, func(item runtime.Object) error {
		if obj, ok := item.(client.Object); ok {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(obj)})
		}
		return nil
	})
	return requests
}
