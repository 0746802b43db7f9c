package connection

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/foreign"
	"github.com/ais-operator/ais-operator/internal/netguard"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// Pauses before credentials that were refused are tried again unchanged. The hosted service locks an account for 15 minutes after five failures.
const (
	rejectedDelay    = 30 * time.Minute
	maxRejectedDelay = 6 * time.Hour
)

// unreachableDelay is the pause before an endpoint that did not answer is tried again.
const unreachableDelay = 30 * time.Second

// identityDelay is the pause before an identity of the cluster that is not there, or whose owner does not agree, is asked for again. IAM is not asked.
const identityDelay = time.Minute

// verifyTimeout bounds one try.
const verifyTimeout = 30 * time.Second

// maxMessage is how much of a foreign message is shown.
const maxMessage = 300

// open makes the session, unless there is one of this spec and this Secret, whose token is still good. Nobody is called for it.
func (r *Reconciler) open(_ context.Context, s *scope) outcome.Outcome {
	s.renewed = s.status().CredentialsVersion != session.Version(s.secret) || s.status().ObservedGeneration != s.object().GetGeneration()
	if s.opened = r.Registry.Get(s.ref); s.opened.IsOf(s.object().GetGeneration(), s.secret) {
		return outcome.Continue()
	}
	opened, err := r.Opener.Open(s.ref, s.spec(), s.allowedObjects(), s.secret)
	var fault *session.CredentialsError
	switch {
	case errors.As(err, &fault):
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials, fault.Message, 0)
	case err != nil:
		return outcome.Stop(v1alpha1.ReasonInvalidSpec, err.Error())
	}
	opened.Generation, opened.ProjectID = s.object().GetGeneration(), s.status().ProjectID
	s.opened = opened
	if selector := s.selector(); selector != nil {
		if _, err := metav1.LabelSelectorAsSelector(selector); err != nil {
			return outcome.Stop(v1alpha1.ReasonInvalidSpec, "spec.allowedNamespaces.selector: "+err.Error())
		}
	}
	return outcome.Continue()
}

// gate spares the service credentials that it has refused, and the check of those that it has taken.
func (r *Reconciler) gate(_ context.Context, s *scope) outcome.Outcome {
	status := s.status()
	rejected := r.Registry.TakeRejection(s.ref) == s.opened.CredentialsVersion
	if s.renewed {
		status.Gate = nil
		if !rejected {
			return outcome.Continue()
		}
	}
	if rejected {
		status.RecentLogins = append(recent(status.RecentLogins, r.Now()), metav1.NewMicroTime(r.Now()))
		status.RecentLogins = status.RecentLogins[max(0, len(status.RecentLogins)-maxLogins):]
		return r.close(s, "the service refused the credentials in a call; correct the Secret")
	}
	if g := status.Gate; g != nil && g.Reason == v1alpha1.GateInvalidCredentials {
		if left := g.Until.Sub(r.Now()); left > 0 {
			// What was said when the gate closed still holds.
			return outcome.Hold(left)
		}
		return outcome.Continue()
	}
	if meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionReady) {
		return outcome.Done(readyMessage)
	}
	return outcome.Continue()
}

const readyMessage = "the credentials were accepted and the endpoint answers"

// verify tries the credentials and the endpoint, without calling a paid operation.
func (r *Reconciler) verify(ctx context.Context, s *scope) outcome.Outcome {
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	projectID, err := s.opened.Recognition.Verify(ctx)
	s.answered(err)
	status := s.status()
	status.CredentialsVersion = s.opened.CredentialsVersion
	if err == nil {
		status.ProjectID, status.Gate = projectID, nil
		s.opened.ProjectID = projectID
		return outcome.Done(readyMessage)
	}
	if fault, ok := errors.AsType[*session.CredentialsError](err); ok {
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials, fault.Message, identityDelay)
	}
	if errors.Is(err, netguard.ErrAddress) {
		return outcome.Stop(v1alpha1.ReasonInvalidSpec, "spec.endpoints: "+netguard.ErrAddress.Error())
	}
	message := foreign.Text(err.Error(), maxMessage)
	switch ais.ClassOf(err) {
	case ais.ClassCredentials:
		return r.close(s, "the service refused the credentials: "+message+". Correct the Secret")
	case ais.ClassAccount:
		return outcome.Wait(v1alpha1.ReasonAccountProblem, message, rejectedDelay)
	case ais.ClassRejected:
		return outcome.Stop(v1alpha1.ReasonInvalidSpec, message)
	case ais.ClassService:
		return outcome.Wait(v1alpha1.ReasonServiceUnavailable, message+". Check spec.endpoints and spec.region", unreachableDelay)
	case ais.ClassThrottled:
		return outcome.Wait(v1alpha1.ReasonThrottled, message, unreachableDelay)
	default:
		return outcome.Wait(v1alpha1.ReasonTransientError, message, unreachableDelay)
	}
}

// close closes the gate: the next try comes when the Secret or the spec changes, else after a pause that doubles.
func (r *Reconciler) close(s *scope, message string) outcome.Outcome {
	status := s.status()
	rejections := int32(1)
	if status.Gate != nil {
		rejections = status.Gate.Rejections + 1
	}
	delay := rejectedDelay
	for i := int32(1); i < rejections && delay < maxRejectedDelay; i++ {
		delay *= 2
	}
	delay = min(delay, maxRejectedDelay)
	status.CredentialsVersion = s.opened.CredentialsVersion
	status.Gate = &v1alpha1.Gate{
		Reason: v1alpha1.GateInvalidCredentials, Until: metav1.NewTime(r.Now().Add(delay)), Rejections: rejections,
	}
	return outcome.Wait(v1alpha1.ReasonInvalidCredentials, message, delay)
}

// selector is the selector over namespaces, if the kind has one and it is set.
func (s *scope) selector() *metav1.LabelSelector {
	c, ok := s.connection.(cluster)
	if !ok || c.Spec.AllowedNamespaces == nil {
		return nil
	}
	return c.Spec.AllowedNamespaces.Selector
}
