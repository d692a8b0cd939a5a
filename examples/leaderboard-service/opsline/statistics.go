package opsline

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Run is a run of the pipeline leaderboard-stats, as far as this package reads it.
type Run struct {
	ID     string      `json:"id"`
	Status string      `json:"status"` // queued, running, succeeded, failed or cancelled
	Output *Statistics `json:"output"`
	Error  *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// Statistics is the document of a run: a text about the standings, each sentence of which opsline has checked.
type Statistics struct {
	AsOf      time.Time `json:"asOf"`
	Events    int       `json:"events"`
	Narrative struct {
		Headline   string   `json:"headline"`
		Highlights []string `json:"highlights"`
	} `json:"narrative"`
}

// Statistics enqueues a run for a window (all, day:2026-11-23, or day for today) and waits up to five seconds for it. The
// same key gives the same run for 24 hours.
func (c *Client) Statistics(ctx context.Context, board, window, key string) (*Run, error) {
	body, err := json.Marshal(map[string]string{"board": board, "window": window})
	if err != nil {
		return nil, err
	}
	run := &Run{}
	return run, c.do(ctx, request{
		method: http.MethodPost, path: "/v1/pipelines/leaderboard-stats/runs", body: body, tries: readTries, into: run,
		header: http.Header{"Idempotency-Key": {key}, "Prefer": {"wait=5"}},
	})
}
