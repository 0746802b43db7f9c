package ais

import (
	"context"
	"sync"
	"time"
)

// retryRenewal is how long something that could not be renewed in time is used
// on before the next try.
const retryRenewal = time.Minute

// lease is something that is good for a time; it is never written after it was
// made.
type lease[T any] struct {
	value     T
	renewAt   time.Time // at four fifths of its life
	expiresAt time.Time
}

// newLease counts the lifetime from before the other side was asked, so that a
// slow answer does not make it look longer.
func newLease[T any](value T, askedAt time.Time, lifetime time.Duration) *lease[T] {
	return &lease[T]{value: value, renewAt: askedAt.Add(lifetime / 5 * 4), expiresAt: askedAt.Add(lifetime)}
}

// keeper keeps what was obtained for a time, and obtains the next in time: once
// for all who need it.
type keeper[T comparable] struct {
	// op names what is done to obtain one, in errors.
	op     string
	iam    *identity
	obtain func(context.Context) (*lease[T], error)

	flight flight[*lease[T]]
	mu     sync.Mutex
	kept   *lease[T] // nil: none yet, or dropped
}

// get returns one that is good. Its error is an *Error.
func (k *keeper[T]) get(ctx context.Context) (T, error) {
	if kept := k.current(); kept != nil && k.iam.wire.now().Before(kept.renewAt) {
		return kept.value, nil
	}
	obtained, err := k.flight.do(ctx, k.renew)
	if err != nil {
		var none T
		return none, k.iam.failure(ctx, k.op, err)
	}
	return obtained.value, nil
}

// renew obtains one, unless somebody just did. One that is due but still good
// is used on when the other side cannot be asked; when it says no, that stands.
func (k *keeper[T]) renew(ctx context.Context) (*lease[T], error) {
	kept, now := k.current(), k.iam.wire.now()
	if kept != nil && now.Before(kept.renewAt) {
		return kept, nil
	}
	obtained, err := k.obtain(ctx)
	if err != nil {
		if kept == nil || !now.Before(kept.expiresAt) || isRefusal(err) {
			return nil, err
		}
		postponed := *kept
		postponed.renewAt = now.Add(retryRenewal)
		obtained = &postponed
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = obtained
	return obtained, nil
}

func (k *keeper[T]) current() *lease[T] {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kept
}

// drop forgets what was refused. Of many calls that were refused together the
// first obtains another, and the others find that.
func (k *keeper[T]) drop(refused T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept != nil && k.kept.value == refused {
		k.kept = nil
	}
}
