package opsline

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Board is a board as opsline keeps it, as far as this package reads it.
type Board struct {
	ID        string  `json:"id"`
	Operator  string  `json:"operator"`
	Direction string  `json:"direction"`
	Decimals  int     `json:"decimals"`
	Min       float64 `json:"min"`
	Max       float64 `json:"max"`
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

// Entry is a player's place in a window.
type Entry struct {
	Rank            int        `json:"rank"`
	CompetitionRank int        `json:"competitionRank"`
	Player          string     `json:"player"`
	Score           float64    `json:"score"`
	Time            *time.Time `json:"time,omitempty"`
}

// Page is a part of the standings of a window; Count is the number of entries in the whole window.
type Page struct {
	Board   string  `json:"board"`
	Window  string  `json:"window"`
	Count   int     `json:"count"`
	Entries []Entry `json:"entries"`
}

// Define makes a board, or finds the one that has the same definition. Another definition is a Problem `board-exists`.
// It tries until the context ends. settings is the JSON of opsline's docs/leaderboard.md.
func (c *Client) Define(ctx context.Context, id string, settings json.RawMessage, onRetry func(error)) (*Board, error) {
	board := &Board{}
	return board, c.do(ctx, request{
		method: http.MethodPut, path: boardPath(id), body: settings, onRetry: onRetry, into: board,
	})
}

// Board reads a board, once: it also tells whether opsline can be reached and takes the token.
func (c *Client) Board(ctx context.Context, id string) (*Board, error) {
	board := &Board{}
	return board, c.do(ctx, request{method: http.MethodGet, path: boardPath(id), tries: 1, into: board})
}

// Top reads entries from the top of a window, such as all or day:2026-11-23.
func (c *Client) Top(ctx context.Context, board, window string, offset, limit int) (*Page, error) {
	return c.page(ctx, board, window, fmt.Sprintf("top?offset=%d&limit=%d", offset, limit))
}

// Around reads a player's entry and up to span entries on each side. A player without one is a Problem `player-not-found`.
func (c *Client) Around(ctx context.Context, board, window, player string, span int) (*Page, error) {
	return c.page(ctx, board, window, fmt.Sprintf("around/%s?span=%d", url.PathEscape(player), span))
}

func (c *Client) page(ctx context.Context, board, window, rest string) (*Page, error) {
	page := &Page{}
	path := fmt.Sprintf("%s/windows/%s/%s", boardPath(board), url.PathEscape(window), rest)
	return page, c.do(ctx, request{method: http.MethodGet, path: path, tries: readTries, into: page})
}

// Send sends events as one batch under a key of the caller's choice, until opsline has answered or the context ends. The
// same events under the same key count once, for 72 hours. An error that is no *Problem, or a Problem that is Transient,
// leaves open whether the batch was accepted: send it again under the same key.
func (c *Client) Send(ctx context.Context, board, key string, events []Event) (*Batch, error) {
	body, err := json.Marshal(events)
	if err != nil {
		return nil, &Problem{Status: http.StatusUnprocessableEntity, Code: "invalid-input", Detail: err.Error()}
	}
	return c.sendBody(ctx, request{path: boardPath(board) + "/events", body: body}, key, len(events))
}

// appliedWait is how long opsline may wait for the batch to be applied before it answers 202, seconds. Only what was
// applied or refused in that time is seen here.
const appliedWait = "wait=2"

func (c *Client) sendBody(ctx context.Context, r request, key string, count int) (*Batch, error) {
	batch := &Batch{}
	r.method, r.into = http.MethodPost, &checkedBatch{batch: batch, count: count}
	r.header = http.Header{"Idempotency-Key": {key}, "Prefer": {appliedWait}}
	return batch, c.do(ctx, r)
}

// checkedBatch takes only an answer that speaks of all events: another JSON document is not opsline's acceptance.
type checkedBatch struct {
	batch *Batch
	count int
}

func (c *checkedBatch) UnmarshalJSON(data []byte) error {
	*c.batch = Batch{}
	if err := json.Unmarshal(data, c.batch); err != nil {
		return err
	}
	if c.batch.Events != c.count {
		return fmt.Errorf("%d events were sent and %d accepted", c.count, c.batch.Events)
	}
	return nil
}

func boardPath(id string) string { return "/v1/boards/" + url.PathEscape(id) }
