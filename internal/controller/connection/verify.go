package connection

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/foreign"
	"github.com/ais-operator/ais-operator/internal/login"
	"github.com/ais-operator/ais-operator/internal/netguard"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// unreachableDelay is the pause before an endpoint that did not answer is tried again.
const unreachableDelay = 30 * time.Second

// identityDelay is the pause before an identity of the cluster that is not there, or whose owner does not agree, is asked for again.
const identityDelay = time.Minute

// verifyTimeout bounds one try.
const verifyTimeout = 30 * time.Second

// open makes the session, unless there is one from whose clients it can be made. Nobody is called for it.
func (r *Reconciler) open(_ context.Context, s *scope) outcome.Outcome {
	status, generation := s.status(), s.object().GetGeneration()
	s.renewed = status.CredentialsVersion != session.Version(s.secret) || status.ObservedGeneration != generation
	if selector := s.selector(); selector != nil {
		if _, err := metav1.LabelSelectorAsSelector(selector); err != nil {
			return outcome.Stop(v1alpha1.ReasonInvalidSpec, "spec.allowedNamespaces.selector: "+err.Error())
		}
	}
	switch current := r.Registry.Get(s.ref); {
	case current == nil:
		return r.openAnew(s)
	case current.Generation == generation:
		s.opened, s.proven = current, true
	default:
		s.opened, s.proven = current.Renewed(generation, s.spec().Limits, s.allowedObjects()), true
	}
	return outcome.Continue()
}

// openAnew makes a session that is not shared yet. One that has a password has no token: to obtain one is a try, which must be announced.
func (r *Reconciler) openAnew(s *scope) outcome.Outcome {
	opened, err := r.Opener.Open(s.ref, s.spec(), s.allowedObjects(), s.secret)
	fault, faulty := errors.AsType[*session.CredentialsError](err)
	switch {
	case faulty:
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials, fault.Message, 0)
	case err != nil:
		return outcome.Stop(v1alpha1.ReasonInvalidSpec, err.Error())
	}
	obj, status := s.object(), s.status()
	opened.UID, opened.Generation, opened.Origin, opened.ProjectID = obj.GetUID(), obj.GetGeneration(), s.origin, status.ProjectID
	s.opened, s.proven = opened, status.Verified == s.origin && !opened.LogsIn()
	return outcome.Continue()
}

// verify tries the credentials and the endpoint, without calling a paid operation.
func (r *Reconciler) verify(ctx context.Context, s *scope) outcome.Outcome {
	limited, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	projectID, err := s.opened.Recognition.Verify(limited)
	if err != nil && ctx.Err() != nil { // The process ends. That says nothing about the service.
		return outcome.Retry(fmt.Errorf("verify the connection: %w", context.Cause(ctx)))
	}
	r.answered(s, err)
	s.status().CredentialsVersion = session.Version(s.secret)
	fault, faulty := errors.AsType[*session.CredentialsError](err)
	switch {
	case err == nil:
		s.opened.ProjectID = projectID
		return s.accept(projectID)
	case faulty: // Nobody was asked.
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials, fault.Message, identityDelay)
	case login.IsWithheld(err): // Another connection was faster.
		if o := r.await(s); !o.IsContinue() {
			return o
		}
		return outcome.Hold(outcome.ConflictDelay)
	case errors.Is(err, netguard.ErrAddress):
		return outcome.Stop(v1alpha1.ReasonInvalidSpec, "spec.endpoints: "+netguard.ErrAddress.Error())
	case login.IsRefusal(err):
		s.rejection = &session.Rejection{Origin: s.origin, Err: err, Announced: true}
		r.Registry.Reject(s.ref, s.rejection)
		return r.close(s, err)
	default:
		return troubled(err)
	}
}

// troubled is what follows when the service says nothing about the credentials.
func troubled(err error) outcome.Outcome {
	message := foreign.Text(err.Error(), maxMessage)
	switch ais.ClassOf(err) {
	case ais.ClassAccount:
		return outcome.Wait(v1alpha1.ReasonAccountProblem, message, rejectedDelay)
	case ais.ClassRejected:
		return outcome.Stop(v1alpha1.ReasonInvalidSpec, message)
	case ais.ClassService:
		return outcome.Wait(v1alpha1.ReasonServiceUnavailable, sentence(err)+". Check spec.endpoints and spec.region", unreachableDelay)
	case ais.ClassThrottled:
		return outcome.Wait(v1alpha1.ReasonThrottled, message, unreachableDelay)
	default:
		return outcome.Wait(v1alpha1.ReasonTransientError, message, unreachableDelay)
	}
}

// selector is the selector over namespaces, if the kind has one and it is set.
func (s *scope) selector() *metav1.LabelSelector {
	c, ok := s.connection.(cluster)
	if !ok || c.Spec.AllowedNamespaces == nil {
		return nil
	}
	return c.Spec.AllowedNamespaces.Selector
}
