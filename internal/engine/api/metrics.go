package api

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the engine tells about its work. Labels never hold a name of
// an account, a project or a picture.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// newMetrics registers the metrics, among them the state of the admission.
func newMetrics(reg prometheus.Registerer, a *admission) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ais_engine_requests_total",
			Help: "Requests by operation, HTTP status and error code (empty for success). Status 499: the client left before the answer.",
		}, []string{"operation", "status", "error_code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "ais_engine_request_duration_seconds",
			Help:    "Time from the header of a request to the end of its answer.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"operation"}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	for _, c := range []prometheus.Collector{
		m.requests, m.seconds,
		gauge("ais_engine_requests_in_flight", "Recognition and enhancement requests inside, waiting ones included.",
			func() float64 { return float64(a.inside.Load()) }),
		gauge("ais_engine_requests_queued", "Requests that wait for a worker or for memory.",
			func() float64 { return float64(a.waiting.Load()) }),
		gauge("ais_engine_admitted_memory_bytes", "Memory set aside for bodies and pictures of admitted requests.",
			func() float64 { return float64(a.held.Load()) }),
	} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// observe counts a finished request.
func (m *metrics) observe(operation string, o outcome, took time.Duration) {
	m.requests.WithLabelValues(operation, strconv.Itoa(o.status), o.code).Inc()
	m.seconds.WithLabelValues(operation).Observe(took.Seconds())
}
