package filter

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Bands calls f for [lo, hi) ranges of at most size that together cover [0, n), on
// up to GOMAXPROCS goroutines, and returns when all calls have. Between bands it
// looks at ctx; once that is done no further band is begun and its error is
// returned, so that a caller waits for at most one band after a cancellation.
func Bands(ctx context.Context, n, size int, f func(lo, hi int)) error {
	return Workers(ctx, n, size, func() func(lo, hi int) { return f })
}

// Workers is Bands for work that needs scratch memory: newWorker is called once on
// each goroutine, and what it returns serves all bands done there.
func Workers(ctx context.Context, n, size int, newWorker func() func(lo, hi int)) error {
	var next atomic.Int64
	work := func() {
		f := newWorker()
		for ctx.Err() == nil {
			lo := int(next.Add(int64(size))) - size
			if lo >= n {
				return
			}
			f(lo, min(lo+size, n))
		}
	}
	var others sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+size-1)/size) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	return ctx.Err()
}
