package opsline

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

// partEvents is how many events of a batch opsline applies together, in the order of the batch: part 1 are those from
// 500 on.
const partEvents = 500

// Rejection is what opsline refused of a batch, and why.
type Rejection struct {
	Batch  string // the Idempotency-Key
	Code   string // of the problem, such as invalid-input; part-refused when a part of the batch cannot be applied
	Detail string
	Events []RejectedEvent
}

// RejectedEvent is an event, its line in the batch (from 1), and what was wrong with it.
type RejectedEvent struct {
	Event  Event
	Line   int
	Reason string
}

// Unsent is the error of a Close that ran out of time.
type Unsent struct{ Batches []UnsentBatch }

// UnsentBatch was not answered. opsline may have accepted it when it was Tried: sent by hand, the events must go as they
// are, in this order and under this key.
type UnsentBatch struct {
	Key    string
	Tried  bool
	Events []Event
	Reason error
}

func (u *Unsent) Error() string {
	events := 0
	for _, batch := range u.Batches {
		events += len(batch.Events)
	}
	return fmt.Sprintf("%d events in %d batches were not sent, the first because: %v", events, len(u.Batches), u.Batches[0].Reason)
}

// dispatch cuts batches and starts their delivery, as many at once as may be in flight.
func (b *Batcher) dispatch() {
	defer close(b.done)
	slots := make(chan struct{}, b.options.InFlight)
	var deliveries sync.WaitGroup
	defer deliveries.Wait()
	for b.due() {
		slots <- struct{}{} // events that arrive meanwhile make the batch larger
		batch := b.take()
		b.inFlight.Add(1)
		deliveries.Add(1)
		go func() {
			defer deliveries.Done()
			b.deliver(batch)
			b.inFlight.Add(-1)
			<-slots
		}()
	}
}

// due waits until a batch should be sent; false when there will be no more.
func (b *Batcher) due() bool {
	for {
		b.mu.Lock()
		count, closed := len(b.waiting), b.closed
		var age time.Duration
		if count > 0 {
			age = time.Since(b.waiting[0].since)
		}
		b.mu.Unlock()
		switch {
		case count >= b.options.Events, count > 0 && (closed || age >= b.options.Interval):
			return true
		case closed:
			return false
		}
		var ripe <-chan time.Time
		if count > 0 {
			ripe = time.After(b.options.Interval - age)
		}
		select {
		case <-b.arrived:
		case <-ripe:
		case <-b.closing:
		}
	}
}

func (b *Batcher) take() []held {
	b.mu.Lock()
	defer b.mu.Unlock()
	count := min(len(b.waiting), b.options.Events)
	batch := b.waiting[:count:count]
	b.waiting = b.waiting[count:]
	return batch
}

// deliver sends a batch until opsline has answered. Events that opsline refuses are taken out, and the others are sent
// under a new key: of a batch that is refused nothing was stored, and a neighbour's mistake must not cost an event.
func (b *Batcher) deliver(batch []held) {
	for len(batch) > 0 {
		key, tried, count := newKey(), b.ctx.Err() == nil, len(batch)
		onRetry := func(why error) {
			b.retried.Add(int64(count))
			b.options.OnRetry(count, why)
		}
		answer, err := b.client.sendBody(b.ctx, request{
			path: boardPath(b.board) + "/events", body: bodyOf(batch), onRetry: onRetry, hurry: b.closing,
		}, key, count)
		var problem *Problem
		switch {
		case err == nil:
			b.settle(key, batch, answer)
			return
		case errors.As(err, &problem) && !problem.Transient():
			batch = b.withoutRefused(key, batch, problem)
		default:
			b.giveUp(key, tried, batch, err)
			return
		}
	}
}

// settle counts a batch as sent, but for parts that opsline took and then could not apply.
func (b *Batcher) settle(key string, batch []held, answer *Batch) {
	refused := 0
	for _, part := range answer.Refused {
		from := min(part.Part*partEvents, len(batch))
		to := min(from+partEvents, len(batch))
		rejection := Rejection{Batch: key, Code: "part-refused", Detail: part.Reason}
		for i, item := range batch[from:to] {
			rejection.Events = append(rejection.Events, RejectedEvent{item.event, from + i + 1, part.Reason})
		}
		refused += to - from
		b.reject(rejection)
	}
	b.sent.Add(int64(len(batch) - refused))
	b.release(len(batch))
}

// withoutRefused hands over what the problem names, or the whole batch when it names none, and gives what is left.
func (b *Batcher) withoutRefused(key string, batch []held, problem *Problem) []held {
	reasons := problem.refusedEvents(len(batch))
	rejection := Rejection{Batch: key, Code: problem.Code, Detail: problem.Detail}
	var left []held
	for i, item := range batch {
		reason, named := reasons[i]
		if !named && len(reasons) > 0 {
			left = append(left, item)
			continue
		}
		if !named {
			reason = problem.Detail
		}
		rejection.Events = append(rejection.Events, RejectedEvent{item.event, i + 1, reason})
	}
	b.reject(rejection)
	b.release(len(batch) - len(left))
	return left
}

func (b *Batcher) reject(rejection Rejection) {
	b.rejected.Add(int64(len(rejection.Events)))
	b.options.OnRejected(rejection)
}

func (b *Batcher) giveUp(key string, tried bool, batch []held, why error) {
	unsent := UnsentBatch{Key: key, Tried: tried, Reason: why}
	for _, item := range batch {
		unsent.Events = append(unsent.Events, item.event)
	}
	b.mu.Lock()
	b.unsent = append(b.unsent, unsent)
	b.mu.Unlock()
	b.release(len(batch))
}

func bodyOf(batch []held) []byte {
	var body bytes.Buffer
	for i, item := range batch {
		body.WriteByte("[,"[min(i, 1)])
		body.Write(item.json)
	}
	body.WriteByte(']')
	return body.Bytes()
}

// newKey is 128 random bits, so that no other batch of any process has it.
func newKey() string {
	var bits [16]byte
	if _, err := rand.Read(bits[:]); err != nil {
		panic(err) // the system has no randomness: nothing sent now could be told apart
	}
	return "batch-" + hex.EncodeToString(bits[:])
}
