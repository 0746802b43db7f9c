package flight_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/ais-operator/ais-operator/internal/flight"
)

var koala = types.NamespacedName{Namespace: "shop", Name: "koala"}

// tower is a controller's work queue with its flights.
type tower struct {
	flight.Flights

	queue workqueue.TypedRateLimitingInterface[reconcile.Request]
}

func newTower(t *testing.T) *tower {
	t.Helper()
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](time.Minute, time.Hour)
	w := &tower{queue: workqueue.NewTypedRateLimitingQueue(limiter)}
	if err := w.Source().Start(t.Context(), w.queue); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.queue.ShutDown)
	return w
}

// queuedAfter tells whether the object is queued after a while, and no sooner.
func (w *tower) queuedAfter(t *testing.T, after time.Duration) {
	t.Helper()
	synctest.Wait()
	if after > 0 {
		<-time.After(after - time.Millisecond)
		if n := w.queue.Len(); n != 0 {
			t.Errorf("%d objects are queued before %s", n, after)
		}
		<-time.After(2 * time.Millisecond)
	}
	synctest.Wait()
	if n := w.queue.Len(); n != 1 {
		t.Errorf("%d objects are queued after %s, want 1", n, after)
	}
}

func notQueued(t *testing.T, w *tower) {
	t.Helper()
	<-time.After(24 * time.Hour)
	synctest.Wait()
	if n := w.queue.Len(); n != 0 {
		t.Errorf("%d objects are queued, want none", n)
	}
}

func TestALandingIsWhatTheWorkerWouldHaveReturned(t *testing.T) {
	tests := []struct {
		name   string
		result ctrl.Result
		err    error
		want   func(*testing.T, *tower)
	}{
		{"done", ctrl.Result{}, nil, notQueued},
		{"again after a while", ctrl.Result{RequeueAfter: time.Second}, nil, func(t *testing.T, w *tower) { t.Helper(); w.queuedAfter(t, time.Second) }},
		{"again after an error", ctrl.Result{}, errors.New("the API server is down"), func(t *testing.T, w *tower) { t.Helper(); w.queuedAfter(t, 200*time.Millisecond) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newTower(t)
				w.Depart(t.Context(), koala, func(_ context.Context, fl *flight.Flight) { fl.Land(tt.result, tt.err) })
				tt.want(t, w)
				if w.OnWay(koala) {
					t.Error("the flight is still on its way")
				}
			})
		})
	}
}

func TestAnObjectOnItsWayIsReconciledAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTower(t)
		var flying *flight.Flight
		w.Depart(t.Context(), koala, func(_ context.Context, fl *flight.Flight) { flying = fl })
		synctest.Wait()
		if !w.OnWay(koala) || w.OnWay(types.NamespacedName{Namespace: "shop", Name: "emu"}) {
			t.Error("the koala is on its way, and the emu is not")
		}
		go flying.Go(func(_ context.Context, fl *flight.Flight) { fl.Land(ctrl.Result{}, nil) })
		w.queuedAfter(t, 0)
	})
}

func TestALegThatPanicsLands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTower(t)
		var landed atomic.Int32
		w.Depart(t.Context(), koala, func(context.Context, *flight.Flight) { panic("a nil map") }, func() { landed.Add(1) })
		w.queuedAfter(t, 200*time.Millisecond)
		if landed.Load() != 1 || w.OnWay(koala) {
			t.Error("what was to happen on landing did not happen once")
		}
	})
}

func TestAFlightLandsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTower(t)
		var landed atomic.Int32
		w.Depart(t.Context(), koala, func(_ context.Context, fl *flight.Flight) {
			fl.Land(ctrl.Result{}, nil)
			fl.Land(ctrl.Result{RequeueAfter: time.Second}, nil)
		}, func() { landed.Add(1) })
		notQueued(t, w)
		if landed.Load() != 1 {
			t.Errorf("it landed %d times", landed.Load())
		}
	})
}

func TestTheProcessWaitsForItsFlights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTower(t)
		ctx, cancel := context.WithCancel(t.Context())
		var ended atomic.Bool
		go func() {
			_ = w.Start(ctx)
			ended.Store(true)
		}()
		var flying *flight.Flight
		w.Depart(ctx, koala, func(_ context.Context, fl *flight.Flight) { flying = fl })
		synctest.Wait()
		cancel()
		synctest.Wait()
		if ended.Load() {
			t.Error("the process ended with a flight on its way")
		}
		flying.Land(ctrl.Result{}, nil)
		synctest.Wait()
		if !ended.Load() {
			t.Error("the process did not end after the last landing")
		}
		ran := false
		w.Depart(ctx, koala, func(_ context.Context, fl *flight.Flight) {
			ran = true
			fl.Land(ctrl.Result{}, nil)
		})
		if !ran {
			t.Error("a late flight did not stay on its worker")
		}
	})
}

func TestAnObjectIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var early flight.Flights
		early.Wake(koala) // Before the controller has started, nothing can be lost: it begins with all objects.
		w := newTower(t)
		w.Wake(koala)
		w.queuedAfter(t, 0)
	})
}

func TestFailuresInARowAreRepeatedMoreSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTower(t)
		land := func(err error) {
			w.Depart(t.Context(), koala, func(_ context.Context, fl *flight.Flight) { fl.Land(ctrl.Result{}, err) })
		}
		taken := func() {
			request, _ := w.queue.Get()
			w.queue.Done(request)
		}
		down := errors.New("the API server is down")
		for _, want := range []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond} {
			land(down)
			w.queuedAfter(t, want)
			taken()
		}
		land(nil)
		notQueued(t, w)
		land(down)
		w.queuedAfter(t, 200*time.Millisecond)
	})
}
