package api

import (
	"context"
	"errors"
	"sync"
	"testing"
)

func mustEnter(t *testing.T, a *admission) *visit {
	t.Helper()
	v, ok := a.enter()
	if !ok {
		t.Fatal("no place")
	}
	return v
}

func TestThereAreAsManyPlacesAsWorkersAndQueue(t *testing.T) {
	a, err := newAdmission(2, 1, MinMemory)
	if err != nil {
		t.Fatal(err)
	}
	var visits []*visit
	for range 3 {
		visits = append(visits, mustEnter(t, a))
	}
	if _, ok := a.enter(); ok {
		t.Fatal("a fourth request found a place")
	}
	visits[1].leave()
	mustEnter(t, a)
}

func TestWorkIsBoundedByWorkersAndMemory(t *testing.T) {
	a, err := newAdmission(2, 10, MinMemory)
	if err != nil {
		t.Fatal(err)
	}
	if err := mustEnter(t, a).startWork(t.Context(), a.pixelBytes+1); !errors.Is(err, errTooLarge) {
		t.Errorf("error %v for a picture that never fits", err)
	}
	first := mustEnter(t, a)
	if err := first.startWork(t.Context(), a.pixelBytes); err != nil {
		t.Fatal(err)
	}
	// A worker is free, memory is not: the second waits, and gives up with its client.
	ctx, cancel := context.WithCancel(t.Context())
	second := mustEnter(t, a)
	done := make(chan error, 1)
	go func() { done <- second.startWork(ctx, 1) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	second.leave()
	first.leave()
	third := mustEnter(t, a)
	if err := third.startWork(t.Context(), a.pixelBytes); err != nil {
		t.Fatal(err)
	}
	third.leave()
	if held, waiting := a.held.Load(), a.waiting.Load(); held != 0 || waiting != 0 {
		t.Errorf("%d bytes and %d waiters are left", held, waiting)
	}
}

func TestTheLargestRequestsFitIntoTheLeastMemory(t *testing.T) {
	a, err := newAdmission(1, 1, MinMemory)
	if err != nil {
		t.Fatal(err)
	}
	v := mustEnter(t, a)
	if err := v.holdBody(t.Context(), 3*maxBody); err != nil {
		t.Fatal(err)
	}
	if err := v.holdBody(t.Context(), maxDownload); err != nil { // in exchange
		t.Fatal(err)
	}
	if a.held.Load() != maxDownload {
		t.Errorf("%d bytes are held", a.held.Load())
	}
	if _, err := newAdmission(1, 1, MinMemory-1); err == nil {
		t.Error("no error for too little memory")
	}
}

func TestManyVisitsLeaveNothingBehind(t *testing.T) {
	a, err := newAdmission(2, 100, MinMemory)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			v, ok := a.enter()
			if !ok {
				t.Error("no place")
				return
			}
			defer v.leave()
			if err := errors.Join(v.holdBody(t.Context(), 30<<20), v.startWork(t.Context(), int64(i)<<21)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if a.inside.Load() != 0 || a.held.Load() != 0 {
		t.Errorf("%d are inside, %d bytes held", a.inside.Load(), a.held.Load())
	}
}
