package flow

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ais-operator/ais-operator/internal/ais"
)

// Metrics tell what a dispatcher does. What counts things that are there is counted when it is asked for.
type Metrics struct {
	slotWait  *prometheus.HistogramVec
	throttles *prometheus.CounterVec

	dispatcher atomic.Pointer[Dispatcher]

	inFlight, gates, waiting, oldest, remaining, memory *prometheus.Desc
}

// NewMetrics registers the metrics of one dispatcher. It panics when they are registered already.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := newMetrics()
	reg.MustRegister(m)
	return m
}

func newMetrics() *Metrics {
	m := &Metrics{
		slotWait: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "ais_slot_wait_seconds",
			Help:    "Time from when an object asks for its turn to when its call may begin, by operation.",
			Buckets: []float64{.01, .03, .1, .3, 1, 3, 10, 30, 60, 300, 900, 3600, 14400},
		}, []string{"operation"}),
		throttles: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ais_throttled_total", Help: "Answers that asked for fewer calls, by operation.",
		}, []string{"operation"}),
		inFlight:  prometheus.NewDesc("ais_calls_in_flight", "Calls that are on their way, by operation.", []string{"operation"}, nil),
		gates:     prometheus.NewDesc("ais_gates_closed", "Gates that hold calls back, by reason.", []string{"reason"}, nil),
		waiting:   prometheus.NewDesc("ais_objects_waiting", "Objects that wait for their turn, by operation.", []string{"operation"}, nil),
		oldest:    prometheus.NewDesc("ais_oldest_waiting_seconds", "Longest time for which nothing but its turn has kept an object waiting.", nil, nil),
		remaining: prometheus.NewDesc("ais_budget_remaining_calls", "Calls left today of the connection whose daily budget has the fewest left.", nil, nil),
		memory:    prometheus.NewDesc("ais_picture_memory_bytes", "Memory set aside for pictures.", nil, nil),
	}
	for _, operation := range ais.Operations() {
		m.slotWait.WithLabelValues(string(operation))
		m.throttles.WithLabelValues(string(operation))
	}
	return m
}

// Describe sends what the metrics are.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	m.slotWait.Describe(ch)
	m.throttles.Describe(ch)
	for _, desc := range []*prometheus.Desc{m.inFlight, m.gates, m.waiting, m.oldest, m.remaining, m.memory} {
		ch <- desc
	}
}

// Collect sends what they are now.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	m.slotWait.Collect(ch)
	m.throttles.Collect(ch)
	d := m.dispatcher.Load()
	if d == nil {
		return
	}
	now := d.census()
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	for operation, n := range now.inFlight {
		gauge(m.inFlight, float64(n), operation)
	}
	for operation, n := range now.waiting {
		gauge(m.waiting, float64(n), operation)
	}
	for reason, n := range now.gates {
		gauge(m.gates, float64(n), string(reason))
	}
	gauge(m.oldest, now.oldest.Seconds())
	gauge(m.memory, float64(now.memory))
	if now.budgets {
		gauge(m.remaining, float64(now.remaining))
	}
}

func (m *Metrics) attach(d *Dispatcher) { m.dispatcher.Store(d) }

func (m *Metrics) waited(operation string, d time.Duration) {
	m.slotWait.WithLabelValues(operation).Observe(d.Seconds())
}

func (m *Metrics) throttled(operation string) { m.throttles.WithLabelValues(operation).Inc() }

// census is what there is at a time.
type census struct {
	inFlight, waiting map[string]int
	gates             map[GateReason]int
	oldest            time.Duration
	memory            int64
	budgets           bool
	remaining         int
}

// census goes through lanes, queues and connections, not through the objects.
func (d *Dispatcher) census() census {
	d.begin()
	defer d.end()
	found := census{
		inFlight: map[string]int{}, waiting: map[string]int{}, gates: map[GateReason]int{AccountProblem: 0, ServiceUnavailable: 0}, memory: d.memory.used,
	}
	for _, operation := range ais.Operations() {
		found.inFlight[string(operation)], found.waiting[string(operation)] = 0, 0
	}
	for _, l := range d.lanes {
		found.inFlight[l.operation] += l.running
		found.waiting[l.operation] += l.waiting
		found.oldest = max(found.oldest, l.oldest(d.at))
	}
	for _, c := range d.connections {
		for _, g := range c.gates {
			found.gates[g.Reason]++
		}
		if c.open && c.budget.PerDay > 0 {
			d.roll(c)
			left := max(0, c.budget.PerDay-c.used.calls)
			if !found.budgets || left < found.remaining {
				found.budgets, found.remaining = true, left
			}
		}
	}
	return found
}

// oldest is the longest time for which nothing but its turn has kept an object waiting.
func (l *lane) oldest(at time.Time) time.Duration {
	age := time.Duration(0)
	for ns := range l.turns.all() {
		for q := range ns.turns.all() {
			if _, held := q.connection.holdIn(l, ns.name, at); !held {
				age = max(age, at.Sub(q.waiters.first().free()))
			}
		}
	}
	return age
}
