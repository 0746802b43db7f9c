package connection

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/login"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// learn has the tries counted that earlier processes wrote down, of all connections, before the first one of this process. They are read from the API
// server: a cache might lack the last of them.
func (r *Reconciler) learn(ctx context.Context, _ *scope) outcome.Outcome {
	r.learning.Lock()
	defer r.learning.Unlock()
	if r.learned {
		return outcome.Continue()
	}
	tries, err := r.earlier(ctx)
	if err != nil {
		return outcome.Retry(fmt.Errorf("list the log-ins of earlier processes: %w", err))
	}
	r.restore(tries)
	r.learned = true
	return outcome.Continue()
}

// earlier lists the tries that stand in the status of all connections.
func (r *Reconciler) earlier(ctx context.Context) (tries []v1alpha1.Login, err error) {
	var shared v1alpha1.ClusterConnectionList
	if err := r.Live.List(ctx, &shared); err != nil {
		return nil, err
	}
	for i := range shared.Items {
		tries = append(tries, shared.Items[i].Status.RecentLogins...)
	}
	namespaces := r.WatchNamespaces
	if len(namespaces) == 0 {
		namespaces = []string{metav1.NamespaceAll}
	}
	for _, namespace := range namespaces {
		var own v1alpha1.ConnectionList
		if err := r.Live.List(ctx, &own, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		for i := range own.Items {
			tries = append(tries, own.Items[i].Status.RecentLogins...)
		}
	}
	return tries, nil
}

func (r *Reconciler) restore(tries []v1alpha1.Login) {
	for _, try := range tries {
		var lockedUntil time.Time
		if try.LockedUntil != nil {
			lockedUntil = try.LockedUntil.Time
		}
		r.Accounts.Restore(login.Account(try.Account), try.At.Time, lockedUntil)
	}
}

// announce writes a try of the credentials down before it is made, so that not even a process that is killed again and again repeats it fast.
func (r *Reconciler) announce(ctx context.Context, s *scope) outcome.Outcome {
	status, now := s.status(), r.Now()
	status.RecentLogins = recent(status.RecentLogins, now)
	if len(status.RecentLogins) >= login.MaxTries {
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials,
			"the credentials were tried three times in 15 minutes; they are tried again when that has passed, so that the account is not locked",
			firstEnd(status.RecentLogins).Sub(now))
	}
	if o := r.await(s); !o.IsContinue() {
		return o
	}
	status.RecentLogins = append(status.RecentLogins, v1alpha1.Login{At: metav1.NewMicroTime(now), Account: string(s.opened.Account)})
	if err := s.write(ctx, r.Client.Status()); err != nil {
		return outcome.Retry(err)
	}
	return outcome.Continue()
}

// await holds a connection back while its account is not to be tried, whoever has used its tries up.
func (r *Reconciler) await(s *scope) outcome.Outcome {
	hold, left := r.Accounts.Ask(s.opened.Account, s.ref.Key(), func() { r.Registry.Note(s.ref, 0) })
	switch hold {
	case login.Busy:
		return outcome.Hold(0)
	case login.Spent:
		return outcome.Wait(v1alpha1.ReasonThrottled,
			"three log-ins of this account have failed in 15 minutes, over all connections; these credentials are tried when that has passed, "+
				"so that the account is not locked", left)
	case login.Locked:
		return outcome.Wait(v1alpha1.ReasonThrottled,
			"the service has locked this account after log-ins that failed; nobody may try it before the lock has ended, or it lasts longer", left)
	default:
		return outcome.Continue()
	}
}

// answered takes the announced try back unless the service refused it: otherwise it counts toward no lock. Older tries stay, whatever came of this one.
func (r *Reconciler) answered(s *scope, err error) {
	tries := s.status().RecentLogins
	last := len(tries) - 1
	if !login.IsRefusal(err) {
		s.status().RecentLogins = tries[:last]
		return
	}
	tries[last].LockedUntil = r.lockedUntil(err)
}

// lockedUntil is the end of the lock that an error tells of, or nil.
func (r *Reconciler) lockedUntil(err error) *metav1.Time {
	pause := login.PauseOf(err)
	if pause == 0 {
		return nil
	}
	return &metav1.Time{Time: r.Now().Add(pause)}
}

// recent are the tries that a lock may still count.
func recent(tries []v1alpha1.Login, now time.Time) []v1alpha1.Login {
	var kept []v1alpha1.Login
	for _, try := range tries {
		if now.Before(endOf(try)) {
			kept = append(kept, try)
		}
	}
	return kept
}

// endOf is when a try counts no more.
func endOf(try v1alpha1.Login) time.Time {
	end := try.At.Add(login.Window)
	if try.LockedUntil != nil && try.LockedUntil.After(end) {
		return try.LockedUntil.Time
	}
	return end
}

func firstEnd(tries []v1alpha1.Login) time.Time {
	first := endOf(tries[0])
	for _, try := range tries[1:] {
		if end := endOf(try); end.Before(first) {
			first = end
		}
	}
	return first
}
