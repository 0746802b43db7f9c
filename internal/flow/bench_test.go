package flow_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/internal/flow"
)

// BenchmarkThroughTheQueue brings 10,000 waiting objects through their tickets, slots and calls, with 10 slots. One operation is one object.
func BenchmarkThroughTheQueue(b *testing.B) {
	const many = 10_000
	for _, namespaces := range []int{1, 100, many} {
		b.Run(fmt.Sprint("namespaces=", namespaces), func(b *testing.B) {
			b.ReportAllocs()
			for done := 0; done < b.N; done += many {
				d := flow.New(flow.Options{Now: time.Now, PictureMemory: 256 * mb})
				d.Open(connection("c", 10))
				ready := make(chan flow.Waiter, many)
				slots := make(chan *flow.Ticket, many)
				enter := func(want flow.Waiter) {
					if ticket, _ := d.Enter(want); ticket != nil {
						ticket.Slot(mb, func(bool) { slots <- ticket })
					}
				}
				for i := range many {
					want := flow.Waiter{
						ID: flow.ID{Kind: "k", Namespace: fmt.Sprint("n", i%namespaces), Name: fmt.Sprint(i)}, Connection: "c", Operation: tagging, Bytes: mb,
					}
					again := want
					want.Wake = func() { ready <- again }
					enter(want)
				}
				for left := many; left > 0; {
					select {
					case want := <-ready:
						enter(want)
					case ticket := <-slots:
						finish(ticket, nil)
						left--
					}
				}
			}
		})
	}
}

// BenchmarkWaiter is what 100,000 waiters cost: time to enter, and bytes each, the caller's own aside.
func BenchmarkWaiter(b *testing.B) {
	const many = 100_000
	ids := make([]flow.ID, many)
	for i := range ids {
		ids[i] = flow.ID{Kind: "ImageAnalysis", Namespace: "n", Name: fmt.Sprint(i)}
	}
	wake := func() {}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for done := 0; done < b.N; done += many {
		d := flow.New(flow.Options{Now: time.Now, PictureMemory: 256 * mb})
		d.Open(connection("c", 10))
		before := heap()
		for _, id := range ids {
			d.Enter(flow.Waiter{ID: id, Connection: "c", Operation: tagging, Bytes: mb, Wake: wake})
		}
		b.ReportMetric(float64(heap()-before)/many, "B/waiter")
		b.ReportMetric(float64(flow.WaiterBytes), "B/struct")
		runtime.KeepAlive(d)
	}
}
