// Package opsline sends score events to opsline and reads standings, with the standard library alone.
package opsline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Event is one score of a player.
type Event struct {
	Player string    `json:"player"`
	Score  float64   `json:"score"`
	Time   time.Time `json:"time"`
}

// Batch is what became of events that were sent together.
type Batch struct {
	Batch   string `json:"batch"`
	Events  int    `json:"events"`
	Parts   int    `json:"parts"`
	Applied int    `json:"applied"`
	Refused []struct {
		Part   int    `json:"part"`
		Reason string `json:"reason"`
	} `json:"refused"`
	Duplicate bool `json:"duplicate"`
}

// Entry is a player's place.
type Entry struct {
	Rank   int     `json:"rank"`
	Player string  `json:"player"`
	Score  float64 `json:"score"`
}

// Run is a run of the pipeline leaderboard-stats, as far as this service reads it.
type Run struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Output struct {
		Narrative struct {
			Headline   string   `json:"headline"`
			Highlights []string `json:"highlights"`
		} `json:"narrative"`
	} `json:"output"`
}

// Client talks to one opsline. Retries repeat the same bytes under the same Idempotency-Key, so nothing counts twice.
type Client struct {
	Base  string // such as http://127.0.0.1:7878
	Token string // empty for an open opsline on this machine
	HTTP  *http.Client
	Tries int // at least 1
}

// Send sends a batch under a key of the caller's choice and waits until it is applied.
func (c *Client) Send(ctx context.Context, board, key string, events []Event) (batch Batch, err error) {
	body, err := json.Marshal(events)
	if err != nil {
		return batch, err
	}
	header := http.Header{"Idempotency-Key": {key}, "Prefer": {"wait=30"}}
	return batch, c.call(ctx, http.MethodPost, "/v1/boards/"+url.PathEscape(board)+"/events", header, body, &batch)
}

// Top reads the first entries of a window, such as all or day:2026-11-23.
func (c *Client) Top(ctx context.Context, board, window string, limit int) ([]Entry, error) {
	var page struct{ Entries []Entry }
	path := fmt.Sprintf("/v1/boards/%s/windows/%s/top?limit=%d", url.PathEscape(board), url.PathEscape(window), limit)
	return page.Entries, c.call(ctx, http.MethodGet, path, http.Header{}, nil, &page)
}

// Statistics runs leaderboard-stats for a window and waits up to a minute for it.
func (c *Client) Statistics(ctx context.Context, board, window, key string) (run Run, err error) {
	body, err := json.Marshal(map[string]string{"board": board, "window": window})
	if err != nil {
		return run, err
	}
	header := http.Header{"Idempotency-Key": {key}, "Prefer": {"wait=60"}}
	return run, c.call(ctx, http.MethodPost, "/v1/pipelines/leaderboard-stats/runs", header, body, &run)
}

func (c *Client) call(ctx context.Context, method, path string, header http.Header, body []byte, into any) error {
	for try := 1; ; try++ {
		again, err := c.once(ctx, method, path, header, body, into)
		if err == nil || !again || try >= c.Tries {
			return err
		}
		// 100 ms, doubled each time, up to half of it at random so that many clients do not come back at once.
		pause := 100 * time.Millisecond << min(try-1, 6)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + rand.N(pause/2)):
		}
	}
}

// once says whether the same request may succeed later.
func (c *Client) once(ctx context.Context, method, path string, header http.Header, body []byte, into any) (bool, error) {
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.Base, "/")+path, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	request.Header = header.Clone()
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return ctx.Err() == nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	if err != nil {
		return true, err
	}
	if response.StatusCode < 300 {
		return false, json.Unmarshal(answer, into)
	}
	problem := struct{ Code, Detail string }{Code: response.Status}
	_ = json.Unmarshal(answer, &problem)
	again := response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= 500
	return again, fmt.Errorf("%s %s: %s: %s", method, path, problem.Code, problem.Detail)
}
