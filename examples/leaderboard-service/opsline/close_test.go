package opsline_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/leaderboard-service/internal/fake"
	"example.com/leaderboard-service/opsline"
)

func TestCloseSendsWhatIsHeldWithoutWaitingForTheInterval(t *testing.T) {
	o := fake.New()
	b := opsline.NewBatcher(clientOf(t, o), "points", opsline.BatcherOptions{Interval: time.Hour, Events: 3})
	want := []string{"a", "b", "c", "d", "e", "f", "g"}
	for _, id := range want {
		if err := b.TrySubmit(event(id)); err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, b)
	exactly(t, o, want)
	if err := b.Submit(background, event("h")); !errors.Is(err, opsline.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	mustClose(t, b) // again is fine
}

func TestCloseDoesNotSitOutALongRetryAfter(t *testing.T) {
	o := fake.New()
	o.RetryAfter = "60"
	o.Faults = func(n int) fake.Fault { return map[int]fake.Fault{0: fake.Unavailable}[n] }
	b := opsline.NewBatcher(clientOf(t, o), "points", opsline.BatcherOptions{Interval: time.Millisecond})
	if err := b.TrySubmit(event("a")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return b.Stats().Retried == 1 })
	mustClose(t, b) // gives up after 30 s
	exactly(t, o, []string{"a"})
}

func TestCloseThatRunsOutOfTimeSaysWhatWasNotSent(t *testing.T) {
	o := fake.New()
	o.Silence = time.Hour
	o.Faults = func(int) fake.Fault { return fake.Slow } // taken, but nobody is told
	client := clientOf(t, o)
	b := opsline.NewBatcher(client, "points", opsline.BatcherOptions{Events: 2, Interval: time.Millisecond, InFlight: 1})
	want := []string{"a", "b", "c", "d", "e"}
	for _, id := range want {
		if err := b.TrySubmit(event(id)); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, func() bool { n, _ := o.Requests(); return n > 0 })
	err := b.Close(within(t, 50*time.Millisecond))
	var unsent *opsline.Unsent
	if !errors.As(err, &unsent) || len(unsent.Batches) != 3 || !errors.Is(unsent.Batches[0].Reason, opsline.ErrClosed) {
		t.Fatalf("%v", err)
	}
	if !unsent.Batches[0].Tried || unsent.Batches[2].Tried {
		t.Errorf("tried: %t, %t", unsent.Batches[0].Tried, unsent.Batches[2].Tried)
	}
	if s := b.Stats(); s.Sent != 0 || s.Held != 0 || s.InFlight != 0 {
		t.Errorf("%+v", s)
	}
	// Sent by hand under their keys they count once, those too that had arrived.
	o.Faults = nil
	for _, batch := range unsent.Batches {
		if _, err := client.Send(background, "points", batch.Key, batch.Events); err != nil {
			t.Error(err)
		}
	}
	exactly(t, o, want)
}

func TestWhatSubmitTookBesideCloseIsSent(t *testing.T) {
	for round := range 20 {
		o := fake.New()
		b := opsline.NewBatcher(clientOf(t, o), "points", opsline.BatcherOptions{Events: 4, Interval: time.Millisecond, Capacity: 8})
		var mu sync.Mutex
		var taken []string
		var producers sync.WaitGroup
		for producer := range 4 {
			producers.Add(1)
			go func() {
				defer producers.Done()
				for i := 0; ; i++ {
					id := fmt.Sprintf("r%d-p%d-%d", round, producer, i)
					if err := b.Submit(background, event(id)); err != nil {
						if !errors.Is(err, opsline.ErrClosed) {
							t.Error(err)
						}
						return
					}
					mu.Lock()
					taken = append(taken, id)
					mu.Unlock()
				}
			}()
		}
		waitFor(t, func() bool { return b.Stats().Sent > 0 })
		mustClose(t, b)
		producers.Wait()
		exactly(t, o, taken)
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	o := fake.New()
	o.Faults = func(int) fake.Fault { return fake.Refuse }
	client := clientOf(t, o)
	ctx, cancel := context.WithCancel(background)
	o.Before = func() {
		if n, _ := o.Requests(); n == 3 {
			cancel()
		}
	}
	if _, err := client.Send(ctx, "points", "k", []opsline.Event{event("a")}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
