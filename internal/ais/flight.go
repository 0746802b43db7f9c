package ais

import (
	"context"
	"time"

	"golang.org/x/sync/singleflight"
)

// obtainTimeout bounds what is done on behalf of many callers, of whom each
// may have a deadline of its own.
const obtainTimeout = 30 * time.Second

// flight lets one caller obtain what others are about to need, too: a log-in
// that fails then fails once for all of them, and counts once toward a lock.
type flight[T any] struct {
	group singleflight.Group
}

// do joins the flight under way or starts one with obtain. A caller whose
// context ends leaves; the flight goes on for the others.
func (f *flight[T]) do(ctx context.Context, obtain func(context.Context) (T, error)) (T, error) {
	results := f.group.DoChan("", func() (any, error) {
		detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), obtainTimeout)
		defer cancel()
		return obtain(detached)
	})
	var none T
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case result := <-results:
		if result.Err != nil {
			return none, result.Err
		}
		value, _ := result.Val.(T) // obtain returns nothing else
		return value, nil
	}
}
