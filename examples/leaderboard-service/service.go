package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"example.com/leaderboard-service/opsline"
)

const (
	// mostThrough bounds the requests with a key of their own that are on their way to opsline.
	mostThrough = 32
	// probeEvery and outage: opsline is asked so often, and may be silent so long before this service says it is not ready.
	// A restart of opsline is shorter, and the buffer bridges it.
	probeEvery = 5 * time.Second
	outage     = 15 * time.Second
	// answerWithin bounds a request, tries of opsline included; less than the server's WriteTimeout.
	answerWithin = 12 * time.Second
)

// service is what the handlers share.
type service struct {
	client   *opsline.Client
	batcher  *opsline.Batcher
	boardID  string
	log      *slog.Logger
	metrics  *metrics
	through  chan struct{} // slots for requests with a key of their own
	board    atomic.Pointer[opsline.Board]
	draining atomic.Bool
	reach    reach
	now      func() time.Time
}

func newService(client *opsline.Client, batcher *opsline.Batcher, board string, log *slog.Logger) *service {
	return &service{
		client: client, batcher: batcher, boardID: board, log: log, metrics: newMetrics(),
		through: make(chan struct{}, mostThrough), now: time.Now,
	}
}

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, handler http.HandlerFunc) {
		mux.Handle(pattern, s.metrics.timed(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
			defer cancel()
			handler(w, r.WithContext(ctx))
		})))
	}
	handle("POST /scores", s.postScores)
	handle("GET /leaderboards/{board}", s.getTop)
	handle("GET /leaderboards/{board}/around/{player}", s.getAround)
	handle("GET /leaderboards/{board}/summary", s.getSummary)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", s.getReady)
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_ = s.metrics.write(w, s.batcher.Stats())
	})
	return mux
}

// open defines the board, however long opsline takes to be there, and then asks after it until ctx ends. It fails when
// opsline refuses the definition.
func (s *service) open(ctx context.Context, definition json.RawMessage) error {
	board, err := s.client.Define(ctx, s.boardID, definition, func(why error) {
		s.reach.note(why, time.Now())
		s.log.Warn("the board cannot be defined yet", "why", why.Error())
	})
	if err != nil {
		return err
	}
	s.reach.note(nil, time.Now())
	s.board.Store(board)
	s.log.Info("ready", "board", board.ID, "operator", board.Operator, "direction", board.Direction)
	ticker := time.NewTicker(probeEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			_, err := s.client.Board(ctx, s.boardID)
			s.reach.note(err, time.Now())
		}
	}
}

// reach remembers when opsline last answered, and why not since.
type reach struct {
	mu   sync.Mutex
	last time.Time
	why  error
}

func (r *reach) note(err error, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.why = err
	if err == nil {
		r.last = now
	}
}

// lost says why opsline has not been reached for too long; nil when it has.
func (r *reach) lost(now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.last) <= outage {
		return nil
	}
	if r.why == nil {
		return errors.New("it has not been asked yet")
	}
	return r.why
}

// getReady answers 503 while requests should go elsewhere, with all reasons.
func (s *service) getReady(w http.ResponseWriter, _ *http.Request) {
	var reasons []string
	if s.draining.Load() {
		reasons = append(reasons, "shutting down")
	}
	if s.board.Load() == nil {
		reasons = append(reasons, "the board is not defined yet")
	}
	if stats := s.batcher.Stats(); stats.Held*10 >= stats.Capacity*9 {
		reasons = append(reasons, "nine tenths of the buffer are used")
	}
	if why := s.reach.lost(s.now()); why != nil {
		reasons = append(reasons, "opsline: "+why.Error())
	}
	if len(reasons) > 0 {
		answer(w, http.StatusServiceUnavailable, map[string]any{"status": "not ready", "reasons": reasons})
		return
	}
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
}
