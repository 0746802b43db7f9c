// Package flight carries reconciles on away from their workers, while they wait for a picture, for a slot or for an answer.
//
// A worker is for what is quick: reads of the cache and writes of status. What waits for somebody else would hold it, and a few connections that do not
// answer would hold all of them. So a reconcile that has its ticket departs: it goes on in goroutines of its own, one leg after the other, and lands
// with what the worker would have returned. While it is on its way its object is not reconciled; whatever asked for that is heeded after the landing.
package flight

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// Flights are the reconciles of one kind that have left their workers. The zero value is ready for use.
type Flights struct {
	mu    sync.Mutex
	queue workqueue.TypedRateLimitingInterface[reconcile.Request]
	onWay map[types.NamespacedName]*Flight
	// failures counts landings with an error in a row.
	failures map[types.NamespacedName]int
	// landed is closed when the last flight has landed, once the process is ending.
	landed  chan struct{}
	stopped bool
}

// Flight is one reconcile on its way. Whoever it departed with sees to it that it lands, once.
type Flight struct {
	flights *Flights
	name    types.NamespacedName
	ctx     context.Context //nolint:containedctx // It is that of the reconcile, whose legs begin in callbacks.
	again   bool
	landing []func()
}

// Source gives the flights the work queue of their controller. It brings no events of its own.
func (f *Flights) Source() source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.queue = queue
		return nil
	})
}

// Wake has an object reconciled soon.
func (f *Flights) Wake(name types.NamespacedName) {
	f.mu.Lock()
	queue := f.queue
	f.mu.Unlock()
	if queue != nil { // Before the controller has started, every object is going to be reconciled anyway.
		queue.Add(reconcile.Request{NamespacedName: name})
	}
}

// OnWay tells whether an object's reconcile is on its way. If so, the object is reconciled again after the landing.
func (f *Flights) OnWay(name types.NamespacedName) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	flight := f.onWay[name]
	if flight != nil {
		flight.again = true
	}
	return flight != nil
}

// Depart begins the flight of an object that is not on its way; leg runs on a goroutine of its own, and landing at the end, whatever happens. Once all
// flights have landed at the end of the process, leg runs on the worker, which is still waited for.
func (f *Flights) Depart(ctx context.Context, name types.NamespacedName, leg func(context.Context, *Flight), landing ...func()) {
	flight := &Flight{flights: f, name: name, ctx: ctx, landing: landing}
	f.mu.Lock()
	if f.onWay == nil {
		f.onWay = map[types.NamespacedName]*Flight{}
	}
	f.onWay[name] = flight
	stopped := f.stopped
	f.mu.Unlock()
	if stopped {
		flight.Go(leg)
		return
	}
	go flight.Go(leg)
}

// Go runs a leg of the flight on the goroutine that it is called on. A leg that panics lands with an error, as a reconcile does.
func (fl *Flight) Go(leg func(context.Context, *Flight)) {
	defer func() {
		if cause := recover(); cause != nil {
			fl.Land(ctrl.Result{}, fmt.Errorf("panic: %v [recovered]\n%s", cause, debug.Stack()))
		}
	}()
	leg(fl.ctx, fl)
}

// Land ends the flight with the outcome of the reconcile.
func (fl *Flight) Land(result ctrl.Result, err error) {
	queue, again, first := fl.flights.remove(fl)
	if !first {
		return
	}
	for _, f := range fl.landing {
		f()
	}
	if err != nil {
		log.FromContext(fl.ctx).Error(err, "the reconcile failed and is repeated")
	}
	if queue == nil {
		return
	}
	request := reconcile.Request{NamespacedName: fl.name}
	if err != nil {
		queue.AddAfter(request, fl.flights.failed(fl.name)) // The queue's own count of failures ends with the worker's part.
		return
	}
	fl.flights.succeeded(fl.name)
	if again {
		queue.Add(request)
	}
	if result.RequeueAfter > 0 {
		queue.AddAfter(request, result.RequeueAfter)
	}
}

// remove takes a flight out, and says whether it was still on its way.
func (f *Flights) remove(fl *Flight) (queue workqueue.TypedRateLimitingInterface[reconcile.Request], again, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.onWay[fl.name] != fl {
		return nil, false, false
	}
	delete(f.onWay, fl.name)
	if f.landed != nil && len(f.onWay) == 0 && !f.stopped {
		f.stopped = true
		close(f.landed)
	}
	return f.queue, fl.again, true
}

// Delays before a reconcile that failed in flight is repeated. They double with every failure in a row.
const (
	minRetryDelay = 200 * time.Millisecond
	maxRetryDelay = 30 * time.Second
)

// failed counts a failure and returns the delay after it.
func (f *Flights) failed(name types.NamespacedName) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failures == nil {
		f.failures = map[types.NamespacedName]int{}
	}
	delay := minRetryDelay << min(f.failures[name], 16)
	f.failures[name]++
	return min(delay, maxRetryDelay)
}

func (f *Flights) succeeded(name types.NamespacedName) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.failures, name)
}

// Start waits for the end of the process and then for all flights to land: the calls in them are paid for. It is a Runnable of the manager, which bounds
// the wait by its graceful shutdown time.
func (f *Flights) Start(ctx context.Context) error {
	<-ctx.Done()
	f.mu.Lock()
	f.landed = make(chan struct{})
	if len(f.onWay) == 0 {
		f.stopped = true
		close(f.landed)
	}
	f.mu.Unlock()
	<-f.landed
	return nil
}
