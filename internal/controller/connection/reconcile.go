package connection

import (
	"context"
	"fmt"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/flight"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// scope is one connection during one reconcile.
type scope struct {
	connection
	kind kind
	ref  session.Ref
	// secret is nil when there is none, or none is needed.
	secret *corev1.Secret
	// origin is what a session of now has: see session.OriginOf.
	origin string
	opened *session.Session
	// proven means that the service has accepted the credentials, and that nobody need be asked.
	proven bool
	// accepted means that the session may be shared.
	accepted bool
	// rejection is what this reconcile writes down.
	rejection *session.Rejection
	// renewed means that the spec or the Secret is not the one that status describes.
	renewed bool
	// base is what was read, or written since.
	base client.Object
}

// write writes status, and takes what is in it then for what was read.
func (s *scope) write(ctx context.Context, w client.StatusWriter) error {
	if err := outcome.WriteStatus(ctx, w, s.object(), s.base); err != nil {
		return err
	}
	return s.rebase()
}

func (s *scope) rebase() error {
	base, ok := s.object().DeepCopyObject().(client.Object)
	if !ok {
		return fmt.Errorf("%T is no object", s.object())
	}
	s.base = base
	return nil
}

func (r *Reconciler) reconcile(ctx context.Context, k kind, req ctrl.Request) (ctrl.Result, error) {
	if k.flights.OnWay(req.NamespacedName) {
		return ctrl.Result{}, nil
	}
	s := &scope{connection: k.new(), kind: k, ref: k.ref(req)}
	obj := s.object()
	if err := r.Client.Get(ctx, req.NamespacedName, obj); err != nil {
		if apierrors.IsNotFound(err) {
			r.withdraw(s)
			r.Registry.Settle(s.ref, r.Registry.Rejection(s.ref))
			r.Accounts.Forget(s.ref.Key())
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if err := s.rebase(); err != nil {
		return ctrl.Result{}, err
	}
	o := outcome.Run(ctx, s, r.halt, r.readSecret, r.revoke, r.learn, r.open, r.gate, r.announce)
	if !o.IsContinue() {
		return r.finish(ctx, s, o)
	}
	// The service is asked off the worker: one that does not answer is not to keep other connections waiting.
	k.flights.Depart(ctx, req.NamespacedName, func(ctx context.Context, fl *flight.Flight) {
		fl.Land(r.finish(ctx, s, r.verify(ctx, s)))
	})
	return ctrl.Result{}, nil
}

// finish makes the session available before status says so, so that whoever sees the status finds the session.
func (r *Reconciler) finish(ctx context.Context, s *scope, o outcome.Outcome) (ctrl.Result, error) {
	if err := o.Err(); err != nil {
		return again(err)
	}
	obj := s.object()
	reason := readyReason(obj)
	result, announce := outcome.Apply(obj, o, r.Recorder)
	isReady := meta.IsStatusConditionTrue(*obj.StatusConditions(), v1alpha1.ConditionReady)
	switch {
	case s.accepted:
		if err := r.share(ctx, s); err != nil {
			return ctrl.Result{}, err
		}
		r.report(s)
	case s.spec().Suspend:
		r.reportUsage(s)
	case !isReady:
		r.withdraw(s)
	}
	if err := s.write(ctx, r.Client.Status()); err != nil {
		return again(err)
	}
	if s.rejection != nil {
		r.Registry.Settle(s.ref, s.rejection)
	}
	announce()
	if !isReady && readyReason(obj) != reason {
		r.Registry.Wake(s.ref) // What waits for it can say why.
	}
	return result, nil
}

// again has the reconcile repeated after an error of the API server.
func again(err error) (ctrl.Result, error) {
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: outcome.ConflictDelay}, nil
	}
	return ctrl.Result{}, client.IgnoreNotFound(err)
}

func readyReason(obj outcome.Object) string {
	if c := meta.FindStatusCondition(*obj.StatusConditions(), v1alpha1.ConditionReady); c != nil {
		return c.Reason
	}
	return ""
}

// halt ends the turns of a suspended connection's objects before anything else is done. Calls on their way go on: they are paid.
func (r *Reconciler) halt(_ context.Context, s *scope) outcome.Outcome {
	if s.spec().Suspend {
		r.Flow.Remove(s.ref.Key())
	}
	return outcome.Continue()
}

// readSecret reads the Secret from the API server, if the credentials need one.
func (r *Reconciler) readSecret(ctx context.Context, s *scope) outcome.Outcome {
	if key := r.secretKey(s); key.Name != "" {
		secret := &corev1.Secret{}
		// At its highest verbosity client-go logs the bodies of answers. This one is in no log.
		err := r.Live.Get(log.IntoContext(ctx, logr.Discard()), key, secret)
		switch {
		case apierrors.IsNotFound(err):
			return outcome.Continue()
		case err != nil:
			return outcome.Retry(fmt.Errorf("read Secret %s: %w", key, err))
		}
		s.secret = secret
	}
	var err error
	if s.origin, err = session.OriginOf(s.object().GetUID(), s.spec(), s.secret); err != nil {
		return outcome.Retry(err)
	}
	return outcome.Continue()
}

func (r *Reconciler) secretKey(s *scope) client.ObjectKey {
	return client.ObjectKey{
		Namespace: s.kind.secretNamespace(s.object().GetNamespace()),
		Name:      session.SecretName(s.spec().Credentials),
	}
}

// revoke ends what connection and Secret no longer stand for, before the service is asked about what they stand for now. A suspended connection need not
// be verified. Its session stays for what has been paid for and is still to be stored; nobody calls with it.
func (r *Reconciler) revoke(_ context.Context, s *scope) outcome.Outcome {
	if current := r.Registry.Get(s.ref); current != nil && current.Origin != s.origin {
		r.withdraw(s)
	}
	if s.spec().Suspend {
		if s.rejection = r.Registry.Rejection(s.ref); s.rejection != nil {
			s.status().Verified = "" // The service is asked when the connection is resumed.
		}
		return outcome.Wait(v1alpha1.ReasonSuspended, "spec.suspend is true", 0)
	}
	if key := r.secretKey(s); s.secret == nil && key.Name != "" { // It is waited for, for GitOps applies things in any order.
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials,
			fmt.Sprintf("Secret %q does not exist in namespace %q; create it with the keys that spec.credentials needs", key.Name, key.Namespace), 0)
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
