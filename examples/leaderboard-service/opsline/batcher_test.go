package opsline_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/leaderboard-service/internal/fake"
	"example.com/leaderboard-service/opsline"
)

var background = context.Background()

func clientOf(t *testing.T, o *fake.Opsline) *opsline.Client {
	t.Helper()
	t.Cleanup(func() {
		o.CloseClientConnections()
		o.Close()
	})
	client, err := opsline.New(opsline.Options{
		Base: o.URL, Timeout: 300 * time.Millisecond,
		Backoff: opsline.Backoff{First: time.Millisecond, Most: 10 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func event(id string) opsline.Event {
	score := 1.0
	return opsline.Event{Player: id, Score: &score, Time: time.Now().UTC().Truncate(time.Millisecond)}
}

func within(t *testing.T, wait time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(background, wait)
	t.Cleanup(cancel)
	return ctx
}

func mustClose(t *testing.T, b *opsline.Batcher) {
	t.Helper()
	if err := b.Close(within(t, 30*time.Second)); err != nil {
		t.Fatal(err)
	}
}

// exactly fails unless each of the events counted once, and nothing else did.
func exactly(t *testing.T, o *fake.Opsline, want []string) {
	t.Helper()
	got := o.Players()
	for _, id := range want {
		if got[id] != 1 {
			t.Errorf("%s counted %d times", id, got[id])
		}
		delete(got, id)
	}
	if len(got) > 0 {
		t.Errorf("events that nobody sent: %v", got)
	}
	if changed := o.Changed(); len(changed) > 0 {
		t.Errorf("keys were used for other bytes: %v", changed)
	}
}

func TestEveryEventCountsOnceWhateverGoesWrong(t *testing.T) {
	faults := map[string]func(int) fake.Fault{
		"nothing":          nil,
		"lost answers":     every(2, fake.LoseAnswer),
		"torn answers":     every(3, fake.HalfAnswer),
		"late answers":     every(5, fake.Slow),
		"refused calls":    every(2, fake.Refuse),
		"429":              every(2, fake.TooMany),
		"503":              every(2, fake.Unavailable),
		"a page of others": every(2, fake.Maintenance),
		"JSON of others":   every(2, fake.OtherJSON),
		"408":              every(2, fake.TooLate),
		"an outage":        func(n int) fake.Fault { return map[bool]fake.Fault{true: fake.Refuse}[n >= 5 && n < 60] },
		"all in turn":      func(n int) fake.Fault { return fake.Fault(n % 10) },
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := fake.New()
			o.Faults = fault
			var rejected sync.Map
			b := opsline.NewBatcher(clientOf(t, o), "points", opsline.BatcherOptions{
				Events: 20, Interval: 2 * time.Millisecond, Capacity: 100, InFlight: 3,
				OnRejected: func(r opsline.Rejection) { rejected.Store(r.Batch, r) },
			})
			var producers sync.WaitGroup
			var want []string
			for producer := range 4 {
				for i := range 150 {
					want = append(want, fmt.Sprintf("p%d-%d", producer, i))
				}
				producers.Add(1)
				go func() {
					defer producers.Done()
					for i := range 150 {
						if err := b.Submit(background, event(fmt.Sprintf("p%d-%d", producer, i))); err != nil {
							t.Error(err)
						}
					}
				}()
			}
			producers.Wait()
			mustClose(t, b)
			exactly(t, o, want)
			rejected.Range(func(_, value any) bool { t.Errorf("rejected: %v", value); return true })
			if _, atOnce := o.Requests(); fault == nil && atOnce > 3 {
				t.Errorf("%d batches were in flight", atOnce)
			}
			stats := b.Stats()
			if stats.Accepted != 600 || stats.Sent != 600 || stats.Held != 0 || stats.InFlight != 0 || (fault != nil) != (stats.Retried > 0) {
				t.Errorf("%+v", stats)
			}
		})
	}
}

func every(n int, fault fake.Fault) func(int) fake.Fault {
	return func(request int) fake.Fault {
		if request%n == 0 {
			return fault
		}
		return fake.None
	}
}

func TestOneBadEventCostsNoOther(t *testing.T) {
	o := fake.New()
	o.Check = func(events []fake.Event) (int, any) {
		var issues []map[string]string
		for i, event := range events {
			if strings.HasPrefix(event.Player, "bad") && len(issues) < 2 { // opsline names only the first ones, too
				issues = append(issues, map[string]string{"pointer": fmt.Sprintf("#/%d/score", i), "detail": "must be an integer"})
			}
		}
		if len(issues) == 0 {
			return 0, nil
		}
		return http.StatusUnprocessableEntity, map[string]any{"code": "invalid-input", "detail": "some cannot be taken", "errors": issues}
	}
	o.Faults = every(2, fake.LoseAnswer)
	var rejections []opsline.Rejection
	b := opsline.NewBatcher(clientOf(t, o), "points", opsline.BatcherOptions{
		Interval: time.Hour, InFlight: 1, OnRejected: func(r opsline.Rejection) { rejections = append(rejections, r) },
	})
	var events []opsline.Event
	for _, id := range []string{"a", "bad1", "b", "bad2", "c", "d", "bad3"} {
		events = append(events, event(id))
	}
	if err := b.TrySubmit(events...); err != nil {
		t.Fatal(err)
	}
	mustClose(t, b)
	exactly(t, o, []string{"a", "b", "c", "d"})
	var named []string
	for _, r := range rejections {
		for _, e := range r.Events {
			named = append(named, fmt.Sprintf("%s line %d: %s: %s", e.Event.Player, e.Line, r.Code, e.Reason))
		}
	}
	want := "bad1 line 2: invalid-input: score must be an integer|bad2 line 4: invalid-input: score must be an integer|" +
		"bad3 line 5: invalid-input: score must be an integer"
	if got := strings.Join(named, "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if s := b.Stats(); s.Sent != 4 || s.Rejected != 3 || s.Held != 0 {
		t.Errorf("%+v", s)
	}
}

func TestRefusalsAreNotRepeated(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 409, 413, 422} {
		o := fake.New()
		o.Check = func([]fake.Event) (int, any) { return status, map[string]any{"code": "some-code", "detail": "because"} }
		var got opsline.Rejection
		b := opsline.NewBatcher(clientOf(t, o), "points", opsline.BatcherOptions{OnRejected: func(r opsline.Rejection) { got = r }})
		if err := b.TrySubmit(event("a"), event("b")); err != nil {
			t.Fatal(err)
		}
		mustClose(t, b)
		requests, _ := o.Requests()
		if requests != 1 || len(got.Events) != 2 || got.Code != "some-code" || got.Events[1].Reason != "because" || b.Stats().Retried != 0 {
			t.Errorf("%d: %d requests, %+v", status, requests, got)
		}
	}
}

func TestARefusedPartIsHandedOver(t *testing.T) {
	o := fake.New()
	o.Refused = []map[string]any{{"part": 1, "reason": "the total would be too large"}}
	var got opsline.Rejection
	b := opsline.NewBatcher(clientOf(t, o), "points", opsline.BatcherOptions{Events: 700, OnRejected: func(r opsline.Rejection) { got = r }})
	events := make([]opsline.Event, 620)
	for i := range events {
		events[i] = event(fmt.Sprint("e", i))
	}
	if err := b.TrySubmit(events...); err != nil {
		t.Fatal(err)
	}
	mustClose(t, b)
	if len(got.Events) != 120 || got.Events[0].Event.Player != "e500" || got.Events[0].Line != 501 || got.Code != "part-refused" {
		t.Errorf("%d events: %+v", len(got.Events), got.Code)
	}
	if s := b.Stats(); s.Sent != 500 || s.Rejected != 120 {
		t.Errorf("%+v", s)
	}
}

func TestRetryAfterIsWaitedFor(t *testing.T) {
	o := fake.New()
	o.RetryAfter = "1"
	o.Faults = func(n int) fake.Fault { return map[int]fake.Fault{0: fake.TooMany}[n] }
	b := opsline.NewBatcher(clientOf(t, o), "points", opsline.BatcherOptions{Interval: time.Millisecond})
	if err := b.TrySubmit(event("a")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return b.Stats().Sent == 1 })
	mustClose(t, b)
	if times := o.Times(); len(times) != 2 || times[1].Sub(times[0]) < time.Second {
		t.Errorf("%v", times)
	}
}

func TestAFullBufferHoldsProducersBack(t *testing.T) {
	o := fake.New()
	gate := make(chan struct{})
	o.Before = func() { <-gate }
	client, err := opsline.New(opsline.Options{Base: o.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	b := opsline.NewBatcher(client, "points", opsline.BatcherOptions{Events: 2, Interval: time.Millisecond, Capacity: 10, InFlight: 2})
	want := []string{}
	for i := range 10 {
		want = append(want, fmt.Sprint("e", i))
		if err := b.TrySubmit(event(want[i])); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.TrySubmit(event("late")); !errors.Is(err, opsline.ErrFull) {
		t.Errorf("a full buffer said %v", err)
	}
	if err := b.TrySubmit(make([]opsline.Event, 11)...); !errors.Is(err, opsline.ErrTooMany) {
		t.Errorf("eleven in ten: %v", err)
	}
	ctx := within(t, 20*time.Millisecond)
	if err := b.Submit(ctx, event("late")); !errors.Is(err, opsline.ErrFull) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after waiting: %v", err)
	}
	waitFor(t, func() bool { return b.Stats().InFlight == 2 })
	if _, atOnce := o.Requests(); atOnce > 2 {
		t.Errorf("%d in flight", atOnce)
	}
	waited := make(chan error, 1)
	go func() { waited <- b.Submit(background, event("patient"), event("pair")) }()
	close(gate)
	if err := <-waited; err != nil {
		t.Error(err)
	}
	mustClose(t, b)
	exactly(t, o, append(want, "patient", "pair"))
}

func TestEventsAreTakenTogetherOrNotAtAll(t *testing.T) {
	o := fake.New()
	b := opsline.NewBatcher(clientOf(t, o), "points", opsline.BatcherOptions{Interval: time.Hour, Capacity: 3})
	if err := b.TrySubmit(event("a"), event("b")); err != nil {
		t.Fatal(err)
	}
	if err := b.TrySubmit(event("c"), event("d")); !errors.Is(err, opsline.ErrFull) {
		t.Errorf("two where one has room: %v", err)
	}
	if err := b.TrySubmit(event("e")); err != nil {
		t.Errorf("one where one has room: %v", err)
	}
	mustClose(t, b)
	exactly(t, o, []string{"a", "b", "e"})
}

func TestARedirectIsARefusal(t *testing.T) {
	followed := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		followed = followed || r.URL.Path == "/elsewhere"
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	client, err := opsline.New(opsline.Options{Base: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	var problem *opsline.Problem
	_, err = client.Send(background, "points", "k", []opsline.Event{event("a")})
	if !errors.As(err, &problem) || problem.Status != http.StatusFound || followed {
		t.Errorf("%v, followed: %t", err, followed)
	}
}

func TestAnEventThatHasNoJSONIsRefusedAtOnce(t *testing.T) {
	o := fake.New()
	b := opsline.NewBatcher(clientOf(t, o), "points", opsline.BatcherOptions{})
	bad := event("a")
	bad.Time = time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := b.TrySubmit(event("b"), bad); err == nil || !strings.Contains(err.Error(), "event 2") {
		t.Errorf("%v", err)
	}
	mustClose(t, b)
	exactly(t, o, nil)
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen within 20 s")
		}
	}
}
