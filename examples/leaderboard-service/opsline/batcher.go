package opsline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrFull says that the buffer has no room for these events now.
	ErrFull = errors.New("the buffer is full")
	// ErrTooMany says that the buffer could never hold so many events together.
	ErrTooMany = errors.New("more events than the buffer holds")
	// ErrClosed says that the batcher takes no more events.
	ErrClosed = errors.New("the batcher is closed")
)

// LargestBatch is how many events a Batcher sends together at most. opsline takes 10 000; smaller batches are applied sooner
// and cost less to send again.
const LargestBatch = 2000

// BatcherOptions say when a Batcher sends. Zero means the default.
type BatcherOptions struct {
	Events   int           // a batch is sent when it has so many events (default 500, at most LargestBatch) …
	Interval time.Duration // … or when its first event has waited so long (default 200 ms)
	Capacity int           // events held at most, waiting or on their way (default 20 000)
	InFlight int           // batches on their way at the same time (default 4)
	// OnRejected is told of events that opsline refused for good. It is called from several goroutines.
	OnRejected func(Rejection)
	// OnRetry is told why a batch of so many events is sent again. It is called from several goroutines.
	OnRetry func(events int, why error)
}

// Batcher holds events in memory and sends them to one board. An event that was taken is sent until opsline has accepted
// or refused it, or Close runs out of time. Each batch goes out under a key of its own, which is the same each time it is
// sent, so it counts once. The order of events is not kept: several batches are on their way at once.
type Batcher struct {
	client  *Client
	board   string
	options BatcherOptions

	mu      sync.Mutex
	waiting []held        // taken, not yet in a batch
	total   int           // events held, in batches too
	closed  bool          // no more are taken
	space   chan struct{} // closed, and made anew, when events are let go
	unsent  []UnsentBatch // what Close could not send

	arrived chan struct{} // tells the dispatcher to look again
	closing chan struct{} // closed by Close: send everything now
	done    chan struct{} // closed when nothing is held any more
	ctx     context.Context
	cancel  context.CancelCauseFunc

	accepted, sent, rejected, retried atomic.Int64
	inFlight                          atomic.Int64
}

// held is an event, its JSON (encoded once, in the goroutine of whoever submits it), and when it was taken.
type held struct {
	event Event
	json  []byte
	since time.Time
}

// NewBatcher starts a batcher. The board must exist. Close must be called.
func NewBatcher(client *Client, board string, options BatcherOptions) *Batcher {
	options.Events = min(orDefault(options.Events, 500), LargestBatch)
	options.Interval = orDefault(options.Interval, 200*time.Millisecond)
	options.Capacity = orDefault(options.Capacity, 20_000)
	options.InFlight = orDefault(options.InFlight, 4)
	if options.OnRejected == nil {
		options.OnRejected = func(Rejection) {}
	}
	if options.OnRetry == nil {
		options.OnRetry = func(int, error) {}
	}
	b := &Batcher{
		client: client, board: board, options: options,
		space: make(chan struct{}), arrived: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{}),
	}
	b.ctx, b.cancel = context.WithCancelCause(context.Background())
	go b.dispatch()
	return b
}

// TrySubmit takes all of the events or none: then the error is ErrFull, ErrTooMany, ErrClosed, or says which event has no
// JSON form.
func (b *Batcher) TrySubmit(events ...Event) error {
	_, err := b.trySubmit(events)
	return err
}

// Submit is TrySubmit that waits for room until the context ends; the error then wraps both ErrFull and the context's.
func (b *Batcher) Submit(ctx context.Context, events ...Event) error {
	for {
		space, err := b.trySubmit(events)
		if !errors.Is(err, ErrFull) {
			return err
		}
		select {
		case <-space:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrFull, ctx.Err())
		}
	}
}

// trySubmit gives, with ErrFull, a channel that is closed when there is more room than there was.
func (b *Batcher) trySubmit(events []Event) (<-chan struct{}, error) {
	if len(events) > b.options.Capacity {
		return nil, ErrTooMany
	}
	if space, err := b.room(len(events)); err != nil {
		return space, err
	}
	taken, now := make([]held, len(events)), time.Now()
	for i, event := range events {
		encoded, err := json.Marshal(event)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", i+1, err)
		}
		taken[i] = held{event, encoded, now}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if space, err := b.roomLocked(len(events)); err != nil {
		return space, err
	}
	b.waiting = append(b.waiting, taken...)
	b.total += len(taken)
	b.accepted.Add(int64(len(taken)))
	select {
	case b.arrived <- struct{}{}:
	default:
	}
	return nil, nil
}

func (b *Batcher) room(count int) (<-chan struct{}, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.roomLocked(count)
}

func (b *Batcher) roomLocked(count int) (<-chan struct{}, error) {
	if b.closed {
		return nil, ErrClosed
	}
	if b.total+count > b.options.Capacity {
		return b.space, ErrFull
	}
	return nil, nil
}

// release makes room for count events that are sent, refused or given up.
func (b *Batcher) release(count int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.total -= count
	close(b.space)
	b.space = make(chan struct{})
}

// Close takes no more events and sends those that are held. When the context ends first, the batches on their way are
// given up, and the error is an *Unsent that holds them. Close may be called again and says the same.
func (b *Batcher) Close(ctx context.Context) error {
	b.mu.Lock()
	if !b.closed {
		b.closed = true
		close(b.closing)
		close(b.space) // whoever waits for room learns that there will be none
		b.space = make(chan struct{})
	}
	b.mu.Unlock()
	select {
	case <-b.done:
	case <-ctx.Done():
		b.cancel(fmt.Errorf("%w before everything was sent: %w", ErrClosed, context.Cause(ctx)))
		<-b.done
	}
	b.cancel(ErrClosed)
	if len(b.unsent) > 0 {
		return &Unsent{Batches: b.unsent}
	}
	return nil
}

// Stats are counts of events since the start, and what is held now.
type Stats struct {
	Accepted int64 // taken by Submit
	Sent     int64 // accepted by opsline
	Rejected int64 // refused by opsline for good
	Retried  int64 // events of batches that were sent again, each time
	Held     int   // events waiting or on their way
	Capacity int
	InFlight int64 // batches on their way
}

// Stats reads the counts.
func (b *Batcher) Stats() Stats {
	b.mu.Lock()
	total := b.total
	b.mu.Unlock()
	return Stats{
		Accepted: b.accepted.Load(), Sent: b.sent.Load(), Rejected: b.rejected.Load(), Retried: b.retried.Load(),
		Held: total, Capacity: b.options.Capacity, InFlight: b.inFlight.Load(),
	}
}
