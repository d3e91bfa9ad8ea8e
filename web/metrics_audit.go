package web

import (
	"github.com/prometheus/client_golang/prometheus"

	"reli/web/audit"
)

// anchor tells the head of the audit trail, so that whoever keeps the metrics
// keeps anchors: its number, and the first 96 bits of its hash in two numbers.
// A label would be another one with each entry.
type anchor struct {
	trail          *audit.Log
	seq, high, low *prometheus.Desc
}

func newAnchor(trail *audit.Log) anchor {
	describe := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	return anchor{trail: trail, seq: describe("reli_audit_head_seq", "Number of the newest entry of the audit trail."),
		high: describe("reli_audit_head_hash_high", "The first 48 bits of its hash."),
		low:  describe("reli_audit_head_hash_low", "The next 48 bits of its hash.")}
}

// Describe is of prometheus.Collector.
func (a anchor) Describe(out chan<- *prometheus.Desc) {
	out <- a.seq
	out <- a.high
	out <- a.low
}

// Collect is of prometheus.Collector; the three are of one entry.
func (a anchor) Collect(out chan<- prometheus.Metric) {
	head := a.trail.Head()
	high, low := head.Halves()
	for desc, value := range map[*prometheus.Desc]float64{a.seq: float64(head.Seq), a.high: high, a.low: low} {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
}
