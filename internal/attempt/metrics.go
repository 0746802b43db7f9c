package attempt

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
)

// Metrics are those of the calls of all kinds. A nil *Metrics counts nothing.
type Metrics struct {
	billed  *prometheus.CounterVec
	unknown *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

// NewMetrics makes and registers the metrics.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := &Metrics{
		billed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ais_calls_billed_total", Help: "Calls that were, or may have been, billed, as the ledgers have them.",
		}, []string{"operation"}),
		unknown: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ais_unknown_outcomes_total", Help: "Calls whose answer was lost, so that they may have been billed.",
		}, []string{"operation"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ais_call_duration_seconds", Help: "Duration of calls by operation and class of error, Succeeded for those without.",
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300},
		}, []string{"operation", "class"}),
	}
	registerer.MustRegister(m.billed, m.unknown, m.seconds)
	return m
}

// observe tells of one call, which ended with err.
func (m *Metrics) observe(op v1alpha1.Operation, took time.Duration, err error) {
	if m == nil {
		return
	}
	class := "Succeeded"
	if err != nil {
		class = string(ais.ClassOf(err))
		if class == "" {
			class = "NotSent"
		}
	}
	m.seconds.WithLabelValues(string(op), class).Observe(took.Seconds())
}

// count tells of what was written into ledgers.
func (m *Metrics) count(costs []cost) {
	if m == nil {
		return
	}
	for _, c := range costs {
		m.billed.WithLabelValues(string(c.operation)).Add(float64(c.billed))
		m.unknown.WithLabelValues(string(c.operation)).Add(float64(c.unknown))
	}
}
