package opsline

import (
	"testing"
	"time"
)

func TestRetryAfterIsReadAsSecondsOrDate(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "3": 3 * time.Second, "-1": 0, "soon": 0, "99999999999999999999": 0,
		"86400":                         longestRetryAfter,
		"Sun, 22 Nov 2026 12:00:07 GMT": 7 * time.Second,
		"Sun, 22 Nov 2026 11:59:00 GMT": 0,
		"Mon, 23 Nov 2026 12:00:00 GMT": longestRetryAfter,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: got %v, want %v", header, got, want)
		}
	}
}

func TestPausesAreRandomUpToADoublingBoundAfterWhatWasAsked(t *testing.T) {
	b := Backoff{First: 100 * time.Millisecond, Most: 5 * time.Second}
	for try, bound := range map[int]time.Duration{0: b.First, 1: 2 * b.First, 3: 8 * b.First, 6: b.Most, 29: b.Most, 1000: b.Most} {
		for _, asked := range []time.Duration{0, 3 * time.Second} {
			low, high := time.Hour, time.Duration(0)
			for range 1000 {
				pause := b.pause(try, asked)
				low, high = min(low, pause), max(high, pause)
			}
			// A thousand draws miss the first or last fifth once in 10^96.
			if low < asked || low > asked+bound/5 || high > asked+bound || high < asked+bound*4/5 {
				t.Errorf("try %d, asked %v: from %v to %v", try, asked, low, high)
			}
		}
	}
}

func TestNewWantsAnAddress(t *testing.T) {
	for _, base := range []string{"", "opsline:7878", "ftp://opsline", "http://", "redis://opsline"} {
		if _, err := New(Options{Base: base}); err == nil {
			t.Errorf("%q was taken", base)
		}
	}
}
