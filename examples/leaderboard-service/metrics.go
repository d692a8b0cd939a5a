package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/leaderboard-service/opsline"
)

// bounds are the upper bounds of the histogram's buckets, seconds. They begin low: taking scores into memory takes
// a fraction of a millisecond, and a p95 is only as exact as the bucket that it falls into.
var bounds = []float64{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// metrics writes the Prometheus text format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format) by hand: one histogram and a few
// numbers are not worth a dependency.
type metrics struct {
	mu       sync.Mutex
	requests map[series]*histogram
}

// series are the labels of one histogram. Each has few values: routes are patterns, never paths.
type series struct {
	route string
	code  int
}

type histogram struct {
	buckets []uint64 // not cumulative; the last one is above all bounds
	sum     float64
	count   uint64
}

func newMetrics() *metrics { return &metrics{requests: map[series]*histogram{}} }

func (m *metrics) observe(route string, code int, seconds float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := m.requests[series{route, code}]
	if h == nil {
		h = &histogram{buckets: make([]uint64, len(bounds)+1)}
		m.requests[series{route, code}] = h
	}
	h.buckets[sort.SearchFloat64s(bounds, seconds)]++ // the first bound that is not below: le means ≤
	h.sum += seconds
	h.count++
}

// timed observes how long a handler takes, until it has written its answer.
func (m *metrics) timed(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started, recorder := time.Now(), &statusRecorder{ResponseWriter: w, code: http.StatusOK}
		next.ServeHTTP(recorder, r)
		m.observe(route, recorder.code, time.Since(started).Seconds())
	})
}

type statusRecorder struct {
	http.ResponseWriter
	code int
}

func (s *statusRecorder) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.MaxBytesReader and http.ResponseController find the connection.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (m *metrics) write(w io.Writer, stats opsline.Stats) error {
	var out bytes.Buffer
	const name = "leaderboard_http_request_duration_seconds"
	head(&out, name, "histogram", "Time to answer a request, by route and status code.")
	m.mu.Lock()
	for _, labels := range sorted(m.requests) {
		h := m.requests[labels]
		text := fmt.Sprintf("route=%s,code=\"%d\"", quoted(labels.route), labels.code)
		below := uint64(0)
		for i, bound := range bounds {
			below += h.buckets[i]
			fmt.Fprintf(&out, "%s_bucket{%s,le=\"%s\"} %d\n", name, text, number(bound), below)
		}
		fmt.Fprintf(&out, "%s_bucket{%s,le=\"+Inf\"} %d\n", name, text, h.count)
		fmt.Fprintf(&out, "%s_sum{%s} %s\n%s_count{%s} %d\n", name, text, number(h.sum), name, text, h.count)
	}
	m.mu.Unlock()
	for _, metric := range []struct {
		name, kind, help string
		value            int64
	}{
		{"leaderboard_events_accepted_total", "counter", "Scores taken into the buffer.", stats.Accepted},
		{"leaderboard_events_sent_total", "counter", "Scores of the buffer that opsline accepted.", stats.Sent},
		{"leaderboard_events_rejected_total", "counter", "Scores of the buffer that opsline refused for good.", stats.Rejected},
		{"leaderboard_events_retried_total", "counter", "Scores in batches that were sent again, each time.", stats.Retried},
		{"leaderboard_buffer_events", "gauge", "Scores held in memory, waiting or on their way.", int64(stats.Held)},
		{"leaderboard_buffer_capacity_events", "gauge", "Scores that the buffer can hold.", int64(stats.Capacity)},
		{"leaderboard_batches_in_flight", "gauge", "Batches on their way to opsline.", stats.InFlight},
	} {
		head(&out, metric.name, metric.kind, metric.help)
		fmt.Fprintf(&out, "%s %d\n", metric.name, metric.value)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func head(out *bytes.Buffer, name, kind, help string) {
	fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func sorted(requests map[series]*histogram) []series {
	all := make([]series, 0, len(requests))
	for labels := range requests {
		all = append(all, labels)
	}
	sort.Slice(all, func(i, j int) bool {
		return all[i].route < all[j].route || (all[i].route == all[j].route && all[i].code < all[j].code)
	})
	return all
}

func quoted(label string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(label) + `"`
}

func number(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }
