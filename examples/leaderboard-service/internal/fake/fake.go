// Package fake plays opsline for tests: it keeps one board, honours Idempotency-Keys as opsline does, and fails as it is
// told. Every event counts where it should count once, so tests can see what was lost or doubled.
package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Fault is how a request goes wrong.
type Fault int

// The faults. Of the first group nothing is taken; of the second, everything is, and the client cannot know.
const (
	None        Fault = iota
	TooMany           // 429
	Unavailable       // 503
	Maintenance       // 200 with a page of a proxy
	OtherJSON         // 200 with a document that is not opsline's
	TooLate           // 408
	Refuse            // the connection is closed

	LoseAnswer // taken, then the connection is closed
	HalfAnswer // taken, then the connection is closed in the middle of the answer
	Slow       // taken, then silence for longer than Opsline.Silence
)

// Opsline is the fake. Set the fields before it is used.
type Opsline struct {
	*httptest.Server
	// Faults decides how the n-th request with events (from 0) goes wrong; nil means never.
	Faults func(n int) Fault
	// Silence is how long a Slow answer takes.
	Silence time.Duration
	// RetryAfter is sent with 429 and 503.
	RetryAfter string
	// Check gives the answer to events that are not to be taken: a status and a problem. nil takes all.
	Check func(events []Event) (int, any)
	// Before is called at the beginning of each request with events; nil does nothing.
	Before func()
	// Board is the answer to a definition.
	Board map[string]any
	// Refused are the refused parts of a batch that is taken.
	Refused []map[string]any
	// Page answers every other GET.
	Page func(w http.ResponseWriter, r *http.Request)

	mu       sync.Mutex
	requests int
	flying   int
	most     int
	bodies   map[string][]byte
	players  map[string]int
	times    []time.Time
	changed  []string
}

// Event is what the fake reads of an event.
type Event struct {
	Player string   `json:"player"`
	Score  *float64 `json:"score"`
}

// New starts a fake. Close it.
func New() *Opsline {
	o := &Opsline{
		bodies: map[string][]byte{}, players: map[string]int{}, RetryAfter: "0", Silence: time.Second,
		Board: map[string]any{"id": "points", "operator": "sum", "decimals": 0, "min": -536870911, "max": 536870911},
	}
	o.Server = httptest.NewServer(http.HandlerFunc(o.serve))
	return o
}

// Players says how often an event of each player counted.
func (o *Opsline) Players() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	players := map[string]int{}
	for player, count := range o.players {
		players[player] = count
	}
	return players
}

// Requests says how many requests with events came, and how many of them at most at the same time.
func (o *Opsline) Requests() (count, atOnce int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.requests, o.most
}

// Times says when requests with events came.
func (o *Opsline) Times() []time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]time.Time(nil), o.times...)
}

// Changed lists keys that came with other bytes than before.
func (o *Opsline) Changed() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.changed...)
}

func (o *Opsline) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPut:
		reply(w, http.StatusCreated, o.Board)
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/events"):
		o.events(w, r)
	case o.Page != nil:
		o.Page(w, r)
	default:
		reply(w, http.StatusOK, o.Board)
	}
}

func (o *Opsline) events(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	number := o.requests
	o.requests++
	o.flying++
	o.most = max(o.most, o.flying)
	o.times = append(o.times, time.Now())
	o.mu.Unlock()
	defer func() {
		o.mu.Lock()
		o.flying--
		o.mu.Unlock()
	}()
	if o.Before != nil {
		o.Before()
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	fault := None
	if o.Faults != nil {
		fault = o.Faults(number)
	}
	switch fault {
	case TooMany:
		w.Header().Set("Retry-After", o.RetryAfter)
		reply(w, http.StatusTooManyRequests, problem("rate-limited", http.StatusTooManyRequests))
		return
	case Unavailable:
		w.Header().Set("Retry-After", o.RetryAfter)
		reply(w, http.StatusServiceUnavailable, problem("redis-unavailable", http.StatusServiceUnavailable))
		return
	case Maintenance:
		fmt.Fprint(w, "<html>We are back soon.</html>")
		return
	case OtherJSON:
		reply(w, http.StatusOK, map[string]string{"status": "ok"})
		return
	case TooLate:
		reply(w, http.StatusRequestTimeout, problem("request-timeout", http.StatusRequestTimeout))
		return
	case Refuse:
		hangUp(w, "")
		return
	}
	status, said := o.take(r.Header.Get("Idempotency-Key"), body)
	switch fault {
	case LoseAnswer:
		hangUp(w, "")
	case HalfAnswer:
		hangUp(w, "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{\"batch\":")
	case Slow:
		select {
		case <-time.After(o.Silence):
		case <-r.Context().Done():
		}
		reply(w, status, said)
	default:
		reply(w, status, said)
	}
}

// take counts events unless their key is known, as opsline does: other bytes under a known key are refused.
func (o *Opsline) take(key string, body []byte) (int, any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var events []Event
	if err := json.Unmarshal(body, &events); err != nil {
		return http.StatusBadRequest, problem("invalid-request", http.StatusBadRequest)
	}
	known, duplicate := o.bodies[key]
	if duplicate && !bytes.Equal(known, body) {
		o.changed = append(o.changed, key)
		return http.StatusUnprocessableEntity, problem("idempotency-conflict", http.StatusUnprocessableEntity)
	}
	if o.Check != nil {
		if status, said := o.Check(events); status != 0 {
			return status, said
		}
	}
	if !duplicate {
		o.bodies[key] = body
		for _, event := range events {
			o.players[event.Player]++
		}
	}
	return http.StatusAccepted, map[string]any{
		"batch": key, "events": len(events), "parts": (len(events) + 499) / 500, "applied": 0, "refused": o.Refused,
		"duplicate": duplicate,
	}
}

func problem(code string, status int) map[string]any {
	return map[string]any{"code": code, "status": status, "detail": "as the test wants it"}
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// hangUp closes the connection after writing raw bytes to it.
func hangUp(w http.ResponseWriter, raw string) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(connection, raw)
	_ = connection.Close()
}
