package main

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"example.com/leaderboard-service/internal/fake"
	"example.com/leaderboard-service/opsline"
)

func TestTheHistogramCountsUpToAndWithEachBound(t *testing.T) {
	m := newMetrics()
	for _, seconds := range []float64{0.0004, 0.001, 0.0011, 0.3, 99} {
		m.observe(`GET /a"b\`, 200, seconds)
	}
	m.observe("POST /scores", 503, 0.5)
	var out bytes.Buffer
	if err := m.write(&out, opsline.Stats{Accepted: 7, Held: 3, Capacity: 10}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	const labels = `route="GET /a\"b\\",code="200"`
	const name = "leaderboard_http_request_duration_seconds"
	for le, want := range map[string]int{"0.0005": 1, "0.001": 2, "0.0025": 3, "0.25": 3, "0.5": 4, "10": 4, "+Inf": 5} {
		if line := fmt.Sprintf("%s_bucket{%s,le=%q} %d\n", name, labels, le, want); !strings.Contains(text, line) {
			t.Errorf("missing %s", line)
		}
	}
	for _, line := range []string{
		name + "_count{" + labels + "} 5\n", name + "_sum{" + labels + "} 99.3025\n", name + `_count{route="POST /scores",code="503"} 1` + "\n",
		"leaderboard_events_accepted_total 7\n", "leaderboard_buffer_events 3\n", "leaderboard_buffer_capacity_events 10\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("missing %s in\n%s", line, text)
		}
	}
}

func TestEveryLineOfTheExpositionHasItsForm(t *testing.T) {
	s := serve(t, fake.New(), opsline.BatcherOptions{})
	s.call("POST", "/scores", `{"player":"ada","score":1}`)
	s.call("GET", "/leaderboards/other", "")
	s.call("GET", "/leaderboards/points/around/secret-player", "")
	w := s.call("GET", "/metrics", "")
	if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("%d %s", w.Code, got)
	}
	form := regexp.MustCompile(`^(# HELP [a-z_]+ .+|# TYPE [a-z_]+ (counter|gauge|histogram)|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+)$`)
	typed := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSuffix(w.Body.String(), "\n"), "\n") {
		if !form.MatchString(line) {
			t.Errorf("%q", line)
		}
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name = strings.Fields(name)[0]
			if typed[name] {
				t.Errorf("%s has two types", name)
			}
			typed[name] = true
		}
	}
	if len(typed) != 8 || strings.Contains(w.Body.String(), "secret-player") {
		t.Errorf("%v\n%s", typed, w.Body)
	}
}

type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (s *syncBuffer) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buffer.Write(data)
}

func (s *syncBuffer) bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]byte(nil), s.buffer.Bytes()...)
}
