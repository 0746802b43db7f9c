package connection

import (
	"context"
	"errors"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// The hosted service locks an account for 15 minutes after 5 failed log-ins in 15 minutes. No more than 3 are made, whatever changes.
const (
	loginWindow = 15 * time.Minute
	maxLogins   = 3
)

// announce writes a try of the credentials down before it is made, so that not even a process that is killed again and again repeats it fast.
func (r *Reconciler) announce(ctx context.Context, s *scope) outcome.Outcome {
	status, now := s.status(), r.Now()
	status.RecentLogins = recent(status.RecentLogins, now)
	if len(status.RecentLogins) >= maxLogins {
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials,
			"the credentials were tried three times in 15 minutes; they are tried again when that has passed, so that the account is not locked",
			status.RecentLogins[0].Add(loginWindow).Sub(now))
	}
	status.RecentLogins = append(status.RecentLogins, metav1.NewMicroTime(now))
	if err := s.write(ctx, r.Client.Status()); err != nil {
		return outcome.Retry(err)
	}
	return outcome.Continue()
}

// answered takes a try back that the service answered otherwise than with a refusal: it counts toward no lock.
func (s *scope) answered(err error) {
	status := s.status()
	switch {
	case err == nil:
		status.RecentLogins = nil
	case ais.ClassOf(err) != ais.ClassCredentials, errors.Is(err, ais.ErrNoIdentity):
		status.RecentLogins = status.RecentLogins[:len(status.RecentLogins)-1]
	}
}

// recent are the tries that a lock may still count.
func recent(tries []metav1.MicroTime, now time.Time) []metav1.MicroTime {
	var kept []metav1.MicroTime
	for _, at := range tries {
		if now.Sub(at.Time) < loginWindow {
			kept = append(kept, at)
		}
	}
	return kept
}
