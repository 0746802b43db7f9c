package connection

import (
	"context"
	"errors"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/foreign"
	"github.com/ais-operator/ais-operator/internal/login"
	"github.com/ais-operator/ais-operator/internal/obs"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// Pauses before credentials that were refused are tried again unchanged.
const (
	rejectedDelay    = 30 * time.Minute
	maxRejectedDelay = 6 * time.Hour
	// skewDelay is soon, for a clock is set without any change here, and so long that login.MaxTries are never made within login.Window.
	skewDelay = 6 * time.Minute
)

// Bounds of what is shown of a foreign answer.
const (
	maxMessage = 300
	maxCode    = 64
)

// gate spares the service credentials that it has refused, and the check of those that it has taken.
func (r *Reconciler) gate(_ context.Context, s *scope) outcome.Outcome {
	status := s.status()
	if s.renewed {
		status.Gate = nil
	}
	if o := r.heed(s); !o.IsContinue() {
		return o
	}
	if g := status.Gate; g != nil && g.Reason == v1alpha1.GateInvalidCredentials {
		if left := g.Until.Sub(r.Now()); left > 0 {
			// What was said when the gate closed still holds.
			return outcome.Hold(left)
		}
		return outcome.Continue()
	}
	if s.proven {
		return s.accept(s.opened.ProjectID)
	}
	return outcome.Continue()
}

// heed closes the gate after a refusal that is not in status yet. It is settled when status is written.
func (r *Reconciler) heed(s *scope) outcome.Outcome {
	rejection := r.Registry.Rejection(s.ref)
	switch {
	case rejection == nil:
		return outcome.Continue()
	case rejection.Origin != s.origin: // It is about a connection, a spec or a Secret that was.
		r.Registry.Settle(s.ref, rejection)
		return outcome.Continue()
	}
	s.rejection = rejection
	if login.IsWithheld(rejection.Err) || errors.Is(rejection.Err, ais.ErrNoIdentity) { // Nobody was asked. It is this connection's turn when its account may be tried.
		s.status().Verified, s.proven = "", false
		return outcome.Continue()
	}
	if !rejection.Announced {
		tries := append(recent(s.status().RecentLogins, r.Now()), v1alpha1.Login{
			At: metav1.NewMicroTime(r.Now()), Account: string(s.opened.Account), LockedUntil: r.lockedUntil(rejection.Err),
		})
		s.status().RecentLogins = tries[max(0, len(tries)-login.MaxTries):]
	}
	return r.close(s, rejection.Err)
}

// accept ends the reconcile of a connection whose credentials the service has taken.
func (s *scope) accept(projectID string) outcome.Outcome {
	status := s.status()
	status.ProjectID, status.CredentialsVersion, status.Verified = projectID, session.Version(s.secret), s.origin
	if g := status.Gate; g != nil && g.Reason == v1alpha1.GateInvalidCredentials {
		status.Gate = nil
	}
	s.accepted = true
	return outcome.Done("the credentials were accepted and the endpoint answers")
}

// close closes the gate: the next try comes when the Secret or the spec changes, else after a pause.
func (r *Reconciler) close(s *scope, err error) outcome.Outcome {
	status := s.status()
	var rejections int32
	if g := status.Gate; g != nil {
		rejections = g.Rejections
	}
	refused := refusalOf(err, rejections)
	status.CredentialsVersion, status.Verified = session.Version(s.secret), ""
	status.Gate = &v1alpha1.Gate{
		Reason: v1alpha1.GateInvalidCredentials, Code: foreign.Text(codeOf(err), maxCode), Message: refused.message,
		Until: metav1.NewTime(r.Now().Add(refused.pause)), Rejections: refused.rejections,
	}
	return outcome.Wait(v1alpha1.ReasonInvalidCredentials, refused.message, refused.pause)
}

// refusal is what follows from a refusal of the credentials.
type refusal struct {
	pause time.Duration
	// rejections counts the refusals in a row that say that the credentials are wrong.
	rejections int32
	message    string
}

// refusalOf tells a wrong Secret, whose pause doubles, from a lock and from a clock, about which a Secret can do nothing.
func refusalOf(err error, rejections int32) refusal {
	if pause := login.PauseOf(err); pause > 0 {
		return refusal{pause, rejections, "the service has locked the account after log-ins that failed. Nobody may try before the lock has ended, " +
			"or it lasts longer; then check the Secret"}
	}
	if isSkew(err) {
		return refusal{skewDelay, rejections, "the clock of the operator's node differs from the service's. Correct the clock"}
	}
	rejections++
	pause := rejectedDelay
	for i := int32(1); i < rejections && pause < maxRejectedDelay; i++ {
		pause *= 2
	}
	return refusal{
		min(pause, maxRejectedDelay), rejections,
		"the service refused the credentials: " + sentence(err) + ". Correct the Secret",
	}
}

func isSkew(err error) bool {
	e, ok := errors.AsType[*ais.Error](err)
	return ok && e.Detail == ais.DetailClockSkew || codeOf(err) == obs.CodeSkew
}

// codeOf is the code that the service gave, if it gave one.
func codeOf(err error) string {
	if e, ok := errors.AsType[*ais.Error](err); ok {
		return e.Code
	}
	if e, ok := errors.AsType[*obs.Error](err); ok {
		return e.Code
	}
	return ""
}

// sentence is what an error says, to be followed by a full stop and what to do.
func sentence(err error) string {
	return strings.TrimSuffix(foreign.Text(err.Error(), maxMessage), ".")
}
