package api

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// The engine's memory is shared out before it is used: a quarter for what
// clients send and what is downloaded, the rest for pixels. The two never wait
// for each other in a circle, since a request takes them in this order.
const bodyShare = 4

// MinMemory is the least memory to share out, in bytes: below it the largest
// request that the API allows would have to wait for ever.
const MinMemory = 512 << 20

// admission decides who works, who waits and who is turned away.
type admission struct {
	places  int64 // requests inside, at most
	inside  atomic.Int64
	waiting atomic.Int64
	held    atomic.Int64 // bytes

	bodies     *semaphore.Weighted
	workers    *semaphore.Weighted
	pictures   *semaphore.Weighted
	pixelBytes int64 // the size of pictures
}

// newAdmission shares out memory bytes among requests of which workers are
// worked on at a time while queue more may wait.
func newAdmission(workers, queue int, memory int64) (*admission, error) {
	if memory < MinMemory {
		return nil, fmt.Errorf("%d bytes of memory are too few for the largest picture of the API: give at least %d (512Mi)", memory, int64(MinMemory))
	}
	bodies := memory / bodyShare
	return &admission{
		places: int64(workers + queue), workers: semaphore.NewWeighted(int64(workers)),
		bodies:   semaphore.NewWeighted(bodies),
		pictures: semaphore.NewWeighted(memory - bodies), pixelBytes: memory - bodies,
	}, nil
}

// errTooLarge is a picture that would never fit into the memory.
var errTooLarge = errors.New("the picture needs more memory than the engine may use")

// visit is what one request holds. It belongs to one goroutine.
type visit struct {
	*admission
	body, picture int64
	working       bool
}

// enter takes a place; ok is false when all are taken. The visit has to be
// left.
func (a *admission) enter() (v *visit, ok bool) {
	if a.inside.Add(1) > a.places {
		a.inside.Add(-1)
		return nil, false
	}
	return &visit{admission: a}, true
}

// holdBody waits until size bytes may be received, in exchange for those held
// before.
func (v *visit) holdBody(ctx context.Context, size int64) error {
	v.dropBody()
	if err := v.bodies.Acquire(ctx, size); err != nil {
		return err
	}
	v.body = size
	v.held.Add(size)
	return nil
}

func (v *visit) dropBody() {
	v.bodies.Release(v.body)
	v.held.Add(-v.body)
	v.body = 0
}

// startWork waits for a worker and for size bytes of pixels, in the order of
// arrival: a large picture is not overtaken for ever by small ones.
func (v *visit) startWork(ctx context.Context, size int64) error {
	if size > v.pixelBytes {
		return errTooLarge
	}
	v.waiting.Add(1)
	defer v.waiting.Add(-1)
	if err := v.workers.Acquire(ctx, 1); err != nil {
		return err
	}
	v.working = true
	if err := v.pictures.Acquire(ctx, size); err != nil {
		return err
	}
	v.picture = size
	v.held.Add(size)
	return nil
}

// stopWork gives the worker to the next; the pixels stay held until the answer
// is sent.
func (v *visit) stopWork() {
	if v.working {
		v.workers.Release(1)
		v.working = false
	}
}

// leave gives everything back.
func (v *visit) leave() {
	v.stopWork()
	v.pictures.Release(v.picture)
	v.held.Add(-v.picture)
	v.picture = 0
	v.dropBody()
	v.inside.Add(-1)
}
