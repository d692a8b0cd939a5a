package opsline

import (
	"context"
	"math/rand/v2"
	"time"
)

// longestRetryAfter keeps a mistaken Retry-After from silencing a client for a day.
const longestRetryAfter = 2 * time.Minute

// Backoff is how long a client waits before it sends a request again: exponential with full jitter
// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
type Backoff struct {
	First time.Duration // the bound of the first pause; doubled each time
	Most  time.Duration // the bound of every pause
}

// pause is a random time up to the bound of this try (from 0). What the server asked for comes first, and the random time
// after it: clients that were all told "1 s" should not come back at the same moment.
func (b Backoff) pause(try int, asked time.Duration) time.Duration {
	bound := b.Most
	if try < 30 {
		bound = min(b.Most, b.First<<try)
	}
	return asked + rand.N(bound+1)
}

// sleep waits, unless the context ends (then it says so) or hurry is closed.
func sleep(ctx context.Context, pause time.Duration, hurry <-chan struct{}) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-hurry:
	case <-timer.C:
	}
	return nil
}
